//! `PREPARE`, `EXECUTE`.

use super::{Constant, Ident};

/// `PREPARE name FROM query`
#[derive(Debug, Clone, PartialEq)]
pub struct Prepare {
    /// Name of the plan.
    pub name: Ident,
    /// Text of the query, with `?` for parameters.
    pub text: String,
    /// Number of parameters.
    pub parameters: usize,
}

/// `EXECUTE name [USING constant, …]`
#[derive(Debug, Clone, PartialEq)]
pub struct Execute {
    /// Name of the plan.
    pub name: Ident,
    /// Values of the parameters, each with its text as typed.
    pub values: Vec<(Constant, String)>,
}
