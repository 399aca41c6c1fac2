//! Patterns of a protected school.

use std::collections::BTreeSet;

use super::super::HitKind;
use super::super::lists::SCHOOL_WORDS;
use super::{Need, Pattern, is_distinctive};
use crate::fold;

/// Patterns of a protected school: its whole name, its name with any school word, its name alone.
pub(in crate::screen) fn school(
    name: &str,
    allowed: &BTreeSet<String>,
    patterns: &mut Vec<Pattern>,
) {
    let words = fold::words(name);
    let is_kind = |word: &String| SCHOOL_WORDS.contains(&word.as_str());
    let core: Vec<String> = words
        .iter()
        .take_while(|word| !is_kind(word))
        .cloned()
        .collect();
    let whole = words.concat();
    let need = if whole.len() >= 8 {
        Need::Anywhere
    } else {
        Need::WholeWords
    };
    if whole.is_empty() {
        return;
    }
    for whole in saint_spellings(&whole, &words) {
        patterns.push(Pattern::new(&whole, need, HitKind::ProtectedSchool, false));
    }
    for joined in saint_spellings(&core.concat(), &core)
        .into_iter()
        .filter(|text| !text.is_empty())
    {
        for word in SCHOOL_WORDS {
            let text = format!("{joined}{word}");
            patterns.push(Pattern::new(
                &text,
                Need::OneEdge,
                HitKind::ProtectedSchool,
                false,
            ));
        }
        if is_distinctive(&core, allowed) {
            patterns.push(Pattern::new(
                &joined,
                Need::WholeWords,
                HitKind::ProtectedSchool,
                true,
            ));
        }
    }
}

/// `st mary` also as `saint mary`, and the other way round.
fn saint_spellings(joined: &str, words: &[String]) -> Vec<String> {
    let mut spellings = vec![joined.to_owned()];
    let swap = |from: &str, to: &str| -> String {
        words
            .iter()
            .map(|word| if word == from { to } else { word.as_str() })
            .collect()
    };
    if words.iter().any(|word| word == "st") {
        spellings.push(swap("st", "saint"));
    }
    if words.iter().any(|word| word == "saint") {
        spellings.push(swap("saint", "st"));
    }
    spellings
}
