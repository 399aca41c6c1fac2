//! Why an index could not be made.

/// Why an index could not be made or brought up to date. What was held before is unchanged; names
/// numbers, never people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IndexError {
    /// The people do not fit into the memory set aside for them.
    #[error(
        "the index of people would take more than `{most_mb}` MB at `{people}` people; \
         raise `memory_max_mb`, or leave the people in their database (`enabled = false`)"
    )]
    Full {
        /// Megabytes allowed.
        most_mb: u64,
        /// People that had been taken in.
        people: u64,
    },
}
