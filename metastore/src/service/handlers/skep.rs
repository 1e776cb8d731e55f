//! What other Skeps ask: every call of the store as it is.

use std::sync::Arc;

use skep_thrift::Router;
use skep_thrift_hms::skep::SkepException;
use skep_thrift_hms::skep::methods::{SkepProtocol, SkepRead, SkepWrite};

use super::Service;
use crate::client::calls::{PROTOCOL, answer_read, answer_write};

/// Puts the methods on the router.
pub fn register(router: Router, service: &Arc<Service>) -> Router {
    let missing = || SkepException::new("the call has no request");
    let (readers, writers) = (Arc::clone(service), Arc::clone(service));
    router
        .on::<SkepProtocol>(|_, _| Ok(PROTOCOL))
        .on::<SkepRead>(move |_, args| Ok(answer_read(readers.store(), &args.request.ok_or_else(missing)?)))
        .on::<SkepWrite>(move |_, args| Ok(answer_write(writers.store(), &args.request.ok_or_else(missing)?)))
}
