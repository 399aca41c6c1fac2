//! Mistakes in configuration files: each keeps the gateway from starting, and the message names the
//! file and the place, or the key and what it may be.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use harness::process::Site;
use stile_cli::demo::partnership::HUB;
use stile_trust::directory::Directory;
use stile_trust::signing::SigningKey;

use super::{POLICE, police};

/// One wrong line in a file.
struct Mistake {
    what: &'static str,
    /// The file, from the partnership's folder.
    file: &'static str,
    /// What stands there, and what is written instead.
    change: (&'static str, &'static str),
    /// What the message must hold.
    told: &'static [&'static str],
}

const AGENCY: &str = "riverside-police/agency.toml";
const HUBS: &str = "riverside-hub/hub.toml";

const fn mistake(
    what: &'static str,
    file: &'static str,
    change: (&'static str, &'static str),
    told: &'static [&'static str],
) -> Mistake {
    Mistake {
        what,
        file,
        change,
        told,
    }
}

const MISTAKES: &[Mistake] = &[
    mistake(
        "an unknown key",
        AGENCY,
        ("partnership =", "colour = \"red\"\npartnership ="),
        &[
            "agency.toml:1:1:",
            "unknown field `colour`",
            "expected one of",
        ],
    ),
    mistake(
        "a wrong type",
        AGENCY,
        ("low_space_mib = 64", "low_space_mib = \"much\""),
        &["agency.toml:", "invalid type: string"],
    ),
    mistake(
        "no TOML",
        AGENCY,
        ("[listen]", "[listen"),
        &["agency.toml:10:8:", "unclosed table"],
    ),
    mistake(
        "a missing key",
        AGENCY,
        ("sealed_contact = ", "# "),
        &["agency.toml:", "missing field `sealed_contact`"],
    ),
    mistake(
        "no address",
        AGENCY,
        ("peers = \"127.0.0.1:", "peers = \"everywhere:"),
        &["agency.toml:11:9:", "socket address"],
    ),
    mistake(
        "an address of another machine",
        AGENCY,
        ("peers = \"127.0.0.1:", "peers = \"192.0.2.1:"),
        &["`listen.peers`", "192.0.2.1"],
    ),
    mistake(
        "space out of bounds",
        AGENCY,
        ("low_space_mib = 64", "low_space_mib = 0"),
        &["agency.toml", "`store.low_space_mib` must be 1 to 1048576"],
    ),
    mistake(
        "freshness out of bounds",
        AGENCY,
        ("[store]", "[answer]\nfresh_s = 5\n\n[store]"),
        &[
            "agency.toml",
            "`answer.fresh_s` is 5; it must be 60 to 86400",
        ],
    ),
    mistake(
        "a cost of mistakes out of bounds",
        AGENCY,
        ("[store]", "[matching]\nmissed_match = 1\n\n[store]"),
        &[
            "agency.toml",
            "`matching.missed_match` must be 2 to 1000 times",
        ],
    ),
    mistake(
        "an unknown duty",
        AGENCY,
        ("\"match_reviewer\"", "\"match_maker\""),
        &[
            "agency.toml",
            "`s.patel`",
            "key `roles`",
            "expected `researcher`",
        ],
    ),
    mistake(
        "the same person twice",
        AGENCY,
        (
            "[[person]]",
            "[[person]]\nuser = \"s.patel\"\nroles = []\n\n[[person]]",
        ),
        &["agency.toml", "`s.patel` is listed twice"],
    ),
    mistake(
        "rules that are not there",
        AGENCY,
        ("\"rules.toml\"", "\"no-rules.toml\""),
        &["no-rules.toml", "No such file"],
    ),
    mistake(
        "a certificate that is not there",
        AGENCY,
        ("chain = \"chain.pem\"", "chain = \"no-chain.pem\""),
        &["no-chain.pem"],
    ),
    mistake(
        "a key of another certificate",
        AGENCY,
        (
            "\nkey = \"key.pem\"",
            "\nkey = \"../riverside-hub/key.pem\"",
        ),
        &["riverside-hub/key.pem"],
    ),
    mistake(
        "another member's certificate",
        AGENCY,
        (
            "chain = \"chain.pem\"\nkey = \"key.pem\"",
            "chain = \"../riverside-hub/chain.pem\"\nkey = \"../riverside-hub/key.pem\"",
        ),
        &[
            "riverside-hub/chain.pem",
            "stile://riverside/hub/riverside-hub",
        ],
    ),
    mistake(
        "a person's certificate",
        AGENCY,
        (
            "chain = \"chain.pem\"\nkey = \"key.pem\"",
            "chain = \"people/s.patel/chain.pem\"\nkey = \"people/s.patel/key.pem\"",
        ),
        &["people/s.patel/chain.pem", "stile://riverside/person"],
    ),
    mistake(
        "another kind of agency",
        AGENCY,
        ("kind = \"police\"", "kind = \"health\""),
        &["rules.toml", "`police`", "`health`"],
    ),
    mistake(
        "a vocabulary with an unknown key",
        "vocabulary.toml",
        ("[[purpose]]", "[[porpoise]]\n\n[[purpose]]"),
        &["vocabulary.toml:", "porpoise"],
    ),
    mistake(
        "a rule with an unknown verb",
        "riverside-police/rules.toml",
        ("\nshare = ", "\nshow = "),
        &["rules.toml:", "show"],
    ),
    mistake(
        "a rule about an unknown field",
        "riverside-police/rules.toml",
        ("\"police.domestic_incident.", "\"police.domestic_accident."),
        &["rules.toml:", "police.domestic_accident"],
    ),
    mistake(
        "a mapping with an unknown key",
        "riverside-police/sources.toml",
        ("system = ", "sistem = "),
        &["sources.toml:", "sistem"],
    ),
    mistake(
        "a database that is not there",
        "riverside-police/sources.toml",
        ("people.db", "no-people.db"),
        &["source `niche` cannot be reached"],
    ),
    mistake(
        "a signed directory with a changed byte",
        "directory.jws",
        (".", ".e"),
        &["directory.jws"],
    ),
    mistake(
        "a deadline out of bounds",
        HUBS,
        ("retry_first_ms = 500", "agency_deadline_ms = 5"),
        &[
            "hub.toml",
            "`ask.agency_deadline_ms` comes to 5 ms; it must be 100 to 120000 ms",
        ],
    ),
    mistake(
        "looks at agencies further apart than an offer stands",
        HUBS,
        ("[ask]", "[presence]\nrefresh_s = 1801\n\n[ask]"),
        &[
            "hub.toml",
            "`presence.refresh_s` comes to 1801000 ms; it must be 1000 to 1800000 ms",
        ],
    ),
    mistake(
        "office hours that end before they begin",
        HUBS,
        ("[ask]", "[calendar]\ncloses = \"08:00\"\n\n[ask]"),
        &[
            "hub.toml",
            "`calendar.closes` must be later than `calendar.opens`",
        ],
    ),
    mistake(
        "a holiday that is no date",
        HUBS,
        ("[ask]", "[calendar]\nholidays = [\"Christmas\"]\n\n[ask]"),
        &["hub.toml", "`calendar.holidays` must be dates such as"],
    ),
    mistake(
        "no operator's key",
        "operator/operator.jwk",
        ("\"x\"", "\"z\""),
        &["operator.jwk"],
    ),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_mistake_in_a_file_is_told_with_its_place() {
    let site = police().await;
    let mut untold = Vec::new();
    for mistake in MISTAKES {
        let file = site.dir().join(mistake.file);
        let before = fs::read(&file).unwrap();
        site.edit(&file, |text| {
            text.replacen(mistake.change.0, mistake.change.1, 1)
        });
        let member = if mistake.file == HUBS { HUB } else { POLICE };
        check_of(&site, member, mistake.what, mistake.told, &mut untold);
        fs::write(&file, before).unwrap();
    }
    assert!(untold.is_empty(), "{}", untold.join("\n"));
}

fn check(site: &Site, what: &str, told: &[&str], untold: &mut Vec<String>) {
    check_of(site, POLICE, what, told, untold);
}

/// Starts a member's gateway, which must refuse, and notes what it should have said and did not.
fn check_of(site: &Site, member: &str, what: &str, told: &[&str], untold: &mut Vec<String>) {
    let Some(said) = site.refusal_at_start(member) else {
        untold.push(format!("{what}: the gateway started"));
        return;
    };
    for part in told {
        if !said.contains(part) {
            untold.push(format!("{what}: no `{part}` in: {}", said.trim_end()));
        }
    }
    if said.contains("panicked") {
        untold.push(format!("{what}: a panic: {said}"));
    }
}

/// The directory's form, changed and signed by the partnership's own operator.
fn sign_directory(site: &Site, key: &SigningKey, change: impl FnOnce(String) -> String) {
    let text = fs::read_to_string(site.dir().join("directory.toml")).unwrap();
    let changed = change(text);
    let directory = Directory::from_toml(&changed, "directory.toml").unwrap();
    fs::write(
        site.dir().join("directory.jws"),
        directory.sign(key).unwrap(),
    )
    .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_directory_of_others_or_without_this_member_is_refused() {
    let site = police().await;
    let own = SigningKey::load(&site.dir().join("operator/operator.key")).unwrap();
    let mut untold = Vec::new();

    sign_directory(&site, &own, |text| {
        text.replace("partnership = \"riverside\"", "partnership = \"lakeside\"")
    });
    let told = ["directory.jws", "is of another partnership"];
    check(&site, "another partnership", &told, &mut untold);

    sign_directory(&site, &SigningKey::generate().unwrap(), |text| text);
    check(&site, "another operator", &["directory.jws"], &mut untold);

    // Only where the member is named: its keys bear its old name, and are whole.
    sign_directory(&site, &own, |text| {
        text.replace(&format!("\"{POLICE}\""), "\"riverside-constabulary\"")
            .replace(&format!(" {POLICE}"), " riverside-constabulary")
    });
    let told = ["directory.jws", "does not list `riverside-police`"];
    check(&site, "not listed", &told, &mut untold);

    assert!(untold.is_empty(), "{}", untold.join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_that_others_may_read_or_that_belong_elsewhere_are_refused() {
    let mut site = police().await;
    site.start(POLICE);
    site.stop(POLICE);
    let own = site.member_dir(POLICE);
    let mut untold = Vec::new();
    for (name, told) in [
        ("epoch.key", "set its mode to 0600"),
        ("signing.key", "run `chmod 600` on it"),
        ("key.pem", "run `chmod 600` on it"),
    ] {
        let file = own.join(name);
        set_mode(&file, 0o644);
        check(&site, name, &[name, told], &mut untold);
        set_mode(&file, 0o600);
    }
    for (name, told) in [
        ("ledger.key", "another ledger key"),
        ("epoch.key", "epoch key is not the one"),
    ] {
        let (file, other): (PathBuf, PathBuf) = (own.join(name), site.member_dir(HUB).join(name));
        let before = fs::read(&file).unwrap();
        fs::write(&file, fs::read(other).unwrap()).unwrap();
        check(&site, name, &[told], &mut untold);
        fs::write(&file, before).unwrap();
    }
    assert!(untold.is_empty(), "{}", untold.join("\n"));

    site.start(POLICE);
    let said = site.run(&["agency", "-c", site.config(POLICE).to_str().unwrap()]);
    let said = String::from_utf8(said.stderr).unwrap();
    assert!(
        said.contains("in use"),
        "a second gateway on one address: {said}"
    );
}

fn set_mode(file: &Path, mode: u32) {
    fs::set_permissions(file, fs::Permissions::from_mode(mode)).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mapping_of_a_column_that_is_not_there_is_named_by_the_source_check() {
    let site = police().await;
    let config = site.config(POLICE);
    let check = || site.run(&["source", "check", "-c", config.to_str().unwrap()]);
    let good = check();
    assert!(good.status.success(), "{good:?}");

    site.edit(&site.member_dir(POLICE).join("sources.toml"), |text| {
        text.replace("\"mo_text\"", "\"no_text\"")
    });

    let bad = check();
    let said = [bad.stdout, bad.stderr].concat();
    let said = String::from_utf8(said).unwrap();
    assert_eq!(bad.status.code(), Some(1), "{said}");
    assert!(said.contains("no_text"), "{said}");
    assert!(said.contains("police.domestic_incident"), "{said}");
}

#[test]
fn a_configuration_that_is_not_there_is_named() {
    let output = std::process::Command::new(crate::STILE)
        .args(["agency", "-c", "no-such-folder/agency.toml"])
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();

    assert_eq!(output.status.code(), Some(1));
    assert!(said.contains("no-such-folder/agency.toml"), "{said}");
}
