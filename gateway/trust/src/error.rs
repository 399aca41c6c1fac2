//! Why something was not trusted, or could not be made.

use std::path::PathBuf;

use stile_model::id::{MemberId, PartnershipId};
use stile_model::time::Timestamp;
use stile_token::TokenError;

use crate::directory::DirectoryFault;
use crate::identity::{IdentityError, Role};
use crate::jws::JwsRefusal;
use crate::profile::ProfileRefusal;
use crate::revocation::Edition;
use crate::serial::Serial;

/// Why something was not trusted, or could not be made. On every variant nothing was accepted.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// The folder already holds a certificate authority; nothing was written.
    #[error("`{}` already holds a certificate authority; choose an empty folder", .0.display())]
    AuthorityExists(PathBuf),
    /// A directory as an operator wrote it has a mistake; nothing was signed.
    #[error("{file}:{line}:{column}: {message}")]
    Authoring {
        /// The file as named by the caller.
        file: String,
        /// Line, from 1.
        line: usize,
        /// Column in characters, from 1.
        column: usize,
        /// What is wrong there.
        message: String,
    },
    /// The authority could not write a certificate, request or list.
    #[error("the certificate library refused: {0}")]
    Certificate(#[from] rcgen::Error),
    /// A revocation list is not signed by the issuer it names.
    #[error("the revocation list is not signed by its issuing certificate; fetch it again")]
    CrlForged,
    /// A list is past its next update, so nothing it covers can be trusted.
    #[error("the revocation list expired at `{0}`; fetch or refresh it")]
    CrlExpired(Timestamp),
    /// A list older than one that was accepted before; the newer one stays.
    #[error(
        "the revocation list of {found} is older than the one accepted before, of {held}; put the newest \
         one in its place, or have the authority publish one with a higher number"
    )]
    CrlOlder {
        /// The list accepted before.
        held: Edition,
        /// The list offered.
        found: Edition,
    },
    /// A list that starts in the future.
    #[error("the revocation list starts at `{0}`, in the future; check the clock")]
    CrlNotYet(Timestamp),
    /// An issuer has no list, a list has no issuer, or a list lacks what it must have.
    #[error("the revocation list is unusable: {0}")]
    CrlUnusable(&'static str),
    /// A member dialled whose directory entry has an address, so it is called there and nowhere else.
    #[error(
        "member `{0}` is listed with an address; to dial it must be listed with `endpoint = \"dial_out\"`"
    )]
    DialsUnasked(MemberId),
    /// The directory breaks one of its own rules.
    #[error("the directory is refused: {0}")]
    Directory(#[from] DirectoryFault),
    /// The certificate of a live connection has ended since its handshake.
    #[error("the certificate expired at `{0}`; renew it")]
    Expired(Timestamp),
    /// A file could not be read or written.
    #[error("cannot {action} `{}`: {source}", path.display())]
    File {
        /// `read`, `write`, `lock`, `rename` or `create`.
        action: &'static str,
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The URI is not an identity, or the certificate does not hold exactly one.
    #[error(transparent)]
    Identity(#[from] IdentityError),
    /// A signed document was not accepted.
    #[error("the signed document is refused: {0}")]
    Jws(#[from] JwsRefusal),
    /// The key file is open to others; nothing was read into use.
    #[error("`{}` can be read or changed by others; run `chmod 600` on it", .0.display())]
    KeyExposed(PathBuf),
    /// A certificate of the same key was revoked, so nothing is issued for the key any more.
    #[error(
        "the key is that of certificate `{0}`, which is revoked; make another key (`stile agency renew --new-key`)"
    )]
    KeyRevoked(Serial),
    /// Certificate and key are of different pairs; nothing was put in use.
    #[error(
        "the key is not the one that the certificate was issued for; put the key or the certificate back, or enrol anew"
    )]
    KeyMismatch,
    /// The key is not of a kind in use here.
    #[error("{0} is not a usable key: expected {1}")]
    KeyUnusable(&'static str, &'static str),
    /// The lifetime asked for cannot be given.
    #[error("a lifetime of `{days}` days is refused: {why}")]
    Lifetime {
        /// What was asked.
        days: u32,
        /// The bound that it breaks.
        why: String,
    },
    /// A DNS name or IP address that a certificate cannot carry.
    #[error("`{0}` is neither a DNS name nor an IP address")]
    Name(String),
    /// Two thirds of the certificate's life are not over, so nothing is renewed without a person.
    #[error(
        "certificate `{serial}` is renewed without a person from `{due}` on; compare the pin and approve the request by hand, or wait"
    )]
    NotDue {
        /// The certificate that asks.
        serial: Serial,
        /// When two thirds of its life are over.
        due: Timestamp,
    },
    /// The certificate is outside its validity.
    #[error(
        "the certificate is valid from `{from}` to `{until}` only; renew it or check the clock"
    )]
    NotInForce {
        /// First instant.
        from: Timestamp,
        /// Last instant.
        until: Timestamp,
    },
    /// A certificate is renewed for the key that it has; this is another.
    #[error(
        "the request is for another key than certificate `{0}` has; compare its pin and approve it by hand"
    )]
    OtherKey(Serial),
    /// A file does not hold what it should.
    #[error("`{}` is not {expected}", path.display())]
    Pem {
        /// Which file.
        path: PathBuf,
        /// What was expected in it.
        expected: &'static str,
    },
    /// The certificate breaks the partnership's profile.
    #[error("the certificate breaks the profile: {0}")]
    Profile(#[from] ProfileRefusal),
    /// The system gave no randomness, or a key could not sign.
    #[error("the system could not {0}")]
    Random(&'static str),
    /// The bytes are no request for a certificate that its own key signed.
    #[error("it is no certificate request (PKCS#10, PEM, at most 8 KiB) that its own key signed")]
    RequestRefused,
    /// The certificate was revoked.
    #[error("certificate `{0}` is revoked")]
    Revoked(Serial),
    /// The hardware token, or the key in it, is not as it should be.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The hardware token has not answered for a while.
    #[error(
        "the hardware token does not answer; look at it, and start the gateway again if it stays so"
    )]
    TokenHangs,
    /// None of the roots that were shown is the one that was given beforehand.
    #[error("no root certificate shown is the one named beforehand; ask the operator for it again")]
    RootUnknown,
    /// rustls would not make a configuration of the material.
    #[error("the TLS settings were refused: {0}")]
    Tls(#[from] rustls::Error),
    /// A register written by an earlier version lacks what an automatic renewal must know.
    #[error(
        "certificate `{serial}` cannot be renewed without a person: the register did not keep {what} when it was issued; compare the pin and approve the request by hand"
    )]
    Unkept {
        /// The certificate that asks.
        serial: Serial,
        /// What is missing: `its pin` or `its first instant`.
        what: &'static str,
    },
    /// No list covers the certificate's issuer, so its state is unknown.
    #[error("certificate `{0}` is from an issuer without a revocation list here")]
    UnknownIssuer(Serial),
    /// The authority never issued this serial.
    #[error("this authority did not issue `{0}`")]
    UnknownSerial(Serial),
    /// The peer is a member, but not the one expected.
    #[error("expected `{expected}`, the certificate says `{found}`")]
    WrongIdentity {
        /// Who should have answered.
        expected: String,
        /// Who answered.
        found: String,
    },
    /// The peer's key is not pinned for this member in the directory.
    #[error("the key presented is not pinned for member `{0}`; publish a directory with its pin")]
    WrongPin(MemberId),
    /// The identity is of another partnership.
    #[error("the certificate is of partnership `{found}`, not `{expected}`")]
    WrongPartnership {
        /// Ours.
        expected: PartnershipId,
        /// Theirs.
        found: PartnershipId,
    },
    /// The role may not use this door.
    #[error("role `{0}` is not accepted here")]
    WrongRole(Role),
}
