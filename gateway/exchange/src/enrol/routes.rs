//! The addresses of enrolment: for gateways without a certificate, for members' gateways, and for the
//! hub's IT and the authority's operator.

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRequestParts, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{
    Application, EnrolmentId, EnrolmentList, InviteGateway, InvitedGateway, Papers, Renewal,
    SignedChain, Standing,
};
use crate::account::Source;
use crate::api::{Answer, Bare, Caller, Json, Path, sealed};
use crate::error::{ExchangeError, refuse};
use crate::hub::Hub;
use crate::openapi::Face;

/// Longest body read from whoever shows no certificate: a request of 8 KiB, as JSON.
const BODY: usize = 16 * 1024;

const ENROLMENT: Face = Face {
    title: "Stile: a hub and gateways that have no certificate yet",
    about: "Where a gateway that was invited asks for its certificate.",
    callers: &[],
};

/// The `OpenAPI` document of the door at which gateways enrol, as JSON.
pub static ENROLMENT_DOCUMENT: LazyLock<String> =
    LazyLock::new(|| ENROLMENT.finish(enrolment_face().1));

/// Routes for gateways that have no certificate yet: nothing else is behind them.
pub fn enrolment_routes(hub: Arc<Hub>) -> Router {
    sealed(enrolment_face().0)
        .layer(DefaultBodyLimit::max(BODY))
        .with_state(hub)
}

fn enrolment_face() -> (Router<Arc<Hub>>, OpenApi) {
    OpenApiRouter::with_openapi(ENROLMENT.open_document())
        .routes(routes!(apply))
        .split_for_parts()
}

/// Adds what members' gateways ask of their own certificates.
pub(crate) fn with_renewals(face: OpenApiRouter<Arc<Hub>>) -> OpenApiRouter<Arc<Hub>> {
    face.routes(routes!(renew)).routes(routes!(authority))
}

/// Adds what the hub's IT does.
pub(crate) fn with_enrolments(face: OpenApiRouter<Arc<Hub>>) -> OpenApiRouter<Arc<Hub>> {
    face.routes(routes!(enrolments, invite_gateway))
        .routes(routes!(issue_enrolment))
        .routes(routes!(refuse_enrolment))
}

/// Where a call comes from.
struct From(Source);

impl<S: Send + Sync> FromRequestParts<S> for From {
    type Rejection = ExchangeError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ExchangeError> {
        // The server sets it on every request.
        let source = parts.extensions.get::<Source>();
        source
            .copied()
            .map(Self)
            .ok_or_else(|| refuse("internal", 500, "the connection has no source"))
    }
}

/// Ask for a certificate.
///
/// The first request spends the token; the same again says how it stands, and gives the certificate
/// once it is issued.
#[utoipa::path(
    post,
    path = "/v1/enrolments",
    responses(
        (status = 200, description = "How the request stands", body = Standing),
        (status = 403, description = "`token_refused`"),
        (status = 409, description = "`enrolment_settled`, `token_spent`"),
        (status = 422, description = "`request_refused`"),
        (status = 429, description = "`too_many_attempts`"),
    ),
)]
async fn apply(
    State(hub): State<Arc<Hub>>,
    From(source): From,
    _: Bare,
    Json(application): Json<Application>,
) -> Answer<Json<Standing>> {
    Ok(Json(hub.apply(&application, source).await?))
}

/// Ask for the next certificate.
///
/// By the certificate in force, for the same key or another. The same again says how it stands, and
/// gives the certificate once it is issued.
#[utoipa::path(
    post,
    path = "/v1/renewals",
    responses(
        (status = 200, description = "How the request stands", body = Standing),
        (status = 409, description = "`enrolment_settled`"),
        (status = 422, description = "`request_refused`"),
        (status = 429, description = "`too_many_attempts`"),
    ),
)]
async fn renew(
    State(hub): State<Arc<Hub>>,
    Caller(peer): Caller,
    _: Bare,
    Json(renewal): Json<Renewal>,
) -> Answer<Json<Standing>> {
    Ok(Json(hub.renewal(&peer, &renewal).await?))
}

/// The public papers of the authority.
///
/// As the hub has them: a member verifies the lists with the issuing certificates that it holds.
#[utoipa::path(
    get,
    path = "/v1/authority",
    responses(
        (status = 200, description = "Roots, issuing certificates and lists", body = Papers),
        (status = 429, description = "`too_many_attempts`"),
    ),
)]
async fn authority(
    State(hub): State<Arc<Hub>>,
    Caller(peer): Caller,
    _: Bare,
) -> Answer<Json<Papers>> {
    Ok(Json(hub.papers(&peer)?))
}

/// Gateways that were invited, that ask, and what became of it.
#[utoipa::path(
    get,
    path = "/api/v1/enrolments",
    responses(
        (status = 200, description = "The newest first", body = EnrolmentList),
        (status = 403, description = "`role_missing`"),
    ),
)]
async fn enrolments(
    State(hub): State<Arc<Hub>>,
    Caller(peer): Caller,
    _: Bare,
) -> Answer<Json<EnrolmentList>> {
    let person = hub.people.person(&peer)?;
    Ok(Json(hub.enrolments(&person)?))
}

/// Invite a member's gateway to ask for a certificate.
///
/// The token is given this once.
#[utoipa::path(
    post,
    path = "/api/v1/enrolments",
    responses(
        (status = 201, description = "The invitation", body = InvitedGateway),
        (status = 403, description = "`role_missing`"),
        (status = 422, description = "`out_of_bounds`"),
    ),
)]
async fn invite_gateway(
    State(hub): State<Arc<Hub>>,
    Caller(peer): Caller,
    _: Bare,
    Json(invite): Json<InviteGateway>,
) -> Answer<(StatusCode, Json<InvitedGateway>)> {
    let person = hub.people.person(&peer)?;
    let invited = hub.invite_gateway(&person, &invite).await?;
    Ok((StatusCode::CREATED, Json(invited)))
}

/// A request, by its name.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct OfEnrolment {
    /// The request.
    id: EnrolmentId,
}

/// Hand over the certificate that the authority issued.
///
/// Taken only for the member and key asked for, and only when the hub's own roots and lists stand
/// behind it.
#[utoipa::path(
    post,
    path = "/api/v1/enrolments/{id}/certificate",
    params(OfEnrolment),
    responses(
        (status = 204, description = "Taken; the gateway can fetch it"),
        (status = 403, description = "`role_missing`"),
        (status = 404, description = "`unknown_enrolment`"),
        (status = 409, description = "`enrolment_settled`"),
        (status = 422, description = "`certificate_unfit`"),
    ),
)]
async fn issue_enrolment(
    State(hub): State<Arc<Hub>>,
    Caller(peer): Caller,
    _: Bare,
    Path(of): Path<OfEnrolment>,
    Json(signed): Json<SignedChain>,
) -> Answer<StatusCode> {
    let person = hub.people.person(&peer)?;
    hub.issue_enrolment(&person, &of.id, &signed.chain).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Refuse a request.
#[utoipa::path(
    post,
    path = "/api/v1/enrolments/{id}/refusal",
    params(OfEnrolment),
    responses(
        (status = 204, description = "Refused, and recorded"),
        (status = 403, description = "`role_missing`"),
        (status = 404, description = "`unknown_enrolment`"),
        (status = 409, description = "`enrolment_settled`"),
    ),
)]
async fn refuse_enrolment(
    State(hub): State<Arc<Hub>>,
    Caller(peer): Caller,
    _: Bare,
    Path(of): Path<OfEnrolment>,
) -> Answer<StatusCode> {
    let person = hub.people.person(&peer)?;
    hub.refuse_enrolment(&person, &of.id).await?;
    Ok(StatusCode::NO_CONTENT)
}
