//! Data connectors as definitions: Hive 4 has methods for them.

use skep_thrift_hms as t;
use skep_thrift_hms::methods::*;

use super::HiveServer;
use super::authorization::read;
use crate::error::Result;
use crate::model::{DataConnector, DefinitionChange};
use crate::service::convert::authorization::{principal_type, seconds};
use crate::service::convert::principal_from_wire;

impl HiveServer {
    /// All of them; a server that does not know of connectors has none.
    pub(super) fn connectors(&self) -> Result<Vec<DataConnector>> {
        let names = self.ask_if_known::<GetDataconnectors>(GetDataconnectorsArgs {})?.unwrap_or_default();
        let mut found = Vec::with_capacity(names.len());
        for connector_name in names {
            let request = Some(t::GetDataConnectorRequest { connector_name });
            found.push(of(self.ask::<GetDataconnectorReq>(GetDataconnectorReqArgs { request })?));
        }
        Ok(found)
    }

    pub(super) fn change_connector(&self, change: &DefinitionChange) -> Result<()> {
        match (&change.before, &change.after) {
            (None, Some(new)) => {
                let connector = Some(to_wire(read(new)?));
                self.tell::<CreateDataconnector>(CreateDataconnectorArgs { connector })
            }
            (Some(_), Some(new)) => {
                let connector = to_wire(read(new)?);
                let args = AlterDataconnectorArgs { name: connector.name.clone(), connector: Some(connector) };
                self.tell::<AlterDataconnector>(args)
            }
            (Some(old), None) => self.tell::<DropDataconnector>(DropDataconnectorArgs {
                name: Some(read::<DataConnector>(old)?.name),
                if_not_exists: Some(false),
                check_references: Some(false),
            }),
            (None, None) => Ok(()),
        }
    }
}

fn of(connector: t::DataConnector) -> DataConnector {
    DataConnector {
        name: connector.name.unwrap_or_default().to_lowercase(),
        kind: connector.r#type.unwrap_or_default(),
        url: connector.url.unwrap_or_default(),
        comment: connector.description,
        owner: connector.owner_name,
        owner_type: principal_from_wire(connector.owner_type),
        parameters: connector.parameters.unwrap_or_default(),
        create_time: i64::from(connector.create_time.unwrap_or_default()),
    }
}

fn to_wire(connector: DataConnector) -> t::DataConnector {
    t::DataConnector {
        name: Some(connector.name),
        r#type: Some(connector.kind),
        url: Some(connector.url),
        description: connector.comment,
        parameters: Some(connector.parameters),
        owner_name: connector.owner,
        owner_type: Some(principal_type(connector.owner_type)),
        create_time: Some(seconds(connector.create_time)),
    }
}
