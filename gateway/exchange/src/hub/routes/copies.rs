//! Numbered copies of a case's product for the hub's people, and for systems of the partnership.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use stile_model::id::CaseId;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::OfCase;
use crate::api::{Answer, Bare, Caller, Json, Path, no_store};
use crate::hub::{CopyLine, Deliver, DeliveryLine, Hub, IssueCopy};

/// The addresses of this part.
pub(super) fn face() -> OpenApiRouter<Arc<Hub>> {
    OpenApiRouter::new()
        .routes(routes!(issue))
        .routes(routes!(list))
        .routes(routes!(bytes))
        .routes(routes!(deliver))
        .routes(routes!(deliveries))
}

/// Make a numbered copy of the product.
///
/// Its digest is in the ledger before this answers; its bytes are read at its own address. Asking
/// again for the same, while the product says the same, gives the same copy.
#[utoipa::path(
    post,
    path = "/api/v1/cases/{id}/copies",
    params(OfCase),
    responses(
        (status = 201, description = "The copy, made now or before", body = CopyLine),
        (status = 403, description = "`role_missing`"),
        (status = 404, description = "`unknown_case`"),
        (status = 409, description = "`case_changed`, `copy_differs`"),
        (status = 422, description = "`out_of_bounds`, `unknown_member`"),
        (status = 503, description = "`document_not_typeset`, `ledger_halted`"),
    ),
)]
async fn issue(
    State(hub): State<Arc<Hub>>,
    Caller(peer): Caller,
    _: Bare,
    Path(of): Path<OfCase>,
    Json(wanted): Json<IssueCopy>,
) -> Answer<(StatusCode, Json<CopyLine>)> {
    let person = hub.people.person(&peer)?;
    let issued = hub.issue_copy(&person, &of.id, &wanted).await?;
    Ok((StatusCode::CREATED, Json(issued.line)))
}

/// The copies of a case.
#[utoipa::path(
    get,
    path = "/api/v1/cases/{id}/copies",
    params(OfCase),
    responses(
        (status = 200, description = "Every copy, by number", body = Vec<CopyLine>),
        (status = 403, description = "`role_missing`"),
        (status = 404, description = "`unknown_case`"),
    ),
)]
async fn list(
    State(hub): State<Arc<Hub>>,
    Caller(peer): Caller,
    _: Bare,
    Path(of): Path<OfCase>,
) -> Answer<Json<Vec<CopyLine>>> {
    let person = hub.people.person(&peer)?;
    Ok(Json(hub.copies(&person, &of.id).await?))
}

/// A copy, by its case and number.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct OfCopy {
    /// The case.
    id: CaseId,
    /// Number of the copy, from 1.
    number: u32,
}

/// The bytes of a copy, always the same.
#[utoipa::path(
    get,
    path = "/api/v1/cases/{id}/copies/{number}",
    params(OfCopy),
    responses(
        (status = 200, description = "The copy, as PDF or JSON", content(
            (Vec<u8> = "application/pdf"),
            (stile_product::Document = "application/json"),
        )),
        (status = 403, description = "`role_missing`"),
        (status = 404, description = "`unknown_case`, `unknown_copy`"),
        (status = 409, description = "`copy_differs`"),
        (status = 503, description = "`document_not_typeset`, `ledger_halted`"),
    ),
)]
async fn bytes(
    State(hub): State<Arc<Hub>>,
    Caller(peer): Caller,
    _: Bare,
    Path(of): Path<OfCopy>,
) -> Answer<Response> {
    let person = hub.people.person(&peer)?;
    let copy = hub.copy(&person, &of.id, of.number).await?;
    let headers = [(header::CONTENT_TYPE, copy.line.form.media_type())];
    Ok(no_store((headers, copy.bytes).into_response()))
}

/// Deliver a copy to a system of the partnership.
///
/// Makes a copy for it, and answers before it is delivered: that is tried until it is taken. The same
/// order, while the product says the same, is the same delivery.
#[utoipa::path(
    post,
    path = "/api/v1/cases/{id}/deliveries",
    params(OfCase),
    responses(
        (status = 202, description = "Kept, to be delivered", body = DeliveryLine),
        (status = 403, description = "`role_missing`"),
        (status = 404, description = "`unknown_case`, `unknown_delivery`"),
        (status = 409, description = "`case_changed`, `copy_differs`"),
        (status = 422, description = "`audience_not_delivered`"),
        (status = 503, description = "`document_not_typeset`, `ledger_halted`"),
    ),
)]
async fn deliver(
    State(hub): State<Arc<Hub>>,
    Caller(peer): Caller,
    _: Bare,
    Path(of): Path<OfCase>,
    Json(order): Json<Deliver>,
) -> Answer<(StatusCode, Json<DeliveryLine>)> {
    let person = hub.people.person(&peer)?;
    let line = hub.deliver(&person, &of.id, &order).await?;
    Ok((StatusCode::ACCEPTED, Json(line)))
}

/// How the deliveries of a case stand.
#[utoipa::path(
    get,
    path = "/api/v1/cases/{id}/deliveries",
    params(OfCase),
    responses(
        (status = 200, description = "Every delivery, oldest first", body = Vec<DeliveryLine>),
        (status = 403, description = "`role_missing`"),
        (status = 404, description = "`unknown_case`"),
    ),
)]
async fn deliveries(
    State(hub): State<Arc<Hub>>,
    Caller(peer): Caller,
    _: Bare,
    Path(of): Path<OfCase>,
) -> Answer<Json<Vec<DeliveryLine>>> {
    let person = hub.people.person(&peer)?;
    Ok(Json(hub.deliveries(&person, &of.id).await?))
}
