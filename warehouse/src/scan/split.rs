//! Files cut into parts, and the parts shared out.

use std::collections::{HashSet, VecDeque};
use std::ops::Range;
use std::sync::Arc;

use parking_lot::Mutex;

use super::unit::ScanUnit;
use crate::store::FileStatus;

/// No part is shorter, unless its file is.
const LEAST: u64 = 4 * 1024 * 1024;
/// No part is longer, unless its file cannot be cut.
const MOST: u64 = 128 * 1024 * 1024;
/// Bytes for which one more reader is worth its while.
const WORTH_A_READER: u64 = 512 * 1024;
/// Parts that each reader should find, so that none has to wait for another's last one.
const PARTS_PER_READER: u64 = 4;

/// A file, or a part of one.
#[derive(Debug)]
pub(super) struct FileSplit {
    /// What it belongs to.
    pub unit: Arc<ScanUnit>,
    /// The file.
    pub file: Arc<FileStatus>,
    /// The part; `None`: all of it.
    pub range: Option<Range<u64>>,
}

impl FileSplit {
    /// Bytes of the file that it stands for.
    pub fn len(&self) -> u64 {
        self.range.as_ref().map_or(self.file.len, |range| range.end - range.start)
    }
}

/// Cuts files into parts. They stay in the order of the partitions, their files, and the bytes of these.
pub(super) fn split_files(files: Vec<(Arc<ScanUnit>, Vec<FileStatus>)>, readers: usize) -> Vec<FileSplit> {
    let total: u64 = files.iter().flat_map(|(_, files)| files).map(|file| file.len).sum();
    let step = (total / (readers.max(1) as u64 * PARTS_PER_READER)).clamp(LEAST, MOST);
    let mut splits = Vec::new();
    for (unit, files) in files {
        for file in files {
            let file = Arc::new(file);
            let split = |range| FileSplit { unit: Arc::clone(&unit), file: Arc::clone(&file), range };
            // A last part of less than half a step goes with the one before.
            if file.len < step + step / 2 || !unit.is_splittable(file.name()) {
                splits.push(split(None));
                continue;
            }
            let mut start = 0;
            while start < file.len {
                let end = if file.len - start < step + step / 2 { file.len } else { start + step };
                splits.push(split(Some(start..end)));
                start = end;
            }
        }
    }
    splits
}

/// Shares parts out to readers: neighbours to the same one, about as many bytes to each.
pub(super) fn share_out(splits: &[FileSplit], readers: usize) -> Vec<Range<usize>> {
    let total: u64 = splits.iter().map(FileSplit::len).sum();
    let readers = (readers as u64).min(splits.len() as u64).min(total.div_ceil(WORTH_A_READER)).max(1);
    let mut shares = Vec::with_capacity(readers as usize);
    let (mut from, mut before) = (0, 0u64);
    for reader in 1..=readers {
        let goal = total * reader / readers;
        let mut to = from;
        while to < splits.len() && (reader == readers || before + splits[to].len() / 2 < goal) {
            before += splits[to].len();
            to += 1;
        }
        shares.push(from..to);
        from = to;
    }
    shares
}

/// The parts that readers have not begun. A reader takes its own first, then helps the others, so that one share that
/// takes long does not hold up the rest.
#[derive(Debug, Default)]
pub(super) struct Queues {
    current: Mutex<Option<Arc<Round>>>,
}

/// One run of a scan.
#[derive(Debug)]
pub(super) struct Round {
    begun: Mutex<HashSet<usize>>,
    waiting: Mutex<Vec<VecDeque<usize>>>,
    help: bool,
}

impl Queues {
    /// The run that a reader belongs to. A reader that begins a second time begins a new run.
    pub fn begin(&self, reader: usize, shares: &[Range<usize>], help: bool) -> Arc<Round> {
        let mut current = self.current.lock();
        if let Some(round) = current.as_ref()
            && round.begun.lock().insert(reader)
        {
            return Arc::clone(round);
        }
        let round = Arc::new(Round {
            begun: Mutex::new(HashSet::from([reader])),
            waiting: Mutex::new(shares.iter().map(|share| share.clone().collect()).collect()),
            help,
        });
        *current = Some(Arc::clone(&round));
        round
    }
}

impl Round {
    /// The next part for a reader.
    pub fn next(&self, reader: usize) -> Option<usize> {
        let mut waiting = self.waiting.lock();
        if let Some(own) = waiting.get_mut(reader).and_then(VecDeque::pop_front) {
            return Some(own);
        }
        if !self.help {
            return None;
        }
        waiting.iter_mut().max_by_key(|queue| queue.len()).and_then(VecDeque::pop_back)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readers_help_each_other_and_no_part_is_read_twice() {
        let queues = Queues::default();
        let shares = [0..1, 1..6];
        let first = queues.begin(0, &shares, true);
        let second = queues.begin(1, &shares, true);
        let mut seen = vec![second.next(1).unwrap()];
        while let Some(part) = first.next(0) {
            seen.push(part);
        }
        assert_eq!(second.next(1), None);
        seen.sort_unstable();
        assert_eq!(seen, [0, 1, 2, 3, 4, 5]);
        // A second run begins from the start.
        assert_eq!(queues.begin(1, &shares, true).next(1), Some(1));
        let alone = Queues::default();
        let round = alone.begin(0, &shares, false);
        assert_eq!((round.next(0), round.next(0)), (Some(0), None));
    }
}
