//! `ALTER TABLE … SET LOCATION|SERDE|SERDEPROPERTIES|FILEFORMAT`, `CLUSTERED BY`, `SKEWED BY` and the like

use skep_metastore::model::{SkewedInfo, Table};
use skep_warehouse::store::url;

use super::super::{create_table, properties, storage as row_storage};
use super::alter;
use crate::error::{ErrorKind, HiveError, Result, SkepError};
use crate::parser::ast::{AlterTableAction, PartitionSpec};
use crate::session::Session;

/// Runs the action.
pub fn run(session: &Session, table: Table, spec: Option<&PartitionSpec>, action: &AlterTableAction) -> Result<()> {
    match action {
        AlterTableAction::SetLocation(location) => {
            if url::scheme(location).is_none() && !location.starts_with('/') {
                let error = HiveError::LOCATION_NOT_ABSOLUTE;
                let text = format!("{location} {}", error.text);
                return Err(SkepError::invalid(text).with_code(error.code, error.sqlstate));
            }
            let location = session.named_url(location)?;
            alter(session, table, spec, false, |storage, parameters| {
                storage.location = location.clone();
                // Nobody knows what is there.
                for key in ["COLUMN_STATS_ACCURATE", "numFiles", "numRows", "rawDataSize", "totalSize"] {
                    parameters.remove(key);
                }
                Ok(())
            })
        }
        AlterTableAction::SetSerDe { class, properties: list } => {
            let given = properties(list);
            session.check_properties(&given)?;
            if evolves_as_orc(session, &table) && !class.ends_with(".OrcSerde") {
                let text = format!(
                    "Changing SerDe (from OrcSerde) is not supported for table {}. File format may be incompatible",
                    table.qualified_name()
                );
                return Err(SkepError::new(ErrorKind::Command, text).with_code(10309, "42000"));
            }
            alter(session, table, spec, false, |storage, _| {
                storage.serde.library = class.clone();
                storage.serde.parameters.extend(given.clone());
                Ok(())
            })
        }
        AlterTableAction::SetSerDeProperties(list) => {
            let given = properties(list);
            session.check_properties(&given)?;
            alter(session, table, spec, false, |storage, _| {
                storage.serde.parameters.extend(given.clone());
                Ok(())
            })
        }
        AlterTableAction::UnsetSerDeProperties(keys) => alter(session, table, spec, false, |storage, _| {
            storage.serde.parameters.retain(|key, _| !keys.contains(key));
            Ok(())
        }),
        AlterTableAction::SetFileFormat(format) => {
            let mut after = table.storage.clone();
            row_storage::change_file_format(session, &mut after, format)?;
            if spec.is_none() && evolves_as_orc(session, &table) && !after.serde.library.ends_with(".OrcSerde") {
                let text =
                    format!("Changing file format (from ORC) is not supported for table {}", table.qualified_name());
                return Err(SkepError::new(ErrorKind::Command, text).with_code(10308, "42000"));
            }
            alter(session, table, spec, false, |storage, _| row_storage::change_file_format(session, storage, format))
        }
        AlterTableAction::ClusteredBy(clustered) => {
            alter(session, table, spec, false, |storage, _| create_table::set_buckets(storage, clustered))
        }
        AlterTableAction::NotClustered => alter(session, table, spec, false, |storage, _| {
            storage.num_buckets = -1;
            storage.bucket_columns.clear();
            storage.sort_columns.clear();
            Ok(())
        }),
        AlterTableAction::NotSorted => alter(session, table, spec, false, |storage, _| {
            storage.sort_columns.clear();
            Ok(())
        }),
        AlterTableAction::IntoBuckets(buckets) => alter(session, table, spec, false, |storage, _| {
            if *buckets == 0 {
                return Err(SkepError::semantic(HiveError::BUCKET_NUMBER, ""));
            }
            if storage.bucket_columns.is_empty() {
                return Err(SkepError::semantic(HiveError::TABLE_NOT_BUCKETED, ""));
            }
            storage.num_buckets = *buckets as i32;
            Ok(())
        }),
        AlterTableAction::SkewedBy(skewed) => {
            alter(session, table, spec, false, |storage, _| create_table::set_skewed(storage, skewed))
        }
        AlterTableAction::NotSkewed => alter(session, table, spec, false, |storage, _| {
            storage.skewed = SkewedInfo::default();
            storage.stored_as_sub_directories = false;
            Ok(())
        }),
        AlterTableAction::NotStoredAsDirectories => alter(session, table, spec, false, |storage, _| {
            storage.stored_as_sub_directories = false;
            Ok(())
        }),
        AlterTableAction::SetSkewedLocation(locations) => alter(session, table, spec, false, |storage, _| {
            if storage.skewed.columns.is_empty() {
                return Err(SkepError::invalid("This operation is only valid on skewed table."));
            }
            for (values, location) in locations {
                let values = values.iter().map(|value| value.value.text().unwrap_or_default()).collect();
                storage.skewed.locations.push((values, session.named_url(location)?));
            }
            Ok(())
        }),
        other => Err(SkepError::unsupported(format!("ALTER TABLE … {other:?}"))),
    }
}

/// Files of ORC are read by nothing else, so Hive refuses to change a table's format from it.
fn evolves_as_orc(session: &Session, table: &Table) -> bool {
    table.storage.serde.library.ends_with(".OrcSerde") && super::evolves(session, table)
}
