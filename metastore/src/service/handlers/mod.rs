//! The methods, a file a family.

mod alter_table;
pub(super) mod base;
mod catalogs;
mod checks;
mod compactions;
mod configuration;
mod connectors;
mod constraints;
mod databases;
mod file_metadata;
mod functions;
mod indexes;
mod locks;
mod notifications;
mod partition_changes;
mod partition_drops;
mod partition_filters;
mod partition_specs;
mod partitions;
mod privileges;
mod procedures;
mod projection;
mod properties;
mod reports;
mod roles;
mod scheduled;
mod schemas;
mod skep;
mod snapshot;
mod statistics;
mod statistics_of_files;
mod tables;
mod tokens;
mod transactions;
mod types;
mod workload;

use std::sync::Arc;

use skep_thrift::{Call, Method, Router};
use skep_thrift_hms::{HmsException, MetaException};

use super::Service;

/// What a method gives.
type Answer<T> = Result<T, HmsException>;

/// Puts all methods on the router.
pub(super) fn register(router: Router, service: &Arc<Service>) -> Router {
    let families = [
        alter_table::register,
        base::register,
        catalogs::register,
        compactions::register,
        configuration::register,
        connectors::register,
        constraints::register,
        databases::register,
        file_metadata::register,
        functions::register,
        indexes::register,
        locks::register,
        notifications::register,
        partition_changes::register,
        partition_drops::register,
        partition_filters::register,
        partition_specs::register,
        partitions::register,
        privileges::register,
        procedures::register,
        properties::register,
        reports::register,
        roles::register,
        scheduled::register,
        schemas::register,
        skep::register,
        statistics::register,
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

/// A router that takes handlers which know their service.
struct Family<'s> {
    router: Router,
    service: &'s Arc<Service>,
}

impl Family<'_> {
    /// Answers method `M` with `handler`.
    fn on<M: Method<Exception = HmsException>>(self, handler: Handler<M>) -> Self {
        let service = Arc::clone(self.service);
        Self { router: self.router.on::<M>(move |call, args| handler(&service, call, args)), service: self.service }
    }
}

/// A handler of method `M`.
type Handler<M> = fn(&Service, &Call, <M as Method>::Args) -> Answer<<M as Method>::Success>;

/// An argument or a field that a method cannot do without.
fn need<T>(value: Option<T>, name: &str) -> Answer<T> {
    value.ok_or_else(|| MetaException::new(format!("{name} is not given")).into())
}

/// The values of a partition of a name such as `ds=1/hr=2`.
fn partition_values(name: &str) -> Answer<Vec<String>> {
    let spec = crate::model::partition_spec(name);
    let values = spec.map(|pairs| pairs.into_iter().map(|(_, value)| value).collect());
    values.ok_or_else(|| MetaException::new(format!("Invalid partition name {name}")).into())
}
