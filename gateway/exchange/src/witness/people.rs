//! What this member's people see of witnessing, and the order that ends a halt.

use axum::extract::{FromRef, State};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use stile_ledger::tile::{Holds, TilePath, bundle_bytes};
use stile_ledger::{Entry, EntryKind, Pseudonym};
use stile_model::id::{Code, MemberId};
use stile_model::time::Timestamp;
use stile_store::Batch;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::quorum::policy_of;
use super::serve::{no_tile, octets, read_path};
use super::{Halt, Resume, Resumed, Witnessing, locked};
use crate::api::{Answer, Bare, Caller, Json, Path};
use crate::error::ExchangeError;
use crate::people::{Duty, Person};

/// Adds the addresses to a face for people.
pub(crate) fn people_face<S>(face: OpenApiRouter<S>) -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    Witnessing: FromRef<S>,
{
    face.routes(routes!(witnesses))
        .routes(routes!(resume))
        .routes(routes!(tile))
}

/// Who witnesses this gateway's ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Witnesses {
    /// The ledger's origin.
    pub origin: String,
    /// Entries in the ledger.
    pub size: u64,
    /// Entries under the newest head that reached the quorum.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub witnessed_size: Option<u64>,
    /// When a head last reached the quorum, or the gateway started.
    pub quorum_since: Timestamp,
    /// The quorum, as C2SP tlog-policy text.
    pub policy: String,
    /// Why nothing is released, if so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub halt: Option<Halt>,
    /// One for every member with a witness key.
    pub witnesses: Vec<WitnessLine>,
}

/// One witness.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WitnessLine {
    /// The member.
    pub member: MemberId,
    /// What came of the last contact.
    pub state: WitnessState,
    /// Entries under the head of ours that it cosigned last since this gateway started.
    pub cosigned_size: u64,
    /// When it cosigned, by its own clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cosigned_at: Option<Timestamp>,
    /// When it was asked last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_at: Option<Timestamp>,
}

/// How a witness stands to our ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WitnessState {
    /// It has seen a newer head than the one submitted; the next round settles it.
    Ahead,
    /// It shows a head with our signature that contradicts our ledger.
    Contradicts,
    /// It cosigned the head it was shown.
    Cosigned,
    /// It was not asked since this gateway started.
    NotAsked,
    /// It refuses, and its refusal names no head of ours.
    Refuses,
    /// It claims what it cannot show; it is not believed.
    Unproven,
    /// It did not answer.
    Unreachable,
}

/// The witnesses of this gateway's ledger.
///
/// What each cosigned last, whether there is a quorum, and why releases are halted, if they are.
#[utoipa::path(
    get,
    path = "/api/v1/ledger/witnesses",
    responses((status = 200, description = "The witnesses", body = Witnesses)),
)]
async fn witnesses(
    State(witnessing): State<Witnessing>,
    Caller(peer): Caller,
    _: Bare,
) -> Answer<Json<Witnesses>> {
    witnessing.parts().people.person(&peer)?;
    Ok(Json(witnessing.witnesses()?))
}

/// Release again after a halt.
///
/// Without `confirm` the halt is shown and nothing changes; with the `confirm` of that halt it is
/// ended, and the order recorded with its reason.
#[utoipa::path(
    post,
    path = "/api/v1/ledger/resume",
    responses(
        (status = 200, description = "The halt, to be confirmed or as it was ended", body = Resumed),
        (status = 403, description = "`role_missing`"),
        (status = 409, description = "`confirm_differs`, `not_halted`"),
        (status = 422, description = "`reason_missing`"),
    ),
)]
async fn resume(
    State(witnessing): State<Witnessing>,
    Caller(peer): Caller,
    _: Bare,
    Json(order): Json<Resume>,
) -> Answer<Json<Resumed>> {
    let person = witnessing.parts().people.person(&peer)?;
    person.must(&Duty::InformationGovernance)?;
    Ok(Json(witnessing.resume(&person, &order).await?))
}

/// A tile, by its path.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
struct OfTile {
    /// As C2SP tlog-tiles writes it: `0/x001/234.p/17`, or `entries/x001/234` for entries.
    path: String,
}

/// Hashes and entries of the ledger.
///
/// One tile or bundle of entries as C2SP tlog-tiles lays it out. Reading entries is itself
/// recorded, before it is answered.
#[utoipa::path(
    get,
    path = "/api/v1/ledger/tile/{*path}",
    operation_id = "ledger_tile",
    params(OfTile),
    responses(
        (status = 200, description = "The hashes or entries", body = Vec<u8>, content_type = "application/octet-stream"),
        (status = 403, description = "`role_missing`"),
        (status = 404, description = "`no_tile`"),
        (status = 503, description = "`disk_full`, `unrecorded`"),
    ),
)]
async fn tile(
    State(witnessing): State<Witnessing>,
    Caller(peer): Caller,
    _: Bare,
    Path(of): Path<OfTile>,
) -> Answer<Response> {
    let person = witnessing.parts().people.person(&peer)?;
    person.must(&Duty::Auditor)?;
    let path = read_path(&of.path)?;
    let bytes = match path.holds() {
        Holds::Entries => witnessing.bundle(&person, &path).await?,
        Holds::Hashes { .. } => witnessing.tile(&path)?,
    };
    Ok(octets(bytes))
}

impl Witnessing {
    /// How the witnesses stand to this ledger.
    ///
    /// # Errors
    ///
    /// When the directory is not in force.
    pub fn witnesses(&self) -> Result<Witnesses, ExchangeError> {
        self.standing(self.parts().store.head().size)
    }

    /// As [`Witnessing::witnesses`], without asking a database under the ledger.
    pub(crate) fn witnesses_seen(&self) -> Result<Witnesses, ExchangeError> {
        self.standing(self.parts().store.head_seen().size)
    }

    /// The witnesses of a ledger of `size` entries.
    fn standing(&self, size: u64) -> Result<Witnesses, ExchangeError> {
        let contacts = locked(&self.0.contacts).clone();
        let line = |member: MemberId| {
            let contact = contacts.get(&member);
            WitnessLine {
                state: contact.map_or(WitnessState::NotAsked, |contact| contact.state),
                cosigned_size: contact.map_or(0, |contact| contact.size),
                cosigned_at: contact.and_then(|contact| contact.cosigned),
                asked_at: contact.and_then(|contact| contact.asked),
                member,
            }
        };
        let policy = policy_of(&*self.directory()?);
        let policy = policy.map_err(|_| ExchangeError::Stored("quorum"))?;
        let others = self.others()?.into_iter();
        let witnesses = others.filter(|member| member.witness_key.is_some());
        let gathered = locked(&self.0.gathered);
        Ok(Witnesses {
            origin: self.vkey().name().to_string(),
            size,
            witnessed_size: gathered.witnessed.as_ref().map(|(head, _)| head.size),
            quorum_since: gathered.quorum.last,
            policy: policy.to_string(),
            halt: self.halted().map(|halt| Halt::clone(&halt)),
            witnesses: witnesses.map(|member| line(member.id)).collect(),
        })
    }

    /// The bytes of a bundle of entries, once reading them is recorded.
    async fn bundle(&self, person: &Person, path: &TilePath) -> Answer<Vec<u8>> {
        let store = &self.parts().store;
        if !path.is_within(store.head().size) {
            return Err(no_tile());
        }
        let first = path.place().saturating_mul(stile_ledger::tile::WIDTH);
        let width = u64::from(path.width());
        let mut entry = Entry {
            actor: Some(Pseudonym::of(&self.parts().pseudonym_key, &person.user)),
            reason: Code::new("bundle").ok(),
            ..Entry::new(EntryKind::AccessToLog, self.parts().clock.now())
        };
        if let Ok(code) = Code::new("entries") {
            entry.counts.insert(code, u32::from(path.width()));
        }
        let body = path.to_string().into_bytes();
        store.commit(Batch::entry(entry, body, None)).await?;
        let leaves = store.entries(first..first.saturating_add(width))?;
        let bundle = bundle_bytes(leaves.iter().map(Vec::as_slice));
        bundle.map_err(|_| ExchangeError::Stored("entry"))
    }
}
