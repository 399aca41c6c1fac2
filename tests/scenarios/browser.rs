//! The journeys of `tests/browser`, in a real browser against real gateways.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, Output, Stdio};
use std::sync::OnceLock;

use harness::{Door, Lab, Matter, MovableClock, tale};
use serde_json::{Value, json};
use stile_cli::demo::partnership::{HUB, IT, RESEARCHER, member};
use stile_cli::demo::world::Kind;
use stile_exchange::account::Invitation;
use stile_exchange::hub::State;
use stile_model::id::MemberId;

use crate::{STILE, tree};

/// Health is in doubt who somebody of the red case is; the police have records to approve.
const AGENCIES: [Kind; 2] = [Kind::Health, Kind::Police];
const CASE: &str = "MASH-2026-50001";

#[tokio::test(flavor = "multi_thread")]
async fn browser_journeys_arrive() {
    let Some(home) = installed() else { return };
    let mut lab = Lab::start(&AGENCIES, 200).await;
    raise(&lab).await;
    let mut facts = gateways(&lab).await;
    facts["locales"] = json!(tree::root().join("gateway/portal/locales"));
    facts["vocabulary"] = json!(tree::root().join("policies/vocabulary.toml"));

    let time = lab.time.clone();
    let only = std::env::var("STILE_JOURNEY").unwrap_or_default();
    walked(&home, facts, ["journeys", &only], time).await;

    lab.stop().await;
}

/// The tour of the guide: its text and the program do what each says of the other.
#[tokio::test(flavor = "multi_thread")]
async fn browser_tour_does_what_the_guide_says() {
    let Some(home) = installed() else { return };
    typesetter();
    let pictures = std::env::var("STILE_PICTURES").ok();
    let facts = json!({
        "stile": STILE,
        "guide": tree::root().join("docs/guide/tour.md"),
        "pictures": pictures.map(|_| tree::root().join("docs/images/pages")),
    });

    walked(&home, facts, ["alone", "tour"], MovableClock::default()).await;
}

/// How soon a decision at an agency shows on the page of the case is printed, and judged by nobody.
/// `STILE_PROGRAM` names another program than the one just built, such as that of a release.
#[tokio::test(flavor = "multi_thread")]
async fn browser_page_of_a_case_changes_by_itself_when_an_agency_answers() {
    let Some(home) = installed() else { return };
    let program = std::env::var("STILE_PROGRAM").unwrap_or(STILE.to_owned());
    let program = tree::root().join(program);

    let facts = json!({ "stile": program });
    walked(&home, facts, ["alone", "live"], MovableClock::default()).await;
}

/// Puts `stile-pdf` beside the program under test, where the hub looks for it.
fn typesetter() {
    let beside = Path::new(STILE).with_file_name("stile-pdf");
    if beside.exists() {
        return;
    }
    let profile = beside.parent().and_then(Path::file_name).unwrap();
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into()));
    cargo.args(["build", "--locked", "-p", "stile-pdf"]);
    if profile == "release" {
        cargo.arg("--release");
    }
    let built = cargo.current_dir(tree::root()).output().unwrap();
    assert!(built.status.success(), "{}", said(&built));
    assert!(beside.exists(), "{} was not built", beside.display());
}

/// Runs journeys of a folder and asserts that each arrives; `facts` is what they are told.
pub(super) async fn walked(home: &Path, facts: Value, which: [&str; 2], time: MovableClock) {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), facts.to_string()).unwrap();
    let mut node = Command::new("node");
    node.arg(home.join("run.mjs")).arg(file.path()).args(which);
    let walk = move || walk(&mut node, &time);
    let (told, arrived) = tokio::task::spawn_blocking(walk).await.unwrap();
    assert!(arrived, "{told}");
}

/// Everything that the journeys print, and whether all arrived. The clock is moved when one asks:
/// `@advance 1200`.
fn walk(node: &mut Command, time: &MovableClock) -> (String, bool) {
    let mut child = node
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap();
    let mut answers: ChildStdin = child.stdin.take().unwrap();
    let mut told = String::new();
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        if let Some(seconds) = line.strip_prefix("@advance ") {
            time.advance_s(seconds.parse().unwrap());
            answers.write_all(b"advanced\n").unwrap();
        } else {
            println!("{line}");
            told.push_str(&line);
            told.push('\n');
        }
    }
    (told, child.wait().unwrap().success())
}

/// The red case, asked of every agency that is there, as far as they answer without a person.
async fn raise(lab: &Lab) {
    let story = tale("red");
    let desk = lab.person(&MemberId::new(HUB).unwrap(), RESEARCHER);
    let asked = AGENCIES.map(|kind| {
        let categories: Vec<_> = story.asks[&kind]
            .iter()
            .map(|ask| ask.category.as_str())
            .collect();
        (kind, categories)
    });
    let asked: Vec<_> = asked
        .iter()
        .map(|(kind, categories)| (*kind, categories.as_slice()))
        .collect();
    let matter = Matter::of(&story, CASE);
    matter.raise(&desk, &asked).await;
    let settled = |lines: &[stile_exchange::hub::AgencyProgress]| {
        lines.iter().all(|line| line.state != State::Waiting)
    };
    matter.until(&desk, settled).await;
}

/// Where every gateway is, and what its people prove themselves with.
async fn gateways(lab: &Lab) -> Value {
    let hub = MemberId::new(HUB).unwrap();
    let mut all = json!({ "case": CASE, "hub": gateway(lab, &hub).await });
    for kind in AGENCIES {
        all[kind.as_str()] = gateway(lab, &member(kind).unwrap()).await;
    }
    all
}

async fn gateway(lab: &Lab, member: &MemberId) -> Value {
    let own = lab.dir().join(member.as_str()).join("people");
    let it = lab.desk(member.as_str(), IT);
    let (mut people, mut invitations) = (json!({}), json!({}));
    for entry in fs::read_dir(&own).unwrap() {
        let folder = entry.unwrap().path();
        let user = folder.file_name().unwrap().to_str().unwrap();
        let path = format!("/api/v1/accounts/{user}/invitation");
        let invitation: Invitation = it.post(&path, &()).await.unwrap();
        invitations[user] = json!(invitation.code.as_str());
        people[user] =
            json!({ "certPath": folder.join("chain.pem"), "keyPath": folder.join("key.pem") });
    }
    json!({
        "certificates": format!("https://{}", lab.address(member, Door::People)),
        "pages": format!("https://localhost:{}", lab.pages(member).port()),
        "people": people,
        "invitations": invitations,
    })
}

/// The folder with the journeys and their packages; `None`, said loudly, where there is no browser or
/// the packages cannot be fetched. Made once: other journeys may be running.
pub(super) fn installed() -> Option<PathBuf> {
    static HOME: OnceLock<Option<PathBuf>> = OnceLock::new();
    HOME.get_or_init(install).clone()
}

fn install() -> Option<PathBuf> {
    let chromium = std::env::var("STILE_CHROMIUM").unwrap_or("/usr/bin/chromium".to_owned());
    if !Path::new(&chromium).exists() {
        return skipped("apt-get install chromium, or name one in STILE_CHROMIUM");
    }
    let source = tree::root().join("tests/browser");
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("browser");
    for folder in ["", "alone", "journeys"] {
        copy(&source.join(folder), &home.join(folder));
    }
    let wanted = fs::read_to_string(source.join("package-lock.json")).unwrap();
    let mark = home.join("installed");
    if fs::read_to_string(&mark).is_ok_and(|have| have == wanted) {
        return Some(home);
    }
    // The lock file has the hash of every package, and no script of theirs is run.
    let fetched = Command::new("npm")
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
        .current_dir(&home)
        .output();
    match fetched {
        Ok(fetched) if fetched.status.success() => {
            fs::write(mark, wanted).unwrap();
            Some(home)
        }
        Ok(fetched) => skipped(&said(&fetched)),
        Err(_) => skipped("apt-get install nodejs npm"),
    }
}

/// Copies the files of a folder, and forgets journeys that are there no more.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for old in fs::read_dir(to).unwrap() {
        let old = old.unwrap().path();
        if old.extension().is_some_and(|ending| ending == "mjs") {
            fs::remove_file(old).unwrap();
        }
    }
    for file in fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        if file.file_type().unwrap().is_file() {
            fs::copy(file.path(), to.join(file.file_name())).unwrap();
        }
    }
}

fn skipped(why: &str) -> Option<PathBuf> {
    eprintln!("\n    *** the pages were NOT tried in a browser: {why} ***\n");
    None
}

fn said(output: &Output) -> String {
    let (out, err) = (&output.stdout, &output.stderr);
    format!(
        "{}{}",
        String::from_utf8_lossy(out),
        String::from_utf8_lossy(err)
    )
}
