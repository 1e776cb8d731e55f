//! Errors of the catalog as exceptions of the API.

use skep_thrift_hms::{
    AlreadyExistsException, HmsException, InvalidObjectException, InvalidOperationException, MetaException,
    NoSuchLockException, NoSuchObjectException, NoSuchTxnException, TxnAbortedException, TxnOpenException,
};

use crate::error::MetastoreError;

impl From<MetastoreError> for HmsException {
    fn from(error: MetastoreError) -> Self {
        let text = error.to_string();
        match error {
            MetastoreError::NoSuchObject(_) => NoSuchObjectException::new(text).into(),
            MetastoreError::AlreadyExists(_) => AlreadyExistsException::new(text).into(),
            MetastoreError::InvalidObject(_) => InvalidObjectException::new(text).into(),
            MetastoreError::InvalidOperation(_) => InvalidOperationException::new(text).into(),
            MetastoreError::NoSuchTransaction(_) => NoSuchTxnException::new(text).into(),
            MetastoreError::TransactionAborted(_) => TxnAbortedException::new(text).into(),
            MetastoreError::NoSuchLock(_) => NoSuchLockException::new(text).into(),
            MetastoreError::TransactionOpen(_) => TxnOpenException::new(text).into(),
            MetastoreError::InvalidType { .. } | MetastoreError::Busy { .. } | MetastoreError::Store { .. } => {
                MetaException::new(text).into()
            }
        }
    }
}
