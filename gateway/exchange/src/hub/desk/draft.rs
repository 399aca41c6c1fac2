//! Drafts of referrals: saved at every step, taken up again by whoever wrote them, and gone after a
//! while.
//!
//! ```text
//! draft/<keyed hash of the user>/<id>    the draft, sealed under a key of its own
//! gone/<id>                              present once the draft is submitted, discarded or lapsed:
//!                                        what it became, sealed under the same key
//! ```
//!
//! That mark is written only where there is none: a draft becomes one case, or none, however often and
//! at whatever moment it is sent.
//!
//! A removed row is not erased: its key is. The keys of drafts that are gone are destroyed with the
//! next erasure of cases, whose epoch key they share.

mod gone;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use stile_ledger::{Entry, EntryKind};
use stile_model::id::{CaseId, Code, EnquiryId, IdError, UserId};
use stile_model::redact::Redacted;
use stile_model::time::Timestamp;
use stile_store::{Batch, PendingEntry, Put, StoreError, Tree};

use super::person::display_name;
use super::prompts::{Prompt, prompts};
use super::referral::Referral;
use crate::error::{ExchangeError, refuse};
use crate::evidence::{counts, reason};
use crate::hub::Hub;
use crate::people::{Duty, Person};
use crate::random;
use crate::stored::every;
use crate::subjects;
pub(super) use gone::Gone;
use gone::gone_key;

/// Begins the label of a draft's key; no case may have such a number.
pub(in crate::hub) const LABEL: &str = "DRAFT-";
/// Most drafts that one person keeps at a time.
const DRAFTS_MAX: usize = 50;

/// Names one draft: 32 lower-case hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DraftId(EnquiryId);

impl fmt::Display for DraftId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for DraftId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        text.parse().map(Self)
    }
}

impl DraftId {
    /// Under which label the key of this draft is kept.
    pub(super) fn label(self) -> Result<CaseId, ExchangeError> {
        let label = format!("{LABEL}{}", self.to_string().to_ascii_uppercase());
        CaseId::new(label).map_err(|_| ExchangeError::Stored("draft"))
    }
}

/// A draft.
#[derive(Debug, Clone)]
pub struct Draft {
    /// Names it.
    pub id: DraftId,
    /// Who writes it.
    pub owner: UserId,
    /// When it was first saved.
    pub begun: Timestamp,
    /// When it was last saved.
    pub saved: Timestamp,
    /// When it lapses unless it is saved again.
    pub lapses: Timestamp,
    /// The page where its writer stopped.
    pub step: Option<Code>,
    /// What is written.
    pub referral: Referral,
    /// What is missing or thin.
    pub prompts: Vec<Prompt>,
}

/// One draft of a list.
#[derive(Debug, Clone)]
pub struct DraftLine {
    /// Names it.
    pub id: DraftId,
    /// When it was last saved.
    pub saved: Timestamp,
    /// When it lapses.
    pub lapses: Timestamp,
    /// The page where its writer stopped.
    pub step: Option<Code>,
    /// Name of the first person, if one is known.
    pub subject: Option<Redacted<String>>,
    /// How many things are missing or thin.
    pub prompts: usize,
}

/// A draft as kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct KeptDraft {
    pub(super) id: DraftId,
    pub(super) owner: UserId,
    pub(super) begun: Timestamp,
    pub(super) saved: Timestamp,
    pub(super) step: Option<Code>,
    pub(super) referral: Referral,
}

impl Hub {
    /// Saves a draft, new or again; nothing that is missing stops it.
    ///
    /// # Errors
    ///
    /// `role_missing`, `unknown_draft`, `out_of_bounds` for a text that is too long or a 51st draft,
    /// or that it could not be kept.
    pub async fn save_draft(
        &self,
        person: &Person,
        id: Option<DraftId>,
        referral: Referral,
        step: Option<Code>,
    ) -> Result<Draft, ExchangeError> {
        person.must(&Duty::Researcher)?;
        referral.check()?;
        let now = self.clock.now();
        let kept = match id {
            Some(id) => KeptDraft {
                saved: now,
                step,
                referral,
                ..self.kept_draft(person, id)?
            },
            None if self.drafts_of(&person.user)?.len() >= DRAFTS_MAX => {
                return Err(refuse(
                    "out_of_bounds",
                    422,
                    "you have 50 drafts; submit or discard one first",
                ));
            }
            None => KeptDraft {
                id: DraftId(random::enquiry_id()?),
                owner: person.user.clone(),
                begun: now,
                saved: now,
                step,
                referral,
            },
        };
        let mut batch = Batch {
            puts: vec![self.draft_put(&kept)?],
            // What was submitted meanwhile does not come back.
            require_absent: vec![(Tree::Desk, gone_key(&kept.id.label()?))],
            ..Batch::default()
        };
        // What is written about people is collected when it is first kept, and not at every step.
        if id.is_none() {
            batch
                .entries
                .push(self.draft_entry(person, &kept, "draft_begun", now)?);
        }
        self.commit_draft(batch).await?;
        Ok(self.draft_of(kept))
    }

    /// A draft of this person.
    ///
    /// # Errors
    ///
    /// `role_missing`, `unknown_draft`: also for another person's.
    pub fn draft(&self, person: &Person, id: DraftId) -> Result<Draft, ExchangeError> {
        person.must(&Duty::Researcher)?;
        Ok(self.draft_of(self.kept_draft(person, id)?))
    }

    /// The drafts of this person, last saved first.
    ///
    /// # Errors
    ///
    /// `role_missing`.
    pub fn drafts(&self, person: &Person) -> Result<Vec<DraftLine>, ExchangeError> {
        person.must(&Duty::Researcher)?;
        let mut all = self.drafts_of(&person.user)?;
        all.sort_by_key(|draft| std::cmp::Reverse(draft.saved));
        let lines = all.into_iter().map(|kept| {
            let draft = self.draft_of(kept);
            DraftLine {
                id: draft.id,
                saved: draft.saved,
                lapses: draft.lapses,
                step: draft.step,
                subject: draft.referral.subjects.first().and_then(display_name),
                prompts: draft.prompts.len(),
            }
        });
        Ok(lines.collect())
    }

    /// Throws a draft away.
    ///
    /// # Errors
    ///
    /// `role_missing`, `unknown_draft`.
    pub async fn discard_draft(&self, person: &Person, id: DraftId) -> Result<(), ExchangeError> {
        person.must(&Duty::Researcher)?;
        let kept = self.kept_draft(person, id)?;
        let now = self.clock.now();
        let gone = self.draft_gone(&kept, &Gone::Dropped)?;
        let batch = Batch {
            entries: vec![self.draft_entry(person, &kept, "draft_discarded", now)?],
            puts: gone.puts,
            require_absent: vec![gone.once],
            ..Batch::default()
        };
        self.commit_draft(batch).await
    }

    async fn commit_draft(&self, batch: Batch) -> Result<(), ExchangeError> {
        match self.store.commit(batch).await {
            Err(StoreError::AlreadyThere(_)) => Err(no_such_draft()),
            Err(error) => Err(error.into()),
            Ok(_) => Ok(()),
        }
    }

    /// A draft of this person that has not lapsed.
    pub(super) fn kept_draft(
        &self,
        person: &Person,
        id: DraftId,
    ) -> Result<KeptDraft, ExchangeError> {
        let bytes = self
            .store
            .get(Tree::Desk, &self.draft_key(&person.user, id))?;
        let kept = bytes.map(|bytes| read(&bytes)).transpose()?;
        kept.filter(|kept| self.draft_lapses(kept) > self.clock.now())
            .ok_or_else(no_such_draft)
    }

    /// Everybody's drafts that have not lapsed.
    pub(super) fn standing_drafts(&self) -> Result<Vec<KeptDraft>, ExchangeError> {
        let now = self.clock.now();
        let mut all = self.all_drafts()?;
        all.retain(|kept| self.draft_lapses(kept) > now);
        Ok(all)
    }

    fn all_drafts(&self) -> Result<Vec<KeptDraft>, ExchangeError> {
        let rows = every(&self.store, Tree::Desk, b"draft/")?;
        rows.iter().map(|(_, bytes)| read(bytes)).collect()
    }

    fn drafts_of(&self, user: &UserId) -> Result<Vec<KeptDraft>, ExchangeError> {
        let rows = every(&self.store, Tree::Desk, &self.drafts_key(user))?;
        let now = self.clock.now();
        let mut all: Vec<_> = rows
            .iter()
            .map(|(_, bytes)| read(bytes))
            .collect::<Result<_, _>>()?;
        all.retain(|kept: &KeptDraft| self.draft_lapses(kept) > now);
        Ok(all)
    }

    fn draft_lapses(&self, kept: &KeptDraft) -> Timestamp {
        let days = i64::from(self.settings.desk.draft_days);
        kept.saved.plus_s(days.saturating_mul(86_400))
    }

    fn draft_of(&self, kept: KeptDraft) -> Draft {
        Draft {
            lapses: self.draft_lapses(&kept),
            prompts: prompts(&kept.referral, &self.vocabulary),
            id: kept.id,
            owner: kept.owner,
            begun: kept.begun,
            saved: kept.saved,
            step: kept.step,
            referral: kept.referral,
        }
    }

    fn draft_put(&self, kept: &KeptDraft) -> Result<Put, ExchangeError> {
        let value = serde_json::to_vec(kept).map_err(|_| ExchangeError::Stored("draft"))?;
        Ok(Put {
            tree: Tree::Desk,
            key: self.draft_key(&kept.owner, kept.id),
            value: Some(value),
            case: Some(kept.id.label()?),
        })
    }

    fn draft_entry(
        &self,
        person: &Person,
        kept: &KeptDraft,
        word: &str,
        now: Timestamp,
    ) -> Result<PendingEntry, ExchangeError> {
        let people = &kept.referral.subjects;
        let entry = Entry {
            actor: Some(self.pseudonym(&person.user)),
            reason: reason(word),
            counts: counts(&[("subjects", people.len())]),
            ..Entry::new(EntryKind::ContactTaken, now)
        };
        Ok(PendingEntry {
            entry,
            body: serde_json::to_vec(&(kept.id, &person.user))
                .map_err(|_| ExchangeError::Stored("draft"))?,
            case: Some(kept.id.label()?),
            subjects: subjects::keys_of_all(people),
        })
    }

    fn drafts_key(&self, user: &UserId) -> Vec<u8> {
        format!("draft/{}/", self.pseudonym(user)).into_bytes()
    }

    fn draft_key(&self, user: &UserId, id: DraftId) -> Vec<u8> {
        [self.drafts_key(user), id.to_string().into_bytes()].concat()
    }
}

fn no_such_draft() -> ExchangeError {
    refuse("unknown_draft", 404, "you have no such draft")
}

fn read(bytes: &[u8]) -> Result<KeptDraft, ExchangeError> {
    serde_json::from_slice(bytes).map_err(|_| ExchangeError::Stored("draft"))
}
