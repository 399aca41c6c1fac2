//! A certificate request never crashes the reader; what is read has one pin, whatever stands around it,
//! and a chain or a list that arrives with it is read without a crash, too.
#![no_main]

use data_encoding::BASE64;
use libfuzzer_sys::fuzz_target;
use stile_trust::authority::describe;
use stile_trust::request::CertificateRequest;
use stile_trust::tls::Anchor;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(text) = std::str::from_utf8(bytes) {
        read(text);
    }
    // What stands inside, too, without the detour over base64.
    for label in ["CERTIFICATE REQUEST", "CERTIFICATE"] {
        let body = BASE64.encode(bytes);
        read(&format!(
            "-----BEGIN {label}-----\n{body}\n-----END {label}-----\n"
        ));
    }
});

fn read(text: &str) {
    let _ = describe(text);
    let _ = Anchor::Roots(text.to_owned()).chosen(text);
    let Ok(request) = CertificateRequest::read(text) else {
        return;
    };
    let again = CertificateRequest::read(&format!("\n{text}\n"));
    assert_eq!(again.ok().map(|again| again.pin()), Some(request.pin()));
}
