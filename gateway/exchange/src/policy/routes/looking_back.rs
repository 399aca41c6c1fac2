//! Looking back over what was asked. All are `POST`: each leaves an entry in the ledger.

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, State};
use serde::Deserialize;
use stile_model::id::EnquiryId;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::super::looking_back::{
    DecisionRecords, LookAsked, PastExplained, ReplayAsked, Replayed, ReviewAsked, Reviewed,
};
use super::LONGEST;
use crate::agency::Agency;
use crate::api::{Answer, Bare, Caller, Json, Path};

/// Adds the addresses.
pub(super) fn with_looking_back(face: OpenApiRouter<Arc<Agency>>) -> OpenApiRouter<Arc<Agency>> {
    let longer = OpenApiRouter::new()
        .routes(routes!(replay_policy))
        .layer(DefaultBodyLimit::max(LONGEST));
    face.routes(routes!(review_policy))
        .routes(routes!(explain_enquiry))
        .routes(routes!(show_decisions))
        .merge(longer)
}

/// An enquiry, by its id.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct OfEnquiry {
    /// The enquiry.
    id: EnquiryId,
}

/// Replay past enquiries with other rules.
///
/// Says which would be answered differently, and whether more or less would be disclosed. The reading
/// becomes an entry before it is answered.
#[utoipa::path(
    post,
    path = "/api/v1/policy/replay",
    responses(
        (status = 200, description = "What would be different", body = Replayed),
        (status = 403, description = "`role_missing`"),
        (status = 422, description = "`out_of_bounds`, `policy_refused`, `unknown_reason`"),
    ),
)]
async fn replay_policy(
    State(agency): State<Arc<Agency>>,
    Caller(peer): Caller,
    _: Bare,
    Json(ask): Json<ReplayAsked>,
) -> Answer<Json<Replayed>> {
    let person = agency.policy_reader(&peer)?;
    Ok(Json(agency.replayed(&person, ask).await?))
}

/// Review what each rule in force was needed for.
///
/// Counts, and narrower rules that would have done; no personal data. The reading becomes an entry
/// before it is answered.
#[utoipa::path(
    post,
    path = "/api/v1/policy/review",
    responses(
        (status = 200, description = "What each rule did", body = Reviewed),
        (status = 403, description = "`role_missing`"),
        (status = 422, description = "`out_of_bounds`, `unknown_reason`"),
    ),
)]
async fn review_policy(
    State(agency): State<Arc<Agency>>,
    Caller(peer): Caller,
    _: Bare,
    Json(ask): Json<ReviewAsked>,
) -> Answer<Json<Reviewed>> {
    let person = agency.policy_reader(&peer)?;
    Ok(Json(agency.reviewed(&person, ask).await?))
}

/// Why a past enquiry was answered as it was.
///
/// For the holder of the information alone.
#[utoipa::path(
    post,
    path = "/api/v1/policy/enquiries/{id}/explanation",
    params(OfEnquiry),
    responses(
        (status = 200, description = "Field by field, and the record of each decision", body = PastExplained),
        (status = 403, description = "`role_missing`"),
        (status = 404, description = "`unknown_enquiry`"),
        (status = 410, description = "`archived`"),
        (status = 422, description = "`unknown_reason`"),
    ),
)]
async fn explain_enquiry(
    State(agency): State<Arc<Agency>>,
    Caller(peer): Caller,
    _: Bare,
    Path(of): Path<OfEnquiry>,
    Json(ask): Json<LookAsked>,
) -> Answer<Json<PastExplained>> {
    let person = agency.policy_reader(&peer)?;
    Ok(Json(agency.explained_past(&person, of.id, &ask).await?))
}

/// The record of each decision on an enquiry.
///
/// With the fields of the ICO data sharing code's request and decision forms (annex B).
#[utoipa::path(
    post,
    path = "/api/v1/policy/enquiries/{id}/decisions",
    params(OfEnquiry),
    responses(
        (status = 200, description = "One for each return", body = DecisionRecords),
        (status = 403, description = "`role_missing`"),
        (status = 404, description = "`unknown_enquiry`"),
        (status = 410, description = "`archived`"),
        (status = 422, description = "`unknown_reason`"),
    ),
)]
async fn show_decisions(
    State(agency): State<Arc<Agency>>,
    Caller(peer): Caller,
    _: Bare,
    Path(of): Path<OfEnquiry>,
    Json(ask): Json<LookAsked>,
) -> Answer<Json<DecisionRecords>> {
    let person = agency.policy_reader(&peer)?;
    Ok(Json(agency.recorded_decisions(&person, of.id, &ask).await?))
}
