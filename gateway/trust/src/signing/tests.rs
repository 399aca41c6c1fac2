//! Keys: files, JWK, thumbprints and the published signature vector.

use std::os::unix::fs::PermissionsExt;

use proptest::prelude::*;

use super::*;

/// RFC 7515 appendix A.3.1.
const A3_JWK: &str = r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#;
const A3_SIGNED: &str = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
const A3_SIGNATURE: &str =
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

#[test]
fn verifies_the_signature_of_rfc_7515_a3() {
    let key: VerifyingKey = serde_json::from_str(A3_JWK).unwrap();
    let signature = BASE64URL_NOPAD.decode(A3_SIGNATURE.as_bytes()).unwrap();

    assert!(key.verifies(A3_SIGNED.as_bytes(), &signature));
    assert!(!key.verifies(&A3_SIGNED.as_bytes()[1..], &signature));
}

#[test]
fn thumbprint_is_that_of_rfc_9449() {
    let key: VerifyingKey = serde_json::from_str(
        r#"{"kty":"EC","x":"l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs",
            "y":"9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA","crv":"P-256"}"#,
    )
    .unwrap();

    assert_eq!(key.kid(), "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
}

#[test]
fn key_file_is_private_and_gives_the_same_key() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("signing.key");
    let key = SigningKey::generate().unwrap();

    key.save(&path).unwrap();

    assert_eq!(
        std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o600
    );
    assert_eq!(SigningKey::load(&path).unwrap().kid(), key.kid());
    assert!(matches!(
        key.save(&path),
        Err(TrustError::File {
            action: "create",
            ..
        })
    ));
}

#[test]
fn refuses_a_key_file_that_others_can_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("signing.key");
    SigningKey::generate().unwrap().save(&path).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o604)).unwrap();

    assert!(matches!(
        SigningKey::load(&path),
        Err(TrustError::KeyExposed(_))
    ));
}

#[test]
fn refuses_a_file_that_holds_no_key() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("signing.key");
    files::create(
        &path,
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        0o600,
    )
    .unwrap();

    assert!(matches!(
        SigningKey::load(&path),
        Err(TrustError::Pem { .. })
    ));
}

#[test]
fn refuses_jwks_of_other_kinds_and_private_ones() {
    let good: serde_json::Value = serde_json::from_str(A3_JWK).unwrap();
    for (member, value) in [
        ("kty", "RSA"),
        ("crv", "P-384"),
        ("x", "AA"),
        ("y", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0="),
        ("d", "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"),
    ] {
        let mut jwk = good.clone();
        jwk[member] = value.into();

        assert!(
            serde_json::from_value::<VerifyingKey>(jwk).is_err(),
            "{member}"
        );
    }
}

#[test]
fn debug_of_a_private_key_shows_the_thumbprint_only() {
    let key = SigningKey::generate().unwrap();

    assert_eq!(format!("{key:?}"), format!("SigningKey({})", key.kid()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn key_survives_pem_and_jwk(message in proptest::collection::vec(any::<u8>(), 0..200)) {
        let key = SigningKey::generate().unwrap();
        let again = SigningKey::from_pem(&key.to_pem()).unwrap();
        let public = VerifyingKey::from_jwk(&key.verifying_key().to_jwk()).unwrap();

        let signature = again.sign(&message).unwrap();

        prop_assert!(public.verifies(&message, &signature));
    }
}
