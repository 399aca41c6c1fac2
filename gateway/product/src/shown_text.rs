//! Takes names and places out of a text that has been screened: the `summary` rung of a text.
//!
//! Deny by default: every word with a capital goes, unless it is an ordinary word, a role, a day or
//! month, an agency, or part of a subject's own name; so does every word of a script without small
//! letters, every word after a title (`mr owen`), and a number before a word that goes
//! (`12 High Street`). A name in small letters that nobody told the screen about stays: the list of
//! names in [`crate::ScreenParts`] is what catches those.

use crate::fold;
use crate::screen::{MARKERS, Screen, TITLES};

const REMOVED: &str = "[name removed]";

/// `text` with what looks like a name or a place replaced by `[name removed]`.
pub(crate) fn without_names_and_places(text: &str, screen: &Screen) -> String {
    let mut out: Vec<String> = Vec::new();
    for line in text.split('\n') {
        out.push(line_without_names(line, screen));
    }
    out.join("\n")
}

fn line_without_names(line: &str, screen: &Screen) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let mut after_title = false;
    for word in pieces(line) {
        let titled = after_title;
        after_title = TITLES.contains(&plain(word).as_str());
        if MARKERS.contains(&word) || !(titled || is_name_like(word, screen)) {
            kept.push(word);
            continue;
        }
        drop_lead(&mut kept);
        if kept.last() != Some(&REMOVED) {
            kept.push(REMOVED);
        }
        after_title = false;
    }
    kept.join(" ")
}

/// Drops what leads up to a name: titles, and a house number with the capitals after it.
fn drop_lead(kept: &mut Vec<&str>) {
    while kept
        .last()
        .is_some_and(|last| TITLES.contains(&plain(last).as_str()))
    {
        kept.pop();
    }
    let capitals = |word: &&&str| word.starts_with(char::is_uppercase);
    let run = kept.iter().rev().take_while(capitals).count();
    let before = kept.len().saturating_sub(run.saturating_add(1));
    if kept.get(before).is_some_and(|word| is_number(word)) {
        kept.truncate(before);
    }
}

/// The words of a line; a marker is one piece even though it holds blanks.
fn pieces(line: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = line.trim();
    while !rest.is_empty() {
        let marker = MARKERS.iter().find(|marker| rest.starts_with(**marker));
        let bracket = rest
            .get(1..)
            .and_then(|tail| tail.find('['))
            .map(|at| at.saturating_add(1));
        let blank = rest.find(char::is_whitespace);
        let length = match (marker, blank, bracket) {
            (Some(marker), _, _) => marker.len(),
            (None, Some(blank), Some(bracket)) => blank.min(bracket),
            (None, Some(end), None) | (None, None, Some(end)) => end,
            (None, None, None) => rest.len(),
        };
        let (piece, tail) = rest.split_at_checked(length).unwrap_or((rest, ""));
        pieces.push(piece);
        rest = tail.trim_start();
    }
    pieces
}

fn is_name_like(word: &str, screen: &Screen) -> bool {
    word.split(|c: char| !c.is_alphanumeric() && !matches!(c, '\'' | '’'))
        .filter(|part| !part.is_empty())
        .any(|part| {
            let foreign = part
                .chars()
                .any(|c| c.is_alphabetic() && !c.is_lowercase() && !c.is_uppercase());
            let capital = part.chars().any(char::is_uppercase);
            foreign || (capital && !is_ordinary(part, screen))
        })
}

fn is_ordinary(part: &str, screen: &Screen) -> bool {
    let word = plain(part);
    let stem = word.strip_suffix('s').unwrap_or(&word);
    word.len() < 2
        || ORDINARY.binary_search(&word.as_str()).is_ok()
        || ORDINARY.binary_search(&stem).is_ok()
        || screen.allows(&word)
        || screen.allows(stem)
}

fn plain(word: &str) -> String {
    fold::words(word).concat()
}

fn is_number(word: &str) -> bool {
    let word = word.trim_matches([',', '.', '(']);
    word.starts_with(|c: char| c.is_ascii_digit()) && word.len() <= 5
}

/// Words that may carry a capital without being a name. Sorted, for binary search.
const ORDINARY: &[&str] = &[
    "about",
    "according",
    "action",
    "adhd",
    "adult",
    "advice",
    "after",
    "again",
    "aggressive",
    "alcohol",
    "all",
    "allegation",
    "alleged",
    "allegedly",
    "also",
    "although",
    "an",
    "and",
    "anonymous",
    "another",
    "any",
    "appeared",
    "appears",
    "appointment",
    "april",
    "arrest",
    "arrested",
    "as",
    "assault",
    "assessment",
    "at",
    "attendance",
    "attended",
    "august",
    "aunt",
    "autism",
    "baby",
    "bail",
    "because",
    "before",
    "being",
    "both",
    "boy",
    "boyfriend",
    "brother",
    "bruise",
    "bruising",
    "but",
    "by",
    "call",
    "called",
    "caller",
    "calm",
    "camhs",
    "carer",
    "case",
    "child",
    "children",
    "concern",
    "concerned",
    "concerns",
    "conference",
    "consent",
    "contact",
    "council",
    "court",
    "cp",
    "crime",
    "currently",
    "dad",
    "dash",
    "daughter",
    "december",
    "despite",
    "disclosed",
    "disclosure",
    "doctor",
    "domestic",
    "drug",
    "due",
    "during",
    "early",
    "eldest",
    "emergency",
    "england",
    "evening",
    "ex",
    "eyfs",
    "family",
    "father",
    "february",
    "female",
    "following",
    "for",
    "former",
    "foster",
    "frequent",
    "friday",
    "from",
    "further",
    "gcse",
    "girl",
    "girlfriend",
    "gp",
    "grandfather",
    "grandmother",
    "guardian",
    "had",
    "has",
    "have",
    "he",
    "head",
    "health",
    "her",
    "high",
    "his",
    "home",
    "hospital",
    "household",
    "housing",
    "however",
    "id",
    "if",
    "in",
    "incident",
    "injuries",
    "injury",
    "is",
    "it",
    "january",
    "july",
    "june",
    "known",
    "lac",
    "landlord",
    "last",
    "later",
    "low",
    "male",
    "man",
    "mappa",
    "marac",
    "march",
    "mash",
    "may",
    "medium",
    "meeting",
    "mental",
    "met",
    "midwife",
    "missed",
    "missing",
    "monday",
    "month",
    "morning",
    "mother",
    "mum",
    "neglect",
    "neighbour",
    "neighbours",
    "nfa",
    "nhs",
    "night",
    "no",
    "none",
    "not",
    "note",
    "november",
    "now",
    "nurse",
    "nursery",
    "oasys",
    "observed",
    "october",
    "of",
    "offence",
    "officer",
    "officers",
    "on",
    "once",
    "one",
    "open",
    "order",
    "other",
    "parent",
    "parental",
    "parents",
    "partner",
    "paternal",
    "patient",
    "placement",
    "plan",
    "pnc",
    "pnd",
    "police",
    "possible",
    "ppn",
    "pregnancy",
    "pregnant",
    "presented",
    "previous",
    "primary",
    "probation",
    "professional",
    "pupil",
    "referral",
    "referred",
    "reported",
    "reports",
    "review",
    "risk",
    "safeguarding",
    "said",
    "same",
    "saturday",
    "school",
    "section",
    "seen",
    "sen",
    "send",
    "september",
    "several",
    "she",
    "shouting",
    "sibling",
    "since",
    "sister",
    "social",
    "some",
    "son",
    "staff",
    "stated",
    "states",
    "step",
    "stepfather",
    "strategy",
    "subject",
    "substance",
    "summary",
    "sunday",
    "supervision",
    "support",
    "suspect",
    "suspected",
    "teacher",
    "team",
    "tenancy",
    "tenant",
    "that",
    "the",
    "their",
    "then",
    "there",
    "they",
    "this",
    "threat",
    "threatened",
    "three",
    "thursday",
    "to",
    "today",
    "tuesday",
    "two",
    "uk",
    "unborn",
    "uncle",
    "under",
    "unit",
    "until",
    "very",
    "victim",
    "violence",
    "visit",
    "was",
    "wednesday",
    "week",
    "weekly",
    "were",
    "when",
    "where",
    "while",
    "wife",
    "with",
    "witness",
    "woman",
    "worker",
    "yesterday",
    "yos",
    "yot",
    "young",
    "youth",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::screen::ScreenParts;

    fn generalised(text: &str) -> String {
        let screen = Screen::new(ScreenParts {
            subject_names: vec!["Mali Testwood".into()],
            ..ScreenParts::default()
        });
        without_names_and_places(text, &screen)
    }

    #[test]
    fn names_and_places_go_and_ordinary_words_stay() {
        assert_eq!(
            generalised("Mother said that Owen Sampleford hit Mali at 12 High Street on Monday."),
            "Mother said that [name removed] hit Mali at [name removed] on Monday."
        );
    }

    #[test]
    fn a_name_behind_a_title_goes_even_in_small_letters() {
        assert_eq!(
            generalised("seen by dr owen today"),
            "seen by [name removed] today"
        );
    }

    #[test]
    fn a_name_in_a_script_without_capitals_goes() {
        assert_eq!(
            generalised("lives with 李明 now"),
            "lives with [name removed] now"
        );
    }

    #[test]
    fn the_ordinary_words_are_sorted_for_the_search() {
        for word in ["police", "april", "youth", "marac", "ppn"] {
            assert!(
                is_ordinary(word, &Screen::new(ScreenParts::default())),
                "{word}"
            );
        }
    }
}
