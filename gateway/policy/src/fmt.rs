//! The one canonical form of `rules.toml` and `cases.toml`.
//!
//! ```text
//! [[rule]]                      # one blank line before it and its comments
//! id = "S47-04"                 # keys in one order: id, verb, of, as, approver, when, why, …
//! when = { purpose = ["s47_enquiry"], priority = ["red", "amber"], within = "24 months" }
//! ```
//!
//! Comments stay with what they stand above or beside; one inside a list moves above its key. The
//! order of rules and of words in a list is the author's and stays. What cannot be read is left
//! alone, and the result is read back before it is given out: nothing is ever lost.

mod comments;
pub(crate) mod layout;
pub(crate) mod paper;
mod parse;
mod write;

use crate::error::PolicyError;
use crate::read::page::Page;

pub(crate) use layout::{CASES, Layout, RULES};
pub(crate) use parse::parse;
pub(crate) use write::{located, write};

/// The canonical form of a `rules.toml`; `name` appears in errors.
///
/// # Errors
///
/// Every mistake of shape (TOML, unknown keys, tables where values belong) with line and column.
/// Whether the words are those of the vocabulary is for [`crate::parse_rules`].
pub fn format_rules(name: &str, text: &str) -> Result<String, PolicyError> {
    format(name, text, &RULES)
}

/// The canonical form of a `cases.toml`; `name` appears in errors.
///
/// # Errors
///
/// As for [`format_rules`].
pub fn format_cases(name: &str, text: &str) -> Result<String, PolicyError> {
    format(name, text, &CASES)
}

/// Is the text that of a file of cases, rather than of rules?
pub fn is_cases(text: &str) -> bool {
    toml::de::DeTable::parse(text).is_ok_and(|table| table.get_ref().contains_key("case"))
}

fn format(name: &str, text: &str, layout: &Layout) -> Result<String, PolicyError> {
    let mut page = Page::new(name, text);
    let paper = parse(&mut page, text, layout);
    let paper = page.finish(paper)?;
    let written = write(&paper);
    let mut again = Page::new(name, &written);
    if parse(&mut again, &written, layout).as_ref() == Some(&paper) {
        return Ok(written);
    }
    Err(PolicyError::Rules {
        problems: vec![format!(
            "{name}:1:1: the file cannot be rewritten without changing what it says, so it is left as it is; please report it"
        )],
    })
}

#[cfg(test)]
mod tests;
