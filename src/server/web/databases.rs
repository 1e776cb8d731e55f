//! The databases, and the tables of one.

use axum::Extension;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};
use serde::Deserialize;
use skep_metastore::model::{Database, Table, TableKind};

use super::guard::Visitor;
use super::layout::{Page, nothing};
use super::sight::refusal;
use super::{Shared, format};
use crate::error::{ErrorKind, Result};

/// Tables of a page.
const PAGE_TABLES: usize = 100;

/// `GET /tables`
pub async fn all(State(web): State<Shared>, Extension(visitor): Extension<Visitor>) -> Response {
    let page = Page::new(&visitor, "Tables").at("/tables");
    let found = web.look(&visitor, |sight| {
        let names = sight.databases()?;
        let tables = |name: &str| match sight.tables(name) {
            // Whoever may know of a database may yet be forbidden to list its tables.
            Err(error) if error.kind() == ErrorKind::AccessControl => Ok(0),
            tables => tables.map(|tables| tables.len()),
        };
        let databases = names.iter().map(|name| Ok((sight.store().database(name)?, tables(name)?)));
        databases.collect::<Result<Vec<(Database, usize)>>>()
    });
    match found.await {
        Err(error) => page.problem(refusal(&error, StatusCode::INTERNAL_SERVER_ERROR), error.message()),
        Ok(databases) => page.with(html! {
            h1 { "Tables" }
            p.lead { (format::counted(databases.len() as u64, "database", "databases")) " in the catalog." }
            div.scroll {
                table.list {
                    thead { tr { th { "Database" } th.number { "Tables" } th { "Comment" } th { "Owner" } th { "Location" } } }
                    tbody {
                        @for (database, tables) in &databases {
                            tr {
                                td { a href={ "/tables/" (format::in_address(&database.name)) } { strong { (database.name) } } }
                                td.number { (format::count(*tables as u64)) }
                                td.text { (database.comment.as_deref().unwrap_or_default()) }
                                td { (database.owner.as_deref().unwrap_or_default()) }
                                td { code.quiet { (database.location) } }
                            }
                        }
                    }
                }
            }
        }),
    }
}

/// Which tables are listed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Filter {
    find: String,
    page: usize,
}

/// `GET /tables/{database}`
pub async fn one(
    State(web): State<Shared>,
    Extension(visitor): Extension<Visitor>,
    Path(name): Path<String>,
    Query(filter): Query<Filter>,
) -> Response {
    let page = Page::new(&visitor, name.clone()).at("/tables").below("/tables", "Tables");
    let (database, wanted, number) = (name.clone(), filter.find.to_lowercase(), filter.page);
    let found = web.look(&visitor, move |sight| {
        let about = sight.database(&database)?;
        let mut names = sight.tables(&database)?;
        names.retain(|name| name.contains(&wanted));
        let all = names.len();
        let first = number.saturating_mul(PAGE_TABLES);
        let names = names.into_iter().skip(first).take(PAGE_TABLES);
        // One may be dropped meanwhile.
        let tables: Vec<Table> = names.filter_map(|name| sight.store().table(&database, &name).ok()).collect();
        Ok((about, all, first, tables))
    });
    let (about, all, first, tables) = match found.await {
        Ok(found) => found,
        Err(error) => return page.problem(refusal(&error, StatusCode::NOT_FOUND), error.message()),
    };
    let address = format!("/tables/{}", format::in_address(&name));
    let to = |number: usize| format!("{address}?find={}&page={number}", format::in_address(&filter.find));
    page.with(html! {
        div.title { h1 { (name) } a href={ "/sql?database=" (format::in_address(&name)) } { "Query this database" } }
        @if let Some(comment) = &about.comment { p.lead { (comment) } }
        p.quiet { code { (about.location) } }
        form.find method="get" action=(address) {
            input.filter type="search" name="find" value=(filter.find) placeholder="Find a table" aria-label="Find a table";
        }
        @if tables.is_empty() { (nothing("There are no tables.")) } @else { (list(&address, &tables)) }
        @if all > PAGE_TABLES {
            nav.pages aria-label="Pages of the list" {
                @if filter.page > 0 { a href=(to(filter.page - 1)) { "Previous" } }
                span.quiet { "Tables " (first + 1) " to " (first + tables.len()) " of " (format::count(all as u64)) }
                @if first + PAGE_TABLES < all { a href=(to(filter.page + 1)) { "Next" } }
            }
        }
    })
}

fn list(address: &str, tables: &[Table]) -> Markup {
    html! {
        div.scroll {
            table.list {
                thead { tr { th { "Table" } th { "Kind" } th.number { "Columns" } th.number { "Rows" } th.number { "Size" } th { "Owner" } th { "Made" } } }
                tbody {
                    @for table in tables {
                        tr {
                            td { a href={ (address) "/" (format::in_address(&table.name)) } { strong { (table.name) } } }
                            td.nowrap { (kind(table)) }
                            td.number { (table.all_columns().count()) }
                            td.number { (number(table, "numRows").map(format::count).unwrap_or_else(|| "–".to_string())) }
                            td.number { (number(table, "totalSize").map(format::bytes).unwrap_or_else(|| "–".to_string())) }
                            td { (table.owner) }
                            td.nowrap.quiet { (format::epoch(table.create_time)) }
                        }
                    }
                }
            }
        }
    }
}

/// What a table is, in a few words.
pub fn kind(table: &Table) -> String {
    let kind = match table.kind {
        TableKind::Managed => "managed",
        TableKind::External => "external",
        TableKind::View => "view",
        TableKind::MaterializedView => "materialized view",
    };
    match (&table.acid_kind(), table.is_partitioned()) {
        (Some(_), true) => format!("{kind}, transactional, partitioned"),
        (Some(_), false) => format!("{kind}, transactional"),
        (None, true) => format!("{kind}, partitioned"),
        (None, false) => kind.to_string(),
    }
}

/// A number among the properties of a table; those below zero say that it is not known.
pub fn number(table: &Table, key: &str) -> Option<u64> {
    table.parameters.get(key)?.parse().ok()
}
