//! Giving out: a hub's signed directory, as the operator signed it, to any member.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::{Answer, Caller, Query, no_store};
use crate::error::{ExchangeError, refuse};
use crate::hub::Hub;

/// Adds where members fetch the directory.
pub(crate) fn with_directory(face: OpenApiRouter<Arc<Hub>>) -> OpenApiRouter<Arc<Hub>> {
    face.routes(routes!(directory))
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct Above {
    /// Version that the caller has; only a higher one is given.
    #[serde(default)]
    above: u64,
}

/// The signed directory.
///
/// The one in use at the hub, as the partnership's operator signed it: a member verifies it with the
/// operator's key that it holds.
#[utoipa::path(
    get,
    path = "/v1/directory",
    params(Above),
    responses(
        (status = 200, description = "A compact JWS, typ `stile-directory+jws`", body = String,
         content_type = "application/jose"),
        (status = 204, description = "There is no higher version here"),
        (status = 429, description = "`too_many_attempts`"),
        (status = 503, description = "`directory_unavailable`"),
    ),
)]
async fn directory(
    State(hub): State<Arc<Hub>>,
    Caller(peer): Caller,
    Query(query): Query<Above>,
) -> Answer<Response> {
    let (used, now) = (hub.directory.load_full(), hub.clock.now());
    // Each reads the whole file and its signature again.
    hub.admit_and_count(&peer, now)?;
    if used.version <= query.above {
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let published = hub.settings.renewal.directory.clone();
    let published = published.ok_or_else(unavailable)?;
    let read = tokio::task::spawn_blocking(move || published.text_of(&used, now)).await;
    // What the file says is the operator's business, and in the hub's log.
    let text = match read {
        Ok(Ok(text)) => text,
        Ok(Err(error)) => {
            tracing::warn!(%error, "the directory cannot be given out");
            None
        }
        Err(error) => {
            tracing::warn!(%error, "the directory cannot be given out");
            None
        }
    };
    let text = text.ok_or_else(unavailable)?;
    let headers = [(header::CONTENT_TYPE, "application/jose")];
    Ok(no_store((headers, text).into_response()))
}

fn unavailable() -> ExchangeError {
    refuse(
        "directory_unavailable",
        503,
        "the hub's file holds another directory than the one in use",
    )
}
