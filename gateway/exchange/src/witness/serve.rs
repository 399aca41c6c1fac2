//! What members' gateways read and ask of each other about ledgers, at hubs and agencies alike.

use axum::body::Bytes;
use axum::extract::{FromRef, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use stile_ledger::KeyName;
use stile_ledger::tile::{Holds, TilePath, tile_bytes};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::held::Witnessed;
use super::{Alarm, Witnessing, unknown_log};
use crate::api::{Answer, Bare, Caller, Json, Path, Query, no_store};
use crate::error::refuse;

const SIZE_TYPE: &str = "text/x.tlog.size";

/// Adds the addresses to a face for gateways.
pub(crate) fn peer_face<S>(face: OpenApiRouter<S>) -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    Witnessing: FromRef<S>,
{
    face.routes(routes!(checkpoint))
        .routes(routes!(witnessed_checkpoint))
        .routes(routes!(tile))
        .routes(routes!(receipt))
        .routes(routes!(alarm))
        .routes(routes!(add_checkpoint))
        .routes(routes!(held_checkpoint))
}

fn text(body: String) -> Response {
    no_store(body.into_response())
}

/// The latest signed head of the ledger.
///
/// A C2SP checkpoint with what cosignatures it has, for any member.
#[utoipa::path(
    get,
    path = "/v1/ledger/checkpoint",
    responses((status = 200, description = "The checkpoint", body = String, content_type = "text/plain")),
)]
async fn checkpoint(
    State(witnessing): State<Witnessing>,
    Caller(peer): Caller,
    _: Bare,
) -> Answer<Response> {
    witnessing.member_of(&peer)?;
    Ok(text(witnessing.newest()))
}

/// The latest head that enough witnesses have cosigned.
///
/// A C2SP checkpoint that reaches the partnership's quorum, for any member.
#[utoipa::path(
    get,
    path = "/v1/ledger/witnessed-checkpoint",
    responses(
        (status = 200, description = "The checkpoint", body = String, content_type = "text/plain"),
        (status = 404, description = "`no_checkpoint`"),
    ),
)]
async fn witnessed_checkpoint(
    State(witnessing): State<Witnessing>,
    Caller(peer): Caller,
    _: Bare,
) -> Answer<Response> {
    witnessing.member_of(&peer)?;
    let note = witnessing.witnessed().ok_or_else(|| {
        refuse(
            "no_checkpoint",
            404,
            "no head of this ledger has reached the quorum yet",
        )
    })?;
    Ok(text(note))
}

/// A tile, by its path.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct OfTile {
    /// Level, place and width as C2SP tlog-tiles writes them: `0/x001/234.p/17`.
    path: String,
}

/// Hashes of the tree.
///
/// One tile as C2SP tlog-tiles lays it out: 32 bytes for each hash. Bundles of entries are not
/// served here.
#[utoipa::path(
    get,
    path = "/v1/ledger/tile/{*path}",
    params(OfTile),
    responses(
        (status = 200, description = "The hashes", body = Vec<u8>, content_type = "application/octet-stream"),
        (status = 403, description = "`entries_restricted`"),
        (status = 404, description = "`no_tile`"),
    ),
)]
async fn tile(
    State(witnessing): State<Witnessing>,
    Caller(peer): Caller,
    _: Bare,
    Path(of): Path<OfTile>,
) -> Answer<Response> {
    witnessing.member_of(&peer)?;
    Ok(octets(witnessing.tile(&read_path(&of.path)?)?))
}

pub(super) fn read_path(path: &str) -> Answer<TilePath> {
    format!("tile/{path}")
        .parse()
        .map_err(|_| refuse("malformed", 400, "this is not the path of a tile"))
}

pub(super) fn octets(bytes: Vec<u8>) -> Response {
    let headers = [(header::CONTENT_TYPE, "application/octet-stream")];
    no_store((headers, bytes).into_response())
}

impl Witnessing {
    /// The bytes of a hash tile.
    pub(super) fn tile(&self, path: &TilePath) -> Answer<Vec<u8>> {
        let Holds::Hashes { level } = path.holds() else {
            return Err(refuse(
                "entries_restricted",
                403,
                "entries are read by this member's own auditors only",
            ));
        };
        let hashes = self
            .parts()
            .store
            .tile(level, path.place(), path.width())?
            .ok_or_else(no_tile)?;
        Ok(tile_bytes(&hashes))
    }
}

pub(super) fn no_tile() -> crate::error::ExchangeError {
    refuse(
        "no_tile",
        404,
        "the ledger is not long enough for this tile",
    )
}

/// An entry, by its index.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct OfEntry {
    /// Place in the ledger, from 0.
    index: u64,
}

/// The best proof of an entry.
///
/// A C2SP tlog-proof of the entry under the newest head that has reached the quorum; until one
/// covers it, under the newest head. It says nothing of what the entry holds.
#[utoipa::path(
    get,
    path = "/v1/ledger/receipts/{index}",
    params(OfEntry),
    responses(
        (status = 200, description = "The proof", body = String, content_type = "text/plain"),
        (status = 404, description = "`no_entry`"),
    ),
)]
async fn receipt(
    State(witnessing): State<Witnessing>,
    Caller(peer): Caller,
    _: Bare,
    Path(of): Path<OfEntry>,
) -> Answer<Response> {
    witnessing.member_of(&peer)?;
    if of.index >= witnessing.parts().store.head().size {
        return Err(refuse("no_entry", 404, "the ledger has no such entry yet"));
    }
    Ok(text(witnessing.proof_of(of.index)?.text()))
}

/// Tell of a ledger with two histories.
///
/// About the ledger kept here: believed only when a checkpoint under its own signature contradicts
/// it; then nothing more is released. About another's: kept as evidence.
#[utoipa::path(
    post,
    path = "/v1/ledger/alarm",
    responses(
        (status = 204, description = "Believed and recorded"),
        (status = 403, description = "`checkpoint_unsigned`"),
        (status = 404, description = "`unknown_log`"),
        (status = 422, description = "`no_contradiction`"),
    ),
)]
async fn alarm(
    State(witnessing): State<Witnessing>,
    Caller(peer): Caller,
    _: Bare,
    Json(alarm): Json<Alarm>,
) -> Answer<StatusCode> {
    let from = witnessing.member_of(&peer)?;
    witnessing.alarmed(&from, &alarm).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Cosign a head of the caller's ledger.
///
/// C2SP tlog-witness `add-checkpoint`: the head must extend the one this gateway holds. It is kept
/// durably before the cosignature is given.
#[utoipa::path(
    post,
    path = "/v1/witness/add-checkpoint",
    request_body(content = String, content_type = "text/plain",
        description = "`old` and a size, the consistency proof, an empty line, the signed checkpoint"),
    responses(
        (status = 200, description = "The cosignature line", body = String, content_type = "text/plain"),
        (status = 403, description = "`checkpoint_unsigned`"),
        (status = 404, description = "`unknown_log`"),
        (status = 409, description = "The size of the head held here, which is not the old size",
            body = String, content_type = "text/x.tlog.size"),
        (status = 422, description = "`checkpoint_inconsistent`"),
    ),
)]
async fn add_checkpoint(
    State(witnessing): State<Witnessing>,
    Caller(peer): Caller,
    _: Bare,
    body: Bytes,
) -> Answer<Response> {
    witnessing.member_of(&peer)?;
    let request =
        std::str::from_utf8(&body).map_err(|_| refuse("malformed", 400, "the body is not text"))?;
    Ok(match witnessing.add_checkpoint(request).await? {
        Witnessed::Cosigned(line) => text(line),
        Witnessed::Held(size) => {
            let headers = [(header::CONTENT_TYPE, SIZE_TYPE)];
            no_store((StatusCode::CONFLICT, headers, format!("{size}\n")).into_response())
        }
    })
}

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct OfOrigin {
    /// The origin of the ledger.
    origin: String,
}

/// The head held here of another ledger.
///
/// As its ledger signed it: whoever keeps that ledger compares it with its own.
#[utoipa::path(
    get,
    path = "/v1/witness/checkpoint",
    params(OfOrigin),
    responses(
        (status = 200, description = "The checkpoint", body = String, content_type = "text/plain"),
        (status = 404, description = "`no_checkpoint`, `unknown_log`"),
    ),
)]
async fn held_checkpoint(
    State(witnessing): State<Witnessing>,
    Caller(peer): Caller,
    Query(of): Query<OfOrigin>,
) -> Answer<Response> {
    witnessing.member_of(&peer)?;
    let origin = KeyName::new(of.origin).map_err(|_| unknown_log())?;
    Ok(text(witnessing.held_of(&origin)?))
}
