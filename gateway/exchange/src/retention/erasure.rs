//! Erasing by two people: one proposes, another approves; then the cases' keys are destroyed.
//!
//! Order of effects: the proposal is in the ledger; the approval is in the ledger; the erasure begins
//! and records itself (`stile_store::Store::erase`); the proposal is kept as done, without the case
//! numbers. A gateway that stops in between goes on at its next start ([`Gateway::resume_erasures`]).

use std::collections::BTreeSet;

use stile_ledger::{Entry, EntryKind, Pseudonym};
use stile_model::id::{CaseId, EnquiryId};
use stile_store::{Batch, Destroyed, Erased, Erasure, PendingEntry, Put, StoreError, Tree};

use super::proposal::{ErasureReason, Proposal, ProposalList, ProposalState, Propose};
use super::{Gateway, acted, code};
use crate::error::{ExchangeError, refuse};
use crate::people::{Duty, Person};
use crate::random;
use crate::stored::every;

/// Most cases of one proposal.
const MOST_CASES: usize = 500;

impl Gateway {
    /// Every proposal.
    ///
    /// # Errors
    ///
    /// `role_missing`, or when the store cannot be read.
    pub fn proposals(&self, person: &Person) -> Result<ProposalList, ExchangeError> {
        person.must(&Duty::InformationGovernance)?;
        self.every_proposal()
    }

    fn every_proposal(&self) -> Result<ProposalList, ExchangeError> {
        let mut proposals = every(self.store(), Tree::Erasures, PREFIX)?
            .iter()
            .map(|(_, bytes)| read(bytes))
            .collect::<Result<Vec<_>, _>>()?;
        proposals.sort_by(|one, other| {
            let key = |proposal: &Proposal| (proposal.proposed_at, proposal.id);
            key(other).cmp(&key(one))
        });
        Ok(ProposalList {
            proposals,
            unfinished: self.store().erasure_unfinished()?,
        })
    }

    /// Proposes to erase cases; nothing is erased yet.
    ///
    /// # Errors
    ///
    /// `role_missing`, `out_of_bounds`, `unknown_case`, `on_hold`, `case_active`, `not_due`.
    pub async fn propose(
        &self,
        person: &Person,
        order: &Propose,
    ) -> Result<Proposal, ExchangeError> {
        person.must(&Duty::InformationGovernance)?;
        let _turn = self.turn().lock().await;
        if order.cases.is_empty() || order.cases.len() > MOST_CASES {
            return Err(refuse(
                "out_of_bounds",
                422,
                "a proposal is about 1 to 500 cases",
            ));
        }
        self.may_be_erased(&order.cases, order.reason)?;
        let reason = order.reason.code()?;
        let entries = order.cases.iter().map(|case| {
            let kind = EntryKind::ErasureProposed;
            self.entry(kind, &person.user, case, reason.clone(), None)
        });
        let mut proposal = Proposal {
            id: random::enquiry_id()?,
            cases: order.cases.clone(),
            count: u32::try_from(order.cases.len()).unwrap_or(u32::MAX),
            reason: order.reason,
            proposed_by: person.user.clone(),
            proposed_at: self.now(),
            entry: 0,
            state: ProposalState::Open,
        };
        let batch = Batch {
            entries: entries.collect::<Result<_, _>>()?,
            ..Batch::default()
        };
        let committed = self.store().commit(batch).await?;
        let first = committed.receipts.first();
        proposal.entry = first.ok_or(ExchangeError::Stored("receipt"))?.index();
        self.keep(&proposal, Vec::new()).await?;
        Ok(proposal)
    }

    /// Agrees to another officer's proposal, and erases.
    ///
    /// # Errors
    ///
    /// `role_missing`, `unknown_proposal`, `already_decided`, `own_proposal`, and what [`Gateway::propose`] refuses:
    /// nothing was erased. On `unrecorded` the erasure may have begun; it goes on at the next start.
    pub async fn approve(&self, person: &Person, id: EnquiryId) -> Result<Proposal, ExchangeError> {
        person.must(&Duty::InformationGovernance)?;
        let _turn = self.turn().lock().await;
        let mut proposal = self.open_proposal(id)?;
        if proposal.proposed_by == person.user {
            return Err(refuse(
                "own_proposal",
                403,
                "nobody approves their own proposal; another officer must",
            ));
        }
        if self.store().erasure_unfinished()? {
            return Err(refuse(
                "erasure_unfinished",
                409,
                "an earlier erasure is unfinished: take the old credential away, or restart the gateway",
            ));
        }
        self.may_be_erased(&proposal.cases, proposal.reason)?;
        proposal.state = ProposalState::Approved {
            by: person.user.clone(),
            at: self.now(),
        };
        let entries = self.decided("approved", person, &proposal)?;
        self.keep(&proposal, entries).await?;
        self.carry_out(proposal).await
    }

    /// Says no to a proposal; the proposer may, too.
    ///
    /// # Errors
    ///
    /// `role_missing`, `unknown_proposal`, `already_decided`.
    pub async fn refuse_proposal(
        &self,
        person: &Person,
        id: EnquiryId,
    ) -> Result<Proposal, ExchangeError> {
        person.must(&Duty::InformationGovernance)?;
        let _turn = self.turn().lock().await;
        let mut proposal = self.open_proposal(id)?;
        proposal.state = ProposalState::Refused {
            by: person.user.clone(),
            at: self.now(),
        };
        let entries = self.decided("refused", person, &proposal)?;
        self.keep(&proposal, entries).await?;
        Ok(proposal)
    }

    /// Goes on with what a stop of the gateway left unfinished. Called at start, before serving.
    ///
    /// # Errors
    ///
    /// When the store cannot be read or written.
    pub async fn resume_erasures(&self) -> Result<(), ExchangeError> {
        let resumed = self.store().resume_erasure(self.now()).await?;
        if let Some(erased) = &resumed {
            tracing::warn!(
                erased_keys = erased.erased_keys,
                destroyed = erased.destroyed == Destroyed::Yes,
                "went on with an unfinished erasure"
            );
        }
        for proposal in self.every_proposal()?.proposals {
            match &proposal.state {
                ProposalState::Approved { .. } if resumed.is_some() => {
                    self.done(proposal, resumed).await?;
                }
                ProposalState::Approved { .. } => {
                    self.carry_out(proposal).await?;
                }
                ProposalState::Done {
                    remove_credential: true,
                    ..
                } if resumed.is_none_or(|erased| erased.destroyed == Destroyed::Yes) => {
                    self.done(proposal, resumed).await?;
                }
                ProposalState::Done { .. }
                | ProposalState::Open
                | ProposalState::Refused { .. } => {}
            }
        }
        Ok(())
    }

    /// Erases what two people agreed on.
    async fn carry_out(&self, proposal: Proposal) -> Result<Proposal, ExchangeError> {
        let (ProposalState::Approved { by, at } | ProposalState::Done { by, at, .. }) =
            &proposal.state
        else {
            return Err(ExchangeError::Stored("proposal"));
        };
        let mut cases: Vec<_> = proposal.cases.iter().cloned().collect();
        // What was written in drafts that are gone: their keys go with the same epoch key.
        if let Self::Hub(hub) = self {
            cases.extend(hub.gone_drafts()?);
        }
        let erasure = Erasure {
            cases,
            entry: Entry {
                actor: Some(Pseudonym::of(self.pseudonym_key(), by)),
                reason: Some(proposal.reason.code()?),
                concerns: Some(proposal.entry),
                ..Entry::new(EntryKind::Erasure, *at)
            },
            body: acted(by)?,
        };
        // On a task of its own: an officer who hangs up must not leave it half done.
        let store = self.store().clone();
        let work = tokio::spawn(async move { store.erase(&erasure).await });
        match work.await.map_err(|_| ExchangeError::Stored("erasure"))? {
            Ok(erased) => {
                if let Self::Hub(hub) = self {
                    for case in &proposal.cases {
                        hub.changed(case);
                    }
                }
                self.done(proposal, Some(erased)).await
            }
            // A start after the erasure and before this proposal was kept as done.
            Err(StoreError::NothingToErase) => self.done(proposal, None).await,
            Err(error) => Err(error.into()),
        }
    }

    async fn done(
        &self,
        mut proposal: Proposal,
        erased: Option<Erased>,
    ) -> Result<Proposal, ExchangeError> {
        proposal.cases = BTreeSet::new();
        proposal.state = match proposal.state {
            ProposalState::Approved { by, at } => ProposalState::Done {
                by,
                at,
                erased_keys: erased.map(|erased| erased.erased_keys),
                remove_credential: erased
                    .is_some_and(|erased| erased.destroyed == Destroyed::RemoveCredential),
            },
            ProposalState::Done {
                by,
                at,
                erased_keys,
                ..
            } => ProposalState::Done {
                by,
                at,
                erased_keys,
                remove_credential: false,
            },
            other @ (ProposalState::Open | ProposalState::Refused { .. }) => other,
        };
        self.keep(&proposal, Vec::new()).await?;
        Ok(proposal)
    }

    /// Refuses unless each of the cases may be erased for this reason today.
    fn may_be_erased(
        &self,
        cases: &BTreeSet<CaseId>,
        reason: ErasureReason,
    ) -> Result<(), ExchangeError> {
        let by_schedule = reason == ErasureReason::RetentionExpired;
        let due: BTreeSet<CaseId> = if by_schedule {
            let list = self.coming_due(false)?.cases;
            list.into_iter().map(|case| case.case).collect()
        } else {
            BTreeSet::new()
        };
        for case in cases {
            self.must_have(case)?;
            if self.marks(case)?.hold.is_some() {
                return Err(refuse(
                    "on_hold",
                    409,
                    "a case is on hold; release it first",
                ));
            }
            if self.is_active(case)? {
                return Err(refuse(
                    "case_active",
                    409,
                    "somebody is still to answer or to decide in a case",
                ));
            }
            if by_schedule && !due.contains(case) {
                return Err(refuse(
                    "not_due",
                    409,
                    "a case's period is not over; see the list of what is due",
                ));
            }
        }
        Ok(())
    }

    /// One entry for each case, about that case's proposal entry.
    fn decided(
        &self,
        how: &str,
        person: &Person,
        proposal: &Proposal,
    ) -> Result<Vec<PendingEntry>, ExchangeError> {
        let (reason, how) = (proposal.reason.code()?, code(how)?);
        let entries = (proposal.entry..).zip(&proposal.cases);
        entries
            .map(|(index, case)| {
                let kind = EntryKind::Approval;
                let mut entry =
                    self.entry(kind, &person.user, case, reason.clone(), Some(index))?;
                entry.entry.counts.insert(how.clone(), 1);
                Ok(entry)
            })
            .collect()
    }

    fn open_proposal(&self, id: EnquiryId) -> Result<Proposal, ExchangeError> {
        let bytes = self.store().get(Tree::Erasures, &key(id))?;
        let bytes = bytes
            .ok_or_else(|| refuse("unknown_proposal", 404, "there is no proposal of this id"))?;
        let proposal = read(&bytes)?;
        if proposal.state == ProposalState::Open {
            Ok(proposal)
        } else {
            Err(refuse(
                "already_decided",
                409,
                "the proposal is decided already",
            ))
        }
    }

    async fn keep(
        &self,
        proposal: &Proposal,
        entries: Vec<PendingEntry>,
    ) -> Result<(), ExchangeError> {
        let value = serde_json::to_vec(proposal).map_err(|_| ExchangeError::Stored("proposal"))?;
        let batch = Batch {
            entries,
            puts: vec![Put {
                tree: Tree::Erasures,
                key: key(proposal.id),
                value: Some(value),
                case: None,
            }],
            ..Batch::default()
        };
        self.store().commit(batch).await?;
        Ok(())
    }
}

const PREFIX: &[u8] = b"proposal/";

fn key(id: EnquiryId) -> Vec<u8> {
    [PREFIX, id.as_bytes().as_slice()].concat()
}

fn read(bytes: &[u8]) -> Result<Proposal, ExchangeError> {
    serde_json::from_slice(bytes).map_err(|_| ExchangeError::Stored("proposal"))
}
