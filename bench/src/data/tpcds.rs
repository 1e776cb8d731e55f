//! The 24 tables of TPC-DS.

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::Path;

use tpcdsgen::config::{SessionBuilder, Table};
use tpcdsgen::row::{
    CallCenterRowGenerator, CatalogPageRowGenerator, CatalogReturnsRowGenerator, CatalogSalesRowGenerator,
    CustomerAddressRowGenerator, CustomerDemographicsRowGenerator, CustomerRowGenerator, DateDimRowGenerator,
    HouseholdDemographicsRowGenerator, IncomeBandRowGenerator, InventoryRowGenerator, ItemRowGenerator,
    PromotionRowGenerator, ReasonRowGenerator, ShipModeRowGenerator, StoreReturnsRowGenerator, StoreRowGenerator,
    StoreSalesRowGenerator, TimeDimRowGenerator, WarehouseRowGenerator, WebPageRowGenerator, WebReturnsRowGenerator,
    WebSalesRowGenerator, WebSiteRowGenerator,
};

use super::{Job, write_rows};
use crate::Result;

/// The columns that refer to `customer_demographics`: table and number of the field, from 0.
const DEMOGRAPHICS_REFERENCES: [(&str, usize); 9] = [
    ("customer", 2),
    ("store_sales", 4),
    ("store_returns", 4),
    ("catalog_sales", 4),
    ("catalog_sales", 8),
    ("catalog_returns", 4),
    ("catalog_returns", 8),
    ("web_sales", 5),
    ("web_sales", 9),
];

/// The same of `web_returns`.
const WEB_RETURNS_REFERENCES: [(&str, usize); 2] = [("web_returns", 4), ("web_returns", 8)];

/// One job for each part of each table.
pub fn jobs(scale: f64, folder: &Path, parts: u32) -> Result<Vec<Job>> {
    let mut jobs: Vec<Job> = Vec::new();
    macro_rules! table {
        ($name:literal, $generator:ident, $source:ident, $parts:expr) => {{
            let folder = folder.join($name);
            std::fs::create_dir_all(&folder)?;
            for part in 1..=$parts {
                let folder = folder.clone();
                let session = SessionBuilder::new()
                    .with_scale_factor(scale)
                    .with_chunk_number(part as i32)
                    .with_total_chunks($parts as i32)
                    .build()?;
                jobs.push(Box::new(move || {
                    let range = session.get_source_row_range(Table::$source);
                    if range.is_empty() {
                        return Ok(());
                    }
                    let rows = session.get_scaling().get_row_count(Table::$source);
                    let mut generator = $generator::new(session, rows);
                    generator.set_source_row_range(*range.start(), *range.end());
                    write_rows(&folder, part, generator)
                }));
            }
        }};
    }
    // The largest first. Returns are made of the sales that they undo.
    table!("store_sales", StoreSalesRowGenerator, StoreSales, parts);
    table!("catalog_sales", CatalogSalesRowGenerator, CatalogSales, parts);
    table!("inventory", InventoryRowGenerator, Inventory, parts);
    table!("web_sales", WebSalesRowGenerator, WebSales, parts);
    table!("store_returns", StoreReturnsRowGenerator, StoreSales, parts);
    table!("catalog_returns", CatalogReturnsRowGenerator, CatalogSales, parts);
    table!("web_returns", WebReturnsRowGenerator, WebSales, parts);
    table!("customer_demographics", CustomerDemographicsRowGenerator, CustomerDemographics, 1);
    table!("customer", CustomerRowGenerator, Customer, 1);
    table!("customer_address", CustomerAddressRowGenerator, CustomerAddress, 1);
    table!("item", ItemRowGenerator, Item, 1);
    table!("date_dim", DateDimRowGenerator, DateDim, 1);
    table!("time_dim", TimeDimRowGenerator, TimeDim, 1);
    table!("catalog_page", CatalogPageRowGenerator, CatalogPage, 1);
    table!("household_demographics", HouseholdDemographicsRowGenerator, HouseholdDemographics, 1);
    table!("promotion", PromotionRowGenerator, Promotion, 1);
    table!("store", StoreRowGenerator, Store, 1);
    table!("call_center", CallCenterRowGenerator, CallCenter, 1);
    table!("web_site", WebSiteRowGenerator, WebSite, 1);
    table!("web_page", WebPageRowGenerator, WebPage, 1);
    table!("warehouse", WarehouseRowGenerator, Warehouse, 1);
    table!("reason", ReasonRowGenerator, Reason, 1);
    table!("ship_mode", ShipModeRowGenerator, ShipMode, 1);
    table!("income_band", IncomeBandRowGenerator, IncomeBand, 1);
    Ok(jobs)
}

/// Takes the rows of `customer_demographics` away that no other row refers to.
pub fn keep_referenced_demographics(folder: &Path) -> Result<()> {
    let mut referenced = HashSet::new();
    for (table, field) in DEMOGRAPHICS_REFERENCES.into_iter().chain(WEB_RETURNS_REFERENCES) {
        for line in BufReader::new(File::open(folder.join(table).join("part-1.tbl"))?).lines() {
            let line = line?;
            if let Some(key) = line.split('|').nth(field).filter(|key| !key.is_empty()) {
                referenced.insert(key.to_string());
            }
        }
    }
    let whole = folder.join("customer_demographics").join("part-1.tbl");
    let kept = folder.join("customer_demographics").join(".kept");
    let mut to = BufWriter::new(File::create(&kept)?);
    for line in BufReader::new(File::open(&whole)?).lines() {
        let line = line?;
        if line.split('|').next().is_some_and(|key| referenced.contains(key)) {
            writeln!(to, "{line}")?;
        }
    }
    to.flush()?;
    Ok(std::fs::rename(kept, whole)?)
}
