//! Parts of the space, and what is answered there, in plain English.

use serde::Serialize;
use stile_model::code::{FieldKind, Rung};
use stile_model::id::{Code, FieldId};
use stile_model::vocabulary::{Recency, Vocabulary};
use utoipa::ToSchema;

use super::answer::Answer;
use super::axes::{Axes, Cube, DAYS, Mask, bit, places};
use crate::english::lower;
use crate::ladder;
use crate::phrases::named;
use crate::space::{ANOTHER_HUB, NAMES, RECENCY, UNKNOWN};

/// One condition of a part of the space.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Condition {
    /// `purpose`, `priority`, `consent`, `subject`, `age`, `recency`, `requester`, `hub` or `days`.
    pub dimension: &'static str,
    /// The words on which it holds, as in rules and cases, `unknown` included; for `days` the first
    /// day of each period.
    pub words: Vec<String>,
    /// The same as part of a sentence: `rated red or amber`.
    pub text: String,
}

/// What turns masks into words.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Words<'a> {
    pub axes: &'a Axes,
    pub vocabulary: &'a Vocabulary,
}

impl Words<'_> {
    /// The conditions of a part of `whole`; none where it is the whole.
    pub fn conditions(&self, cube: &Cube, whole: &Cube) -> Vec<Condition> {
        let conditions = cube.iter().zip(whole).enumerate();
        conditions
            .filter(|(_, (mask, whole))| mask != whole)
            .map(|(axis, (mask, whole))| {
                if axis == DAYS {
                    self.days(*mask)
                } else {
                    self.condition(axis, *mask, *whole)
                }
            })
            .collect()
    }

    fn condition(&self, axis: usize, mask: Mask, whole: Mask) -> Condition {
        let dimension = NAMES.get(axis).copied().unwrap_or_default();
        let words = self.words(axis, mask);
        let rest = self.words(axis, whole & !mask);
        // What is excepted is shorter to say than what is left.
        let except = words.iter().any(|word| word == UNKNOWN) && rest.len() < words.len();
        let text = if axis == RECENCY {
            ages(mask, whole)
        } else if rest == [UNKNOWN] {
            format!("whenever {} is known", known(dimension))
        } else if except {
            format!(
                "{} except {}",
                whatever(dimension),
                either(rest.iter().map(|word| self.word(dimension, word)))
            )
        } else if rest.iter().any(|word| word == UNKNOWN) && rest.len() < words.len() {
            let others = rest.iter().filter(|word| *word != UNKNOWN);
            format!(
                "whenever {} is known, except {}",
                known(dimension),
                either(others.map(|word| self.word(dimension, word)))
            )
        } else {
            let listed = either(words.iter().map(|word| self.word(dimension, word)));
            stating(dimension, &listed)
        };
        Condition {
            dimension,
            words,
            text,
        }
    }

    fn words(&self, axis: usize, mask: Mask) -> Vec<String> {
        let known = self.axes.words.get(axis);
        places(mask)
            .filter_map(|place| known?.get(place).cloned())
            .collect()
    }

    fn days(&self, mask: Mask) -> Condition {
        let mut runs: Vec<(String, Option<String>)> = Vec::new();
        let mut words = Vec::new();
        for (place, period) in self.axes.periods.iter().enumerate() {
            if mask & bit(place) == 0 {
                continue;
            }
            let last = period.last.map(|last| last.to_string());
            words.push(period.first.to_string());
            let goes_on = place > 0 && mask & bit(place.saturating_sub(1)) != 0;
            match runs.last_mut().filter(|_| goes_on) {
                Some(run) => run.1 = last,
                None => runs.push((period.first.to_string(), last)),
            }
        }
        let now = self
            .axes
            .periods
            .first()
            .map(|period| period.first.to_string());
        let runs = runs.iter().map(|(first, last)| match last {
            Some(last) if Some(first) == now.as_ref() => format!("until {last}"),
            Some(last) => format!("from {first} until {last}"),
            None => format!("from {first} on"),
        });
        Condition {
            dimension: "days",
            words,
            text: either(runs),
        }
    }

    fn word(&self, dimension: &str, word: &str) -> String {
        let vocabulary = self.vocabulary;
        let plain = || word.replace('_', " ");
        match (dimension, word) {
            ("purpose", UNKNOWN) => "a purpose the vocabulary does not have".to_owned(),
            ("priority", UNKNOWN) => "not rated".to_owned(),
            ("consent", UNKNOWN) => "not known".to_owned(),
            ("subject" | "requester", UNKNOWN) => "somebody whose role is not known".to_owned(),
            ("age", UNKNOWN) => "of unknown age".to_owned(),
            (_, UNKNOWN) => "an unknown hub".to_owned(),
            ("purpose", _) => Code::new(word)
                .ok()
                .and_then(|code| vocabulary.purpose(&code).map(|own| lower(&own.name)))
                .unwrap_or_else(plain),
            ("subject", _) => with_article(&named(&vocabulary.subject_roles, word)),
            ("requester", _) => with_article(&named(&vocabulary.officer_roles, word)),
            ("age", "unborn") => "unborn".to_owned(),
            ("age", "age_18_plus") => "18 and over".to_owned(),
            ("age", _) => plain().trim_start_matches("age ").to_owned(),
            ("hub", ANOTHER_HUB) => "a hub that no rule names".to_owned(),
            ("hub", _) => word.to_owned(),
            (_, _) => plain(),
        }
    }

    /// The fields by their titles, the category last: `date, what happened (domestic abuse
    /// incidents)`.
    pub fn fields(&self, fields: &[FieldId]) -> String {
        let mut by_category: Vec<(String, Vec<String>)> = Vec::new();
        for field in fields {
            let category = self.vocabulary.category(&field.category());
            let title = category
                .and_then(|category| category.field(field.name()))
                .map_or_else(|| field.name().replace('_', " "), |own| lower(&own.title));
            let of = category.map_or_else(
                || field.category().to_string(),
                |category| lower(&category.title),
            );
            match by_category.last_mut().filter(|(known, _)| *known == of) {
                Some((_, titles)) => titles.push(title),
                None => by_category.push((of, vec![title])),
            }
        }
        let parts: Vec<String> = by_category
            .iter()
            .map(|(of, titles)| format!("{} ({of})", titles.join(", ")))
            .collect();
        parts.join("; ")
    }

    /// The kind of all of `fields`, where it is one.
    pub fn kind(&self, fields: &[FieldId]) -> Option<FieldKind> {
        let mut kinds = fields
            .iter()
            .map(|field| self.vocabulary.field(field).map(|field| field.kind));
        let first = kinds.next()??;
        kinds.all(|kind| kind == Some(first)).then_some(first)
    }

    /// What is answered: `the month; it as held once the detective inspector agrees`.
    pub fn answer(&self, answer: &Answer, kind: Option<FieldKind>) -> String {
        if answer.sealed {
            return "sealed, as if nothing were held".to_owned();
        }
        let auto = ladder::meaning(answer.auto, kind);
        if answer.approved <= answer.auto {
            return auto.to_owned();
        }
        let approved = format!(
            "{} once {}",
            ladder::meaning(answer.approved, kind),
            self.agreeing(answer)
        );
        if answer.auto == Rung::None {
            approved
        } else {
            format!("{auto} at once, {approved}")
        }
    }

    /// `the named nurse and the head teacher agree`
    pub fn agreeing(&self, answer: &Answer) -> String {
        let terms = &self.vocabulary.approvers;
        let names: Vec<String> = answer
            .approvers
            .roles
            .iter()
            .map(|role| format!("the {}", named(terms, role.as_str())))
            .collect();
        match (names.as_slice(), answer.approvers.any_of) {
            ([one], _) => format!("{one} agrees"),
            (several, true) => format!("{} agrees", several.join(" or ")),
            (several, false) => format!("{} agree", several.join(" and ")),
        }
    }
}

/// A condition as it stands in a sentence.
fn stating(dimension: &str, listed: &str) -> String {
    match dimension {
        "purpose" => format!("for {listed}"),
        "priority" => format!("rated {listed}"),
        "consent" => format!("where consent was {listed}"),
        "subject" => format!("about {listed}"),
        "age" => format!("of age {listed}"),
        "requester" => format!("asked by {listed}"),
        _ => format!("to {listed}"),
    }
}

fn known(dimension: &str) -> &'static str {
    match dimension {
        "purpose" => "the purpose",
        "priority" => "the rating",
        "consent" => "what was said about consent",
        "subject" => "the person's role",
        "age" => "the person's age",
        "requester" => "the asker's role",
        _ => "the hub",
    }
}

fn whatever(dimension: &str) -> &'static str {
    match dimension {
        "purpose" => "for any purpose",
        "priority" => "at any rating",
        "consent" => "whatever was said about consent",
        "subject" => "about anybody",
        "age" => "of any age",
        "requester" => "asked by anybody",
        _ => "to any hub",
    }
}

/// How long ago, joining bands that follow one another.
fn ages(mask: Mask, whole: Mask) -> String {
    let mut runs: Vec<(Option<u32>, Option<u32>)> = Vec::new();
    let mut before = None;
    let mut joined = false;
    for (place, band) in Recency::ALL.iter().enumerate() {
        let has = mask & bit(place) != 0;
        if has && *band != Recency::Unknown {
            match runs.last_mut().filter(|_| joined) {
                Some(run) => run.1 = band.months(),
                None => runs.push((before, band.months())),
            }
        }
        joined = has;
        before = band.months();
    }
    let undated = bit(Recency::ALL.len().saturating_sub(1));
    let texts = runs.iter().map(|run| match run {
        (None, Some(to)) => format!("from the last {to} months"),
        (Some(from), Some(to)) => format!("{from} to {to} months old"),
        (Some(from), None) => format!("more than {from} months old"),
        (None, None) => "whenever the date is known".to_owned(),
    });
    let unknown = (mask & undated != 0 && whole != undated).then(|| "of unknown date".to_owned());
    either(texts.chain(unknown))
}

/// `a child`, `an adult at risk`.
fn with_article(name: &str) -> String {
    let vowel =
        name.starts_with(['a', 'e', 'i', 'o', 'A', 'E', 'I', 'O']) || name.starts_with("un");
    format!("{} {name}", if vowel { "an" } else { "a" })
}

/// `one, two or three`.
pub(crate) fn either(words: impl Iterator<Item = String>) -> String {
    let words: Vec<String> = words.collect();
    match words.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => String::new(),
    }
}
