//! What every service of Facebook's base answers (`fb303.FacebookService`; Hive's `HiveMetaStore.HMSHandler`).

use std::collections::BTreeMap;
use std::sync::Arc;

use skep_thrift::{Call, Router};
use skep_thrift_hms::FbStatus;
use skep_thrift_hms::methods as m;

use parking_lot::Mutex;
use skep_thrift_hms::MetaException;

use super::{Answer, with};
use crate::service::Service;

/// What `getName` says, as Hive's server does.
const NAME: &str = "new db based metaserver";

/// What `getVersion` says, as Hive's server does: the version of the API.
const VERSION: &str = "4.0.0";

pub(super) fn register(router: Router, service: &Arc<Service>) -> Router {
    router
        .on::<m::GetName>(|_, _| Ok(NAME.to_string()))
        .on::<m::GetVersion>(|_, _| Ok(VERSION.to_string()))
        .on::<m::GetStatus>(|_, _| Ok(FbStatus::ALIVE))
        .on::<m::GetStatusDetails>(|_, _| Ok(String::new()))
        .on::<m::GetCounters>(|_, _| Ok(BTreeMap::new()))
        .on::<m::GetCounter>(|_, _| Ok(0))
        .on::<m::SetOption>(with(service, set_option))
        .on::<m::GetOption>(with(service, option))
        .on::<m::GetOptions>(with(service, |service, _, _| Ok(service.options.lock().clone())))
        .on::<m::GetCpuProfile>(|_, _| Ok(String::new()))
        .on::<m::AliveSince>(with(service, |service, _, _| Ok(service.started())))
        // Neither stops or changes a server that others use.
        .on::<m::Reinitialize>(|_, _| Ok(()))
        .on::<m::Shutdown>(|_, _| Ok(()))
        .on::<m::FlushCache>(|_, _| Ok(()))
}

/// How many options clients may leave.
const MAX_OPTIONS: usize = 1000;

/// What clients set by `setOption`. It means nothing to the server.
pub(in crate::service) type Options = Mutex<BTreeMap<String, String>>;

fn set_option(service: &Service, _: &Call, args: m::SetOptionArgs) -> Answer<()> {
    let mut options = service.options.lock();
    let key = args.key.unwrap_or_default();
    if options.len() >= MAX_OPTIONS && !options.contains_key(&key) {
        return Err(MetaException::new(format!("there are {MAX_OPTIONS} options already")).into());
    }
    options.insert(key, args.value.unwrap_or_default());
    Ok(())
}

fn option(service: &Service, _: &Call, args: m::GetOptionArgs) -> Answer<String> {
    Ok(service.options.lock().get(&args.key.unwrap_or_default()).cloned().unwrap_or_default())
}
