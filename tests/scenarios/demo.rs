//! The demonstration as a newcomer runs it: the program itself, in a process of its own.

use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use harness::databases::{Kind as Engine, Server};
use stile_cli::demo::Partnership;
use stile_cli::demo::partnership::{APPROVER, HUB, member};
use stile_cli::demo::world::{CAST, Kind, REFUGE_LINE, REFUGE_PHONE, REFUGE_POSTCODE, Who, story};

use crate::STILE;

/// The account that only a sergeant may release, as the story's police hold it.
const APPROVED: &str = "struck his former partner on the arm while the children";
/// The fixed sentence wherever an agency may hold more.
const CLOSED: &str = "An agency may hold more that it can neither confirm nor deny.";
const AGENCIES: [&str; 7] = [
    "Riverside Schools",
    "Riverside Health NHS Trust",
    "Riverside Homes",
    "Riverside Police",
    "Riverside Probation",
    "Riverside Children's Services",
    "Riverside Youth Justice Service",
];

fn demo(arguments: &[&str]) -> Output {
    Command::new(STILE)
        .args(["demo", "--once"])
        .args(arguments)
        .env("COLUMNS", "100")
        .env_remove("STILE_PERSON")
        .output()
        .expect("the program runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("the program writes UTF-8")
}

/// What a demonstration that ended well wrote.
fn told(output: &Output) -> String {
    let (out, errors) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{errors}\n{out}");
    assert_eq!(errors, "", "nothing is logged without --verbose");
    out
}

/// One demonstration on SQLite that several tests look at.
fn on_sqlite() -> &'static str {
    static TOLD: OnceLock<String> = OnceLock::new();
    TOLD.get_or_init(|| told(&demo(&["--people", "300"])))
}

/// The chapter whose title begins with `title`.
fn chapter<'a>(told: &'a str, title: &str) -> &'a str {
    let start = told
        .find(&format!("\n== {title}"))
        .unwrap_or_else(|| panic!("no chapter `{title}`"));
    let body = told[start + 1..].split_once('\n').unwrap().1;
    body.split("\n== ").next().unwrap()
}

/// A section of the product, whose title is underlined.
fn section<'a>(product: &'a str, title: &str) -> &'a str {
    let heading = format!("\n{title}\n{}\n", "─".repeat(title.chars().count()));
    let (_, body) = product
        .split_once(&heading)
        .unwrap_or_else(|| panic!("no section `{title}`"));
    body.split("\n──").next().unwrap()
}

/// Text without its line breaks, as it was before it was wrapped.
fn unwrapped(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn demo_tells_of_seven_agencies_every_outcome_and_eight_verified_ledgers() {
    let told = on_sqlite();
    let product = chapter(told, "The product");

    let before = chapter(told, "Every agency has answered");
    for agency in AGENCIES {
        assert!(before.contains(agency), "the table lacks {agency}");
        assert!(section(product, "Contacts").contains(agency), "{agency}");
    }
    assert!(product.contains("In all: 7 of 7 agencies answered"));
    let chronology = unwrapped(section(product, "Chronology"));
    assert!(chronology.contains("DASH grade: high [detail, "), "shared");
    let now = unwrapped(section(product, "Current position"));
    assert!(
        now.contains("Address of the tenancy: RV1 [summary, "),
        "generalised to the district"
    );
    assert!(
        chronology.contains("Name of the victim: another person [headline, "),
        "generalised to the role"
    );
    let withheld = section(product, "Withheld, and why");
    assert!(withheld.contains("[no_rule]"), "{withheld}");
    let referred = unwrapped(section(product, "With a person in the agency"));
    assert!(referred.contains("asked Duty safeguarding sergeant, due "));
    assert!(unwrapped(product).contains(CLOSED));
    let verified = chapter(told, "Eight ledgers");
    assert_eq!(verified.matches(" verified, ").count(), 8, "{verified}");
}

#[test]
fn demo_releases_the_account_only_after_the_sergeant_agrees() {
    let told = on_sqlite();
    let asked = unwrapped(chapter(told, "A police sergeant is asked"));
    let before = told.split("\n== A police sergeant").next().unwrap();
    let chronology = unwrapped(section(chapter(told, "The product"), "Chronology"));

    assert!(
        !unwrapped(before).contains(APPROVED),
        "told before anybody agreed"
    );
    assert!(
        asked.contains(APPROVED),
        "the sergeant sees what would leave"
    );
    assert!(asked.contains(&format!("{APPROVER} agrees")));
    let account = chronology
        .split(APPROVED)
        .nth(1)
        .expect("the account is in the product");
    let rung = account.split('[').nth(1).unwrap();
    assert!(rung.starts_with("detail, "), "released whole, not {rung}");
}

#[test]
fn demo_shows_no_safe_address_and_tells_only_named_people_of_what_is_sealed() {
    let told = on_sqlite();
    let flat = unwrapped(told).to_lowercase();
    let bare: String = flat.chars().filter(|letter| *letter != ' ').collect();
    let mali = CAST.iter().find(|person| person.who == Who::Mali).unwrap();

    assert!(
        flat.contains(&mali.forename.to_lowercase()),
        "the case is shown"
    );
    for hidden in [REFUGE_LINE, REFUGE_PHONE, REFUGE_POSTCODE] {
        let hidden = hidden.to_lowercase();
        assert!(!flat.contains(&hidden), "{hidden} is shown");
        assert!(
            !bare.contains(&hidden.replace(' ', "")),
            "{hidden} is shown"
        );
    }
    let alerts = chapter(told, "Sealed");
    assert!(
        alerts.contains("health.sexual_health was asked about"),
        "{alerts}"
    );
    assert!(
        alerts.contains("housing.refuge was asked about"),
        "{alerts}"
    );
    let nothing = unwrapped(section(
        chapter(told, "The product"),
        "Checked, nothing to show",
    ));
    let refuge = regex::Regex::new(
        r"Riverside Homes \([A-Z][a-z]+ [A-Z][a-z]+\): [^()]*nothing that can be confirmed or denied: [^;()]*Refuge or safe move",
    )
    .unwrap();
    // One of the five is in a refuge; nobody can tell which.
    assert_eq!(refuge.find_iter(&nothing).count(), 5, "{nothing}");
}

#[test]
fn demo_leaves_a_folder_that_opens_and_verifies_again() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("demo");
    let shown = dir.to_str().unwrap();
    let told = told(&demo(&["--people", "60", "--dir", shown]));
    assert!(told.contains(&format!(
        "everything is in {}",
        dir.canonicalize().unwrap().display()
    )));

    let mut members: Vec<_> = Kind::ALL
        .iter()
        .map(|kind| member(*kind).unwrap().to_string())
        .collect();
    members.push(HUB.to_owned());
    for name in members {
        let own = dir.join(&name);
        let vkey = std::fs::read_to_string(own.join("ledger.vkey")).unwrap();
        let verified = Command::new(STILE)
            .args(["ledger", "verify", "--dir"])
            .arg(own.join("store"))
            .args(["--vkey", vkey.trim()])
            .output()
            .unwrap();
        assert!(
            verified.status.success(),
            "{name}: {}",
            text(&verified.stderr)
        );
    }
    reopens(&dir);

    let again = demo(&["--people", "60", "--dir", shown]);
    assert!(
        !again.status.success(),
        "a folder in use is not overwritten"
    );
    assert!(text(&again.stderr).contains("is not empty; name a new folder"));
}

/// The gateways start again on what was left, and the hub still knows the case.
fn reopens(dir: &Path) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let partnership = Partnership::open(dir).await.unwrap();
        let clock = stile_exchange::clock::Clock::system();
        let running = partnership.start(&clock).await.unwrap();
        let person = running.person(HUB, stile_cli::demo::partnership::RESEARCHER);
        let product = tokio::task::spawn_blocking(move || {
            Command::new(STILE)
                .args(["case", "product", story().case.as_str(), "--person"])
                .arg(person)
                .arg("--json")
                .output()
                .unwrap()
        });
        let product = product.await.unwrap();
        assert!(product.status.success(), "{}", text(&product.stderr));
        assert!(
            text(&product.stdout).contains(APPROVED),
            "kept over the restart"
        );
        running.stop().await.unwrap();
    });
}

/// As `cargo run` starts it, but for cargo itself: a script notes what it is asked and puts a file where
/// the typesetter belongs.
#[test]
fn demo_that_cargo_runs_has_the_typesetter_built_beside_it_and_says_when() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("debug");
    std::fs::create_dir(&out).unwrap();
    let program = out.join("stile");
    // On the same disk a second name is enough.
    if std::fs::hard_link(STILE, &program).is_err() {
        std::fs::copy(STILE, &program).unwrap();
    }
    let cargo = folder.path().join("cargo");
    let script = format!(
        "#!/bin/sh\necho \"$@\" > '{0}/asked'\ntouch '{0}/debug/stile-pdf'\n",
        folder.path().display()
    );
    std::fs::write(&cargo, script).unwrap();
    std::fs::set_permissions(&cargo, std::fs::Permissions::from_mode(0o755)).unwrap();

    let mut demo = Command::new(&program)
        .args(["demo", "--people", "50"])
        .env("CARGO", &cargo)
        .env("CARGO_PKG_NAME", "stile-cli")
        .env("CARGO_MANIFEST_DIR", folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut told = Vec::new();
    for line in BufReader::new(demo.stdout.take().unwrap()).lines() {
        // The line's label: a fingerprint that is shown to be compared may spell it, too.
        told.extend(line.ok().filter(|line| line.trim().starts_with("PDF ")));
        if told
            .last()
            .is_some_and(|line| !line.contains("being built"))
        {
            break;
        }
    }
    // Waited for in any case, so that no test leaves a demonstration behind.
    let stopped = Command::new("kill")
        .args(["-s", "INT", &demo.id().to_string()])
        .status();
    demo.wait().unwrap();

    assert!(stopped.unwrap().success());
    let [begins, .., ends] = told.as_slice() else {
        panic!("{told:?}");
    };
    assert!(
        begins.contains("PDF         being built by cargo"),
        "{told:?}"
    );
    assert!(ends.contains("PDF         ready after 0 min"), "{told:?}");
    let asked = std::fs::read_to_string(folder.path().join("asked")).unwrap();
    let expected = format!(
        "build --locked --package stile-pdf --profile dev --target-dir {}",
        folder.path().display()
    );
    assert_eq!(asked.trim(), expected);
}

#[test]
fn demo_refuses_a_crowd_or_a_handful_of_people() {
    for people in ["0", "1", "49", "200001"] {
        let output = demo(&["--people", people]);
        assert!(!output.status.success(), "{people}");
        assert!(text(&output.stderr).contains("`--people` must be 50 to 200000"));
        assert_eq!(text(&output.stdout), "", "nothing was made");
    }
}

#[test]
fn demo_refuses_an_address_it_cannot_use_without_repeating_it() {
    let output = demo(&[
        "--people",
        "50",
        "--postgres",
        "postgres://admin:S3cret@127.0.0.1:1/x",
    ]);

    assert!(!output.status.success());
    let all = format!("{}{}", text(&output.stderr), text(&output.stdout));
    assert!(!all.contains("S3cret"), "{all}");
    assert!(all.contains("stile: `--postgres`: "), "{all}");
    assert!(all.contains("address of a running server"), "{all}");
}

/// What a product says whatever differs from one run to the next: times, references, digests; and
/// whatever the order of what is equally old.
fn steady(told: &str) -> Vec<String> {
    let varies = regex::Regex::new(
        r"(?x) \([0-9]+\.[0-9]\ s\)                      # a chapter's time
        | [0-9]{4}-[0-9]{2}-[0-9]{2}[T\ ][0-9:.]{5,12}(Z|\ UTC)  # an instant
        | \b[0-9a-f]{32}([0-9a-f]{32})?\b                  # an id or a digest
        | \b[A-Z2-7]{16}\b                                # a reference
        ",
    )
    .unwrap();
    let mut lines: Vec<_> = unwrapped(&varies.replace_all(told, "…"))
        .split(" [")
        .map(str::to_owned)
        .collect();
    lines.sort_unstable();
    lines
}

#[test]
fn demo_shows_the_same_product_on_postgres_and_mariadb_and_leaves_nothing_there() {
    let (postgres, mariadb) = (
        Server::start(Engine::Postgres),
        Server::start(Engine::Mariadb),
    );
    let (at_postgres, at_mariadb) = (postgres.superuser_url("postgres"), mariadb_admin(&mariadb));
    let before = (made_on_postgres(&postgres), made_on_mariadb(&mariadb));

    let on_sqlite = on_sqlite();
    let arguments = [
        "--people",
        "300",
        "--postgres",
        &at_postgres,
        "--mysql",
        &at_mariadb,
    ];
    let on_servers = told(&demo(&arguments));

    let engines = chapter(&on_servers, "Seven agencies");
    assert!(engines.contains("police         PostgreSQL"), "{engines}");
    assert!(
        engines.contains("health         MariaDB/MySQL"),
        "{engines}"
    );
    assert_eq!(engines.matches(" SQLite").count(), 5, "{engines}");
    let product = |told: &str| steady(chapter(told, "The product"));
    assert_eq!(product(&on_servers), product(on_sqlite));
    let after = (made_on_postgres(&postgres), made_on_mariadb(&mariadb));
    assert_eq!(after, before, "databases and accounts are dropped again");
    assert_eq!(on_servers.matches("is dropped again").count(), 2);
}

#[test]
fn demo_drops_what_it_made_on_mariadb_when_postgres_cannot_be_reached() {
    let mariadb = Server::start(Engine::Mariadb);
    let at_mariadb = mariadb_admin(&mariadb);
    let before = made_on_mariadb(&mariadb);
    let nowhere = "postgres://postgres:root@127.0.0.1:1/x";

    let output = demo(&[
        "--people",
        "60",
        "--postgres",
        nowhere,
        "--mysql",
        &at_mariadb,
    ]);

    assert!(!output.status.success());
    assert!(text(&output.stdout).contains("is dropped again"), "made");
    assert_eq!(made_on_mariadb(&mariadb), before);
}

fn made_on_postgres(server: &Server) -> String {
    server.sql(
        "postgres",
        "SELECT datname FROM pg_database UNION ALL SELECT rolname FROM pg_roles ORDER BY 1",
    )
}

fn made_on_mariadb(server: &Server) -> String {
    server.sql(
        "",
        "SHOW DATABASES; SELECT user, host FROM mysql.user ORDER BY 1, 2",
    )
}

/// An administrator who may sign in over the network.
fn mariadb_admin(server: &Server) -> String {
    server.sql(
        "",
        "CREATE USER IF NOT EXISTS stile_root@'%' IDENTIFIED BY 'root'; \
         GRANT ALL ON *.* TO stile_root@'%' WITH GRANT OPTION",
    );
    server.superuser_url("mysql")
}
