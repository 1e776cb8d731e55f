//! `+ - * / % div`, the bit operators and the signs, as Hive computes them.
//!
//! Integers wrap around as Java's do, a division by zero is NULL, a decimal that does not fit its type is NULL.
//! Where DataFusion's own operators do the same (integers and floats `+ - *`, bit operators, decimals that cannot
//! overflow), they are used, so that its optimizer understands them.

mod decimal;
mod expr;
mod kernel;
mod operator;
mod temporal;
#[cfg(test)]
mod tests;

pub use expr::{arithmetic_expr, bit_not_expr, negative_expr};
pub use operator::{HiveArithmetic, HiveUnary, UnaryOp, operators};

use crate::registry::{Function, FunctionEntry};

/// The operators as `SHOW FUNCTIONS` lists them. The analyzer builds them itself.
pub fn functions() -> Vec<FunctionEntry> {
    const FORMS: &[(&str, &str)] = &[
        ("+", "a + b - Returns a+b"),
        ("-", "a - b - Returns the difference a-b"),
        ("*", "a * b - Multiplies a by b"),
        ("/", "a / b - Divide a by b"),
        ("%", "a % b - Returns the remainder when dividing a by b"),
        ("div", "a div b - Divide a by b rounded to the long integer"),
        ("&", "a & b - Bitwise and"),
        ("|", "a | b - Bitwise or"),
        ("^", "a ^ b - Bitwise exclusive or"),
        ("~", "~ n - Bitwise not"),
        ("=", "a = b - Returns TRUE if a equals b and false otherwise"),
        ("==", "a == b - Returns TRUE if a equals b and false otherwise"),
        (
            "<=>",
            "a <=> b - Returns same result with EQUAL(=) operator for non-null operands, but returns TRUE if both are NULL, FALSE if one of the them is NULL",
        ),
        ("!=", "a != b - Returns TRUE if a is not equal to b"),
        ("<>", "a <> b - Returns TRUE if a is not equal to b"),
        ("<", "a < b - Returns TRUE if a is less than b"),
        ("<=", "a <= b - Returns TRUE if a is not greater than b"),
        (">", "a > b - Returns TRUE if a is greater than b"),
        (">=", "a >= b - Returns TRUE if a is not smaller than b"),
        ("and", "a1 and a2 and ... and an - Logical and"),
        ("or", "a1 or a2 or ... or an - Logical or"),
        ("not", "not a - Logical not"),
        ("!", "! a - Logical not"),
        ("between", "between a [NOT] BETWEEN b AND c - evaluate if a is [not] in between b and c"),
        ("in", "test in(val1, val2...) - returns true if test equals any valN "),
        (
            "case",
            "CASE a WHEN b THEN c [WHEN d THEN e]* [ELSE f] END - When a = b, returns c; when a = d, return e; else return f",
        ),
        (
            "when",
            "CASE WHEN a THEN b [WHEN c THEN d]* [ELSE e] END - When a = true, returns b; when c = true, return d; else return e",
        ),
        (
            "grouping",
            "grouping(a, p1, ..., pn) - Indicates whether a specified column expression in is aggregated or not. Returns 1 for aggregated or 0 for not aggregated. ",
        ),
        ("is_not_distinct_from", "a IS NOT DISTINCT FROM b - Returns TRUE if a equals b or both are NULL"),
        ("current_database", "_FUNC_() - returns currently using database name"),
        ("current_schema", "_FUNC_() - returns currently using database name"),
        (
            "current_date",
            "_FUNC_() - Returns the current date at the start of query evaluation. All calls of current_date within the same query return the same value.",
        ),
        (
            "current_timestamp",
            "_FUNC_() - Returns the current timestamp at the start of query evaluation. All calls of current_timestamp within the same query return the same value.",
        ),
        ("cast", "CAST(<value> as <type>) - Converts a value to a type"),
    ];
    FORMS
        .iter()
        .map(|(name, usage)| FunctionEntry { name, aliases: &[], usage, extended: "", function: Function::Form })
        .collect()
}
