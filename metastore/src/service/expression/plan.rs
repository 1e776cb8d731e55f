//! The condition in the bytes of an `ExprNodeGenericFuncDesc`.

use super::datum::{self, Datum};
use super::kryo::{self, Graph, KryoError, Object, Value};
use super::layout::FUNCTIONS;
use super::{Expr, Function};
use crate::model::{CompareOp, FieldSchema, HiveType};

/// Deepest nesting, and most parts, that a condition is made of: an object may stand in many places.
const MAX_DEPTH: usize = 100;
const MAX_PARTS: usize = 200_000;

/// Reads a condition on these partition columns. What of it is not known becomes [`Expr::Unknown`]; the error is for bytes
/// that are no such object.
pub(crate) fn read(bytes: &[u8], keys: &[FieldSchema]) -> Result<Expr, KryoError> {
    let graph = kryo::read(bytes)?;
    let mut reader = Reader { graph: &graph, keys, parts: 0 };
    Ok(reader.expression(&Value::Object(0), 0))
}

struct Reader<'a> {
    graph: &'a Graph,
    keys: &'a [FieldSchema],
    parts: usize,
}

impl Reader<'_> {
    fn object(&self, value: &Value) -> Option<&Object> {
        match value {
            Value::Object(number) => self.graph.objects.get(*number),
            _ => None,
        }
    }

    fn fields(&self, value: &Value) -> Option<(&str, &[(&'static str, Value)])> {
        match self.object(value)? {
            Object::Struct { class, fields } => Some((class, fields)),
            _ => None,
        }
    }

    fn text(&self, value: &Value) -> Option<&str> {
        match self.object(value)? {
            Object::Text(text) => Some(text),
            _ => None,
        }
    }

    fn expression(&mut self, value: &Value, depth: usize) -> Expr {
        self.parts += 1;
        if depth > MAX_DEPTH || self.parts > MAX_PARTS {
            return Expr::Unknown;
        }
        self.known(value, depth).unwrap_or(Expr::Unknown)
    }

    fn known(&mut self, value: &Value, depth: usize) -> Option<Expr> {
        let (class, fields) = self.fields(value)?;
        match class.rsplit('.').next()? {
            "ExprNodeColumnDesc" => {
                let name = self.text(field(fields, "column")?)?.to_lowercase();
                self.keys.iter().position(|key| key.name == name).map(Expr::Column)
            }
            "ExprNodeConstantDesc" => {
                let ty = self.type_of(field(fields, "typeInfo")?);
                let constant = self.constant(field(fields, "value")?)?;
                // A condition that is NULL stands for one which is not on partition columns.
                if constant == Datum::Null && ty == Some(HiveType::Boolean) {
                    return None;
                }
                let constant = match (&ty, &constant) {
                    (Some(HiveType::Char(_)), _) => datum::cast(constant, &HiveType::Char(1)),
                    _ => constant,
                };
                Some(Expr::Constant(constant))
            }
            "ExprNodeGenericFuncDesc" => {
                let (function, bridged) = self.function(field(fields, "genericUDF")?)?;
                let ty = self.type_of(field(fields, "typeInfo")?);
                let Object::List(children) = self.object(field(fields, "chidren")?)? else { return None };
                let children = children.clone();
                let arguments = children.iter().map(|child| self.expression(child, depth + 1)).collect();
                call(&function, bridged.as_deref(), ty, arguments)
            }
            _ => None,
        }
    }

    /// Class of a function without its package, and the class behind it where it only calls one.
    fn function(&self, value: &Value) -> Option<(String, Option<String>)> {
        let (class, fields) = self.fields(value)?;
        let name = class.strip_prefix(FUNCTIONS)?.to_string();
        let bridged = field(fields, "udfClassName").and_then(|name| self.text(name));
        Some((name, bridged.and_then(|class| class.rsplit('.').next()).map(str::to_string)))
    }

    /// The type that a `TypeInfo` tells of, if it is made of nothing else.
    fn type_of(&self, value: &Value) -> Option<HiveType> {
        let (class, fields) = self.fields(value)?;
        let name = self.text(field(fields, "typeName")?)?;
        let number = |name: &str| match field(fields, name) {
            Some(Value::Int(number)) => Some(*number),
            _ => None,
        };
        match class.rsplit('.').next()? {
            "DecimalTypeInfo" => format!("decimal({},{})", number("precision")?, number("scale")?).parse().ok(),
            "CharTypeInfo" | "VarcharTypeInfo" => format!("{name}({})", number("length")?).parse().ok(),
            _ => name.parse().ok(),
        }
    }

    fn constant(&self, value: &Value) -> Option<Datum> {
        match value {
            Value::Null => Some(Datum::Null),
            Value::Bool(it) => Some(Datum::Bool(*it)),
            Value::Int(number) => Some(Datum::Number(i128::from(*number), 0)),
            Value::Double(number) => Some(Datum::Double(*number)),
            Value::Object(_) => match self.object(value)? {
                Object::Text(text) => Some(Datum::Text(text.clone())),
                Object::List(values) => {
                    values.iter().map(|value| self.constant(value)).collect::<Option<_>>().map(Datum::Struct)
                }
                // Midnight where the client is, which is not said: the day that is nearest.
                Object::SqlDate(millis) => Some(Datum::Date(millis.checked_add(43_200_000)?.div_euclid(86_400_000))),
                Object::SqlTimestamp(millis, nanos) if zone_is_utc() => {
                    let seconds = i128::from(millis.div_euclid(1000));
                    Some(Datum::Timestamp(seconds * 1_000_000_000 + i128::from(*nanos)))
                }
                Object::Struct { class, fields } => self.constant_object(class, fields),
                _ => None,
            },
        }
    }

    fn constant_object(&self, class: &str, fields: &[(&'static str, Value)]) -> Option<Datum> {
        let number = |name: &str| match field(fields, name) {
            Some(Value::Int(number)) => Some(i128::from(*number)),
            _ => None,
        };
        match class.rsplit('.').next()? {
            "HiveChar" => {
                let text = self.text(field(fields, "value")?)?;
                Some(Datum::Text(text.trim_end_matches(' ').to_string()))
            }
            "HiveVarchar" => Some(Datum::Text(self.text(field(fields, "value")?)?.to_string())),
            "HiveDecimal" => {
                // Three words of 16 digits each; the third one has six at most.
                const WORD: i128 = 10_000_000_000_000_000;
                let high = number("fast2")?.checked_mul(WORD)?.checked_add(number("fast1")?)?;
                let digits = high.checked_mul(WORD)?.checked_add(number("fast0")?)?;
                let scale = u32::try_from(number("fastScale")?).ok().filter(|scale| *scale <= 38)?;
                Some(Datum::Number(digits.checked_mul(number("fastSignum")?)?, scale))
            }
            "Date" => match self.object(field(fields, "localDate")?)? {
                Object::LocalDate { year, month, day } => datum::days(*year, *month, *day).map(Datum::Date),
                _ => None,
            },
            "Timestamp" => match self.object(field(fields, "localDateTime")?)? {
                Object::LocalDateTime { year, month, day, nanos } => {
                    let days = i128::from(datum::days(*year, *month, *day)?);
                    Some(Datum::Timestamp(days * 86_400_000_000_000 + i128::from(*nanos)))
                }
                _ => None,
            },
            _ => None,
        }
    }
}

/// Is the time of day here that of UTC? A `java.sql.Timestamp` tells the time where the client is, which is taken to be
/// here; where the zone is another, what it means is not known.
fn zone_is_utc() -> bool {
    match std::env::var("TZ") {
        Ok(zone) => matches!(zone.as_str(), "" | "UTC" | "UTC0" | "Etc/UTC" | "GMT"),
        Err(_) => std::fs::read_link("/etc/localtime").map_or(true, |zone| zone.ends_with("UTC")),
    }
}

fn field<'f>(fields: &'f [(&'static str, Value)], name: &str) -> Option<&'f Value> {
    fields.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
}

/// The call of a function of Hive, by its class.
fn call(class: &str, bridged: Option<&str>, ty: Option<HiveType>, mut arguments: Vec<Expr>) -> Option<Expr> {
    let compare = |op| Some(Function::Compare(op));
    let function = match class {
        "GenericUDFOPEqual" => compare(CompareOp::Eq),
        "GenericUDFOPNotEqual" => compare(CompareOp::NotEq),
        "GenericUDFOPLessThan" => compare(CompareOp::Lt),
        "GenericUDFOPEqualOrLessThan" => compare(CompareOp::LtEq),
        "GenericUDFOPGreaterThan" => compare(CompareOp::Gt),
        "GenericUDFOPEqualOrGreaterThan" => compare(CompareOp::GtEq),
        "GenericUDFOPEqualNS" => Some(Function::NullSafeEqual),
        "GenericUDFOPAnd" => Some(Function::And),
        "GenericUDFOPOr" => Some(Function::Or),
        "GenericUDFOPNot" => Some(Function::Not),
        "GenericUDFIn" => Some(Function::In),
        "GenericUDFOPNull" => Some(Function::IsNull),
        "GenericUDFOPNotNull" => {
            return Some(Expr::Call(Function::Not, vec![Expr::Call(Function::IsNull, arguments)]));
        }
        "GenericUDFBetween" => {
            // The first argument says whether it is `NOT BETWEEN`.
            if arguments.len() != 4 {
                return None;
            }
            let negated = arguments.remove(0);
            let between = Expr::Call(Function::Between, arguments);
            return match negated {
                Expr::Constant(Datum::Bool(false)) => Some(between),
                Expr::Constant(Datum::Bool(true)) => Some(Expr::Call(Function::Not, vec![between])),
                _ => None,
            };
        }
        "GenericUDFLower" => Some(Function::Lower),
        "GenericUDFUpper" => Some(Function::Upper),
        "GenericUDFConcat" => Some(Function::Concat),
        "GenericUDFStruct" => Some(Function::Struct),
        "GenericUDFRegExp" => Some(Function::Finds),
        "GenericUDFToDate"
        | "GenericUDFDate"
        | "GenericUDFTimestamp"
        | "GenericUDFToChar"
        | "GenericUDFToVarchar"
        | "GenericUDFToDecimal"
        | "GenericUDFToString" => ty.map(Function::Cast),
        "GenericUDFBridge" => match bridged? {
            "UDFLike" => Some(Function::Like),
            "UDFToBoolean" | "UDFToByte" | "UDFToShort" | "UDFToInteger" | "UDFToLong" | "UDFToFloat"
            | "UDFToDouble" | "UDFToString" => ty.map(Function::Cast),
            _ => None,
        },
        _ => None,
    };
    function.map(|function| Expr::Call(function, arguments))
}
