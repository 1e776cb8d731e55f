//! Enums, structs, unions and exceptions.

use crate::CompileError;
use crate::model::{Enum, Field, Model, Shape, Struct, Type};
use crate::names;
use crate::text::Text;

/// The names that made text uses and that a definition would hide.
const TAKEN: &[&str] = &[
    "BTreeMap",
    "BTreeSet",
    "Box",
    "Default",
    "Err",
    "Kind",
    "Message",
    "None",
    "Ok",
    "Option",
    "ReadError",
    "Reader",
    "Result",
    "Self",
    "Some",
    "String",
    "Value",
    "Vec",
    "Writer",
];

pub(crate) fn write(model: &Model, out: &mut Text) -> Result<(), CompileError> {
    for item in &model.enums {
        write_enum(item, out)?;
    }
    for item in &model.structs {
        check_name(&item.rust)?;
        match item.shape {
            Shape::Union => write_union(model, item, out)?,
            Shape::Struct | Shape::Exception => write_struct(model, item, "", out)?,
        }
        if item.shape == Shape::Exception {
            write_exception(item, out);
        }
    }
    Ok(())
}

fn check_name(name: &str) -> Result<(), CompileError> {
    if TAKEN.contains(&name) {
        return Err(CompileError::unsupported(name, "the name means something else in Rust"));
    }
    Ok(())
}

fn write_enum(item: &Enum, out: &mut Text) -> Result<(), CompileError> {
    let name = names::definition(&item.name);
    check_name(&name)?;
    out.line("");
    out.doc(&headed(&format!("The enum `{}`; numbers without a name are kept.", item.name), &item.doc));
    out.line("#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]");
    out.line(format!("pub struct {name}(pub i32);"));
    out.line("");
    out.line(format!("impl {name} {{"));
    for (value, number) in &item.values {
        let number = i32::try_from(*number)
            .map_err(|_| CompileError::unsupported(&item.name, format!("the number {number} of {value}")))?;
        out.doc(&format!("`{value}`."));
        out.line(format!("pub const {value}: Self = Self({number});"));
    }
    let all: Vec<_> = item.values.iter().map(|(value, _)| format!("Self::{value}")).collect();
    out.doc("All values with a name.");
    out.line("pub const fn all() -> &'static [Self] {");
    out.line(format!("&[{}]", all.join(", ")));
    out.line("}");
    out.line("");
    out.doc("The value's name.");
    out.line("pub const fn name(self) -> Option<&'static str> {");
    out.line("Some(match self {");
    for (value, _) in &item.values {
        out.line(format!("Self::{value} => {value:?},"));
    }
    out.line("_ => return None,");
    out.line("})");
    out.line("}");
    out.line("");
    out.doc("The value with this name.");
    out.line("pub fn from_name(name: &str) -> Option<Self> {");
    out.line("Self::all().iter().copied().find(|value| value.name() == Some(name))");
    out.line("}");
    out.line("}");
    out.line("");
    out.line(format!("impl std::fmt::Debug for {name} {{"));
    out.line("fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {");
    out.line("match self.name() {");
    out.line("Some(name) => f.write_str(name),");
    out.line("None => self.0.fmt(f),");
    out.line("}");
    out.line("}");
    out.line("}");
    out.line("");
    begin_value(&name, "I32", out);
    out.line("reader.i32().map(Self)");
    out.line("}");
    out.line("");
    out.line("fn write(&self, writer: &mut Writer) {");
    out.line("writer.i32(self.0);");
    out.line("}");
    out.line("}");
    Ok(())
}

/// A struct. `outer` is the path that leads from it to the definitions of the IDL, `` or `super::`.
pub(crate) fn write_struct(model: &Model, item: &Struct, outer: &str, out: &mut Text) -> Result<(), CompileError> {
    let name = &item.rust;
    out.line("");
    let what = if item.shape == Shape::Exception { "exception" } else { "struct" };
    out.doc(&headed(&format!("The {what} `{}`.", item.name), &item.doc));
    out.line("#[derive(Clone, Debug, Default, PartialEq)]");
    let mut fields = Vec::new();
    for field in &item.fields {
        let ty = held(model, item, field, outer)?;
        fields.push((names::field(&field.name), if field.required { ty } else { format!("Option<{ty}>") }, field));
    }
    if fields.is_empty() {
        out.line(format!("pub struct {name} {{}}"));
    } else {
        out.line(format!("pub struct {name} {{"));
        for (rust, ty, field) in &fields {
            out.doc(&headed(&field_doc(field), &field.doc));
            out.line(format!("pub {rust}: {ty},"));
        }
        out.line("}");
    }
    out.line("");
    begin_value(name, "Struct", out);
    let required: Vec<_> = fields.iter().filter(|(.., field)| field.required).collect();
    if required.len() > 64 {
        return Err(CompileError::unsupported(&item.name, "more than 64 required fields"));
    }
    out.line(if fields.is_empty() { "let value = Self::default();" } else { "let mut value = Self::default();" });
    if !required.is_empty() {
        out.line("let mut seen = 0u64;");
    }
    out.line("let scope = reader.begin_struct()?;");
    out.line("while let Some(field) = reader.field()? {");
    if fields.is_empty() {
        out.line("reader.skip(field.kind)?;");
    } else {
        out.line("match (field.id, field.kind) {");
        let mut bit = 0;
        for (rust, _, field) in &fields {
            let pattern = format!("({}, Kind::{})", field.id, field.ty.kind());
            if field.required {
                out.line(format!("{pattern} => {{"));
                out.line(format!("value.{rust} = reader.value()?;"));
                out.line(format!("seen |= 1 << {bit};"));
                out.line("}");
                bit += 1;
            } else {
                out.line(format!("{pattern} => value.{rust} = Some(reader.value()?),"));
            }
        }
        out.line("_ => reader.skip(field.kind)?,");
        out.line("}");
    }
    out.line("}");
    out.line("reader.end_struct(scope);");
    for (bit, (.., field)) in required.iter().enumerate() {
        out.line(format!("reader.require(seen & 1 << {bit} != 0, Self::NAME, {:?})?;", field.name));
    }
    out.line("Ok(value)");
    out.line("}");
    out.line("");
    out.line("fn write(&self, writer: &mut Writer) {");
    out.line("let scope = writer.begin_struct();");
    for (rust, _, field) in &fields {
        let way = if field.required { "field" } else { "optional" };
        out.line(format!("writer.{way}({}, &self.{rust});", field.id));
    }
    out.line("writer.end_struct(scope);");
    out.line("}");
    out.line("}");
    write_message(name, &item.name, out);
    Ok(())
}

/// A type as a value, up to how it is read.
fn begin_value(name: &str, kind: &str, out: &mut Text) {
    out.line(format!("impl Value for {name} {{"));
    out.line(format!("const KIND: Kind = Kind::{kind};"));
    out.line("");
    out.line("fn read(reader: &mut Reader<'_>) -> Result<Self, ReadError> {");
}

fn write_message(rust: &str, name: &str, out: &mut Text) {
    out.line("");
    out.line(format!("impl Message for {rust} {{"));
    out.line(format!("const NAME: &'static str = {name:?};"));
    out.line("}");
}

/// A field's type; boxed where the struct would hold itself.
fn held(model: &Model, item: &Struct, field: &Field, outer: &str) -> Result<String, CompileError> {
    let ty = rust(&item.name, &field.ty, outer)?;
    Ok(match &field.ty {
        Type::Struct(held) if *held == item.rust || model.holds(held, &item.rust) => format!("Box<{ty}>"),
        _ => ty,
    })
}

fn write_union(model: &Model, item: &Struct, out: &mut Text) -> Result<(), CompileError> {
    let name = &item.rust;
    out.line("");
    out.doc(&headed(&format!("The union `{}`.", item.name), &item.doc));
    out.line("#[derive(Clone, Debug, Default, PartialEq)]");
    out.line(format!("pub enum {name} {{"));
    out.doc("None of the fields that are known here.");
    out.line("#[default]");
    out.line("Unset,");
    for field in &item.fields {
        out.doc(&headed(&field_doc(field), &field.doc));
        let ty = held(model, item, field, "")?;
        out.line(format!("{}({ty}),", names::definition(&field.name)));
    }
    out.line("}");
    out.line("");
    begin_value(name, "Struct", out);
    out.line("let mut value = Self::Unset;");
    out.line("let scope = reader.begin_struct()?;");
    out.line("while let Some(field) = reader.field()? {");
    out.line("match (field.id, field.kind) {");
    for field in &item.fields {
        let variant = names::definition(&field.name);
        out.line(format!("({}, Kind::{}) => value = Self::{variant}(reader.value()?),", field.id, field.ty.kind()));
    }
    out.line("_ => reader.skip(field.kind)?,");
    out.line("}");
    out.line("}");
    out.line("reader.end_struct(scope);");
    out.line("Ok(value)");
    out.line("}");
    out.line("");
    out.line("fn write(&self, writer: &mut Writer) {");
    out.line("let scope = writer.begin_struct();");
    out.line("match self {");
    out.line("Self::Unset => {}");
    for field in &item.fields {
        out.line(format!("Self::{}(value) => writer.field({}, value),", names::definition(&field.name), field.id));
    }
    out.line("}");
    out.line("writer.end_struct(scope);");
    out.line("}");
    out.line("}");
    write_message(name, &item.name, out);
    Ok(())
}

/// An exception's error message is its field `message`, or its name.
fn write_exception(item: &Struct, out: &mut Text) {
    let name = &item.rust;
    let has_message = item.fields.iter().any(|field| field.name == "message" && field.ty == Type::String);
    let message =
        if has_message { "self.message.as_deref().unwrap_or_default()".to_owned() } else { format!("{:?}", item.name) };
    out.line("");
    out.line(format!("impl {name} {{"));
    if has_message {
        out.doc("The exception that says `message`.");
        out.line("pub fn new(message: impl Into<String>) -> Self {");
        let rest = if item.fields.len() > 1 { ", ..Self::default()" } else { "" };
        out.line(format!("Self {{ message: Some(message.into()){rest} }}"));
        out.line("}");
        out.line("");
    }
    out.doc("What the exception says.");
    out.line("pub fn message(&self) -> &str {");
    out.line(message);
    out.line("}");
    out.line("}");
    out.line("");
    out.line(format!("impl std::fmt::Display for {name} {{"));
    out.line("fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {");
    out.line(format!("write!(f, \"{}: {{}}\", self.message())", item.name));
    out.line("}");
    out.line("}");
    out.line("");
    out.line(format!("impl std::error::Error for {name} {{}}"));
}

/// A type in Rust. `outer` is the path to the definitions of the IDL.
pub(crate) fn rust(place: &str, ty: &Type, outer: &str) -> Result<String, CompileError> {
    Ok(match ty {
        Type::Void => "()".to_owned(),
        Type::Bool => "bool".to_owned(),
        Type::Byte => "i8".to_owned(),
        Type::I16 => "i16".to_owned(),
        Type::I32 => "i32".to_owned(),
        Type::I64 => "i64".to_owned(),
        Type::Double => "f64".to_owned(),
        Type::String => "String".to_owned(),
        Type::Binary => "Vec<u8>".to_owned(),
        Type::List(item) => format!("Vec<{}>", rust(place, item, outer)?),
        Type::Set(item) if ordered(item) => format!("BTreeSet<{}>", rust(place, item, outer)?),
        Type::Map(key, value) if ordered(key) => {
            format!("BTreeMap<{}, {}>", rust(place, key, outer)?, rust(place, value, outer)?)
        }
        Type::Set(_) => return Err(CompileError::unsupported(place, "a set of values that have no order")),
        Type::Map(..) => return Err(CompileError::unsupported(place, "a map whose keys have no order")),
        Type::Enum(name) | Type::Struct(name) => format!("{outer}{name}"),
    })
}

/// Whether values of a type may be keys.
fn ordered(ty: &Type) -> bool {
    match ty {
        Type::Double | Type::Struct(_) | Type::Void => false,
        Type::List(item) | Type::Set(item) => ordered(item),
        Type::Map(key, value) => ordered(key) && ordered(value),
        _ => true,
    }
}

fn field_doc(field: &Field) -> String {
    let mut doc = format!("Field {}, `{}`", field.id, field.name);
    if field.required {
        doc.push_str(", which must be there");
    }
    if let Some(default) = &field.default {
        doc.push_str(&format!("; absent, it means `{default}`"));
    }
    doc + "."
}

/// A first line and then what the IDL says.
fn headed(head: &str, rest: &str) -> String {
    if rest.is_empty() { head.to_owned() } else { format!("{head}\n\n{rest}") }
}
