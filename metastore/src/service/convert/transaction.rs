//! Transactions and locks.

use skep_thrift_hms as t;
use skep_thrift_hms::{HmsException, MetaException};

use crate::model::{DataOperation, LockKind, LockState, TransactionKind};

fn unknown<T>(what: &str, number: i32) -> Result<T, HmsException> {
    Err(MetaException::new(format!("No {what} has the number {number}")).into())
}

/// What a transaction is for.
///
/// # Errors
/// `MetaException` for a number without a meaning.
pub fn to_kind(kind: t::TxnType) -> Result<TransactionKind, HmsException> {
    let found = TransactionKind::ALL.into_iter().find(|known| known.number() == kind.0);
    found.map_or_else(|| unknown("kind of transaction", kind.0), Ok)
}

/// What is done with what is locked.
///
/// # Errors
/// As [`to_kind`].
pub fn operation(operation: t::DataOperationType) -> Result<DataOperation, HmsException> {
    let found = DataOperation::ALL.into_iter().find(|known| Some(known.name()) == operation.name());
    found.map_or_else(|| unknown("operation", operation.0), Ok)
}

/// How a lock excludes others.
///
/// # Errors
/// As [`to_kind`].
pub fn to_lock_kind(kind: t::LockType) -> Result<LockKind, HmsException> {
    let found = LockKind::ALL.into_iter().find(|known| Some(known.name()) == kind.name());
    found.map_or_else(|| unknown("kind of lock", kind.0), Ok)
}

/// As [`to_lock_kind`], the other way.
pub fn lock_kind(kind: LockKind) -> t::LockType {
    match kind {
        LockKind::SharedRead => t::LockType::SHARED_READ,
        LockKind::SharedWrite => t::LockType::SHARED_WRITE,
        LockKind::ExclusiveWrite => t::LockType::EXCL_WRITE,
        LockKind::Exclusive => t::LockType::EXCLUSIVE,
    }
}

/// How far a lock is.
pub fn lock_state(state: LockState) -> t::LockState {
    match state {
        LockState::Acquired => t::LockState::ACQUIRED,
        LockState::Waiting => t::LockState::WAITING,
        LockState::Aborted => t::LockState::ABORT,
        LockState::NotAcquired => t::LockState::NOT_ACQUIRED,
    }
}

/// Flags as Java's `BitSet.toByteArray` has them: the first is the lowest bit of the first byte, and no byte beyond the
/// last one that is set.
pub fn bits(flags: impl Iterator<Item = bool>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (at, _) in flags.enumerate().filter(|(_, set)| *set) {
        bytes.resize(at / 8 + 1, 0_u8);
        if let Some(byte) = bytes.get_mut(at / 8) {
            *byte |= 1 << (at % 8);
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_as_java_has_them() {
        assert_eq!(bits([].into_iter()), [0_u8; 0]);
        assert_eq!(bits([false, false].into_iter()), [0_u8; 0]);
        assert_eq!(bits([true, false, true, false].into_iter()), [0b101]);
        assert_eq!(bits((0..10).map(|at| at == 9)), [0, 0b10]);
    }

    #[test]
    fn names_agree() {
        for kind in LockKind::ALL {
            assert_eq!(to_lock_kind(lock_kind(kind)).unwrap(), kind);
        }
        for kind in [1, 2, 3, 4, 5, 6] {
            assert!(operation(t::DataOperationType(kind)).is_ok());
        }
        assert!(operation(t::DataOperationType(9)).is_err() && to_kind(t::TxnType(7)).is_err());
    }
}
