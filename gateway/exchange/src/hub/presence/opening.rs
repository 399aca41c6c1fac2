//! The auditor's opening: for whom a blind request asked, so that others can check it.

use data_encoding::BASE64;
use serde::{Deserialize, Serialize};
use stile_linkage::presence::{Blinding, Context, PresenceError, keys_of_subject};
use stile_model::id::{EnquiryId, MemberId};
use stile_model::presence::{PresenceForm, PresenceRequest};
use stile_model::redact::Redacted;
use stile_model::subject::Subject;
use stile_store::Tree;
use utoipa::ToSchema;

use super::super::Hub;
use super::VERSION;
use super::prepare::KeptRequest;
use crate::audit::subject::own_payload;
use crate::audit::{Reading, Reason};
use crate::error::{ExchangeError, refuse};
use crate::gateway::Gateway;
use crate::people::{Duty, Person};

/// Before the id of a request: what opens it.
const REQUEST: &[u8] = b"presence/request/";

/// An auditor's request for an opening.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpeningAsked {
    /// Why the ledger is read.
    pub reason: Reason,
}

/// What opens one blind request. Names a person and holds the blinds: hand it over as such.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PresenceOpening)]
pub struct Opening {
    /// Format version: 1.
    pub version: u8,
    /// The request.
    pub request: EnquiryId,
    /// The agency that was asked.
    pub agency: MemberId,
    /// The hub that asked.
    pub hub: MemberId,
    /// For whom it asked.
    pub subject: Subject,
    /// The blinds and what was blinded, base64.
    pub blinding: Redacted<String>,
}

/// What an opening proved of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verified {
    /// It asked for exactly this person and for nobody else.
    About,
    /// It opens, but it asked for somebody else, or for more than this person.
    NotAbout,
    /// The opening is not of these elements.
    NotOpened,
}

/// Why an opening and a request cannot be compared.
#[derive(Debug, thiserror::Error)]
pub enum OpeningFault {
    /// The opening cannot be read.
    #[error("the opening cannot be read: {0}")]
    Opening(#[from] PresenceError),
    /// Base64 that is none, or another version.
    #[error("the opening is not one of version 1")]
    Malformed,
    /// The request is another one, of another agency or hub.
    #[error("the request has another id, agency or hub than the opening")]
    Other,
    /// The request names its subject in clear.
    #[error("the request asked by name, so there is nothing to open")]
    Named,
    /// The request cannot be read.
    #[error("the request is not the compact JWS of a presence request")]
    Request,
}

impl Opening {
    /// Does this opening show for whom `request`, a compact JWS as an agency logged it, asked?
    ///
    /// The signature of the request is not looked at: the agency verified it before it recorded
    /// these bytes, and its ledger proves them.
    ///
    /// # Errors
    ///
    /// When the two cannot be compared.
    pub fn verify(&self, request: &str) -> Result<Verified, OpeningFault> {
        let request: PresenceRequest = own_payload(request.trim()).ok_or(OpeningFault::Request)?;
        if self.version != VERSION {
            return Err(OpeningFault::Malformed);
        }
        if (&request.id, &request.agency, &request.hub) != (&self.request, &self.agency, &self.hub)
        {
            return Err(OpeningFault::Other);
        }
        let PresenceForm::Blind {
            epoch, elements, ..
        } = request.form
        else {
            return Err(OpeningFault::Named);
        };
        let bytes = BASE64.decode(self.blinding.reveal().as_bytes());
        let blinding = Blinding::from_bytes(&bytes.map_err(|_| OpeningFault::Malformed)?)?;
        let elements: Vec<_> = elements.iter().map(|one| *one.as_bytes()).collect();
        if !blinding.opens(&elements) {
            return Ok(Verified::NotOpened);
        }
        let context = Context {
            agency: request.agency,
            epoch,
        };
        let about = blinding.is_about(&keys_of_subject(&self.subject), &context)?;
        Ok(if about {
            Verified::About
        } else {
            Verified::NotAbout
        })
    }
}

impl Hub {
    /// What opens a request of this hub, after the reading is on record.
    ///
    /// # Errors
    ///
    /// `role_missing`, `unknown_request`, `not_blind`, or that it could not be recorded.
    pub async fn presence_opening(
        self: &std::sync::Arc<Self>,
        person: &Person,
        id: EnquiryId,
        asked: &OpeningAsked,
    ) -> Result<Opening, ExchangeError> {
        person.must(&Duty::Auditor)?;
        let reason = asked.reason.check()?;
        let bytes = self.store.get(Tree::Meta, &request_key(id))?;
        let bytes = bytes.ok_or_else(|| {
            refuse(
                "unknown_request",
                404,
                "no check of presence has a request of this id, or its case was erased",
            )
        })?;
        let kept: KeptRequest = serde_json::from_slice(&bytes)
            .map_err(|_| ExchangeError::Stored("presence request"))?;
        let blinding = kept.blinding.ok_or_else(|| {
            refuse(
                "not_blind",
                409,
                "the request asked by name: the agency's ledger holds the subject itself",
            )
        })?;
        let reading = Reading {
            bodies: 1,
            case: Some(&kept.case),
            subjects: crate::subjects::keys(&kept.subject),
            ..Reading::of("opened", reason, 1)
        };
        let books = Gateway::Hub(std::sync::Arc::clone(self));
        books.record(person, reading, id).await?;
        Ok(Opening {
            version: VERSION,
            request: id,
            agency: kept.agency,
            hub: self.me.clone(),
            subject: kept.subject,
            blinding,
        })
    }
}

/// Where the request of this id is kept.
pub(super) fn request_key(id: EnquiryId) -> Vec<u8> {
    [REQUEST, id.as_bytes().as_slice()].concat()
}
