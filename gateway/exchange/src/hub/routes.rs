//! The hub's face to its people: `/api/v1`.

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, Extension, Path, Query, State};
use axum::http::StatusCode;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use stile_model::id::{CaseId, MemberId};
use stile_product::{Audience, Product};
use stile_trust::peer::Peer;

use super::{Case, CaseProgress, Hub, OpenCase, Raise, Raised};
use crate::api::Answer;

/// Routes for the hub's people, behind mutual TLS with personal certificates.
pub fn people_routes(hub: Arc<Hub>) -> Router {
    use axum::routing::{get, post};
    Router::new()
        .route("/api/v1/agencies", get(agencies))
        .route("/api/v1/cases", post(open_case))
        .route("/api/v1/cases/{id}", get(case))
        .route("/api/v1/cases/{id}/enquiries", post(raise))
        .route("/api/v1/cases/{id}/progress", get(progress))
        .route("/api/v1/cases/{id}/product", get(product))
        .layer(DefaultBodyLimit::max(256 * 1024))
        .with_state(hub)
}

/// An agency a researcher can ask.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AgencyLine {
    /// Its id.
    pub id: MemberId,
    /// Its kind: `police`.
    pub kind: Option<stile_model::id::Code>,
    /// Its name.
    pub name: String,
    /// Its team contact.
    pub contact: String,
}

async fn agencies(
    State(hub): State<Arc<Hub>>,
    Extension(peer): Extension<Peer>,
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

async fn open_case(
    State(hub): State<Arc<Hub>>,
    Extension(peer): Extension<Peer>,
    Json(matter): Json<OpenCase>,
) -> Answer<(StatusCode, Json<Case>)> {
    let person = hub.people.person(&peer)?;
    let case = hub.open_case(&person, matter).await?;
    Ok((StatusCode::CREATED, Json(case)))
}

async fn case(
    State(hub): State<Arc<Hub>>,
    Extension(peer): Extension<Peer>,
    Path(id): Path<CaseId>,
) -> Answer<Json<Case>> {
    hub.people.person(&peer)?;
    Ok(Json(hub.case(&id)?))
}

async fn raise(
    State(hub): State<Arc<Hub>>,
    Extension(peer): Extension<Peer>,
    Path(id): Path<CaseId>,
    Json(raise): Json<Raise>,
) -> Answer<(StatusCode, Json<Raised>)> {
    let person = hub.people.person(&peer)?;
    let raised = hub.raise(&person, &id, &raise).await?;
    Ok((StatusCode::ACCEPTED, Json(raised)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct After {
    #[serde(default)]
    after: u64,
    #[serde(default)]
    wait_s: u64,
}

async fn progress(
    State(hub): State<Arc<Hub>>,
    Extension(peer): Extension<Peer>,
    Path(id): Path<CaseId>,
    Query(query): Query<After>,
) -> Answer<Json<CaseProgress>> {
    hub.people.person(&peer)?;
    Ok(Json(hub.progress(&id, query.after, query.wait_s).await?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ForAudience {
    #[serde(default = "decision_maker")]
    audience: Audience,
}

fn decision_maker() -> Audience {
    Audience::DecisionMaker
}

async fn product(
    State(hub): State<Arc<Hub>>,
    Extension(peer): Extension<Peer>,
    Path(id): Path<CaseId>,
    Query(query): Query<ForAudience>,
) -> Answer<Json<Product>> {
    hub.people.person(&peer)?;
    Ok(Json(hub.product(&id, query.audience)?))
}
