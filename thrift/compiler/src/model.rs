//! What an IDL and the files that it includes define, with names resolved.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use pilota_thrift_parser as idl;
use pilota_thrift_parser::{Attribute, FileParser, FileSource, Item, StructLike, Ty};

use crate::{CompileError, names};

/// All definitions, in the order of the files.
#[derive(Default)]
pub(crate) struct Model {
    pub(crate) enums: Vec<Enum>,
    pub(crate) structs: Vec<Struct>,
    pub(crate) methods: Vec<Method>,
    pub(crate) constants: Vec<idl::Constant>,
    typedefs: HashMap<String, idl::Type>,
}

pub(crate) struct Enum {
    pub(crate) name: String,
    pub(crate) doc: String,
    pub(crate) values: Vec<(String, i64)>,
}

/// A struct, a union or an exception.
pub(crate) struct Struct {
    pub(crate) name: String,
    /// Its name in Rust.
    pub(crate) rust: String,
    pub(crate) doc: String,
    pub(crate) shape: Shape,
    pub(crate) fields: Vec<Field>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    Struct,
    Union,
    Exception,
}

#[derive(Clone)]
pub(crate) struct Field {
    pub(crate) id: i16,
    pub(crate) name: String,
    pub(crate) doc: String,
    pub(crate) required: bool,
    pub(crate) ty: Type,
    /// What an absent field means, as text.
    pub(crate) default: Option<String>,
}

/// A type with its names resolved.
#[derive(Clone, PartialEq)]
pub(crate) enum Type {
    Void,
    Bool,
    Byte,
    I16,
    I32,
    I64,
    Double,
    String,
    Binary,
    List(Box<Type>),
    Set(Box<Type>),
    Map(Box<Type>, Box<Type>),
    /// By its name in Rust.
    Enum(String),
    /// By its name in Rust.
    Struct(String),
}

impl Type {
    /// The variant of `Kind` that a value of the type has on the wire.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Type::Void => "Void",
            Type::Bool => "Bool",
            Type::Byte => "Byte",
            Type::I16 => "I16",
            Type::I32 | Type::Enum(_) => "I32",
            Type::I64 => "I64",
            Type::Double => "Double",
            Type::String | Type::Binary => "String",
            Type::List(_) => "List",
            Type::Set(_) => "Set",
            Type::Map(..) => "Map",
            Type::Struct(_) => "Struct",
        }
    }
}

pub(crate) struct Method {
    pub(crate) name: String,
    pub(crate) doc: String,
    pub(crate) oneway: bool,
    pub(crate) result: Type,
    pub(crate) args: Vec<Field>,
    /// The field's id and the exception's name in Rust.
    pub(crate) throws: Vec<(i16, String)>,
}

impl Model {
    pub(crate) fn load(path: &Path) -> Result<Model, CompileError> {
        let mut files = Vec::new();
        let mut seen = BTreeSet::new();
        parse(path, &mut seen, &mut files)?;
        let items: Vec<Item> = files.into_iter().flat_map(|file| file.items).collect();

        let mut model = Model::default();
        let mut kinds = HashMap::new();
        for item in &items {
            let (name, is_enum) = match item {
                Item::Enum(item) => (&item.name, true),
                Item::Struct(item) => (&item.name, false),
                Item::Union(item) => (&item.name, false),
                Item::Exception(item) => (&item.name, false),
                Item::Typedef(item) => {
                    model.typedefs.insert(item.alias.to_string(), item.r#type.clone());
                    continue;
                }
                _ => continue,
            };
            if kinds.insert(name.to_string(), is_enum).is_some() {
                return Err(CompileError::unsupported(name, "it is defined twice"));
            }
        }
        let mut services: BTreeMap<String, idl::Service> = BTreeMap::new();
        let mut order = Vec::new();
        for item in items {
            match item {
                Item::Enum(item) => model.enums.push(enumeration(&item)),
                Item::Struct(item) => {
                    let made = model.structure(&item, Shape::Struct, &item.leading_comments, &kinds)?;
                    model.structs.push(made);
                }
                Item::Union(item) => {
                    let made = model.structure(&item, Shape::Union, &item.leading_comments, &kinds)?;
                    model.structs.push(made);
                }
                Item::Exception(item) => {
                    let made = model.structure(&item, Shape::Exception, &item.leading_comments, &kinds)?;
                    model.structs.push(made);
                }
                Item::Constant(item) => model.constants.push(item),
                Item::Service(item) => {
                    order.push(item.name.to_string());
                    services.insert(item.name.to_string(), item);
                }
                Item::Include(_) | Item::CppInclude(_) | Item::Namespace(_) | Item::Typedef(_) => {}
            }
        }
        for service in order.iter().filter_map(|name| services.get(name)) {
            for function in &service.functions {
                let method = model.method(function, &kinds)?;
                if model.methods.iter().any(|other| other.name == method.name) {
                    return Err(CompileError::unsupported(&method.name, "the method is defined twice"));
                }
                model.methods.push(method);
            }
        }
        Ok(model)
    }

    pub(crate) fn structure_named(&self, rust: &str) -> Option<&Struct> {
        self.structs.iter().find(|item| item.rust == rust)
    }

    /// Whether a value of struct `from` holds one of struct `to` without a list or a map between.
    pub(crate) fn holds(&self, from: &str, to: &str) -> bool {
        let mut seen = BTreeSet::new();
        let mut next = vec![from];
        while let Some(name) = next.pop() {
            if !seen.insert(name) {
                continue;
            }
            for field in self.structure_named(name).map(|item| item.fields.as_slice()).unwrap_or_default() {
                if let Type::Struct(held) = &field.ty {
                    if held == to {
                        return true;
                    }
                    next.push(held);
                }
            }
        }
        false
    }

    fn structure(
        &self,
        item: &StructLike,
        shape: Shape,
        doc: &str,
        kinds: &HashMap<String, bool>,
    ) -> Result<Struct, CompileError> {
        let name = item.name.to_string();
        let fields = self.fields(&name, &item.fields, kinds)?;
        Ok(Struct { rust: names::definition(&name), name, doc: comment(doc), shape, fields })
    }

    fn fields(
        &self,
        place: &str,
        fields: &[idl::Field],
        kinds: &HashMap<String, bool>,
    ) -> Result<Vec<Field>, CompileError> {
        let mut ids = Vec::new();
        fields
            .iter()
            .map(|field| {
                let place = format!("{place}.{}", field.name.as_str());
                let id = i16::try_from(field.id)
                    .map_err(|_| CompileError::unsupported(&place, format!("field id {}", field.id)))?;
                let ty = self.resolve(&place, &field.ty, kinds)?;
                // Versions of an IDL may disagree on what an id is: their types tell the fields apart.
                if ids.contains(&(id, ty.kind())) {
                    return Err(CompileError::unsupported(&place, format!("field id {id} is used twice")));
                }
                ids.push((id, ty.kind()));
                Ok(Field {
                    id,
                    name: field.name.to_string(),
                    doc: comment(&field.leading_comments),
                    required: field.attribute == Attribute::Required,
                    ty,
                    default: field.default.as_ref().map(|value| constant_text(&place, value)).transpose()?,
                })
            })
            .collect()
    }

    fn method(&self, function: &idl::Function, kinds: &HashMap<String, bool>) -> Result<Method, CompileError> {
        let name = function.name.to_string();
        let mut args = self.fields(&name, &function.arguments, kinds)?;
        // The parser says of every argument that it is required; on the wire each may be absent.
        args.iter_mut().for_each(|arg| arg.required = false);
        let throws = self
            .fields(&name, &function.throws, kinds)?
            .into_iter()
            .map(|field| match field.ty {
                Type::Struct(exception) => Ok((field.id, exception)),
                _ => Err(CompileError::unsupported(&name, "it throws something that is no exception")),
            })
            .collect::<Result<_, _>>()?;
        Ok(Method {
            doc: comment(&function.leading_comments),
            oneway: function.oneway,
            result: self.resolve(&name, &function.result_type, kinds)?,
            args,
            throws,
            name,
        })
    }

    fn resolve(&self, place: &str, ty: &idl::Type, kinds: &HashMap<String, bool>) -> Result<Type, CompileError> {
        Ok(match &ty.0 {
            Ty::Void => Type::Void,
            Ty::Bool => Type::Bool,
            Ty::Byte | Ty::I8 => Type::Byte,
            Ty::I16 => Type::I16,
            Ty::I32 => Type::I32,
            Ty::I64 => Type::I64,
            Ty::Double => Type::Double,
            Ty::String => Type::String,
            Ty::Binary => Type::Binary,
            Ty::Uuid => return Err(CompileError::unsupported(place, "the type uuid")),
            Ty::List { value, .. } => Type::List(Box::new(self.resolve(place, value, kinds)?)),
            Ty::Set { value, .. } => Type::Set(Box::new(self.resolve(place, value, kinds)?)),
            Ty::Map { key, value, .. } => {
                Type::Map(Box::new(self.resolve(place, key, kinds)?), Box::new(self.resolve(place, value, kinds)?))
            }
            Ty::Path(path) => {
                let Some(name) = path.segments.last().map(|name| name.as_str()) else {
                    return Err(CompileError::unsupported(place, "a type without a name"));
                };
                if let Some(ty) = self.typedefs.get(name) {
                    return self.resolve(place, ty, kinds);
                }
                match kinds.get(name) {
                    Some(true) => Type::Enum(names::definition(name)),
                    Some(false) => Type::Struct(names::definition(name)),
                    None => return Err(CompileError::unsupported(place, format!("the type {name} is not defined"))),
                }
            }
        })
    }
}

/// Parses a file after the files that it includes.
fn parse(path: &Path, seen: &mut BTreeSet<PathBuf>, files: &mut Vec<idl::File>) -> Result<(), CompileError> {
    if !seen.insert(path.to_owned()) {
        return Ok(());
    }
    let text = std::fs::read_to_string(path).map_err(|source| CompileError::Io { path: path.to_owned(), source })?;
    let file = FileParser::new(FileSource::new(&text))
        .parse()
        .map_err(|error| CompileError::Syntax { path: path.to_owned(), message: format!("{error:?}") })?;
    for item in &file.items {
        if let Item::Include(include) = item {
            parse(&path.with_file_name(&*include.path), seen, files)?;
        }
    }
    files.push(file);
    Ok(())
}

fn enumeration(item: &idl::Enum) -> Enum {
    let mut next = 0;
    let values = item
        .values
        .iter()
        .map(|value| {
            let number = value.value.map_or(next, |number| *number);
            next = number + 1;
            (value.name.to_string(), number)
        })
        .collect();
    Enum { name: item.name.to_string(), doc: comment(&item.leading_comments), values }
}

/// A constant as text.
pub(crate) fn constant_text(place: &str, value: &idl::ConstValue) -> Result<String, CompileError> {
    Ok(match value {
        idl::ConstValue::Bool(value) => value.to_string(),
        idl::ConstValue::Int(value) => value.0.to_string(),
        idl::ConstValue::Double(value) => value.0.to_string(),
        idl::ConstValue::String(value) => format!("{:?}", value.0),
        idl::ConstValue::Path(path) => {
            path.segments.iter().map(|segment| segment.as_str()).collect::<Vec<_>>().join("::")
        }
        idl::ConstValue::List(_) | idl::ConstValue::Map(_) => {
            return Err(CompileError::unsupported(place, "a list or a map as a constant"));
        }
    })
}

/// The words of an IDL's comment, without a heading: that ends with a line that begins with `----`.
fn comment(text: &str) -> String {
    let is_heading = |line: &str| line.trim().trim_start_matches(['/', '#', '*', ' ']).starts_with("----");
    let lines: Vec<&str> = text.lines().collect();
    let begin = lines.iter().rposition(|line| is_heading(line)).map_or(0, |heading| heading + 1);
    lines
        .iter()
        .skip(begin)
        .map(|line| {
            let line = line.trim();
            let line = line.strip_prefix("/**").or_else(|| line.strip_prefix("/*")).unwrap_or(line);
            let line = line.strip_suffix("*/").unwrap_or(line);
            line.trim_start_matches(['/', '#', '*', ' ']).trim_end()
        })
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join("\n")
}
