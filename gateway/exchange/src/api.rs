//! What every HTTP face shares: problems as answers, and nothing cached.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::error::ExchangeError;

/// The result of a handler.
pub(crate) type Answer<T> = Result<T, ExchangeError>;

/// A problem document (RFC 9457 §3) for this error.
pub(crate) fn problem_response(error: &ExchangeError) -> Response {
    let problem = error.problem();
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if status.is_server_error() {
        tracing::error!(code = problem.code(), %error, "request failed");
    } else {
        tracing::info!(code = problem.code(), "request refused");
    }
    let body = serde_json::to_vec(&problem).unwrap_or_default();
    let headers = [(header::CONTENT_TYPE, "application/problem+json")];
    no_store((status, headers, body).into_response())
}

impl IntoResponse for ExchangeError {
    fn into_response(self) -> Response {
        problem_response(&self)
    }
}

/// Answers hold personal data: no cache may keep them.
pub(crate) fn no_store(mut response: Response) -> Response {
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
