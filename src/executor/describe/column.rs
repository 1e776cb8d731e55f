//! `DESCRIBE [FORMATTED] table column`

use skep_metastore::model::{
    ColumnStatistics, ColumnStatisticsData, FieldSchema, HiveType, Partition, PartitionFilter, Table,
};
use skep_metastore::store::MetaStore;

use super::layout::Lines;
use super::table::COLUMNS;
use crate::error::{HiveError, Result, SkepError};
use crate::parser::ast::{DescribeStyle, Ident};
use crate::session::{Outcome, Session};

/// What is said of a column whose own comment the SerDe does not keep.
const FROM_DESERIALIZER: &str = "from deserializer";

/// Runs the statement for a column, or for what a path into it leads to.
pub fn run(
    session: &Session,
    table: &Table,
    partition: Option<&Partition>,
    path: &[Ident],
    style: DescribeStyle,
) -> Result<Outcome> {
    let fields = resolve(table, path)?;
    let mut lines = Lines::new(session.padded());
    if style != DescribeStyle::Formatted || path.len() > 1 {
        for field in &fields {
            // A column itself is shown as it was typed.
            let typed = path.last().filter(|name| name.lower() == field.name).map(|name| name.value.as_str());
            lines.row("", &[typed.unwrap_or(&field.name), &field.ty.to_string(), FROM_DESERIALIZER]);
        }
        accurate(&mut lines, table);
        return lines.outcome(&COLUMNS);
    }
    let Some(field) = fields.first() else { return lines.outcome(&COLUMNS) };
    let statistics = known(session, table, partition, &field.name)?;
    let figures = figures(statistics.as_ref());
    let ty = field.ty.to_string();
    let comment = field.comment.clone().unwrap_or_else(|| FROM_DESERIALIZER.into());
    let names = [
        "min",
        "max",
        "num_nulls",
        "distinct_count",
        "avg_col_len",
        "max_col_len",
        "num_trues",
        "num_falses",
        "bit_vector",
    ];
    lines.row("", &["col_name", &field.name]);
    lines.row("", &["data_type", &ty]);
    for (name, figure) in names.iter().zip(&figures) {
        lines.row("", &[name, figure]);
    }
    lines.row("", &["comment", &comment]);
    accurate(&mut lines, table);
    lines.outcome(&["column_property", "value"])
}

/// What is known of a column of the table or of a partition; of a partitioned table from all its partitions together.
fn known(
    session: &Session,
    table: &Table,
    partition: Option<&Partition>,
    column: &str,
) -> Result<Option<ColumnStatistics>> {
    let catalog = session.catalog();
    let wanted = [column.to_string()];
    let of = |values: Option<&[String]>| {
        let found = catalog.column_statistics(&table.database, &table.name, values, &wanted)?;
        Ok::<_, SkepError>(found.into_iter().next())
    };
    if partition.is_some() || !table.is_partitioned() {
        return of(partition.map(|partition| partition.values.as_slice()));
    }
    let mut all: Option<(ColumnStatistics, u64)> = None;
    for partition in catalog.partitions(&table.database, &table.name, &PartitionFilter::All, None)? {
        let rows = partition.parameters.get("numRows").and_then(|rows| rows.parse().ok()).unwrap_or(0);
        let Some(one) = of(Some(&partition.values))? else { continue };
        match &mut all {
            None => all = Some((one, rows)),
            Some((sum, before)) => {
                if sum.merge(*before, &one, rows) {
                    *before += rows;
                }
            }
        }
    }
    Ok(all.map(|(all, _)| all))
}

/// What the table says about how far its statistics are right.
fn accurate(lines: &mut Lines, table: &Table) {
    if let Some(state) = table.parameters.get("COLUMN_STATS_ACCURATE") {
        lines.pair("COLUMN_STATS_ACCURATE", &super::escape_java(state));
    }
}

/// The column of a path, or the fields of what it leads to (`$elem$`, `$key$`, `$value$`, field names).
fn resolve(table: &Table, path: &[Ident]) -> Result<Vec<FieldSchema>> {
    let Some((first, rest)) = path.split_first() else { return Ok(Vec::new()) };
    let missing = |name: &Ident| {
        SkepError::semantic(HiveError::COLUMN_NOT_FOUND, format!("{} in {}", name.lower(), table.qualified_name()))
            .with_span(Some(name.span.into()))
    };
    let column = table.all_columns().find(|column| column.name == first.lower()).ok_or_else(|| missing(first))?;
    let mut ty = column.ty.clone();
    for step in rest {
        ty = match (&ty, step.lower().as_str()) {
            (HiveType::Array(element), "$elem$") => (**element).clone(),
            (HiveType::Map(key, _), "$key$") => (**key).clone(),
            (HiveType::Map(_, value), "$value$") => (**value).clone(),
            (HiveType::Struct(fields), name) => {
                let field = fields.iter().find(|field| field.name == name);
                field.map(|field| field.ty.clone()).ok_or_else(|| missing(step))?
            }
            _ => return Err(missing(step)),
        };
    }
    let field = |name: &str, ty: HiveType| FieldSchema { name: name.into(), ty, comment: None };
    if rest.is_empty() && !matches!(ty, HiveType::Struct(_) | HiveType::Array(_) | HiveType::Map(..)) {
        return Ok(vec![column.clone()]);
    }
    Ok(match ty {
        HiveType::Struct(fields) => fields.into_iter().map(|part| field(&part.name, part.ty)).collect(),
        HiveType::Array(element) => vec![field("$elem$", *element)],
        HiveType::Map(key, value) => vec![field("$key$", *key), field("$value$", *value)],
        other => vec![field(&path.last().map(Ident::lower).unwrap_or_default(), other)],
    })
}

fn shown<T: ToString>(value: &Option<T>) -> String {
    value.as_ref().map(ToString::to_string).unwrap_or_default()
}

/// min, max, nulls, distinct, mean length, longest, trues, falses, bit vector
fn figures(statistics: Option<&ColumnStatistics>) -> [String; 9] {
    let mut figures: [String; 9] = Default::default();
    let Some(statistics) = statistics else { return figures };
    let mut put = |at: usize, value: String| figures[at] = value;
    let day = |days: &Option<i64>| {
        let mut text = String::new();
        if let Some(days) = days {
            skep_udf::text::write_date(*days as i32, &mut text);
        }
        text
    };
    let real = |value: &Option<f64>| {
        let mut text = String::new();
        if let Some(value) = value {
            skep_udf::text::write_double(*value, &mut text);
        }
        text
    };
    if statistics.sketch.is_some() {
        put(8, "HL".into());
    }
    match &statistics.data {
        ColumnStatisticsData::Boolean { trues, falses, nulls } => {
            put(2, nulls.to_string());
            put(6, trues.to_string());
            put(7, falses.to_string());
        }
        ColumnStatisticsData::Long { low, high, nulls, distinct } => {
            put(0, shown(low));
            put(1, shown(high));
            put(2, nulls.to_string());
            put(3, distinct.to_string());
        }
        ColumnStatisticsData::Double { low, high, nulls, distinct } => {
            put(0, real(low));
            put(1, real(high));
            put(2, nulls.to_string());
            put(3, distinct.to_string());
        }
        ColumnStatisticsData::Decimal { low, high, nulls, distinct } => {
            put(0, shown(low));
            put(1, shown(high));
            put(2, nulls.to_string());
            put(3, distinct.to_string());
        }
        ColumnStatisticsData::Date { low, high, nulls, distinct } => {
            put(0, day(low));
            put(1, day(high));
            put(2, nulls.to_string());
            put(3, distinct.to_string());
        }
        ColumnStatisticsData::String { max_length, average_length, nulls, distinct } => {
            put(2, nulls.to_string());
            put(3, distinct.to_string());
            put(4, real(&Some(*average_length)));
            put(5, max_length.to_string());
        }
        ColumnStatisticsData::Binary { max_length, average_length, nulls } => {
            put(2, nulls.to_string());
            put(4, real(&Some(*average_length)));
            put(5, max_length.to_string());
        }
    }
    figures
}
