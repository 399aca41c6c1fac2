//! How far each agency of a case is, in numbers: what a page shows while it is open.
//!
//! How many records an agency has of somebody says something of them, so looking at it is recorded like
//! every reading. Whoever opens what came back reads the product, and that is recorded, too.

use std::collections::BTreeMap;
use std::collections::hash_map::Entry;

use stile_model::code::MatchStatus;
use stile_model::id::{CaseId, CategoryId, Code, EnquiryId, MemberId};
use stile_model::time::Timestamp;
use stile_product::{Audience, Product};
use stile_store::Batch;

use super::Hub;
use super::progress::State;
use crate::error::ExchangeError;
use crate::people::Person;

/// For how long a watch that was recorded is not recorded again, in milliseconds: an hour.
const WATCHED_MS: i64 = 3_600_000;

/// One agency's answer in numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgencyAnswer {
    /// The agency.
    pub agency: MemberId,
    /// Its name.
    pub name: String,
    /// Its team contact.
    pub contact: String,
    /// The enquiry.
    pub enquiry: EnquiryId,
    /// Categories it was asked for.
    pub asked: Vec<CategoryId>,
    /// Where it stands.
    pub state: State,
    /// Since when.
    pub since: Timestamp,
    /// Items it sent.
    pub items: usize,
    /// Lines it withheld and listed.
    pub withheld: usize,
    /// Questions that a person there must still decide.
    pub referred: usize,
    /// Roles that decide, without repetition.
    pub deciders: Vec<Code>,
    /// When the first of these decisions is due.
    pub decision_due: Option<Timestamp>,
    /// People of the case whom it may know: somebody there must say.
    pub to_confirm: usize,
    /// What was not checked.
    pub gaps: usize,
}

/// The answers of a case in numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answers {
    /// Give it back to hear of the next change.
    pub version: u64,
    /// When it was looked at.
    pub at: Timestamp,
    /// One for each agency asked, by id.
    pub agencies: Vec<AgencyAnswer>,
}

impl Answers {
    /// Agencies that sent something, or said that they hold nothing.
    pub fn answered(&self) -> usize {
        let has = |one: &&AgencyAnswer| matches!(one.state, State::Answered | State::InPart);
        self.agencies.iter().filter(has).count()
    }

    /// The sum of one of the numbers.
    pub fn sum(&self, of: impl Fn(&AgencyAnswer) -> usize) -> usize {
        self.agencies.iter().map(of).sum()
    }
}

/// Somebody watches a case: all they hear is that something changed.
#[derive(Debug, Clone)]
pub struct Watched {
    case: CaseId,
    seen: Answers,
}

impl Watched {
    /// Grows with every change.
    pub const fn version(&self) -> u64 {
        self.seen.version
    }
}

impl Hub {
    /// How far each agency of a case is, for somebody who looks at that alone: recorded before it is
    /// shown.
    ///
    /// # Errors
    ///
    /// `role_missing`, `unknown_case`, or that the reading could not be recorded.
    pub async fn read_answers(
        &self,
        person: &Person,
        id: &CaseId,
    ) -> Result<Answers, ExchangeError> {
        person.must_work_on_cases()?;
        let answers = self.answers(id, 0, 0).await?;
        self.record_look(person, id, "answers").await?;
        Ok(answers)
    }

    /// Begins to watch a case. It is recorded, once an hour of each person and case however often a
    /// browser begins anew.
    ///
    /// # Errors
    ///
    /// As [`Hub::read_answers`].
    pub async fn watch(&self, person: &Person, id: &CaseId) -> Result<Watched, ExchangeError> {
        person.must_work_on_cases()?;
        let seen = self.answers(id, 0, 0).await?;
        let now = self.clock.now();
        let mut watched = self.live.watched.lock().await;
        watched.retain(|_, since| now.since_millis(*since) < WATCHED_MS);
        let key = (person.user.clone(), id.clone());
        if let Entry::Vacant(first) = watched.entry(key) {
            self.record_look(person, id, "live").await?;
            first.insert(now);
        }
        let case = id.clone();
        Ok(Watched { case, seen })
    }

    /// Waits up to `wait_s` seconds, at most 60, for a change of the case: did an agency's line change?
    ///
    /// # Errors
    ///
    /// `unknown_case` once the case is erased.
    pub async fn has_changed(
        &self,
        watched: &mut Watched,
        wait_s: u64,
    ) -> Result<bool, ExchangeError> {
        let after = watched.version();
        let now = self.answers(&watched.case, after, wait_s).await?;
        let before = std::mem::replace(&mut watched.seen, now);
        Ok(before.agencies != watched.seen.agencies)
    }

    async fn record_look(
        &self,
        person: &Person,
        id: &CaseId,
        reason: &str,
    ) -> Result<(), ExchangeError> {
        let read = self.case_read(person, &self.case(id)?, reason, self.clock.now())?;
        let batch = Batch {
            entries: vec![read],
            ..Batch::default()
        };
        self.store.commit(batch).await?;
        Ok(())
    }

    /// How far each agency of a case is; waits up to `wait_s` seconds for a version after `after`.
    pub(in crate::hub) async fn answers(
        &self,
        id: &CaseId,
        after: u64,
        wait_s: u64,
    ) -> Result<Answers, ExchangeError> {
        let progress = self.progress(id, after, wait_s).await?;
        let product = self.product(id, Audience::DecisionMaker)?;
        let directory = self.directory.load();
        let asked: BTreeMap<_, _> = self
            .sent_of(id)?
            .into_iter()
            .map(|sent| (sent.enquiry.id, sent.enquiry.asks))
            .collect();
        let agencies = progress.agencies.into_iter().map(|line| {
            let asks = asked.get(&line.enquiry).into_iter().flatten();
            let member = directory.member(&line.agency);
            let name = member.map(|member| member.name.clone());
            AgencyAnswer {
                name: name.unwrap_or_else(|| line.agency.to_string()),
                contact: member.map_or_else(String::new, |member| member.contact.clone()),
                enquiry: line.enquiry,
                asked: asks.map(|ask| ask.category.clone()).collect(),
                state: line.state,
                since: line.since,
                ..counted(&product, line.agency, line.enquiry)
            }
        });
        Ok(Answers {
            version: progress.version,
            at: self.clock.now(),
            agencies: agencies.collect(),
        })
    }
}

/// What a product says of one agency, in numbers.
fn counted(product: &Product, agency: MemberId, enquiry: EnquiryId) -> AgencyAnswer {
    let of = |one: &MemberId| *one == agency;
    let section = product.agencies.iter().find(|one| of(&one.agency));
    let to_confirm = section.map_or(0, |section| {
        let possible = section.matches.iter();
        possible
            .filter(|line| line.status == MatchStatus::Possible)
            .count()
    });
    let referred: Vec<_> = product
        .referred
        .iter()
        .filter(|line| of(&line.agency))
        .collect();
    let mut deciders: Vec<_> = referred
        .iter()
        .flat_map(|line| &line.approvers)
        .filter_map(|word| Code::new(word.code.clone()).ok())
        .collect();
    deciders.sort_unstable();
    deciders.dedup();
    AgencyAnswer {
        name: String::new(),
        contact: String::new(),
        enquiry,
        asked: Vec::new(),
        state: State::Waiting,
        since: product.made,
        items: product
            .chronology
            .iter()
            .filter(|event| of(&event.agency))
            .count(),
        withheld: product
            .withheld
            .iter()
            .filter(|line| of(&line.agency))
            .count(),
        decision_due: referred.iter().map(|line| line.due).min(),
        referred: referred.len(),
        deciders,
        to_confirm,
        gaps: product.gaps.iter().filter(|gap| of(&gap.agency)).count(),
        agency,
    }
}
