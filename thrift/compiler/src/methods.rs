//! The exceptions and the methods of services.

use crate::model::{Model, Shape, Struct};
use crate::text::Text;
use crate::types::{rust, write_struct};
use crate::{CompileError, Options, names};

/// The name of the variant for an exception.
fn variant(exception: &str) -> &str {
    exception.strip_suffix("Exception").unwrap_or(exception)
}

/// The enum of all exceptions.
pub(crate) fn write_exceptions(model: &Model, options: &Options<'_>, out: &mut Text) -> Result<(), CompileError> {
    let name = options.exceptions;
    let exceptions: Vec<&Struct> = model.structs.iter().filter(|item| item.shape == Shape::Exception).collect();
    out.line("");
    out.doc(if exceptions.is_empty() {
        "The methods declare no exceptions."
    } else {
        "All exceptions that methods declare."
    });
    out.line("#[derive(Clone, Debug, PartialEq)]");
    out.line(format!("pub enum {name} {{"));
    for item in &exceptions {
        out.doc(&format!("`{}`.", item.name));
        out.line(format!("{}({}),", variant(&item.rust), item.rust));
    }
    out.line("}");
    for item in &exceptions {
        out.line("");
        out.line(format!("impl From<{}> for {name} {{", item.rust));
        out.line(format!("fn from(exception: {}) -> Self {{", item.rust));
        out.line(format!("Self::{}(exception)", variant(&item.rust)));
        out.line("}");
        out.line("}");
    }
    out.line("");
    out.line(format!("impl std::fmt::Display for {name} {{"));
    out.line("fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {");
    if exceptions.is_empty() {
        out.line("let _ = f;");
    }
    write_arms(&exceptions, out, "exception", "exception.fmt(f)");
    out.line("}");
    out.line("}");
    out.line("");
    out.line(format!("impl std::error::Error for {name} {{}}"));
    out.line("");
    out.line(format!("impl skep_thrift::Exception for {name} {{"));
    let general = match options.general_exception {
        Some(general) if exceptions.iter().any(|item| item.name == general) => {
            let general = names::definition(general);
            format!("Some(Self::{}({general}::new(message)))", variant(&general))
        }
        Some(general) => return Err(CompileError::unsupported(general, "the general exception is not defined")),
        None => "None".to_owned(),
    };
    out.line(format!("fn general({}message: String) -> Option<Self> {{", if general == "None" { "_" } else { "" }));
    out.line(general);
    out.line("}");
    out.line("");
    out.line("fn message(&self) -> &str {");
    write_arms(&exceptions, out, "exception", "exception.message()");
    out.line("}");
    out.line("");
    out.line("fn write_field(&self, id: i16, writer: &mut Writer) {");
    if exceptions.is_empty() {
        out.line("let _ = (id, writer);");
    }
    write_arms(&exceptions, out, "exception", "writer.field(id, exception)");
    out.line("}");
    out.line("}");
    Ok(())
}

fn write_arms(exceptions: &[&Struct], out: &mut Text, binding: &str, result: &str) {
    // A service without exceptions has an enum without values.
    out.line(if exceptions.is_empty() { "match *self {" } else { "match self {" });
    for item in exceptions {
        out.line(format!("Self::{}({binding}) => {result},", variant(&item.rust)));
    }
    out.line("}");
}

/// The module `methods`: a type for each method and the struct of its arguments.
pub(crate) fn write(model: &Model, options: &Options<'_>, out: &mut Text) -> Result<(), CompileError> {
    out.line("");
    out.doc("The methods of the service: a type for each, and the struct of its arguments.");
    out.line("pub mod methods {");
    out.line("#[allow(unused_imports)]");
    out.line("use super::{BTreeMap, BTreeSet, Kind, Message, ReadError, Reader, Value, Writer};");
    out.line(format!("use super::{};", options.exceptions));
    out.line("");
    out.doc("The names of all methods.");
    out.line("pub const NAMES: &[&str] = &[");
    for method in &model.methods {
        out.line(format!("{:?},", method.name));
    }
    out.line("];");
    out.line("");
    out.doc("Shows all methods to a visitor, in the order of [`NAMES`].");
    out.line(format!("pub fn visit(visitor: &mut impl skep_thrift::MethodVisitor<{}>) {{", options.exceptions));
    for method in &model.methods {
        out.line(format!("visitor.visit::<{}>();", names::definition(&method.name)));
    }
    out.line("}");
    for method in &model.methods {
        let name = names::definition(&method.name);
        let args = Struct {
            name: format!("{}_args", method.name),
            rust: format!("{name}Args"),
            doc: format!("The arguments of [`{name}`]."),
            shape: Shape::Struct,
            fields: method.args.clone(),
        };
        write_struct(model, &args, "super::", out)?;
        out.line("");
        out.doc(&format!("The method `{}`.", method.name));
        if !method.doc.is_empty() {
            out.doc(&format!("\n{}", method.doc));
        }
        out.line("#[derive(Clone, Copy, Debug)]");
        out.line(format!("pub struct {name};"));
        out.line("");
        out.line(format!("impl skep_thrift::Method for {name} {{"));
        out.line(format!("const NAME: &'static str = {:?};", method.name));
        out.line(format!("const ONEWAY: bool = {};", method.oneway));
        out.line(format!("type Args = {name}Args;"));
        out.line(format!("type Success = {};", rust(&method.name, &method.result, "super::")?));
        out.line(format!("type Exception = {};", options.exceptions));
        // What a method without exceptions says of them is usual.
        if !method.throws.is_empty() {
            write_throws(&method.throws, options.exceptions, out);
        }
        out.line("}");
    }
    out.line("}");
    Ok(())
}

/// Which fields of its result the exceptions of a method are in, and how they are read from there.
fn write_throws(throws: &[(i16, String)], exceptions: &str, out: &mut Text) {
    out.line("");
    out.line(format!("fn exception_field(exception: &{exceptions}) -> Option<i16> {{"));
    out.line("match exception {");
    for (id, exception) in throws {
        out.line(format!("{exceptions}::{}(_) => Some({id}),", variant(exception)));
    }
    out.line("_ => None,");
    out.line("}");
    out.line("}");
    out.line("");
    out.line("fn read_exception(id: i16, reader: &mut Reader<'_>) -> Result<Option<Self::Exception>, ReadError> {");
    out.line("match id {");
    for (id, exception) in throws {
        out.line(format!("{id} => Ok(Some({exceptions}::{}(reader.value()?))),", variant(exception)));
    }
    out.line("_ => Ok(None),");
    out.line("}");
    out.line("}");
}
