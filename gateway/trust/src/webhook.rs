//! Keys that sign what a webhook is sent: Ed25519, as Standard Webhooks names it (`v1a`).
//!
//! ```text
//! signed     <id> "." <seconds> "." <body>
//! signature  "v1a," base64(64 bytes)
//! public     "whpk_" base64(32 bytes)
//! ```
//!
//! **Source:** Standard Webhooks 1.0.0, "Webhook signatures"; RFC 8032.

use std::fmt;
use std::path::Path;

use data_encoding::BASE64;
use ring::signature::{Ed25519KeyPair, KeyPair};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::pki_types::pem::PemObject;

use crate::TrustError;
use crate::files;

/// An Ed25519 private key for webhooks. `Debug` shows the public half only.
pub struct WebhookKey(Ed25519KeyPair);

impl WebhookKey {
    /// Reads a PKCS#8 PEM file that nobody else can read, as `openssl genpkey -algorithm ed25519`
    /// writes it.
    ///
    /// # Errors
    ///
    /// When the file is missing, open to others, or not an Ed25519 key in PKCS#8 PEM.
    pub fn load(path: &Path) -> Result<Self, TrustError> {
        let text = files::read_key(path)?;
        let wrong = || TrustError::Pem {
            path: path.to_owned(),
            expected: "an Ed25519 private key in PKCS#8 PEM",
        };
        let der = PrivatePkcs8KeyDer::from_pem_slice(text.as_bytes()).map_err(|_| wrong())?;
        // OpenSSL leaves the public half out; ring derives it.
        Ed25519KeyPair::from_pkcs8_maybe_unchecked(der.secret_pkcs8_der())
            .map(Self)
            .map_err(|_| wrong())
    }

    /// The public half, as receivers are given it.
    pub fn public(&self) -> String {
        format!("whpk_{}", BASE64.encode(self.0.public_key().as_ref()))
    }

    /// The signature over an id, the seconds since 1970 at which it is sent, and the body.
    pub fn sign(&self, id: &str, seconds: i64, body: &[u8]) -> String {
        let signed = [
            id.as_bytes(),
            b".",
            seconds.to_string().as_bytes(),
            b".",
            body,
        ]
        .concat();
        format!("v1a,{}", BASE64.encode(self.0.sign(&signed).as_ref()))
    }
}

impl fmt::Debug for WebhookKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WebhookKey({})", self.public())
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use ring::signature::{ED25519, UnparsedPublicKey};

    use super::*;

    /// PKCS#8 v1 of the seed of RFC 8032 §7.1, test 1, as OpenSSL writes it.
    fn file(folder: &Path, mode: u32) -> std::path::PathBuf {
        let seed = data_encoding::HEXLOWER
            .decode(b"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
            .unwrap();
        let head = data_encoding::HEXLOWER
            .decode(b"302e020100300506032b657004220420")
            .unwrap();
        let pem = format!(
            "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
            BASE64.encode(&[head, seed].concat())
        );
        let path = folder.join("webhook.key");
        std::fs::write(&path, pem).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        path
    }

    #[test]
    fn reads_a_key_as_openssl_writes_it_and_knows_its_public_half() {
        let folder = tempfile::tempdir().unwrap();

        let key = WebhookKey::load(&file(folder.path(), 0o600)).unwrap();

        // The public key of RFC 8032 §7.1, test 1.
        let public = data_encoding::HEXLOWER
            .decode(b"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
            .unwrap();
        assert_eq!(key.public(), format!("whpk_{}", BASE64.encode(&public)));
        assert!(!format!("{key:?}").contains("nWGxne"));
    }

    #[test]
    fn a_signature_holds_for_its_id_time_and_body_alone() {
        let folder = tempfile::tempdir().unwrap();
        let key = WebhookKey::load(&file(folder.path(), 0o600)).unwrap();
        let signature = key.sign("msg_1", 1_773_224_040, b"{}");
        let signature = BASE64.decode(signature.strip_prefix("v1a,").unwrap().as_bytes());
        let signature = signature.unwrap();
        let public = key.public();
        let public = BASE64.decode(public.strip_prefix("whpk_").unwrap().as_bytes());
        let public = UnparsedPublicKey::new(&ED25519, public.unwrap());

        assert!(public.verify(b"msg_1.1773224040.{}", &signature).is_ok());
        for other in [
            "msg_2.1773224040.{}",
            "msg_1.1773224041.{}",
            "msg_1.1773224040.[]",
        ] {
            assert!(
                public.verify(other.as_bytes(), &signature).is_err(),
                "{other}"
            );
        }
    }

    #[test]
    fn rejects_a_key_that_others_can_read_and_a_file_without_one() {
        let folder = tempfile::tempdir().unwrap();
        let open = file(folder.path(), 0o644);

        assert!(matches!(
            WebhookKey::load(&open),
            Err(TrustError::KeyExposed(_))
        ));
        let path = file(folder.path(), 0o600);
        std::fs::write(&path, "no key").unwrap();
        assert!(matches!(
            WebhookKey::load(&path),
            Err(TrustError::Pem { .. })
        ));
    }
}
