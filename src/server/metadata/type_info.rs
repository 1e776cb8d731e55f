//! `GetTypeInfo`: the types of columns.

use datafusion::common::ScalarValue;
use skep_metastore::model::HiveType;

use super::types::{ALL, JdbcType};
use super::{OperationKind, Question, authorize};
use crate::Session;
use crate::error::Result;

/// `java.sql.DatabaseMetaData.typeNullable`
const NULLABLE: i16 = 1;
/// `java.sql.DatabaseMetaData.typeSearchable`: in any condition.
const SEARCHABLE: i16 = 3;
/// `java.sql.DatabaseMetaData.typePredNone`: in no condition.
const NOT_SEARCHABLE: i16 = 0;

/// `GetTypeInfoOperation`
#[derive(Debug)]
pub struct TypeInfo;

impl Question for TypeInfo {
    const NAME: &'static str = "GetTypeInfo";
    const KIND: OperationKind = OperationKind::TypeInfo;
    const COLUMNS: &'static [(&'static str, HiveType)] = &[
        ("TYPE_NAME", HiveType::String),
        ("DATA_TYPE", HiveType::Int),
        ("PRECISION", HiveType::Int),
        ("LITERAL_PREFIX", HiveType::String),
        ("LITERAL_SUFFIX", HiveType::String),
        ("CREATE_PARAMS", HiveType::String),
        ("NULLABLE", HiveType::SmallInt),
        ("CASE_SENSITIVE", HiveType::Boolean),
        ("SEARCHABLE", HiveType::SmallInt),
        ("UNSIGNED_ATTRIBUTE", HiveType::Boolean),
        ("FIXED_PREC_SCALE", HiveType::Boolean),
        ("AUTO_INCREMENT", HiveType::Boolean),
        ("LOCAL_TYPE_NAME", HiveType::String),
        ("MINIMUM_SCALE", HiveType::SmallInt),
        ("MAXIMUM_SCALE", HiveType::SmallInt),
        ("SQL_DATA_TYPE", HiveType::Int),
        ("SQL_DATETIME_SUB", HiveType::Int),
        ("NUM_PREC_RADIX", HiveType::Int),
    ];

    fn rows(&self, session: &Session) -> Result<Vec<Vec<ScalarValue>>> {
        authorize(session, "GET_TYPEINFO", Vec::new())?;
        Ok(ALL.iter().map(|ty| row(*ty)).collect())
    }
}

fn row(ty: JdbcType) -> Vec<ScalarValue> {
    vec![
        ty.name.into(),
        ty.number.into(),
        ty.precision.into(),
        ScalarValue::Null,
        ScalarValue::Null,
        ScalarValue::Null,
        NULLABLE.into(),
        (ty.name == "STRING").into(),
        if ty.complex { NOT_SEARCHABLE } else { SEARCHABLE }.into(),
        ty.precision.is_none().into(),
        false.into(),
        false.into(),
        ScalarValue::Null,
        0i16.into(),
        0i16.into(),
        ScalarValue::Null,
        ScalarValue::Null,
        ty.radix().into(),
    ]
}
