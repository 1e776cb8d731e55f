//! `CAST`.

use skep_metastore::model::HiveType;
use sqlparser::ast::{CastFormat, CastKind, DataType, Expr as SqlExpr, Spanned, Value, ValueWithSpan};

use super::Clause;
use crate::analyzer::error::{AnalyzeError, ErrorCode};
use crate::analyzer::planner::Result;
use crate::analyzer::types::Typed;
use crate::parser::ast::query::hive_type;

impl Clause<'_> {
    /// `CAST(x AS type)`
    pub(super) fn cast(
        &self,
        kind: &CastKind,
        expr: &SqlExpr,
        ty: &DataType,
        format: Option<&CastFormat>,
    ) -> Result<Typed> {
        if !matches!(kind, CastKind::Cast) {
            return Err(AnalyzeError::unsupported("a cast other than CAST(… AS …)", Some(expr.span())));
        }
        let ty = hive_type(ty).map_err(|error| AnalyzeError::new(ErrorCode::Semantic, error.to_string()))?;
        let value = self.expr(expr)?;
        if let Some(format) = format {
            return self.cast_by_template(value, &ty, format);
        }
        if !castable(&value.ty, &ty) {
            return Err(AnalyzeError::new(
                ErrorCode::ArgumentType,
                format!("Argument type mismatch: a value of type {} cannot be cast to {ty}", value.ty),
            ));
        }
        if ty == HiveType::Timestamp && self.planner.settings().int_timestamp_in_seconds && is_whole(&value.ty) {
            // Decimals are seconds always.
            return value.cast_to(&HiveType::Decimal { precision: 19, scale: 0 })?.cast_to(&ty);
        }
        value.cast_to(&ty)
    }

    /// `CAST(x AS type FORMAT 'template')` is `cast_format('type', x, 'template'[, length])`.
    fn cast_by_template(&self, value: Typed, ty: &HiveType, format: &CastFormat) -> Result<Typed> {
        let CastFormat::Value(ValueWithSpan { value: Value::SingleQuotedString(template), .. }) = format else {
            return Err(AnalyzeError::unsupported(format!("CAST with FORMAT {format}"), None));
        };
        let (name, length) = match ty {
            HiveType::Char(length) => ("char".to_string(), Some(*length)),
            HiveType::Varchar(length) => ("varchar".to_string(), Some(*length)),
            other => (other.to_string(), None),
        };
        let mut arguments = vec![Typed::string(name), value, Typed::string(template)];
        arguments.extend(length.and_then(|length| i32::try_from(length).ok()).map(Typed::int));
        Ok(Typed::new(self.call("cast_format", arguments)?.expr, ty.clone()))
    }
}

/// Is it an integer or a boolean?
fn is_whole(ty: &HiveType) -> bool {
    use HiveType::{BigInt, Boolean, Int, SmallInt, TinyInt};
    matches!(ty, Boolean | TinyInt | SmallInt | Int | BigInt)
}

/// Is there a cast from one type to the other?
pub(crate) fn castable(from: &HiveType, to: &HiveType) -> bool {
    use HiveType::{
        Array, Binary, Boolean, Date, Double, Float, IntervalDayTime, IntervalYearMonth, Map, Struct, Timestamp,
        TimestampLocalTz, Union, Void,
    };
    match (from, to) {
        (Void, _) => true,
        (from, to) if from == to => true,
        (Array(from), Array(to)) => castable(from, to),
        (Map(from_key, from), Map(to_key, to)) => castable(from_key, to_key) && castable(from, to),
        (Struct(from), Struct(to)) => {
            from.len() == to.len() && from.iter().zip(to).all(|(from, to)| castable(&from.ty, &to.ty))
        }
        (Union(from), Union(to)) => from.len() == to.len() && from.iter().zip(to).all(|(from, to)| castable(from, to)),
        (from, to) if !from.is_primitive() => to.is_character(),
        (_, to) if !to.is_primitive() => false,
        (_, Void) => false,
        (from, to) if from.is_character() || to.is_character() => true,
        (Binary, _) | (_, Binary) => false,
        (IntervalYearMonth | IntervalDayTime, _) | (_, IntervalYearMonth | IntervalDayTime) => false,
        // A date as a number is NULL.
        (Date, to) => matches!(to, Timestamp | TimestampLocalTz | Float | Double) || is_whole(to),
        (from, Date) => matches!(from, Timestamp | TimestampLocalTz),
        (Boolean, _) | (_, Boolean) => true,
        _ => true,
    }
}
