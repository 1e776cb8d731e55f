//! Window functions.

use datafusion::common::ScalarValue;
use datafusion::logical_expr::expr::{NullTreatment, Sort, WindowFunction, WindowFunctionParams};
use datafusion::logical_expr::function::WindowUDFFieldArgs;
use datafusion::logical_expr::{Expr, WindowFrame, WindowFrameBound, WindowFrameUnits, WindowFunctionDefinition};
use skep_metastore::model::HiveType;
use skep_udf::registry::registry;
use sqlparser::ast::{self, Function, Ident, NamedWindowExpr, OrderByExpr, WindowSpec, WindowType};

use super::Clause;
use super::function::{argument_error, arguments, coerced, fields, invalid_function, kept_type};
use crate::analyzer::error::{AnalyzeError, ErrorCode};
use crate::analyzer::planner::Result;
use crate::analyzer::types::Typed;

/// How deep named windows may refer to each other.
const MAX_WINDOW_DEPTH: usize = 100;

impl Clause<'_> {
    /// `f(…) OVER …`
    pub(super) fn window_call(&self, name: &str, function: &Function, over: &WindowType) -> Result<Typed> {
        if !self.windows {
            return Err(AnalyzeError::new(
                ErrorCode::Semantic,
                format!(
                    "Windowing function {name} is not supported here: only the SELECT list, ORDER BY and QUALIFY may hold it"
                ),
            ));
        }
        let spec = self.window_spec(over)?;
        let inner = Clause { shifts: Some(&spec), ..self.arguments(self.aggregates) };
        let keys = Clause {
            aggregates: self.aggregates,
            window_aliases: self.window_aliases,
            window_keys: true,
            ..self.arguments(false)
        };
        let result = inner.window_function(&keys, name, function, &spec);
        self.absorb(keys);
        self.absorb(inner);
        result
    }

    /// `lag(…)` or `lead(…)` without `OVER` in the argument of a window's function: a window function of its own over the
    /// same partition and order.
    pub(super) fn shift(&self, name: &str, function: &Function, window: &WindowSpec) -> Result<Typed> {
        let inner = Clause { shifts: self.shifts, ..self.arguments(self.aggregates) };
        let keys = Clause { aggregates: self.aggregates, window_keys: true, ..self.arguments(false) };
        let window = WindowSpec { window_frame: None, ..window.clone() };
        let result = inner.window_function(&keys, name, function, &window);
        self.absorb(keys);
        self.absorb(inner);
        result
    }

    /// `keys` is the clause of the window's keys, this one that of the arguments.
    fn window_function(&self, keys: &Clause<'_>, name: &str, function: &Function, spec: &WindowSpec) -> Result<Typed> {
        let partition_by = keys.exprs(&spec.partition_by)?;
        let mut order_by = spec.order_by.iter().map(|order| keys.sort(order)).collect::<Result<Vec<_>>>()?;
        let (definition, arguments, distinct, ty) = self.window_definition(name, function)?;
        let window_frame = match &spec.window_frame {
            Some(frame) => keys.frame(frame, spec)?,
            None => WindowFrame::new((!order_by.is_empty()).then_some(false)),
        };
        let key = spec.order_by.first().map(|order| keys.expr(&order.expr)).transpose()?;
        let window_frame = by_peers(window_frame, key.as_ref().map(|key| &key.ty));
        window_frame.regularize_order_bys(&mut order_by)?;
        let first = arguments.first().cloned();
        let params = WindowFunctionParams {
            args: arguments.into_iter().map(|argument| argument.expr).collect(),
            partition_by: partition_by.into_iter().map(|value| value.expr).collect(),
            order_by,
            window_frame,
            filter: None,
            null_treatment: null_treatment(function)?,
            distinct,
        };
        let expr = Expr::WindowFunction(Box::new(WindowFunction { fun: definition, params }));
        let counts = matches!(name, "row_number" | "rank" | "dense_rank" | "ntile");
        if counts && ty.is_integer() {
            let expr = datafusion::logical_expr::cast(expr, arrow::datatypes::DataType::Int32);
            return Ok(Typed::new(expr, HiveType::Int));
        }
        Ok(kept_type(name, first.as_ref(), Typed::from_arrow(expr, &ty)))
    }

    /// The function, its arguments, whether they are distinct, and the type of the result.
    fn window_definition(
        &self,
        name: &str,
        function: &Function,
    ) -> Result<(WindowFunctionDefinition, Vec<Typed>, bool, arrow::datatypes::DataType)> {
        if let Some(window) = registry().window(name) {
            if function.filter.is_some() || !function.within_group.is_empty() {
                return Err(AnalyzeError::unsupported(format!("FILTER or WITHIN GROUP of {name}"), None));
            }
            let given = arguments(function)?;
            if given.distinct || given.star {
                return Err(AnalyzeError::unsupported(format!("DISTINCT or * in {name}"), None));
            }
            let arguments = coerced(window.as_ref(), self.exprs(given.exprs.iter().copied())?)?;
            let fields = fields(&arguments);
            let result =
                window.field(WindowUDFFieldArgs::new(&fields, name)).map_err(|error| argument_error(name, error))?;
            let ty = result.data_type().clone();
            return Ok((WindowFunctionDefinition::WindowUDF(window), arguments, false, ty));
        }
        let Some(aggregate) = registry().aggregate(name) else {
            return Err(match registry().scalar(name) {
                Some(_) => AnalyzeError::new(
                    ErrorCode::Semantic,
                    format!("Function {name} is not a windowing function; it cannot be used with OVER"),
                ),
                None => invalid_function(name),
            });
        };
        let call = self.aggregate_call(name, aggregate.as_ref(), function)?;
        let result = aggregate.return_field(&fields(&call.arguments)).map_err(|error| argument_error(name, error))?;
        let ty = result.data_type().clone();
        Ok((WindowFunctionDefinition::AggregateUDF(aggregate), call.arguments, call.distinct, ty))
    }

    /// The specification with what it takes over from named windows.
    fn window_spec(&self, over: &WindowType) -> Result<WindowSpec> {
        match over {
            WindowType::WindowSpec(spec) => self.inherited(spec.clone(), 0),
            WindowType::NamedWindow(name) => self.named_window(name, 0),
        }
    }

    fn named_window(&self, name: &Ident, depth: usize) -> Result<WindowSpec> {
        let found = self.named_windows.iter().find(|window| window.0.value.eq_ignore_ascii_case(&name.value));
        let Some(window) = found.filter(|_| depth < MAX_WINDOW_DEPTH) else {
            let message = format!("Window Spec '{}' refers to an unknown source", name.value);
            return Err(AnalyzeError::at(ErrorCode::Semantic, name.span, message));
        };
        match &window.1 {
            NamedWindowExpr::NamedWindow(other) => self.named_window(other, depth + 1),
            NamedWindowExpr::WindowSpec(spec) => self.inherited(spec.clone(), depth + 1),
        }
    }

    fn inherited(&self, mut spec: WindowSpec, depth: usize) -> Result<WindowSpec> {
        let Some(name) = spec.window_name.take() else {
            return Ok(spec);
        };
        let base = self.named_window(&name, depth)?;
        if spec.partition_by.is_empty() {
            spec.partition_by = base.partition_by;
        }
        if spec.order_by.is_empty() {
            spec.order_by = base.order_by;
        }
        if spec.window_frame.is_none() {
            spec.window_frame = base.window_frame;
        }
        Ok(spec)
    }

    /// One key of an order, with Hive's place for NULLs where none is given.
    pub(crate) fn sort(&self, order: &OrderByExpr) -> Result<Sort> {
        if order.with_fill.is_some() {
            return Err(AnalyzeError::unsupported("WITH FILL", None));
        }
        let value = self.expr(&order.expr)?;
        Ok(self.sort_key(value, &order.options))
    }

    /// A sort key: `hive.default.nulls.last` puts NULLs last in ascending order and first in descending order.
    pub(crate) fn sort_key(&self, value: Typed, options: &ast::OrderByOptions) -> Sort {
        let ascending = options.asc.unwrap_or(true);
        let default = ascending != self.planner.settings().default_nulls_last;
        Sort::new(value.expr, ascending, options.nulls_first.unwrap_or(default))
    }

    fn frame(&self, frame: &ast::WindowFrame, spec: &WindowSpec) -> Result<WindowFrame> {
        let units = match frame.units {
            ast::WindowFrameUnits::Rows => WindowFrameUnits::Rows,
            ast::WindowFrameUnits::Range => WindowFrameUnits::Range,
            ast::WindowFrameUnits::Groups => return Err(AnalyzeError::unsupported("GROUPS in a window", None)),
        };
        let start = self.bound(&frame.start_bound, units, spec)?;
        let end = match &frame.end_bound {
            Some(bound) => self.bound(bound, units, spec)?,
            None => WindowFrameBound::CurrentRow,
        };
        if matches!(&start, WindowFrameBound::Following(value) if value.is_null()) {
            return Err(AnalyzeError::new(ErrorCode::Semantic, "Start of a WindowFrame cannot be UNBOUNDED FOLLOWING"));
        }
        if matches!(&end, WindowFrameBound::Preceding(value) if value.is_null()) {
            return Err(AnalyzeError::new(ErrorCode::Semantic, "End of a WindowFrame cannot be UNBOUNDED PRECEDING"));
        }
        if units == WindowFrameUnits::Range {
            return Ok(WindowFrame::new_bounds(units, beyond_start(start), beyond_end(end)));
        }
        Ok(WindowFrame::new_bounds(units, start, end))
    }

    fn bound(
        &self,
        bound: &ast::WindowFrameBound,
        units: WindowFrameUnits,
        spec: &WindowSpec,
    ) -> Result<WindowFrameBound> {
        let value = |offset: &Option<Box<ast::Expr>>| match offset {
            None => Ok(ScalarValue::UInt64(None)),
            Some(offset) => self.offset(offset, units, spec),
        };
        // Text has no distances: as in Hive, any leads to the row's peers.
        let distance =
            matches!(bound, ast::WindowFrameBound::Preceding(Some(_)) | ast::WindowFrameBound::Following(Some(_)));
        if units == WindowFrameUnits::Range
            && distance
            && let [order] = spec.order_by.as_slice()
            && let ty = self.expr(&order.expr)?.ty
            && (ty.is_character() || ty == HiveType::Boolean)
        {
            return Ok(WindowFrameBound::CurrentRow);
        }
        Ok(match bound {
            ast::WindowFrameBound::CurrentRow => WindowFrameBound::CurrentRow,
            ast::WindowFrameBound::Preceding(offset) => WindowFrameBound::Preceding(value(offset)?),
            ast::WindowFrameBound::Following(offset) => WindowFrameBound::Following(value(offset)?),
        })
    }

    /// `n` of `n PRECEDING`: a count of rows, or a distance in the order's type (days for dates, seconds for
    /// timestamps).
    fn offset(&self, offset: &ast::Expr, units: WindowFrameUnits, spec: &WindowSpec) -> Result<ScalarValue> {
        let invalid = || {
            AnalyzeError::new(ErrorCode::Semantic, "Window range expression must be a constant that is not negative")
        };
        let value = self.expr(offset)?;
        let constant = value.constant().ok_or_else(invalid)?.clone();
        let count = match &constant {
            ScalarValue::Int8(Some(v)) => i64::from(*v),
            ScalarValue::Int16(Some(v)) => i64::from(*v),
            ScalarValue::Int32(Some(v)) => i64::from(*v),
            ScalarValue::Int64(Some(v)) => *v,
            _ if units == WindowFrameUnits::Range => return self.range_offset(value, spec),
            _ => return Err(invalid()),
        };
        if units == WindowFrameUnits::Rows {
            return Ok(ScalarValue::UInt64(Some(count.try_into().map_err(|_| invalid())?)));
        }
        if count < 0 {
            return Err(invalid());
        }
        self.range_offset(value, spec)
    }

    fn range_offset(&self, value: Typed, spec: &WindowSpec) -> Result<ScalarValue> {
        let [order] = spec.order_by.as_slice() else {
            return Err(AnalyzeError::new(ErrorCode::Semantic, "Range based Window Frame can have only 1 Sort Key"));
        };
        let key = self.expr(&order.expr)?;
        let target = match &key.ty {
            HiveType::Date | HiveType::Timestamp | HiveType::TimestampLocalTz => {
                return interval_offset(&value, &key.ty);
            }
            ty if ty.is_numeric() => ty.clone(),
            other => {
                return Err(AnalyzeError::new(
                    ErrorCode::Semantic,
                    format!("Primitive type {other} not supported in Value Boundary expression"),
                ));
            }
        };
        let cast = value.cast_to(&target)?;
        match cast.constant() {
            Some(constant) if !constant.is_null() => Ok(constant.clone()),
            _ => Err(AnalyzeError::new(ErrorCode::Semantic, format!("the window's distance is no {target}"))),
        }
    }
}

/// `RANGE BETWEEN n FOLLOWING AND …` begins behind the distance in Hive, not at it (`ValueBoundaryScanner`).
fn beyond_start(bound: WindowFrameBound) -> WindowFrameBound {
    match bound {
        WindowFrameBound::Following(distance) => WindowFrameBound::Following(slightly_more(distance)),
        other => other,
    }
}

/// `RANGE BETWEEN … AND n PRECEDING` ends before the distance in Hive, not at it.
fn beyond_end(bound: WindowFrameBound) -> WindowFrameBound {
    match bound {
        WindowFrameBound::Preceding(distance) => WindowFrameBound::Preceding(slightly_more(distance)),
        other => other,
    }
}

/// The next distance; doubles grow by so much that sums with them do too. Zero stays: it means the row's peers.
fn slightly_more(distance: ScalarValue) -> ScalarValue {
    let more = |value: f64| value + value.abs().max(1.0) * 1e-12;
    match distance {
        ScalarValue::Int8(Some(v)) if v > 0 => ScalarValue::Int8(Some(v.saturating_add(1))),
        ScalarValue::Int16(Some(v)) if v > 0 => ScalarValue::Int16(Some(v.saturating_add(1))),
        ScalarValue::Int32(Some(v)) if v > 0 => ScalarValue::Int32(Some(v.saturating_add(1))),
        ScalarValue::Int64(Some(v)) if v > 0 => ScalarValue::Int64(Some(v.saturating_add(1))),
        ScalarValue::Float32(Some(v)) if v > 0.0 => ScalarValue::Float32(Some(v * (1.0 + 4.0 * f32::EPSILON))),
        ScalarValue::Float64(Some(v)) if v > 0.0 => ScalarValue::Float64(Some(more(v))),
        ScalarValue::Decimal128(Some(v), precision, scale) if v > 0 => {
            ScalarValue::Decimal128(Some(v.saturating_add(1)), precision, scale)
        }
        ScalarValue::IntervalMonthDayNano(Some(v)) if v.months == 0 && v.nanoseconds == 0 && v.days > 0 => {
            ScalarValue::new_interval_mdn(0, v.days.saturating_add(1), 0)
        }
        ScalarValue::IntervalMonthDayNano(Some(v)) if v.months == 0 && v.nanoseconds > 0 => {
            ScalarValue::new_interval_mdn(0, v.days, v.nanoseconds.saturating_add(1000))
        }
        other => other,
    }
}

/// A `RANGE` without distances over a key that DataFusion knows no ranges of, as `GROUPS`: both go from peer to peer.
fn by_peers(frame: WindowFrame, key: Option<&HiveType>) -> WindowFrame {
    let plain = |bound: &WindowFrameBound| bound.is_unbounded() || matches!(bound, WindowFrameBound::CurrentRow);
    let ranged = key.is_none_or(|ty| {
        let plain = matches!(ty, HiveType::Boolean | HiveType::Date | HiveType::Timestamp | HiveType::TimestampLocalTz);
        ty.is_numeric() || ty.is_character() || plain
    });
    if frame.units != WindowFrameUnits::Range || ranged || !plain(&frame.start_bound) || !plain(&frame.end_bound) {
        return frame;
    }
    WindowFrame::new_bounds(WindowFrameUnits::Groups, frame.start_bound, frame.end_bound)
}

/// A distance between dates (in days) or timestamps (in seconds), or an interval.
fn interval_offset(value: &Typed, ty: &HiveType) -> Result<ScalarValue> {
    let nanos = |micros: i64| micros.checked_mul(1000);
    let interval = match value.constant() {
        Some(ScalarValue::Int32(Some(count))) if *ty == HiveType::Date => Some((*count, 0)),
        Some(ScalarValue::Int32(Some(count))) => nanos(i64::from(*count) * 1_000_000).map(|nanos| (0, nanos)),
        Some(ScalarValue::DurationMicrosecond(Some(micros))) => nanos(*micros).map(|nanos| (0, nanos)),
        Some(ScalarValue::IntervalYearMonth(Some(months))) => {
            return Ok(ScalarValue::new_interval_mdn(*months, 0, 0));
        }
        _ => None,
    };
    match interval {
        Some((days, nanos)) => Ok(ScalarValue::new_interval_mdn(0, days, nanos)),
        None => Err(AnalyzeError::new(ErrorCode::Semantic, format!("this is no distance between values of type {ty}"))),
    }
}

fn null_treatment(function: &Function) -> Result<Option<NullTreatment>> {
    Ok(match function.null_treatment {
        None => None,
        Some(ast::NullTreatment::IgnoreNulls) => Some(NullTreatment::IgnoreNulls),
        Some(ast::NullTreatment::RespectNulls) => Some(NullTreatment::RespectNulls),
    })
}
