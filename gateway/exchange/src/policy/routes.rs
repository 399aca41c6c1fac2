//! The addresses of the policy, for the agency's own people: `/api/v1/policy/…`.
//!
//! `information_governance`, `ig_lead` and `auditor` may read; only the first two may change.

use std::sync::Arc;

use axum::extract::State;
use stile_trust::peer::Peer;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::show::{InForce, PolicyText};
use crate::agency::Agency;
use crate::api::{Answer, Bare, Caller, Json};
use crate::error::ExchangeError;
use crate::people::{Duty, Person};

/// Adds the addresses to the agency's face for its people.
pub(crate) fn with_policy(face: OpenApiRouter<Arc<Agency>>) -> OpenApiRouter<Arc<Agency>> {
    face.routes(routes!(in_force)).routes(routes!(rules))
}

impl Agency {
    /// Somebody who may read the policy and ask questions about it.
    ///
    /// # Errors
    ///
    /// `role_missing`, and what any address refuses.
    pub(crate) fn policy_reader(&self, peer: &Peer) -> Result<Person, ExchangeError> {
        let person = self.people.person(peer)?;
        person.must_be_one_of(&[Duty::Auditor, Duty::IgLead, Duty::InformationGovernance])?;
        Ok(person)
    }

    /// Somebody who may propose and approve a policy.
    ///
    /// # Errors
    ///
    /// `role_missing`, and what any address refuses.
    pub(crate) fn policy_officer(&self, peer: &Peer) -> Result<Person, ExchangeError> {
        let person = self.people.person(peer)?;
        person.must_be_one_of(&[Duty::IgLead, Duty::InformationGovernance])?;
        Ok(person)
    }
}

/// The policy in force.
#[utoipa::path(
    get,
    path = "/api/v1/policy/in-force",
    responses(
        (status = 200, description = "Version, digests, since when, who approved", body = InForce),
        (status = 403, description = "`role_missing`"),
    ),
)]
async fn in_force(
    State(agency): State<Arc<Agency>>,
    Caller(peer): Caller,
    _: Bare,
) -> Answer<Json<InForce>> {
    agency.policy_reader(&peer)?;
    Ok(Json(agency.policy_in_force()?))
}

/// The texts of the policy in force.
#[utoipa::path(
    get,
    path = "/api/v1/policy/rules",
    responses(
        (status = 200, description = "Rules and cases as proposed", body = PolicyText),
        (status = 403, description = "`role_missing`"),
    ),
)]
async fn rules(
    State(agency): State<Arc<Agency>>,
    Caller(peer): Caller,
    _: Bare,
) -> Answer<Json<PolicyText>> {
    agency.policy_reader(&peer)?;
    Ok(Json(agency.policy_text()))
}
