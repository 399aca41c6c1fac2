//! Everybody the hub's open and recent cases are about, in memory, so that who is alike is found.
//!
//! The same index and the same scorer as an agency's matching. Nothing of it is written anywhere;
//! its lists are wiped when they are dropped.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use stile_linkage::{Changes, Frequencies, Index, expand};
use stile_model::id::{CaseId, SubjectId};
use stile_model::redact::Redacted;
use stile_model::subject::{Born, PersonRow, Subject};
use stile_model::time::Timestamp;
use stile_store::Tree;

use crate::error::ExchangeError;
use crate::hub::{Case, Hub};
use crate::retention::outcome_of;

/// The name of the source, as rows carry it.
const SOURCE: &str = "hub";
/// Most memory that the people of the hub take, in bytes.
const MOST_BYTES: usize = 1 << 30;
/// Most people of the hub that are weighed for one subject.
const CANDIDATES: usize = 300;
/// Cases read at once while everybody is read.
const PAGE: usize = 1_000;

/// The people of this process's memory.
#[derive(Debug, Default)]
pub(in crate::hub) struct Crowd(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    /// None before the first search.
    held: Option<Held>,
    changed: BTreeSet<CaseId>,
}

#[derive(Debug)]
struct Held {
    index: Index,
    frequencies: Frequencies,
    /// People when the frequencies were counted.
    counted: usize,
    /// Who of each case is held.
    cases: BTreeMap<CaseId, Vec<SubjectId>>,
}

/// Rows that may be a subject, and how common their names are here.
pub(super) struct Near<'a> {
    pub(super) rows: Vec<PersonRow>,
    pub(super) frequencies: &'a Frequencies,
}

impl Crowd {
    /// Remembers that the people of a case must be read again.
    pub(in crate::hub) fn touch(&self, case: &CaseId) {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if inner.held.is_some() {
            inner.changed.insert(case.clone());
        }
    }
}

impl Hub {
    /// Whoever is held that may be `subject`, handed to `weigh`.
    pub(super) fn near<T>(
        &self,
        subject: &Subject,
        weigh: impl FnOnce(Near<'_>) -> T,
    ) -> Result<T, ExchangeError> {
        self.with_crowd(|held| {
            let query = expand(subject, &held.frequencies);
            weigh(Near {
                rows: held.index.candidates(&query, CANDIDATES),
                frequencies: &held.frequencies,
            })
        })
    }

    /// Reads the open cases and everybody they are about into memory, so that nobody's first page
    /// waits for it. Takes seconds where there are very many cases.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub fn open_desk(&self) -> Result<(), ExchangeError> {
        self.with_board(|_| ())?;
        self.with_crowd(|_| ())
    }

    fn with_crowd<T>(&self, look: impl FnOnce(&Held) -> T) -> Result<T, ExchangeError> {
        self.follow()?;
        let mut inner = self
            .live
            .crowd
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let Inner { held, changed } = &mut *inner;
        let held = match held {
            Some(held) => {
                self.bring_up_to_date(held, changed)?;
                held
            }
            None => held.insert(self.everybody()?),
        };
        Ok(look(held))
    }

    fn everybody(&self) -> Result<Held, ExchangeError> {
        let now = self.clock.now();
        let mut builder = Index::builder(SOURCE, MOST_BYTES);
        let mut cases = BTreeMap::new();
        let mut after: Option<Vec<u8>> = None;
        loop {
            let page = self.store.scan(Tree::Cases, &[], after.as_deref(), PAGE)?;
            let last = page.len() < PAGE;
            for (_, bytes) in &page {
                let case: Case =
                    serde_json::from_slice(bytes).map_err(|_| ExchangeError::Stored("case"))?;
                if !self.is_recent(&case.matter.id, now)? {
                    continue;
                }
                for row in rows(&case) {
                    builder.push(&row).map_err(|_| FULL)?;
                }
                cases.insert(case.matter.id.clone(), ids(&case));
            }
            if last {
                break;
            }
            after = page.last().map(|(key, _)| key.clone());
        }
        let index = builder.finish().map_err(|_| FULL)?;
        let frequencies = Frequencies::new(&[index.counts()]);
        Ok(Held {
            counted: index.people(),
            index,
            frequencies,
            cases,
        })
    }

    fn bring_up_to_date(
        &self,
        held: &mut Held,
        touched: &mut BTreeSet<CaseId>,
    ) -> Result<(), ExchangeError> {
        if touched.is_empty() {
            return Ok(());
        }
        let now = self.clock.now();
        let mut changes = Changes::default();
        let mut cases = Vec::new();
        for id in touched.iter() {
            let gone = held.cases.get(id).into_iter().flatten();
            let bytes = self.store.get(Tree::Cases, id.as_str().as_bytes())?;
            let case: Option<Case> = bytes
                .map(|bytes| serde_json::from_slice(&bytes))
                .transpose()
                .map_err(|_| ExchangeError::Stored("case"))?;
            match case {
                Some(case) if self.is_recent(id, now)? => {
                    changes.current.extend(rows(&case));
                    cases.push((id.clone(), Some(ids(&case))));
                }
                Some(_) | None => {
                    changes.gone.extend(gone.map(|subject| key(id, subject)));
                    cases.push((id.clone(), None));
                }
            }
        }
        held.index = held.index.apply(&changes).map_err(|_| FULL)?;
        for (id, people) in cases {
            match people {
                Some(people) => held.cases.insert(id, people),
                None => held.cases.remove(&id),
            };
        }
        touched.clear();
        // How common a name is changes slowly: counted again once a tenth more or less are held.
        let people = held.index.people();
        if people.abs_diff(held.counted) > held.counted / 10 {
            held.frequencies = Frequencies::new(&[held.index.counts()]);
            held.counted = people;
        }
        Ok(())
    }

    /// Is the case open, or closed not long ago?
    pub(super) fn is_recent(&self, case: &CaseId, now: Timestamp) -> Result<bool, ExchangeError> {
        let days = i64::from(self.settings.desk.recent_days);
        let since = now.plus_s(-days.saturating_mul(86_400));
        let outcome = outcome_of(&self.store, case)?;
        Ok(outcome.is_none_or(|outcome| outcome.closed >= since))
    }
}

const FULL: ExchangeError = ExchangeError::Stored("set of people, which no longer fits in memory,");

fn ids(case: &Case) -> Vec<SubjectId> {
    let people = case.matter.subjects.iter();
    people.map(|subject| subject.id.clone()).collect()
}

/// The people of a case as rows that can be compared.
fn rows(case: &Case) -> impl Iterator<Item = PersonRow> {
    let id = &case.matter.id;
    let people = case.matter.subjects.iter();
    people.map(move |subject| row(subject, key(id, &subject.id)))
}

/// Where a person is held: the case and their place in it.
fn key(case: &CaseId, subject: &SubjectId) -> Redacted<String> {
    Redacted::new(format!("{case}|{subject}"))
}

/// Where a row comes from: the case, or the label of a draft, and the person's place in it.
pub(super) fn place(row: &PersonRow) -> Option<(CaseId, SubjectId)> {
    let (case, subject) = row.key.reveal().split_once('|')?;
    Some((CaseId::new(case).ok()?, SubjectId::new(subject).ok()?))
}

/// A subject as a row: their first name, the others as aliases, the newest address.
pub(super) fn row(subject: &Subject, key: Redacted<String>) -> PersonRow {
    let mut names = subject.names.iter();
    let first = names.next();
    let address = subject.addresses.first();
    let alias = |name: &stile_model::subject::Name| {
        let (given, family) = (name.forenames.reveal(), name.surname.reveal());
        Redacted::new(format!("{given}|{family}"))
    };
    PersonRow {
        source: SOURCE.to_owned(),
        key,
        forenames: first.map(|name| name.forenames.clone()).unwrap_or_default(),
        surname: first.map(|name| name.surname.clone()).unwrap_or_default(),
        aliases: names.map(alias).collect(),
        born: match subject.born {
            Some(Born::Exact(date)) => Some(date),
            _ => None,
        },
        sex: subject.sex.map(|sex| {
            let word = match sex {
                stile_model::subject::Sex::Female => "F",
                stile_model::subject::Sex::Male => "M",
            };
            word.into()
        }),
        address: address.map(|one| one.line.clone()).unwrap_or_default(),
        postcode: address.map(|one| one.postcode.clone()).unwrap_or_default(),
        phone: subject.phones.first().cloned().unwrap_or_default(),
        identifiers: subject
            .identifiers
            .iter()
            .map(|id| (id.scheme.clone(), id.value.clone()))
            .collect(),
        ..PersonRow::default()
    }
}
