//! Users and configuration: who calls, what keys are set.

use std::collections::BTreeMap;
use std::sync::Arc;

use skep_thrift::{Call, Router};
use skep_thrift_hms::ConfigValSecurityException;
use skep_thrift_hms::methods as m;

use super::{Answer, Family, need};
use crate::service::Service;
use crate::service::exception::meta;

/// The keys that a connection may set for itself (`HiveConf.metaConfVars`), and what they are at first.
const CONNECTION_KEYS: &[(&str, &str)] = &[
    ("hive.metastore.client.capability.check", "true"),
    ("hive.metastore.client.socket.lifetime", "0s"),
    ("hive.metastore.client.socket.timeout", "600s"),
    ("hive.metastore.direct.sql.max.query.length", "100"),
    ("hive.metastore.disallow.incompatible.col.type.changes", "true"),
    ("hive.metastore.partition.name.whitelist.pattern", ""),
    ("hive.metastore.try.direct.sql", "true"),
    ("hive.metastore.try.direct.sql.ddl", "true"),
];

/// What `set_ugi` and `setMetaConf` have left at a connection.
#[derive(Debug, Default)]
struct Caller {
    user: Option<String>,
    groups: Vec<String>,
    keys: BTreeMap<String, String>,
}

pub(super) fn register(router: Router, service: &Arc<Service>) -> Router {
    Family { router, service }
        .on::<m::SetUgi>(|_, call, args| {
            let groups = args.group_names.unwrap_or_default();
            call.peer().with(|caller: &mut Caller| {
                caller.user = args.user_name;
                caller.groups.clone_from(&groups);
            });
            Ok(groups)
        })
        .on::<m::GetMetaConf>(|service, call, args| {
            let key = need(args.key, "key")?;
            match key_of_connection(service, call, &key) {
                Some(value) => Ok(value),
                None => Err(meta(format!("Invalid configuration key {key}"))),
            }
        })
        .on::<m::SetMetaConf>(|_, call, args| {
            let key = need(args.key, "key")?;
            let Some((_, before)) = CONNECTION_KEYS.iter().find(|(known, _)| *known == key) else {
                return Err(meta(format!("Invalid configuration key {key}")));
            };
            let value = args.value.unwrap_or_default();
            if ["true", "false"].contains(before) && !["true", "false"].contains(&value.to_lowercase().as_str()) {
                return Err(meta(format!(
                    "Invalid configuration value {value} for key {key}: expects BOOLEAN type value."
                )));
            }
            call.peer().with(|caller: &mut Caller| caller.keys.insert(key, value));
            Ok(())
        })
        .on::<m::GetConfigValue>(config_value)
        .router
}

/// A key that a connection may set for itself.
pub(super) fn key_of_connection(service: &Service, call: &Call, key: &str) -> Option<String> {
    let (_, otherwise) = CONNECTION_KEYS.iter().find(|(known, _)| *known == key)?;
    let set = call.peer().with(|caller: &mut Caller| caller.keys.get(key).cloned());
    Some(set.unwrap_or_else(|| service.setting(key).unwrap_or(otherwise).to_string()))
}

/// `HMSHandler.get_config_value`: keys of Hive, Hadoop and HDFS, and never a password.
fn config_value(service: &Service, _: &Call, args: m::GetConfigValueArgs) -> Answer<String> {
    let otherwise = args.default_value.unwrap_or_default();
    let Some(name) = args.name else { return Ok(otherwise) };
    let allowed = ["hive.", "hdfs.", "mapred.", "metastore."].iter().any(|start| name.starts_with(start));
    if !allowed || name.to_lowercase().contains("password") || name.to_lowercase().contains("secret") {
        return Err(ConfigValSecurityException::new(format!(
            "For security reasons, the config key {name} cannot be accessed"
        ))
        .into());
    }
    if let Some(value) = service.setting(&name) {
        return Ok(value.to_string());
    }
    // What is not set is what it is without being set, if the server knows the key (`MetastoreConf.get`).
    let known = match name.strip_prefix("metastore.") {
        Some(rest) => CONNECTION_KEYS.iter().find(|(key, _)| key.strip_prefix("hive.metastore.") == Some(rest)),
        None => CONNECTION_KEYS.iter().find(|(key, _)| *key == name),
    };
    Ok(known.map_or(otherwise, |(_, value)| (*value).to_string()))
}
