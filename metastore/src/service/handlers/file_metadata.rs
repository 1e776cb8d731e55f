//! A cache of file footers, which needs HBase below Hive's server: without it, a server keeps none.

use std::collections::BTreeMap;
use std::sync::Arc;

use skep_thrift::Router;
use skep_thrift_hms as t;
use skep_thrift_hms::methods as m;

use crate::service::Service;

pub(super) fn register(router: Router, _: &Arc<Service>) -> Router {
    router
        .on::<m::GetFileMetadataByExpr>(|_, _| {
            Ok(t::GetFileMetadataByExprResult { metadata: BTreeMap::new(), is_supported: false })
        })
        .on::<m::GetFileMetadata>(|_, _| {
            Ok(t::GetFileMetadataResult { metadata: BTreeMap::new(), is_supported: false })
        })
        .on::<m::PutFileMetadata>(|_, _| Ok(t::PutFileMetadataResult {}))
        .on::<m::ClearFileMetadata>(|_, _| Ok(t::ClearFileMetadataResult {}))
        .on::<m::CacheFileMetadata>(|_, _| Ok(t::CacheFileMetadataResult { is_supported: false }))
}
