//! What people of the hub state themselves, and the comparison with agencies: `/api/v1`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use stile_model::id::MemberId;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::{Answer, Bare, Caller, Json};
use crate::hub::Hub;
use crate::reconcile::Reconciliations;
use crate::verbal::{Noted, Telling};

/// The addresses of this part.
pub(super) fn face() -> OpenApiRouter<Arc<Hub>> {
    OpenApiRouter::new()
        .routes(routes!(tell))
        .routes(routes!(reconciliations))
        .routes(routes!(reconcile))
}

/// Record what was told by word of mouth.
///
/// Before or after the fact; the entry says when it was recorded, its sealed body when it was said.
#[utoipa::path(
    post,
    path = "/api/v1/disclosures/verbal",
    responses(
        (status = 201, description = "Recorded", body = Noted),
        (status = 403, description = "`role_missing`"),
        (status = 404, description = "`unknown_case`"),
        (status = 422, description = "`out_of_bounds`, `unknown_word`"),
    ),
)]
async fn tell(
    State(hub): State<Arc<Hub>>,
    Caller(peer): Caller,
    _: Bare,
    Json(telling): Json<Telling>,
) -> Answer<(StatusCode, Json<Noted>)> {
    let person = hub.people.person(&peer)?;
    let noted = hub.record_telling(&person, &telling).await?;
    Ok((StatusCode::CREATED, Json(noted)))
}

/// How the last reconciliation with each agency came out.
#[utoipa::path(
    get,
    path = "/api/v1/reconciliations",
    responses(
        (status = 200, description = "One for each agency", body = Reconciliations),
        (status = 403, description = "`role_missing`"),
    ),
)]
async fn reconciliations(
    State(hub): State<Arc<Hub>>,
    Caller(peer): Caller,
    _: Bare,
) -> Answer<Json<Reconciliations>> {
    let person = hub.people.person(&peer)?;
    Ok(Json(hub.reconciliations(&person)?))
}

/// With whom to reconcile.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct With {
    /// The agency; every agency when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub with: Option<MemberId>,
}

/// Reconcile now.
///
/// Compares what agencies released with what is held here, says again what was not acknowledged, and
/// records the outcome on both sides.
#[utoipa::path(
    post,
    path = "/api/v1/reconciliations",
    responses(
        (status = 200, description = "One for each agency asked", body = Reconciliations),
        (status = 403, description = "`role_missing`"),
        (status = 422, description = "`unknown_agency`"),
    ),
)]
async fn reconcile(
    State(hub): State<Arc<Hub>>,
    Caller(peer): Caller,
    _: Bare,
    Json(With { with }): Json<With>,
) -> Answer<Json<Reconciliations>> {
    let person = hub.people.person(&peer)?;
    Ok(Json(hub.reconcile_now(&person, with.as_ref()).await?))
}
