use std::os::unix::fs::PermissionsExt;

use clap::Parser;
use stile_model::time::Timestamp;
use stile_trust::authority::Authority;
use stile_trust::directory::Directory;

use super::*;
use crate::args::{Args, Command};

const AGENCY: &[&str] = &[
    "--kind",
    "education",
    "--person",
    "s-2041=approver:designated_safeguarding_lead,match_reviewer",
];

fn init(dir: &Path, more: &[&str]) -> Result<(), Failure> {
    let dir = dir.display().to_string();
    let mut words = vec!["stile", "init", "--dir", &dir, "--partnership", "northvale"];
    words.extend([
        "--member",
        "northvale-schools",
        "--name",
        "Northvale \"Schools\"",
    ]);
    words.extend(["--contact", "safeguarding team, 01632 960102"]);
    words.extend(["--endpoint", "https://schools.example:7443"]);
    words.extend(more);
    match Args::try_parse_from(words)?.command {
        Command::Init(asked) => run(&asked),
        other => panic!("{other:?}"),
    }
}

fn now() -> Timestamp {
    Timestamp::from_millis(1_771_930_000_000)
}

#[test]
fn lays_out_an_agency_that_its_own_program_reads() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("stile");

    init(&dir, AGENCY).unwrap();

    let read = AgencyConfig::read(&dir.join("agency.toml")).unwrap();
    assert_eq!(read.parts.member.as_str(), "northvale-schools");
    assert_eq!(
        read.settings.sealed_contact.as_str(),
        "designated_safeguarding_lead"
    );
    assert_eq!(read.settings.renewal.hub, None);
    let mode = |name: &str| dir.join(name).metadata().unwrap().permissions().mode() & 0o777;
    for key in [
        "signing.key",
        "ledger.key",
        "epoch.key",
        "pseudonym.key",
        "witness.key",
        "key.pem",
    ] {
        assert_eq!(mode(&format!("keys/{key}")), 0o600, "{key}");
    }
    assert_eq!(mode("keys"), 0o700);
    assert_eq!(mode("agency.toml") & 0o007, 0, "others read nothing");
}

#[test]
fn an_agency_that_renews_itself_names_its_hub() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("stile");

    init(&dir, &[AGENCY, &["--renews-at", "northvale-hub"]].concat()).unwrap();

    let read = AgencyConfig::read(&dir.join("agency.toml")).unwrap();
    let hub = read.settings.renewal.hub.unwrap();
    assert_eq!(hub.as_str(), "northvale-hub");
}

#[test]
fn what_it_gives_the_operator_is_a_member_and_a_request_for_the_same_key() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("stile");
    init(&dir, AGENCY).unwrap();
    let ca = folder.path().join("ca");
    let authority = Authority::init(&ca, &PartnershipId::new("northvale").unwrap(), now()).unwrap();
    let identity = Identity::parse("stile://northvale/agency/northvale-schools").unwrap();
    let csr = fs::read_to_string(dir.join("request.csr")).unwrap();

    let names = ["schools.example".to_owned()];
    let signed = authority
        .issue_for_request(&csr, &identity, &names, 90, now())
        .unwrap();

    let member = fs::read_to_string(dir.join("member.toml")).unwrap();
    let listed = format!(
        "partnership = \"northvale\"\nversion = 1\nissued = 2026-02-24T00:00:00Z\n\
         valid_until = 2026-08-24T00:00:00Z\n{member}"
    );
    let directory = Directory::from_toml(&listed, "directory.toml").unwrap();
    let pins = &directory.members[0].tls_pins;
    let issued = stile_trust::authority::describe(&signed.chain_pem).unwrap();
    assert_eq!(pins, &[issued.spki_digest]);
    assert_eq!(directory.members[0].name, "Northvale \"Schools\"");
    for secret in ["PRIVATE", "BEGIN EC"] {
        assert!(!member.contains(secret) && !csr.contains(secret));
    }
}

#[test]
fn lays_out_a_hub_without_rules() {
    let folder = tempfile::tempdir().unwrap();

    init(folder.path(), &["--hub", "--person", "h-1007=researcher"]).unwrap();

    HubConfig::read(&folder.path().join("hub.toml")).unwrap();
    assert!(!folder.path().join("rules.toml").exists());
}

#[test]
fn every_kind_with_rules_is_laid_out() {
    let words = Vocabulary::parse("vocabulary.toml", template::VOCABULARY).unwrap();
    for agency in &words.agencies {
        let folder = tempfile::tempdir().unwrap();

        init(folder.path(), &["--kind", agency.kind.as_str()]).unwrap();
    }
}

#[test]
fn refuses_to_overwrite_and_leaves_everything_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    init(folder.path(), AGENCY).unwrap();
    let before = fs::read(folder.path().join("keys/epoch.key")).unwrap();

    let refused = init(folder.path(), AGENCY).unwrap_err().to_string();

    assert!(refused.contains("agency.toml"), "{refused}");
    assert!(refused.contains("move these away"), "{refused}");
    assert_eq!(
        fs::read(folder.path().join("keys/epoch.key")).unwrap(),
        before
    );
}

#[test]
fn looks_for_everything_that_it_writes() {
    let folder = tempfile::tempdir().unwrap();
    let (agency, hub) = (folder.path().join("agency"), folder.path().join("hub"));
    init(&agency, AGENCY).unwrap();
    init(&hub, &["--hub", "--person", "h-1007=researcher"]).unwrap();

    let mut written: Vec<_> = [agency, hub]
        .iter()
        .flat_map(|dir| fs::read_dir(dir).unwrap())
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();

    written.sort_unstable();
    written.dedup();
    // It is empty: what the operator sends back may lie there already.
    written.retain(|name| name != "partnership");
    assert_eq!(written, WRITTEN);
}

#[test]
fn lays_out_nothing_beside_what_is_left_of_another_gateway() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("member.toml"), "of another").unwrap();

    let refused = init(folder.path(), AGENCY).unwrap_err().to_string();

    assert!(refused.contains("(`member.toml`)"), "{refused}");
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(left.len(), 1);
}

#[test]
fn refuses_what_the_gateway_would_refuse_before_a_key_is_made() {
    for (more, part) in [
        (vec!["--kind", "fire_service"], "the vocabulary has"),
        (
            vec!["--kind", "education", "--person", "s-2041"],
            "USER=DUTY",
        ),
        (
            vec!["--kind", "education", "--person", "s-2041=king"],
            "roles",
        ),
        (vec!["--kind", "education", "--hub"], "cannot be used with"),
        (vec![], "required"),
    ] {
        let folder = tempfile::tempdir().unwrap();

        let refused = init(folder.path(), &more).unwrap_err().to_string();

        assert!(refused.contains(part), "{more:?}: {refused}");
        assert!(!folder.path().join("keys").exists(), "{more:?}");
        assert!(!folder.path().join("agency.toml").exists(), "{more:?}");
    }
}
