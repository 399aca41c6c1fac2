//! Before a case is opened: other cases, and drafts, that may be about the same people.
//!
//! An open case is added to, and goes to whoever works on it; it is not opened again. What is shown is
//! which case, who works on it and in which parts people agree: whoever wants to see more opens the
//! case, which is on record like every reading.

use std::collections::BTreeMap;

use stile_ledger::{Entry, EntryKind};
use stile_linkage::{Frequencies, Match, Resolution, Thresholds, Weight, resolve};
use stile_model::code::Priority;
use stile_model::id::{CaseId, Code, SubjectId, UserId};
use stile_model::subject::{PersonRow, Subject};
use stile_model::time::Timestamp;
use stile_store::{Batch, PendingEntry};

use super::crowd::{place, row};
use super::draft::{DraftId, KeptDraft};
use crate::error::ExchangeError;
use crate::evidence::{counts, reason};
use crate::hub::{Case, Hub};
use crate::people::{Duty, Person};
use crate::retention::{Outcome, outcome_of};
use crate::subjects;

/// Most cases that are shown.
const SHOWN: usize = 20;
/// Lines of a waterfall that are not a part of the person.
const BESIDE: [&str; 3] = ["prior", "family", "rivals"];

/// Something that may be about the same people.
#[derive(Debug, Clone)]
pub struct Alike {
    /// Where they stand.
    pub found: AlikeIn,
    /// Who may be whom, the likeliest first.
    pub people: Vec<AlikePerson>,
}

/// Where the same people may stand.
#[derive(Debug, Clone)]
pub enum AlikeIn {
    /// In a case.
    Case(AlikeCase),
    /// In a draft of this person.
    Draft {
        /// Who writes it.
        owner: UserId,
        /// When it was last saved.
        saved: Timestamp,
    },
}

/// A case in which the same people may stand.
#[derive(Debug, Clone)]
pub struct AlikeCase {
    /// Its number.
    pub case: CaseId,
    /// Kind.
    pub kind: Code,
    /// Rating.
    pub priority: Priority,
    /// When its clock started.
    pub opened: Timestamp,
    /// Who works on it.
    pub allocated: Option<UserId>,
    /// What became of it; none while it is open.
    pub outcome: Option<Outcome>,
}

/// One person of the draft who may be one of the other.
#[derive(Debug, Clone)]
pub struct AlikePerson {
    /// Place in the draft.
    pub ours: SubjectId,
    /// Place in the other.
    pub theirs: SubjectId,
    /// How sure it is.
    pub likeness: Likeness,
    /// Which parts agree or differ, and how, as codes.
    pub parts: Vec<AlikePart>,
    /// Probability that they are one person, 0 to 1: for the order, not for show.
    probability: f64,
}

/// How sure it is that two are one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Likeness {
    /// An agency would answer by itself.
    Likely,
    /// Somebody must look.
    Possible,
}

/// One part of two people, compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlikePart {
    /// The part: `date_of_birth`.
    pub part: String,
    /// How it agrees: `one_digit_apart`.
    pub level: String,
    /// Does it speak for one person?
    pub speaks_for: bool,
}

impl Hub {
    /// Cases and other drafts that may be about the people of a draft: open cases first. Each case
    /// found is recorded as consulted before it is named.
    ///
    /// # Errors
    ///
    /// `role_missing`, `unknown_draft`, or that it could not be recorded.
    pub async fn alike(&self, person: &Person, id: DraftId) -> Result<Vec<Alike>, ExchangeError> {
        person.must(&Duty::Researcher)?;
        let draft = self.kept_draft(person, id)?;
        let drafts: BTreeMap<CaseId, KeptDraft> = self
            .standing_drafts()?
            .into_iter()
            .filter(|other| other.id != id)
            .map(|other| Ok((other.id.label()?, other)))
            .collect::<Result<_, ExchangeError>>()?;
        let mut found: BTreeMap<CaseId, Vec<AlikePerson>> = BTreeMap::new();
        for subject in &draft.referral.subjects {
            for (case, one) in self.alike_one(subject, &drafts)? {
                found.entry(case).or_default().push(one);
            }
        }
        let (mut all, mut read) = (Vec::new(), Vec::new());
        for (label, mut people) in found {
            people.sort_by(|one, other| other.probability.total_cmp(&one.probability));
            if let Some(other) = drafts.get(&label) {
                let (owner, saved) = (other.owner.clone(), other.saved);
                let found = AlikeIn::Draft { owner, saved };
                all.push(Alike { found, people });
            } else if let Some((case, found)) = self.alike_case(&label)? {
                read.push(case);
                let found = AlikeIn::Case(found);
                all.push(Alike { found, people });
            }
        }
        all.sort_by_key(rank);
        all.truncate(SHOWN);
        read.retain(|case| all.iter().any(|alike| alike.is_in(case)));
        self.record_alike(person, &draft, &read, all.len()).await?;
        Ok(all)
    }

    /// Who in the hub's cases, or in these drafts, may be one subject.
    fn alike_one(
        &self,
        subject: &Subject,
        drafts: &BTreeMap<CaseId, KeptDraft>,
    ) -> Result<Vec<(CaseId, AlikePerson)>, ExchangeError> {
        let thresholds = Thresholds {
            shown: SHOWN,
            ..Thresholds::default()
        };
        self.near(subject, |near| {
            let mut rows = near.rows;
            for (label, draft) in drafts {
                for other in &draft.referral.subjects {
                    let key = format!("{label}|{}", other.id);
                    rows.push(row(other, key.into()));
                }
            }
            // One case or draft at a time: the same child stands in several, and one that fits to the
            // letter is no reason against another with a slip.
            let mut each: BTreeMap<CaseId, Vec<PersonRow>> = BTreeMap::new();
            for row in rows {
                if let Some((case, _)) = place(&row) {
                    each.entry(case).or_default().push(row);
                }
            }
            let each = each.values();
            each.flat_map(|rows| alike_in(subject, rows, near.frequencies, &thresholds))
                .collect()
        })
    }

    /// The case as it is shown; none where it is no longer recent, or erased.
    fn alike_case(&self, id: &CaseId) -> Result<Option<(Case, AlikeCase)>, ExchangeError> {
        let case = match self.case(id) {
            Ok(case) => case,
            Err(ExchangeError::Refused(_)) => return Ok(None),
            Err(error) => return Err(error),
        };
        if !self.is_recent(id, self.clock.now())? {
            return Ok(None);
        }
        let work = self.work(id)?;
        let found = AlikeCase {
            case: id.clone(),
            kind: case.matter.kind.clone(),
            priority: case.matter.priority,
            opened: case.opened,
            allocated: work.allocated().map(|(user, _)| user.clone()),
            outcome: outcome_of(&self.store, id)?,
        };
        Ok(Some((case, found)))
    }

    async fn record_alike(
        &self,
        person: &Person,
        draft: &KeptDraft,
        read: &[Case],
        found: usize,
    ) -> Result<(), ExchangeError> {
        let now = self.clock.now();
        let entry = Entry {
            actor: Some(self.pseudonym(&person.user)),
            reason: reason("alike"),
            counts: counts(&[("found", found)]),
            ..Entry::new(EntryKind::Consultation, now)
        };
        let mut entries = vec![PendingEntry {
            entry,
            body: serde_json::to_vec(&(draft.id, &person.user))
                .map_err(|_| ExchangeError::Stored("reading"))?,
            case: Some(draft.id.label()?),
            subjects: subjects::keys_of_all(&draft.referral.subjects),
        }];
        for case in read {
            entries.push(self.case_read(person, case, "alike", now)?);
        }
        let batch = Batch {
            entries,
            ..Batch::default()
        };
        self.store.commit(batch).await?;
        Ok(())
    }
}

impl Alike {
    fn is_in(&self, case: &Case) -> bool {
        match &self.found {
            AlikeIn::Case(found) => found.case == case.matter.id,
            AlikeIn::Draft { .. } => false,
        }
    }
}

/// Open cases first, then drafts, then closed cases; of each the likeliest first.
fn rank(alike: &Alike) -> (u8, Likeness, i64) {
    let sort = match &alike.found {
        AlikeIn::Case(case) if case.outcome.is_none() => 0,
        AlikeIn::Draft { .. } => 1,
        AlikeIn::Case(_) => 2,
    };
    let best = alike.people.first();
    let likeness = best.map_or(Likeness::Possible, |person| person.likeness);
    let opened = match &alike.found {
        AlikeIn::Case(case) => case.opened,
        AlikeIn::Draft { saved, .. } => *saved,
    };
    (sort, likeness, opened.millis().saturating_neg())
}

/// Who of one case or draft may be the subject.
fn alike_in(
    subject: &Subject,
    rows: &[PersonRow],
    frequencies: &Frequencies,
    thresholds: &Thresholds,
) -> Vec<(CaseId, AlikePerson)> {
    let (likeness, matches) = match resolve(subject, rows, frequencies, thresholds) {
        Resolution::Confident(one) => (Likeness::Likely, vec![one]),
        Resolution::Possible(some) => (Likeness::Possible, some),
        Resolution::None { .. } => return Vec::new(),
    };
    let each = matches.iter().flat_map(|one| {
        let people = one.rows.iter().filter_map(|&row| rows.get(row));
        people.filter_map(move |row| described(subject, row, one, likeness))
    });
    each.collect()
}

fn described(
    subject: &Subject,
    row: &PersonRow,
    one: &Match,
    likeness: Likeness,
) -> Option<(CaseId, AlikePerson)> {
    let (case, theirs) = place(row)?;
    let lines = one.waterfall.iter();
    let person = AlikePerson {
        ours: subject.id.clone(),
        theirs,
        likeness,
        parts: lines
            .filter(|line| !BESIDE.contains(&line.part))
            .map(part)
            .collect(),
        probability: one.probability,
    };
    Some((case, person))
}

fn part(line: &Weight) -> AlikePart {
    let code = |words: &str| words.to_ascii_lowercase().replace([' ', '-'], "_");
    AlikePart {
        part: code(line.part),
        level: code(line.level),
        speaks_for: line.bits > 0.0,
    }
}
