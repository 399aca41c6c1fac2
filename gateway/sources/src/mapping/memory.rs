//! Whether and how a source's people are held in memory: `[source.<name>.index]`.

use super::file::table::{Keys, Reader};
use crate::name::ColumnName;

/// How the people of one source are held in memory. Off unless the mapping turns it on: then
/// candidates are looked for in the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexMapping {
    /// Minutes between two refreshes, 1 to 1440.
    pub refresh_min: u32,
    /// Column of the person table, a date or a number that grows, by which changed rows are known;
    /// without it everybody is read again at each refresh.
    pub watermark: Option<ColumnName>,
    /// Minutes between two readings of all keys, which notice who is gone, 1 to 1440.
    pub sweep_min: u32,
    /// Minutes without a successful refresh after which the source counts as not checked, from
    /// `refresh_min` to 10080.
    pub stale_after_min: u32,
    /// Megabytes that the people may take, 1 to 4000.
    pub memory_max_mb: u32,
    /// Each person found is read again by key, so that what the database says now is what counts.
    pub confirm: bool,
}

impl Default for IndexMapping {
    fn default() -> Self {
        Self {
            refresh_min: 15,
            watermark: None,
            sweep_min: 60,
            stale_after_min: 60,
            memory_max_mb: 1_000,
            confirm: true,
        }
    }
}

const KEYS: &[&str] = &[
    "confirm",
    "enabled",
    "memory_max_mb",
    "refresh_min",
    "stale_after_min",
    "sweep_min",
    "watermark",
];

/// Reads the table; `None` where it is turned off.
pub(super) fn index(reader: &mut Reader<'_>, keys: &Keys<'_>) -> Option<IndexMapping> {
    keys.only(reader, KEYS);
    let usual = IndexMapping::default();
    let mut number = |key: &str, least: u32, most: u32, usual: u32| {
        keys.number(reader, key, least, most).unwrap_or(usual)
    };
    let refresh_min = number("refresh_min", 1, 1_440, usual.refresh_min);
    let read = IndexMapping {
        refresh_min,
        sweep_min: number("sweep_min", 1, 1_440, usual.sweep_min),
        stale_after_min: number(
            "stale_after_min",
            refresh_min,
            10_080,
            usual.stale_after_min.max(refresh_min.saturating_mul(2)),
        ),
        memory_max_mb: number("memory_max_mb", 1, 4_000, usual.memory_max_mb),
        watermark: keys.column(reader, "watermark", false),
        confirm: keys.flag(reader, "confirm").unwrap_or(usual.confirm),
    };
    keys.flag(reader, "enabled")
        .unwrap_or(false)
        .then_some(read)
}
