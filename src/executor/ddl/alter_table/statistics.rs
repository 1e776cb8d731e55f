//! `ALTER TABLE … UPDATE STATISTICS FOR COLUMN`

use skep_metastore::model::{ColumnStatistics, ColumnStatisticsData, HiveType, Parameters, Table};
use skep_metastore::store::MetaStore;
use skep_udf::text;

use super::named_partitions;
use crate::error::{HiveError, Result, SkepError};
use crate::executor::ddl::now;
use crate::parser::ast::{Ident, PartitionSpec};
use crate::session::Session;

/// Sets figures of a column by Hive's names for them; those that are not named stay.
pub fn run(
    session: &Session,
    table: &Table,
    spec: Option<&PartitionSpec>,
    column: &Ident,
    given: &Parameters,
) -> Result<()> {
    let name = column.lower();
    let known = table.storage.columns.iter().find(|known| known.name == name);
    let Some(known) = known else {
        let error = SkepError::semantic(HiveError::COLUMN_NOT_FOUND, &name);
        return Err(error.with_span(Some(column.span.into())));
    };
    let catalog = session.catalog();
    let places: Vec<Option<Vec<String>>> = match spec {
        Some(spec) => named_partitions(session, table, spec)?.into_iter().map(|p| Some(p.values)).collect(),
        None => vec![None],
    };
    for place in places {
        let wanted = std::slice::from_ref(&name);
        let old = catalog.column_statistics(&table.database, &table.name, place.as_deref(), wanted)?;
        let data = old.into_iter().next().map_or_else(|| nothing(&known.ty), |old| old.data);
        let new = ColumnStatistics {
            column: name.clone(),
            ty: known.ty.clone(),
            data: changed(data, given)?,
            last_analyzed: now(),
            sketch: None,
            foreign: Default::default(),
        };
        catalog.set_column_statistics(&table.database, &table.name, place.as_deref(), &[new])?;
    }
    Ok(())
}

fn nothing(ty: &HiveType) -> ColumnStatisticsData {
    match ty {
        HiveType::Boolean => ColumnStatisticsData::Boolean { trues: 0, falses: 0, nulls: 0 },
        HiveType::Float | HiveType::Double => {
            ColumnStatisticsData::Double { low: None, high: None, nulls: 0, distinct: 0 }
        }
        HiveType::Decimal { .. } => ColumnStatisticsData::Decimal { low: None, high: None, nulls: 0, distinct: 0 },
        HiveType::Date => ColumnStatisticsData::Date { low: None, high: None, nulls: 0, distinct: 0 },
        HiveType::Binary => ColumnStatisticsData::Binary { max_length: 0, average_length: 0.0, nulls: 0 },
        ty if ty.is_character() => {
            ColumnStatisticsData::String { max_length: 0, average_length: 0.0, nulls: 0, distinct: 0 }
        }
        _ => ColumnStatisticsData::Long { low: None, high: None, nulls: 0, distinct: 0 },
    }
}

fn changed(mut data: ColumnStatisticsData, given: &Parameters) -> Result<ColumnStatisticsData> {
    for (name, value) in given {
        let unfit = || SkepError::invalid(format!("Unknown stat, or no value of it for this column: {name}='{value}'"));
        let whole = || value.trim().parse::<f64>().map(|number| number as i64).map_err(|_| unfit());
        let real = || value.trim().parse::<f64>().map_err(|_| unfit());
        let day = || text::parse_date(value).map(i64::from).map_or_else(whole, Ok);
        use ColumnStatisticsData as D;
        match (name.as_str(), &mut data) {
            (
                "numNulls",
                D::Boolean { nulls, .. }
                | D::Long { nulls, .. }
                | D::Double { nulls, .. }
                | D::Decimal { nulls, .. }
                | D::Date { nulls, .. }
                | D::String { nulls, .. }
                | D::Binary { nulls, .. },
            ) => *nulls = whole()?,
            (
                "numDVs",
                D::Long { distinct, .. }
                | D::Double { distinct, .. }
                | D::Decimal { distinct, .. }
                | D::Date { distinct, .. }
                | D::String { distinct, .. },
            ) => *distinct = whole()?,
            ("numTrues", D::Boolean { trues, .. }) => *trues = whole()?,
            ("numFalses", D::Boolean { falses, .. }) => *falses = whole()?,
            ("avgColLen", D::String { average_length, .. } | D::Binary { average_length, .. }) => {
                *average_length = real()?;
            }
            ("maxColLen", D::String { max_length, .. } | D::Binary { max_length, .. }) => *max_length = whole()?,
            ("lowValue", D::Long { low, .. }) => *low = Some(whole()?),
            ("highValue", D::Long { high, .. }) => *high = Some(whole()?),
            ("lowValue", D::Double { low, .. }) => *low = Some(real()?),
            ("highValue", D::Double { high, .. }) => *high = Some(real()?),
            ("lowValue", D::Decimal { low, .. }) => *low = Some(value.clone()),
            ("highValue", D::Decimal { high, .. }) => *high = Some(value.clone()),
            ("lowValue", D::Date { low, .. }) => *low = Some(day()?),
            ("highValue", D::Date { high, .. }) => *high = Some(day()?),
            _ => return Err(unfit()),
        }
    }
    Ok(data)
}
