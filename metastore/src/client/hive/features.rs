//! What a server keeps, by what it knows.

use skep_thrift_hms::GetValidWriteIdsRequest;
use skep_thrift_hms::methods::*;

use super::HiveServer;
use crate::client::pool::TYPES_ARE_COMPARED;
use crate::error::{MetastoreError, Result};
use crate::store::Feature;

impl HiveServer {
    pub(super) fn keeps(&self, feature: Feature) -> Result<bool> {
        match feature {
            // Statistics do not say what was kept of them; both came with the same version.
            Feature::TransactionalTables | Feature::DistinctValueSketches => {
                // Of no tables: nothing.
                let args = GetValidWriteIdsArgs { rqst: Some(GetValidWriteIdsRequest::default()) };
                self.knows::<GetValidWriteIds>(args)
            }
            Feature::ColumnConstraints => Ok(!self.has_keys_only()?),
            Feature::Connectors => self.knows::<GetDataconnectors>(GetDataconnectorsArgs {}),
            Feature::IncompatibleColumnTypes => {
                let key = TYPES_ARE_COMPARED.to_string();
                let asked = self.ask::<GetMetaConf>(GetMetaConfArgs { key: Some(key.clone()) });
                let value = match asked {
                    Err(MetastoreError::InvalidOperation(_)) => {
                        let default_value = Some("true".to_string());
                        self.ask::<GetConfigValue>(GetConfigValueArgs { name: Some(key), default_value })?
                    }
                    other => other?,
                };
                Ok(value.eq_ignore_ascii_case("false"))
            }
            // No version of Hive's API has these.
            Feature::OwnCompactions
            | Feature::SessionLocks
            | Feature::ResourcePlans
            | Feature::ScheduledQueries
            | Feature::AnyTableName => Ok(false),
        }
    }

    /// Does the server know a method that changes nothing? Whether it can do what it is asked does not matter.
    fn knows<M>(&self, args: M::Args) -> Result<bool>
    where
        M: skep_thrift::Method<Exception = skep_thrift_hms::HmsException>,
    {
        match self.ask_if_known::<M>(args) {
            Ok(answer) => Ok(answer.is_some()),
            Err(error @ (MetastoreError::Store { .. } | MetastoreError::Busy { .. })) => Err(error),
            Err(_) => Ok(true),
        }
    }
}
