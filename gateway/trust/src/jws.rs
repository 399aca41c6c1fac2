//! Signed documents: JWS compact serialisation with ES256 (RFC 7515 §3.1, RFC 7518 §3.4).
//!
//! Stricter than the standard on purpose: three header members and no others, one algorithm, the
//! type and key named by the caller. ECDSA signatures are malleable (`s` and `n − s` both verify),
//! so a document is identified by its payload, never by the digest of its compact form.

use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};

use crate::TrustError;
use crate::signing::{SigningKey, VerifyingKey};

const ALGORITHM: &str = "ES256";
/// Longest header in bytes, decoded.
const LONGEST_HEADER: usize = 1024;
/// Longest header in base64url characters.
const LONGEST_HEADER_TEXT: usize = LONGEST_HEADER.div_ceil(3) * 4;

/// Why a signed document was not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JwsRefusal {
    /// The algorithm is not ES256.
    #[error("`alg` must be `ES256`")]
    Algorithm,
    /// A part is not base64url without padding.
    #[error("the {0} is not base64url without padding")]
    Encoding(&'static str),
    /// The header is not exactly `alg`, `kid`, `typ`.
    #[error("the header must hold exactly `alg`, `kid` and `typ`, in at most 1024 bytes")]
    Header,
    /// Signed by another key than the one named for the sender.
    #[error("`kid` is not the key published for the signer")]
    Key,
    /// Not three parts joined by dots.
    #[error("a signed document is three parts joined by dots")]
    Shape,
    /// The signature does not fit.
    #[error("the signature does not fit")]
    Signature,
    /// Longer than the caller takes.
    #[error("it is longer than `{0}` bytes")]
    TooLong(usize),
    /// Another kind of document.
    #[error("`typ` must be `{0}`")]
    Type(String),
}

/// The protected header; also the strict parser of one.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    alg: String,
    kid: String,
    typ: String,
}

/// Signs `payload` as a document of type `typ`.
///
/// # Errors
///
/// [`TrustError::Random`] when the system gives no randomness; nothing was signed.
pub fn sign(key: &SigningKey, typ: &str, payload: &[u8]) -> Result<String, TrustError> {
    let header = Header {
        alg: ALGORITHM.to_owned(),
        kid: key.kid(),
        typ: typ.to_owned(),
    };
    let header = serde_json::to_vec(&header).map_err(|_| JwsRefusal::Header)?;
    let mut compact = BASE64URL_NOPAD.encode(&header);
    compact.push('.');
    BASE64URL_NOPAD.encode_append(payload, &mut compact);
    let signature = key.sign(compact.as_bytes())?;
    compact.push('.');
    BASE64URL_NOPAD.encode_append(&signature, &mut compact);
    Ok(compact)
}

/// Gives the payload of a document of type `typ` that `key` signed.
///
/// `longest` caps the compact form in bytes and is looked at first, before any work is done.
///
/// # Errors
///
/// The first [`JwsRefusal`]; nothing of the payload is to be believed.
pub fn verify(
    compact: &str,
    typ: &str,
    key: &VerifyingKey,
    longest: usize,
) -> Result<Vec<u8>, TrustError> {
    if compact.len() > longest {
        return Err(JwsRefusal::TooLong(longest).into());
    }
    let parts = Parts::of(compact)?;
    let header = parts.header()?;
    if header.typ != typ {
        return Err(JwsRefusal::Type(typ.to_owned()).into());
    }
    if header.kid != key.kid() {
        return Err(JwsRefusal::Key.into());
    }
    let signature = decode(parts.signature, "signature")?;
    if !key.verifies(parts.signed.as_bytes(), &signature) {
        return Err(JwsRefusal::Signature.into());
    }
    Ok(decode(parts.payload, "payload")?)
}

/// The `kid` a document claims, to choose the key to verify it with. Nothing is verified.
///
/// # Errors
///
/// When the shape or header is not what [`sign`] makes.
pub fn peek_kid(compact: &str) -> Result<String, TrustError> {
    Ok(Parts::of(compact)?.header()?.kid)
}

struct Parts<'a> {
    signed: &'a str,
    header: &'a str,
    payload: &'a str,
    signature: &'a str,
}

impl<'a> Parts<'a> {
    fn of(compact: &'a str) -> Result<Self, JwsRefusal> {
        let (signed, signature) = compact.rsplit_once('.').ok_or(JwsRefusal::Shape)?;
        let (header, payload) = signed.split_once('.').ok_or(JwsRefusal::Shape)?;
        if payload.contains('.') {
            return Err(JwsRefusal::Shape);
        }
        Ok(Self {
            signed,
            header,
            payload,
            signature,
        })
    }

    fn header(&self) -> Result<Header, JwsRefusal> {
        if self.header.len() > LONGEST_HEADER_TEXT {
            return Err(JwsRefusal::Header);
        }
        let bytes = decode(self.header, "header")?;
        if bytes.len() > LONGEST_HEADER {
            return Err(JwsRefusal::Header);
        }
        let header: Header = serde_json::from_slice(&bytes).map_err(|_| JwsRefusal::Header)?;
        if header.alg == ALGORITHM {
            Ok(header)
        } else {
            Err(JwsRefusal::Algorithm)
        }
    }
}

fn decode(text: &str, part: &'static str) -> Result<Vec<u8>, JwsRefusal> {
    BASE64URL_NOPAD
        .decode(text.as_bytes())
        .map_err(|_| JwsRefusal::Encoding(part))
}

#[cfg(test)]
mod tests;
