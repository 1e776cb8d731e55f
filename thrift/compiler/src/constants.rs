//! Constants.

use pilota_thrift_parser::{ConstValue, Ty};

use crate::model::{Model, constant_text};
use crate::text::Text;
use crate::{CompileError, names};

/// The module `constants`: texts and numbers.
pub(crate) fn write(model: &Model, out: &mut Text) -> Result<(), CompileError> {
    if model.constants.is_empty() {
        return Ok(());
    }
    out.line("");
    out.doc("The constants of the IDL.");
    out.line("pub mod constants {");
    for constant in &model.constants {
        let name = constant.name.to_string();
        let ty = match (&constant.r#type.0, &constant.value) {
            (Ty::String, ConstValue::String(_)) => "&str",
            (Ty::Bool, ConstValue::Bool(_)) => "bool",
            (Ty::Byte | Ty::I8, ConstValue::Int(_)) => "i8",
            (Ty::I16, ConstValue::Int(_)) => "i16",
            (Ty::I32, ConstValue::Int(_)) => "i32",
            (Ty::I64, ConstValue::Int(_)) => "i64",
            _ => return Err(CompileError::unsupported(&name, "a constant of this type")),
        };
        out.doc(&format!("`{name}`."));
        let value = constant_text(&name, &constant.value)?;
        out.line(format!("pub const {}: {ty} = {value};", names::constant(&name)));
    }
    out.line("}");
    Ok(())
}
