//! The agency's two faces: `/v1` for hubs, `/api/v1` for its own people.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Extension, Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use stile_model::enquiry::ENQUIRY_MAX_BYTES;
use stile_model::id::{Code, EnquiryId};
use stile_trust::identity::Role;
use stile_trust::peer::Peer;

use super::{Agency, Decision, Task};
use crate::api::{Answer, no_store, problem_response};
use crate::error::{ExchangeError, refuse};
use crate::wire::{Acknowledgement, Offer, OfferedCategory};

/// Header by which a hub says how large a ledger it last confirmed.
pub const CONFIRMED_HEADER: &str = "stile-confirmed-size";

/// Routes for hubs, behind mutual TLS.
pub fn peer_routes(agency: Arc<Agency>) -> Router {
    use axum::routing::{get, post};
    Router::new()
        .route("/v1/enquiries", post(enquire))
        .route("/v1/enquiries/{id}/returns", get(returns))
        .route("/v1/receipts", post(acknowledge))
        .route("/v1/offer", get(offer))
        .route("/v1/ledger/checkpoint", get(checkpoint))
        .layer(DefaultBodyLimit::max(ENQUIRY_MAX_BYTES))
        .with_state(agency)
}

/// Routes for the agency's people, behind mutual TLS with personal certificates.
pub fn people_routes(agency: Arc<Agency>) -> Router {
    use axum::routing::{get, post};
    Router::new()
        .route("/api/v1/tasks", get(tasks))
        .route("/api/v1/tasks/{id}", get(task))
        .route("/api/v1/tasks/{id}/decision", post(decide))
        .layer(DefaultBodyLimit::max(16 * 1024))
        .with_state(agency)
}

fn confirmed(headers: &HeaderMap) -> u64 {
    let text = headers
        .get(CONFIRMED_HEADER)
        .and_then(|value| value.to_str().ok());
    text.and_then(|text| text.parse().ok()).unwrap_or(0)
}

async fn enquire(
    State(agency): State<Arc<Agency>>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Ok(jws) = std::str::from_utf8(&body) else {
        return problem_response(&refuse("malformed", 400, "the body is not a compact JWS"));
    };
    match agency.answer(&peer, jws, confirmed(&headers)).await {
        Ok(released) => envelope(released.body),
        Err(error) => problem_response(&error),
    }
}

fn envelope(body: Vec<u8>) -> Response {
    let headers = [(header::CONTENT_TYPE, "application/json")];
    no_store((StatusCode::OK, headers, body).into_response())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct After {
    #[serde(default)]
    after: u32,
    #[serde(default)]
    wait_s: u64,
}

async fn returns(
    State(agency): State<Arc<Agency>>,
    Extension(peer): Extension<Peer>,
    Path(id): Path<EnquiryId>,
    Query(query): Query<After>,
    headers: HeaderMap,
) -> Response {
    let wait = async {
        let hub = agency.hub_of(&peer)?;
        agency
            .returns_after(&hub, id, query.after, query.wait_s, confirmed(&headers))
            .await
    };
    match wait.await {
        Ok(Some(released)) => envelope(released.body),
        Ok(None) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => problem_response(&error),
    }
}

async fn acknowledge(
    State(agency): State<Arc<Agency>>,
    Extension(peer): Extension<Peer>,
    Json(word): Json<Acknowledgement>,
) -> Answer<StatusCode> {
    let hub = agency.hub_of(&peer)?;
    agency.acknowledged(&hub, &word).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ForPurpose {
    purpose: Code,
}

async fn offer(
    State(agency): State<Arc<Agency>>,
    Extension(peer): Extension<Peer>,
    Query(query): Query<ForPurpose>,
) -> Answer<Json<Offer>> {
    let hub = agency.hub_of(&peer)?;
    Ok(Json(agency.offer(&hub, &query.purpose)?))
}

async fn checkpoint(
    State(agency): State<Arc<Agency>>,
    Extension(peer): Extension<Peer>,
) -> Answer<String> {
    agency
        .directory
        .load()
        .admits(&peer)
        .map_err(ExchangeError::from)?;
    Ok(agency.store.signed_head())
}

impl Agency {
    /// The hub behind a connection.
    ///
    /// # Errors
    ///
    /// When the peer is not a hub of the directory.
    pub(super) fn hub_of(&self, peer: &Peer) -> Result<stile_model::id::MemberId, ExchangeError> {
        let directory = self.directory.load();
        let member = directory.admits(peer)?;
        if peer.identity.role == Role::Hub {
            Ok(member.id.clone())
        } else {
            Err(refuse("not_a_hub", 403, "only a hub may ask this"))
        }
    }

    /// What this hub may have for a purpose, by policy alone: nothing about any person.
    fn offer(
        &self,
        hub: &stile_model::id::MemberId,
        purpose: &Code,
    ) -> Result<Offer, ExchangeError> {
        let today = self.clock.now().date();
        if self
            .directory
            .load()
            .agreement(hub, &self.me, purpose, today)
            .is_err()
        {
            return Err(refuse(
                "purpose_not_open",
                403,
                "no agreement opens this purpose to this hub",
            ));
        }
        let policy = self.policy.load();
        let categories = self.vocabulary.categories.iter();
        let categories = categories
            .filter(|category| self.holds(&category.id))
            .filter_map(|category| {
                offered(&policy, &self.vocabulary, category, purpose, hub, today)
            })
            .collect();
        Ok(Offer { categories })
    }
}

/// The best any enquiry of this hub and purpose could get of a category; nothing of sealed ones.
fn offered(
    policy: &stile_policy::PolicySet,
    vocabulary: &stile_model::vocabulary::Vocabulary,
    category: &stile_model::vocabulary::Category,
    purpose: &Code,
    hub: &stile_model::id::MemberId,
    today: stile_model::time::Date,
) -> Option<OfferedCategory> {
    use stile_model::code::{ConsentState, Priority, Rung};
    use stile_model::vocabulary::{AgeBand, Recency};
    let (mut at_once, mut hours) = (false, None);
    for field in &category.fields {
        for role in &vocabulary.subject_roles {
            for officer in &vocabulary.officer_roles {
                let recency = if category.event.is_some() {
                    Recency::To3m
                } else {
                    Recency::Unknown
                };
                let decision = policy.rule(
                    &stile_policy::Question {
                        field: &field.id,
                        purpose,
                        priority: Some(Priority::Red),
                        consent: Some(ConsentState::Given),
                        subject_role: Some(&role.code),
                        age: AgeBand::Age5To9,
                        recency,
                        requester: Some(&officer.code),
                        hub: Some(hub),
                    },
                    today,
                );
                if decision.sealed {
                    return None;
                }
                at_once |= decision.auto > Rung::None;
                if decision.approved > decision.auto {
                    let slowest = decision
                        .approvers
                        .roles
                        .iter()
                        .map(|role| policy.approval_hours(role))
                        .max();
                    hours = hours.max(slowest);
                }
            }
        }
    }
    (at_once || hours.is_some()).then(|| OfferedCategory {
        category: category.id.clone(),
        at_once,
        approval_hours: hours,
    })
}

/// A person's open tasks.
#[derive(Debug, Serialize, Deserialize)]
pub struct TaskList {
    /// Soonest due first.
    pub tasks: Vec<Task>,
}

async fn tasks(
    State(agency): State<Arc<Agency>>,
    Extension(peer): Extension<Peer>,
) -> Answer<Json<TaskList>> {
    let person = agency.people.person(&peer)?;
    Ok(Json(TaskList {
        tasks: agency.tasks(&person)?,
    }))
}

async fn task(
    State(agency): State<Arc<Agency>>,
    Extension(peer): Extension<Peer>,
    Path(id): Path<EnquiryId>,
) -> Answer<Json<Task>> {
    let person = agency.people.person(&peer)?;
    Ok(Json(agency.task(&person, id)?))
}

async fn decide(
    State(agency): State<Arc<Agency>>,
    Extension(peer): Extension<Peer>,
    Path(id): Path<EnquiryId>,
    Json(decision): Json<Decision>,
) -> Answer<Json<Task>> {
    let person = agency.people.person(&peer)?;
    Ok(Json(agency.decide(&person, id, &decision).await?))
}
