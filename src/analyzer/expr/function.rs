//! Function calls.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::ScalarValue;
use datafusion::logical_expr::type_coercion::functions::{UDFCoercionExt, fields_with_udf};
use datafusion::logical_expr::{Operator, ReturnFieldArgs, ScalarUDF, TypeSignature};
use skep_metastore::model::{HiveType, StructField};
use skep_udf::registry::registry;
use skep_warehouse::types::arrow_type;
use sqlparser::ast::{
    DuplicateTreatment, Expr as SqlExpr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, ObjectName,
    ObjectNamePart, Spanned,
};

use super::Clause;
use crate::analyzer::error::{AnalyzeError, ErrorCode};
use crate::analyzer::planner::{Planner, Result};
use crate::analyzer::scope::did_you_mean;
use crate::analyzer::types::Typed;
use crate::parser::ast::query::TRANSFORM;

/// The arguments of a call.
pub(crate) struct Arguments<'f> {
    pub exprs: Vec<&'f SqlExpr>,
    /// `f(*)`
    pub star: bool,
    /// `f(DISTINCT …)`
    pub distinct: bool,
}

/// The function's name in lower case, without a database in front of it.
pub(crate) fn function_name(name: &ObjectName) -> Result<String> {
    match name.0.last() {
        Some(ObjectNamePart::Identifier(ident)) => Ok(ident.value.to_lowercase()),
        _ => Err(AnalyzeError::unsupported(format!("the function name {name}"), None)),
    }
}

/// The arguments as plain expressions; whatever else stands in the brackets is an error.
pub(crate) fn arguments<'f>(function: &'f Function) -> Result<Arguments<'f>> {
    if function.uses_odbc_syntax || !matches!(function.parameters, FunctionArguments::None) {
        return Err(AnalyzeError::unsupported(function, None));
    }
    let list = match &function.args {
        FunctionArguments::None => return Ok(Arguments { exprs: Vec::new(), star: false, distinct: false }),
        FunctionArguments::Subquery(_) => {
            return Err(AnalyzeError::unsupported("a query as a function's argument", None));
        }
        FunctionArguments::List(list) => list,
    };
    if let Some(clause) = list.clauses.first() {
        return Err(AnalyzeError::unsupported(format!("{clause} in a function call"), None));
    }
    let mut result = Arguments {
        exprs: Vec::with_capacity(list.args.len()),
        star: false,
        distinct: list.duplicate_treatment == Some(DuplicateTreatment::Distinct),
    };
    for argument in &list.args {
        match argument {
            FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => result.exprs.push(expr),
            FunctionArg::Unnamed(FunctionArgExpr::Wildcard) => result.star = true,
            other => return Err(AnalyzeError::unsupported(format!("the argument {other}"), None)),
        }
    }
    Ok(result)
}

impl Planner<'_> {
    /// Refuses a function that may not be called.
    pub(crate) fn check_function(&self, name: &str) -> Result<()> {
        match self.context.refuses_function(name) {
            Some(refusal) => Err(AnalyzeError::new(ErrorCode::Semantic, refusal)),
            None => Ok(()),
        }
    }
}

impl Clause<'_> {
    /// A call of any kind of function.
    pub(super) fn function(&self, function: &Function) -> Result<Typed> {
        let name = function_name(&function.name)?;
        self.planner.check_function(&name).map_err(|error| error.with_span(function.name.span()))?;
        if let Some(over) = &function.over {
            return self.window_call(&name, function, over);
        }
        if name == TRANSFORM {
            return Err(AnalyzeError::at(
                ErrorCode::Semantic,
                function.name.span(),
                "TRANSFORM, MAP and REDUCE can only be all of a select list",
            ));
        }
        if function.null_treatment.is_some() {
            return Err(AnalyzeError::unsupported("IGNORE or RESPECT NULLS without OVER", None));
        }
        if let Some(definition) = self.planner.context.macro_definition(&name) {
            return self.macro_call(&name, &definition, &arguments(function)?);
        }
        if let Some(aggregate) = registry().aggregate(&name) {
            return self.aggregate(&name, aggregate, function);
        }
        if !function.within_group.is_empty() {
            return self.hypothetical(&name, function);
        }
        if function.filter.is_some() {
            return Err(AnalyzeError::unsupported(format!("FILTER of {name}"), None));
        }
        if let Some(window) = self.shifts
            && matches!(name.as_str(), "lag" | "lead")
        {
            return self.shift(&name, function, window);
        }
        let arguments = arguments(function)?;
        if arguments.distinct {
            return Err(AnalyzeError::new(
                ErrorCode::DistinctNotSupported,
                "Distinct keyword is not support in current context",
            ));
        }
        if name == "grouping" {
            return self.grouping(&arguments.exprs);
        }
        if arguments.star {
            // `hash(*)`: all columns.
            let columns = self.scope.star().map(|(_, column)| Typed::column(column)).collect();
            return self.call(&name, columns).map_err(|error| error.with_span(function.name.span()));
        }
        if arguments.exprs.is_empty()
            && let Some(value) = self.session_function(&name)
        {
            return Ok(value);
        }
        let typed = self.exprs(arguments.exprs.iter().copied())?;
        self.call(&name, typed).map_err(|error| error.with_span(function.name.span()))
    }

    /// Calls a scalar function by its name.
    ///
    /// # Errors
    /// There is none, or it does not take these arguments.
    pub(crate) fn call(&self, name: &str, arguments: Vec<Typed>) -> Result<Typed> {
        if let Some(value) = self.conditional(name, &arguments)? {
            return Ok(value);
        }
        match name {
            "is_not_distinct_from" if arguments.len() == 2 => {
                let mut arguments = arguments.into_iter();
                let (left, right) = (arguments.next(), arguments.next());
                return self.compare(
                    left.unwrap_or_else(Typed::null),
                    Operator::IsNotDistinctFrom,
                    right.unwrap_or_else(Typed::null),
                );
            }
            "likeany" | "likeall" => return self.like_many(name == "likeall", arguments),
            _ => {}
        }
        if let [value] = arguments.as_slice()
            && registry().scalar(name).is_none()
            && let Some(ty) = type_function(name)
        {
            return value.clone().cast_to(&ty);
        }
        let kept = match (name, arguments.first()) {
            // Of a `varchar` they make one of the same length.
            // Of a `char` too, but Hive shows that one without its padding.
            ("upper" | "ucase" | "lower" | "lcase", Some(first)) => match first.ty {
                HiveType::Char(length) | HiveType::Varchar(length) => Some(HiveType::Varchar(length)),
                _ => None,
            },
            (name, Some(Typed { ty: HiveType::Char(_), .. })) if name.starts_with("mask") => Some(HiveType::Char(255)),
            _ => None,
        };
        let arguments = as_stored(name, arguments)?;
        let function = match (name, arguments.len()) {
            // A generator of its own for each place.
            ("rand", 1) => skep_udf::scalar::math::seeded_rand(),
            _ => self.scalar_function(name)?,
        };
        let arguments = coerced(function.as_ref(), arguments)?;
        let fields: Vec<FieldRef> = arguments.iter().enumerate().map(|(i, arg)| field(i, arg)).collect();
        let constants: Vec<Option<&ScalarValue>> = arguments.iter().map(Typed::constant).collect();
        let args = ReturnFieldArgs { arg_fields: &fields, scalar_arguments: &constants };
        let result = function.return_field_from_args(args).map_err(|error| argument_error(name, error))?;
        let ty = result.data_type().clone();
        let kept = kept.or_else(|| constructed(name, &arguments, &ty));
        let result = Typed::from_arrow(function.call(arguments.into_iter().map(|arg| arg.expr).collect()), &ty);
        Ok(match kept {
            Some(kept) => Typed::new(result.expr, kept),
            None => result,
        })
    }

    /// The scalar function of that name, or Hive's error for a name that stands for something else or nothing.
    ///
    /// # Errors
    /// There is none.
    pub(super) fn scalar_function(&self, name: &str) -> Result<Arc<ScalarUDF>> {
        if let Some(function) = registry().scalar(name) {
            return Ok(function);
        }
        if registry().table(name).is_some() {
            return Err(AnalyzeError::new(
                ErrorCode::UdtfInvalidLocation,
                "UDTF's are not supported outside the SELECT clause, nor nested in expressions",
            ));
        }
        if registry().window(name).is_some() {
            return Err(AnalyzeError::new(
                ErrorCode::MissingOverClause,
                format!("Missing over clause for function : {name}"),
            ));
        }
        Err(invalid_function(name))
    }

    /// The body of a macro with the arguments in place of its parameters.
    fn macro_call(
        &self,
        name: &str,
        definition: &crate::analyzer::MacroDefinition,
        arguments: &Arguments<'_>,
    ) -> Result<Typed> {
        if arguments.exprs.len() != definition.parameters.len() || arguments.star || arguments.distinct {
            return Err(AnalyzeError::new(
                ErrorCode::ArgumentLength,
                format!(
                    "Arguments length mismatch: the macro {name} takes {} arguments, not {}",
                    definition.parameters.len(),
                    arguments.exprs.len()
                ),
            ));
        }
        let mut parameters = Vec::with_capacity(arguments.exprs.len());
        for ((parameter, ty), expr) in definition.parameters.iter().zip(&arguments.exprs) {
            parameters.push((parameter.to_lowercase(), self.expr(expr)?.cast_to(ty)?));
        }
        let body = super::session::macro_body(name, &definition.body)?;
        let scope = crate::analyzer::scope::Scope::default();
        let mut clause = Clause::new(self.planner, self.env, &scope);
        clause.parameters = &parameters;
        clause.expr(&body)
    }
}

/// The type of an array, a map or a struct that is made of values: its members are of theirs, `char(4)` for instance,
/// which Arrow does not know.
fn constructed(name: &str, values: &[Typed], ty: &DataType) -> Option<HiveType> {
    let one = |mut types: Box<dyn Iterator<Item = &Typed> + '_>| {
        let first = types.next()?.ty.clone();
        types.all(|value| value.ty == first).then_some(Box::new(first))
    };
    let made = match (name, ty) {
        ("array", DataType::List(_)) => HiveType::Array(one(Box::new(values.iter()))?),
        ("map", DataType::Map(_, _)) => {
            let keys = one(Box::new(values.iter().step_by(2)))?;
            HiveType::Map(keys, one(Box::new(values.iter().skip(1).step_by(2)))?)
        }
        ("struct" | "named_struct", DataType::Struct(fields)) => {
            let skipped = usize::from(name == "named_struct");
            let members = values.iter().skip(skipped).step_by(skipped + 1);
            let field =
                |(field, value): (&FieldRef, &Typed)| StructField { name: field.name().clone(), ty: value.ty.clone() };
            HiveType::Struct(fields.iter().zip(members).map(field).collect())
        }
        _ => return None,
    };
    (arrow_type(&made) == *ty).then_some(made)
}

/// The arguments in the form in which Hive stores them, for the functions that see it: hashes are those of the bytes of
/// `char` and `varchar`, masks cover the padding of a `char`.
fn as_stored(name: &str, arguments: Vec<Typed>) -> Result<Vec<Typed>> {
    let padded = matches!(
        name,
        "mask" | "mask_first_n" | "mask_last_n" | "mask_show_first_n" | "mask_show_last_n" | "str_to_map"
    );
    let stored = |argument: Typed| match argument.ty {
        HiveType::Char(_) | HiveType::Varchar(_) if name == "hash" => {
            Typed::new(argument.expr, HiveType::String).cast_to(&HiveType::Binary)
        }
        HiveType::Char(length) if padded => {
            let Some(rpad) = registry().scalar("rpad") else { return Ok(argument) };
            let text = vec![argument.expr, Typed::int(length as i32).expr, Typed::string(" ").expr];
            Ok(Typed::new(rpad.call(text), HiveType::String))
        }
        _ => Ok(argument),
    };
    arguments.into_iter().map(stored).collect()
}

/// The type whose name is used as a function: `int(x)` is `CAST(x AS int)`.
fn type_function(name: &str) -> Option<HiveType> {
    // Expressions that Hive wrote into the catalog have the names of its classes.
    let ty = match name {
        "udftoboolean" => HiveType::Boolean,
        "udftobyte" => HiveType::TinyInt,
        "udftoshort" => HiveType::SmallInt,
        "udftointeger" => HiveType::Int,
        "udftolong" => HiveType::BigInt,
        "udftofloat" => HiveType::Float,
        "udftodouble" => HiveType::Double,
        "udftostring" => HiveType::String,
        other => other.parse().ok()?,
    };
    (ty.is_primitive() && ty != HiveType::Void).then_some(ty)
}

fn field(index: usize, value: &Typed) -> FieldRef {
    Arc::new(Field::new(format!("arg{index}"), value.arrow(), value.constant().is_none_or(ScalarValue::is_null)))
}

/// The fields of arguments.
pub(super) fn fields(arguments: &[Typed]) -> Vec<FieldRef> {
    arguments.iter().enumerate().map(|(i, arg)| field(i, arg)).collect()
}

/// The arguments cast to the types that a function asks for.
pub(crate) fn coerced<F: UDFCoercionExt>(function: &F, arguments: Vec<Typed>) -> Result<Vec<Typed>> {
    let given: Vec<DataType> = arguments.iter().map(Typed::arrow).collect();
    // Asked directly, a function's own error comes back; DataFusion makes a text of it.
    let asked = match function.signature().type_signature {
        TypeSignature::UserDefined if !given.is_empty() => function.coerce_types(&given),
        _ => fields_with_udf(&fields(&arguments), function)
            .map(|fields| fields.iter().map(|field| field.data_type().clone()).collect()),
    };
    let wanted = asked.map_err(|error| argument_error(function.name(), error))?;
    if wanted.len() != arguments.len() {
        return Err(AnalyzeError::new(
            ErrorCode::Internal,
            format!("{} asks for {} types of {} arguments", function.name(), wanted.len(), arguments.len()),
        ));
    }
    arguments.into_iter().zip(wanted).map(|(argument, wanted)| argument.cast_to_arrow(&wanted)).collect()
}

/// What a function says about its arguments, in the frame that Hive puts around it.
pub(super) fn argument_error(name: &str, error: datafusion::error::DataFusionError) -> AnalyzeError {
    let mut result = AnalyzeError::from_datafusion(error);
    let frame = match result.code {
        ErrorCode::Unsupported => return result,
        ErrorCode::ArgumentLength => "Arguments length mismatch",
        ErrorCode::ArgumentType => "Argument type mismatch",
        _ => {
            result.code = ErrorCode::InvalidArguments;
            "Wrong arguments"
        }
    };
    result.message = format!("{frame} '{name}': {}", result.message);
    result
}

/// Hive's error for a name that is no function.
pub(crate) fn invalid_function(name: &str) -> AnalyzeError {
    let error = AnalyzeError::new(ErrorCode::InvalidFunction, format!("Invalid function {name}"));
    match did_you_mean(name, registry().names()) {
        Some(hint) => error.with_hint(hint),
        None => error,
    }
}

/// The type that aggregates and window functions keep from their first argument, where they return its values: a
/// `varchar` stays a `varchar`.
pub(super) fn kept_type(name: &str, first: Option<&Typed>, result: Typed) -> Typed {
    let keeps = matches!(
        name,
        "min" | "max" | "first_value" | "last_value" | "nth_value" | "lag" | "lead" | "first" | "last" | "any_value"
    );
    match first {
        Some(first) if keeps && result.ty == HiveType::String && first.ty.is_character() => {
            Typed::new(result.expr, first.ty.clone())
        }
        _ => result,
    }
}
