//! Presence for the hub's people: check it, read what was found, open a request to an auditor.

use std::sync::Arc;

use axum::extract::State;
use stile_model::id::EnquiryId;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::OfCase;
use crate::api::{Answer, Bare, Caller, Json, Path};
use crate::hub::{CasePresence, CheckPresence, Hub, Opening, OpeningAsked};

/// The addresses of this part.
pub(super) fn face() -> OpenApiRouter<Arc<Hub>> {
    OpenApiRouter::new()
        .routes(routes!(check))
        .routes(routes!(read))
        .routes(routes!(opening))
}

/// Find out which agencies know a person of the case.
///
/// Sends a request to every agency that offers presence for the case's purpose, and answers when
/// each has answered or its time is over. A person who is not matched may be held all the same.
#[utoipa::path(
    post,
    path = "/api/v1/cases/{id}/presence",
    params(OfCase),
    responses(
        (status = 200, description = "What was found out at each agency", body = CasePresence),
        (status = 403, description = "`consent_missing`, `consent_refused`, `role_missing`"),
        (status = 404, description = "`unknown_case`, `unknown_subject`"),
        (status = 422, description = "`out_of_bounds`, `purpose_differs`, `unknown_word`"),
        (status = 503, description = "`ledger_halted`"),
    ),
)]
async fn check(
    State(hub): State<Arc<Hub>>,
    Caller(peer): Caller,
    _: Bare,
    Path(of): Path<OfCase>,
    Json(ask): Json<CheckPresence>,
) -> Answer<Json<CasePresence>> {
    let person = hub.people.person(&peer)?;
    Ok(Json(hub.check_presence(&person, &of.id, &ask).await?))
}

/// The newest check of each person of the case.
#[utoipa::path(
    get,
    path = "/api/v1/cases/{id}/presence",
    params(OfCase),
    responses(
        (status = 200, description = "One for each person who was checked", body = Vec<CasePresence>),
        (status = 403, description = "`role_missing`"),
        (status = 404, description = "`unknown_case`"),
    ),
)]
async fn read(
    State(hub): State<Arc<Hub>>,
    Caller(peer): Caller,
    _: Bare,
    Path(of): Path<OfCase>,
) -> Answer<Json<Vec<CasePresence>>> {
    let person = hub.people.person(&peer)?;
    Ok(Json(hub.read_presence(&person, &of.id).await?))
}

/// A request of presence, by its id.
#[derive(serde::Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct OfRequest {
    /// The request.
    id: EnquiryId,
}

/// What opens a blind request.
///
/// For an auditor of this hub, who hands it to whoever checks the agency's ledger; becomes an entry
/// before it is answered.
#[utoipa::path(
    post,
    path = "/api/v1/ledger/presence/{id}/opening",
    params(OfRequest),
    responses(
        (status = 200, description = "The opening", body = Opening),
        (status = 403, description = "`role_missing`"),
        (status = 404, description = "`unknown_request`"),
        (status = 409, description = "`not_blind`"),
        (status = 422, description = "`unknown_reason`"),
    ),
)]
async fn opening(
    State(hub): State<Arc<Hub>>,
    Caller(peer): Caller,
    _: Bare,
    Path(of): Path<OfRequest>,
    Json(asked): Json<OpeningAsked>,
) -> Answer<Json<Opening>> {
    let person = hub.people.person(&peer)?;
    Ok(Json(hub.presence_opening(&person, of.id, &asked).await?))
}
