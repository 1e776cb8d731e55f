//! Errors of the catalog as exceptions of the API.

use std::sync::atomic::{AtomicU64, Ordering};

use skep_thrift_hms::{
    AlreadyExistsException, HmsException, InvalidObjectException, InvalidOperationException, MetaException,
    NoSuchLockException, NoSuchObjectException, NoSuchTxnException, TxnAbortedException, TxnOpenException,
};

use crate::error::MetastoreError;

/// Calls that could not be answered because the catalog was held by others for too long, and because it failed.
static BUSY: AtomicU64 = AtomicU64::new(0);
static FAILED: AtomicU64 = AtomicU64::new(0);

/// How many calls of this process the catalog could not answer, by why.
pub fn store_errors() -> [(&'static str, u64); 2] {
    [("busy", BUSY.load(Ordering::Relaxed)), ("failed", FAILED.load(Ordering::Relaxed))]
}

impl From<MetastoreError> for HmsException {
    fn from(error: MetastoreError) -> Self {
        let text = error.to_string();
        match &error {
            MetastoreError::Busy { .. } => drop(BUSY.fetch_add(1, Ordering::Relaxed)),
            MetastoreError::Store { .. } => {
                FAILED.fetch_add(1, Ordering::Relaxed);
                tracing::error!(error = text, "the catalog failed");
            }
            _ => {}
        }
        match error {
            MetastoreError::NoSuchObject(_) => NoSuchObjectException::new(text).into(),
            MetastoreError::AlreadyExists(_) => AlreadyExistsException::new(text).into(),
            MetastoreError::InvalidObject(_) => InvalidObjectException::new(text).into(),
            MetastoreError::InvalidOperation(_) => InvalidOperationException::new(text).into(),
            MetastoreError::NoSuchTransaction(_) => NoSuchTxnException::new(text).into(),
            MetastoreError::TransactionAborted(_) => TxnAbortedException::new(text).into(),
            MetastoreError::NoSuchLock(_) => NoSuchLockException::new(text).into(),
            MetastoreError::TransactionOpen(_) => TxnOpenException::new(text).into(),
            MetastoreError::InvalidType { .. }
            | MetastoreError::Meta(_)
            | MetastoreError::Busy { .. }
            | MetastoreError::Store { .. } => MetaException::new(text).into(),
        }
    }
}

/// `MetaException`
pub(super) fn meta(message: impl Into<String>) -> HmsException {
    MetaException::new(message.into()).into()
}

/// `NoSuchObjectException`
pub(super) fn no_such_object(message: impl Into<String>) -> HmsException {
    NoSuchObjectException::new(message.into()).into()
}

/// `AlreadyExistsException`
pub(super) fn already_exists(message: impl Into<String>) -> HmsException {
    AlreadyExistsException::new(message.into()).into()
}

/// `InvalidObjectException`
pub(super) fn invalid_object(message: impl Into<String>) -> HmsException {
    InvalidObjectException::new(message.into()).into()
}

/// `InvalidOperationException`
pub(super) fn invalid_operation(message: impl Into<String>) -> HmsException {
    InvalidOperationException::new(message.into()).into()
}

/// Is it the exception of a thing that is not there?
pub(super) fn is_missing(error: &HmsException) -> bool {
    matches!(error, HmsException::NoSuchObject(_))
}
