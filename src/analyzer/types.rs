//! Expressions with their Hive types, and the conversions between them.

use arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::common::tree_node::TreeNode;
use datafusion::logical_expr::Expr;
use skep_metastore::model::{HiveType, StructField};
use skep_udf::cast::{CastTarget, cast_expr};
use skep_udf::coercion;
use skep_warehouse::types::{arrow_type, hive_type};

use super::planner::Result;
use super::scope::{ScopeColumn, column};

/// A plan expression and its Hive type. The expression's Arrow type is always `arrow_type(&ty)`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Typed {
    pub expr: Expr,
    pub ty: HiveType,
}

impl Typed {
    pub fn new(expr: Expr, ty: HiveType) -> Self {
        Self { expr, ty }
    }

    pub fn boolean(expr: Expr) -> Self {
        Self { expr, ty: HiveType::Boolean }
    }

    /// A constant.
    pub fn literal(value: ScalarValue, ty: HiveType) -> Self {
        Self { expr: Expr::Literal(value, None), ty }
    }

    pub fn string(value: impl Into<String>) -> Self {
        Self::literal(ScalarValue::Utf8(Some(value.into())), HiveType::String)
    }

    pub fn int(value: i32) -> Self {
        Self::literal(ScalarValue::Int32(Some(value)), HiveType::Int)
    }

    /// A bare `NULL`.
    pub fn null() -> Self {
        Self::literal(ScalarValue::Null, HiveType::Void)
    }

    /// An expression of which only the Arrow type is known. Where Hive has no such type (unsigned counters of
    /// DataFusion, for example) it is cast to the one that stands for it.
    pub fn from_arrow(expr: Expr, ty: &DataType) -> Self {
        let hive = match ty {
            DataType::UInt8 | DataType::UInt16 | DataType::UInt32 | DataType::UInt64 => HiveType::BigInt,
            other => hive_type(other),
        };
        let wanted = arrow_type(&hive);
        let expr = if wanted == *ty { expr } else { datafusion::logical_expr::cast(expr, wanted) };
        Self { expr, ty: hive }
    }

    pub fn column(column: &ScopeColumn) -> Self {
        Self { expr: column.expr(), ty: column.ty.clone() }
    }

    pub fn of_id(id: &str, ty: HiveType) -> Self {
        Self { expr: column(id), ty }
    }

    pub fn arrow(&self) -> DataType {
        arrow_type(&self.ty)
    }

    /// The value, where it is a constant.
    pub fn constant(&self) -> Option<&ScalarValue> {
        match &self.expr {
            Expr::Literal(value, _) => Some(value),
            Expr::Alias(alias) => match alias.expr.as_ref() {
                Expr::Literal(value, _) => Some(value),
                _ => None,
            },
            _ => None,
        }
    }

    /// Is an aggregate or a window function part of it?
    pub fn is_computed_later(&self) -> bool {
        let later = |expr: &Expr| Ok(matches!(expr, Expr::AggregateFunction(_) | Expr::WindowFunction(_)));
        self.expr.exists(later).unwrap_or(true)
    }

    pub fn is_null(&self) -> bool {
        self.constant().is_some_and(ScalarValue::is_null)
    }

    /// Converts to a type as Hive's casts do; nothing happens where it has it already.
    ///
    /// # Errors
    /// The Arrow type has no NULL value in DataFusion.
    pub fn cast_to(self, ty: &HiveType) -> Result<Typed> {
        if self.ty == *ty || matches!((&self.ty, ty), (HiveType::Char(_) | HiveType::Varchar(_), HiveType::String)) {
            return Ok(Typed { expr: self.expr, ty: ty.clone() });
        }
        if self.is_null() {
            return Ok(Typed::literal(ScalarValue::try_from(&arrow_type(ty))?, ty.clone()));
        }
        let target = match ty {
            HiveType::Char(length) => CastTarget::Char(*length),
            HiveType::Varchar(length) => CastTarget::Varchar(*length),
            other => CastTarget::Arrow(arrow_type(other)),
        };
        let from = self.arrow();
        if let CastTarget::Arrow(to) = &target
            && *to == from
        {
            return Ok(Typed { expr: self.expr, ty: ty.clone() });
        }
        if let Some(value) = self.constant()
            && let Some(value) = cast_constant(value, &self.ty, ty, &target)
        {
            return Ok(Typed::literal(value, ty.clone()));
        }
        Ok(Typed { expr: cast_expr(self.expr, &from, &target), ty: ty.clone() })
    }

    /// Converts to the Arrow type that a function asks for; the Hive type is kept where the Arrow type is.
    ///
    /// # Errors
    /// As [`Typed::cast_to`].
    pub fn cast_to_arrow(self, ty: &DataType) -> Result<Typed> {
        if self.arrow() == *ty {
            return Ok(self);
        }
        let target = hive_type(ty);
        if arrow_type(&target) == *ty {
            return self.cast_to(&target);
        }
        let from = self.arrow();
        Ok(Typed { expr: cast_expr(self.expr, &from, &CastTarget::Arrow(ty.clone())), ty: target })
    }
}

/// A constant cast while the statement is analyzed; not where that needs the session's time zone.
fn cast_constant(value: &ScalarValue, from: &HiveType, to: &HiveType, target: &CastTarget) -> Option<ScalarValue> {
    if [from, to].into_iter().any(|ty| *ty == HiveType::TimestampLocalTz || !ty.is_primitive()) {
        return None;
    }
    let utc = "UTC".parse().ok()?;
    let cast = skep_udf::cast::cast_array(&value.to_array().ok()?, target, utc).ok()?;
    ScalarValue::try_from_array(&cast, 0).ok()
}

/// The type that values of both types are brought to in `CASE`, `COALESCE`, `UNION`, `array()`; `None` if there is
/// none (`FunctionRegistry.getCommonClassForUnionAll` of Hive).
pub(crate) fn common_type(left: &HiveType, right: &HiveType) -> Option<HiveType> {
    use HiveType::{Array, Char, Map, String, Struct, Varchar, Void};
    Some(match (left, right) {
        (l, r) if l == r => l.clone(),
        (Void, other) | (other, Void) => other.clone(),
        (Char(l), Char(r)) => Char(*l.max(r)),
        (Varchar(l), Varchar(r)) => Varchar(*l.max(r)),
        (l, r) if l.is_character() && r.is_character() => String,
        (Array(l), Array(r)) => Array(Box::new(common_type(l, r)?)),
        (Map(lk, lv), Map(rk, rv)) => Map(Box::new(common_type(lk, rk)?), Box::new(common_type(lv, rv)?)),
        (Struct(l), Struct(r)) if l.len() == r.len() => Struct(common_fields(l, r)?),
        (l, r) => hive_type(&coercion::common_type(&arrow_type(l), &arrow_type(r))?),
    })
}

fn common_fields(left: &[StructField], right: &[StructField]) -> Option<Vec<StructField>> {
    left.iter()
        .zip(right)
        .map(|(l, r)| {
            let ty = (l.name == r.name).then(|| common_type(&l.ty, &r.ty)).flatten()?;
            Some(StructField { name: l.name.clone(), ty })
        })
        .collect()
}

/// The common type of many; `Void` of none.
pub(crate) fn common_type_of<'t>(types: impl IntoIterator<Item = &'t HiveType>) -> Option<HiveType> {
    types.into_iter().try_fold(HiveType::Void, |common, ty| common_type(&common, ty))
}

/// The type in which two values are compared; `None` if they cannot be.
pub(crate) fn comparison_type(left: &HiveType, right: &HiveType) -> Option<HiveType> {
    if left == right {
        return Some(left.clone());
    }
    if left.is_character() && right.is_character() {
        return Some(HiveType::String);
    }
    if !left.is_primitive() || !right.is_primitive() {
        return common_type(left, right);
    }
    coercion::comparison_type(&arrow_type(left), &arrow_type(right)).map(|ty| hive_type(&ty))
}
