//! What every HTTP face shares: what is read from a request, problems as answers, nothing cached.
//!
//! The extractors here stand in for axum's own, whose refusals are plain text that repeats parts of
//! the input: ours are coded problems that give the place and never the content.

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use stile_trust::peer::Peer;
use utoipa::IntoParams;

use crate::error::{ExchangeError, refuse};

/// The result of a handler.
pub(crate) type Answer<T> = Result<T, ExchangeError>;

/// A problem document (RFC 9457 §3) for this error.
pub(crate) fn problem_response(error: &ExchangeError) -> Response {
    let problem = error.problem();
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    if problem.retry_after_s.is_some() {
        // One entry counts these, and so do the metrics: a flood is not to fill the log.
        tracing::debug!(code = problem.code(), "told to come again");
    } else if status.is_server_error() {
        tracing::error!(code = problem.code(), %error, "request failed");
    } else {
        tracing::info!(code = problem.code(), "request refused");
    }
    let body = serde_json::to_vec(&problem).unwrap_or_default();
    let headers = [(header::CONTENT_TYPE, "application/problem+json")];
    let mut response = no_store((status, headers, body).into_response());
    if let Some(seconds) = problem.retry_after_s {
        let again = HeaderValue::from(seconds);
        response.headers_mut().insert(header::RETRY_AFTER, again);
    }
    response
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

/// Answers what no route answers with coded problems, too.
pub(crate) fn sealed<S: Clone + Send + Sync + 'static>(routes: Router<S>) -> Router<S> {
    routes
        .fallback(async || refuse("not_found", 404, "there is nothing at this address"))
        .method_not_allowed_fallback(async || {
            refuse(
                "method_not_allowed",
                405,
                "this address takes other methods; see `allow`",
            )
        })
}

/// The other end of the connection, as its certificate proves it.
pub(crate) struct Caller(pub(crate) Peer);

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = ExchangeError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ExchangeError> {
        let peer = parts.extensions.get::<Peer>();
        // The server sets it on every request; without it nobody is asking.
        peer.cloned()
            .map(Self)
            .ok_or_else(|| refuse("internal", 500, "the connection has no proven peer"))
    }
}

/// The variable parts of an address.
pub(crate) struct Path<T>(pub(crate) T);

impl<T, S> FromRequestParts<S> for Path<T>
where
    T: DeserializeOwned + IntoParams + Send,
    S: Send + Sync,
{
    type Rejection = ExchangeError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ExchangeError> {
        match axum::extract::Path::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(value)) => Ok(Self(value)),
            Err(_) => Err(malformed(format!(
                "{} in the address has not the documented shape",
                names::<T>()
            ))),
        }
    }
}

/// What follows the question mark of an address.
pub(crate) struct Query<T>(pub(crate) T);

impl<T, S> FromRequestParts<S> for Query<T>
where
    T: DeserializeOwned + IntoParams,
    S: Send + Sync,
{
    type Rejection = ExchangeError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ExchangeError> {
        match axum::extract::Query::from_request_parts(parts, state).await {
            Ok(axum::extract::Query(value)) => Ok(Self(value)),
            Err(_) => Err(malformed(format!(
                "the query has not the documented keys and values; it may hold {}",
                names::<T>()
            ))),
        }
    }
}

/// No question mark, for addresses that take no query.
pub(crate) struct Bare;

impl<S: Send + Sync> FromRequestParts<S> for Bare {
    type Rejection = ExchangeError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ExchangeError> {
        match parts.uri.query() {
            None | Some("") => Ok(Self),
            Some(_) => Err(malformed("this address takes no query")),
        }
    }
}

/// A document of the documented fields and no others, read or answered.
pub(crate) struct Json<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = ExchangeError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ExchangeError> {
        if !says_json(request.headers()) {
            return Err(malformed(
                "the header `content-type` is not `application/json`",
            ));
        }
        let body = Bytes::from_request(request, state).await;
        let body = body.map_err(|error| unread(&error, "body_too_large"))?;
        let value = serde_json::from_slice(&body).map_err(|error| misread("the body", &error))?;
        Ok(Self(value))
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(body) => {
                let headers = [(header::CONTENT_TYPE, "application/json")];
                no_store((headers, body).into_response())
            }
            Err(_) => problem_response(&refuse("internal", 500, "the answer cannot be written")),
        }
    }
}

/// A compact JWS, not yet looked at.
pub(crate) struct Jws(pub(crate) String);

impl<S: Send + Sync> FromRequest<S> for Jws {
    type Rejection = ExchangeError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ExchangeError> {
        let body = Bytes::from_request(request, state).await;
        let body = body.map_err(|error| unread(&error, "enquiry_too_large"))?;
        String::from_utf8(body.into())
            .map(Self)
            .map_err(|_| malformed("the body is not a compact JWS"))
    }
}

fn malformed(title: impl Into<String>) -> ExchangeError {
    refuse("malformed", 400, title)
}

/// What is wrong with a document, without repeating any of its keys or values.
pub(crate) fn misread(what: &str, error: &serde_json::Error) -> ExchangeError {
    let kind = match error.classify() {
        serde_json::error::Category::Syntax | serde_json::error::Category::Eof => {
            "is not valid JSON"
        }
        _ => "has not the documented fields and types",
    };
    malformed(format!(
        "{what} {kind}, at line {} column {}",
        error.line(),
        error.column()
    ))
}

fn unread(error: &BytesRejection, too_large: &'static str) -> ExchangeError {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        refuse(too_large, 413, "the body is longer than this address reads")
    } else {
        malformed("the body broke off")
    }
}

fn says_json(headers: &HeaderMap) -> bool {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    kind.and_then(|kind| kind.split(';').next())
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

/// The documented names of a set of parameters.
fn names<T: IntoParams>() -> String {
    let names = T::into_params(|| None).into_iter();
    let names: Vec<_> = names.map(|one| format!("`{}`", one.name)).collect();
    names.join(", ")
}
