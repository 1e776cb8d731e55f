//! Column statistics as `ALTER TABLE … UPDATE STATISTICS FOR COLUMN … SET` takes them.

use skep_metastore::model::ColumnStatisticsData as Data;
use skep_udf::text;

/// The figures under Hive's names for them (`ColumnStatisticsUpdateTask`).
pub fn update_values(data: &Data) -> Vec<(&'static str, String)> {
    let mut values = Vec::new();
    let mut bounds = |low: Option<String>, high: Option<String>| {
        values.extend(low.map(|low| ("lowValue", low)));
        values.extend(high.map(|high| ("highValue", high)));
    };
    match data {
        Data::Long { low, high, .. } => bounds(low.map(|v| v.to_string()), high.map(|v| v.to_string())),
        Data::Double { low, high, .. } => bounds(low.map(double), high.map(double)),
        Data::Decimal { low, high, .. } => bounds(low.clone(), high.clone()),
        Data::Date { low, high, .. } => bounds(low.map(date), high.map(date)),
        Data::Boolean { .. } | Data::String { .. } | Data::Binary { .. } => {}
    }
    match data {
        Data::Boolean { trues, falses, nulls } => {
            values.push(("numTrues", trues.to_string()));
            values.push(("numFalses", falses.to_string()));
            values.push(("numNulls", nulls.to_string()));
        }
        Data::Long { nulls, distinct, .. }
        | Data::Double { nulls, distinct, .. }
        | Data::Decimal { nulls, distinct, .. }
        | Data::Date { nulls, distinct, .. } => {
            values.push(("numNulls", nulls.to_string()));
            values.push(("numDVs", distinct.to_string()));
        }
        Data::String { max_length, average_length, nulls, distinct } => {
            values.push(("avgColLen", double(*average_length)));
            values.push(("maxColLen", max_length.to_string()));
            values.push(("numNulls", nulls.to_string()));
            values.push(("numDVs", distinct.to_string()));
        }
        Data::Binary { max_length, average_length, nulls } => {
            values.push(("avgColLen", double(*average_length)));
            values.push(("maxColLen", max_length.to_string()));
            values.push(("numNulls", nulls.to_string()));
        }
    }
    values
}

fn double(value: f64) -> String {
    let mut text = String::new();
    text::write_double(value, &mut text);
    text
}

fn date(days: i64) -> String {
    let mut text = String::new();
    text::write_date(days as i32, &mut text);
    text
}
