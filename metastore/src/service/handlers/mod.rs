//! The methods, a file a family.

pub(super) mod base;

use std::sync::Arc;

use skep_thrift::{Call, Router};
use skep_thrift_hms::{HmsException, MetaException};

use super::Service;

/// What a method gives.
type Answer<T> = Result<T, HmsException>;

/// Puts all methods on the router.
pub(super) fn register(router: Router, service: &Arc<Service>) -> Router {
    let families = [base::register];
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
#[expect(dead_code, reason = "the families come")]
fn need<T>(value: Option<T>, name: &str) -> Answer<T> {
    value.ok_or_else(|| MetaException::new(format!("{name} is not given")).into())
}
