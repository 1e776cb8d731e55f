//! Types: `colType` and `primitiveType` of `HiveParser.g`.

use skep_metastore::MetastoreError;
use skep_metastore::model::{HiveType, StructField};
use sqlparser::ast::{DataType, Ident as SqlIdent};

use super::ast::query::ObjectName as SqlObjectName;
use super::cursor::{Parsed, Parser};
use super::lexer::TokenKind;

impl Parser<'_> {
    /// A type.
    pub(super) fn hive_type(&mut self) -> Parsed<HiveType> {
        self.within("column type", |p| p.deeper(Self::any_type))
    }

    #[recursive::recursive]
    fn any_type(&mut self) -> Parsed<HiveType> {
        let start = self.span();
        let TokenKind::Word(word) = self.kind().clone() else { return Err(self.unrecognized()) };
        let ty = match word.as_str() {
            "ARRAY" => {
                self.advance();
                self.expect_symbol("<")?;
                let element = self.hive_type()?;
                self.close_type()?;
                HiveType::Array(Box::new(element))
            }
            "MAP" => {
                self.advance();
                self.expect_symbol("<")?;
                let key = self.hive_type()?;
                if !key.is_primitive() {
                    return Err(self.error_at(self.span_from(start), "the key of a map must be of a primitive type"));
                }
                self.expect_symbol(",")?;
                let value = self.hive_type()?;
                self.close_type()?;
                HiveType::Map(Box::new(key), Box::new(value))
            }
            "STRUCT" => {
                self.advance();
                self.expect_symbol("<")?;
                let fields = self.separated(Self::struct_field)?;
                self.close_type()?;
                HiveType::Struct(fields)
            }
            "UNIONTYPE" => {
                self.advance();
                self.expect_symbol("<")?;
                let types = self.separated(Self::hive_type)?;
                self.close_type()?;
                HiveType::Union(types)
            }
            _ => self.primitive_type(&word)?,
        };
        Ok(ty)
    }

    fn close_type(&mut self) -> Parsed<()> {
        self.expect_symbol(">")
    }

    fn struct_field(&mut self) -> Parsed<StructField> {
        let name = self.ident()?.lower();
        self.expect_symbol(":")?;
        let ty = self.hive_type()?;
        if self.eat("COMMENT") {
            self.string()?;
        }
        Ok(StructField { name, ty })
    }

    fn primitive_type(&mut self, word: &str) -> Parsed<HiveType> {
        let start = self.span();
        let text = match word {
            "DECIMAL" | "DEC" | "NUMERIC" | "VARCHAR" | "CHAR" => {
                self.advance();
                let mut text = word.to_string();
                let needed = matches!(word, "VARCHAR" | "CHAR");
                if needed || self.is_symbol("(") {
                    let numbers = self.in_brackets(Self::integer::<u32>)?;
                    if numbers.len() > if needed { 1 } else { 2 } {
                        return Err(self.error_at(self.span_from(start), format!("too many parameters of {word}")));
                    }
                    let numbers: Vec<_> = numbers.iter().map(u32::to_string).collect();
                    text.push_str(&format!("({})", numbers.join(",")));
                }
                text
            }
            "DOUBLE" => {
                self.advance();
                self.eat("PRECISION");
                "double".to_string()
            }
            "TIMESTAMP" => {
                self.advance();
                if self.is("WITH") {
                    self.expect_all(&["WITH", "LOCAL", "TIME", "ZONE"])?;
                    "timestamplocaltz".to_string()
                } else {
                    "timestamp".to_string()
                }
            }
            "INTERVAL" => {
                self.advance();
                if self.eat("YEAR") {
                    self.expect_all(&["TO", "MONTH"])?;
                    "interval_year_month".to_string()
                } else {
                    self.expect_all(&["DAY", "TO", "SECOND"])?;
                    "interval_day_time".to_string()
                }
            }
            "TINYINT"
            | "SMALLINT"
            | "INT"
            | "INTEGER"
            | "BIGINT"
            | "BOOLEAN"
            | "FLOAT"
            | "REAL"
            | "DATE"
            | "TIMESTAMPLOCALTZ"
            | "STRING"
            | "BINARY"
            | "VOID"
            | "INTERVAL_YEAR_MONTH"
            | "INTERVAL_DAY_TIME" => {
                self.advance();
                word.to_string()
            }
            _ => {
                let hint = match word {
                    "TEXT" | "CLOB" => "Hive's type for text is STRING",
                    "BLOB" | "BYTEA" | "VARBINARY" => "Hive's type for bytes is BINARY",
                    "DATETIME" => "Hive's type for a moment is TIMESTAMP",
                    "NUMBER" => "Hive's type for exact numbers is DECIMAL",
                    "LONG" => "Hive's type for 64 bits is BIGINT",
                    "BOOL" => "Hive's type for true and false is BOOLEAN",
                    _ => "a type belongs here",
                };
                return Err(self.unrecognized().with_hint(hint));
            }
        };
        let span = self.span_from(start);
        text.parse().map_err(|error: MetastoreError| match error {
            MetastoreError::InvalidType { reason, .. } => self.error_at(span, reason),
            other => self.error_at(span, other.to_string()),
        })
    }
}

/// A Hive type as sqlparser's tree carries it; [`super::ast::query::hive_type`] is the way back.
pub(super) fn data_type(ty: &HiveType) -> DataType {
    DataType::Custom(SqlObjectName::from(vec![SqlIdent::new(ty.to_string())]), Vec::new())
}
