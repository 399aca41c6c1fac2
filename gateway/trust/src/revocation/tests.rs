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
fn an_issuer_without_a_list_is_named_and_whom_it_certified_is_refused() {
    let (old, new) = (Partnership::new(), Partnership::new());
    let (old_texts, new_texts) = (texts(&old), texts(&new));
    let both = format!("{}{}", new_texts.1, old_texts.1);

    let set = RevocationSet::load(&old_texts.0, &both, start()).unwrap();

    assert!(set.check(&peer(&old), start()).is_ok());
    let result = set.check(&peer(&new), start());
    assert!(matches!(result, Err(TrustError::UnknownIssuer(_))));
    let missing: Vec<_> = set.missing().collect();
    assert_eq!(missing.len(), 1);
    let serial = crate::authority::describe(&new_texts.1).unwrap().serial;
    assert!(missing[0].contains(&serial.to_string()), "{missing:?}");

    // A list that is left out of a newer file is not forgotten while its issuer is in use.
    let held = RevocationSet::load(&format!("{}{}", old_texts.0, new_texts.0), &both, start());
    let kept = set.with_kept(&held.unwrap());
    assert!(kept.check(&peer(&new), start()).is_ok());
}

#[test]
fn an_issuers_newest_list_counts_and_nobody_elses() {
    let (ours, other) = (Partnership::new(), Partnership::new());
    let revoked = peer(&ours);
    let (before, issuer) = texts(&ours);
    ours.authority.revoke(revoked.serial, start()).unwrap();
    let (after, _) = texts(&ours);
    let others = texts(&other).0;
    let newest = CertificateRevocationListDer::from_pem_slice(after.as_bytes()).unwrap();

    for lists in [[&before, &others, &after], [&after, &before, &others]] {
        let text = lists.map(String::as_str).concat();
        let mut counted = Vec::new();
        let take = |list: &[u8]| counted.push(list.to_vec());
        let set = RevocationSet::newest(&text, &issuer, start(), None, take).unwrap();

        assert!(set.is_revoked(&revoked.serial));
        assert_eq!(set.missing().count(), 0);
        assert_eq!(counted, [newest.to_vec()]);
    }
}

#[test]
fn the_ended_list_of_one_issuer_keeps_no_other_from_being_taken() {
    let (old, new) = (Partnership::new(), Partnership::new());
    let later = start().plus_s(8 * DAY_S);
    new.authority.refresh_crl(later, 7).unwrap();
    let (old_texts, new_texts) = (texts(&old), texts(&new));

    let set = RevocationSet::load(
        &format!("{}{}", old_texts.0, new_texts.0),
        &format!("{}{}", new_texts.1, old_texts.1),
        later,
    )
    .unwrap();

    assert!(set.check(&peer(&new), later).is_ok());
    assert!(matches!(
        set.check(&peer(&old), later),
        Err(TrustError::CrlExpired(_))
    ));
}

#[test]
fn the_list_of_one_issuer_that_has_not_begun_keeps_no_other_from_being_taken() {
    let (old, new) = (Partnership::new(), Partnership::new());
    let later = start().plus_s(DAY_S);
    new.authority.refresh_crl(later, 7).unwrap();
    let (old_texts, new_texts) = (texts(&old), texts(&new));
    let lists = format!("{}{}", new_texts.0, old_texts.0);
    let issuers = format!("{}{}", new_texts.1, old_texts.1);

    let set = RevocationSet::load(&lists, &issuers, start()).unwrap();

    assert!(set.check(&peer(&old), start()).is_ok());
    assert_eq!(set.missing().count(), 1);
    assert!(matches!(
        set.check(&peer(&new), start()),
        Err(TrustError::UnknownIssuer(_))
    ));
    let none = RevocationSet::load(&new_texts.0, &issuers, start());
    assert!(
        matches!(none, Err(TrustError::CrlNotYet(_))),
        "none is left"
    );
}

#[test]
fn of_lists_that_have_all_ended_the_last_end_is_named() {
    let made = [3, 5, 2, 6, 4].map(|days| {
        let made = Partnership::new();
        made.authority.refresh_crl(start(), days).unwrap();
        made
    });
    let (mut lists, mut issuers) = (String::new(), String::new());
    for (list, issuer) in made.iter().map(texts) {
        lists.push_str(&list);
        issuers.push_str(&issuer);
    }

    let ended = RevocationSet::load(&lists, &issuers, start().plus_s(8 * DAY_S));

    let Err(TrustError::CrlExpired(end)) = ended else {
        panic!("{ended:?}");
    };
    assert_eq!(end, start().plus_s(6 * DAY_S));
}

#[test]
fn of_two_lists_the_one_with_the_lower_number_or_the_earlier_date_is_older() {
    let edition = |seconds, number: &str| Edition {
        this_update: start().plus_s(seconds),
        number: number.parse().ok(),
    };
    let held = edition(0, "09");

    for older in [
        edition(-1, "09"),
        edition(-1, "0a"),
        edition(0, "08"),
        // An authority that came back from a copy.
        edition(60, "08"),
        edition(-1, ""),
    ] {
        assert!(older.is_before(&held) && !older.is_after(&held), "{older}");
    }
    for newer in [edition(0, "0a"), edition(60, "09"), edition(60, "")] {
        assert!(newer.is_after(&held) && !newer.is_before(&held), "{newer}");
    }
    assert!(!held.is_before(&held) && !held.is_after(&held));
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
fn refuses_missing_and_unreadable_lists_and_an_issuer_named_twice() {
    let (crl, issuer) = texts(&Partnership::new());
    let load = |crl: &str, issuer: &str| RevocationSet::load(crl, issuer, start());
    let junk = "-----BEGIN X509 CRL-----\nMAA=\n-----END X509 CRL-----\n";

    for result in [
        load("", &issuer),
        load(&crl, ""),
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
