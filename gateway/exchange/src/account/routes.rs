//! The addresses of accounts, the same on the faces of hub and agency for their people: for IT, who
//! have a certificate.

use axum::extract::{FromRef, State};
use axum::http::StatusCode;
use serde::Deserialize;
use stile_model::id::UserId;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{AccountList, Invitation};
use crate::api::{Answer, Bare, Caller, Json, Path};
use crate::gateway::Gateway;

/// Adds the addresses to a face.
pub(crate) fn with_accounts<S>(face: OpenApiRouter<S>) -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    Gateway: FromRef<S>,
{
    face.routes(routes!(accounts))
        .routes(routes!(invite))
        .routes(routes!(close_account))
}

/// Accounts with which people sign in to the pages.
///
/// Who has one, who is invited; no secret of any.
#[utoipa::path(
    get,
    path = "/api/v1/accounts",
    responses(
        (status = 200, description = "By user", body = AccountList),
        (status = 403, description = "`role_missing`"),
    ),
)]
async fn accounts(
    State(gateway): State<Gateway>,
    Caller(peer): Caller,
    _: Bare,
) -> Answer<Json<AccountList>> {
    let person = gateway.people().person(&peer)?;
    Ok(Json(gateway.accounts().list(&person)?))
}

/// A user of this member.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct OfUser {
    /// The user.
    user: UserId,
}

/// Invite a user to set up an account.
///
/// What the user had before is void at once. The code is given this once.
#[utoipa::path(
    post,
    path = "/api/v1/accounts/{user}/invitation",
    params(OfUser),
    responses(
        (status = 201, description = "The invitation", body = Invitation),
        (status = 403, description = "`role_missing`"),
        (status = 404, description = "`unknown_user`"),
    ),
)]
async fn invite(
    State(gateway): State<Gateway>,
    Caller(peer): Caller,
    _: Bare,
    Path(of): Path<OfUser>,
) -> Answer<(StatusCode, Json<Invitation>)> {
    let person = gateway.people().person(&peer)?;
    let invitation = gateway.accounts().invite(&person, &of.user).await?;
    Ok((StatusCode::CREATED, Json(invitation)))
}

/// Close an account.
///
/// Nobody can sign in with it, and whoever is signed in is not any more.
#[utoipa::path(
    post,
    path = "/api/v1/accounts/{user}/closing",
    params(OfUser),
    responses(
        (status = 204, description = "Closed, and recorded"),
        (status = 403, description = "`role_missing`"),
        (status = 404, description = "`unknown_user`"),
    ),
)]
async fn close_account(
    State(gateway): State<Gateway>,
    Caller(peer): Caller,
    _: Bare,
    Path(of): Path<OfUser>,
) -> Answer<StatusCode> {
    let person = gateway.people().person(&peer)?;
    gateway.accounts().close(&person, &of.user).await?;
    Ok(StatusCode::NO_CONTENT)
}
