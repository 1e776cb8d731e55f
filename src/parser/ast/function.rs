//! Functions and macros.

use skep_metastore::model::HiveType;

use super::{Ident, ObjectName, SourceExpr};

/// `CREATE [TEMPORARY] FUNCTION name AS 'class' [USING JAR|FILE|ARCHIVE 'uri', …]`
#[derive(Debug, Clone, PartialEq)]
pub struct CreateFunction {
    /// Name.
    pub name: ObjectName,
    /// `TEMPORARY`
    pub temporary: bool,
    /// Class, or whatever else names the code.
    pub class: String,
    /// `USING`
    pub resources: Vec<FunctionResource>,
}

/// A resource of a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionResource {
    /// What it is.
    pub kind: FunctionResourceKind,
    /// Where it is.
    pub uri: String,
}

/// What a resource is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FunctionResourceKind {
    /// `JAR`
    Jar,
    /// `FILE`
    File,
    /// `ARCHIVE`
    Archive,
}

/// `DROP [TEMPORARY] FUNCTION [IF EXISTS] name`
#[derive(Debug, Clone, PartialEq)]
pub struct DropFunction {
    /// Name.
    pub name: ObjectName,
    /// `TEMPORARY`
    pub temporary: bool,
    /// `IF EXISTS`
    pub if_exists: bool,
}

/// `CREATE TEMPORARY MACRO name (argument type, …) expression`
#[derive(Debug, Clone, PartialEq)]
pub struct CreateMacro {
    /// Name.
    pub name: Ident,
    /// Arguments.
    pub arguments: Vec<(Ident, HiveType)>,
    /// The expression it stands for.
    pub body: SourceExpr,
}

/// `DROP TEMPORARY MACRO [IF EXISTS] name`
#[derive(Debug, Clone, PartialEq)]
pub struct DropMacro {
    /// Name.
    pub name: Ident,
    /// `IF EXISTS`
    pub if_exists: bool,
}
