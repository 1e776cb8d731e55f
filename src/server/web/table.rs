//! One table: its columns, partitions, properties, statistics, and a look at its rows.

use std::time::Duration;

use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;
use skep_metastore::model::{
    ColumnStatistics, ColumnStatisticsData, Partition, PartitionFilter, Table, partition_name,
};
use skep_metastore::store::Page as StorePage;

use super::configuration::shown_value;
use super::databases::{kind, number};
use super::guard::Visitor;
use super::layout::{Page, code, figure, nothing, tabs};
use super::result::Rows;
use super::sight::refusal;
use super::{Shared, Web, format};

/// Partitions of a page.
const PAGE_PARTITIONS: usize = 100;
/// Rows of the look at a table.
const SAMPLE_ROWS: usize = 20;
/// How long the look may take.
const SAMPLE_TIME: Duration = Duration::from_secs(20);

/// Which part of the page is shown.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Part {
    tab: String,
    after: Option<String>,
}

/// `GET /tables/{database}/{table}`
pub async fn page(
    State(web): State<Shared>,
    Extension(visitor): Extension<Visitor>,
    Path((database, name)): Path<(String, String)>,
    Query(part): Query<Part>,
) -> Response {
    let above = format!("/tables/{}", format::in_address(&database));
    let page = Page::new(&visitor, format!("{database}.{name}")).at("/tables");
    let page = page.below("/tables", "Tables").below(above.clone(), database.clone());
    let asked = (database.clone(), name.clone());
    let table = match web.look(&visitor, move |sight| sight.table(&asked.0, &asked.1)).await {
        Ok(table) => table,
        Err(error) => return page.problem(refusal(&error, StatusCode::NOT_FOUND), error.message()),
    };
    let address = format!("{above}/{}", format::in_address(&name));
    let tab = |name: &str| format!("{address}?tab={name}");
    let mut parts = vec![("columns", "Columns", address.clone()), ("sample", "Rows", tab("sample"))];
    if table.is_partitioned() {
        parts.push(("partitions", "Partitions", tab("partitions")));
    }
    parts.push(("statistics", "Statistics", tab("statistics")));
    parts.push(("properties", "Properties", tab("properties")));
    let chosen = parts.iter().find(|(name, ..)| *name == part.tab).map_or("columns", |(name, ..)| name);
    let shown = match chosen {
        "sample" => sample(&web, &visitor, &table).await,
        "partitions" => partitions(&web, &table, part.after, &address).await,
        "statistics" => statistics(&web, &table).await,
        "properties" => properties(&table),
        _ => columns(&table),
    };
    let query = format!("select * from {} limit 100", quoted(&table));
    page.with(html! {
        div.title {
            h1 { (name) }
            a href={ "/sql?text=" (format::in_address(&query)) "&database=" (format::in_address(&database)) } { "Query this table" }
        }
        @if let Some(comment) = table.parameters.get("comment") { p.lead { (comment) } }
        dl.figures {
            (figure("Kind", &kind(&table), ""))
            (figure("Rows", &number(&table, "numRows").map_or_else(|| "–".to_string(), format::count), ""))
            (figure("Size", &number(&table, "totalSize").map_or_else(|| "–".to_string(), format::bytes), &number(&table, "numFiles").map(|files| format::counted(files, "file", "files")).unwrap_or_default()))
            (figure("Owner", &table.owner, &format::epoch(table.create_time)))
        }
        (tabs(chosen, &parts))
        (shown)
    })
}

/// The table's name as a statement has it.
fn quoted(table: &Table) -> String {
    format!("`{}`.`{}`", table.database.replace('`', "``"), table.name.replace('`', "``"))
}

fn columns(table: &Table) -> Markup {
    let stored = table.storage.columns.iter().map(|column| (column, false));
    let keys = table.partition_keys.iter().map(|column| (column, true));
    html! {
        div.scroll {
            table.list {
                thead { tr { th.number { "#" } th { "Column" } th { "Type" } th { "Comment" } } }
                tbody {
                    @for (at, (column, key)) in stored.chain(keys).enumerate() {
                        tr {
                            td.number.quiet { (at + 1) }
                            td.nowrap { strong { (column.name) } @if key { " " span.state.wait { "partition" } } }
                            td { code { (column.ty) } }
                            td.text { (column.comment.as_deref().unwrap_or_default()) }
                        }
                    }
                }
            }
        }
        @if let Some(text) = &table.view_original_text { h2 { "Definition" } (code(text)) }
    }
}

/// The first rows, as a query of the visitor's gives them.
async fn sample(web: &Web, visitor: &Visitor, table: &Table) -> Markup {
    let text = format!("select * from {} limit {SAMPLE_ROWS}", quoted(table));
    let operation = match web.runs.look(web, visitor, text, SAMPLE_TIME).await {
        Ok(operation) => operation,
        Err(failure) => return html! { div.problem role="alert" { pre { (failure.message) } } },
    };
    let mut fetched = Vec::new();
    let mut failed = None;
    while fetched.iter().map(arrow::array::RecordBatch::num_rows).sum::<usize>() < SAMPLE_ROWS {
        match tokio::time::timeout(SAMPLE_TIME, operation.results.fetch(false, SAMPLE_ROWS)).await {
            Ok(Ok(more)) if more.rows() > 0 => fetched.extend(more.batches),
            Ok(Ok(_)) => break,
            Ok(Err(error)) => {
                failed = Some(error.render(""));
                break;
            }
            Err(_) => {
                failed = Some("this takes too long".to_string());
                break;
            }
        }
    }
    let fetched = crate::server::operation::Fetched { offset: 0, batches: fetched };
    let rows = Rows::of(&fetched, &operation.status());
    // It may have been closed with its session.
    let _ = web.sessions.close_operation(operation.handle);
    html! {
        @if let Some(text) = failed { p.problem role="alert" { (text) } }
        @if rows.rows.is_empty() { (nothing("The table is empty.")) } @else { (rows.table(0)) }
    }
}

async fn partitions(web: &Web, table: &Table, after: Option<String>, address: &str) -> Markup {
    let (database, name, from) = (table.database.clone(), table.name.clone(), after.clone());
    let found = web.ask(move |store| {
        let all = store.count_partitions(&database, &name, &PartitionFilter::All)?;
        let page = StorePage { after: from.as_deref(), limit: Some(PAGE_PARTITIONS) };
        Ok((all, store.partitions_page(&database, &name, &PartitionFilter::All, &page)?))
    });
    let (all, partitions) = match found.await {
        Ok(found) => found,
        Err(error) => return html! { p.problem role="alert" { (error.message()) } },
    };
    let parameter =
        |partition: &Partition, key: &str| partition.parameters.get(key).and_then(|text| text.parse::<u64>().ok());
    let last = partitions.last().map(|partition| partition_name(&table.partition_keys, &partition.values));
    html! {
        p.lead { (format::counted(all as u64, "partition", "partitions")) "." }
        @if partitions.is_empty() {
            (nothing("There are no partitions."))
        } @else {
            div.scroll {
                table.list {
                    thead { tr { th { "Partition" } th.number { "Rows" } th.number { "Files" } th.number { "Size" } th { "Made" } th { "Location" } } }
                    tbody {
                        @for partition in &partitions {
                            tr {
                                td.nowrap { strong { (partition_name(&table.partition_keys, &partition.values)) } }
                                td.number { (parameter(partition, "numRows").map_or_else(|| "–".to_string(), format::count)) }
                                td.number { (parameter(partition, "numFiles").map_or_else(|| "–".to_string(), format::count)) }
                                td.number { (parameter(partition, "totalSize").map_or_else(|| "–".to_string(), format::bytes)) }
                                td.nowrap.quiet { (format::epoch(partition.create_time)) }
                                td { code.quiet { (partition.storage.location) } }
                            }
                        }
                    }
                }
            }
        }
        @if after.is_some() || partitions.len() == PAGE_PARTITIONS {
            nav.pages aria-label="Pages of the list" {
                @if after.is_some() { a href={ (address) "?tab=partitions" } { "First" } }
                @if let Some(last) = last.filter(|_| partitions.len() == PAGE_PARTITIONS) {
                    a href={ (address) "?tab=partitions&after=" (format::in_address(&last)) } { "Next" }
                }
            }
        }
    }
}

async fn statistics(web: &Web, table: &Table) -> Markup {
    let (database, name) = (table.database.clone(), table.name.clone());
    let found = match web.ask(move |store| store.column_statistics(&database, &name, None, &[])).await {
        Ok(found) => found,
        Err(error) => return html! { p.problem role="alert" { (error.message()) } },
    };
    html! {
        @if found.is_empty() {
            p.nothing {
                "Nothing is known of the columns of the whole table. "
                code { "ANALYZE TABLE " (quoted(table)) " COMPUTE STATISTICS FOR COLUMNS" } " finds it out."
            }
        } @else {
            div.scroll {
                table.list {
                    thead { tr { th { "Column" } th { "Type" } th.number { "Least" } th.number { "Greatest" } th.number { "Distinct" } th.number { "NULLs" } th.number { "Mean length" } th.number { "Longest" } th { "As of" } } }
                    tbody { @for column in &found { (column_statistics(column)) } }
                }
            }
        }
    }
}

fn column_statistics(column: &ColumnStatistics) -> Markup {
    use ColumnStatisticsData as Data;
    let shown = |value: &Option<i64>| value.map(|value| value.to_string());
    let day = |value: &Option<i64>| {
        let mut text = String::new();
        skep_udf::text::write_date(i32::try_from((*value)?).ok()?, &mut text);
        Some(text)
    };
    let (low, high, distinct, nulls, mean, longest) = match &column.data {
        Data::Boolean { trues, falses, nulls } => {
            (Some(format!("{falses} false")), Some(format!("{trues} true")), None, *nulls, None, None)
        }
        Data::Long { low, high, nulls, distinct } => (shown(low), shown(high), Some(*distinct), *nulls, None, None),
        Data::Double { low, high, nulls, distinct } => {
            (low.map(|low| low.to_string()), high.map(|high| high.to_string()), Some(*distinct), *nulls, None, None)
        }
        Data::Decimal { low, high, nulls, distinct } => {
            (low.clone(), high.clone(), Some(*distinct), *nulls, None, None)
        }
        Data::Date { low, high, nulls, distinct } => (day(low), day(high), Some(*distinct), *nulls, None, None),
        Data::String { max_length, average_length, nulls, distinct } => {
            (None, None, Some(*distinct), *nulls, Some(*average_length), Some(*max_length))
        }
        Data::Binary { max_length, average_length, nulls } => {
            (None, None, None, *nulls, Some(*average_length), Some(*max_length))
        }
    };
    let cell = |text: Option<String>| html! { td.number { (text.unwrap_or_else(|| "–".to_string())) } };
    let count = |value: i64| u64::try_from(value).map_or_else(|_| "–".to_string(), format::count);
    html! {
        tr {
            td.nowrap { strong { (column.column) } }
            td { code { (column.ty) } }
            (cell(low)) (cell(high)) (cell(distinct.map(count))) (cell(Some(count(nulls))))
            (cell(mean.map(|mean| format!("{mean:.1}")))) (cell(longest.map(count)))
            td.nowrap.quiet { (format::epoch(column.last_analyzed)) }
        }
    }
}

fn properties(table: &Table) -> Markup {
    let storage = &table.storage;
    let sorted: Vec<String> = storage
        .sort_columns
        .iter()
        .map(|order| format!("{}{}", order.column, if order.ascending { "" } else { " descending" }))
        .collect();
    let mut about = vec![
        ("Location", storage.location.clone()),
        ("Input format", storage.input_format.clone()),
        ("Output format", storage.output_format.clone()),
        ("SerDe", storage.serde.library.clone()),
    ];
    if storage.num_buckets > 0 {
        about.push(("Buckets", format!("{} by {}", storage.num_buckets, storage.bucket_columns.join(", "))));
    }
    if !sorted.is_empty() {
        about.push(("Sorted by", sorted.join(", ")));
    }
    let rows = |rows: &skep_metastore::model::Parameters| {
        let rows: Vec<(String, String)> = rows.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
        html! { @for (key, value) in rows { tr { td { code { (key) } } td.text { (shown_value(&key, &value)) } } } }
    };
    html! {
        h2 { "Storage" }
        div.scroll { table.list { tbody { @for (name, value) in about { tr { td.nowrap { (name) } td.text { code { (value) } } } } } } }
        @if !storage.serde.parameters.is_empty() {
            h2 { "SerDe properties" }
            div.scroll { table.list { tbody { (rows(&storage.serde.parameters)) } } }
        }
        h2 { "Table properties" }
        div.scroll { table.list { tbody { (rows(&table.parameters)) } } }
    }
}
