//! The query part: sqlparser's tree, with HiveQL's own constructs brought into its terms.
//!
//! What a reader of the tree can rely on:
//!
//! * `LATERAL VIEW [OUTER] f(args) t AS a, b` is a join with `TableFactor::Function { lateral: true, .. }`, `CROSS JOIN`
//!   or (OUTER) `LEFT OUTER JOIN … ON TRUE`, at the place where it was written; `Select::lateral_views` is empty.
//! * Strings are `Value::SingleQuotedString`, unescaped; a `Some('`')` quote style marks a name in back quotes, and no
//!   other quote makes a name.
//! * `1Y`, `1S`, `1L` are casts to `TINYINT`, `SMALLINT`, `BIGINT`; `1.5BD` a cast to `DECIMAL(p,s)` that holds it
//!   exactly; `1.5D` a cast to `DOUBLE`.
//! * The type of every cast is read by [`hive_type`].
//! * `a DIV b` is `BinaryOperator::MyIntegerDivide`; `==` is `Eq`; `!a` is `NOT a`; `<=>` is `Spaceship`.
//! * `a [NOT] LIKE ANY|ALL (x, y)` is `[NOT] likeany(a, x, y)` or `likeall(a, x, y)`, as in Hive's grammar.
//! * `1 DAY`, `'1-2' YEAR TO MONTH` without the word `INTERVAL` are `Expr::Interval`; units are singular.
//! * `OVER (DISTRIBUTE BY … SORT BY …)` is `PARTITION BY … ORDER BY …`, `CLUSTER BY x` both.
//! * `LIMIT a, b` is offset `a`, limit `b`.
//! * `FROM t SELECT …` is a `Select` whose `flavor` tells it; its clauses are where they are in any other.
//! * `TABLE(VALUES …) t` is a derived table.
//! * `FROM` has one entry: a comma is a `CROSS JOIN` in the row of joins, for in Hive it binds like one. Joins are
//!   `Inner`, `CrossJoin`, `LeftOuter`, `RightOuter`, `FullOuter`, `LeftSemi` or `LeftAnti`.
//! * `SORT BY`, `DISTRIBUTE BY`, `CLUSTER BY` behind a union: the union is a derived table of `SELECT *`.
//! * `table ('key' = 'value')` keeps the properties in `TableFactor::Table::with_hints`, as comparisons.
//! * Names in `VALUES (1 AS a, 2 AS b), …` are `Expr::Named` in the first row.
//! * `f(ON source PARTITION BY a ORDER BY b name(x)) t` is `TableFactor::Function { lateral: false, .. }` whose first
//!   argument is the subquery `SELECT * FROM source DISTRIBUTE BY a SORT BY b`.
//! * `UNIQUEJOIN [PRESERVE] source (key, …), …` is a `TableFactor::Function` named [`UNIQUE_JOIN`] with an argument for each
//!   source: a row of whether it is preserved, `SELECT * FROM source`, and a row of its keys.
//! * `SELECT TRANSFORM (…) USING …`, `MAP`, `REDUCE` are calls of [`TRANSFORM`]; see [`super::Transform`].
//! * Hints `/*+ … */` are in `Select::optimizer_hints`.
//! * Operators group by Hive's precedence.

pub use sqlparser::ast::*;

use skep_metastore::MetastoreError;
use skep_metastore::model::HiveType;

/// Name of the function that stands for a script; back quotes aside, no other call can have it, as it is reserved.
pub const TRANSFORM: &str = "transform";

/// Name of the table function that stands for a `UNIQUEJOIN`, which is reserved too.
pub const UNIQUE_JOIN: &str = "uniquejoin";

/// The Hive type of a cast or of a typed literal.
///
/// # Errors
/// [`MetastoreError::InvalidType`] where `ty` is no type of Hive.
pub fn hive_type(ty: &DataType) -> Result<HiveType, MetastoreError> {
    ty.to_string().parse()
}
