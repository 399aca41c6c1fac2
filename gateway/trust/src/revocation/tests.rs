//! Lists: forged, stale, partial and mismatched ones.

use rcgen::{
    CertificateRevocationListParams, CrlDistributionPoint, CrlIssuingDistributionPoint, CrlScope,
    KeyIdMethod, SerialNumber, date_time_ymd,
};

use super::*;
use crate::authority::params::since_epoch;
use crate::testing::{DAY_S, Partnership, police, start};

fn texts(partnership: &Partnership) -> (String, String) {
    let crl = std::fs::read_to_string(partnership.authority.crl_path()).unwrap();
    let issuer = std::fs::read_to_string(partnership.authority.issuing_path()).unwrap();
    (crl, issuer)
}

fn peer(partnership: &Partnership) -> Peer {
    let issued = partnership.issue(&police());
    let chain = crate::testing::certified(&issued.chain_pem, issued.key_pem.reveal()).cert;
    Peer::from_chain(&chain).unwrap()
}

#[test]
fn passes_a_peer_until_the_list_or_its_certificate_ends() {
    let partnership = Partnership::new();
    let peer = peer(&partnership);
    let (crl, issuer) = texts(&partnership);
    let set = RevocationSet::load(&crl, &issuer, start()).unwrap();
    let at = |seconds| set.check(&peer, start().plus_s(seconds));

    assert!(at(0).is_ok());
    assert!(at(7 * DAY_S - 1).is_ok());
    assert!(matches!(at(7 * DAY_S), Err(TrustError::CrlExpired(_))));
    assert!(matches!(at(-301), Err(TrustError::CrlNotYet(_))));
    let ended = Peer {
        not_after: start(),
        ..peer.clone()
    };
    assert!(matches!(
        set.check(&ended, start().plus_s(1)),
        Err(TrustError::Expired(_))
    ));
}

#[test]
fn refuses_a_peer_of_an_issuer_without_a_list() {
    let (ours, other) = (Partnership::new(), Partnership::new());
    let (crl, issuer) = texts(&ours);
    let set = RevocationSet::load(&crl, &issuer, start()).unwrap();

    let result = set.check(&peer(&other), start());

    assert!(matches!(result, Err(TrustError::UnknownIssuer(_))));
}

#[test]
fn covers_two_issuers_while_one_replaces_the_other() {
    let (old, new) = (Partnership::new(), Partnership::new());
    let (old_texts, new_texts) = (texts(&old), texts(&new));

    let set = RevocationSet::load(
        &format!("{}{}", old_texts.0, new_texts.0),
        &format!("{}{}", new_texts.1, old_texts.1),
        start(),
    )
    .unwrap();

    assert!(set.check(&peer(&old), start()).is_ok());
    assert!(set.check(&peer(&new), start()).is_ok());
}

#[test]
fn refuses_a_list_signed_by_another_key_of_the_same_name() {
    let (ours, other) = (Partnership::new(), Partnership::new());

    let result = RevocationSet::load(&texts(&other).0, &texts(&ours).1, start());

    assert!(matches!(result, Err(TrustError::CrlForged)));
}

#[test]
fn refuses_lists_expired_or_of_the_future_at_load() {
    let (crl, issuer) = texts(&Partnership::new());
    let load = |now| RevocationSet::load(&crl, &issuer, now);

    assert!(matches!(
        load(start().plus_s(7 * DAY_S)),
        Err(TrustError::CrlExpired(_))
    ));
    assert!(matches!(
        load(start().plus_s(-DAY_S)),
        Err(TrustError::CrlNotYet(_))
    ));
}

#[test]
fn refuses_missing_surplus_and_unreadable_lists() {
    let (crl, issuer) = texts(&Partnership::new());
    let load = |crl: &str, issuer: &str| RevocationSet::load(crl, issuer, start());
    let junk = "-----BEGIN X509 CRL-----\nMAA=\n-----END X509 CRL-----\n";

    for result in [
        load("", &issuer),
        load(&crl, ""),
        load(&format!("{crl}{crl}"), &issuer),
        load(&format!("{crl}{crl}"), &format!("{issuer}{issuer}")),
        load(junk, &issuer),
        load(
            "-----BEGIN X509 CRL-----\n!\n-----END X509 CRL-----\n",
            &issuer,
        ),
    ] {
        assert!(
            matches!(result, Err(TrustError::CrlUnusable(_))),
            "{result:?}"
        );
    }
}

/// The parser reads the tags of the envelope around the signed part leniently; there a changed bit
/// may pass, without changing what the list says. Everywhere else it is refused.
#[test]
fn no_changed_byte_changes_what_a_list_says() {
    let partnership = Partnership::new();
    let serial = partnership.issue(&police()).serial;
    partnership.authority.revoke(serial, start()).unwrap();
    let (crl, issuer) = texts(&partnership);
    let der = CertificateRevocationListDer::from_pem_slice(crl.as_bytes()).unwrap();
    let expires = RevocationSet::load(&crl, &issuer, start())
        .unwrap()
        .expires();
    // Tags of the envelope: list, algorithm, its identifier, signature (RFC 5280 §5.1).
    let algorithm = der
        .windows(4)
        .rposition(|at| at == [0x30, 0x0a, 0x06, 0x08])
        .unwrap();
    let unsigned_tags = [0, algorithm, algorithm + 2, algorithm + 12];
    for (at, bit) in (0..der.len()).flat_map(|at| (0..8).map(move |bit| (at, bit))) {
        let mut changed = der.to_vec();
        changed[at] ^= 1 << bit;
        let pem = format!(
            "-----BEGIN X509 CRL-----\n{}\n-----END X509 CRL-----\n",
            data_encoding::BASE64.encode(&changed)
        );

        if let Ok(set) = RevocationSet::load(&pem, &issuer, start()) {
            assert!(set.is_revoked(&serial) && set.len() == 1, "byte {at}");
            assert_eq!(
                (set.issued(), set.expires()),
                (start().plus_s(-300), expires)
            );
            assert!(unsigned_tags.contains(&at), "byte {at}");
        }
    }
}

#[test]
fn refuses_a_partial_list_though_truly_signed() {
    let partnership = Partnership::new();
    let (issuing, issuer) = partnership.issuing();
    let crl = CertificateRevocationListParams {
        this_update: date_time_ymd(1970, 1, 1) + since_epoch(start()),
        next_update: date_time_ymd(1970, 1, 1) + since_epoch(start().plus_s(DAY_S)),
        crl_number: SerialNumber::from(9),
        issuing_distribution_point: Some(CrlIssuingDistributionPoint {
            distribution_point: CrlDistributionPoint {
                uris: vec!["https://a.example".into()],
            },
            scope: Some(CrlScope::CaCertsOnly),
        }),
        revoked_certs: Vec::new(),
        key_identifier_method: KeyIdMethod::Sha256,
    };
    let crl = crl.signed_by(&issuing).unwrap().pem().unwrap();

    let result = RevocationSet::load(&crl, &issuer, start());

    assert!(
        matches!(result, Err(TrustError::CrlUnusable(_))),
        "{result:?}"
    );
}
