//! The agency's half of a reconciliation: what its ledger has about one hub, and the outcome.

use std::collections::BTreeMap;

use data_encoding::BASE64;
use serde::Deserialize;
use stile_ledger::{Checkpoint, Entry, EntryKind, Leaf};
use stile_model::digest::Digest;
use stile_model::id::{Code, EnquiryId, MemberId};
use stile_store::{Batch, PendingEntry, Put, StoreError, Tree};

use super::Agency;
use super::stored::return_key;
use crate::error::{ExchangeError, refuse};
use crate::evidence::{counts, reason};
use crate::people::{Duty, Person};
use crate::reconcile::{
    DIFFERENCES_MAX, Lack, Outcome, Reconciliation, Reconciliations, Release, ReleasePage,
};
use crate::stored::{Row, every};

/// Entries read for one page.
const PAGE: u64 = 1_000;
/// Before a hub's id: how the last reconciliation with it came out.
const RECONCILED: &[u8] = b"reconciled/";
/// Before a counterpart's id, on both sides: the last reconciliation with it for which it could be asked.
const COMPARED: &[u8] = b"compared/";

/// What a permit's sealed body says of its return.
#[derive(Deserialize)]
struct Body {
    answer: Named,
}

#[derive(Deserialize)]
struct Named {
    enquiry: EnquiryId,
    n: u32,
}

impl Agency {
    /// What the ledger has about `hub` from entry `from` on, as far as one page reaches, under the
    /// head that is published now.
    ///
    /// # Errors
    ///
    /// When the ledger cannot be read.
    pub(super) fn releases_to(
        &self,
        hub: &MemberId,
        from: u64,
        confirmed: u64,
    ) -> Result<ReleasePage, ExchangeError> {
        let checkpoint = self.store.signed_head();
        let head = Checkpoint::open(&checkpoint, self.store.vkey())
            .map_err(|_| ExchangeError::Stored("checkpoint"))?;
        let consistency = if confirmed == 0 || confirmed > head.size {
            Vec::new()
        } else {
            self.store.consistency_to(confirmed, head.size)?
        };
        let archived = self.store.archived();
        let from = from.max(archived);
        let end = from.saturating_add(PAGE).min(head.size);
        let mut page = ReleasePage {
            checkpoint,
            consistency: consistency
                .iter()
                .map(|hash| BASE64.encode(hash.as_bytes()))
                .collect(),
            archived,
            releases: Vec::new(),
            refusals: Vec::new(),
            next: (end < head.size).then_some(end),
        };
        for (index, leaf) in (from..end).zip(self.store.entries(from..end)?) {
            let leaf = Leaf::parse(&leaf).map_err(|_| ExchangeError::Stored("entry"))?;
            let Entry {
                kind,
                member,
                digest: Some(digest),
                ..
            } = leaf.entry
            else {
                continue;
            };
            if member.as_ref() != Some(hub) {
                continue;
            }
            if kind == EntryKind::Permit {
                page.releases.push(self.release_at(index, digest)?);
            } else if kind == EntryKind::Refusal {
                page.refusals.push(digest);
            }
        }
        Ok(page)
    }

    fn release_at(&self, permit: u64, digest: Digest) -> Result<Release, ExchangeError> {
        let of = match self.store.body(permit) {
            Ok(body) => {
                let body: Body = serde_json::from_slice(&body)
                    .map_err(|_| ExchangeError::Stored("entry body"))?;
                Some((body.answer.enquiry, body.answer.n))
            }
            // Its key has been destroyed: the entry stands, what it is about is gone.
            Err(StoreError::Erased) => None,
            Err(error) => return Err(error.into()),
        };
        let acknowledged = match of {
            Some((enquiry, n)) => {
                let key = return_key(enquiry, n);
                self.store.get(Tree::Progress, &key)?.is_some()
            }
            None => false,
        };
        Ok(Release {
            permit,
            digest,
            of,
            acknowledged,
        })
    }

    /// Records how a hub says that a reconciliation came out.
    ///
    /// # Errors
    ///
    /// `out_of_bounds` when it is not about this hub and this agency; `budget_exhausted`.
    pub(super) async fn reconciled(
        &self,
        hub: &MemberId,
        outcome: &Reconciliation,
    ) -> Result<(), ExchangeError> {
        if outcome.hub != *hub
            || outcome.agency != self.me
            || outcome.differences.len() > DIFFERENCES_MAX
        {
            return Err(refuse(
                "out_of_bounds",
                422,
                "the outcome must be of this hub and this agency, with at most 500 differences",
            ));
        }
        let now = self.clock.now();
        self.spend(hub, now)?;
        let batch = recorded(RECONCILED, hub, outcome, now)?;
        self.store.commit(batch).await?;
        Ok(())
    }

    /// How the last reconciliation with each hub came out.
    ///
    /// # Errors
    ///
    /// `role_missing`, or when the store cannot be read.
    pub fn reconciliations(&self, person: &Person) -> Result<Reconciliations, ExchangeError> {
        may_reconcile(person)?;
        last(&self.store)
    }
}

/// Those who answer for the record may compare it; so may who runs the gateway: it shows ids only.
pub(crate) fn may_reconcile(person: &Person) -> Result<(), ExchangeError> {
    let may = |duty: &Duty| match duty {
        Duty::Approver(_)
        | Duty::Auditor
        | Duty::HubManager
        | Duty::IgLead
        | Duty::InformationGovernance
        | Duty::ItAdmin => true,
        Duty::DecisionMaker | Duty::MatchReviewer | Duty::Researcher => false,
    };
    if person.duties.iter().any(may) {
        Ok(())
    } else {
        Err(refuse(
            "role_missing",
            403,
            "this needs the role `auditor`, `hub_manager`, `it_admin` or `approver:<role>`",
        ))
    }
}

/// How the last reconciliation with each counterpart came out.
pub(crate) fn last(store: &stile_store::Store) -> Result<Reconciliations, ExchangeError> {
    let rows = every(store, Tree::Meta, RECONCILED)?;
    let read = |value: &[u8]| {
        serde_json::from_slice(value).map_err(|_| ExchangeError::Stored("reconciliation"))
    };
    let reconciliations = rows.iter().map(|(_, value)| read(value));
    Ok(Reconciliations {
        reconciliations: reconciliations.collect::<Result<_, _>>()?,
    })
}

/// The last reconciliation with each counterpart that could be asked. One that cannot be read is left
/// out: the next takes its place.
pub(crate) fn compared(store: &stile_store::Store) -> Result<Vec<Reconciliation>, ExchangeError> {
    let rows = every(store, Tree::Meta, COMPARED)?;
    let read = |(_, value): &Row| serde_json::from_slice::<Reconciliation>(value).ok();
    Ok(rows.iter().filter_map(read).collect())
}

/// The entry of an outcome, alike on both sides, and its place as the last one.
pub(crate) fn recorded(
    key: &[u8],
    with: &MemberId,
    outcome: &Reconciliation,
    now: stile_model::time::Timestamp,
) -> Result<Batch, ExchangeError> {
    let body = serde_json::to_vec(outcome).map_err(|_| ExchangeError::Stored("reconciliation"))?;
    let entry = Entry {
        member: Some(with.clone()),
        digest: Some(Digest::of(&body)),
        reason: reason(outcome.outcome.word()),
        counts: counted(outcome),
        ..Entry::new(EntryKind::Reconciliation, now)
    };
    let put = |before: &[u8]| Put {
        tree: Tree::Meta,
        key: [before, with.as_str().as_bytes()].concat(),
        value: Some(body.clone()),
        case: None,
    };
    let mut puts = vec![put(key)];
    // Who could not be asked differs, or is believed, no less than before.
    if outcome.outcome != Outcome::Unreachable {
        puts.push(put(COMPARED));
    }
    Ok(Batch {
        entries: vec![PendingEntry {
            entry,
            body,
            case: None,
            subjects: Vec::new(),
        }],
        puts,
        ..Batch::default()
    })
}

/// What an outcome's entry counts: differences of each kind that there is, besides the whole.
fn counted(outcome: &Reconciliation) -> BTreeMap<Code, u32> {
    let size = |count: u32| usize::try_from(count).unwrap_or(usize::MAX);
    let mut counted = counts(&[
        ("chased", size(outcome.chased)),
        ("differing", size(outcome.differing)),
        ("pending", size(outcome.pending)),
        ("releases", size(outcome.releases)),
        ("returns", size(outcome.returns)),
    ]);
    for what in Lack::ALL {
        let many = outcome.many(what);
        if many > 0 {
            counted.append(&mut counts(&[(what.word(), size(many))]));
        }
    }
    counted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reconcile::Difference;

    fn report(outcome: Outcome, differing: u32, lacks: &[Lack]) -> Reconciliation {
        let member = |text| MemberId::new(text).unwrap();
        let differences = lacks.iter().map(|what| Difference {
            what: *what,
            enquiry: None,
            n: None,
            permit: None,
        });
        Reconciliation {
            hub: member("north-mash"),
            agency: member("north-police"),
            at: "2026-03-11T10:14:00Z".parse().unwrap(),
            outcome,
            size: 0,
            releases: 0,
            returns: 0,
            pending: 0,
            chased: 0,
            differing,
            differences: differences.collect(),
        }
    }

    #[test]
    fn one_for_which_nobody_could_be_asked_takes_not_the_place_of_the_comparison_before() {
        for (outcome, stays) in [
            (Outcome::Agrees, false),
            (Outcome::Differs, false),
            (Outcome::LedgerInconsistent, false),
            (Outcome::LedgerRolledBack, false),
            (Outcome::Unreachable, true),
        ] {
            let report = report(outcome, 0, &[]);
            let batch = recorded(RECONCILED, &report.hub, &report, report.at).unwrap();

            let mut expected = vec![b"reconciled/north-mash".to_vec()];
            if !stays {
                expected.push(b"compared/north-mash".to_vec());
            }
            let keys: Vec<_> = batch.puts.into_iter().map(|put| put.key).collect();
            assert_eq!(keys, expected, "{outcome:?}");
        }
    }

    #[test]
    fn what_the_list_has_no_room_for_counts_as_of_the_kind_with_which_it_ends() {
        let lacks = [Lack::NotReceived, Lack::Unanswered];
        let counted = counted(&report(Outcome::Differs, 9, &lacks));

        let of = |word| counted.get(&Code::new(word).unwrap()).copied();
        assert_eq!(of("differing"), Some(9));
        assert_eq!(of("not_received"), Some(1));
        assert_eq!(of("unanswered"), Some(8));
        assert_eq!(of("lost_here"), None);
    }
}
