//! The addresses of retention, the same on the faces of hub and agency for their people; and how a hub
//! closes a case.

use std::sync::Arc;

use axum::extract::{FromRef, State};
use axum::http::StatusCode;
use serde::Deserialize;
use stile_model::id::{CaseId, EnquiryId};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{
    Close, DueList, Gateway, Hold, Outcome, PlaceHold, Proposal, ProposalList, Propose, ReleaseHold,
};
use crate::api::{Answer, Bare, Caller, Json, Path, Query};
use crate::hub::Hub;

/// Adds the addresses to a face.
pub(crate) fn with_retention<S>(face: OpenApiRouter<S>) -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    Gateway: FromRef<S>,
{
    face.routes(routes!(due))
        .routes(routes!(place_hold))
        .routes(routes!(release_hold))
        .routes(routes!(proposals, propose))
        .routes(routes!(approve))
        .routes(routes!(refuse_proposal))
}

/// Adds the hub's own address.
pub(crate) fn with_closing(face: OpenApiRouter<Arc<Hub>>) -> OpenApiRouter<Arc<Hub>> {
    face.routes(routes!(close))
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct Which {
    /// Every case, not only those whose day has come.
    #[serde(default)]
    all: bool,
}

/// What is due.
///
/// Cases whose period is over, soonest first. Nothing is erased by itself.
#[utoipa::path(
    get,
    path = "/api/v1/retention/due",
    params(Which),
    responses(
        (status = 200, description = "The cases", body = DueList),
        (status = 403, description = "`role_missing`"),
    ),
)]
async fn due(
    State(keeper): State<Gateway>,
    Caller(peer): Caller,
    Query(which): Query<Which>,
) -> Answer<Json<DueList>> {
    let person = keeper.people().person(&peer)?;
    Ok(Json(keeper.due(&person, which.all)?))
}

/// Hold a case.
///
/// It is not erased until it is released.
#[utoipa::path(
    post,
    path = "/api/v1/retention/holds",
    responses(
        (status = 201, description = "The hold", body = Hold),
        (status = 403, description = "`role_missing`"),
        (status = 404, description = "`unknown_case`"),
        (status = 409, description = "`already_on_hold`"),
    ),
)]
async fn place_hold(
    State(keeper): State<Gateway>,
    Caller(peer): Caller,
    _: Bare,
    Json(order): Json<PlaceHold>,
) -> Answer<(StatusCode, Json<Hold>)> {
    let person = keeper.people().person(&peer)?;
    let hold = keeper.hold(&person, &order).await?;
    Ok((StatusCode::CREATED, Json(hold)))
}

/// Release a case from a hold.
#[utoipa::path(
    post,
    path = "/api/v1/retention/releases",
    responses(
        (status = 204, description = "Released, and recorded"),
        (status = 403, description = "`role_missing`"),
        (status = 404, description = "`unknown_case`"),
        (status = 409, description = "`not_on_hold`"),
    ),
)]
async fn release_hold(
    State(keeper): State<Gateway>,
    Caller(peer): Caller,
    _: Bare,
    Json(order): Json<ReleaseHold>,
) -> Answer<StatusCode> {
    let person = keeper.people().person(&peer)?;
    keeper.release_hold(&person, &order).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Proposals to erase.
#[utoipa::path(
    get,
    path = "/api/v1/erasures",
    responses(
        (status = 200, description = "Newest first", body = ProposalList),
        (status = 403, description = "`role_missing`"),
    ),
)]
async fn proposals(
    State(keeper): State<Gateway>,
    Caller(peer): Caller,
    _: Bare,
) -> Answer<Json<ProposalList>> {
    let person = keeper.people().person(&peer)?;
    Ok(Json(keeper.proposals(&person)?))
}

/// Propose to erase cases.
///
/// Another officer must approve it; until then nothing is erased.
#[utoipa::path(
    post,
    path = "/api/v1/erasures",
    responses(
        (status = 201, description = "The proposal", body = Proposal),
        (status = 403, description = "`role_missing`"),
        (status = 404, description = "`unknown_case`"),
        (status = 409, description = "`case_active`, `not_due`, `on_hold`"),
        (status = 422, description = "`out_of_bounds`"),
    ),
)]
async fn propose(
    State(keeper): State<Gateway>,
    Caller(peer): Caller,
    _: Bare,
    Json(order): Json<Propose>,
) -> Answer<(StatusCode, Json<Proposal>)> {
    let person = keeper.people().person(&peer)?;
    let proposal = keeper.propose(&person, &order).await?;
    Ok((StatusCode::CREATED, Json(proposal)))
}

/// A proposal, by its id.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct OfProposal {
    /// The proposal.
    id: EnquiryId,
}

/// Approve a proposal, and erase.
///
/// By another officer than the one who proposed it. Nothing brings back what this destroys.
#[utoipa::path(
    post,
    path = "/api/v1/erasures/{id}/approval",
    params(OfProposal),
    responses(
        (status = 200, description = "The proposal, done", body = Proposal),
        (status = 403, description = "`own_proposal`, `role_missing`"),
        (status = 404, description = "`unknown_case`, `unknown_proposal`"),
        (status = 409, description = "`already_decided`, `case_active`, `erasure_unfinished`, `not_due`, \
            `on_hold`"),
    ),
)]
async fn approve(
    State(keeper): State<Gateway>,
    Caller(peer): Caller,
    _: Bare,
    Path(of): Path<OfProposal>,
) -> Answer<Json<Proposal>> {
    let person = keeper.people().person(&peer)?;
    Ok(Json(keeper.approve(&person, of.id).await?))
}

/// Refuse a proposal.
#[utoipa::path(
    post,
    path = "/api/v1/erasures/{id}/refusal",
    params(OfProposal),
    responses(
        (status = 200, description = "The proposal, refused", body = Proposal),
        (status = 403, description = "`role_missing`"),
        (status = 404, description = "`unknown_proposal`"),
        (status = 409, description = "`already_decided`"),
    ),
)]
async fn refuse_proposal(
    State(keeper): State<Gateway>,
    Caller(peer): Caller,
    _: Bare,
    Path(of): Path<OfProposal>,
) -> Answer<Json<Proposal>> {
    let person = keeper.people().person(&peer)?;
    Ok(Json(keeper.refuse_proposal(&person, of.id).await?))
}

/// A case, by its number.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct OfCase {
    /// The hub's case number.
    id: CaseId,
}

/// Close a case.
///
/// With what became of it. The agencies that answered are told, since how long each keeps its record
/// depends on it.
#[utoipa::path(
    post,
    path = "/api/v1/cases/{id}/outcome",
    params(OfCase),
    responses(
        (status = 200, description = "Closed, and recorded", body = Outcome),
        (status = 403, description = "`role_missing`"),
        (status = 404, description = "`unknown_case`"),
        (status = 409, description = "`case_active`, `case_changed`"),
        (status = 422, description = "`unknown_word`"),
    ),
)]
async fn close(
    State(hub): State<Arc<Hub>>,
    Caller(peer): Caller,
    _: Bare,
    Path(of): Path<OfCase>,
    Json(close): Json<Close>,
) -> Answer<Json<Outcome>> {
    let person = hub.people.person(&peer)?;
    Ok(Json(hub.close_case(&person, &of.id, close).await?))
}
