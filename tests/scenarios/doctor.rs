//! `stile doctor` looks at gateways that are broken on purpose, one part at a time, and finds each
//! fault, names what to do, and finds nothing else.

use std::fs::{self, File, Permissions};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use harness::process::Site;
use serde_json::Value;
use stile_cli::demo::partnership::HUB;
use stile_cli::demo::world::Kind;
use stile_exchange::clock::Clock;
use stile_model::id::PartnershipId;
use stile_trust::authority::Authority;
use stile_trust::directory::Directory;
use stile_trust::identity::Identity;
use stile_trust::signing::{SigningKey, VerifyingKey};

use crate::STILE;
use crate::watch::{free_port, watched};

const POLICE: &str = "riverside-police";
const IDENTITY: &str = "stile://riverside/agency/riverside-police";

/// What the doctor says of a member: whether it ended well, and every finding.
struct Said {
    well: bool,
    findings: Vec<Value>,
    text: String,
}

impl Said {
    fn states(&self, part: &str) -> Vec<&str> {
        let of = self.findings.iter().filter(|one| one["part"] == part);
        of.map(|one| one["state"].as_str().unwrap()).collect()
    }
}

fn doctor(site: &Site, member: &str) -> Said {
    let role = if member == HUB { "--hub" } else { "--agency" };
    let config = site.config(member).display().to_string();
    let run = site.run(&["doctor", role, &config, "--json"]);
    let text = String::from_utf8(run.stdout).unwrap();
    let said: Value = serde_json::from_str(&text)
        .unwrap_or_else(|error| panic!("{error}: {text}{}", String::from_utf8_lossy(&run.stderr)));
    let findings = said["findings"].as_array().unwrap().clone();
    for finding in &findings {
        assert_eq!(
            finding["state"] != "good",
            finding["do"].is_string(),
            "what is not good says what to do: {finding}"
        );
    }
    Said {
        well: run.status.success(),
        findings,
        text,
    }
}

/// A site with a police agency that has run once, so that there is a ledger.
async fn police() -> Site {
    let mut site = Site::set_up(STILE, &[Kind::Police], 60).await;
    site.start(POLICE);
    site.stop(POLICE);
    site
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn finds_nothing_wrong_with_gateways_that_run() {
    let mut site = Site::set_up(STILE, &[Kind::Police], 60).await;
    for member in [HUB, POLICE] {
        watched(&site, member, free_port(), "");
    }
    site.edit(&site.config(POLICE), |text| {
        format!("{text}\n[renewal]\nhub = \"{HUB}\"\n")
    });
    site.start_all();

    for member in [HUB, POLICE] {
        let said = doctor(&site, member);

        assert!(said.well, "{}", said.text);
        for part in [
            "configuration",
            "keys",
            "certificate",
            "directory",
            "agreements",
            "ledger",
        ] {
            assert_eq!(said.states(part), ["good"], "{part}: {}", said.text);
        }
        assert_eq!(said.states("gateway"), ["good"], "{}", said.text);
    }
    let said = doctor(&site, POLICE);
    assert_eq!(said.states("sources"), ["good"], "{}", said.text);
    assert_eq!(said.states("renewal"), ["good"], "{}", said.text);
    site.stop_all();
    let stopped = doctor(&site, POLICE);
    assert_eq!(stopped.states("gateway"), ["unknown"], "{}", stopped.text);
    assert!(
        stopped.well,
        "a gateway that is stopped is not a broken one"
    );
}

/// A file that is put back as it was.
struct Kept {
    path: PathBuf,
    bytes: Vec<u8>,
    mode: Permissions,
}

impl Kept {
    fn of(path: PathBuf) -> Self {
        let mode = fs::metadata(&path).unwrap().permissions();
        let bytes = fs::read(&path).unwrap();
        Self { path, bytes, mode }
    }

    fn put_back(&self) {
        fs::write(&self.path, &self.bytes).unwrap();
        fs::set_permissions(&self.path, self.mode.clone()).unwrap();
    }
}

/// Breaks one file, looks, and puts it back.
fn broken(site: &Site, file: &Path, spoil: impl FnOnce(&Path), part: &str, state: &str) -> Said {
    let kept = Kept::of(file.to_owned());
    spoil(file);
    let said = doctor(site, POLICE);
    kept.put_back();
    let states = said.states(part);
    assert!(
        states.contains(&state),
        "{}: expected {part} {state}: {}",
        file.display(),
        said.text
    );
    assert_eq!(said.well, state != "wrong", "{}", said.text);
    said
}

fn mode(mode: u32) -> impl Fn(&Path) {
    move |path| fs::set_permissions(path, Permissions::from_mode(mode)).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn finds_keys_that_others_can_read_are_missing_or_are_not_this_members() {
    let site = police().await;
    let own = site.member_dir(POLICE);

    for key in [
        "signing.key",
        "ledger.key",
        "epoch.key",
        "pseudonym.key",
        "witness.key",
        "key.pem",
    ] {
        let said = broken(&site, &own.join(key), mode(0o644), "keys", "wrong");
        assert!(
            said.text.contains(key) && said.text.contains("0644"),
            "{}",
            said.text
        );
        broken(
            &site,
            &own.join(key),
            |path| fs::remove_file(path).unwrap(),
            "keys",
            "wrong",
        );
    }
    let another = |path: &Path| {
        fs::remove_file(path).unwrap();
        SigningKey::generate().unwrap().save(path).unwrap();
    };
    let said = broken(
        &site,
        &own.join("signing.key"),
        another,
        "directory",
        "wrong",
    );
    assert!(said.text.contains("another signing key"), "{}", said.text);
    let epoch = own.join("epoch.key");
    let half = |path: &Path| fs::write(path, [7; 16]).unwrap();
    let said = broken(&site, &epoch, half, "keys", "wrong");
    assert!(said.text.contains("not exactly 32 bytes"), "{}", said.text);
    assert_eq!(said.states("ledger"), ["good"], "told once: {}", said.text);
    let anothers = |path: &Path| fs::write(path, [7; 32]).unwrap();
    let said = broken(&site, &epoch, anothers, "ledger", "wrong");
    assert!(said.text.contains("never make a new one"), "{}", said.text);
    assert!(doctor(&site, POLICE).well, "all is as it was");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn finds_a_certificate_that_ended_ends_soon_or_is_anothers() {
    let site = police().await;
    let (own, now) = (site.member_dir(POLICE), Clock::system().now());
    let authority = Authority::open(&site.dir().join("ca")).unwrap();
    let issue = |identity: &str, days: u32, began_days_ago: i64| {
        let identity = Identity::parse(identity).unwrap();
        let then = now.plus_s(-86_400 * began_days_ago);
        let names = ["127.0.0.1".to_owned()];
        let issued = authority.issue(&identity, &names, days, then).unwrap();
        let (chain, key) = (own.join("chain.pem"), own.join("key.pem"));
        let before = [Kept::of(chain.clone()), Kept::of(key.clone())];
        fs::remove_file(&chain).unwrap();
        fs::remove_file(&key).unwrap();
        issued.save(&chain, &key).unwrap();
        let said = doctor(&site, POLICE);
        before.iter().for_each(Kept::put_back);
        said
    };

    let ended = issue(IDENTITY, 5, 6);
    assert_eq!(ended.states("certificate"), ["wrong"], "{}", ended.text);
    let soon = issue(IDENTITY, 10, 1);
    assert_eq!(soon.states("certificate"), ["soon"], "{}", soon.text);
    assert!(
        soon.text.contains("another certificate's pin"),
        "{}",
        soon.text
    );
    let anothers = issue("stile://riverside/agency/riverside-health", 90, 0);
    assert_eq!(
        anothers.states("certificate"),
        ["wrong"],
        "{}",
        anothers.text
    );
    assert_eq!(doctor(&site, POLICE).states("certificate"), ["good"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn finds_a_revocation_list_that_is_late_due_soon_or_of_the_future() {
    let site = police().await;
    let now = Clock::system().now();
    let authority = Authority::open(&site.dir().join("ca")).unwrap();
    for (written_hours_ago, days, state) in [
        (0, 7, "good"),
        (7 * 24 - 30, 7, "soon"),
        (8 * 24, 7, "wrong"),
        (-24, 7, "wrong"),
    ] {
        let then = now.plus_s(-3_600 * written_hours_ago);
        authority.refresh_crl(then, days).unwrap();

        let said = doctor(&site, POLICE);

        assert_eq!(
            said.states("revocation"),
            [state],
            "{written_hours_ago}: {}",
            said.text
        );
        assert_eq!(said.well, state != "wrong", "{}", said.text);
        let other: Vec<_> = said.states("certificate");
        assert_eq!(
            other,
            ["good"],
            "the list's fault is told once: {}",
            said.text
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn finds_the_missing_list_of_its_own_issuer_and_hides_no_date_behind_that_of_another() {
    let site = police().await;
    let now = Clock::system().now();
    let authority = Authority::open(&site.dir().join("ca")).unwrap();
    let (partnership, other) = (
        PartnershipId::new("riverside").unwrap(),
        site.dir().join("other"),
    );
    let other = Authority::init(&other, &partnership, now).unwrap();
    let read = |path: &Path| fs::read_to_string(path).unwrap();
    let (roots, issuers) = (authority.root_path(), authority.issuing_path());
    for (ours, others) in [
        (&roots, other.root_path()),
        (&issuers, other.issuing_path()),
    ] {
        fs::write(ours, format!("{}{}", read(ours), read(&others))).unwrap();
    }

    let anothers = doctor(&site, POLICE);
    assert_eq!(anothers.states("revocation"), ["soon"], "{}", anothers.text);
    authority.refresh_crl(now.plus_s(-3_600 * 138), 7).unwrap();
    let late = doctor(&site, POLICE);
    assert_eq!(late.states("revocation"), ["soon", "soon"], "{}", late.text);
    assert!(late.well, "{}", late.text);
    fs::write(authority.crl_path(), read(&other.crl_path())).unwrap();
    let own = doctor(&site, POLICE);

    assert_eq!(own.states("revocation"), ["soon", "wrong"], "{}", own.text);
    assert_eq!(
        own.states("certificate"),
        ["good"],
        "told once: {}",
        own.text
    );
    assert!(!own.well);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn finds_a_directory_and_agreements_that_ended_or_end_soon() {
    let site = police().await;
    let now = Clock::system().now();
    let file = site.dir().join("directory.jws");
    let operator = SigningKey::load(&site.dir().join("operator/operator.key")).unwrap();
    let public: VerifyingKey = operator.verifying_key().clone();
    let signed = fs::read_to_string(&file).unwrap();
    let directory = Directory::verify(signed.trim(), &public, 0, now).unwrap();
    let changed = |change: &dyn Fn(&mut Directory)| {
        let mut other = directory.clone();
        change(&mut other);
        fs::write(&file, other.sign(&operator).unwrap()).unwrap();
        let said = doctor(&site, POLICE);
        fs::write(&file, &signed).unwrap();
        said
    };

    let ended = changed(&|directory| {
        directory.issued = now.plus_s(-86_400 * 9);
        directory.valid_until = now.plus_s(-86_400);
    });
    assert_eq!(ended.states("directory"), ["wrong"], "{}", ended.text);
    let soon = changed(&|directory| directory.valid_until = now.plus_s(86_400 * 9));
    assert_eq!(soon.states("directory"), ["soon"], "{}", soon.text);
    assert!(soon.well, "{}", soon.text);
    for (days, state) in [(-2, "wrong"), (20, "soon"), (200, "good")] {
        let said = changed(&|directory| {
            for agreement in &mut directory.agreements {
                agreement.from = now.plus_s(-86_400 * 400).date();
                agreement.until = now.plus_s(86_400 * days).date();
            }
        });
        assert!(
            said.states("agreements").contains(&state),
            "{days}: {}",
            said.text
        );
        assert_eq!(said.well, state != "wrong", "{}", said.text);
    }
    let none = changed(&|directory| directory.agreements.clear());
    assert_eq!(none.states("agreements"), ["wrong"], "{}", none.text);
    let unlisted = changed(&|directory| {
        directory.agreements.clear();
        directory
            .members
            .retain(|member| member.id.as_str() != POLICE);
    });
    assert!(unlisted.text.contains("does not list"), "{}", unlisted.text);
    let forged = {
        fs::write(
            &file,
            directory.sign(&SigningKey::generate().unwrap()).unwrap(),
        )
        .unwrap();
        let said = doctor(&site, POLICE);
        fs::write(&file, &signed).unwrap();
        said
    };
    assert_eq!(forged.states("directory"), ["wrong"], "{}", forged.text);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn finds_a_source_that_is_gone_or_is_not_as_it_is_mapped() {
    let site = police().await;
    let database = site.member_dir(POLICE).join("people.db");
    let moved = site.dir().join("moved.db");
    fs::rename(&database, &moved).unwrap();
    let gone = doctor(&site, POLICE);
    fs::rename(&moved, &database).unwrap();
    assert_eq!(gone.states("sources"), ["wrong"], "{}", gone.text);

    let connection = rusqlite::Connection::open(&database).unwrap();
    let table: String = connection
        .query_row(
            "SELECT name FROM sqlite_master WHERE type = 'table' LIMIT 1",
            [],
            |row| row.get(0),
        )
        .unwrap();
    connection
        .execute_batch(&format!(
            "ALTER TABLE \"{table}\" RENAME TO renamed_meanwhile"
        ))
        .unwrap();
    let changed = doctor(&site, POLICE);
    assert_eq!(changed.states("sources"), ["wrong"], "{}", changed.text);
    connection
        .execute_batch(&format!(
            "ALTER TABLE renamed_meanwhile RENAME TO \"{table}\""
        ))
        .unwrap();
    assert_eq!(doctor(&site, POLICE).states("sources"), ["good"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn finds_too_little_space_an_open_folder_a_changed_byte_and_a_clock_that_went_back() {
    let site = police().await;
    let config = site.config(POLICE);
    let all_of_it = |path: &Path| {
        let text = fs::read_to_string(path).unwrap();
        let changed = text.replace("low_space_mib = 64", "low_space_mib = 1048576");
        assert_ne!(changed, text);
        fs::write(path, changed).unwrap();
    };
    broken(&site, &config, all_of_it, "disk", "wrong");
    let store = site.member_dir(POLICE).join("store");
    mode(0o755)(&store);
    let open = doctor(&site, POLICE);
    mode(0o700)(&store);
    assert_eq!(open.states("disk"), ["wrong"], "{}", open.text);

    let segment = site.segments(POLICE).pop().unwrap();
    let flip = |path: &Path| {
        let mut bytes = fs::read(path).unwrap();
        let at = bytes.iter().rposition(|byte| *byte != 0).unwrap() / 2;
        bytes[at] ^= 1;
        fs::write(path, bytes).unwrap();
    };
    broken(&site, &segment, flip, "ledger", "wrong");
    let cut_off = |path: &Path| {
        let mut bytes = fs::read(path).unwrap();
        let end = bytes.iter().rposition(|byte| *byte != 0).unwrap() + 1;
        bytes[end - 40..].fill(0);
        fs::write(path, bytes).unwrap();
    };
    let said = broken(&site, &segment, cut_off, "ledger", "soon");
    assert!(said.text.contains("unfinished write"), "{}", said.text);
    let later = SystemTime::UNIX_EPOCH
        + Duration::from_millis(u64::try_from(Clock::system().now().millis()).unwrap())
        + Duration::from_secs(7_200);
    let file = File::options().append(true).open(&segment).unwrap();
    file.set_modified(later).unwrap();
    let back = doctor(&site, POLICE);
    assert!(back.states("clock").contains(&"wrong"), "{}", back.text);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn finds_a_configuration_that_cannot_be_read_and_says_where() {
    let site = police().await;
    let unknown = |path: &Path| {
        let mut file = File::options().append(true).open(path).unwrap();
        file.write_all(b"\n[surprise]\nkey = 1\n").unwrap();
    };

    let said = broken(
        &site,
        &site.config(POLICE),
        unknown,
        "configuration",
        "wrong",
    );

    assert!(said.text.contains("surprise"), "{}", said.text);
    assert_eq!(said.findings.len(), 1, "nothing else can be looked at");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn says_it_in_words_with_what_to_do_and_ends_with_1() {
    let site = police().await;
    let config = site.config(POLICE).display().to_string();
    mode(0o640)(&site.member_dir(POLICE).join("epoch.key"));

    let run = site.run(&["doctor", "--agency", &config]);

    let text = String::from_utf8(run.stdout).unwrap();
    assert_eq!(run.status.code(), Some(1));
    assert!(
        text.lines().any(|line| line.starts_with("WRONG    keys ")),
        "{text}"
    );
    assert!(text.contains("do: set its mode to 0600"), "{text}");
    assert!(
        text.lines()
            .any(|line| line.starts_with("good     ledger ")),
        "{text}"
    );
}
