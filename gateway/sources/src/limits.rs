//! Bounds on what one enquiry may cost a source.

/// Bounds on time, rows, values and connections; every one is a hard limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Milliseconds one operation may take, waiting for a connection included; 1 to 600,000.
    pub deadline_ms: u64,
    /// Most records of one category for one person.
    pub rows: u32,
    /// Most candidate rows for one question.
    pub candidates: u32,
    /// Most connections, and so most operations at once; at least 1.
    pub pool: u32,
    /// Longest value in bytes; a longer one is an error, never cut.
    pub max_value_bytes: usize,
    /// Most bytes that a server over HTTP may send for one question, all answers together; more is an
    /// error, never cut.
    pub answer_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            deadline_ms: 2_000,
            rows: 200,
            candidates: 300,
            pool: 4,
            max_value_bytes: 16 * 1024,
            answer_bytes: 32 * 1024 * 1024,
        }
    }
}

impl Limits {
    /// These limits with every value moved into its range.
    pub(crate) fn clamped(self) -> Self {
        Self {
            deadline_ms: self.deadline_ms.clamp(1, 600_000),
            rows: self.rows.clamp(1, 100_000),
            candidates: self.candidates.clamp(1, 10_000),
            pool: self.pool.clamp(1, 256),
            max_value_bytes: self.max_value_bytes.clamp(64, 64 * 1024 * 1024),
            answer_bytes: self.answer_bytes.clamp(1024, 1024 * 1024 * 1024),
        }
    }
}

/// Most people of one household.
pub const HOUSEHOLD_MAX: u32 = 50;
/// Most values of one list in a candidate question; further spellings are not tried.
pub const SPELLINGS_MAX: usize = 1_000;
/// Longest value of a candidate question in bytes; no name is longer, so it equals nothing.
pub const SPELLING_MAX_BYTES: usize = 1_000;
/// Most distinct values counted per column; the rarest beyond it are left out.
pub const DISTINCT_MAX: u32 = 500_000;
/// Most aliases read for one question.
pub const ALIASES_MAX: u32 = 3_000;
/// Most people of one page, when everybody is read.
pub const PAGE_MAX: u32 = 10_000;
/// How much longer than one operation the counting of a whole table, or a check, may take.
pub(crate) const COUNTING_FACTOR: u32 = 30;
