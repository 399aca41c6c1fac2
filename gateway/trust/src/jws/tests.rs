//! Signed documents: what is accepted, and the many that are not.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;

const TYP: &str = "stile-enquiry+jws";
const LONGEST: usize = 1 << 16;

static KEY: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::generate().unwrap());

fn refusal(compact: &str) -> JwsRefusal {
    match verify(compact, TYP, KEY.verifying_key(), LONGEST) {
        Err(TrustError::Jws(refusal)) => refusal,
        other => panic!("expected a refusal, got {other:?}"),
    }
}

/// A document with this header and a true signature over it.
fn with_header(header: &str) -> String {
    let signed = format!("{}.{}", encode(header.as_bytes()), encode(b"{}"));
    let signature = KEY.sign(signed.as_bytes()).unwrap();
    format!("{signed}.{}", encode(&signature))
}

fn encode(bytes: &[u8]) -> String {
    BASE64URL_NOPAD.encode(bytes)
}

#[test]
fn accepts_what_it_signed_and_gives_the_exact_bytes() {
    let compact = sign(&KEY, TYP, b"{\"a\": 1}").unwrap();

    assert_eq!(
        verify(&compact, TYP, KEY.verifying_key(), LONGEST).unwrap(),
        b"{\"a\": 1}"
    );
    assert_eq!(peek_kid(&compact).unwrap(), KEY.kid());
}

#[test]
fn accepts_the_three_members_in_any_order() {
    let header = format!(r#"{{"typ":"{TYP}","kid":"{}","alg":"ES256"}}"#, KEY.kid());

    assert!(verify(&with_header(&header), TYP, KEY.verifying_key(), LONGEST).is_ok());
}

#[test]
fn rejects_every_other_header_though_truly_signed() {
    let kid = KEY.kid();
    let header = |text: &str| text.replace("KID", &kid).replace("TYP", TYP);
    for (text, expected) in [
        (
            r#"{"alg":"none","kid":"KID","typ":"TYP"}"#,
            JwsRefusal::Algorithm,
        ),
        (
            r#"{"alg":"es256","kid":"KID","typ":"TYP"}"#,
            JwsRefusal::Algorithm,
        ),
        (
            r#"{"alg":"HS256","kid":"KID","typ":"TYP"}"#,
            JwsRefusal::Algorithm,
        ),
        (r#"{"alg":"ES256","kid":"KID"}"#, JwsRefusal::Header),
        (r#"{"alg":"ES256","typ":"TYP"}"#, JwsRefusal::Header),
        (
            r#"{"alg":"ES256","kid":"KID","typ":"TYP","crit":["exp"]}"#,
            JwsRefusal::Header,
        ),
        (
            r#"{"alg":"ES256","kid":"KID","typ":"TYP","jku":"https://x"}"#,
            JwsRefusal::Header,
        ),
        (
            r#"{"alg":"ES256","kid":"KID","typ":"TYP","b64":false}"#,
            JwsRefusal::Header,
        ),
        (
            r#"{"alg":"none","alg":"ES256","kid":"KID","typ":"TYP"}"#,
            JwsRefusal::Header,
        ),
        (
            r#"{"alg":"ES256","kid":"KID","typ":"TYP"}x"#,
            JwsRefusal::Header,
        ),
        (r#"["ES256","KID","TYP","x"]"#, JwsRefusal::Header),
        (
            r#"{"alg":"ES256","kid":"other","typ":"TYP"}"#,
            JwsRefusal::Key,
        ),
        (
            r#"{"alg":"ES256","kid":"KID","typ":"JWT"}"#,
            JwsRefusal::Type(TYP.to_owned()),
        ),
    ] {
        assert_eq!(refusal(&with_header(&header(text))), expected, "{text}");
    }
}

#[test]
fn rejects_a_header_over_one_kibibyte() {
    let header = format!(
        r#"{{"alg":"ES256","kid":"{}","typ":"{TYP}"{}}}"#,
        KEY.kid(),
        " ".repeat(1000)
    );

    assert_eq!(refusal(&with_header(&header)), JwsRefusal::Header);
}

#[test]
fn rejects_a_document_one_byte_over_the_cap() {
    let compact = sign(&KEY, TYP, b"{}").unwrap();
    let longest = compact.len() - 1;

    let result = verify(&compact, TYP, KEY.verifying_key(), longest);

    assert!(matches!(result, Err(TrustError::Jws(JwsRefusal::TooLong(n))) if n == longest));
}

#[test]
fn rejects_another_key_and_another_type() {
    let compact = sign(&KEY, TYP, b"{}").unwrap();
    let other = SigningKey::generate().unwrap();

    let by_other = verify(&compact, TYP, other.verifying_key(), LONGEST);
    let as_other = verify(&compact, "stile-return+jws", KEY.verifying_key(), LONGEST);

    assert!(matches!(by_other, Err(TrustError::Jws(JwsRefusal::Key))));
    assert!(matches!(
        as_other,
        Err(TrustError::Jws(JwsRefusal::Type(_)))
    ));
}

#[test]
fn rejects_other_shapes_paddings_and_empty_signatures() {
    let compact = sign(&KEY, TYP, b"{}").unwrap();
    let signed = compact.rsplit_once('.').unwrap().0;

    assert_eq!(refusal(""), JwsRefusal::Shape);
    assert_eq!(refusal("a.b"), JwsRefusal::Shape);
    assert_eq!(refusal(&format!("{compact}.x")), JwsRefusal::Shape);
    assert_eq!(refusal(&format!("{signed}.")), JwsRefusal::Signature);
    assert_eq!(
        refusal(&format!("{compact}==")),
        JwsRefusal::Encoding("signature")
    );
    assert_eq!(
        refusal(&format!(" {compact}")),
        JwsRefusal::Encoding("header")
    );
}

#[test]
fn rejects_a_signature_in_der_form() {
    let compact = sign(&KEY, TYP, b"{}").unwrap();
    let (signed, signature) = compact.rsplit_once('.').unwrap();
    let raw = BASE64URL_NOPAD.decode(signature.as_bytes()).unwrap();
    let mut der = vec![0x30, 0x44, 0x02, 0x20];
    der.extend_from_slice(&raw[..32]);
    der.extend_from_slice(&[0x02, 0x20]);
    der.extend_from_slice(&raw[32..]);

    assert_eq!(
        refusal(&format!("{signed}.{}", encode(&der))),
        JwsRefusal::Signature
    );
}

proptest! {
    #[test]
    fn rejects_any_changed_byte(
        payload in proptest::collection::vec(any::<u8>(), 1..200),
        at in any::<prop::sample::Index>(),
        to in 0x20_u8..0x7f,
    ) {
        let compact = sign(&KEY, TYP, &payload).unwrap();
        let mut bytes = compact.clone().into_bytes();
        let at = at.index(bytes.len());
        prop_assume!(bytes[at] != to);
        bytes[at] = to;
        let changed = String::from_utf8(bytes).unwrap();

        prop_assert!(verify(&changed, TYP, KEY.verifying_key(), LONGEST).is_err());
    }

    #[test]
    fn round_trips_any_payload(payload in proptest::collection::vec(any::<u8>(), 0..2000)) {
        let compact = sign(&KEY, TYP, &payload).unwrap();

        prop_assert_eq!(verify(&compact, TYP, KEY.verifying_key(), LONGEST).unwrap(), payload);
    }

    #[test]
    fn arbitrary_text_is_refused_without_a_panic(text in "\\PC{0,200}") {
        prop_assert!(verify(&text, TYP, KEY.verifying_key(), LONGEST).is_err());
        let _ = peek_kid(&text);
    }
}
