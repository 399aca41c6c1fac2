//! Base64 with one spelling for every value (RFC 4648 §4 and §3.5).
//!
//! The decoder alone would also take padded pieces one after another, so that `QQ==QQ==` and `QUE=`
//! were the same: two notes with the same signatures.

use data_encoding::BASE64;
use stile_model::digest::Digest;

/// The bytes of `text`, if it is the one way to write them.
pub fn bytes(text: &str) -> Option<Vec<u8>> {
    let bytes = BASE64.decode(text.as_bytes()).ok()?;
    (BASE64.encode(&bytes) == text).then_some(bytes)
}

/// A hash of 32 bytes.
pub fn digest(text: &str) -> Option<Digest> {
    let bytes: [u8; 32] = bytes(text)?.try_into().ok()?;
    Some(Digest::from_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_value_has_one_spelling() {
        assert_eq!(bytes("QUE=").unwrap(), b"AA");

        for other in ["QQ==QQ==", "QUF=", "QUE", "QUE=\n", "QU E=", "3a4=4as3"] {
            assert_eq!(bytes(other), None, "{other:?}");
        }
        let root = BASE64.encode(&[7; 32]);
        let pieces = format!("Bwc={}", BASE64.encode(&[7; 30]));
        assert_eq!(digest(&root), Some(Digest::from_bytes([7; 32])));
        assert_eq!((pieces.len(), digest(&pieces)), (root.len(), None));
    }
}
