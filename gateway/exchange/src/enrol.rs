//! How a gateway gets its certificate, keeps it, and changes its key.
//!
//! ```text
//! hub IT      invites a member: a token, once                                       Invited
//! gateway     makes its key where it stays, sends a request with the token          Waiting
//! authority   compares the pin with what the member reads out, signs, or refuses    Issued, Refused
//! gateway     fetches the chain, with roots, issuing certificates and lists
//! ```
//!
//! The hub only carries: the issuing key need not be on it, and what it is handed it believes as little
//! as any member does, when its own roots and lists stand behind it, for exactly the key and the member
//! asked for. A certificate alone admits nobody, either: the partnership's signed directory must pin its
//! key. So neither a hub nor its IT can let a stranger in.
//!
//! A renewal is asked for over mutual TLS with the certificate in force, at two thirds of its life, and
//! is signed without a person where the key is the same: the authority's own register says for whom.
//!
//! Each step is in the hub's ledger (`enrolment`).
//!
//! **Source:** RFC 2986 (requests), RFC 7030 §3.3 and §4.2 (the shape of enrolment over TLS, with a
//! secret given beforehand), NIST SP 800-63B §5.1.1 (a secret of 256 random bits is kept as a plain
//! hash).

mod apply;
mod asking;
mod keep;
mod kept;
mod pace;
mod routes;
mod settle;
mod token;

use std::time::Duration;

use serde::{Deserialize, Serialize};
use stile_model::digest::Digest;
use stile_model::id::MemberId;
use stile_model::time::Timestamp;
use stile_trust::directory::Published;
use stile_trust::tls::AuthorityPapers;
use utoipa::ToSchema;

pub use keep::{Asks, Keeping, KeepingParts, Passed};
pub use routes::{ENROLMENT_DOCUMENT, enrolment_routes};
pub(crate) use routes::{with_enrolments, with_renewals};
pub use token::{EnrolmentId, EnrolmentToken, GatewayRole};

use crate::account::Guesses;

/// How long a token may be used, in seconds: three days.
pub const TOKEN_S: i64 = 3 * 86_400;
/// Most names that a certificate is for.
pub const NAMES_MOST: usize = 8;

/// What this process remembers of those who enrol; nothing here needs to survive it.
#[derive(Debug, Default)]
pub(crate) struct Desk {
    /// Held while a request is read and changed.
    turn: tokio::sync::Mutex<()>,
    /// Who guesses at tokens.
    guesses: Guesses,
    /// How often members ask of their own certificates.
    pace: pace::Pace,
}

/// How a gateway keeps its certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenewalSettings {
    /// The hub that is asked. An agency without one has it renewed by people, a hub asks itself.
    pub hub: Option<MemberId>,
    /// How often to look: 1 s to a day.
    pub every: Duration,
    /// The signed directory, which is followed by whoever asks a hub, and given out by a hub.
    pub directory: Option<Published>,
}

impl Default for RenewalSettings {
    fn default() -> Self {
        Self {
            hub: None,
            every: Duration::from_mins(10),
            directory: None,
        }
    }
}

/// How a request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EnrolmentState {
    /// A token was given out and not used yet.
    Invited,
    /// A certificate was issued.
    Issued,
    /// The operator refused.
    Refused,
    /// A request waits for the operator.
    Waiting,
}

/// Whom the hub's IT invites.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InviteGateway {
    /// The member.
    pub member: MemberId,
    /// What its gateway acts as.
    pub role: GatewayRole,
    /// DNS names and addresses its gateway is reached at, at most 8; none for one that only dials out.
    #[serde(default)]
    pub names: Vec<String>,
}

/// An invitation. The token is shown once, to whoever made it; its hash is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InvitedGateway {
    /// What the request will be called.
    pub id: EnrolmentId,
    /// What the member's gateway shows, once.
    pub token: EnrolmentToken,
    /// Until when.
    pub expires: Timestamp,
}

/// What a gateway without a certificate sends. The same again asks how it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Application {
    /// The token it was given.
    pub token: EnrolmentToken,
    /// Its certificate request: PKCS#10 in PEM, at most 8 KiB.
    pub request: String,
}

/// What a gateway with a certificate sends to have it renewed. The same again asks how it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Renewal {
    /// Its certificate request: PKCS#10 in PEM, at most 8 KiB.
    pub request: String,
}

/// How a gateway's request stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Standing {
    /// The request.
    pub id: EnrolmentId,
    /// Where it is: `waiting`, `issued` or `refused`.
    pub state: EnrolmentState,
    /// Digest of the public key asked for: what the member reads out to the operator.
    pub pin: Digest,
    /// Its certificate and the issuing one, PEM, once issued.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chain: Option<String>,
    /// What it needs beside it, once issued.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authority: Option<Papers>,
}

/// The public papers of the partnership's authority, all PEM.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Papers {
    /// Root certificates.
    pub roots: String,
    /// Issuing certificates.
    pub issuers: String,
    /// Revocation lists, one for each issuing certificate.
    pub crl: String,
}

impl From<AuthorityPapers> for Papers {
    fn from(papers: AuthorityPapers) -> Self {
        let AuthorityPapers {
            roots,
            issuers,
            crl,
        } = papers;
        Self {
            roots,
            issuers,
            crl,
        }
    }
}

/// A request as the hub's IT and the authority's operator see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EnrolmentLine {
    /// The request.
    pub id: EnrolmentId,
    /// The member.
    pub member: MemberId,
    /// What its gateway acts as.
    pub role: GatewayRole,
    /// Where it is.
    pub state: EnrolmentState,
    /// When it came to be there.
    pub since: Timestamp,
    /// Until when the token may be used, while it was not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
    /// DNS names and addresses the certificate is to be for; of a renewal those of the certificate that
    /// it renews, which the authority's register knows.
    pub names: Vec<String>,
    /// Digest of the public key asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pin: Option<Digest>,
    /// The request itself, PEM, while it waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<String>,
    /// Of a renewal, the serial of the certificate in force: hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renews: Option<String>,
    /// Of a renewal, is the key another than that certificate's?
    #[serde(default)]
    pub other_key: bool,
}

/// Every request that is remembered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EnrolmentList {
    /// The newest first.
    pub enrolments: Vec<EnrolmentLine>,
}

/// What the authority signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignedChain {
    /// The certificate and the issuing one, PEM.
    pub chain: String,
}
