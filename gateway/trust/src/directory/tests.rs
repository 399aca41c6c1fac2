//! The directory: signed, rolled back, expired, malformed, and who it admits.

use proptest::prelude::*;

use super::*;
use crate::jws::JwsRefusal;
use crate::testing::{Partnership, certified, hub, member, officer, partnership, police, start};

fn code(text: &str) -> Code {
    Code::new(text).unwrap()
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn one(id: &str, role: Role, pin: Digest) -> Member {
    Member {
        id: member(id),
        role,
        kind: (role == Role::Agency).then(|| code("police")),
        name: format!("Gateway of {id}"),
        endpoint: Endpoint::new("https://localhost:8443").unwrap().into(),
        tls_pins: vec![pin],
        signing_key: SigningKey::generate().unwrap().verifying_key().clone(),
        ledger_key: format!("{id}+ledger+key"),
        witness_key: Some(format!("{id}+witness+key")),
        contact: "duty team, 0113 496 0000".to_owned(),
    }
}

fn agreement(id: &str, from: &str, until: &str, purposes: &[&str]) -> Agreement {
    Agreement {
        id: code(id),
        hub: member("north-mash"),
        agency: member("north-police"),
        purposes: purposes.iter().map(|purpose| code(purpose)).collect(),
        from: day(from),
        until: day(until),
        reference: "ISA 2026/4".to_owned(),
    }
}

pub(super) fn sample() -> Directory {
    Directory {
        partnership: partnership(),
        version: 7,
        issued: start(),
        valid_until: start().plus_s(90 * 86_400),
        members: vec![
            one("north-mash", Role::Hub, Digest::of(b"hub")),
            one("north-police", Role::Agency, Digest::of(b"police")),
        ],
        agreements: vec![agreement(
            "isa_4",
            "2026-01-01",
            "2026-12-31",
            &["s47_enquiry"],
        )],
        quorum: Some("group members 1 north-mash north-police\nquorum members\n".to_owned()),
    }
}

fn fault(result: Result<Directory, TrustError>) -> DirectoryFault {
    match result {
        Err(TrustError::Directory(fault)) => fault,
        other => panic!("expected a fault, got {other:?}"),
    }
}

#[test]
fn signed_directory_reads_back_whole() {
    let operator = SigningKey::generate().unwrap();
    let directory = sample();

    let signed = directory.sign(&operator).unwrap();

    let read = Directory::verify(&signed, operator.verifying_key(), 7, start()).unwrap();
    assert_eq!(read, directory);
}

#[test]
fn refuses_another_operator_and_another_kind_of_document() {
    let (operator, other) = (
        SigningKey::generate().unwrap(),
        SigningKey::generate().unwrap(),
    );
    let signed = sample().sign(&other).unwrap();
    let mistyped = jws::sign(
        &operator,
        "stile-return+jws",
        &serde_json::to_vec(&sample()).unwrap(),
    )
    .unwrap();
    let verify = |text: &str| Directory::verify(text, operator.verifying_key(), 0, start());

    assert!(matches!(
        verify(&signed),
        Err(TrustError::Jws(JwsRefusal::Key))
    ));
    assert!(matches!(
        verify(&mistyped),
        Err(TrustError::Jws(JwsRefusal::Type(_)))
    ));
}

#[test]
fn refuses_rollback_expiry_and_the_future() {
    let operator = SigningKey::generate().unwrap();
    let signed = sample().sign(&operator).unwrap();
    let verify = |version, now| {
        fault(Directory::verify(
            &signed,
            operator.verifying_key(),
            version,
            now,
        ))
    };

    let rollback = verify(8, start());
    let expired = verify(7, start().plus_s(90 * 86_400 + 1));
    let early = verify(7, start().plus_s(-301));

    assert_eq!(
        rollback,
        DirectoryFault::Rollback {
            found: 7,
            minimum: 8
        }
    );
    assert!(matches!(expired, DirectoryFault::Expired(_)));
    assert!(matches!(early, DirectoryFault::NotYet(_)));
}

/// A mistake to make in a good directory.
type Change = Box<dyn Fn(&mut Directory)>;

/// Mistakes about members and the quorum, with the words that name them.
fn mistakes_about_members() -> Vec<(&'static str, Change)> {
    let shared = SigningKey::generate().unwrap().verifying_key().clone();
    vec![
        (
            "twice",
            Box::new(|d| d.members[1].id = member("north-mash")),
        ),
        (
            "a hub must have an address",
            Box::new(|d| d.members[0].endpoint = Reach::DialsOut),
        ),
        (
            "another member has too",
            Box::new(|d| d.members[1].tls_pins = d.members[0].tls_pins.clone()),
        ),
        (
            "another member has too",
            Box::new(move |d| {
                d.members
                    .iter_mut()
                    .for_each(|one| one.signing_key = shared.clone());
            }),
        ),
        (
            "another member has too",
            Box::new(|d| d.members[1].ledger_key = d.members[0].ledger_key.clone()),
        ),
        ("needs a `kind`", Box::new(|d| d.members[1].kind = None)),
        (
            "needs a `kind`",
            Box::new(|d| d.members[0].kind = Some(code("police"))),
        ),
        (
            "`agency` or `hub`",
            Box::new(|d| d.members[0].role = Role::Person),
        ),
        ("no `tls_pins`", Box::new(|d| d.members[0].tls_pins.clear())),
        ("`name`", Box::new(|d| d.members[0].name = String::new())),
        ("`name`", Box::new(|d| d.members[0].name = "a".repeat(201))),
        (
            "`contact`",
            Box::new(|d| d.members[0].contact = "line\nbreak".to_owned()),
        ),
        (
            "another member has too",
            Box::new(|d| d.members[1].witness_key = d.members[0].witness_key.clone()),
        ),
        (
            "another member has too",
            Box::new(|d| d.members[1].witness_key = Some(d.members[1].ledger_key.clone())),
        ),
        (
            "`witness_key`",
            Box::new(|d| d.members[0].witness_key = Some("two\nlines".to_owned())),
        ),
        ("`quorum`", Box::new(|d| d.quorum = Some(String::new()))),
        ("`quorum`", Box::new(|d| d.quorum = Some("a\rb".to_owned()))),
        (
            "`quorum`",
            Box::new(|d| d.quorum = Some("a".repeat(16_385))),
        ),
        (
            "`ledger_key`",
            Box::new(|d| d.members[0].ledger_key = " key".to_owned()),
        ),
    ]
}

/// Mistakes about agreements and dates, with the words that name them.
fn mistakes_about_agreements() -> Vec<(&'static str, Change)> {
    vec![
        (
            "not a member",
            Box::new(|d| d.agreements[0].agency = member("north-health")),
        ),
        (
            "not a member",
            Box::new(|d| d.agreements[0].hub = member("south-mash")),
        ),
        (
            "which it is not",
            Box::new(|d| d.agreements[0].hub = member("north-police")),
        ),
        (
            "which it is not",
            Box::new(|d| d.agreements[0].agency = member("north-mash")),
        ),
        (
            "ends before",
            Box::new(|d| d.agreements[0].until = day("2025-12-31")),
        ),
        (
            "no `purposes`",
            Box::new(|d| d.agreements[0].purposes.clear()),
        ),
        (
            "`reference`",
            Box::new(|d| d.agreements[0].reference = String::new()),
        ),
        (
            "agreement `isa_4` appears twice",
            Box::new(|d| d.agreements.push(d.agreements[0].clone())),
        ),
        ("`valid_until`", Box::new(|d| d.valid_until = d.issued)),
    ]
}

#[test]
fn neither_signs_nor_accepts_a_directory_that_breaks_a_rule() {
    let operator = SigningKey::generate().unwrap();
    let agreements = mistakes_about_agreements();
    for (expected, change) in mistakes_about_members().into_iter().chain(agreements) {
        let mut directory = sample();
        change(&mut directory);
        // Signed past our own check, as a broken operator tool might.
        let payload = serde_json::to_vec(&directory).unwrap();
        let forced = jws::sign(&operator, TYPE, &payload).unwrap();

        let on_sign = directory.sign(&operator).unwrap_err();
        let on_verify =
            Directory::verify(&forced, operator.verifying_key(), 0, start()).unwrap_err();

        assert!(
            on_sign.to_string().contains(expected),
            "{expected}: {on_sign}"
        );
        assert_eq!(on_sign.to_string(), on_verify.to_string());
    }
}

#[test]
fn refuses_unknown_missing_and_malformed_members_of_the_json() {
    let operator = SigningKey::generate().unwrap();
    let good = serde_json::to_string(&sample()).unwrap();
    for (from, to) in [
        (r#""version":7"#, r#""version":-7"#),
        (r#""version":7"#, r#""version":7,"extra":1"#),
        (r#""version":7"#, r#""version":7,"version":8"#),
        (r#""version":7,"#, ""),
        ("https://localhost:8443", "http://localhost:8443"),
        ("https://localhost:8443", "https://localhost:8443/x"),
        ("\"P-256\"", "\"P-384\""),
        ("\"isa_4\"", "\"ISA 4\""),
    ] {
        let changed = good.replacen(from, to, 1);
        assert_ne!(changed, good, "{from}");
        let signed = jws::sign(&operator, TYPE, changed.as_bytes()).unwrap();

        let result = Directory::verify(&signed, operator.verifying_key(), 0, start());

        assert!(
            matches!(fault(result), DirectoryFault::Malformed { .. }),
            "{to}"
        );
    }
}

#[test]
fn agreement_says_why_it_does_not_open() {
    let mut directory = sample();
    let ask = |directory: &Directory, purpose: &str, on: &str| {
        let (hub, agency) = (member("north-mash"), member("north-police"));
        let found = directory.agreement(&hub, &agency, &code(purpose), day(on));
        found.map(|agreement| agreement.id.to_string())
    };

    assert_eq!(
        ask(&directory, "s47_enquiry", "2026-01-01").unwrap(),
        "isa_4"
    );
    assert_eq!(
        ask(&directory, "s47_enquiry", "2026-12-31").unwrap(),
        "isa_4"
    );
    assert_eq!(
        ask(&directory, "s47_enquiry", "2027-01-01"),
        Err(AgreementError::Expired)
    );
    assert_eq!(
        ask(&directory, "s47_enquiry", "2025-12-31"),
        Err(AgreementError::NotYet)
    );
    assert_eq!(
        ask(&directory, "early_help", "2026-06-01"),
        Err(AgreementError::PurposeNotOpen)
    );

    directory.agreements.push(agreement(
        "isa_5",
        "2026-06-01",
        "2027-05-31",
        &["early_help"],
    ));
    assert_eq!(
        ask(&directory, "early_help", "2026-06-01").unwrap(),
        "isa_5"
    );
    directory.agreements.clear();
    assert_eq!(
        ask(&directory, "s47_enquiry", "2026-06-01"),
        Err(AgreementError::None)
    );
}

#[test]
fn agreement_is_not_reversible() {
    let directory = sample();

    let reversed = directory.agreement(
        &member("north-police"),
        &member("north-mash"),
        &code("s47_enquiry"),
        day("2026-06-01"),
    );

    assert_eq!(reversed, Err(AgreementError::None));
}

#[test]
fn admits_a_pinned_member_and_no_one_else() {
    let made = Partnership::new();
    let peer = |identity| {
        let issued = made.issue(identity);
        Peer::from_chain(&certified(&issued.chain_pem, issued.key_pem.reveal()).cert).unwrap()
    };
    let (hub_peer, unpinned, person) = (peer(&hub()), peer(&police()), peer(&officer()));
    let mut directory = sample();
    directory.members[0].tls_pins = vec![hub_peer.spki_digest];

    assert_eq!(
        directory.admits(&hub_peer).unwrap().id,
        member("north-mash")
    );
    assert!(matches!(
        directory.admits(&unpinned),
        Err(TrustError::WrongPin(_))
    ));
    assert!(matches!(
        directory.admits(&person),
        Err(TrustError::WrongRole(Role::Person))
    ));
    directory.members.remove(0);
    assert!(matches!(
        directory.admits(&hub_peer),
        Err(TrustError::Directory(DirectoryFault::NotAMember(_)))
    ));
    directory.partnership = PartnershipId::new("south").unwrap();
    assert!(matches!(
        directory.admits(&unpinned),
        Err(TrustError::WrongPartnership { .. })
    ));
}

const TOML: &str = r#"partnership = "north"
version = 3
issued = 2026-03-11T10:14:00Z
valid_until = "2026-06-01T00:00:00Z"

[[member]]
id = "north-mash"
role = "hub"
name = "North MASH"
endpoint = "https://mash.north.example:8443"
tls_pins = ["ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"]
signing_key = { kty = "EC", crv = "P-256", x = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", y = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0" }
ledger_key = "north-mash+0001+key"
contact = "MASH duty desk"

[[member]]
id = "north-police"
role = "agency"
kind = "police"
name = "North Police"
endpoint = "https://police.north.example:8443"
tls_pins = ["e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"]
signing_key = { kty = "EC", crv = "P-256", x = "l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs", y = "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA" }
ledger_key = "north-police+0002+key"
contact = "Referral unit"

[[agreement]]
id = "isa_4"
hub = "north-mash"
agency = "north-police"
purposes = ["s47_enquiry", "threshold_enquiry"]
from = 2026-01-01
until = "2026-12-31"
reference = "ISA 2026/4"
"#;

#[test]
fn reads_the_form_people_write() {
    let directory = Directory::from_toml(TOML, "directory.toml").unwrap();

    assert_eq!(directory.version, 3);
    assert_eq!(directory.members[1].kind, Some(code("police")));
    assert_eq!(directory.issued, start());
    assert_eq!(directory.agreements[0].from, day("2026-01-01"));
    assert_eq!(directory.agreements[0].until, day("2026-12-31"));
    assert!(directory.sign(&SigningKey::generate().unwrap()).is_ok());
}

#[test]
fn mistakes_in_the_form_name_file_line_and_column() {
    for (from, to, line, column, says) in [
        ("version = 3", "version = \"3\"", 2, 11, "u64"),
        ("version = 3", "version = 3\nversions = 4", 3, 1, "versions"),
        (
            "2026-03-11T10:14:00Z",
            "2026-03-11",
            3,
            10,
            "expected an instant",
        ),
        ("role = \"hub\"", "role = \"boss\"", 8, 8, "boss"),
        (
            "https://mash.north.example:8443",
            "mash:8443",
            10,
            12,
            "https://host:port",
        ),
        ("ba7816bf", "BA7816BF", 11, 12, "64 lower-case"),
        ("\"P-256\"", "\"P-521\"", 12, 15, "P-256"),
        (
            "id = \"north-police\"",
            "id = \"north-mash\"",
            16,
            1,
            "appears twice",
        ),
        ("kind = \"police\"\n", "", 16, 1, "needs a `kind`"),
        (
            "hub = \"north-mash\"",
            "hub = \"south\"",
            27,
            1,
            "not a member",
        ),
        (
            "from = 2026-01-01",
            "from = 2026-01-01T00:00:00Z",
            32,
            8,
            "expected a date",
        ),
        ("from = 2026-01-01", "from = tomorrow", 32, 8, ""),
        ("[[agreement]]", "[[agreement]", 27, 13, ""),
    ] {
        let changed = TOML.replacen(from, to, 1);

        let error = Directory::from_toml(&changed, "directory.toml").unwrap_err();

        let shown = error.to_string();
        let place = format!("directory.toml:{line}:");
        assert!(
            shown.starts_with(&place) && shown.contains(says),
            "{to}: {shown}"
        );
        let TrustError::Authoring { column: found, .. } = error else {
            panic!("{shown}")
        };
        assert_eq!(found, column, "{to}: {shown}");
    }
}

proptest! {
    #[test]
    fn arbitrary_text_is_no_directory_and_no_panic(text in "\\PC{0,200}") {
        let operator = SigningKey::generate().unwrap();

        prop_assert!(Directory::verify(&text, operator.verifying_key(), 0, start()).is_err());
        prop_assert!(Directory::from_toml(&text, "directory.toml").is_err());
    }

    #[test]
    fn any_cut_of_the_form_is_refused_with_a_place_in_it(cut in 0..TOML.len()) {
        let text = TOML.get(..cut).unwrap();
        if let Err(error) = Directory::from_toml(text, "f") {
            let TrustError::Authoring { line, column, .. } = error else {
                return Err(TestCaseError::fail("not an authoring error"));
            };
            prop_assert!(line >= 1 && line <= text.split('\n').count());
            prop_assert!(column >= 1);
        }
    }
}

#[test]
fn an_agency_may_dial_out_instead_of_having_an_address() {
    let operator = SigningKey::generate().unwrap();
    let mut directory = sample();
    directory.members[1].endpoint = Reach::DialsOut;

    let signed = directory.sign(&operator).unwrap();

    let read = Directory::verify(&signed, operator.verifying_key(), 7, start()).unwrap();
    assert_eq!(read.members[1].endpoint, Reach::DialsOut);
}
