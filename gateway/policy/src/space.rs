//! The finite space of questions: every dimension as a short list of words, the last one `unknown`.

use std::collections::HashMap;

use stile_model::code::{About, ConsentState, FieldKind, Handling, Priority};
use stile_model::id::{CategoryId, Code, FieldId, MemberId};
use stile_model::vocabulary::{AgeBand, Recency, Vocabulary};

use crate::decide::Question;
use crate::rules::{Rule, Rules, fields_of};

/// Number of dimensions besides the field.
pub(crate) const DIMENSIONS: usize = 8;
/// The place of the look-back among them.
pub(crate) const RECENCY: usize = 5;
/// The dimensions as cases and explanations name them.
pub(crate) const NAMES: [&str; DIMENSIONS] = [
    "purpose",
    "priority",
    "consent",
    "subject",
    "age",
    "recency",
    "requester",
    "hub",
];
/// The word of a value that is not known.
pub(crate) const UNKNOWN: &str = "unknown";
/// The word of a hub that no rule names; no member's name can hold the underscore.
pub(crate) const ANOTHER_HUB: &str = "another_hub";
/// Most words of one dimension: the bits of a mask.
pub(crate) const WORDS_MAX: usize = 64;

/// One field as policy sees it.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub id: FieldId,
    pub category: CategoryId,
    pub kind: FieldKind,
    pub about: About,
    pub barred: bool,
    /// Its category dates its events; without a date the look-back is never known.
    pub dated: bool,
}

/// A question in numbers: the field's place and one word of each dimension.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Point {
    /// `None` for a field the vocabulary does not know.
    pub field: Option<usize>,
    pub words: [usize; DIMENSIONS],
}

/// The words of every dimension, for one agency's rules.
#[derive(Debug, Clone)]
pub(crate) struct Space {
    pub fields: Vec<Place>,
    by_id: HashMap<FieldId, usize>,
    /// Purpose, priority, consent, subject, age, recency, requester, hub.
    pub dimensions: [Vec<String>; DIMENSIONS],
}

impl Space {
    pub fn new(rules: &Rules, vocabulary: &Vocabulary) -> Self {
        let fields: Vec<Place> = fields_of(vocabulary, &rules.agency)
            .map(|field| Place {
                id: field.id.clone(),
                category: field.id.category(),
                kind: field.kind,
                about: field.about,
                barred: vocabulary
                    .category(&field.id.category())
                    .is_none_or(|category| category.handling == Handling::Barred),
                dated: vocabulary
                    .category(&field.id.category())
                    .is_none_or(|category| category.event.is_some()),
            })
            .collect();
        let mut hubs: Vec<&str> = rules
            .rules
            .iter()
            .flat_map(|rule| rule.when.hub.iter().map(MemberId::as_str))
            .collect();
        hubs.sort_unstable();
        hubs.dedup();
        hubs.push(ANOTHER_HUB);
        let terms = |terms: &[stile_model::vocabulary::Term]| -> Vec<String> {
            terms.iter().map(|term| term.code.to_string()).collect()
        };
        Self {
            by_id: fields
                .iter()
                .enumerate()
                .map(|(n, field)| (field.id.clone(), n))
                .collect(),
            fields,
            dimensions: [
                known(
                    vocabulary
                        .purposes
                        .iter()
                        .map(|purpose| purpose.code.to_string()),
                ),
                known(Priority::ALL.iter().map(ToString::to_string)),
                known(ConsentState::ALL.iter().map(ToString::to_string)),
                known(terms(&vocabulary.subject_roles)),
                AgeBand::ALL
                    .iter()
                    .map(|band| band.as_str().to_owned())
                    .collect(),
                Recency::ALL
                    .iter()
                    .map(|band| band.as_str().to_owned())
                    .collect(),
                known(terms(&vocabulary.officer_roles)),
                known(hubs.into_iter().map(str::to_owned)),
            ],
        }
    }

    /// The question in numbers. A word outside the vocabulary is not known.
    pub fn point(&self, question: &Question<'_>) -> Point {
        let [purpose, _, _, subject, _, _, requester, hub] = &self.dimensions;
        let word = |dimension: &[String], code: Option<&Code>| {
            code.map_or(dimension.len().saturating_sub(1), |code| {
                find(dimension, code.as_str())
            })
        };
        // The dimensions of the enumerations hold their words in the order of `ALL`.
        Point {
            field: self.by_id.get(question.field).copied(),
            words: [
                word(purpose, Some(question.purpose)),
                place_of(Priority::ALL, question.priority),
                place_of(ConsentState::ALL, question.consent),
                word(subject, question.subject_role),
                place_of(AgeBand::ALL, Some(question.age)),
                place_of(Recency::ALL, Some(question.recency)),
                word(requester, question.requester),
                hub_place(hub, question.hub),
            ],
        }
    }

    /// The place of a field, if it is this agency's.
    pub fn place(&self, field: &FieldId) -> Option<usize> {
        self.by_id.get(field).copied()
    }

    /// The place of a word in dimension `n`; a hub that no rule names is another hub.
    pub fn word(&self, n: usize, word: &str) -> usize {
        let Some(dimension) = self.dimensions.get(n) else {
            return 0;
        };
        if n + 1 == DIMENSIONS && word != UNKNOWN && !dimension.iter().any(|known| known == word) {
            return find(dimension, ANOTHER_HUB);
        }
        find(dimension, word)
    }

    /// The bits of a dimension on which `rule` applies.
    pub fn masks(&self, rule: &Rule) -> [u64; DIMENSIONS] {
        let mut masks = [0; DIMENSIONS];
        for ((mask, words), dimension) in
            masks.iter_mut().zip(conditions(rule)).zip(&self.dimensions)
        {
            *mask = match words {
                None => u64::MAX,
                Some(words) => words.iter().fold(0, |mask, word| {
                    dimension
                        .iter()
                        .position(|known| known == word)
                        .map_or(mask, |bit| mask | bit_of(bit))
                }),
            };
        }
        masks
    }
}

/// The words on which a rule applies, dimension by dimension; `None` for any.
///
/// This is the one place that says what `unknown` does: it joins every conditioned cap and no
/// conditioned grant.
pub(crate) fn conditions(rule: &Rule) -> [Option<Vec<String>>; DIMENSIONS] {
    let when = &rule.when;
    let widen = |words: Vec<String>| {
        (!words.is_empty()).then(|| {
            let mut words = words;
            if !rule.verb.grants() {
                words.push(UNKNOWN.to_owned());
            }
            words
        })
    };
    [
        widen(texts(&when.purpose)),
        widen(texts(&when.priority)),
        widen(texts(&when.consent)),
        widen(texts(&when.subject)),
        widen(
            when.age
                .iter()
                .map(|band| band.as_str().to_owned())
                .collect(),
        ),
        widen(bands(when.within)),
        widen(texts(&when.requester)),
        widen(texts(&when.hub)),
    ]
}

/// The place of an enumeration's value, or of `unknown`, which stands after the last.
fn place_of<T: PartialEq>(all: &[T], value: Option<T>) -> usize {
    value
        .and_then(|value| all.iter().position(|known| *known == value))
        .unwrap_or(all.len())
}

/// The place of a hub: one that no rule names is another hub, which stands before `unknown`.
fn hub_place(hubs: &[String], hub: Option<&MemberId>) -> usize {
    let unknown = hubs.len().saturating_sub(1);
    hub.map_or(unknown, |hub| {
        hubs.iter()
            .position(|known| known == hub.as_str())
            .unwrap_or(unknown.saturating_sub(1))
    })
}

/// The bit of a word.
pub(crate) fn bit_of(place: usize) -> u64 {
    u32::try_from(place)
        .ok()
        .and_then(|place| 1_u64.checked_shl(place))
        .unwrap_or(0)
}

fn bands(within: Option<Recency>) -> Vec<String> {
    let Some(last) = within else {
        return Vec::new();
    };
    Recency::ALL
        .iter()
        .filter(|band| **band <= last && **band != Recency::Unknown)
        .map(|band| band.as_str().to_owned())
        .collect()
}

fn texts(items: &[impl ToString]) -> Vec<String> {
    items.iter().map(ToString::to_string).collect()
}

fn known(words: impl IntoIterator<Item = String>) -> Vec<String> {
    words.into_iter().chain([UNKNOWN.to_owned()]).collect()
}

/// The place of `word`, or of `unknown`, which is always last.
fn find(dimension: &[String], word: &str) -> usize {
    dimension
        .iter()
        .position(|known| known == word)
        .unwrap_or(dimension.len().saturating_sub(1))
}
