//! Messages of the API as `TJSONProtocol` writes them, by what their own bytes say.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde_json::{Map, Value, json};
use skep_thrift::{Kind, Message, Protocol, ReadError, Reader, Writer};

use crate::error::{MetastoreError, Result};

/// How deep in a message of column statistics their figures are: what is text on the wire is binary there.
const FIGURES: usize = 4;

/// A message of which all that is text on the wire is text: the row of a constraint, a catalog. Its lists must be of
/// structs, and it must have no maps and no sets.
///
/// # Errors
/// [`MetastoreError::InvalidObject`] for another message.
pub fn message<M: Message>(message: &M) -> Result<Value> {
    write(message, usize::MAX)
}

/// A `ColumnStatistics`: its bit vectors, histograms and decimals are binary, which is base64 without padding in JSON.
///
/// # Errors
/// As [`message`].
pub fn column_statistics(statistics: &skep_thrift_hms::ColumnStatistics) -> Result<Value> {
    write(statistics, FIGURES)
}

fn write<M: Message>(message: &M, binary_from: usize) -> Result<Value> {
    let unfit = |error: &dyn std::fmt::Display| {
        MetastoreError::InvalidObject(format!("{} cannot be written as JSON: {error}", M::NAME))
    };
    let mut writer = Writer::new(Protocol::Binary);
    message.write(&mut writer);
    let bytes = writer.finish().map_err(|error| unfit(&error))?;
    structure(&mut Reader::new(&bytes, Protocol::Binary), 1, binary_from).map_err(|error| unfit(&error))
}

fn structure(reader: &mut Reader<'_>, depth: usize, binary_from: usize) -> Result<Value, ReadError> {
    let mut out = Map::new();
    let scope = reader.begin_struct()?;
    while let Some(field) = reader.field()? {
        let value = match field.kind {
            Kind::Bool => json!({"tf": u8::from(reader.bool()?)}),
            Kind::Byte => json!({"i8": reader.byte()?.cast_signed()}),
            Kind::I16 => json!({"i16": reader.i16()?}),
            Kind::I32 => json!({"i32": reader.i32()?}),
            Kind::I64 => json!({"i64": reader.i64()?}),
            Kind::Double => match reader.double()? {
                number if number.is_finite() => json!({"dbl": number}),
                number if number.is_nan() => json!({"dbl": "NaN"}),
                number => json!({"dbl": if number > 0.0 { "Infinity" } else { "-Infinity" }}),
            },
            Kind::String if depth >= binary_from => json!({"str": STANDARD_NO_PAD.encode(reader.slice()?)}),
            Kind::String => json!({"str": reader.string()?}),
            Kind::Struct => json!({"rec": structure(reader, depth + 1, binary_from)?}),
            Kind::List => {
                let count = reader.begin_list(Kind::Struct)?;
                let mut list = vec![json!("rec"), json!(count)];
                for _ in 0..count {
                    list.push(structure(reader, depth + 1, binary_from)?);
                }
                reader.end_collection();
                json!({"lst": list})
            }
            Kind::Void | Kind::Map | Kind::Set => return Err(ReadError::UnexpectedElements),
        };
        out.insert(field.id.to_string(), value);
    }
    reader.end_struct(scope);
    Ok(Value::Object(out))
}

#[cfg(test)]
mod tests {
    use super::*;
    use skep_thrift_hms as wire;

    #[test]
    fn rows_of_constraints() {
        let row = wire::SQLNotNullConstraint {
            table_db: Some("d".into()),
            column_name: Some("a".into()),
            enable_cstr: Some(true),
            ..Default::default()
        };
        assert_eq!(message(&row).unwrap(), json!({"2": {"str": "d"}, "4": {"str": "a"}, "6": {"tf": 1}}));
    }

    #[test]
    fn figures_are_binary() {
        let data = wire::DecimalColumnStatsData {
            low_value: Some(wire::Decimal { unscaled: vec![0xFB], scale: 1 }),
            num_nulls: 2,
            num_dvs: 3,
            bit_vectors: Some(b"HLL".to_vec()),
            ..Default::default()
        };
        let statistics = wire::ColumnStatistics {
            stats_desc: wire::ColumnStatisticsDesc {
                is_tbl_level: true,
                db_name: "d".into(),
                table_name: "t".into(),
                ..Default::default()
            },
            stats_obj: vec![wire::ColumnStatisticsObj {
                col_name: "a".into(),
                col_type: "decimal(2,1)".into(),
                stats_data: wire::ColumnStatisticsData::DecimalStats(data),
            }],
            ..Default::default()
        };
        let figures = json!({
            "1": {"rec": {"1": {"str": "+w"}, "3": {"i16": 1}}},
            "3": {"i64": 2},
            "4": {"i64": 3},
            "5": {"str": "SExM"},
        });
        let object = json!({
            "1": {"str": "a"},
            "2": {"str": "decimal(2,1)"},
            "3": {"rec": {"6": {"rec": figures}}},
        });
        let expected = json!({
            "1": {"rec": {"1": {"tf": 1}, "2": {"str": "d"}, "3": {"str": "t"}}},
            "2": {"lst": ["rec", 1, object]},
        });
        assert_eq!(column_statistics(&statistics).unwrap(), expected);
    }
}
