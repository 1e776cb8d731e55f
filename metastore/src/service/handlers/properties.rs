//! Properties that clients keep in name spaces, the catalog's own number among them.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::Arc;

use skep_thrift::{Call, Router};
use skep_thrift_hms as wire;
use skep_thrift_hms::methods as m;

use super::{Answer, Family, need};
use crate::error::MetastoreError;
use crate::model::{Defined, Property};
use crate::service::Service;
use crate::service::exception::meta;
use crate::store::definitions;

pub(super) fn register(router: Router, service: &Arc<Service>) -> Router {
    Family { router, service }
        .on::<m::GetProperties>(get)
        .on::<m::SetProperties>(set)
        .on::<m::GetMetastoreDbUuid>(|service, _, _| number(service))
        .router
}

/// The name space of what the catalog keeps for itself.
const OWN: &str = "skep.metastore";

fn get(service: &Service, _: &Call, args: m::GetPropertiesArgs) -> Answer<wire::PropertyGetResponse> {
    let request = need(args.req, "req")?;
    if let Some(predicate) = request.map_predicate.filter(|predicate| !predicate.is_empty()) {
        return Err(meta(format!("This server does not select properties by a predicate: {predicate}")));
    }
    let prefix = request.map_prefix.unwrap_or_default();
    let wanted = request.map_selection.unwrap_or_default();
    let mut maps: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for stored in definitions::under::<Property>(service.store(), &Property::key_of_space(&request.name_space))? {
        let Property { map, name, value, .. } = stored.value;
        if map.starts_with(&prefix) && (wanted.is_empty() || wanted.contains(&name)) {
            maps.entry(map).or_default().insert(name, value);
        }
    }
    Ok(wire::PropertyGetResponse { properties: Some(maps) })
}

/// Sets properties, all or none; an empty value removes one.
fn set(service: &Service, _: &Call, args: m::SetPropertiesArgs) -> Answer<bool> {
    let request = need(args.req, "req")?;
    let mut changes = vec![];
    for (key, value) in request.property_map.unwrap_or_default() {
        let (map, name) = key.rsplit_once('.').unwrap_or(("", &key));
        let space = request.name_space.clone();
        let new = Property { space, map: map.to_string(), name: name.to_string(), value };
        match (definitions::find::<Property>(service.store(), &new.key())?, new.value.is_empty()) {
            (Some(old), true) => changes.push(definitions::removed(&old)),
            (Some(old), false) => changes.extend(definitions::replaced(&old, &new)?),
            (None, true) => {}
            (None, false) => changes.push(definitions::created(&new)?),
        }
    }
    service.store().change_definitions(&changes)?;
    Ok(true)
}

/// The number that tells this catalog from all others; made when it is first asked for.
fn number(service: &Service) -> Answer<String> {
    let of = |value| Property { space: OWN.to_string(), map: String::new(), name: "uuid".to_string(), value };
    let key = of(String::new()).key();
    if let Some(known) = definitions::find::<Property>(service.store(), &key)? {
        return Ok(known.value.value);
    }
    let made = definitions::created(&of(random_uuid()))?;
    match service.store().change_definitions(&[made]) {
        // Another was quicker.
        Ok(()) | Err(MetastoreError::AlreadyExists(_)) => {}
        Err(error) => return Err(error.into()),
    }
    let known = definitions::find::<Property>(service.store(), &key)?;
    known.map(|known| known.value.value).ok_or_else(|| meta("The number of the catalog is gone"))
}

/// A random UUID of version 4: the standard library seeds its hashers from the system's source of random numbers.
fn random_uuid() -> String {
    let random = || u128::from(RandomState::new().build_hasher().finish());
    let bits = (random() << 64 | random()) & !(0xF << 76) & !(0x3 << 62) | (4 << 76) | (2 << 62);
    let text = format!("{bits:032x}");
    let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
    format!("{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32))
}

#[cfg(test)]
mod tests {
    #[test]
    fn numbers_differ() {
        let (one, other) = (super::random_uuid(), super::random_uuid());
        assert_ne!(one, other);
        assert_eq!((one.len(), one.as_bytes()[14]), (36, b'4'));
        assert!(b"89ab".contains(&one.as_bytes()[19]), "{one}");
    }
}
