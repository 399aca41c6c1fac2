//! Spellings of one name: `data/variants.txt`.
//!
//! A line holds what clerks write for one name of another script or language (`mohammed`,
//! `muhammad`, `md`). A spelling stands on one line only.

use std::collections::HashMap;
use std::sync::LazyLock;

const FILE: &str = include_str!("../data/variants.txt");

static USUAL: LazyLock<HashMap<&str, &str>> = LazyLock::new(|| {
    names()
        .filter_map(|line| {
            let usual = line.split_ascii_whitespace().next()?;
            Some(
                line.split_ascii_whitespace()
                    .map(move |spelling| (spelling, usual)),
            )
        })
        .flatten()
        .collect()
});

/// The usual spelling of a name of which several are known; `None` for most names.
pub(crate) fn usual(name: &str) -> Option<&'static str> {
    USUAL.get(name).copied()
}

/// The lines that hold names.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    FILE.lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
}

#[cfg(test)]
mod tests;
