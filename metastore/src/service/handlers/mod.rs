//! The methods, a file a family.

pub(super) mod base;
mod compactions;
mod checks;
mod configuration;
mod connectors;
mod databases;
mod file_metadata;
mod functions;
mod indexes;
mod locks;
mod notifications;
mod privileges;
mod procedures;
mod reports;
mod roles;
mod scheduled;
mod schemas;
mod statistics_of_files;
mod tables;
mod tokens;
mod transactions;
mod types;
mod workload;

use std::sync::Arc;

use skep_thrift::{Call, Router};
use skep_thrift_hms::{HmsException, MetaException};

use super::Service;

/// What a method gives.
type Answer<T> = Result<T, HmsException>;

/// Puts all methods on the router.
pub(super) fn register(router: Router, service: &Arc<Service>) -> Router {
    let families = [
        base::register,
        compactions::register,
        configuration::register,
        connectors::register,
        databases::register,
        file_metadata::register,
        functions::register,
        indexes::register,
        locks::register,
        notifications::register,
        privileges::register,
        procedures::register,
        reports::register,
        roles::register,
        scheduled::register,
        schemas::register,
        tables::register,
        tokens::register,
        transactions::register,
        types::register,
        workload::register,
    ];
    families.into_iter().fold(router, |router, family| family(router, service))
}

/// A handler that knows its service.
fn with<A, T, H>(service: &Arc<Service>, handler: H) -> impl Fn(&Call, A) -> Answer<T> + use<A, T, H>
where
    H: Fn(&Service, &Call, A) -> Answer<T>,
{
    let service = Arc::clone(service);
    move |call, args| handler(&service, call, args)
}

/// An argument or a field that a method cannot do without.
fn need<T>(value: Option<T>, name: &str) -> Answer<T> {
    value.ok_or_else(|| MetaException::new(format!("{name} is not given")).into())
}

/// An exception of the API within a `MetaException`, as Hive tells of those that a method does not declare
/// (`MetaStoreUtils.logAndThrowMetaException`).
fn got(class: &str, text: impl std::fmt::Display) -> HmsException {
    MetaException::new(format!("Got exception: org.apache.hadoop.hive.metastore.api.{class} {text}")).into()
}

/// The values of a partition of a name such as `ds=1/hr=2`.
fn partition_values(name: &str) -> Answer<Vec<String>> {
    let spec = crate::model::partition_spec(name);
    let values = spec.map(|pairs| pairs.into_iter().map(|(_, value)| value).collect());
    values.ok_or_else(|| MetaException::new(format!("Invalid partition name {name}")).into())
}
