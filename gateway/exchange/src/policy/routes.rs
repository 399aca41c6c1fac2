//! The addresses of the policy, for the agency's own people: `/api/v1/policy/…`.
//!
//! `information_governance`, `ig_lead` and `auditor` may read; only the first two may change.

mod looking_back;

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, State};
use serde::Deserialize;
use stile_model::time::Timestamp;
use stile_trust::peer::Peer;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::proposal::{Because, Proposal, Proposals, Propose, Proposed, RollBack};
use super::show::{History, InForce, PolicyText};
use crate::agency::Agency;
use crate::api::{Answer, Bare, Caller, Json, Path, Query};
use crate::error::ExchangeError;
use crate::people::Person;

/// Longest body of a proposal: two texts of 1 MiB, each character escaped at worst as two.
const LONGEST: usize = 4 * 1024 * 1024 + 4_096;

/// Adds the addresses to the agency's face for its people.
pub(crate) fn with_policy(face: OpenApiRouter<Arc<Agency>>) -> OpenApiRouter<Arc<Agency>> {
    let longer = OpenApiRouter::new()
        .routes(routes!(policy_proposals, propose_policy))
        .layer(DefaultBodyLimit::max(LONGEST));
    let face = super::texts::with_texts(super::ask::with_questions(face));
    let face = super::study::with_study(face)
        .routes(routes!(policy_in_force))
        .routes(routes!(policy_rules))
        .routes(routes!(policy_history))
        .routes(routes!(policy_proposal))
        .routes(routes!(approve_policy))
        .routes(routes!(reject_policy))
        .routes(routes!(activate_policy))
        .routes(routes!(roll_back_policy))
        .merge(longer);
    looking_back::with_looking_back(face)
}

impl Agency {
    /// Somebody who may read the policy and ask questions about it.
    ///
    /// # Errors
    ///
    /// `role_missing`, and what any address refuses.
    pub(crate) fn policy_reader(&self, peer: &Peer) -> Result<Person, ExchangeError> {
        let person = self.people.person(peer)?;
        person.must_read_policy()?;
        Ok(person)
    }

    /// Somebody who may propose and approve a policy.
    ///
    /// # Errors
    ///
    /// `role_missing`, and what any address refuses.
    pub(crate) fn policy_officer(&self, peer: &Peer) -> Result<Person, ExchangeError> {
        let person = self.people.person(peer)?;
        person.must_change_policy()?;
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
async fn policy_in_force(
    State(agency): State<Arc<Agency>>,
    Caller(peer): Caller,
    _: Bare,
) -> Answer<Json<InForce>> {
    let person = agency.policy_reader(&peer)?;
    Ok(Json(agency.policy_in_force(&person)?))
}

/// A version.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct OfVersion {
    /// The version; the one in force when left out.
    version: Option<u64>,
}

/// The texts of a policy.
#[utoipa::path(
    get,
    path = "/api/v1/policy/rules",
    params(OfVersion),
    responses(
        (status = 200, description = "Rules and cases as proposed", body = PolicyText),
        (status = 403, description = "`role_missing`"),
        (status = 404, description = "`unknown_policy`"),
        (status = 503, description = "`policy_unusable`"),
    ),
)]
async fn policy_rules(
    State(agency): State<Arc<Agency>>,
    Caller(peer): Caller,
    Query(of): Query<OfVersion>,
) -> Answer<Json<PolicyText>> {
    let person = agency.policy_reader(&peer)?;
    Ok(Json(agency.policy_text(&person, of.version)?))
}

/// A moment.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct AtMoment {
    /// Only the version in force at this instant.
    #[param(value_type = Option<String>)]
    at: Option<Timestamp>,
}

/// Every version that is or was in force.
#[utoipa::path(
    get,
    path = "/api/v1/policy/history",
    params(AtMoment),
    responses(
        (status = 200, description = "Newest first", body = History),
        (status = 403, description = "`role_missing`"),
        (status = 503, description = "`policy_unusable`"),
    ),
)]
async fn policy_history(
    State(agency): State<Arc<Agency>>,
    Caller(peer): Caller,
    Query(moment): Query<AtMoment>,
) -> Answer<Json<History>> {
    let person = agency.policy_reader(&peer)?;
    Ok(Json(agency.policy_history(&person, moment.at)?))
}

/// Every proposal.
#[utoipa::path(
    get,
    path = "/api/v1/policy/proposals",
    responses(
        (status = 200, description = "Newest first", body = Proposals),
        (status = 403, description = "`role_missing`"),
    ),
)]
async fn policy_proposals(
    State(agency): State<Arc<Agency>>,
    Caller(peer): Caller,
    _: Bare,
) -> Answer<Json<Proposals>> {
    let person = agency.policy_reader(&peer)?;
    Ok(Json(agency.policy_proposals(&person)?))
}

/// Propose a policy.
///
/// Every check runs first. Where an error stops it, the answer says so and nothing is kept.
#[utoipa::path(
    post,
    path = "/api/v1/policy/proposals",
    responses(
        (status = 200, description = "The proposal, or what stops it", body = Proposed),
        (status = 403, description = "`role_missing`"),
        (status = 409, description = "`policy_overtaken`, `policy_unchanged`"),
        (status = 422, description = "`out_of_bounds`, `reason_missing`"),
        (status = 503, description = "`policy_unusable`"),
    ),
)]
async fn propose_policy(
    State(agency): State<Arc<Agency>>,
    Caller(peer): Caller,
    _: Bare,
    Json(order): Json<Propose>,
) -> Answer<Json<Proposed>> {
    let person = agency.policy_officer(&peer)?;
    Ok(Json(agency.propose_policy(&person, order).await?))
}

/// A proposal, by its version.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct OfProposal {
    /// The version it is to become.
    version: u64,
}

/// One proposal.
#[utoipa::path(
    get,
    path = "/api/v1/policy/proposals/{version}",
    params(OfProposal),
    responses(
        (status = 200, description = "The proposal", body = Proposal),
        (status = 403, description = "`role_missing`"),
        (status = 404, description = "`unknown_policy`"),
    ),
)]
async fn policy_proposal(
    State(agency): State<Arc<Agency>>,
    Caller(peer): Caller,
    _: Bare,
    Path(of): Path<OfProposal>,
) -> Answer<Json<Proposal>> {
    let person = agency.policy_reader(&peer)?;
    Ok(Json(agency.policy_proposal(&person, of.version)?))
}

/// Approve a proposal.
///
/// The last approval that is needed signs the bundle; it is in force from its moment.
#[utoipa::path(
    post,
    path = "/api/v1/policy/proposals/{version}/approval",
    params(OfProposal),
    responses(
        (status = 200, description = "The proposal as it stands now", body = Proposal),
        (status = 403, description = "`own_proposal`, `role_missing`"),
        (status = 404, description = "`unknown_policy`"),
        (status = 409, description = "`already_decided`, `policy_overtaken`, `policy_stale`"),
        (status = 422, description = "`policy_refused`, `reason_missing`"),
        (status = 503, description = "`policy_unusable`"),
    ),
)]
async fn approve_policy(
    State(agency): State<Arc<Agency>>,
    Caller(peer): Caller,
    _: Bare,
    Path(of): Path<OfProposal>,
    Json(because): Json<Because>,
) -> Answer<Json<Proposal>> {
    let person = agency.policy_officer(&peer)?;
    let approved = agency.approve_policy(&person, of.version, &because);
    Ok(Json(approved.await?))
}

/// Reject a proposal.
#[utoipa::path(
    post,
    path = "/api/v1/policy/proposals/{version}/rejection",
    params(OfProposal),
    responses(
        (status = 200, description = "The proposal as it stands now", body = Proposal),
        (status = 403, description = "`role_missing`"),
        (status = 404, description = "`unknown_policy`"),
        (status = 409, description = "`already_decided`, `policy_overtaken`"),
        (status = 422, description = "`reason_missing`"),
    ),
)]
async fn reject_policy(
    State(agency): State<Arc<Agency>>,
    Caller(peer): Caller,
    _: Bare,
    Path(of): Path<OfProposal>,
    Json(because): Json<Because>,
) -> Answer<Json<Proposal>> {
    let person = agency.policy_officer(&peer)?;
    let rejected = agency.reject_policy(&person, of.version, &because);
    Ok(Json(rejected.await?))
}

/// Bring an approved version into force now, before its moment.
///
/// What discloses more, or closes or opens a category, only an `ig_lead` brings forward.
#[utoipa::path(
    post,
    path = "/api/v1/policy/proposals/{version}/activation",
    params(OfProposal),
    responses(
        (status = 200, description = "The proposal, in force", body = Proposal),
        (status = 403, description = "`own_proposal`, `role_missing`"),
        (status = 404, description = "`unknown_policy`"),
        (status = 409, description = "`not_approved`, `not_due`, `policy_overtaken`, `policy_stale`"),
        (status = 503, description = "`policy_unusable`"),
    ),
)]
async fn activate_policy(
    State(agency): State<Arc<Agency>>,
    Caller(peer): Caller,
    _: Bare,
    Path(of): Path<OfProposal>,
) -> Answer<Json<Proposal>> {
    let person = agency.policy_officer(&peer)?;
    Ok(Json(agency.activate_policy(&person, of.version).await?))
}

/// Go back to an earlier version.
///
/// At once where nothing more leaves than now and no case in force is left out; otherwise it becomes a
/// proposal that waits for approvals.
#[utoipa::path(
    post,
    path = "/api/v1/policy/rollback",
    responses(
        (status = 200, description = "In force, or a proposal, or what stops it", body = Proposed),
        (status = 403, description = "`role_missing`"),
        (status = 404, description = "`unknown_policy`"),
        (status = 409, description = "`policy_overtaken`, `policy_unchanged`"),
        (status = 422, description = "`reason_missing`"),
        (status = 503, description = "`policy_unusable`"),
    ),
)]
async fn roll_back_policy(
    State(agency): State<Arc<Agency>>,
    Caller(peer): Caller,
    _: Bare,
    Json(order): Json<RollBack>,
) -> Answer<Json<Proposed>> {
    let person = agency.policy_officer(&peer)?;
    Ok(Json(agency.roll_back_policy(&person, order).await?))
}
