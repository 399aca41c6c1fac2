//! The distinct forenames or surnames of an agency, each kept once, with how many people bear it.

use std::collections::HashMap;

use stile_model::redact::Redacted;

use crate::bits::real;
use crate::level::{Form, Gist, Level};
use crate::weights;

/// One distinct name.
struct Entry {
    form: Form,
    /// People whose (first) name this is.
    first: u64,
    /// People of whose name this is a later word or a part.
    later: u64,
    /// Places of the spellings of which this is a word.
    spelt: Vec<usize>,
}

/// One value exactly as a source holds it.
struct Spelling {
    text: Redacted<String>,
    people: u64,
    first: usize,
    later: Vec<usize>,
}

/// A held value read into its main name and its further words.
pub(crate) struct Reading {
    /// First forename, or the whole surname.
    pub(crate) first: String,
    /// Further forenames, or the parts of a double-barrelled surname.
    pub(crate) later: Vec<String>,
}

/// Distinct names and spellings with counts.
#[derive(Default)]
pub(crate) struct Lexicon {
    entries: Vec<Entry>,
    /// The gist of each entry, side by side, so that most are passed over without being read.
    gists: Vec<Gist>,
    index: HashMap<String, usize>,
    spellings: Vec<Spelling>,
    seen: HashMap<Redacted<String>, usize>,
    /// People with further words, and how often one of these begins with each letter.
    with_later: u64,
    later_initials: HashMap<u8, u64>,
}

/// People with a further forename that the shipped share of an initial counts for.
const INITIALS: f64 = 100.0;

/// People at each level of agreement with one name.
#[derive(Clone, Default)]
pub(crate) struct Tally([u64; Level::ALL.len()]);

impl Tally {
    /// People at `level`.
    pub(crate) fn at(&self, level: Level) -> u64 {
        Level::ALL
            .iter()
            .zip(self.0)
            .find(|(each, _)| **each == level)
            .map_or(0, |(_, people)| people)
    }

    /// Adds `people` at `level`.
    pub(crate) fn add(&mut self, level: Level, people: u64) {
        for (each, count) in Level::ALL.iter().zip(&mut self.0) {
            if *each == level {
                *count = count.saturating_add(people);
            }
        }
    }
}

/// A name with the held ones that agree with it.
pub(crate) struct Agreeing {
    /// The name, prepared.
    pub(crate) form: Form,
    /// Places of held names, and how far each agrees.
    held: Vec<(usize, Level)>,
}

/// Values exactly as a source holds them, best agreement first.
pub(crate) struct Spellings {
    pub(crate) texts: Vec<Redacted<String>>,
    /// How many of the first are the very name.
    pub(crate) identical: usize,
}

/// Agreement of a part: only the very name, its short form or one slip counts.
fn as_part(level: Level) -> Level {
    if level <= Level::Near {
        Level::Part
    } else {
        Level::Different
    }
}

impl Lexicon {
    /// Counts `people` more with this value.
    pub(crate) fn add(&mut self, text: &Redacted<String>, people: u64, reading: &Reading) {
        if reading.first.is_empty() {
            return;
        }
        let first = self.intern(&reading.first);
        let later: Vec<usize> = reading.later.iter().map(|word| self.intern(word)).collect();
        if let Some(entry) = self.entries.get_mut(first) {
            entry.first = entry.first.saturating_add(people);
        }
        for id in &later {
            if let Some(entry) = self.entries.get_mut(*id) {
                entry.later = entry.later.saturating_add(people);
            }
        }
        if !later.is_empty() {
            self.with_later = self.with_later.saturating_add(people);
        }
        for letter in reading.later.iter().filter_map(|word| word.bytes().next()) {
            let held = self.later_initials.entry(letter).or_default();
            *held = held.saturating_add(people);
        }
        if let Some(known) = self
            .seen
            .get(text)
            .and_then(|at| self.spellings.get_mut(*at))
        {
            known.people = known.people.saturating_add(people);
        } else {
            let place = self.spellings.len();
            self.seen.insert(text.clone(), place);
            for id in later.iter().chain([&first]) {
                if let Some(entry) = self.entries.get_mut(*id) {
                    entry.spelt.push(place);
                }
            }
            self.spellings.push(Spelling {
                text: text.clone(),
                people,
                first,
                later,
            });
        }
    }

    /// The prepared form of `text`, if the agency holds that name.
    pub(crate) fn form(&self, text: &str) -> Option<&Form> {
        self.index
            .get(text)
            .and_then(|id| self.entries.get(*id))
            .map(|entry| &entry.form)
    }

    /// People whose first name is exactly `text`.
    pub(crate) fn first(&self, text: &str) -> u64 {
        self.entry(text).map_or(0, |entry| entry.first)
    }

    /// People of whose name `text` is a later word or a part.
    pub(crate) fn later(&self, text: &str) -> u64 {
        self.entry(text).map_or(0, |entry| entry.later)
    }

    /// Share of those with a further forename who have one of this initial.
    pub(crate) fn later_initial(&self, letter: u8) -> f64 {
        let held = self.later_initials.get(&letter).copied().unwrap_or(0);
        let shipped = INITIALS * weights::MIDDLE_INITIAL_U;
        ((real(held) + shipped) / (real(self.with_later) + INITIALS)).min(1.0)
    }

    /// `bearers` of a further forename as a share of those who have any.
    pub(crate) fn later_share(&self, bearers: u64) -> f64 {
        (real(bearers).max(0.3) / real(self.with_later.max(1))).min(1.0)
    }

    /// Compares `form` once with every distinct name.
    pub(crate) fn agreeing(&self, form: Form) -> Agreeing {
        let gist = form.gist();
        let near = self.gists.iter().enumerate();
        let near = near.filter(|(_, held)| !gist.surely_differs(**held));
        let held = near
            .filter_map(|(id, _)| Some((id, form.read_level(&self.entries.get(id)?.form))))
            .filter(|(_, level)| *level != Level::Different)
            .collect();
        Agreeing { form, held }
    }

    /// People at each level of agreement.
    pub(crate) fn tally(&self, name: &Agreeing) -> Tally {
        let mut tally = Tally::default();
        for (id, level) in &name.held {
            if let Some(entry) = self.entries.get(*id) {
                tally.add(*level, entry.first);
            }
        }
        tally
    }

    /// The best level of each distinct name: with one of `whole`, or with one of `parts`, which may
    /// stand here only as a part or in the wrong field, so that slips and sounds would be noise.
    fn levels(&self, whole: &[&Agreeing], parts: &[Form]) -> Vec<Level> {
        let mut levels = vec![Level::Different; self.entries.len()];
        for (id, level) in whole.iter().flat_map(|name| &name.held) {
            if let Some(best) = levels.get_mut(*id) {
                *best = (*best).min(*level);
            }
        }
        for part in parts {
            let gist = part.gist();
            let held = self.entries.iter().zip(&self.gists).zip(&mut levels);
            for ((entry, _), best) in held.filter(|((_, held), _)| !gist.surely_no_slip(**held)) {
                *best = (*best).min(as_part(part.level(&entry.form)));
            }
        }
        levels
    }

    /// Up to `limit` held spellings of which some word agrees with a name of `whole` or `parts`,
    /// best agreement first and commoner first within one level.
    pub(crate) fn spellings(&self, whole: &[&Agreeing], parts: &[Form], limit: usize) -> Spellings {
        let levels = self.levels(whole, parts);
        let at = |id: &usize| levels.get(*id).copied().unwrap_or(Level::Different);
        // Few names agree, so only their spellings are looked at, each once.
        let agreeing = self.entries.iter().zip(&levels);
        let mut places: Vec<usize> = agreeing
            .filter(|(_, level)| **level != Level::Different)
            .flat_map(|(entry, _)| entry.spelt.iter().copied())
            .collect();
        places.sort_unstable();
        places.dedup();
        let mut found: Vec<(Level, u64, &Redacted<String>)> = places
            .into_iter()
            .filter_map(|place| self.spellings.get(place))
            .filter_map(|held| {
                let later = held.later.iter().map(at).min().unwrap_or(Level::Different);
                let best = at(&held.first).min(as_part(later));
                (best != Level::Different).then_some((best, held.people, &held.text))
            })
            .collect();
        let order = |a: &(Level, u64, &Redacted<String>), b: &(Level, u64, &Redacted<String>)| {
            a.0.cmp(&b.0).then(b.1.cmp(&a.1)).then(a.2.cmp(b.2))
        };
        if limit < found.len() {
            found.select_nth_unstable_by(limit, order);
            found.truncate(limit);
        }
        found.sort_unstable_by(order);
        let identical = found.partition_point(|(level, _, _)| *level == Level::Identical);
        Spellings {
            texts: found.into_iter().map(|(_, _, text)| text.clone()).collect(),
            identical,
        }
    }

    fn entry(&self, text: &str) -> Option<&Entry> {
        self.index.get(text).and_then(|id| self.entries.get(*id))
    }

    fn intern(&mut self, text: &str) -> usize {
        if let Some(id) = self.index.get(text) {
            return *id;
        }
        let id = self.entries.len();
        let form = Form::new(text);
        self.gists.push(form.gist());
        self.entries.push(Entry {
            form,
            first: 0,
            later: 0,
            spelt: Vec::new(),
        });
        self.index.insert(text.to_owned(), id);
        id
    }
}
