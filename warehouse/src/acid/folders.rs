//! Names of the folders and files of transactional tables, and what they say.
//!
//! | name | what is in it |
//! |---|---|
//! | `base_<w>`, `base_<w>_v<t>` | all rows as of write id w; the latter made by a compaction |
//! | `delta_<w>_<w>_<s>` | rows that statement s of write id w added |
//! | `delta_<min>_<max>_v<t>` | rows that these write ids added, gathered by a compaction |
//! | `delete_delta_…` | ids of rows that went, named in the same way |
//!
//! (`AcidUtils` of Hive.)

use skep_metastore::model::ValidWriteIds;

/// A folder of a transactional table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AcidFolder {
    /// What is in it.
    pub kind: FolderKind,
    /// The lowest write id; of a base 0.
    pub min: i64,
    /// The highest write id.
    pub max: i64,
    /// The statement within a transaction, where it is of one.
    pub statement: Option<u32>,
    /// The compaction that made it.
    pub compaction: Option<i64>,
}

/// What is in a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FolderKind {
    /// All rows.
    Base,
    /// Rows that were added.
    Delta,
    /// Ids of rows that were deleted.
    DeleteDelta,
}

impl AcidFolder {
    /// The folder of a statement's rows, or of its deletes.
    pub fn of_statement(kind: FolderKind, write_id: i64, statement: u32) -> Self {
        Self { kind, min: write_id, max: write_id, statement: Some(statement), compaction: None }
    }

    /// The folder of rows that replace all others.
    pub fn base(write_id: i64) -> Self {
        Self { kind: FolderKind::Base, min: 0, max: write_id, statement: None, compaction: None }
    }

    /// What a name says; `None` for any other folder.
    pub fn parse(name: &str) -> Option<Self> {
        let (kind, rest) = if let Some(rest) = name.strip_prefix("delete_delta_") {
            (FolderKind::DeleteDelta, rest)
        } else if let Some(rest) = name.strip_prefix("delta_") {
            (FolderKind::Delta, rest)
        } else {
            (FolderKind::Base, name.strip_prefix("base_")?)
        };
        let mut parts: Vec<&str> = rest.split('_').collect();
        let compaction = match parts.last()?.strip_prefix('v') {
            Some(number) => {
                let number = number_of(number)?;
                parts.pop();
                Some(number)
            }
            None => None,
        };
        let numbers = parts.into_iter().map(number_of).collect::<Option<Vec<i64>>>()?;
        match (kind, numbers.as_slice()) {
            (FolderKind::Base, [max]) => Some(Self { kind, min: 0, max: *max, statement: None, compaction }),
            (FolderKind::Base, _) => None,
            (_, [min, max]) if min <= max => Some(Self { kind, min: *min, max: *max, statement: None, compaction }),
            (_, [min, max, statement]) if min <= max => {
                let statement = u32::try_from(*statement).ok()?;
                Some(Self { kind, min: *min, max: *max, statement: Some(statement), compaction })
            }
            _ => None,
        }
    }

    /// The name.
    pub fn name(&self) -> String {
        let mut name = match self.kind {
            FolderKind::Base => format!("base_{:07}", self.max),
            FolderKind::Delta => format!("delta_{:07}_{:07}", self.min, self.max),
            FolderKind::DeleteDelta => format!("delete_delta_{:07}_{:07}", self.min, self.max),
        };
        if let Some(statement) = self.statement {
            name.push_str(&format!("_{statement:04}"));
        }
        if let Some(compaction) = self.compaction {
            name.push_str(&format!("_v{compaction:07}"));
        }
        name
    }

    /// May a reader of these write ids look into it? Of a folder of several write ids some may be seen and others not.
    pub fn is_seen(&self, valid: &ValidWriteIds) -> bool {
        match self.kind {
            // A compaction's base is right for those who see all that is in it.
            FolderKind::Base if self.compaction.is_some() => self.max <= valid.settled(),
            FolderKind::Base => valid.is_valid(self.max),
            _ => (self.min..=self.max.min(valid.high)).any(|write_id| valid.is_valid(write_id)),
        }
    }

    /// Are there write ids in it of which a reader sees some and others not?
    pub fn is_mixed(&self, valid: &ValidWriteIds) -> bool {
        self.kind != FolderKind::Base
            && self.min != self.max
            && (self.max > valid.high || (self.min..=self.max).any(|write_id| !valid.is_valid(write_id)))
    }
}

fn number_of(text: &str) -> Option<i64> {
    (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

/// The name of the file with a bucket's events; `attempt` tells several in one base apart.
pub fn bucket_file(bucket: usize, attempt: usize) -> String {
    match attempt {
        0 => format!("bucket_{bucket:05}"),
        _ => format!("bucket_{bucket:05}_{attempt}"),
    }
}

/// Is it, by its name, a file of events? Others in the same folders hold plain rows, e.g. those that were loaded.
pub fn is_event_file(name: &str) -> bool {
    name.strip_prefix("bucket_").is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_'))
}

/// The file beside events that says in which form they are.
pub const VERSION_FILE: &str = "_orc_acid_version";
/// What is in it.
pub const VERSION: &str = "2";

/// Which bucket and statement a row's `bucket` field stands for (`BucketCodec.V1` of Hive).
pub fn encode_bucket(bucket: u32, statement: u32) -> i32 {
    ((1u32 << 29) | ((bucket & 0xFFF) << 16) | (statement & 0xFFF)) as i32
}

/// The bucket of a row's `bucket` field.
pub fn bucket_of(property: i32) -> u32 {
    match property >> 29 {
        0 => property as u32,
        _ => (property as u32 >> 16) & 0xFFF,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for name in [
            "base_0000005",
            "base_0000005_v0000017",
            "delta_0000001_0000001_0000",
            "delta_0000001_0000004_v0000017",
            "delete_delta_0000002_0000002_0003",
            "delta_0000001_0000001",
        ] {
            assert_eq!(AcidFolder::parse(name).unwrap().name(), name);
        }
        for name in ["base_x", "delta_1", "delta_2_1", "base_1_2", "a=1", "delta_1_1_1_1", "base_"] {
            assert_eq!(AcidFolder::parse(name), None, "{name}");
        }
        assert!(is_event_file("bucket_00000") && is_event_file("bucket_00001_0"));
        assert!(!is_event_file("000000_0") && !is_event_file("bucket_00000_flush_length"));
    }

    #[test]
    fn bucket_numbers() {
        assert_eq!(encode_bucket(0, 0), 536_870_912);
        assert_eq!(encode_bucket(1, 2), 536_936_450);
        assert_eq!(bucket_of(536_936_450), 1);
        assert_eq!(bucket_of(3), 3);
    }

    #[test]
    fn what_readers_see() {
        let valid = ValidWriteIds { high: 6, open: vec![4], aborted: vec![2] };
        let seen = |name: &str| AcidFolder::parse(name).unwrap().is_seen(&valid);
        assert!(seen("delta_1_1_0") && !seen("delta_2_2_0") && !seen("delta_4_4_0") && !seen("delta_7_7_0"));
        assert!(seen("base_5") && !seen("base_5_v9") && seen("base_3_v9") && !seen("base_4"));
        assert!(AcidFolder::parse("delta_1_3").unwrap().is_mixed(&valid));
        assert!(!AcidFolder::parse("delta_5_6").unwrap().is_mixed(&valid));
    }
}
