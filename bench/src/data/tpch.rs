//! The eight tables of TPC-H.

use std::path::Path;

use tpchgen::generators::{
    CustomerGenerator, LineItemGenerator, NationGenerator, OrderGenerator, PartGenerator, PartSuppGenerator,
    RegionGenerator, SupplierGenerator,
};

use super::{Job, write_rows};
use crate::Result;

/// One job for each part of each table.
pub fn jobs(scale: f64, folder: &Path, parts: u32) -> Result<Vec<Job>> {
    let mut jobs: Vec<Job> = Vec::new();
    macro_rules! table {
        ($name:literal, $generator:ident, $parts:expr) => {{
            let folder = folder.join($name);
            std::fs::create_dir_all(&folder)?;
            for part in 1..=$parts {
                let folder = folder.clone();
                jobs.push(Box::new(move || {
                    write_rows(&folder, part, $generator::new(scale, part as i32, $parts as i32).iter())
                }));
            }
        }};
    }
    // The largest first, so that the threads end at the same time.
    table!("lineitem", LineItemGenerator, parts);
    table!("orders", OrderGenerator, parts);
    table!("partsupp", PartSuppGenerator, parts);
    table!("customer", CustomerGenerator, parts);
    table!("part", PartGenerator, parts);
    table!("supplier", SupplierGenerator, 1);
    table!("nation", NationGenerator, 1);
    table!("region", RegionGenerator, 1);
    Ok(jobs)
}
