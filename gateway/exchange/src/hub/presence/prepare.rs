//! Prepare: one signed request for each agency that offers presence, each blinded afresh.

use std::sync::Arc;

use data_encoding::BASE64;
use ring::hmac;
use serde::{Deserialize, Serialize};
use stile_linkage::NORMALISER_VERSION;
use stile_linkage::presence::{Blinding, Context, RECIPE_VERSION, blind, keys_of_subject};
use stile_model::digest::Digest;
use stile_model::enquiry::Consent;
use stile_model::id::{CaseId, Code, EnquiryId, MemberId};
use stile_model::presence::{
    Element, PRESENCE_STANDS_MAX_S, PRESENCE_TYP, PresenceForm, PresenceRequest,
};
use stile_model::redact::Redacted;
use stile_model::subject::Subject;
use stile_model::time::Timestamp;
use stile_trust::jws;
use tokio::task::JoinSet;
use zeroize::Zeroizing;

use super::super::Hub;
use super::VERSION;
use super::ahead::Standing;
use super::set::HeldSet;
use crate::error::{ExchangeError, refuse};
use crate::random;

/// Before the agency and the case in what a case's tag is made of.
const CASE_TAG: &[u8] = b"stile presence case tag v1\0";

/// What is asked, of whom, and on what ground; the same for every agency.
#[derive(Debug, Clone)]
pub(super) struct Question {
    pub(super) case: CaseId,
    pub(super) purpose: Code,
    pub(super) basis: Consent,
    pub(super) subject: Subject,
    pub(super) now: Timestamp,
}

/// A request as it will be sent, with what its answer is read by.
pub(super) struct Prepared {
    pub(super) id: EnquiryId,
    pub(super) agency: MemberId,
    pub(super) jws: String,
    pub(super) form: Form,
}

/// How a request asks.
pub(super) enum Form {
    /// By name.
    Asked,
    /// Blind.
    Blind {
        blinding: Blinding,
        set: Arc<HeldSet>,
    },
}

/// What opens a request to an auditor, sealed under the case's key; the request itself is in the
/// ledger.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct KeptRequest {
    pub(super) case: CaseId,
    pub(super) agency: MemberId,
    pub(super) subject: Subject,
    /// The blinding, base64; none for the asked form.
    pub(super) blinding: Option<Redacted<String>>,
}

impl Prepared {
    pub(super) fn digest(&self) -> Digest {
        Digest::of(self.jws.as_bytes())
    }

    pub(super) fn kept(&self, question: &Question) -> KeptRequest {
        let blinding = match &self.form {
            Form::Asked => None,
            Form::Blind { blinding, .. } => Some(BASE64.encode(&blinding.to_bytes()).into()),
        };
        KeptRequest {
            case: question.case.clone(),
            agency: self.agency.clone(),
            subject: question.subject.clone(),
            blinding,
        }
    }
}

impl Hub {
    /// Prepares the requests for all agencies that can be asked, side by side.
    ///
    /// # Errors
    ///
    /// When one cannot be made; nothing was sent to anybody.
    pub(super) async fn prepare(
        self: &Arc<Self>,
        question: &Arc<Question>,
        standings: &[(MemberId, Standing)],
    ) -> Result<Vec<Prepared>, ExchangeError> {
        let mut under_way = JoinSet::new();
        for (place, (agency, standing)) in standings.iter().enumerate() {
            let set = match standing {
                Standing::Asked => None,
                Standing::Blind(set) => Some(Arc::clone(set)),
                Standing::NotOffered | Standing::Unknown(_) => continue,
            };
            let (hub, question, agency) = (Arc::clone(self), Arc::clone(question), agency.clone());
            under_way.spawn_blocking(move || {
                hub.prepare_one(&question, agency, set)
                    .map(|prepared| (place, prepared))
            });
        }
        let mut prepared = Vec::new();
        while let Some(done) = under_way.join_next().await {
            prepared.push(done.map_err(|_| ExchangeError::Stored("presence request"))??);
        }
        prepared.sort_by_key(|(place, _)| *place);
        Ok(prepared.into_iter().map(|(_, one)| one).collect())
    }

    fn prepare_one(
        &self,
        question: &Question,
        agency: MemberId,
        set: Option<Arc<HeldSet>>,
    ) -> Result<Prepared, ExchangeError> {
        let (asked, form) = match set {
            None => {
                let subject = Box::new(question.subject.clone());
                (PresenceForm::Asked { subject }, Form::Asked)
            }
            Some(set) => {
                let context = Context {
                    agency: agency.clone(),
                    epoch: set.statement.epoch,
                };
                let keys = keys_of_subject(&question.subject);
                let seed = Zeroizing::new(random::bytes()?);
                let (request, blinding) =
                    blind(&keys, &context, &seed).map_err(|_| ExchangeError::NoRandomness)?;
                let form = PresenceForm::Blind {
                    epoch: context.epoch,
                    recipe: RECIPE_VERSION,
                    normaliser: NORMALISER_VERSION,
                    elements: request
                        .elements
                        .into_iter()
                        .map(Element::from_bytes)
                        .collect(),
                };
                (form, Form::Blind { blinding, set })
            }
        };
        let request = PresenceRequest {
            version: VERSION,
            id: random::enquiry_id()?,
            case_tag: self.case_tag(&agency, &question.case),
            agency: agency.clone(),
            hub: self.me.clone(),
            purpose: question.purpose.clone(),
            basis: question.basis.clone(),
            issued_at: question.now,
            expires_at: question.now.plus_s(PRESENCE_STANDS_MAX_S),
            form: asked,
            pad: String::new(),
        };
        let payload = request.to_padded_json().ok_or_else(|| {
            refuse(
                "out_of_bounds",
                422,
                "the subject has more names, addresses or identifiers than a presence request holds",
            )
        })?;
        Ok(Prepared {
            id: request.id,
            agency,
            jws: jws::sign(&self.signing, PRESENCE_TYP, &payload)?,
            form,
        })
    }

    /// By what an agency tells that two requests are of one case, and two agencies cannot.
    fn case_tag(&self, agency: &MemberId, case: &CaseId) -> Digest {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.pseudonym_key);
        let mut context = hmac::Context::with_key(&key);
        for part in [
            CASE_TAG,
            agency.as_str().as_bytes(),
            b"\0",
            case.as_str().as_bytes(),
        ] {
            context.update(part);
        }
        let mut tag = [0; 32];
        tag.copy_from_slice(context.sign().as_ref());
        Digest::from_bytes(tag)
    }
}
