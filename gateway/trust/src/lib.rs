//! Who may speak, and proof that they did: certificates, revocation, TLS, signing keys, directory.
//!
//! **Does:** runs a partnership's certificate authority ([`authority`]), reads the one
//! [`identity::Identity`] out of a certificate and holds every certificate to one [`profile`],
//! refuses revoked ones at the handshake and on every request ([`revocation`]), makes every TLS
//! configuration of the gateway ([`tls`]), signs and verifies documents ([`signing`], [`jws`]) and
//! keeps the signed list of members and agreements ([`directory`]).
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
//! **Changing things while running:** a revocation list is replaced by
//! [`tls::TlsMaterial::reload_revocations`]; configurations made earlier see it at once, because
//! they share the swap. A new certificate, key or root needs [`tls::TlsMaterial::reload`] and new
//! configurations of what it gives; both are cheap, so make them, swap them into the acceptor, and
//! let connections made under the old ones finish. Each request calls
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
pub mod peer;
pub mod profile;
pub mod revocation;
pub mod serial;
pub mod signing;
#[cfg(test)]
mod testing;
pub mod tls;

pub use error::TrustError;
