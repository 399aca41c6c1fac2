//! A case as one page shows it: the matter, the referrals, who works on it, how far agencies are.

use std::collections::{BTreeMap, BTreeSet};
use stile_ledger::{EntryKind, Pseudonym};
use stile_model::id::{CaseId, Code, MemberId, UserId};
use stile_model::time::Timestamp;
use stile_store::{Batch, Query, StoreError};

use super::need::{Need, Timing};
use super::submit::KeptReferral;
use super::work::Work;
use crate::error::ExchangeError;
use crate::hub::{Answers, Case, DeliveryLine, Hub};
use crate::people::Person;
use crate::retention::Outcome;

/// Most steps of one page of a timeline.
const TIMELINE_MAX: usize = 200;

/// A case as one page shows it.
#[derive(Debug, Clone)]
pub struct CasePage {
    /// The matter, its people among it.
    pub case: Case,
    /// The referrals, first to last; none for a case opened without a form.
    pub referrals: Vec<KeptReferral>,
    /// What was done on it.
    pub work: Work,
    /// What became of it, once it is closed.
    pub outcome: Option<Outcome>,
    /// How far each agency is, in numbers.
    pub answers: Answers,
    /// Copies on their way to systems of the partnership, and how they stand, oldest first.
    pub deliveries: Vec<DeliveryLine>,
    /// How the clock stands.
    pub timing: Timing,
    /// Is the deadline missed, or near?
    pub at_risk: bool,
    /// What it needs of whoever looks.
    pub needs: Vec<Need>,
    /// When it was looked at.
    pub at: Timestamp,
}

/// Who did something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum By {
    /// A gateway, by itself.
    Gateway,
    /// Somebody who is not listed here any more, under the user name of that time; none where the
    /// sealed part of the entry, which alone says it, was erased or keeps no name.
    Left(Option<UserId>),
    /// Somebody who is listed here.
    Listed(UserId),
}

/// One thing that the ledger says was done in a case.
#[derive(Debug, Clone)]
pub struct Happened {
    /// Its index in the ledger.
    pub index: u64,
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: EntryKind,
    /// Who.
    pub by: By,
    /// The member on the other side.
    pub member: Option<MemberId>,
    /// The coded reason.
    pub reason: Option<Code>,
    /// How many of what.
    pub counts: BTreeMap<Code, u32>,
}

/// What was done in a case, newest first.
#[derive(Debug, Clone)]
pub struct Timeline {
    /// The entries.
    pub steps: Vec<Happened>,
    /// Give it as `before` to see what came earlier; none when there is nothing.
    pub earlier: Option<u64>,
    /// Earlier entries lie in an archive and are not shown.
    pub archived: bool,
}

impl Hub {
    /// Everything a page of a case shows; the reading is recorded once, before it is shown.
    ///
    /// # Errors
    ///
    /// `role_missing`, `unknown_case`, or that the reading could not be recorded.
    pub async fn case_page(&self, person: &Person, id: &CaseId) -> Result<CasePage, ExchangeError> {
        person.must_work_on_cases()?;
        let case = self.case(id)?;
        let referrals = self.referrals_of(id)?;
        let work = self.work(id)?;
        let outcome = crate::retention::outcome_of(&self.store, id)?;
        let answers = self.answers(id, 0, 0).await?;
        let now = self.clock.now();
        let line = self.line_of(&case)?;
        let closed = outcome.as_ref().map(|outcome| outcome.closed);
        let batch = Batch {
            entries: vec![self.case_read(person, &case, "case", now)?],
            ..Batch::default()
        };
        self.store.commit(batch).await?;
        Ok(CasePage {
            timing: self.timing(&case, work.first_decided().or(closed), now),
            at_risk: line.as_ref().is_some_and(|line| line.is_at_risk(now)),
            deliveries: self.delivery_lines(id)?,
            needs: line.map_or_else(Vec::new, |line| Self::needs(person, &line, now)),
            case,
            referrals,
            work,
            outcome,
            answers,
            at: now,
        })
    }

    /// What the ledger says was done in a case, before the entry `before`, newest first; that it was
    /// looked at is recorded first, and is the newest of a first page.
    ///
    /// # Errors
    ///
    /// `role_missing`, `unknown_case`, or that the reading could not be recorded.
    pub async fn timeline(
        &self,
        person: &Person,
        id: &CaseId,
        before: Option<u64>,
    ) -> Result<Timeline, ExchangeError> {
        person.must_work_on_cases()?;
        let case = self.case(id)?;
        let batch = Batch {
            entries: vec![self.case_read(person, &case, "timeline", self.clock.now())?],
            ..Batch::default()
        };
        self.store.commit(batch).await?;
        let page = self.store.find(&Query {
            case: Some(Pseudonym::of_case(&self.pseudonym_key, id)),
            kinds: BTreeSet::new(),
            before,
            limit: TIMELINE_MAX,
            ..Query::default()
        })?;
        let names: BTreeMap<_, _> = self
            .people
            .users()
            .map(|user| (self.pseudonym(user), user))
            .collect();
        let mut steps = Vec::with_capacity(page.entries.len());
        for (index, leaf) in page.entries {
            let entry = leaf.entry;
            let by = match entry.actor {
                None => By::Gateway,
                Some(actor) => match names.get(&actor) {
                    Some(user) => By::Listed((*user).clone()),
                    None => By::Left(self.named_in(index, actor)?),
                },
            };
            steps.push(Happened {
                index,
                at: entry.time,
                kind: entry.kind,
                by,
                member: entry.member,
                reason: entry.reason,
                counts: entry.counts,
            });
        }
        Ok(Timeline {
            steps,
            earlier: page.next,
            archived: page.archived,
        })
    }

    /// The user whose pseudonym an entry bears, from its sealed body: the pseudonym proves which of the
    /// words in it is their name.
    fn named_in(&self, index: u64, actor: Pseudonym) -> Result<Option<UserId>, ExchangeError> {
        let body = match self.store.body(index) {
            Ok(body) => body,
            Err(StoreError::Erased) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let value: serde_json::Value = match serde_json::from_slice(&body) {
            Ok(value) => value,
            // A signed text or a picture: it names nobody that could be read here.
            Err(_) => return Ok(None),
        };
        Ok(named(&value, &|user| self.pseudonym(user) == actor))
    }
}

/// The first text of a value that is this user's name.
fn named(value: &serde_json::Value, is_theirs: &impl Fn(&UserId) -> bool) -> Option<UserId> {
    match value {
        serde_json::Value::String(text) => UserId::new(text).ok().filter(is_theirs),
        serde_json::Value::Array(all) => all.iter().find_map(|one| named(one, is_theirs)),
        serde_json::Value::Object(all) => all.values().find_map(|one| named(one, is_theirs)),
        serde_json::Value::Null | serde_json::Value::Bool(_) | serde_json::Value::Number(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn finds_the_name_that_the_pseudonym_proves_and_no_other() {
        let body = json!({
            "what": "case",
            "user": "h-1002",
            "more": [{ "by": "h-1007" }, 5, null],
        });
        let of = |name: &str| {
            let wanted = UserId::new(name).unwrap();
            named(&body, &|user| *user == wanted)
        };

        assert_eq!(of("h-1007"), Some(UserId::new("h-1007").unwrap()));
        assert_eq!(of("h-1009"), None);
    }
}
