//! Signing in at an identity provider that shares no code with us (`tests/oidc`).

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use harness::{Browser, Caller, Lab, Page};
use hyper::StatusCode;
use serde_json::json;
use stile_cli::config::HubConfig;
use stile_cli::demo::partnership::{HUB, RESEARCHER};
use stile_cli::demo::{SEED, World};
use stile_exchange::clock::Clock;
use stile_model::id::MemberId;

use crate::{browser, tree};

/// What the provider calls the hub's researcher.
const SUBJECT: &str = "6f1f1b62-8d0e";

/// The provider, running.
struct Provider {
    child: Child,
    at: SocketAddr,
    /// Held open: it ends when it cannot say something.
    _said: BufReader<ChildStdout>,
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// A hub whose people sign in at a provider; `more` goes into `[pages.oidc]`.
struct Town {
    lab: Lab,
    provider: Provider,
}

impl Town {
    async fn start(home: &Path, more: &str, subject: &str) -> Self {
        let mut provider = None;
        let world = World::generate_on(SEED, 50, Clock::system().now().date());
        let lab = Lab::start_with(&world, &[], |folder| {
            provider = Some(set_up(home, folder, more, subject));
        });
        let lab = lab.await;
        let provider = provider.unwrap();
        Self { lab, provider }
    }

    fn visitor(&self) -> Browser {
        self.lab.visitor(&MemberId::new(HUB).unwrap())
    }

    /// A browser at the provider.
    fn there(&self) -> Browser {
        Browser::over(Caller::careless(self.lab.dir(), None, self.provider.at))
    }

    /// Goes to the provider as `who` (a query: `as=…&amr=…`), and gives where it sends the browser
    /// back to; `change` may alter the address that the gateway gave.
    async fn back_from(
        &self,
        browser: &Browser,
        who: &str,
        change: impl FnOnce(String) -> String,
    ) -> String {
        self.back_in(&self.there(), browser, who, change).await
    }

    /// The same with a browser that has been at the provider before, perhaps.
    async fn back_in(
        &self,
        there: &Browser,
        browser: &Browser,
        who: &str,
        change: impl FnOnce(String) -> String,
    ) -> String {
        let sent = browser.open("/sign-in/provider?back=%2Faccount").await;
        let asked = there.open(&change(path(sent.to.as_ref().unwrap()))).await;
        let interaction = asked.to.unwrap_or_else(|| panic!("{}", asked.html));
        let done = there.open(&format!("{}?{who}", path(&interaction))).await;
        let resumed = there
            .open(&path(
                done.to.as_ref().unwrap_or_else(|| panic!("{}", done.html)),
            ))
            .await;
        path(
            resumed
                .to
                .as_ref()
                .unwrap_or_else(|| panic!("{}", resumed.html)),
        )
    }

    async fn sign_in(&self, browser: &Browser, who: &str) -> Page {
        let back = self.back_from(browser, who, |asked| asked).await;
        browser.open(&back).await
    }
}

fn set_up(home: &Path, folder: &Path, more: &str, subject: &str) -> Provider {
    let own = folder.join(HUB);
    let file = own.join("hub.toml");
    let origin = HubConfig::read(&file).unwrap().parts.pages.unwrap().origin;
    let at = free();
    fs::write(own.join("oidc.secret"), "secret-of-a-test\n").unwrap();
    let text = fs::read_to_string(&file).unwrap();
    let oidc = format!(
        "[pages.oidc]\nissuer = \"https://localhost:{}\"\nclient_id = \"stile\"\n\
         secret_file = \"oidc.secret\"\nroots = \"../ca/root.pem\"\n{more}\n\n[ledger]\n",
        at.port()
    );
    let text = text.replacen("[ledger]\n", &oidc, 1);
    let person = format!("user = \"{RESEARCHER}\"\n");
    let text = text.replacen(&person, &format!("{person}subject = \"{subject}\"\n"), 1);
    fs::write(&file, text).unwrap();
    let settings = json!({
        "port": at.port(),
        "chain": own.join("chain.pem"),
        "key": own.join("key.pem"),
        "client": "stile",
        "secret": "secret-of-a-test",
        "redirect": format!("{origin}/sign-in/provider/back"),
    });
    let mut child = Command::new("node")
        .arg(home.join("provider.mjs"))
        .arg(settings.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut said = String::new();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    while !said.contains("ready") {
        assert_ne!(
            out.read_line(&mut said).unwrap(),
            0,
            "the provider ended: {said}"
        );
    }
    Provider {
        child,
        at,
        _said: out,
    }
}

fn free() -> SocketAddr {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    listener.local_addr().unwrap()
}

/// An address without its origin.
fn path(address: &str) -> String {
    match address.strip_prefix("https://") {
        Some(rest) => rest[rest.find('/').unwrap()..].to_owned(),
        None => address.to_owned(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_whom_the_provider_knows_by_subject_is_signed_in_once_for_each_answer() {
    let Some(home) = installed() else { return };
    let mut world = Town::start(&home, "", SUBJECT).await;
    let browser = world.visitor();
    assert!(
        browser
            .open("/sign-in")
            .await
            .says("Sign in with your organisation's account")
    );

    let who = format!("as={SUBJECT}");
    let back = world.back_from(&browser, &who, |asked| asked).await;
    let stranger = world.visitor().open(&back).await;
    let done = browser.open(&back).await;

    assert_eq!(
        stranger.to.as_deref(),
        Some("/sign-in?provider=failed"),
        "another browser"
    );
    assert_eq!(done.to.as_deref(), Some("/account"));
    let account = browser.open("/account").await;
    assert_eq!(account.status, StatusCode::OK);
    assert!(
        account.says("With your organisation's account"),
        "{}",
        account.words()
    );
    let again = browser.open(&back).await;
    assert_eq!(
        again.to.as_deref(),
        Some("/sign-in?provider=failed"),
        "the same answer twice"
    );
    world.lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_signed_in_whom_the_configuration_does_not_name_or_who_breaks_off() {
    let Some(home) = installed() else { return };
    let mut world = Town::start(&home, "", SUBJECT).await;

    for (who, fault) in [
        ("as=somebody-else", "unknown"),
        (RESEARCHER, "failed"),
        ("", "failed"),
    ] {
        let browser = world.visitor();
        let done = world.sign_in(&browser, who).await;
        let expected = format!("/sign-in?provider={fault}");
        assert_eq!(done.to.as_deref(), Some(expected.as_str()), "{who}");
        let told = browser.open(&expected).await;
        assert!(told.says("There is a problem"), "{}", told.words());
        assert_eq!(browser.open("/account").await.status, StatusCode::SEE_OTHER);
    }
    world.lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_to_another_question_is_refused() {
    let Some(home) = installed() else { return };
    let mut world = Town::start(&home, "", SUBJECT).await;
    let who = format!("as={SUBJECT}");
    let altered = |name: &'static str, with: &'static str| {
        move |asked: String| {
            let at = asked.find(&format!("{name}=")).unwrap() + name.len() + 1;
            let end = asked[at..].find('&').map_or(asked.len(), |end| at + end);
            format!("{}{with}{}", &asked[..at], &asked[end..])
        }
    };
    let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    for (name, with) in [
        ("nonce", "another"),
        ("state", "another"),
        ("code_challenge", challenge),
    ] {
        let browser = world.visitor();
        let back = world.back_from(&browser, &who, altered(name, with)).await;
        let done = browser.open(&back).await;
        assert_eq!(
            done.to.as_deref(),
            Some("/sign-in?provider=failed"),
            "{name}"
        );
        assert_eq!(
            browser.open("/account").await.status,
            StatusCode::SEE_OTHER,
            "{name}"
        );
    }
    world.lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn evidence_of_a_second_factor_is_demanded_where_the_configuration_says_so() {
    let Some(home) = installed() else { return };
    let more = "identify_by = \"tid_oid\"\namr = [\"mfa\", \"hwk\"]";
    let subject = format!("tenant-1/object-of-{SUBJECT}");
    let mut world = Town::start(&home, more, &subject).await;

    for (proofs, to) in [
        ("", "/sign-in?provider=weak"),
        ("&amr=pwd", "/sign-in?provider=weak"),
        ("&amr=pwd&amr=mfa", "/account"),
    ] {
        let browser = world.visitor();
        let done = world
            .sign_in(&browser, &format!("as={SUBJECT}{proofs}"))
            .await;
        assert_eq!(done.to.as_deref(), Some(to), "{proofs}");
    }
    world.lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_signed_in_must_show_anew_at_the_provider_who_they_are() {
    let Some(home) = installed() else { return };
    let mut world = Town::start(&home, "", SUBJECT).await;
    let browser = world.visitor();
    let who = format!("as={SUBJECT}");
    world.sign_in(&browser, &who).await;

    let sent = browser.open("/sign-in/provider?back=%2Faccount").await;
    let asked = sent.to.unwrap();
    assert!(
        asked.contains("prompt=login") && asked.contains("max_age=0"),
        "{asked}"
    );
    let done = world.sign_in(&browser, &who).await;

    assert_eq!(done.to.as_deref(), Some("/account"));
    world.lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_sign_in_counts_from_when_the_person_showed_who_they_are() {
    let Some(home) = installed() else { return };
    let mut world = Town::start(&home, "", SUBJECT).await;
    let (there, first) = (world.there(), world.visitor());
    let who = format!("as={SUBJECT}");
    let back = world.back_in(&there, &first, &who, |asked| asked).await;
    assert_eq!(first.open(&back).await.to.as_deref(), Some("/account"));
    world.lab.time.advance_s(600);

    // The provider knows this browser, and asks nobody anything.
    let second = world.visitor();
    let sent = second.open("/sign-in/provider?back=%2Faccount").await.to;
    let silent = there.open(&path(sent.as_ref().unwrap())).await;
    let back = path(silent.to.as_ref().unwrap());
    assert!(back.starts_with("/sign-in/provider/back"), "{back}");
    let done = second.open(&back).await;

    assert_eq!(done.to.as_deref(), Some("/account"), "signed in");
    let guarded = second.open("/account/password").await;
    assert_eq!(
        guarded.to.as_deref(),
        Some("/sign-in?back=%2Faccount%2Fpassword"),
        "and not fresh"
    );
    world.lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_comes_after_a_sign_out_must_show_at_the_provider_who_they_are() {
    let Some(home) = installed() else { return };
    let mut world = Town::start(&home, "", SUBJECT).await;
    let (there, browser) = (world.there(), world.visitor());
    let who = format!("as={SUBJECT}");
    let back = world.back_in(&there, &browser, &who, |asked| asked).await;
    browser.open(&back).await;
    browser.post("/sign-out", &[], "same-origin").await;
    world.lab.time.advance_s(120);

    let sent = browser.open("/sign-in/provider?back=%2Faccount").await.to;
    let sent = sent.unwrap();
    assert!(sent.contains("prompt=login"), "{sent}");
    let silent = sent.replace("prompt=login", "x=y");
    let silent = silent.replace("max_age=0", "max_age=40000");
    let tricked = there.open(&path(&silent)).await;
    let done = browser.open(&path(tricked.to.as_ref().unwrap())).await;

    assert_eq!(done.to.as_deref(), Some("/sign-in?provider=stale"));
    let told = browser.open("/sign-in?provider=stale").await;
    assert!(told.says("recently enough"), "{}", told.words());
    assert_eq!(browser.open("/account").await.status, StatusCode::SEE_OTHER);
    world.lab.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_is_down_is_told_and_other_ways_stay_open() {
    let Some(home) = installed() else { return };
    let mut world = Town::start(&home, "", SUBJECT).await;
    world.provider.child.kill().unwrap();
    world.provider.child.wait().unwrap();

    let browser = world.visitor();
    let sent = browser.open("/cy/sign-in/provider").await;

    assert_eq!(sent.to.as_deref(), Some("/cy/sign-in?provider=failed"));
    let page = browser.open("/cy/sign-in?provider=failed").await;
    assert!(page.field("user").is_none() && page.html.contains("id=\"user\""));
    world.lab.stop().await;
}

/// The same in a browser, with the provider's own page between.
#[tokio::test(flavor = "multi_thread")]
async fn browser_signs_in_at_a_provider() {
    let (Some(home), Some(journeys)) = (installed(), browser::installed()) else {
        return;
    };
    let mut world = Town::start(&home, "", SUBJECT).await;
    let file = world.lab.dir().join(HUB).join("hub.toml");
    let pages = HubConfig::read(&file).unwrap().parts.pages.unwrap();
    let facts = json!({
        "pages": pages.origin,
        "provider": format!("https://localhost:{}", world.provider.at.port()),
        "subject": SUBJECT,
    });

    let time = world.lab.time.clone();
    browser::walked(&journeys, facts, ["alone", "provider"], time).await;

    world.lab.stop().await;
}

/// The folder with the provider and its packages; `None`, said loudly, where they cannot be fetched.
fn installed() -> Option<PathBuf> {
    static ONE_AT_A_TIME: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let _turn = ONE_AT_A_TIME.lock().unwrap();
    let source = tree::root().join("tests/oidc");
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("oidc");
    fs::create_dir_all(&home).unwrap();
    for file in ["provider.mjs", "package.json", "package-lock.json"] {
        fs::copy(source.join(file), home.join(file)).unwrap();
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
        Ok(fetched) => skipped(&String::from_utf8_lossy(&fetched.stderr)),
        Err(_) => skipped("apt-get install nodejs npm"),
    }
}

fn skipped(why: &str) -> Option<PathBuf> {
    eprintln!("\n    *** signing in at a provider was NOT tried: {why} ***\n");
    None
}
