//! The authority's folder, what it issues, and what it will not.

use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::identity::{IdentityError, Role};
use crate::key::TlsKey;
use crate::peer::Peer;
use crate::revocation::RevocationSet;
use crate::testing::{DAY_S, Partnership, hub, member, officer, partnership, police, start};

fn set(partnership: &Partnership, now: Timestamp) -> Result<RevocationSet, TrustError> {
    let read = |path: PathBuf| std::fs::read_to_string(path).unwrap();
    RevocationSet::load(
        &read(partnership.authority.crl_path()),
        &read(partnership.authority.issuing_path()),
        now,
    )
}

#[test]
fn keys_and_register_are_for_the_owner_alone() {
    let partnership = Partnership::new();
    for name in ["root.key", "issuing.key", "issued.toml"] {
        let mode = std::fs::metadata(partnership.path("ca").join(name))
            .unwrap()
            .permissions();

        assert_eq!(mode.mode() & 0o777, 0o600, "{name}");
    }
}

#[test]
fn refuses_to_overwrite_an_authority() {
    let made = Partnership::new();
    let root = std::fs::read(made.authority.root_path()).unwrap();

    let result = Authority::init(&made.path("ca"), &partnership(), start());

    assert!(matches!(result, Err(TrustError::AuthorityExists(_))));
    assert_eq!(std::fs::read(made.authority.root_path()).unwrap(), root);
}

#[test]
fn opens_what_it_made_and_refuses_a_folder_without_one() {
    let made = Partnership::new();

    let opened = Authority::open(&made.path("ca")).unwrap();

    assert_eq!(opened.partnership(), &partnership());
    assert!(matches!(
        Authority::open(made.folder.path()),
        Err(TrustError::File { .. })
    ));
}

#[test]
fn root_and_issuing_certificate_last_ten_and_three_years_and_sign_only() {
    let made = Partnership::new();
    let summary = |path: PathBuf| describe(&std::fs::read_to_string(path).unwrap()).unwrap();

    let root = summary(made.authority.root_path());
    let issuing = summary(made.authority.issuing_path());

    assert!(root.authority && issuing.authority);
    assert_eq!(root.days_left(start()), 3_652);
    assert_eq!(issuing.days_left(start()), 1_095);
    assert_eq!(root.identity, None);
}

#[test]
fn issues_a_described_certificate_and_registers_it() {
    let made = Partnership::new();
    let names = [
        "gateway.police.example".to_owned(),
        "10.1.2.3".to_owned(),
        "::1".to_owned(),
    ];

    let issued = made
        .authority
        .issue(&police(), &names, 90, start())
        .unwrap();

    let summary = describe(&issued.chain_pem).unwrap();
    assert_eq!(summary.identity, Some(police()));
    assert_eq!(summary.names, names);
    assert_eq!(summary.serial, issued.serial);
    assert_eq!(issued.serial.as_bytes().len(), 16);
    assert_eq!(summary.refusal, None);
    assert_eq!(summary.days_left(start()), 90);
    assert_eq!(summary.not_before, start().plus_s(-300));
    let register = made.authority.issued().unwrap();
    assert_eq!(register.len(), 1);
    assert_eq!(register[0].uri, "stile://north/agency/north-police");
    assert_eq!(register[0].revoked_at, None);
}

#[test]
fn a_persons_certificate_cannot_act_as_server() {
    let made = Partnership::new();

    let issued = made.authority.issue(&officer(), &[], 30, start()).unwrap();

    let peer = describe(&issued.chain_pem).unwrap();
    assert_eq!(peer.identity, Some(officer()));
    assert_eq!(peer.refusal, None);
}

#[test]
fn signs_a_request_without_seeing_its_key() {
    let made = Partnership::new();
    let key = TlsKey::generate().unwrap();
    let csr = key.request(&police()).unwrap();

    let signed = made
        .authority
        .issue_for_request(&csr, &police(), &[], 90, start())
        .unwrap();

    let pair = crate::testing::certified(&signed.chain_pem, key.secret().unwrap().reveal());
    assert!(pair.keys_match().is_ok());
    assert_eq!(Peer::from_chain(&pair.cert).unwrap().identity, police());
}

#[test]
fn takes_only_the_key_from_a_request() {
    let made = Partnership::new();
    let key = KeyPair::generate().unwrap();
    let mut params = params::request(&hub());
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    params.subject_alt_names = vec![rcgen::SanType::URI(
        "stile://north/hub/north-mash".try_into().unwrap(),
    )];
    let csr = params.serialize_request(&key).unwrap().pem().unwrap();

    let signed = made
        .authority
        .issue_for_request(&csr, &police(), &[], 90, start())
        .unwrap();

    let summary = describe(&signed.chain_pem).unwrap();
    assert_eq!(summary.identity, Some(police()));
    assert!(!summary.authority);
}

#[test]
fn refuses_a_request_with_a_broken_signature_or_a_weak_kind_of_key() {
    let made = Partnership::new();
    let authority = &made.authority;
    let csr = TlsKey::generate().unwrap().request(&police()).unwrap();
    let body: String = csr
        .lines()
        .filter(|line| !line.starts_with("-----"))
        .collect();
    let mut der = data_encoding::BASE64.decode(body.as_bytes()).unwrap();
    let last = der.len() - 1;
    der[last] ^= 1;
    let broken = format!(
        "-----BEGIN CERTIFICATE REQUEST-----\n{}\n-----END CERTIFICATE REQUEST-----\n",
        data_encoding::BASE64.encode(&der)
    );
    let p384 = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).unwrap();
    let other = params::request(&police())
        .serialize_request(&p384)
        .unwrap()
        .pem()
        .unwrap();

    let on_broken = authority.issue_for_request(&broken, &police(), &[], 90, start());
    let on_other = authority.issue_for_request(&other, &police(), &[], 90, start());
    let on_text = authority.issue_for_request("no request", &police(), &[], 90, start());

    assert!(
        matches!(on_broken, Err(TrustError::RequestRefused)),
        "{on_broken:?}"
    );
    assert!(
        matches!(on_other, Err(TrustError::KeyUnusable(..))),
        "{on_other:?}"
    );
    assert!(
        matches!(on_text, Err(TrustError::RequestRefused)),
        "{on_text:?}"
    );
    assert!(authority.issued().unwrap().is_empty());
}

#[test]
fn renews_for_the_same_key_with_the_holder_and_names_of_its_own_register() {
    let made = Partnership::new();
    let key = TlsKey::generate().unwrap();
    let csr = |who: &Identity| key.request(who).unwrap();
    let names = ["police.example".to_owned(), "10.1.2.3".to_owned()];
    let first = made
        .authority
        .issue_for_request(&csr(&police()), &police(), &names, 90, start())
        .unwrap();
    let now = start().plus_s(60 * DAY_S);

    // What the request says of who asks is nobody's word.
    let next = made
        .authority
        .renew(&csr(&hub()), first.serial, 90, now)
        .unwrap();

    let summary = describe(&next.chain_pem).unwrap();
    assert_eq!(summary.identity, Some(police()));
    assert_eq!(summary.names, names);
    assert_eq!(summary.spki_digest, key.pin());
    assert_eq!(summary.not_after, now.plus_s(90 * DAY_S));
}

#[test]
fn refuses_to_renew_another_key_and_what_is_revoked_ended_or_not_its_own() {
    let made = Partnership::new();
    let authority = &made.authority;
    let (key, lost, other) = (
        TlsKey::generate().unwrap(),
        TlsKey::generate().unwrap(),
        TlsKey::generate().unwrap(),
    );
    let (good, gone) = (certify(&made, &key), certify(&made, &lost));
    let now = start().plus_s(60 * DAY_S);
    authority.revoke(gone, now).unwrap();
    let renew = |key: &TlsKey, serial, now| authority.renew(&asks(key), serial, 90, now);

    let rotated = renew(&other, good, now);
    let revoked = renew(&lost, gone, now);
    let ended = renew(&key, good, start().plus_s(91 * DAY_S));
    let unknown = renew(&key, Serial::from_bytes(&[1]).unwrap(), now);

    assert!(matches!(rotated, Err(TrustError::OtherKey(serial)) if serial == good));
    assert!(matches!(revoked, Err(TrustError::Revoked(serial)) if serial == gone));
    assert!(matches!(ended, Err(TrustError::Expired(_))));
    assert!(matches!(unknown, Err(TrustError::UnknownSerial(_))));
    assert_eq!(authority.issued().unwrap().len(), 2);
}

fn asks(key: &TlsKey) -> String {
    key.request(&police()).unwrap()
}

/// A certificate of 90 days for this key, issued at the start.
fn certify(made: &Partnership, key: &TlsKey) -> Serial {
    let signed = made
        .authority
        .issue_for_request(&asks(key), &police(), &[], 90, start());
    signed.unwrap().serial
}

#[test]
fn revoking_one_certificate_revokes_every_one_of_its_key_and_ends_the_key() {
    let made = Partnership::new();
    let authority = &made.authority;
    let (stolen, other) = (TlsKey::generate().unwrap(), TlsKey::generate().unwrap());
    let (first, kept) = (certify(&made, &stolen), certify(&made, &other));
    let now = start().plus_s(60 * DAY_S);
    let next = authority.renew(&asks(&stolen), first, 90, now);
    let next = next.unwrap().serial;

    let gone = authority.revoke(first, now).unwrap();

    assert_eq!(gone, [first, next]);
    let set = set(&made, now).unwrap();
    assert!(set.is_revoked(&first) && set.is_revoked(&next));
    assert!(!set.is_revoked(&kept));
    let again = authority.issue_for_request(&asks(&stolen), &police(), &[], 90, now);
    assert!(matches!(again, Err(TrustError::KeyRevoked(serial)) if serial == first));
    assert_eq!(authority.issued().unwrap().len(), 3);
    assert_eq!(authority.revoke(next, now.plus_s(60)).unwrap(), []);
}

#[test]
fn revoking_leaves_an_ended_certificate_of_the_key_alone_and_still_ends_the_key() {
    let made = Partnership::new();
    let authority = &made.authority;
    let key = TlsKey::generate().unwrap();
    let first = certify(&made, &key);
    let due = start().plus_s(60 * DAY_S);
    let next = authority.renew(&asks(&key), first, 90, due).unwrap().serial;
    let now = start().plus_s(91 * DAY_S);

    assert_eq!(authority.revoke(next, now).unwrap(), [next]);

    assert_eq!(authority.issued().unwrap()[0].revoked_at, None);
}

#[test]
fn refuses_a_renewal_beside_a_revoked_certificate_of_the_key_that_an_older_register_left() {
    let made = Partnership::new();
    let authority = &made.authority;
    let key = TlsKey::generate().unwrap();
    let (good, gone) = (certify(&made, &key), certify(&made, &key));
    let now = start().plus_s(60 * DAY_S);
    authority.revoke(gone, now).unwrap();
    // An earlier version marked the named serial alone.
    let path = made.path("ca").join("issued.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let mark = format!("revoked_at = \"{now}\"\n");
    assert_eq!(text.matches(&mark).count(), 2);
    std::fs::write(&path, text.replacen(&mark, "", 1)).unwrap();

    let refused = authority.renew(&asks(&key), good, 90, now);

    assert!(matches!(refused, Err(TrustError::KeyRevoked(serial)) if serial == gone));
}

#[test]
fn refuses_to_renew_before_two_thirds_of_the_life_of_the_certificate_that_asks() {
    let made = Partnership::new();
    let key = TlsKey::generate().unwrap();
    let first = certify(&made, &key);
    let renew = |serial, now| made.authority.renew(&asks(&key), serial, 90, now);
    // The life begins five minutes before `start`, for clocks that lag.
    let on = start().plus_s(60 * DAY_S - 100);

    let early = renew(first, on.plus_s(-1));
    let next = renew(first, on).unwrap().serial;
    let at_once = renew(next, on.plus_s(DAY_S));

    assert!(
        matches!(early, Err(TrustError::NotDue { serial, due }) if serial == first && due == on),
        "{early:?}"
    );
    assert!(matches!(at_once, Err(TrustError::NotDue { serial, .. }) if serial == next));
    assert_eq!(made.authority.issued().unwrap().len(), 2);
}

#[test]
fn reads_a_register_without_pins_and_renews_none_of_its_certificates_by_itself() {
    let made = Partnership::new();
    let authority = &made.authority;
    let key = TlsKey::generate().unwrap();
    let (first, second) = (certify(&made, &key), certify(&made, &key));
    let path = made.path("ca").join("issued.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let without = |key: &str, text: &str| {
        let kept = text.lines().filter(|line| !line.starts_with(key));
        kept.collect::<Vec<_>>().join("\n")
    };
    let now = start().plus_s(60 * DAY_S);
    let renew = || authority.renew(&asks(&key), first, 90, now).unwrap_err();

    std::fs::write(&path, without("not_before", &text)).unwrap();
    let unknown_start = renew();
    std::fs::write(&path, without("not_before", &without("pin", &text))).unwrap();
    let unknown_key = renew();

    assert!(
        matches!(
            &unknown_start,
            TrustError::Unkept {
                what: "its first instant",
                ..
            }
        ),
        "{unknown_start}"
    );
    assert!(
        matches!(&unknown_key, TrustError::Unkept { serial, what: "its pin" } if *serial == first),
        "{unknown_key}"
    );
    assert!(
        unknown_key
            .to_string()
            .contains("approve the request by hand")
    );
    let by_hand = authority.issue_for_request(&asks(&key), &police(), &[], 90, now);
    assert!(by_hand.is_ok());
    assert_eq!(authority.revoke(second, now).unwrap(), [second]);
    assert_eq!(authority.issued().unwrap().len(), 3);
    assert!(Authority::open(&made.path("ca")).is_ok());
}

#[test]
fn refuses_lifetimes_out_of_range_or_past_the_issuing_certificate() {
    let made = Partnership::new();
    let issue = |days, now| made.authority.issue(&police(), &[], days, now);

    assert!(matches!(
        issue(0, start()),
        Err(TrustError::Lifetime { days: 0, .. })
    ));
    assert!(matches!(
        issue(398, start()),
        Err(TrustError::Lifetime { days: 398, .. })
    ));
    assert!(issue(397, start()).is_ok());
    let late = start().plus_s(1_050 * DAY_S);
    assert!(matches!(
        issue(90, late),
        Err(TrustError::Lifetime { days: 90, .. })
    ));
}

#[test]
fn refuses_other_partnerships_malformed_identities_and_names() {
    let made = Partnership::new();
    let south = Identity::hub(PartnershipId::new("south").unwrap(), member("mash"));
    let nobody = Identity {
        user: None,
        ..officer()
    };
    let somebody = Identity {
        role: Role::Hub,
        ..officer()
    };
    let issue = |identity: &Identity, names: &[&str]| {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        made.authority.issue(identity, &names, 90, start())
    };
    let shape = |result: &Result<IssuedCertificate, TrustError>| {
        matches!(result, Err(TrustError::Identity(IdentityError::Shape)))
    };

    assert!(matches!(
        issue(&south, &[]),
        Err(TrustError::WrongPartnership { .. })
    ));
    assert!(shape(&issue(&nobody, &[])));
    assert!(shape(&issue(&somebody, &[])));
    for name in ["", "*.example", "a b", "https://a", "a/b"] {
        assert!(
            matches!(issue(&police(), &[name]), Err(TrustError::Name(_))),
            "{name}"
        );
    }
    assert!(made.authority.issued().unwrap().is_empty());
}

#[test]
fn refuses_an_issuing_key_that_others_can_read() {
    let made = Partnership::new();
    let key = made.path("ca").join("issuing.key");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();

    let result = made.authority.issue(&police(), &[], 90, start());

    assert!(matches!(result, Err(TrustError::KeyExposed(path)) if path == key));
}

#[test]
fn issues_and_revokes_without_the_root_key() {
    let made = Partnership::new();
    std::fs::remove_file(made.path("ca").join("root.key")).unwrap();

    let issued = made.issue(&police());

    made.authority.revoke(issued.serial, start()).unwrap();
}

#[test]
fn revocation_is_on_the_list_and_the_first_moment_stays() {
    let made = Partnership::new();
    let (gone, kept) = (made.issue(&police()), made.issue(&hub()));
    let now = start().plus_s(60);

    made.authority.revoke(gone.serial, now).unwrap();
    made.authority.revoke(gone.serial, now.plus_s(60)).unwrap();

    let set = set(&made, now.plus_s(60)).unwrap();
    assert!(set.is_revoked(&gone.serial));
    assert!(!set.is_revoked(&kept.serial));
    assert_eq!(set.len(), 1);
    let register = made.authority.issued().unwrap();
    assert_eq!(register[0].revoked_at, Some(now));
}

#[test]
fn refuses_to_revoke_what_it_did_not_issue() {
    let made = Partnership::new();
    let serial = Serial::from_bytes(&[1]).unwrap();

    assert!(matches!(
        made.authority.revoke(serial, start()),
        Err(TrustError::UnknownSerial(found)) if found == serial
    ));
}

#[test]
fn list_is_due_in_seven_days_and_a_refresh_sets_another_period() {
    let made = Partnership::new();
    assert_eq!(
        set(&made, start()).unwrap().expires(),
        start().plus_s(7 * DAY_S)
    );

    let later = start().plus_s(6 * DAY_S);
    made.authority.refresh_crl(later, 2).unwrap();

    assert_eq!(
        set(&made, later).unwrap().expires(),
        later.plus_s(2 * DAY_S)
    );
    for days in [0, 31] {
        let result = made.authority.refresh_crl(later, days);
        assert!(matches!(result, Err(TrustError::Lifetime { .. })), "{days}");
    }
}

#[test]
fn forgets_certificates_two_months_after_their_end_and_none_before() {
    let made = Partnership::new();
    made.authority.issue(&police(), &[], 1, start()).unwrap();

    made.authority
        .issue(&police(), &[], 90, start().plus_s(30 * DAY_S))
        .unwrap();
    assert_eq!(made.authority.issued().unwrap().len(), 2);
    made.authority
        .issue(&police(), &[], 90, start().plus_s(62 * DAY_S))
        .unwrap();

    assert_eq!(made.authority.issued().unwrap().len(), 2);
}

#[test]
fn a_damaged_register_is_refused_with_line_and_column() {
    let made = Partnership::new();
    let path = made.path("ca").join("issued.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, format!("{text}surprise = 1\n")).unwrap();

    let error = made
        .authority
        .issue(&police(), &[], 90, start())
        .unwrap_err();

    let TrustError::Authoring { line, message, .. } = error else {
        panic!("{error}")
    };
    assert!(line > 1 && message.contains("surprise"), "{line} {message}");
}

#[test]
fn concurrent_issuers_lose_no_certificate() {
    let made = Partnership::new();

    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| made.authority.issue(&police(), &[], 90, start()).unwrap());
        }
    });

    assert_eq!(made.authority.issued().unwrap().len(), 8);
}

#[test]
fn debug_never_shows_a_key() {
    let issued = Partnership::new().issue(&police());

    let shown = format!("{issued:?}");

    assert!(!shown.contains("PRIVATE KEY"));
}
