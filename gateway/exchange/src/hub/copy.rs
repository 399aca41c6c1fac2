//! Numbered copies of a product, each for one recipient.
//!
//! ```text
//! product ─► document (number, recipient, where the ledger stood) ─► bytes ─► digest in the ledger
//!                                                                              │ durable
//!                                                                              ▼
//!                                                                         bytes given out
//! ```
//!
//! What was typeset is not kept; the document is, sealed under the case's key, and gives the same
//! bytes again. They are held against the digest in the ledger each time. Erasing the case takes its
//! copies along.
//!
//! Copies of one case are numbered one after the other: whoever asks for another of the same case waits
//! until the one before is typeset, and nobody else does. A copy that could not be typeset has no number.
//!
//! Asking twice for the same gives the same copy: the same recipient, audience, language and form,
//! and a product that says the same.

mod about;
mod form;
mod make;
mod numbering;
mod typeset;

use serde::{Deserialize, Serialize};
use stile_ledger::{Entry, EntryKind};
use stile_model::digest::Digest;
use stile_model::id::{CaseId, EnquiryId, UserId};
use stile_model::time::Timestamp;
use stile_product::{Audience, Document, Language, Recipient};
use stile_store::{Batch, PendingEntry, Put, StoreError, Tree};
use utoipa::ToSchema;

use super::{Case, Hub};
use crate::error::{ExchangeError, refuse};
use crate::evidence::{counts, reason};
use crate::people::Person;
use crate::stored::every;
use crate::subjects;
pub use form::Form;
pub(super) use numbering::Numbering;
pub use typeset::DocumentSettings;

/// What copy is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IssueCopy {
    /// What it may say.
    pub audience: Audience,
    /// For whom it is.
    pub recipient: Recipient,
    /// Language of its own words; English when left out.
    #[serde(default)]
    pub language: Language,
    /// As what it is given; PDF when left out.
    #[serde(default)]
    pub form: Form,
}

/// One line of the list of copies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CopyLine {
    /// Number in the case, from 1.
    pub number: u32,
    /// What it may say.
    pub audience: Audience,
    /// For whom it is.
    pub recipient: Recipient,
    /// Language of its own words.
    pub language: Language,
    /// As what it was given.
    pub form: Form,
    /// When it was made.
    pub made: Timestamp,
    /// Who made it.
    pub by: UserId,
    /// SHA-256 of its bytes, as in the ledger.
    pub digest: Digest,
}

/// A copy with its bytes.
#[derive(Clone)]
pub struct IssuedCopy {
    /// What it is.
    pub line: CopyLine,
    /// Exactly what the recipient is given; personal data.
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for IssuedCopy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "IssuedCopy({}, {} bytes)",
            self.line.number,
            self.bytes.len()
        )
    }
}

/// What is kept together with a copy, whether it is made or found.
pub(super) type Beside<'a> = dyn Fn(&CopyLine) -> Result<Vec<Put>, ExchangeError> + Sync + 'a;

/// A copy as kept, sealed.
#[derive(Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) line: CopyLine,
    /// What it says, whenever it is made: the same for copies that say the same.
    says: Digest,
    document: Document,
}

impl Hub {
    /// Makes a numbered copy of the product as it stands, or gives the one that was made when the
    /// product said the same: its digest is in the ledger before anybody has the bytes.
    ///
    /// # Errors
    ///
    /// `role_missing`, `unknown_case`, `out_of_bounds`, `unknown_member`, `ledger_halted`,
    /// `document_not_typeset`, `copy_differs`, or that it could not be recorded; nothing was given.
    pub async fn issue_copy(
        &self,
        person: &Person,
        id: &CaseId,
        wanted: &IssueCopy,
    ) -> Result<IssuedCopy, ExchangeError> {
        self.issue_copy_beside(person, id, wanted, &|_| Ok(Vec::new()))
            .await
    }

    /// As [`Hub::issue_copy`], keeping what `beside` says in the batch that records the copy.
    pub(super) async fn issue_copy_beside(
        &self,
        person: &Person,
        id: &CaseId,
        wanted: &IssueCopy,
        beside: &Beside<'_>,
    ) -> Result<IssuedCopy, ExchangeError> {
        person.must_work_on_cases()?;
        self.witnessing.may_release()?;
        if !wanted.recipient.is_printable() {
            return Err(refuse(
                "out_of_bounds",
                422,
                "`recipient.role` and `recipient.name` must each be 1 to 120 characters on one line",
            ));
        }
        self.known_recipient(&wanted.recipient)?;
        self.case(id)?;
        let _turn = self.live.numbering.turn(id).await;
        let kept = self.kept_copies(id)?;
        // Before the product is made: a return that comes meanwhile is not in it.
        let returns = self.returns_in(id)?;
        let draft = self.copy_draft(id, wanted, kept.len())?;
        let last = kept.into_iter().rev().find(|kept| kept.says == draft.says);
        if let Some(same) = last {
            match self.give_again(person, id, same, beside).await {
                // Another version of the typesetter made it: this one makes a new copy.
                Err(ExchangeError::Refused(problem)) if problem.code() == "copy_differs" => {}
                given => return given,
            }
        }
        let bytes = self.bytes_of(&draft.document, wanted.form).await?;
        let line = CopyLine {
            number: draft.document.number,
            audience: wanted.audience,
            recipient: wanted.recipient.clone(),
            language: wanted.language,
            form: wanted.form,
            made: draft.document.product.made,
            by: person.user.clone(),
            digest: Digest::of(&bytes),
        };
        let kept = Kept {
            line,
            says: draft.says,
            document: draft.document,
        };
        let puts = beside(&kept.line)?;
        self.keep_copy(person, &self.case(id)?, &kept, &returns, puts)
            .await?;
        Ok(IssuedCopy {
            line: kept.line,
            bytes,
        })
    }

    /// A copy that says it is for a member is for one that the directory has.
    fn known_recipient(&self, recipient: &Recipient) -> Result<(), ExchangeError> {
        let directory = self.directory.load();
        let member = recipient.member.as_ref();
        if member.is_none_or(|member| directory.member(member).is_some()) {
            return Ok(());
        }
        Err(refuse(
            "unknown_member",
            422,
            "the directory has no member of the id in `recipient.member`; leave it out for somebody \
             who belongs to none",
        ))
    }

    /// The copies of a case, by number; the reading is recorded before they are shown.
    ///
    /// # Errors
    ///
    /// `role_missing`, `unknown_case`, or that the reading could not be recorded.
    pub async fn copies(
        &self,
        person: &Person,
        id: &CaseId,
    ) -> Result<Vec<CopyLine>, ExchangeError> {
        person.must_work_on_cases()?;
        let lines: Vec<_> = self
            .kept_copies(id)?
            .into_iter()
            .map(|kept| kept.line)
            .collect();
        let read = self.case_read(person, &self.case(id)?, "copies", self.clock.now())?;
        self.record(read).await?;
        Ok(lines)
    }

    /// The same bytes of a copy again; the reading is recorded before they are given.
    ///
    /// # Errors
    ///
    /// `role_missing`, `unknown_case`, `unknown_copy`, `ledger_halted`, `document_not_typeset`,
    /// `copy_differs`, or that the reading could not be recorded.
    pub async fn copy(
        &self,
        person: &Person,
        id: &CaseId,
        number: u32,
    ) -> Result<IssuedCopy, ExchangeError> {
        person.must_work_on_cases()?;
        self.witnessing.may_release()?;
        let kept = self.kept_copy(id, number)?;
        self.give_again(person, id, kept, &|_| Ok(Vec::new())).await
    }

    async fn give_again(
        &self,
        person: &Person,
        id: &CaseId,
        kept: Kept,
        beside: &Beside<'_>,
    ) -> Result<IssuedCopy, ExchangeError> {
        let bytes = self.bytes_again(&kept).await?;
        let read = self.case_read(person, &self.case(id)?, "copy", self.clock.now())?;
        let batch = Batch {
            entries: vec![read],
            puts: beside(&kept.line)?,
            ..Batch::default()
        };
        self.store.commit(batch).await?;
        Ok(IssuedCopy {
            line: kept.line,
            bytes,
        })
    }

    /// The bytes of a copy, held against the digest in the ledger.
    pub(super) async fn bytes_again(&self, kept: &Kept) -> Result<Vec<u8>, ExchangeError> {
        let bytes = self.bytes_of(&kept.document, kept.line.form).await?;
        if Digest::of(&bytes) == kept.line.digest {
            return Ok(bytes);
        }
        Err(refuse(
            "copy_differs",
            409,
            "this copy can no longer be typeset to the same bytes, because `stile-pdf` is another \
             version than the one that made it; issue a new copy",
        ))
    }

    pub(super) async fn record(&self, entry: PendingEntry) -> Result<(), ExchangeError> {
        let batch = Batch {
            entries: vec![entry],
            ..Batch::default()
        };
        self.store.commit(batch).await?;
        Ok(())
    }

    async fn keep_copy(
        &self,
        person: &Person,
        case: &Case,
        kept: &Kept,
        returns: &[(EnquiryId, u32)],
        puts: Vec<Put>,
    ) -> Result<(), ExchangeError> {
        let id = &case.matter.id;
        let shown = kept.document.product.to_bytes();
        let mut batch = self.reading(person, case, kept.line.audience, returns, &shown)?;
        batch.entries.push(self.copy_entry(person, case, kept)?);
        let key = copy_key(id, kept.line.number);
        batch.puts.push(Put {
            tree: Tree::Copies,
            key: key.clone(),
            value: Some(serde_json::to_vec(kept).map_err(|_| ExchangeError::Stored("copy"))?),
            case: Some(id.clone()),
        });
        batch.puts.extend(puts);
        batch.require_absent.push((Tree::Copies, key));
        match self.store.commit(batch).await {
            Err(StoreError::AlreadyThere(_)) => Err(refuse(
                "case_changed",
                409,
                "somebody else made a copy of this case meanwhile; look at it again",
            )),
            Err(error) => Err(error.into()),
            Ok(_) => Ok(()),
        }
    }

    fn copy_entry(
        &self,
        person: &Person,
        case: &Case,
        kept: &Kept,
    ) -> Result<PendingEntry, ExchangeError> {
        let line = &kept.line;
        let number = usize::try_from(line.number).unwrap_or(usize::MAX);
        let entry = Entry {
            actor: Some(self.pseudonym(&person.user)),
            reason: reason(audience_code(line.audience)),
            counts: counts(&[("copy", number)]),
            digest: Some(line.digest),
            // For whom it is stands in the body alone, to which the leaf commits with a salt.
            ..self.scribe().of_case(
                EntryKind::DocumentIssued,
                &case.matter.id,
                &case.matter.purpose,
                line.made,
            )
        };
        let body = serde_json::to_vec(&(&case.matter.id, line, kept.document.product_digest));
        Ok(PendingEntry {
            entry,
            body: body.map_err(|_| ExchangeError::Stored("copy"))?,
            case: Some(case.matter.id.clone()),
            subjects: subjects::keys_of_all(&case.matter.subjects),
        })
    }

    fn kept_copies(&self, id: &CaseId) -> Result<Vec<Kept>, ExchangeError> {
        self.case(id)?;
        every(&self.store, Tree::Copies, &copies_of(id))?
            .iter()
            .map(|(_, bytes)| read(bytes))
            .collect()
    }

    pub(super) fn kept_copy(&self, id: &CaseId, number: u32) -> Result<Kept, ExchangeError> {
        self.case(id)?;
        let bytes = self.store.get(Tree::Copies, &copy_key(id, number))?;
        let bytes = bytes
            .ok_or_else(|| refuse("unknown_copy", 404, "this case has no copy of this number"))?;
        read(&bytes)
    }
}

fn read(bytes: &[u8]) -> Result<Kept, ExchangeError> {
    serde_json::from_slice(bytes).map_err(|_| ExchangeError::Stored("copy"))
}

/// The code of an audience, as an entry's reason has it.
const fn audience_code(audience: Audience) -> &'static str {
    match audience {
        Audience::DecisionMaker => "decision_maker",
        Audience::FamilySafe => "family_safe",
        Audience::ReceivingTeam => "receiving_team",
        Audience::ReferrerFeedback => "referrer_feedback",
    }
}

/// Keys of the copies of a case; the zero byte keeps one number from beginning another.
fn copies_of(case: &CaseId) -> Vec<u8> {
    [b"copy/".as_slice(), case.as_str().as_bytes(), b"\0"].concat()
}

fn copy_key(case: &CaseId, number: u32) -> Vec<u8> {
    [copies_of(case), number.to_be_bytes().to_vec()].concat()
}
