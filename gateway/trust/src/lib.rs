//! Who may speak, and proof that they did: certificates, revocation, TLS, signing keys, directory.
//!
//! **Does:** runs a partnership's certificate authority ([`authority`]), reads the one
//! [`identity::Identity`] out of a certificate and holds every certificate to one [`profile`],
//! asks for certificates and renews them ([`request`], [`renewal`], [`lifetime`]) for a key that is in a
//! file or in a hardware token ([`key`]),
//! refuses revoked ones at the handshake and on every request ([`revocation`]), makes every TLS
//! configuration of the gateway ([`tls`]), signs and verifies documents ([`signing`], [`jws`]) and
//! keeps the signed list of members and agreements ([`directory`]). Signs what systems outside the
//! partnership are sent ([`webhook`]).
//!
//! **Leaves to others:** sockets, timers and the wall clock (`exchange`), what a member may ask for
//! (`policy`), ledger keys (`ledger`; their text is opaque here).
//!
//! **Format:**
//!
//! ```text
//! identity   stile://<partnership>/hub/<member>
//!            stile://<partnership>/agency/<member>
//!            stile://<partnership>/person/<member>/<user>
//! document   base64url(header) "." base64url(payload) "." base64url(r ‖ s)
//! header     {"alg":"ES256","kid":"<RFC 7638 thumbprint>","typ":"<document type>"}
//! ```
//!
//! **Changing things while running:** [`tls::TlsMaterial::reload`] reads every file again; a renewed
//! certificate, a new key, a second root or a newer revocation list counts from the next handshake on
//! in every configuration made of the material, and connections that stand go on. Each request calls
//! [`revocation::RevocationSet::check`], so a connection older than its certificate's revocation
//! ends at its next request.
//!
//! **Source:** RFC 5280 (certificates, CRLs), RFC 8446 (TLS 1.3), draft-ietf-tls-ecdhe-mlkem
//! (X25519MLKEM768), RFC 7515, 7517, 7518 and 7638 (JWS, JWK, ES256, thumbprint).

pub mod authority;
pub mod directory;
pub mod error;
mod files;
pub mod identity;
pub mod jws;
pub mod key;
pub mod lifetime;
pub mod peer;
pub mod profile;
pub mod renewal;
pub mod request;
pub mod revocation;
pub mod serial;
pub mod signing;
#[cfg(test)]
mod testing;
pub mod tls;
pub mod webhook;

pub use error::TrustError;
