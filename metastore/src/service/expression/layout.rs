//! The fields of the Java classes that Hive's clients write in an expression, in the order of their names: those that
//! are neither static nor transient, of the class and of the classes that it extends.

/// The class of a function's call, which every expression is.
pub(super) const FUNCTION: &str = "org.apache.hadoop.hive.ql.plan.ExprNodeGenericFuncDesc";
/// The package of Hive's functions.
pub(super) const FUNCTIONS: &str = "org.apache.hadoop.hive.ql.udf.generic.";

/// How a field is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    /// `boolean`
    Bool,
    /// `byte`
    Byte,
    /// `short`
    Short,
    /// `int`
    Int,
    /// `long`
    Long,
    /// `float`
    Float,
    /// `double`
    Double,
    /// `java.lang.Boolean`
    Boolean,
    /// `java.lang.String`
    Text,
    /// An object of a final class.
    Final(&'static str),
    /// An object of any class.
    Any,
}

/// How an object of a class is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// A count and the elements.
    List,
    /// A count plus one and the elements.
    Array,
    /// A count plus one and the bytes.
    Bytes,
    /// `java.time.LocalDate`
    LocalDate,
    /// `java.time.LocalDateTime`
    LocalDateTime,
    /// The number of a constant.
    Enum,
    /// The fields.
    Fields(&'static [(&'static str, Field)]),
}

const COMPARE: &[(&str, Field)] = &[
    ("compareOI", Field::Any),
    ("compareType", Field::Final("org.apache.hadoop.hive.ql.udf.generic.GenericUDFBaseCompare$CompareType")),
    ("opDisplayName", Field::Text),
    ("opName", Field::Text),
    ("result", Field::Any),
];
const RESULT: &[(&str, Field)] = &[("result", Field::Any)];
const TYPE: &[(&str, Field)] = &[("typeInfo", Field::Any)];
const LENGTH: &[(&str, Field)] = &[("length", Field::Int), ("typeName", Field::Text)];
const TEXT_VALUE: &[(&str, Field)] = &[("value", Field::Text)];

/// How an object of this class is written; `second_flag` says that a function's call has one flag more than Hive 2.3.9's.
pub(super) fn shape(class: &str, second_flag: bool) -> Shape {
    if let Some(function) = class.strip_prefix(FUNCTIONS) {
        return Shape::Fields(function_fields(function)).or_enum(class);
    }
    if let Some(name) = class.strip_prefix("org.apache.hadoop.hive.ql.plan.") {
        return Shape::Fields(match name {
            "ExprNodeGenericFuncDesc" if second_flag => &[
                ("chidren", Field::Any),
                ("genericUDF", Field::Any),
                ("isSortedExpr", Field::Bool),
                ("second flag", Field::Bool),
                ("typeInfo", Field::Any),
            ],
            "ExprNodeGenericFuncDesc" => &[
                ("chidren", Field::Any),
                ("genericUDF", Field::Any),
                ("isSortedExpr", Field::Bool),
                ("typeInfo", Field::Any),
            ],
            "ExprNodeColumnDesc" => &[
                ("column", Field::Text),
                ("isPartitionColOrVirtualCol", Field::Bool),
                ("isSkewedCol", Field::Bool),
                ("tabAlias", Field::Text),
                ("typeInfo", Field::Any),
            ],
            "ExprNodeConstantDesc" => &[("typeInfo", Field::Any), ("value", Field::Any)],
            "ExprNodeFieldDesc" => &[
                ("desc", Field::Any),
                ("fieldName", Field::Text),
                ("isList", Field::Boolean),
                ("typeInfo", Field::Any),
            ],
            "ExprNodeColumnListDesc" => &[("columns", Field::Any), ("typeInfo", Field::Any)],
            _ => &[],
        });
    }
    if class.starts_with("[L") {
        return Shape::Array;
    }
    match class {
        "java.util.ArrayList" | "java.util.LinkedList" | "java.util.HashSet" | "java.util.LinkedHashSet" => Shape::List,
        "[B" => Shape::Bytes,
        "java.time.LocalDate" => Shape::LocalDate,
        "java.time.LocalDateTime" => Shape::LocalDateTime,
        _ => Shape::Fields(other_fields(class)),
    }
}

impl Shape {
    fn or_enum(self, class: &str) -> Shape {
        if class.ends_with("$CompareType") { Shape::Enum } else { self }
    }
}

fn function_fields(function: &str) -> &'static [(&'static str, Field)] {
    match function {
        "GenericUDFOPEqual"
        | "GenericUDFOPNotEqual"
        | "GenericUDFOPEqualNS"
        | "GenericUDFOPNotEqualNS"
        | "GenericUDFOPLessThan"
        | "GenericUDFOPEqualOrLessThan"
        | "GenericUDFOPGreaterThan"
        | "GenericUDFOPEqualOrGreaterThan" => COMPARE,
        "GenericUDFOPAnd"
        | "GenericUDFOPOr"
        | "GenericUDFOPNot"
        | "GenericUDFOPNull"
        | "GenericUDFOPNotNull"
        | "GenericUDFOPTrue"
        | "GenericUDFOPNotTrue"
        | "GenericUDFOPFalse"
        | "GenericUDFOPNotFalse"
        | "GenericUDFLength" => RESULT,
        "GenericUDFIn" => &[("bw", Field::Any), ("isInSetConstant", Field::Bool)],
        "GenericUDFBetween" => {
            &[("argumentOIs", Field::Any), ("egt", Field::Any), ("elt", Field::Any), ("result", Field::Any)]
        }
        "GenericUDFBridge" => &[("isOperator", Field::Bool), ("udfClassName", Field::Text), ("udfName", Field::Text)],
        "GenericUDFTimestamp" => &[("intToTimestampInSeconds", Field::Bool)],
        "GenericUDFToChar" | "GenericUDFToVarchar" | "GenericUDFToDecimal" => TYPE,
        "GenericUDFTrim" | "GenericUDFLTrim" | "GenericUDFRTrim" => &[("result", Field::Any), ("udfName", Field::Text)],
        "GenericUDFRegExp" => &[("output", Field::Any)],
        _ => &[],
    }
}

fn other_fields(class: &str) -> &'static [(&'static str, Field)] {
    let Some(name) = class.strip_prefix("org.apache.hadoop.") else { return &[] };
    match name {
        "hive.serde2.typeinfo.PrimitiveTypeInfo" => &[("typeName", Field::Text)],
        "hive.serde2.typeinfo.DecimalTypeInfo" => {
            &[("precision", Field::Int), ("scale", Field::Int), ("typeName", Field::Text)]
        }
        "hive.serde2.typeinfo.CharTypeInfo" | "hive.serde2.typeinfo.VarcharTypeInfo" => LENGTH,
        "hive.serde2.typeinfo.StructTypeInfo" => {
            &[("allStructFieldNames", Field::Any), ("allStructFieldTypeInfos", Field::Any)]
        }
        "hive.serde2.typeinfo.ListTypeInfo" => &[("listElementTypeInfo", Field::Any)],
        "hive.common.type.HiveDecimal" => &[
            ("fast0", Field::Long),
            ("fast1", Field::Long),
            ("fast2", Field::Long),
            ("fastIntegerDigitCount", Field::Int),
            ("fastScale", Field::Int),
            ("fastSerializationScale", Field::Int),
            ("fastSignum", Field::Int),
        ],
        "hive.common.type.HiveChar" | "hive.common.type.HiveVarchar" => TEXT_VALUE,
        "hive.common.type.Date" => &[("localDate", Field::Final("java.time.LocalDate"))],
        "hive.common.type.Timestamp" => &[("localDateTime", Field::Final("java.time.LocalDateTime"))],
        "io.BooleanWritable" => &[("value", Field::Bool)],
        "io.IntWritable" => &[("value", Field::Int)],
        "io.LongWritable" => &[("value", Field::Long)],
        "io.FloatWritable" => &[("value", Field::Float)],
        "hive.serde2.io.DoubleWritable" | "io.DoubleWritable" => &[("value", Field::Double)],
        "hive.serde2.io.ShortWritable" => &[("value", Field::Short)],
        "hive.serde2.io.ByteWritable" => &[("value", Field::Byte)],
        "io.Text" => &[("bytes", Field::Final("[B")), ("length", Field::Int)],
        _ => {
            let inspector = name.strip_prefix("hive.serde2.objectinspector.primitive.");
            match inspector.filter(|name| name.ends_with("ObjectInspector")) {
                Some(name) if name.contains("Constant") => &[("typeInfo", Field::Any), ("value", Field::Any)],
                Some(_) => TYPE,
                None => &[],
            }
        }
    }
}
