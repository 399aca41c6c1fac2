//! The agency's two faces: `/v1` for hubs, here, and `/api/v1` for its own people.

mod people;

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use opentelemetry::trace::SpanContext;
use serde::Deserialize;
use stile_model::enquiry::{ENQUIRY_MAX_BYTES, Enquiry};
use stile_model::id::{Code, EnquiryId, MemberId};
use stile_model::presence::{PresenceAnswer, PresenceRequest, PresenceSet};
use stile_model::returns::Return;
use stile_trust::identity::Role;
use stile_trust::peer::Peer;
use utoipa::openapi::OpenApi;
use utoipa::{IntoParams, PartialSchema, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub use people::{PEOPLE_DOCUMENT, TaskList, people_routes};

use super::Agency;
use crate::api::{Answer, Bare, Caller, Json, Jws, Path, Query, no_store, sealed};
use crate::error::{ExchangeError, refuse};
use crate::openapi::{Face, served};
use crate::reconcile::{Reconciliation, ReleasePage};
use crate::retention::OutcomeWord;
use crate::trace::{Span, Step, parent_in};
use crate::wire::{Acknowledgement, Envelope, Offer};
use crate::witness;

/// Header by which a hub says how large a ledger it last confirmed.
pub const CONFIRMED_HEADER: &str = "stile-confirmed-size";

const PEERS: Face = Face {
    title: "Stile: between gateways",
    about: "What hubs ask of an agency's gateway. An enquiry and a return are signed (RFC 7515, ES256); \
            the schemas `Enquiry` and `Return` are their payloads; likewise `PresenceRequest`, \
            `PresenceAnswer` and `PresenceSet`.",
    callers: &["revoked", "untrusted"],
};

/// The `OpenAPI` document of the face for hubs, as JSON.
pub static PEER_DOCUMENT: LazyLock<String> = LazyLock::new(|| PEERS.finish(peer_face().1));

/// Routes for hubs, behind mutual TLS.
pub fn peer_routes(agency: Arc<Agency>) -> Router {
    sealed(peer_face().0)
        .layer(DefaultBodyLimit::max(ENQUIRY_MAX_BYTES))
        .with_state(agency)
}

fn peer_face() -> (Router<Arc<Agency>>, OpenApi) {
    let mut document = PEERS.document();
    let mut payloads = vec![
        (Enquiry::name().into(), Enquiry::schema()),
        (Return::name().into(), Return::schema()),
        (PresenceAnswer::name().into(), PresenceAnswer::schema()),
        (PresenceRequest::name().into(), PresenceRequest::schema()),
        (PresenceSet::name().into(), PresenceSet::schema()),
    ];
    Enquiry::schemas(&mut payloads);
    Return::schemas(&mut payloads);
    PresenceAnswer::schemas(&mut payloads);
    PresenceRequest::schemas(&mut payloads);
    PresenceSet::schemas(&mut payloads);
    document
        .components
        .get_or_insert_default()
        .schemas
        .extend(payloads);
    let face = OpenApiRouter::with_openapi(document);
    witness::peer_face(face)
        .routes(routes!(enquire))
        .routes(routes!(returns))
        .routes(routes!(acknowledge))
        .routes(routes!(releases))
        .routes(routes!(reconciled))
        .routes(routes!(outcome))
        .routes(routes!(offer))
        .merge(super::presence::face())
        .routes(routes!(peer_document))
        .split_for_parts()
}

pub(super) fn confirmed(headers: &HeaderMap) -> u64 {
    let text = headers
        .get(CONFIRMED_HEADER)
        .and_then(|value| value.to_str().ok());
    text.and_then(|text| text.parse().ok()).unwrap_or(0)
}

/// Ask.
///
/// The body is the compact JWS of an `Enquiry`, typ `stile-enquiry+jws`, at most 128 KiB. Idempotent
/// by the enquiry's id: the same bytes get the same return. On any problem nothing has left the agency.
#[utoipa::path(
    post,
    path = "/v1/enquiries",
    params(
        ("stile-confirmed-size" = Option<u64>, Header,
         description = "Entries of the agency's ledger the hub last confirmed; 0 when left out"),
    ),
    request_body(content = String, content_type = "application/jose", description = "A compact JWS"),
    responses(
        (status = 200, description = "The return, padded with spaces to 16, 32, 64 … KiB", body = Envelope),
        (status = 400, description = "`version_unknown`"),
        (status = 403, description = "`agreement_expired`, `agreement_not_started`, `consent_missing`, \
            `consent_refused`, `expired`, `from_the_future`, `misaddressed`, `no_agreement`, `not_a_hub`, \
            `not_from_sender`, `other_partnership`, `purpose_not_open`, `self_authorised`, \
            `signature_invalid`, `stale`"),
        (status = 409, description = "`enquiry_id_reused`"),
        (status = 410, description = "`archived`"),
        (status = 413, description = "`enquiry_too_large`"),
        (status = 422, description = "`decision_record_incomplete`, `necessity_missing`, `out_of_bounds`, `unknown_category`, `unknown_word`"),
        (status = 429, description = "`budget_exhausted`"),
        (status = 503, description = "`busy`, `ledger_halted`"),
    ),
)]
async fn enquire(
    State(agency): State<Arc<Agency>>,
    Caller(peer): Caller,
    _: Bare,
    headers: HeaderMap,
    read: Answer<Jws>,
) -> Answer<Response> {
    let Jws(jws) = match read {
        Ok(jws) => jws,
        Err(error) => return Err(agency.refuse_unread(error, &peer).await),
    };
    let span = agency.traced_for(Step::Answer, &peer, parent_in(&headers));
    let answered = agency.answer(&peer, &jws, confirmed(&headers));
    let answered = span.around(answered).await;
    span.ended(&answered);
    Ok(envelope(answered?.body))
}

pub(super) fn envelope(body: Vec<u8>) -> Response {
    let headers = [(header::CONTENT_TYPE, "application/json")];
    no_store((StatusCode::OK, headers, body).into_response())
}

/// An enquiry, by its id.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct OfEnquiry {
    /// The enquiry.
    id: EnquiryId,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct After {
    /// Number of the newest return the hub holds; 0 for none.
    #[serde(default)]
    after: u32,
    /// Longest wait for a newer one, in seconds; more than 60 counts as 60.
    #[serde(default)]
    wait_s: u64,
}

/// The next return.
///
/// The first return after number `after`, as soon as there is one.
#[utoipa::path(
    get,
    path = "/v1/enquiries/{id}/returns",
    params(
        OfEnquiry,
        After,
        ("stile-confirmed-size" = Option<u64>, Header,
         description = "Entries of the agency's ledger the hub last confirmed; 0 when left out"),
    ),
    responses(
        (status = 200, description = "The return, padded with spaces to 16, 32, 64 … KiB", body = Envelope),
        (status = 204, description = "None came in time"),
        (status = 403, description = "`agreement_expired`, `agreement_not_started`, `no_agreement`, \
            `not_a_hub`, `purpose_not_open`"),
        (status = 404, description = "`unknown_enquiry`"),
        (status = 410, description = "`archived`"),
        (status = 503, description = "`ledger_halted`"),
    ),
)]
async fn returns(
    State(agency): State<Arc<Agency>>,
    Caller(peer): Caller,
    Path(of): Path<OfEnquiry>,
    Query(query): Query<After>,
    headers: HeaderMap,
) -> Answer<Response> {
    let released = agency
        .returns_after(&peer, of.id, query.after, query.wait_s, confirmed(&headers))
        .await?;
    Ok(released.map_or_else(
        || StatusCode::NO_CONTENT.into_response(),
        |released| envelope(released.body),
    ))
}

/// Acknowledge a return.
///
/// The hub's word that it holds exactly this return; closes the record on both sides.
#[utoipa::path(
    post,
    path = "/v1/receipts",
    responses(
        (status = 204, description = "Recorded"),
        (status = 403, description = "`not_a_hub`"),
        (status = 404, description = "`unknown_enquiry`, `unknown_return`"),
        (status = 409, description = "`digest_differs`"),
    ),
)]
async fn acknowledge(
    State(agency): State<Arc<Agency>>,
    Caller(peer): Caller,
    _: Bare,
    Json(word): Json<Acknowledgement>,
) -> Answer<StatusCode> {
    let hub = agency.hub_of(&peer)?;
    agency.acknowledged(&hub, &word).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Say what became of a case.
///
/// How long the agency keeps its record depends on it; without the hub's word it keeps it the longest.
#[utoipa::path(
    post,
    path = "/v1/outcomes",
    responses(
        (status = 204, description = "Recorded"),
        (status = 403, description = "`not_a_hub`"),
        (status = 404, description = "`unknown_enquiry`"),
        (status = 422, description = "`unknown_word`"),
    ),
)]
async fn outcome(
    State(agency): State<Arc<Agency>>,
    Caller(peer): Caller,
    _: Bare,
    Json(word): Json<OutcomeWord>,
) -> Answer<StatusCode> {
    let hub = agency.hub_of(&peer)?;
    agency.outcome_told(&hub, &word).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct ForPurpose {
    /// The legal gateway under which the hub would ask.
    purpose: Code,
}

/// What can be asked.
///
/// Categories this agency offers this hub for a purpose, by policy alone: nothing about any person.
/// Sealed categories never appear.
#[utoipa::path(
    get,
    path = "/v1/offer",
    params(ForPurpose),
    responses(
        (status = 200, description = "The offer", body = Offer),
        (status = 403, description = "`not_a_hub`, `purpose_not_open`"),
    ),
)]
async fn offer(
    State(agency): State<Arc<Agency>>,
    Caller(peer): Caller,
    Query(query): Query<ForPurpose>,
) -> Answer<Json<Offer>> {
    let hub = agency.hub_of(&peer)?;
    Ok(Json(agency.offer(&hub, &query.purpose)?))
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct FromEntry {
    /// Index of the ledger's entry from which to read.
    #[serde(default)]
    from: u64,
}

/// What the ledger has about this hub.
///
/// Its releases and refusals from an entry on, page by page, under the signed head of now.
#[utoipa::path(
    get,
    path = "/v1/reconciliation/releases",
    params(
        FromEntry,
        ("stile-confirmed-size" = Option<u64>, Header,
         description = "Entries of the agency's ledger the hub last confirmed; 0 when left out"),
    ),
    responses(
        (status = 200, description = "One page", body = ReleasePage),
        (status = 403, description = "`not_a_hub`"),
    ),
)]
async fn releases(
    State(agency): State<Arc<Agency>>,
    Caller(peer): Caller,
    Query(query): Query<FromEntry>,
    headers: HeaderMap,
) -> Answer<Json<ReleasePage>> {
    let hub = agency.hub_of(&peer)?;
    let confirmed = confirmed(&headers);
    let read = move || agency.releases_to(&hub, query.from, confirmed);
    let page = tokio::task::spawn_blocking(read).await;
    Ok(Json(page.map_err(|_| ExchangeError::Stored("entry"))??))
}

/// Say how a reconciliation came out.
///
/// Recorded, so that both sides have an entry of the same digest.
#[utoipa::path(
    post,
    path = "/v1/reconciliation",
    responses(
        (status = 204, description = "Recorded"),
        (status = 403, description = "`not_a_hub`"),
        (status = 422, description = "`out_of_bounds`"),
        (status = 429, description = "`budget_exhausted`"),
    ),
)]
async fn reconciled(
    State(agency): State<Arc<Agency>>,
    Caller(peer): Caller,
    _: Bare,
    Json(outcome): Json<Reconciliation>,
) -> Answer<StatusCode> {
    let hub = agency.hub_of(&peer)?;
    agency.reconciled(&hub, &outcome).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// This document.
#[utoipa::path(
    get,
    path = "/v1/openapi.json",
    responses((status = 200, description = "OpenAPI 3.1", body = serde_json::Value)),
)]
async fn peer_document(
    State(agency): State<Arc<Agency>>,
    Caller(peer): Caller,
    _: Bare,
) -> Answer<Response> {
    agency.directory_in_force()?.admits(&peer)?;
    Ok(served(&PEER_DOCUMENT))
}

impl Agency {
    /// Begins a step that a hub asked for, as part of what it says it belongs to. Of whoever is not
    /// admitted neither the name nor that word is taken.
    pub(super) fn traced_for(&self, step: Step, peer: &Peer, parent: Option<SpanContext>) -> Span {
        let hub = self.traces.is_on().then(|| self.hub_of(peer).ok());
        match hub.flatten() {
            Some(hub) => self.traces.begin_for(step, parent).with(&hub),
            None => self.traces.begin_for(step, None),
        }
    }

    /// The hub behind a connection.
    ///
    /// # Errors
    ///
    /// When the peer is not a hub of the directory.
    pub(super) fn hub_of(&self, peer: &Peer) -> Result<MemberId, ExchangeError> {
        let directory = self.directory_in_force()?;
        let member = directory.admits(peer)?;
        if peer.identity.role == Role::Hub {
            Ok(member.id.clone())
        } else {
            Err(refuse("not_a_hub", 403, "only a hub may ask this"))
        }
    }
}
