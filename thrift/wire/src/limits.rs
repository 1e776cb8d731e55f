//! How much of a peer's bytes is believed.

/// What one message may ask for while it is read.
#[derive(Clone, Copy, Debug)]
pub struct ReadLimits {
    /// How deep structs, lists, sets and maps may stand in one another.
    pub depth: usize,
    /// How many bytes of memory the values of one message may take, whatever the message's size.
    pub memory: usize,
    /// How many bytes of memory the values may take for each byte of the message (64 kB are free). Structs of which most
    /// fields are absent take the most: a partition with little in it 45.
    pub memory_per_byte: usize,
}

impl Default for ReadLimits {
    fn default() -> Self {
        ReadLimits { depth: 64, memory: 512 << 20, memory_per_byte: 64 }
    }
}

impl ReadLimits {
    /// The bytes of memory that the values of a message of `length` bytes may take.
    pub(crate) fn budget(&self, length: usize) -> usize {
        length.saturating_mul(self.memory_per_byte).saturating_add(64 << 10).min(self.memory)
    }
}
