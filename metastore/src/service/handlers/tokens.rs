//! Delegation tokens.
//!
//! Without Kerberos a server gives no delegation tokens, as Hive's. Tokens and keys that another server keeps here
//! (`DBTokenStore` of Hive) are kept.

use std::sync::Arc;

use skep_thrift::{Call, Router};
use skep_thrift_hms::methods as m;
use skep_thrift_hms::{MetaException, NoSuchObjectException};

use super::{Answer, need, with};
use crate::model::{Defined, DelegationToken, MasterKey};
use crate::service::Service;
use crate::store::definitions;

pub(super) fn register(router: Router, service: &Arc<Service>) -> Router {
    router
        .on::<m::GetDelegationToken>(|_, _| none_given())
        .on::<m::RenewDelegationToken>(|_, _| none_given())
        .on::<m::CancelDelegationToken>(|_, _| none_given())
        .on::<m::AddToken>(with(service, add))
        .on::<m::RemoveToken>(with(service, remove))
        .on::<m::GetToken>(with(service, get))
        .on::<m::GetAllTokenIdentifiers>(with(service, identifiers))
        .on::<m::AddMasterKey>(with(service, add_key))
        .on::<m::UpdateMasterKey>(with(service, update_key))
        .on::<m::RemoveMasterKey>(with(service, remove_key))
        .on::<m::GetMasterKeys>(with(service, keys))
}

fn none_given<T>() -> Answer<T> {
    Err(MetaException::new("Delegation tokens are given over connections with Kerberos only").into())
}

/// False where the token is there already.
fn add(service: &Service, _: &Call, args: m::AddTokenArgs) -> Answer<bool> {
    let identifier = need(args.token_identifier, "token_identifier")?;
    if definitions::find::<DelegationToken>(service.store(), &identifier)?.is_some() {
        return Ok(false);
    }
    let new = DelegationToken { identifier, token: args.delegation_token.unwrap_or_default() };
    service.store().change_definitions(&[definitions::created(&new)?])?;
    Ok(true)
}

/// False where there is no such token.
fn remove(service: &Service, _: &Call, args: m::RemoveTokenArgs) -> Answer<bool> {
    let identifier = need(args.token_identifier, "token_identifier")?;
    let Some(old) = definitions::find::<DelegationToken>(service.store(), &identifier)? else { return Ok(false) };
    service.store().change_definitions(&[definitions::removed(&old)])?;
    Ok(true)
}

/// An empty text where there is no such token.
fn get(service: &Service, _: &Call, args: m::GetTokenArgs) -> Answer<String> {
    let identifier = need(args.token_identifier, "token_identifier")?;
    let found = definitions::find::<DelegationToken>(service.store(), &identifier)?;
    Ok(found.map(|found| found.value.token).unwrap_or_default())
}

fn identifiers(service: &Service, _: &Call, _: m::GetAllTokenIdentifiersArgs) -> Answer<Vec<String>> {
    let all = definitions::all::<DelegationToken>(service.store())?;
    Ok(all.into_iter().map(|token| token.value.identifier).collect())
}

fn add_key(service: &Service, _: &Call, args: m::AddMasterKeyArgs) -> Answer<i32> {
    let last = definitions::all::<MasterKey>(service.store())?.last().map_or(0, |key| key.value.id);
    let id = last.checked_add(1).ok_or_else(|| MetaException::new("Failed to add master key."))?;
    let new = MasterKey { id, key: need(args.key, "key")? };
    service.store().change_definitions(&[definitions::created(&new)?])?;
    Ok(id)
}

fn update_key(service: &Service, _: &Call, args: m::UpdateMasterKeyArgs) -> Answer<()> {
    let new = MasterKey { id: need(args.seq_number, "seq_number")?, key: need(args.key, "key")? };
    let Some(old) = definitions::find::<MasterKey>(service.store(), &new.key())? else {
        return Err(NoSuchObjectException::new(format!("No key found with keyId: {}", new.id)).into());
    };
    Ok(service.store().change_definitions(&definitions::replaced(&old, &new)?)?)
}

/// False where there is no such key.
fn remove_key(service: &Service, _: &Call, args: m::RemoveMasterKeyArgs) -> Answer<bool> {
    let wanted = MasterKey { id: need(args.key_seq, "key_seq")?, key: String::new() };
    let Some(old) = definitions::find::<MasterKey>(service.store(), &wanted.key())? else { return Ok(false) };
    service.store().change_definitions(&[definitions::removed(&old)])?;
    Ok(true)
}

fn keys(service: &Service, _: &Call, _: m::GetMasterKeysArgs) -> Answer<Vec<String>> {
    Ok(definitions::all::<MasterKey>(service.store())?.into_iter().map(|key| key.value.key).collect())
}
