//! The hub's two faces: `/v1` for other gateways, and `/api/v1` for its own people, here.

mod copies;
mod peers;
mod presence;
mod stated;

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use stile_model::id::{CaseId, Code, MemberId};
use stile_product::{Audience, Product};
use utoipa::openapi::OpenApi;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub use peers::{PEER_DOCUMENT, peer_routes};
pub use stated::With;

use super::{Case, CaseProgress, Hub, OpenCase, Raise, Raised};
use crate::account::with_accounts;
use crate::api::{Answer, Bare, Caller, Json, Path, Query, sealed};
use crate::enrol::with_enrolments;
use crate::openapi::{Face, served};
use crate::retention::routes::{with_closing, with_retention};
use crate::witness;

const PEOPLE: Face = Face {
    title: "Stile: a hub and its people",
    about: "Cases, enquiries to agencies, their progress, and the product of what came back.",
    callers: &["not_a_person", "revoked", "unknown_person"],
};

/// The `OpenAPI` document of the face for the hub's people, as JSON.
pub static PEOPLE_DOCUMENT: LazyLock<String> = LazyLock::new(|| PEOPLE.finish(people_face().1));

/// Routes for the hub's people, behind mutual TLS with personal certificates.
pub fn people_routes(hub: Arc<Hub>) -> Router {
    sealed(people_face().0)
        .layer(DefaultBodyLimit::max(256 * 1024))
        .with_state(hub)
}

fn people_face() -> (Router<Arc<Hub>>, OpenApi) {
    let face = with_closing(with_retention(OpenApiRouter::with_openapi(
        PEOPLE.document(),
    )));
    witness::people_face(with_enrolments(with_accounts(face)))
        .routes(routes!(agencies))
        .routes(routes!(open_case))
        .routes(routes!(case))
        .routes(routes!(raise))
        .routes(routes!(progress))
        .routes(routes!(product))
        .merge(copies::face())
        .merge(presence::face())
        .merge(stated::face())
        .routes(routes!(people_document))
        .merge(crate::audit::routes::face())
        .split_for_parts()
}

/// An agency a researcher can ask.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct AgencyLine {
    /// Its id.
    pub id: MemberId,
    /// Its kind: `police`.
    pub kind: Option<Code>,
    /// Its name.
    pub name: String,
    /// Its team contact.
    pub contact: String,
}

/// The agencies that can be asked.
#[utoipa::path(
    get,
    path = "/api/v1/agencies",
    responses((status = 200, description = "Agencies of the directory", body = Vec<AgencyLine>)),
)]
async fn agencies(
    State(hub): State<Arc<Hub>>,
    Caller(peer): Caller,
    _: Bare,
) -> Answer<Json<Vec<AgencyLine>>> {
    hub.people.person(&peer)?;
    let directory = hub.directory.load();
    let agencies = directory
        .members
        .iter()
        .filter(|member| member.kind.is_some());
    let lines = agencies.map(|member| AgencyLine {
        id: member.id.clone(),
        kind: member.kind.clone(),
        name: member.name.clone(),
        contact: member.contact.clone(),
    });
    Ok(Json(lines.collect()))
}

/// Open a case.
#[utoipa::path(
    post,
    path = "/api/v1/cases",
    responses(
        (status = 201, description = "The case, its clock started", body = Case),
        (status = 403, description = "`role_missing`"),
        (status = 409, description = "`case_exists`"),
        (status = 422, description = "`out_of_bounds`, `unknown_word`"),
    ),
)]
async fn open_case(
    State(hub): State<Arc<Hub>>,
    Caller(peer): Caller,
    _: Bare,
    Json(matter): Json<OpenCase>,
) -> Answer<(StatusCode, Json<Case>)> {
    let person = hub.people.person(&peer)?;
    let case = hub.open_case(&person, matter).await?;
    Ok((StatusCode::CREATED, Json(case)))
}

/// A case, by its number.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct OfCase {
    /// The case.
    id: CaseId,
}

/// One case.
#[utoipa::path(
    get,
    path = "/api/v1/cases/{id}",
    params(OfCase),
    responses(
        (status = 200, description = "The case", body = Case),
        (status = 404, description = "`unknown_case`"),
    ),
)]
async fn case(
    State(hub): State<Arc<Hub>>,
    Caller(peer): Caller,
    _: Bare,
    Path(of): Path<OfCase>,
) -> Answer<Json<Case>> {
    let person = hub.people.person(&peer)?;
    Ok(Json(hub.read_case(&person, &of.id).await?))
}

/// Ask agencies.
///
/// Signs one enquiry for each agency, records them all, and sends them; answers before any agency
/// does. On a problem nothing was sent to anybody.
#[utoipa::path(
    post,
    path = "/api/v1/cases/{id}/enquiries",
    params(OfCase),
    responses(
        (status = 202, description = "Recorded and being sent", body = Raised),
        (status = 403, description = "`consent_missing`, `consent_refused`, `role_missing`, `self_authorised`"),
        (status = 404, description = "`unknown_case`"),
        (status = 422, description = "`decision_record_incomplete`, `necessity_missing`, `out_of_bounds`, `unknown_agency`, \
            `unknown_category`, `unknown_word`"),
        (status = 503, description = "`ledger_halted`"),
    ),
)]
async fn raise(
    State(hub): State<Arc<Hub>>,
    Caller(peer): Caller,
    _: Bare,
    Path(of): Path<OfCase>,
    Json(raise): Json<Raise>,
) -> Answer<(StatusCode, Json<Raised>)> {
    let person = hub.people.person(&peer)?;
    let raised = hub.raise(&person, &of.id, &raise).await?;
    Ok((StatusCode::ACCEPTED, Json(raised)))
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct After {
    /// The version already seen; 0 for none.
    #[serde(default)]
    after: u64,
    /// Longest wait for a later version, in seconds; more than 60 counts as 60.
    #[serde(default)]
    wait_s: u64,
}

/// How far each agency has come.
///
/// Answers as soon as anything changed since version `after`, or when the wait is over.
#[utoipa::path(
    get,
    path = "/api/v1/cases/{id}/progress",
    params(OfCase, After),
    responses(
        (status = 200, description = "The progress", body = CaseProgress),
        (status = 404, description = "`unknown_case`"),
    ),
)]
async fn progress(
    State(hub): State<Arc<Hub>>,
    Caller(peer): Caller,
    Path(of): Path<OfCase>,
    Query(query): Query<After>,
) -> Answer<Json<CaseProgress>> {
    hub.people.person(&peer)?.must_work_on_cases()?;
    Ok(Json(hub.progress(&of.id, query.after, query.wait_s).await?))
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct ForAudience {
    /// For whom; a decision-maker when left out.
    #[serde(default = "decision_maker")]
    audience: Audience,
}

fn decision_maker() -> Audience {
    Audience::DecisionMaker
}

/// The product of a case as it stands.
///
/// What came, what was withheld and why, and what was not checked.
#[utoipa::path(
    get,
    path = "/api/v1/cases/{id}/product",
    params(OfCase, ForAudience),
    responses(
        (status = 200, description = "The product", body = Product),
        (status = 404, description = "`unknown_case`"),
        (status = 503, description = "`ledger_halted`"),
    ),
)]
async fn product(
    State(hub): State<Arc<Hub>>,
    Caller(peer): Caller,
    Path(of): Path<OfCase>,
    Query(query): Query<ForAudience>,
) -> Answer<Json<Product>> {
    let person = hub.people.person(&peer)?;
    Ok(Json(
        hub.read_product(&person, &of.id, query.audience).await?,
    ))
}

/// This document.
#[utoipa::path(
    get,
    path = "/api/v1/openapi.json",
    responses((status = 200, description = "OpenAPI 3.1", body = serde_json::Value)),
)]
async fn people_document(
    State(hub): State<Arc<Hub>>,
    Caller(peer): Caller,
    _: Bare,
) -> Answer<Response> {
    hub.people.person(&peer)?;
    Ok(served(&PEOPLE_DOCUMENT))
}
