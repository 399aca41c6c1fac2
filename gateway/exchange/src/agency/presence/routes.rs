//! The three calls of presence at the address for hubs.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream;
use serde::Deserialize;
use stile_model::digest::Digest;
use stile_model::id::Code;
use stile_model::presence::PresenceOffer;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::super::Agency;
use super::super::routes::{confirmed, envelope};
use super::set::Handed;
use crate::api::{Answer, Bare, Caller, Jws, Query, no_store};
use crate::error::ExchangeError;
use crate::trace::Step;
use crate::wire::Envelope;

/// The calls, to be joined to the others for hubs.
pub(in super::super) fn face() -> OpenApiRouter<Arc<Agency>> {
    OpenApiRouter::new()
        .routes(routes!(presence_offer))
        .routes(routes!(presence_set))
        .routes(routes!(presence))
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct ForPresence {
    /// The legal gateway under which the hub would ask.
    purpose: Code,
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct OfEpoch {
    /// The legal gateway under which the hub would ask.
    purpose: Code,
    /// The epoch that the offer names.
    epoch: u32,
}

/// How presence can be asked.
///
/// Whether and in which form this hub may ask the agency for a purpose whether it knows somebody, by
/// policy alone: nothing about any person. Always 2 KiB.
#[utoipa::path(
    get,
    path = "/v1/presence/offer",
    params(ForPresence),
    responses(
        (status = 200, description = "The offer", body = PresenceOffer),
        (status = 403, description = "`not_a_hub`, `purpose_not_open`"),
    ),
)]
async fn presence_offer(
    State(agency): State<Arc<Agency>>,
    Caller(peer): Caller,
    Query(query): Query<ForPresence>,
) -> Answer<Response> {
    let hub = agency.hub_of(&peer)?;
    let offer = agency.presence_offer(&hub, &query.purpose).await?;
    let body = offer
        .to_padded_json()
        .ok_or(ExchangeError::Stored("offer"))?;
    Ok(envelope(body))
}

/// Fetch the set.
///
/// The compact JWS of a `PresenceSet`, typ `stile-presence-set+jws`, CRLF, the bytes of the strong set
/// and of the weak set, each as long as the statement says. Fetched ahead, never because of a person.
#[utoipa::path(
    get,
    path = "/v1/presence/set",
    params(
        OfEpoch,
        ("if-none-match" = Option<String>, Header, description = "The `etag` of the set the hub holds"),
    ),
    responses(
        (status = 200, description = "Statement and sets", body = String, content_type = "application/octet-stream"),
        (status = 304, description = "The hub holds this one"),
        (status = 403, description = "`agreement_expired`, `agreement_not_started`, `no_agreement`, \
            `not_a_hub`, `presence_not_offered`, `purpose_not_open`"),
        (status = 409, description = "`presence_epoch`"),
        (status = 503, description = "`disk_full`, `ledger_halted`, `presence_unavailable`, `unrecorded`"),
    ),
)]
async fn presence_set(
    State(agency): State<Arc<Agency>>,
    Caller(peer): Caller,
    Query(query): Query<OfEpoch>,
    headers: HeaderMap,
) -> Answer<Response> {
    let hub = agency.hub_of(&peer)?;
    let known = held(&headers);
    let handed = agency
        .presence_set(&hub, &query.purpose, query.epoch, known.as_ref())
        .await?;
    Ok(handed.map_or_else(
        || no_store(StatusCode::NOT_MODIFIED.into_response()),
        streamed,
    ))
}

/// The digest in `if-none-match`, if it is one of ours.
fn held(headers: &HeaderMap) -> Option<Digest> {
    let text = headers.get(header::IF_NONE_MATCH)?.to_str().ok()?;
    text.trim().trim_matches('"').parse().ok()
}

fn streamed(handed: Handed) -> Response {
    let Handed {
        statement,
        digest,
        set,
    } = handed;
    let statement = Bytes::from(statement + "\r\n");
    let length = statement.len() + set.strong.len() + set.weak.len();
    let parts = [statement, set.strong.clone(), set.weak.clone()];
    let parts = parts.map(Ok::<_, std::convert::Infallible>);
    let headers = [
        (header::CONTENT_TYPE, "application/octet-stream".to_owned()),
        (header::CONTENT_LENGTH, length.to_string()),
        (header::ETAG, format!("\"{digest}\"")),
    ];
    no_store((headers, Body::from_stream(stream::iter(parts))).into_response())
}

/// Ask whether somebody is known.
///
/// The body is the compact JWS of a `PresenceRequest`, typ `stile-presence+jws`, its payload padded to
/// the one length of its form. Idempotent by the request's id: the same bytes get the same answer. The
/// envelope's `return` is the compact JWS of a `PresenceAnswer`, typ `stile-presence-answer+jws`. On
/// any problem nothing has left the agency.
#[utoipa::path(
    post,
    path = "/v1/presence",
    params(
        ("stile-confirmed-size" = Option<u64>, Header,
         description = "Entries of the agency's ledger the hub last confirmed; 0 when left out"),
    ),
    request_body(content = String, content_type = "application/jose", description = "A compact JWS"),
    responses(
        (status = 200, description = "The answer, always as long", body = Envelope),
        (status = 400, description = "`version_unknown`"),
        (status = 403, description = "`agreement_expired`, `agreement_not_started`, `consent_missing`, \
            `consent_refused`, `expired`, `from_the_future`, `misaddressed`, `no_agreement`, `not_a_hub`, \
            `not_from_sender`, `presence_not_offered`, `purpose_not_open`, `signature_invalid`, `stale`"),
        (status = 409, description = "`enquiry_id_reused`, `presence_epoch`, `presence_recipe`"),
        (status = 410, description = "`archived`"),
        (status = 413, description = "`enquiry_too_large`"),
        (status = 422, description = "`out_of_bounds`, `presence_elements`, `unknown_word`"),
        (status = 429, description = "`presence_budget`"),
        (status = 503, description = "`ledger_halted`, `presence_unavailable`"),
    ),
)]
async fn presence(
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
    let span = agency.traced_for(Step::AnswerPresence, &peer, None);
    let answered = agency.answer_presence(&peer, &jws, confirmed(&headers));
    let answered = span.around(answered).await;
    span.ended(&answered);
    Ok(envelope(answered?.body))
}
