//! Authenticate and admit: is this a question we may look into at all?
//!
//! Everything here is decided before any system of the agency is touched.

use std::sync::Arc;

use stile_model::digest::Digest;
use stile_model::enquiry::{ENQUIRY_MAX_BYTES, ENQUIRY_TYP, Enquiry};
use stile_model::id::{Code, EnquiryId, MemberId};
use stile_model::time::{Date, Timestamp};
use stile_store::Tree;
use stile_trust::TrustError;
use stile_trust::directory::{AgreementError, Directory};
use stile_trust::identity::Role;
use stile_trust::jws;
use stile_trust::peer::Peer;

use super::room::Urgency;
use super::stored::StoredEnquiry;
use super::{Agency, bounds};
use crate::error::{ExchangeError, refuse};
use crate::form;

/// An enquiry whose signature is the sending hub's own; nothing else is checked yet.
#[derive(Debug)]
pub(super) struct Claim {
    enquiry: Enquiry,
    jws: String,
    digest: Digest,
}

impl Claim {
    pub(super) fn id(&self) -> EnquiryId {
        self.enquiry.id
    }

    /// What was asked, as far as the signature vouches for it.
    pub(super) const fn enquiry(&self) -> &Enquiry {
        &self.enquiry
    }
}

/// Either a question that is new, or one already answered.
pub(super) enum Admission {
    /// The same bytes came before; the first return is repeated.
    Again(Box<StoredEnquiry>),
    /// To be answered.
    New(Box<Admitted>),
}

/// An enquiry that may be looked into. Only [`Agency::admit`] makes one.
#[derive(Debug, Clone)]
pub(super) struct Admitted {
    pub(super) enquiry: Enquiry,
    pub(super) jws: String,
    pub(super) digest: Digest,
    pub(super) now: Timestamp,
    pub(super) today: Date,
}

impl Agency {
    /// The directory, for as long as it may be worked from.
    ///
    /// # Errors
    ///
    /// `untrusted` once it has run out: who is a member is not known any more.
    pub(super) fn directory_in_force(&self) -> Result<Arc<Directory>, ExchangeError> {
        let directory = self.directory.load_full();
        directory
            .check_in_force(self.clock.now())
            .map_err(TrustError::from)?;
        Ok(directory)
    }

    /// Proves that a hub of this partnership signed exactly these bytes and sends them itself.
    ///
    /// # Errors
    ///
    /// A coded refusal; nothing was looked up.
    pub(super) fn authenticate(&self, peer: &Peer, text: &str) -> Result<Claim, ExchangeError> {
        if text.len() > ENQUIRY_MAX_BYTES {
            return Err(refuse(
                "enquiry_too_large",
                413,
                "the enquiry is longer than 128 KiB",
            ));
        }
        let payload = self.signed_by_hub(peer, text, ENQUIRY_TYP, ENQUIRY_MAX_BYTES)?;
        let enquiry: Enquiry =
            serde_json::from_slice(&payload).map_err(|error| malformed(&error))?;
        if enquiry.from != peer.identity.member {
            return Err(refuse(
                "not_from_sender",
                403,
                "the enquiry names another hub as its sender",
            ));
        }
        Ok(Claim {
            enquiry,
            jws: text.to_owned(),
            digest: Digest::of(text.as_bytes()),
        })
    }

    /// The payload of a document of type `typ` that the hub at the other end has signed.
    ///
    /// # Errors
    ///
    /// A coded refusal; nothing of it is to be believed.
    pub(super) fn signed_by_hub(
        &self,
        peer: &Peer,
        text: &str,
        typ: &str,
        longest: usize,
    ) -> Result<Vec<u8>, ExchangeError> {
        let directory = self.directory_in_force()?;
        let hub = directory.admits(peer)?;
        if peer.identity.role != Role::Hub {
            return Err(refuse("not_a_hub", 403, "only a hub may send enquiries"));
        }
        jws::verify(text, typ, &hub.signing_key, longest).map_err(|_| {
            refuse(
                "signature_invalid",
                403,
                "the enquiry is not signed by the hub's key in the directory",
            )
        })
    }

    /// Decides whether the question may be looked into.
    ///
    /// # Errors
    ///
    /// A coded refusal that says what to change; nothing was looked up.
    pub(super) fn admit(&self, claim: Claim, now: Timestamp) -> Result<Admission, ExchangeError> {
        let Claim {
            enquiry,
            jws,
            digest,
        } = claim;
        self.addressed_here(&enquiry)?;
        if let Some(first) = self.answered_before(&enquiry, &digest)? {
            return Ok(Admission::Again(Box::new(first)));
        }
        self.fresh(enquiry.issued, enquiry.expires, now)?;
        self.agreed(&enquiry.from, &enquiry.purpose, now.date())?;
        bounds::check(&enquiry, &self.vocabulary, &self.kind)?;
        bounds::consent(&enquiry, &self.vocabulary)?;
        form::request(&enquiry, &self.vocabulary, &self.directory.load())?;
        self.spend_on(&enquiry, now)?;
        Ok(Admission::New(Box::new(Admitted {
            enquiry,
            jws,
            digest,
            now,
            today: now.date(),
        })))
    }

    fn addressed_here(&self, enquiry: &Enquiry) -> Result<(), ExchangeError> {
        if enquiry.v != 1 {
            return Err(refuse(
                "version_unknown",
                400,
                "this gateway reads enquiries of version 1",
            ));
        }
        if enquiry.partnership != self.partnership {
            return Err(refuse(
                "other_partnership",
                403,
                "the enquiry is for another partnership",
            ));
        }
        if enquiry.to != self.me {
            return Err(refuse(
                "misaddressed",
                403,
                "the enquiry is addressed to another agency",
            ));
        }
        Ok(())
    }

    pub(super) fn answered_before(
        &self,
        enquiry: &Enquiry,
        digest: &Digest,
    ) -> Result<Option<StoredEnquiry>, ExchangeError> {
        let Some(bytes) = self.store.get(Tree::Enquiries, enquiry.id.as_bytes())? else {
            return Ok(None);
        };
        let stored = StoredEnquiry::read(&bytes)?;
        if stored.digest == *digest {
            Ok(Some(stored))
        } else {
            Err(refuse(
                "enquiry_id_reused",
                409,
                "another enquiry with this id was answered; use a new id",
            ))
        }
    }

    pub(super) fn fresh(
        &self,
        issued: Timestamp,
        expires: Timestamp,
        now: Timestamp,
    ) -> Result<(), ExchangeError> {
        let age_ms = now.since_millis(issued);
        if age_ms > self.settings.fresh_s.saturating_mul(1_000) {
            return Err(refuse(
                "stale",
                403,
                "the enquiry was signed too long ago; sign it again with a new id",
            ));
        }
        if -age_ms > self.settings.ahead_s.saturating_mul(1_000) {
            return Err(refuse(
                "from_the_future",
                403,
                "the enquiry is dated in the future; check both clocks",
            ));
        }
        if expires <= now {
            return Err(refuse("expired", 403, "the enquiry has expired"));
        }
        Ok(())
    }

    pub(super) fn agreed(
        &self,
        hub: &MemberId,
        purpose: &Code,
        today: Date,
    ) -> Result<(), ExchangeError> {
        match self
            .directory
            .load()
            .agreement(hub, &self.me, purpose, today)
        {
            Ok(_) => Ok(()),
            Err(AgreementError::Expired) => Err(refuse(
                "agreement_expired",
                403,
                "the information-sharing agreement has expired",
            )),
            Err(AgreementError::NotYet) => Err(refuse(
                "agreement_not_started",
                403,
                "the information-sharing agreement has not started",
            )),
            Err(AgreementError::PurposeNotOpen) => Err(refuse(
                "purpose_not_open",
                403,
                "the agreement does not open this purpose to this hub",
            )),
            Err(AgreementError::None) => Err(refuse(
                "no_agreement",
                403,
                "no agreement binds this hub and this agency",
            )),
        }
    }

    /// Counts an enquiry in this hour. A red one has a quarter more than the budget: a flood of
    /// others must not use up what it needs.
    ///
    /// # Errors
    ///
    /// `budget_exhausted` when the hour's share is used up.
    fn spend_on(&self, enquiry: &Enquiry, now: Timestamp) -> Result<(), ExchangeError> {
        let budget = self.settings.hourly_budget;
        let most = match Urgency::from(enquiry.priority) {
            Urgency::Amber | Urgency::Green => budget,
            Urgency::Red => budget.saturating_add(budget / 4),
        };
        self.spend_up_to(most, &enquiry.from, now)
    }

    /// Counts a refusal, or another request, of a member in this hour.
    ///
    /// # Errors
    ///
    /// `budget_exhausted` when the hour's share is used up.
    pub(super) fn spend(&self, member: &MemberId, now: Timestamp) -> Result<(), ExchangeError> {
        self.spend_up_to(self.settings.hourly_budget, member, now)
    }

    fn spend_up_to(
        &self,
        most: u32,
        member: &MemberId,
        now: Timestamp,
    ) -> Result<(), ExchangeError> {
        let hour = now.millis().div_euclid(3_600_000);
        let mut budget = self
            .live
            .budget
            .lock()
            .map_err(|_| refuse("internal", 500, "the budget cannot be read"))?;
        let (of_hour, used) = budget.entry(member.clone()).or_insert((hour, 0));
        if *of_hour != hour {
            (*of_hour, *used) = (hour, 0);
        }
        if *used >= most {
            return Err(refuse(
                "budget_exhausted",
                429,
                "this hub's enquiries for this hour are used up",
            ));
        }
        *used += 1;
        Ok(())
    }

    /// Takes back what [`Agency::spend`] counted in this hour: there was no room, and the hub asks
    /// again.
    pub(super) fn give_back(&self, member: &MemberId, now: Timestamp) {
        let hour = now.millis().div_euclid(3_600_000);
        // A budget that cannot be read is refused when it is spent.
        if let Ok(mut budget) = self.live.budget.lock()
            && let Some((of_hour, used)) = budget.get_mut(member)
            && *of_hour == hour
        {
            *used = used.saturating_sub(1);
        }
    }
}

/// What is wrong with a document, without repeating any of its values.
pub(super) fn malformed(error: &serde_json::Error) -> ExchangeError {
    let kind = match error.classify() {
        serde_json::error::Category::Syntax | serde_json::error::Category::Eof => {
            "is not valid JSON"
        }
        _ => "does not have the documented fields and types",
    };
    refuse(
        "malformed",
        400,
        format!(
            "what was signed {kind}, at line {} column {}",
            error.line(),
            error.column()
        ),
    )
}
