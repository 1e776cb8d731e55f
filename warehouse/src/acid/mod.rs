//! Transactional tables, in the folders and files that Hive 3 and later keep them in.
//!
//! * `folders`: names of folders and files, and the numbers in them.
//! * `state`: which of the folders a reader sees.
//! * `read`: rows with their ids, without those that are deleted.
//! * `write`: rows that are added.
//! * `changes`: rows that are changed one by one.
//! * `compact`: many folders made into few.

mod changes;
mod compact;
mod folders;
mod read;
mod state;
mod write;

pub use self::changes::{ChangeSummary, ChangeTarget, write_changes};
pub use self::compact::{CompactionKind, CompactionTarget, compact};
pub use self::folders::{AcidFolder, FolderKind, encode_bucket};
pub(crate) use self::folders::{VERSION_FILE, is_event_file};
pub(crate) use self::read::{AcidReads, AcidRows};
pub use self::state::{AcidState, Part};
pub(crate) use self::write::{AcidNames, AcidWrite, write_version};
