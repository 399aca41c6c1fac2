//! The agency's face to its own people: `/api/v1`.

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use stile_model::id::EnquiryId;
use utoipa::openapi::OpenApi;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::account::with_accounts;
use crate::agency::{Agency, Decision, LearnAsked, Learned, Task, TaskLine};
use crate::api::{Answer, Bare, Caller, Json, Path, sealed};
use crate::openapi::{Face, served};
use crate::policy::routes::with_policy;
use crate::reconcile::Reconciliations;
use crate::retention::routes::with_retention;
use crate::verbal::{Noted, Telling};
use crate::witness;

const PEOPLE: Face = Face {
    title: "Stile: an agency and its people",
    about: "What waits for a person in the agency: approvals, possible matches, alerts.",
    callers: &["not_a_person", "revoked", "unknown_person"],
};

/// The `OpenAPI` document of the face for the agency's people, as JSON.
pub static PEOPLE_DOCUMENT: LazyLock<String> = LazyLock::new(|| PEOPLE.finish(people_face().1));

/// Routes for the agency's people, behind mutual TLS with personal certificates.
pub fn people_routes(agency: Arc<Agency>) -> Router {
    sealed(people_face().0)
        .layer(DefaultBodyLimit::max(256 * 1024))
        .with_state(agency)
}

fn people_face() -> (Router<Arc<Agency>>, OpenApi) {
    let face = with_retention(OpenApiRouter::with_openapi(PEOPLE.document()));
    let face = with_accounts(with_policy(face));
    witness::people_face(face)
        .routes(routes!(tasks))
        .routes(routes!(task))
        .routes(routes!(decide))
        .routes(routes!(learned))
        .routes(routes!(tell))
        .routes(routes!(reconciliations))
        .routes(routes!(people_document))
        .merge(crate::audit::routes::face())
        .split_for_parts()
}

/// A person's open tasks.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct TaskList {
    /// Soonest due first.
    pub tasks: Vec<TaskLine>,
}

/// The tasks of the person who asks.
///
/// Cases, categories and times; nothing that names or describes anybody. What a task shows, it shows
/// one by one, and that is recorded.
#[utoipa::path(
    get,
    path = "/api/v1/tasks",
    responses((status = 200, description = "Open tasks the person may decide", body = TaskList)),
)]
async fn tasks(
    State(agency): State<Arc<Agency>>,
    Caller(peer): Caller,
    _: Bare,
) -> Answer<Json<TaskList>> {
    let person = agency.people.person(&peer)?;
    Ok(Json(TaskList {
        tasks: agency.waiting(&person)?,
    }))
}

/// A task, by its id.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct OfTask {
    /// The task.
    id: EnquiryId,
}

/// One task, with what it shows of a person.
///
/// The reading becomes an entry of the ledger first.
#[utoipa::path(
    get,
    path = "/api/v1/tasks/{id}",
    params(OfTask),
    responses(
        (status = 200, description = "The task, open or not", body = Task),
        (status = 403, description = "`role_missing`"),
        (status = 404, description = "`unknown_task`"),
        (status = 503, description = "`ledger_halted`"),
    ),
)]
async fn task(
    State(agency): State<Arc<Agency>>,
    Caller(peer): Caller,
    _: Bare,
    Path(of): Path<OfTask>,
) -> Answer<Json<Task>> {
    let person = agency.people.person(&peer)?;
    Ok(Json(agency.open_task(&person, of.id).await?.task))
}

/// Decide a task.
///
/// What the decision lets out, leaves only after it is recorded.
#[utoipa::path(
    post,
    path = "/api/v1/tasks/{id}/decision",
    params(OfTask),
    responses(
        (status = 200, description = "The task as it stands now, without what it shows", body = TaskLine),
        (status = 403, description = "`role_missing`"),
        (status = 404, description = "`unknown_enquiry`, `unknown_task`"),
        (status = 409, description = "`already_decided`, `approval_lapsed`"),
        (status = 422, description = "`decision_record_incomplete`, `reason_missing`, `unknown_candidate`, `unknown_ground`, `verdict_does_not_fit`"),
    ),
)]
async fn decide(
    State(agency): State<Arc<Agency>>,
    Caller(peer): Caller,
    _: Bare,
    Path(of): Path<OfTask>,
    Json(decision): Json<Decision>,
) -> Answer<Json<TaskLine>> {
    let person = agency.people.person(&peer)?;
    let task = agency.decide(&person, of.id, &decision).await?;
    Ok(Json(agency.line_of(&task)?))
}

/// What decided pairs teach about matching.
///
/// Counts of how records known to be one person agree, from the ledger; the reading itself becomes an
/// entry first. Nothing changes by it.
#[utoipa::path(
    post,
    path = "/api/v1/matching/learned",
    responses(
        (status = 200, description = "Counts, of nobody in particular", body = Learned),
        (status = 403, description = "`role_missing`"),
        (status = 422, description = "`unknown_reason`"),
    ),
)]
async fn learned(
    State(agency): State<Arc<Agency>>,
    Caller(peer): Caller,
    _: Bare,
    Json(ask): Json<LearnAsked>,
) -> Answer<Json<Learned>> {
    let person = agency.policy_officer(&peer)?;
    Ok(Json(agency.learned(&person, &ask).await?))
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
        (status = 404, description = "`unknown_enquiry`"),
        (status = 422, description = "`case_differs`, `out_of_bounds`, `unknown_word`"),
    ),
)]
async fn tell(
    State(agency): State<Arc<Agency>>,
    Caller(peer): Caller,
    _: Bare,
    Json(telling): Json<Telling>,
) -> Answer<(StatusCode, Json<Noted>)> {
    let person = agency.people.person(&peer)?;
    let noted = agency.record_telling(&person, &telling).await?;
    Ok((StatusCode::CREATED, Json(noted)))
}

/// How the last reconciliation with each hub came out.
#[utoipa::path(
    get,
    path = "/api/v1/reconciliations",
    responses(
        (status = 200, description = "One for each hub", body = Reconciliations),
        (status = 403, description = "`role_missing`"),
    ),
)]
async fn reconciliations(
    State(agency): State<Arc<Agency>>,
    Caller(peer): Caller,
    _: Bare,
) -> Answer<Json<Reconciliations>> {
    let person = agency.people.person(&peer)?;
    Ok(Json(agency.reconciliations(&person)?))
}

/// This document.
#[utoipa::path(
    get,
    path = "/api/v1/openapi.json",
    responses((status = 200, description = "OpenAPI 3.1", body = serde_json::Value)),
)]
async fn people_document(
    State(agency): State<Arc<Agency>>,
    Caller(peer): Caller,
    _: Bare,
) -> Answer<Response> {
    agency.people.person(&peer)?;
    Ok(served(&PEOPLE_DOCUMENT))
}
