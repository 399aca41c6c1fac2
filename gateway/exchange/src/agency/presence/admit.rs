//! Authenticate and admit: is this a presence request that may be worked on?

use std::sync::Arc;

use stile_linkage::NORMALISER_VERSION;
use stile_linkage::presence::{ELEMENTS, RECIPE_VERSION};
use stile_model::digest::Digest;
use stile_model::id::EnquiryId;
use stile_model::presence::{
    PRESENCE_MAX_BYTES, PRESENCE_STANDS_MAX_S, PRESENCE_TYP, PresenceForm, PresenceRequest,
};
use stile_model::time::Timestamp;
use stile_model::vocabulary::AgeBand;
use stile_store::Tree;
use stile_trust::peer::Peer;

use super::super::Agency;
use super::super::admit::malformed;
use super::super::bounds;
use super::super::footing::Footing;
use super::knowable::Asked;
use super::set::other_epoch;
use super::stored::{StoredPresence, answer_key};
use super::{PresenceWay, not_offered, unavailable};
use crate::error::{ExchangeError, refuse};

/// A request whose signature is the sending hub's own; nothing else is checked yet.
pub(super) struct Claim {
    pub(super) request: PresenceRequest,
    pub(super) jws: String,
    pub(super) digest: Digest,
}

/// Either a request that is new, or one already answered.
pub(super) enum Admission {
    /// The same bytes came before; the answer is repeated.
    Again(Box<StoredPresence>),
    /// To be answered.
    New(Box<Admitted>),
}

/// A request that may be worked on. Only [`Agency::admit_presence`] makes one.
pub(super) struct Admitted {
    pub(super) request: PresenceRequest,
    pub(super) jws: String,
    pub(super) digest: Digest,
    pub(super) now: Timestamp,
    /// The policy that lets it be asked.
    pub(super) footing: Footing,
}

impl Agency {
    /// Proves that a hub of this partnership signed exactly these bytes and sends them itself.
    ///
    /// # Errors
    ///
    /// A coded refusal; nothing was worked out.
    pub(super) fn authenticate_presence(
        &self,
        peer: &Peer,
        text: &str,
    ) -> Result<Claim, ExchangeError> {
        let payload = self.signed_by_hub(peer, text, PRESENCE_TYP, PRESENCE_MAX_BYTES)?;
        let request: PresenceRequest =
            serde_json::from_slice(&payload).map_err(|error| malformed(&error))?;
        if request.hub != peer.identity.member {
            return Err(refuse(
                "not_from_sender",
                403,
                "the request names another hub as its sender",
            ));
        }
        let padded = request.form.padded();
        if payload.len() != padded {
            return Err(refuse(
                "out_of_bounds",
                422,
                format!("a request of this form is padded to exactly `{padded}` bytes"),
            ));
        }
        Ok(Claim {
            request,
            jws: text.to_owned(),
            digest: Digest::of(text.as_bytes()),
        })
    }

    /// Decides whether the request may be worked on.
    ///
    /// # Errors
    ///
    /// A coded refusal that says what to change; nothing was worked out.
    pub(super) async fn admit_presence(
        self: &Arc<Self>,
        claim: Claim,
        now: Timestamp,
    ) -> Result<Admission, ExchangeError> {
        let Claim {
            request,
            jws,
            digest,
        } = claim;
        if request.version != 1 {
            return Err(refuse(
                "version_unknown",
                400,
                "this gateway reads presence requests of version 1",
            ));
        }
        if request.agency != self.me {
            return Err(refuse(
                "misaddressed",
                403,
                "the request is addressed to another agency",
            ));
        }
        if let Some(first) = self.presence_answered(request.id, &digest)? {
            return Ok(Admission::Again(Box::new(first)));
        }
        self.fresh(request.issued_at, request.expires_at, now)?;
        if request.expires_at > request.issued_at.plus_s(PRESENCE_STANDS_MAX_S) {
            return Err(refuse(
                "out_of_bounds",
                422,
                "`expires_at` must be within 15 minutes of `issued_at`",
            ));
        }
        self.agreed(&request.hub, &request.purpose, now.date())?;
        let subject = match &request.form {
            PresenceForm::Asked { subject } => Some(&**subject),
            PresenceForm::Blind { .. } => None,
        };
        bounds::presence(&request.purpose, &request.basis, subject, &self.vocabulary)?;
        let footing = self.footing();
        self.offers(&request, &footing, now).await?;
        let settings = self.presence_settings()?;
        self.spend_presence(settings, &request.hub, request.case_tag, now)?;
        Ok(Admission::New(Box::new(Admitted {
            request,
            jws,
            digest,
            now,
            footing,
        })))
    }

    /// The answer to the same bytes, if they came before.
    ///
    /// # Errors
    ///
    /// `enquiry_id_reused` where other bytes came under this id.
    pub(super) fn presence_answered(
        &self,
        id: EnquiryId,
        digest: &Digest,
    ) -> Result<Option<StoredPresence>, ExchangeError> {
        let Some(bytes) = self.store.get(Tree::Replay, &answer_key(id))? else {
            return Ok(None);
        };
        let stored = StoredPresence::read(&bytes)?;
        if stored.digest == *digest {
            Ok(Some(stored))
        } else {
            Err(refuse(
                "enquiry_id_reused",
                409,
                "another request with this id was answered; use a new id",
            ))
        }
    }

    /// Is presence offered in this form, for this purpose, in these versions?
    ///
    /// Of the blind form the agency does not learn how old the person is. So what the request states
    /// must let everybody be known who is in the set.
    ///
    /// # Errors
    ///
    /// A coded refusal; nothing was worked out.
    pub(super) async fn offers(
        self: &Arc<Self>,
        request: &PresenceRequest,
        footing: &Footing,
        now: Timestamp,
    ) -> Result<(), ExchangeError> {
        let (way, today) = (self.presence_settings()?.form, now.date());
        let asked = Asked {
            hub: request.hub.clone(),
            purpose: request.purpose.clone(),
            consent: request.basis.state,
            role: None,
        };
        let let_known = self.ages_asked(footing, asked, today).await?;
        match &request.form {
            PresenceForm::Asked { .. } => {
                let any = way == PresenceWay::Asked && !let_known.is_empty();
                any.then_some(()).ok_or_else(not_offered)
            }
            PresenceForm::Blind {
                epoch,
                recipe,
                normaliser,
                elements,
            } => {
                let knowable = self.knowable_ahead(footing, today).await?;
                let mut ages = knowable.ages(&request.purpose).peekable();
                let all_let = |age: AgeBand| let_known.contains(&age);
                if way != PresenceWay::Blind || ages.peek().is_none() || !ages.all(all_let) {
                    return Err(not_offered());
                }
                if (*recipe, *normaliser) != (RECIPE_VERSION, NORMALISER_VERSION) {
                    return Err(refuse(
                        "presence_recipe",
                        409,
                        format!(
                            "keys are made with recipe `{RECIPE_VERSION}` and normaliser \
                             `{NORMALISER_VERSION}` here"
                        ),
                    ));
                }
                if elements.len() != ELEMENTS {
                    return Err(refuse(
                        "presence_elements",
                        422,
                        format!("a request has exactly `{ELEMENTS}` elements"),
                    ));
                }
                let keys = self.live.presence.keys.load();
                let keys = keys
                    .as_ref()
                    .filter(|keys| keys.current.epoch.knowable == knowable.digest())
                    .ok_or_else(unavailable)?;
                let accepted = keys.accepted(*epoch, now);
                accepted
                    .map(|_| ())
                    .ok_or_else(|| other_epoch(keys.current.epoch.number))
            }
        }
    }
}
