//! The distinct forenames or surnames of an agency, each kept once, with how many people bear it.

use std::collections::HashMap;

use stile_model::redact::Redacted;

use crate::level::{Form, Gist, Level};

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
}

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

/// A name to look for among the held ones.
pub(crate) struct Sought {
    /// The name.
    pub(crate) form: Form,
    /// It may stand here only as a part or in the wrong field: slips and sounds would be noise.
    pub(crate) strict: bool,
}

impl Sought {
    fn level(&self, held: &Form, gist: Gist) -> Level {
        if self.form.gist().surely_differs(gist) {
            return Level::Different;
        }
        let level = self.form.level(held);
        if self.strict { as_part(level) } else { level }
    }
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

    /// Compares `name` once with every distinct name and counts people at each level.
    pub(crate) fn tally(&self, name: &Form) -> Tally {
        let mut tally = Tally::default();
        let gist = name.gist();
        for (entry, held) in self.entries.iter().zip(&self.gists) {
            if gist.surely_differs(*held) {
                continue;
            }
            let level = name.level(&entry.form);
            if level != Level::Different {
                tally.add(level, entry.first);
            }
        }
        tally
    }

    /// Up to `limit` held spellings of which some word agrees with something `sought`, best
    /// agreement first and commoner first within one level.
    pub(crate) fn spellings(&self, sought: &[Sought], limit: usize) -> Vec<Redacted<String>> {
        let levels: Vec<Level> = self
            .entries
            .iter()
            .zip(&self.gists)
            .map(|(entry, gist)| {
                let of = |each: &Sought| each.level(&entry.form, *gist);
                sought.iter().map(of).min().unwrap_or(Level::Different)
            })
            .collect();
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
        found.into_iter().map(|(_, _, text)| text.clone()).collect()
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
