//! The addresses of the audit desk, the same on the people's face of a hub and of an agency.
//!
//! All are `POST`: each leaves an entry, and what is asked about a person or a case stands in the
//! body, never in an address.

use axum::extract::{FromRef, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{
    Account, AccountAsked, Defer, Deferral, Export, ExportPage, Gateway, PackAsked, Page, Proof,
    Prove, Search, Show, Shown,
};
use crate::api::{Answer, Bare, Caller, Json, Path, no_store};
use crate::correct::Mistake;
use crate::verbal::Noted;

/// The audit desk of a face whose state leads to [`Gateway`].
pub(crate) fn face<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    Gateway: FromRef<S>,
{
    OpenApiRouter::new()
        .routes(routes!(search))
        .routes(routes!(export))
        .routes(routes!(account))
        .routes(routes!(pack))
        .routes(routes!(show))
        .routes(routes!(prove))
        .routes(routes!(defer))
        .routes(routes!(correct))
}

/// An entry, by its place.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct OfEntry {
    /// Its index, from zero.
    index: u64,
}

/// Search the ledger.
///
/// The search itself becomes an entry before it is answered.
#[utoipa::path(
    post,
    path = "/api/v1/ledger/search",
    responses(
        (status = 200, description = "Entries that fit, newest first", body = Page),
        (status = 403, description = "`role_missing`"),
        (status = 422, description = "`name_unusable`, `nhs_number_invalid`, `out_of_bounds`, `person_missing`, `unknown_kind`, `unknown_reason`"),
    ),
)]
async fn search(
    State(books): State<Gateway>,
    Caller(peer): Caller,
    _: Bare,
    Json(ask): Json<Search>,
) -> Answer<Json<Page>> {
    let person = books.auditor(&peer)?;
    Ok(Json(books.search(&person, &ask).await?))
}

/// Export entries.
///
/// A page at a time, newest first, as CSV or JSON Lines; each page becomes an entry before it is
/// answered.
#[utoipa::path(
    post,
    path = "/api/v1/ledger/export",
    responses(
        (status = 200, description = "A page of the export", body = ExportPage),
        (status = 403, description = "`role_missing`"),
        (status = 422, description = "`name_unusable`, `nhs_number_invalid`, `out_of_bounds`, `person_missing`, `unknown_kind`, `unknown_reason`"),
    ),
)]
async fn export(
    State(books): State<Gateway>,
    Caller(peer): Caller,
    _: Bare,
    Json(ask): Json<Export>,
) -> Answer<Json<ExportPage>> {
    let person = books.auditor(&peer)?;
    Ok(Json(books.export(&person, &ask).await?))
}

/// What was disclosed about one person.
///
/// For the officer in full, and as a letter that may be sent.
#[utoipa::path(
    post,
    path = "/api/v1/ledger/subject",
    responses(
        (status = 200, description = "The account and the letter", body = Account),
        (status = 403, description = "`role_missing`"),
        (status = 422, description = "`name_unusable`, `nhs_number_invalid`, `out_of_bounds`, `person_missing`, `unknown_reason`"),
    ),
)]
async fn account(
    State(books): State<Gateway>,
    Caller(peer): Caller,
    _: Bare,
    Json(ask): Json<AccountAsked>,
) -> Answer<Json<Account>> {
    let person = books.auditor(&peer)?;
    Ok(Json(books.account(&person, &ask).await?))
}

/// The inspection pack of a case.
///
/// One archive that proves itself: every entry of the case, its proofs, and how to check them.
#[utoipa::path(
    post,
    path = "/api/v1/ledger/pack",
    responses(
        (status = 200, description = "The archive", body = Vec<u8>, content_type = "application/zip"),
        (status = 403, description = "`role_missing`"),
        (status = 404, description = "`unknown_case`"),
        (status = 409, description = "`earlier_contradicts`, `earlier_too_large`"),
        (status = 410, description = "`archived`"),
        (status = 422, description = "`earlier_not_ours`, `out_of_bounds`, `pack_too_large`, `unknown_reason`"),
    ),
)]
async fn pack(
    State(books): State<Gateway>,
    Caller(peer): Caller,
    _: Bare,
    Json(ask): Json<PackAsked>,
) -> Answer<Response> {
    let person = books.auditor(&peer)?;
    let made = books.pack(&person, &ask).await?;
    let headers = [(header::CONTENT_TYPE, "application/zip")];
    Ok(no_store((headers, made.archive).into_response()))
}

/// Show one entry.
#[utoipa::path(
    post,
    path = "/api/v1/ledger/entries/{index}/show",
    params(OfEntry),
    responses(
        (status = 200, description = "The entry", body = Shown),
        (status = 403, description = "`role_missing`"),
        (status = 404, description = "`unknown_entry`"),
        (status = 410, description = "`archived`"),
        (status = 422, description = "`unknown_reason`"),
    ),
)]
async fn show(
    State(books): State<Gateway>,
    Caller(peer): Caller,
    _: Bare,
    Path(of): Path<OfEntry>,
    Json(ask): Json<Show>,
) -> Answer<Json<Shown>> {
    let person = books.auditor(&peer)?;
    Ok(Json(books.show(&person, of.index, &ask).await?))
}

/// Prove one entry.
#[utoipa::path(
    post,
    path = "/api/v1/ledger/entries/{index}/proof",
    params(OfEntry),
    responses(
        (status = 200, description = "The proof", body = Proof),
        (status = 403, description = "`role_missing`"),
        (status = 404, description = "`unknown_entry`"),
        (status = 409, description = "`earlier_too_large`"),
        (status = 410, description = "`archived`"),
        (status = 422, description = "`unknown_reason`"),
    ),
)]
async fn prove(
    State(books): State<Gateway>,
    Caller(peer): Caller,
    _: Bare,
    Path(of): Path<OfEntry>,
    Json(ask): Json<Prove>,
) -> Answer<Json<Proof>> {
    let person = books.auditor(&peer)?;
    Ok(Json(books.prove(&person, of.index, &ask).await?))
}

/// Leave a disclosure out of its subject's letter for a time, or put it back.
#[utoipa::path(
    post,
    path = "/api/v1/ledger/entries/{index}/deferral",
    params(OfEntry),
    responses(
        (status = 200, description = "The deferral as it stands now", body = Deferral),
        (status = 403, description = "`role_missing`"),
        (status = 404, description = "`unknown_entry`"),
        (status = 410, description = "`archived`"),
        (status = 422, description = "`not_a_disclosure`, `out_of_bounds`, `unknown_ground`"),
    ),
)]
async fn defer(
    State(books): State<Gateway>,
    Caller(peer): Caller,
    _: Bare,
    Path(of): Path<OfEntry>,
    Json(ask): Json<Defer>,
) -> Answer<Json<Deferral>> {
    let person = books.people().person(&peer)?;
    Ok(Json(books.defer(&person, of.index, &ask).await?))
}

/// Mark an entry as wrong.
///
/// Nothing is changed: a new entry says what is wrong with the old one.
#[utoipa::path(
    post,
    path = "/api/v1/ledger/entries/{index}/correction",
    params(OfEntry),
    responses(
        (status = 201, description = "Recorded", body = Noted),
        (status = 403, description = "`role_missing`"),
        (status = 404, description = "`unknown_entry`"),
        (status = 410, description = "`archived`"),
        (status = 422, description = "`case_differs`, `out_of_bounds`, `unknown_word`"),
    ),
)]
async fn correct(
    State(gateway): State<Gateway>,
    Caller(peer): Caller,
    _: Bare,
    Path(of): Path<OfEntry>,
    Json(mistake): Json<Mistake>,
) -> Answer<(StatusCode, Json<Noted>)> {
    let person = gateway.people().person(&peer)?;
    let noted = gateway.correct(&person, of.index, &mistake).await?;
    Ok((StatusCode::CREATED, Json(noted)))
}
