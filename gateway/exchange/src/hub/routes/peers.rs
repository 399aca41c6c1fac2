//! The hub's face to other gateways: `/v1`.

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::response::Response;
use stile_ledger::witness::MAX_REQUEST;
use stile_trust::TrustError;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::{Answer, Bare, Caller, sealed};
use crate::directory::with_directory;
use crate::enrol::with_renewals;
use crate::hub::Hub;
use crate::openapi::{Face, served};
use crate::witness;

/// Longest body read: an alarm with two signed heads, as JSON.
const BODY: usize = 2 * MAX_REQUEST;

const PEERS: Face = Face {
    title: "Stile: a hub and other gateways",
    about: "What members' gateways read of the hub's ledger, ask of it as a witness of theirs, send to \
            have their certificates renewed, and fetch of the partnership's directory.",
    callers: &["revoked", "untrusted"],
};

/// The `OpenAPI` document of the hub's face for other gateways, as JSON.
pub static PEER_DOCUMENT: LazyLock<String> = LazyLock::new(|| PEERS.finish(peer_face().1));

/// Routes for other gateways, behind mutual TLS.
pub fn peer_routes(hub: Arc<Hub>) -> Router {
    sealed(peer_face().0)
        .layer(DefaultBodyLimit::max(BODY))
        .with_state(hub)
}

fn peer_face() -> (Router<Arc<Hub>>, OpenApi) {
    let face = witness::peer_face(OpenApiRouter::with_openapi(PEERS.document()));
    with_directory(with_renewals(face))
        .routes(routes!(peer_document))
        .split_for_parts()
}

/// This document.
#[utoipa::path(
    get,
    path = "/v1/openapi.json",
    responses((status = 200, description = "OpenAPI 3.1", body = serde_json::Value)),
)]
async fn peer_document(
    State(hub): State<Arc<Hub>>,
    Caller(peer): Caller,
    _: Bare,
) -> Answer<Response> {
    let directory = hub.directory.load();
    directory
        .check_in_force(hub.clock.now())
        .map_err(TrustError::from)?;
    directory.admits(&peer)?;
    Ok(served(&PEER_DOCUMENT))
}
