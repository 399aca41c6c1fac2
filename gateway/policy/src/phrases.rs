//! The words of a question as an officer says them.

use std::fmt::Write as _;

use stile_model::code::{FieldKind, Rung};
use stile_model::id::Code;
use stile_model::vocabulary::{Recency, Term, Vocabulary};

use crate::decide::{Approvers, Decision};
use crate::english::lower;
use crate::ladder;
use crate::space::{ANOTHER_HUB, Point, Space, UNKNOWN};

/// What is said of a place that no word names.
const NO_FIELD: &str = "a field that is not this agency's";

/// One word of a dimension as part of a sentence: `rated red`, `about a child`.
pub(crate) fn phrase(vocabulary: &Vocabulary, dimension: &str, word: &str) -> String {
    let known = word != UNKNOWN;
    let plain = || word.replace('_', " ");
    match dimension {
        "purpose" if known => {
            let code = Code::new(word).ok();
            let purpose = code.and_then(|code| vocabulary.purpose(&code));
            format!(
                "for {}",
                purpose.map_or_else(plain, |purpose| lower(&purpose.name))
            )
        }
        "purpose" => "for a purpose the vocabulary does not have".to_owned(),
        "priority" if known => format!("rated {word}"),
        "priority" => "with no rating".to_owned(),
        "consent" if known => format!("consent {}", plain()),
        "consent" => "nothing known of consent".to_owned(),
        "subject" if known => format!("about: {}", named(&vocabulary.subject_roles, word)),
        "subject" => "about somebody whose role is not known".to_owned(),
        "age" => match word {
            "unborn" => "not yet born".to_owned(),
            "age_18_plus" => "aged 18 or over".to_owned(),
            UNKNOWN => "of unknown age".to_owned(),
            _ => format!("aged {}", plain().trim_start_matches("age ")),
        },
        "recency" => recency(word),
        "requester" if known => format!("asked by: {}", named(&vocabulary.officer_roles, word)),
        "requester" => "asked by somebody whose role is not known".to_owned(),
        "hub" if known => format!(
            "for {}",
            if word == ANOTHER_HUB {
                "a hub that no rule names"
            } else {
                word
            }
        ),
        _ => "by a hub that is not known".to_owned(),
    }
}

/// A look-back as a clause after "if".
pub(crate) fn look_back(within: Recency) -> String {
    match within.months() {
        Some(months) => format!("the event were from the last {months} months"),
        None => "the event had a date".to_owned(),
    }
}

/// How long ago, in words.
fn recency(word: &str) -> String {
    let bands = Recency::ALL;
    let Some(at) = bands.iter().position(|band| band.as_str() == word) else {
        return "of unknown date".to_owned();
    };
    let newer = at.checked_sub(1).and_then(|before| bands.get(before));
    let from = newer.and_then(|band| band.months());
    match (from, bands.get(at).and_then(|band| band.months())) {
        (None, Some(to)) => format!("from the last {to} months"),
        (Some(from), Some(to)) => format!("{from} to {to} months old"),
        (Some(from), None) => format!("more than {from} months old"),
        (None, None) => "of unknown date".to_owned(),
    }
}

/// A change of circumstances as a clause after "if": `the case were rated red or amber`.
pub(crate) fn clause(vocabulary: &Vocabulary, dimension: &str, words: &[&str]) -> String {
    let some = |said: &str, none: &str| {
        let known: Vec<String> = words
            .iter()
            .filter(|word| **word != UNKNOWN)
            .map(|word| value(vocabulary, dimension, word))
            .collect();
        match (known.is_empty(), words.contains(&UNKNOWN)) {
            (true, _) => none.to_owned(),
            (false, true) => format!("{said} {}, or {none}", known.join(" or ")),
            (false, false) => format!("{said} {}", known.join(" or ")),
        }
    };
    match dimension {
        "purpose" => some("the purpose were", "the purpose were not in the vocabulary"),
        "priority" => some("the case were rated", "the case had no rating"),
        "consent" => some("consent were", "nothing were known of consent"),
        "subject" => some("the person were", "the person's role were not known"),
        "age" => some("the person were", "the person's age were not known"),
        "recency" => some("the event were", "the date of the event were not known"),
        "requester" => some(
            "the one who asks were",
            "the role of the one who asks were not known",
        ),
        _ => some("the hub were", "the hub were not known"),
    }
}

/// One word of a dimension by its name.
fn value(vocabulary: &Vocabulary, dimension: &str, word: &str) -> String {
    let plain = || word.replace('_', " ");
    match dimension {
        "purpose" => {
            let code = Code::new(word).ok();
            let purpose = code.and_then(|code| vocabulary.purpose(&code));
            purpose.map_or_else(plain, |purpose| lower(&purpose.name))
        }
        "subject" => format!("in the role of {}", named(&vocabulary.subject_roles, word)),
        "requester" => format!("a {}", named(&vocabulary.officer_roles, word)),
        "age" => phrase(vocabulary, dimension, word),
        "recency" => recency(word),
        "hub" if word == ANOTHER_HUB => "one that no rule names".to_owned(),
        "hub" => word.to_owned(),
        _ => plain(),
    }
}

/// A question in one sentence without its end.
pub(crate) fn question(vocabulary: &Vocabulary, space: &Space, point: &Point) -> String {
    let field = point.field.and_then(|place| space.fields.get(place));
    let mut parts = vec![field.map_or(NO_FIELD.to_owned(), |field| format!("`{}`", field.id))];
    for ((name, dimension), word) in crate::space::NAMES
        .iter()
        .zip(&space.dimensions)
        .zip(point.words)
    {
        // Where no rule names a hub, which one asks is no matter: there are only "another" and
        // "not known" to tell apart.
        let idle = *name == "hub" && dimension.len() <= 2;
        if let Some(word) = dimension.get(word).filter(|_| !idle) {
            parts.push(phrase(vocabulary, name, word));
        }
    }
    parts.join(", ")
}

/// What policy says, in one sentence without its end.
pub(crate) fn ruling(
    vocabulary: &Vocabulary,
    kind: Option<FieldKind>,
    decision: &Decision,
) -> String {
    if decision.sealed {
        return "sealed: not even that it exists may be shown".to_owned();
    }
    let mut text = outcome(
        vocabulary,
        kind,
        decision.auto,
        decision.approved,
        &decision.approvers,
    );
    if decision.auto < Rung::Detail {
        let _ = write!(text, "; no more because: `{}`", decision.withhold);
    }
    text
}

/// What is released at once and what after approval.
pub(crate) fn outcome(
    vocabulary: &Vocabulary,
    kind: Option<FieldKind>,
    auto: Rung,
    approved: Rung,
    approvers: &Approvers,
) -> String {
    let shown = |rung: Rung| format!("{} (`{rung}`)", ladder::meaning(rung, kind));
    let now = match auto {
        Rung::None => "nothing at once".to_owned(),
        rung => format!("{} at once", shown(rung)),
    };
    if approved <= auto {
        return now;
    }
    format!(
        "{now}; {} once {}",
        shown(approved),
        agreeing(vocabulary, approvers)
    )
}

/// `the named nurse and the head teacher agree`
pub(crate) fn agreeing(vocabulary: &Vocabulary, approvers: &Approvers) -> String {
    let names: Vec<String> = approvers
        .roles
        .iter()
        .map(|role| format!("the {}", named(&vocabulary.approvers, role.as_str())))
        .collect();
    match (names.len(), approvers.any_of) {
        (0, _) => "somebody agrees".to_owned(),
        (1, _) => format!("{} agrees", names.join("")),
        (_, true) => format!("{} agrees", names.join(" or ")),
        (_, false) => format!("{} agree", names.join(" and ")),
    }
}

/// The name of a term within a sentence; the code itself where the vocabulary lacks it.
pub(crate) fn named(terms: &[Term], code: &str) -> String {
    terms
        .iter()
        .find(|term| term.code.as_str() == code)
        .map_or(code.replace('_', " "), |term| lower(&term.name))
}
