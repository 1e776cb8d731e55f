//! `PARTITION (…)` of an `INSERT`.

use datafusion::common::ScalarValue;
use skep_metastore::model::{FieldSchema, HiveType, Table};
use skep_udf::text::{TextStyle, value_text, write_decimal_trimmed};

use super::span;
use crate::analyzer::error::{AnalyzeError, ErrorCode};
use crate::analyzer::planner::{Planner, Result};
use crate::analyzer::types::Typed;
use crate::parser::ast::{Constant, ConstantValue, InsertTable, PartitionSpec};

impl Planner<'_> {
    /// An insert without `PARTITION`: into a partitioned table all columns are dynamic.
    pub(super) fn without_spec(&self, table: &Table, target: &InsertTable) -> Result<Vec<Option<String>>> {
        if !table.is_partitioned() {
            return Ok(Vec::new());
        }
        if !self.settings().dynamic_partition {
            return Err(AnalyzeError::at(
                ErrorCode::NeedPartition,
                span(target.table.span()),
                "Need to specify partition columns because the destination table is partitioned",
            ));
        }
        let values = vec![None; table.partition_keys.len()];
        self.check_dynamic(table, &values, target)?;
        Ok(values)
    }

    /// One entry for each partition column: its value in Hive's text form, `None` where it is dynamic.
    pub(super) fn partition_spec(
        &self,
        table: &Table,
        spec: &PartitionSpec,
        target: &InsertTable,
    ) -> Result<Vec<Option<String>>> {
        let at = span(spec.span);
        if !table.is_partitioned() {
            return Err(AnalyzeError::at(
                ErrorCode::InvalidPartitionSpec,
                at,
                "table is not partitioned but partition spec exists",
            ));
        }
        for value in &spec.values {
            if !table.partition_keys.iter().any(|key| key.name == value.column.lower()) {
                return Err(AnalyzeError::at(
                    ErrorCode::NonPartitionColumn,
                    span(value.column.span),
                    format!("Non-Partition column appears in the partition specification:  {}", value.column.lower()),
                ));
            }
        }
        let mut values = Vec::with_capacity(table.partition_keys.len());
        for key in &table.partition_keys {
            let mut given = spec.values.iter().filter(|value| value.column.lower() == key.name);
            let Some(value) = given.next() else {
                return Err(AnalyzeError::at(
                    ErrorCode::InvalidPartitionSpec,
                    at,
                    format!("Invalid partition spec specified: the partition column {} is missing", key.name),
                ));
            };
            if given.next().is_some() {
                return Err(AnalyzeError::at(
                    ErrorCode::InvalidPartitionSpec,
                    at,
                    format!("Invalid partition spec specified: the partition column {} is given twice", key.name),
                ));
            }
            values.push(value.value.as_ref().map(|constant| self.partition_value(key, constant)).transpose()?);
        }
        self.check_dynamic(table, &values, target)?;
        Ok(values)
    }

    /// What may not be dynamic.
    fn check_dynamic(&self, table: &Table, values: &[Option<String>], target: &InsertTable) -> Result<()> {
        let at = target.partition.as_ref().map_or(span(target.table.span()), |spec| span(spec.span));
        let Some(first) = values.iter().position(Option::is_none) else {
            return Ok(());
        };
        if let Some(after) = values[first..].iter().position(Option::is_some) {
            return Err(AnalyzeError::at(
                ErrorCode::StaticAfterDynamicPartition,
                at,
                format!(
                    "Dynamic partition cannot be the parent of a static partition '{}'",
                    table.partition_keys[first + after].name
                ),
            ));
        }
        if !self.settings().dynamic_partition {
            return Err(AnalyzeError::at(
                ErrorCode::DynamicPartitionDisabled,
                at,
                "Dynamic partition is disabled. Either enable it by setting hive.exec.dynamic.partition=true or \
                 specify partition column values",
            ));
        }
        if self.settings().strict_dynamic_partition && first == 0 {
            return Err(AnalyzeError::at(
                ErrorCode::DynamicPartitionStrict,
                at,
                "Dynamic partition strict mode requires at least one static partition column. To turn this off set \
                 hive.exec.dynamic.partition.mode=nonstrict",
            ));
        }
        if target.if_not_exists {
            return Err(AnalyzeError::at(
                ErrorCode::DynamicPartitionIfNotExists,
                at,
                format!(
                    "Dynamic partitions do not support IF NOT EXISTS. Specified partitions with value :{}",
                    table.partition_keys[first].name
                ),
            ));
        }
        Ok(())
    }

    /// A static value in the text form of its column's type: `hr = '01'` of an `int` is `1`.
    fn partition_value(&self, key: &FieldSchema, constant: &Constant) -> Result<String> {
        let Some(text) = constant.value.text() else {
            return Ok(self.settings().default_partition_name.clone());
        };
        if text == self.settings().default_partition_name || matches!(key.ty, HiveType::String) {
            return Ok(text);
        }
        let literal = match &constant.value {
            ConstantValue::Number(text) => crate::analyzer::expr::signed_number(text).unwrap_or(Typed::string(text)),
            _ => Typed::string(&text),
        };
        let value = literal.cast_to(&key.ty)?;
        let known = value.constant().filter(|value| !value.is_null());
        let Some(known) = known else {
            return Err(AnalyzeError::at(
                ErrorCode::PartitionTypeMismatch,
                span(constant.span),
                format!(
                    "Cannot add partition column {} with the value '{text}' as it cannot be converted to type {}",
                    key.name, key.ty
                ),
            ));
        };
        if let ScalarValue::Decimal128(Some(number), _, scale) = known {
            let mut text = String::new();
            write_decimal_trimmed(*number, *scale, &mut text);
            return Ok(text);
        }
        let zone = self.time_zone().ok_or_else(|| AnalyzeError::new(ErrorCode::Internal, "no time zone"))?;
        Ok(value_text(known.to_array()?.as_ref(), 0, TextStyle::cli(zone))?)
    }
}
