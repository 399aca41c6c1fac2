//! Revocation lists come from a hub: bytes of a stranger are never believed as a list of our issuer, and
//! a chain in the place of the issuers is read without a crash, too.
#![no_main]

use std::sync::LazyLock;

use data_encoding::BASE64;
use libfuzzer_sys::fuzz_target;
use stile_model::id::PartnershipId;
use stile_model::time::Timestamp;
use stile_trust::authority::Authority;
use stile_trust::revocation::RevocationSet;

static NOW: LazyLock<Timestamp> =
    LazyLock::new(|| "2026-03-02T09:00:00Z".parse().expect("an instant"));

/// An issuing certificate that the fuzzer has not got the key of.
static ISSUER: LazyLock<String> = LazyLock::new(|| {
    let name = format!("stile-fuzz-{}", std::process::id());
    let folder = std::env::temp_dir().join(name);
    let partnership = PartnershipId::new("riverside").expect("a name");
    let authority = Authority::init(&folder, &partnership, *NOW).expect("an authority");
    let issuer = std::fs::read_to_string(authority.issuing_path()).expect("its certificate");
    std::fs::remove_dir_all(&folder).expect("its folder");
    issuer
});

fuzz_target!(|bytes: &[u8]| {
    let body = BASE64.encode(bytes);
    let list = format!("-----BEGIN X509 CRL-----\n{body}\n-----END X509 CRL-----\n");
    assert!(RevocationSet::load(&list, &ISSUER, *NOW).is_err());
    let issuer = format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n");
    assert!(RevocationSet::load(&list, &issuer, *NOW).is_err());
    if let Ok(text) = std::str::from_utf8(bytes) {
        assert!(RevocationSet::load(text, &ISSUER, *NOW).is_err());
    }
});
