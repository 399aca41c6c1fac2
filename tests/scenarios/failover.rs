//! Two gateways of one agency on one `PostgreSQL`, asked at either address, while one is killed or
//! stopped, or the database restarts: nothing answered is missing, nothing is answered twice, and
//! the ledger is one line.
//!
//! `STILE_FAILOVER_ROUNDS` sets the number of kills (4 by default).

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use harness::databases::{Kind as Engine, Server};
use harness::forward::Forwarder;
use harness::process::Site;
use harness::{Answered, PATIENCE, RawHub};
use hyper::StatusCode;
use serde_json::json;
use stile_cli::config::AgencyConfig;
use stile_cli::demo::world::{Kind, Story, stories};
use stile_exchange::agency::routes::TaskList;
use stile_exchange::agency::{TaskKind, Verdict};
use stile_exchange::client::ClientError;
use stile_ledger::{EntryKind, Leaf};
use stile_store::Store;

use crate::STILE;

mod cut_off;
mod haproxy;
mod versions;

const POLICE: &str = "riverside-police";
const PEOPLE: usize = 50;
const ASKERS: usize = 2;
/// How long a gateway that was told to stop goes on answering: long enough for haproxy to notice, on a
/// machine that does much else.
const DRAIN_S: u64 = 10;
/// Before a gateway is first taken to have stopped.
const FIRST_WAIT: Duration = Duration::from_secs(3);

/// One gateway of the agency.
struct Replica {
    name: &'static str,
    config: PathBuf,
    peers: SocketAddr,
    people: SocketAddr,
    /// Where it says whether it is ready.
    metrics: SocketAddr,
    child: Option<Child>,
}

/// What an agency's gateways share: its files, its database, and the address that the directory gives.
struct Ground {
    site: Site,
    database: Arc<Server>,
    front: SocketAddr,
}

/// The agency with two gateways and something at their common address.
struct Agency {
    ground: Ground,
    front: Forwarder,
    replicas: [Replica; 2],
}

/// One question, and the answer once there is one.
struct Asked {
    id: String,
    answered: Answered,
    at: Instant,
}

impl Agency {
    async fn start() -> Self {
        let ground = Ground::lay().await;
        let mut replicas = ["one", "two"].map(|name| Replica::of(name, &ground.site));
        let targets = [replicas[0].peers, replicas[1].peers];
        let front = Forwarder::start(ground.front, &targets).await;
        for replica in &mut replicas {
            replica.start();
        }
        Self {
            ground,
            front,
            replicas,
        }
    }
}

impl Ground {
    async fn lay() -> Self {
        let database = Arc::new(Server::start_with(Engine::Postgres, &["fsync=on"]));
        database.sql("postgres", "CREATE DATABASE ledger");
        let site = Site::set_up(STILE, &[Kind::Police], PEOPLE).await;
        let own = site.member_dir(POLICE);
        private(&own.join("ledger.url"), &database.superuser_url("ledger"));
        let config = site.config(POLICE);
        let front = AgencyConfig::read(&config)
            .unwrap()
            .parts
            .listen
            .peers
            .unwrap();
        site.edit(&config, |text| {
            let text = text.replace(
                "dir = \"store\"",
                "postgres = \"ledger.url\"\npostgres_single_node = true",
            );
            format!("{text}\n[answer]\nrelease_grid_ms = 0\nhourly_budget = 1000000\n")
        });
        let made = site.run(&[
            "store",
            "migrate",
            "--postgres",
            own.join("ledger.url").to_str().unwrap(),
        ]);
        assert!(made.status.success(), "{made:?}");
        Self {
            site,
            database,
            front,
        }
    }

    /// The ledger, opened as a third replica would.
    fn store(&self) -> Store {
        self.site.open_store(POLICE)
    }

    /// Questions asked again and again by several hubs' connections, until told to stop.
    fn load(&self) -> Load {
        let (stop, book) = (Arc::new(AtomicBool::new(false)), Arc::default());
        let again = Again::default();
        let askers = (0..ASKERS)
            .map(|asker| {
                // A connection of its own, so that the load is spread over both.
                let hub = self.site.raw_hub();
                let (stop, book) = (Arc::clone(&stop), Arc::clone(&book));
                let again = Arc::clone(&again);
                tokio::spawn(ask((hub, asker), stop, book, again))
            })
            .collect();
        Load {
            stop,
            book,
            again,
            askers,
        }
    }

    /// Everything that was answered is in the ledger, once, and the ledger is one line.
    fn holds(&self, book: &[Asked]) {
        let report = self.site.verified(POLICE);
        assert!(report.is_sound(), "{:?}", report.first_bad);
        let store = self.store();
        // A gateway may record something of its own meanwhile: then this is the continuation.
        let verified = report.head.as_ref().unwrap();
        assert_eq!(store.root_at(verified.size).unwrap(), verified.root);
        for asked in book {
            let kept = store.entry(asked.answered.index).unwrap();
            assert_eq!(Leaf::parse(&kept).unwrap(), asked.answered.leaf);
            let receipt = stile_ledger::proof::Receipt::parse(&asked.answered.envelope.receipt);
            let head = receipt.unwrap().verify(&kept, store.vkey()).unwrap();
            assert_eq!(
                store.root_at(head.size).unwrap(),
                head.root,
                "a fork was signed"
            );
        }
        let mut permits: BTreeMap<String, u32> = BTreeMap::new();
        for index in 0..store.head().size {
            let leaf = Leaf::parse(&store.entry(index).unwrap()).unwrap();
            if leaf.entry.kind == EntryKind::Permit {
                let body: serde_json::Value =
                    serde_json::from_slice(&store.body(index).unwrap()).unwrap();
                let id = body["answer"]["enquiry"].as_str().unwrap().to_owned();
                *permits.entry(id).or_default() += 1;
            }
        }
        assert!(
            permits.values().all(|count| *count == 1),
            "an enquiry has two entries"
        );
        for asked in book {
            assert_eq!(permits.get(&asked.id), Some(&1), "an answer has no entry");
        }
    }
}

impl Replica {
    fn of(name: &'static str, site: &Site) -> Self {
        let own = site.config(POLICE);
        let text = fs::read_to_string(&own).unwrap();
        let parts = AgencyConfig::read(&own).unwrap().parts;
        let (listen, pages) = (parts.listen, parts.pages.unwrap().listen);
        let (peers, metrics) = (free(), free());
        let mut text = text.replace(&listen.peers.unwrap().to_string(), &peers.to_string());
        text = format!("{text}\n[metrics]\nlisten = \"{metrics}\"\ndrain_s = {DRAIN_S}\n");
        let mut people = listen.people;
        if name != "one" {
            people = free();
            text = text.replace(&listen.people.to_string(), &people.to_string());
            text = text.replace(&pages.to_string(), &free().to_string());
        }
        let config = own.with_file_name(format!("{name}.toml"));
        fs::write(&config, text).unwrap();
        Self {
            name,
            config,
            peers,
            people,
            metrics,
            child: None,
        }
    }

    fn start(&mut self) {
        let said = self.config.with_extension("out");
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.config.with_extension("log"))
            .unwrap();
        let child = Command::new(STILE)
            .arg("agency")
            .arg("-c")
            .arg(&self.config)
            .env("STILE_LOG", "info")
            .stdin(Stdio::null())
            .stdout(File::create(&said).unwrap())
            .stderr(log)
            .spawn();
        self.child = Some(child.unwrap());
        let begun = Instant::now();
        while !fs::read_to_string(&said).unwrap().ends_with("is ready\n") {
            let ended = self.child.as_mut().unwrap().try_wait().unwrap();
            let log = || fs::read_to_string(self.config.with_extension("log")).unwrap();
            assert!(
                ended.is_none() && begun.elapsed() < PATIENCE,
                "`{}` did not start: {}",
                self.name,
                log()
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn signal(&self, name: &str) {
        let pid = self.child.as_ref().unwrap().id().to_string();
        assert!(
            Command::new("kill")
                .args([name, &pid])
                .status()
                .unwrap()
                .success()
        );
    }

    fn kill(&mut self) {
        let mut child = self.child.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            child.kill().ok();
            child.wait().ok();
        }
    }
}

type Book = Arc<Mutex<Vec<Asked>>>;
/// Why calls were made again.
type Again = Arc<Mutex<Vec<String>>>;

/// Askers at work.
struct Load {
    stop: Arc<AtomicBool>,
    book: Book,
    /// Why calls broke or were refused, and were made again; slow ones apart.
    again: Again,
    askers: Vec<tokio::task::JoinHandle<()>>,
}

impl Load {
    /// Answers that came since `since`.
    fn answered_since(&self, since: Instant) -> usize {
        let book = self.book.lock().unwrap();
        book.iter().filter(|asked| asked.at > since).count()
    }

    /// Waits until `count` answers came since `since`.
    async fn goes_on(&self, since: Instant, count: usize) {
        let begun = Instant::now();
        while self.answered_since(since) < count {
            assert!(begun.elapsed() < PATIENCE, "nobody is answered any more");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn end(self) -> Vec<Asked> {
        self.stop.store(true, Ordering::SeqCst);
        for asker in self.askers {
            asker.await.unwrap();
        }
        Arc::into_inner(self.book).unwrap().into_inner().unwrap()
    }
}

/// Asks one question after another; each is sent again until it is answered, as a hub does.
async fn ask((mut hub, asker): (RawHub, usize), stop: Arc<AtomicBool>, book: Book, again: Again) {
    let stories: Vec<Story> = stories()
        .into_iter()
        .filter(|story| story.asks.contains_key(&Kind::Police))
        .collect();
    for story in stories.iter().cycle().skip(asker) {
        if stop.load(Ordering::SeqCst) {
            return;
        }
        let enquiry = hub.enquiry(Kind::Police, story);
        let bytes = hub.sign(&enquiry).into_bytes();
        let (begun, mut wait) = (Instant::now(), FIRST_WAIT);
        let reply = loop {
            assert!(begun.elapsed() < PATIENCE, "a question is never answered");
            let sent = hub.post(Kind::Police, bytes.clone());
            match tokio::time::timeout(wait, sent).await {
                Ok(Ok(reply)) if reply.status == StatusCode::OK => break reply,
                // Refused as not recorded, while the database is away.
                Ok(Ok(reply)) => {
                    let why = harness::problem(&reply);
                    assert_eq!(reply.status, StatusCode::SERVICE_UNAVAILABLE, "{why:?}");
                    // A slow machine has as much under way as an agency takes; that is no fault.
                    if why.code() != "busy" {
                        again.lock().unwrap().push(format!("{why:?}"));
                    }
                }
                // Whoever hangs up ends the work on the answer: on a slow machine, wait longer.
                Ok(Err(ClientError::Deadline(_))) | Err(_) => {
                    hub.hang_up();
                    wait *= 2;
                }
                Ok(Err(error)) => {
                    hub.hang_up();
                    again.lock().unwrap().push(format!("{error:?}"));
                }
            }
            tokio::time::sleep(Duration::from_millis(30)).await;
        };
        let answered = hub.prove(Kind::Police, &reply);
        let (id, at) = (enquiry.id.to_string(), Instant::now());
        book.lock().unwrap().push(Asked { id, answered, at });
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gateway_killed_under_load_is_stood_in_for_by_the_other() {
    let rounds = std::env::var("STILE_FAILOVER_ROUNDS").map_or(4, |text| text.parse().unwrap());
    let mut agency = Agency::start().await;
    let load = agency.ground.load();
    load.goes_on(Instant::now(), 10).await;

    for round in 0..rounds {
        let victim = round % 2;
        agency.replicas[victim].kill();
        load.goes_on(Instant::now(), 10).await;
        agency.replicas[victim].start();
        tokio::time::sleep(Duration::from_millis(
            100 + 70 * u64::try_from(round).unwrap(),
        ))
        .await;
    }

    let book = load.end().await;
    println!("{rounds} kills, {} enquiries answered", book.len());
    agency.ground.holds(&book);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gateway_that_was_stopped_and_goes_on_does_not_fork_the_ledger() {
    let agency = Agency::start().await;
    let [stopped, other] = &agency.replicas;
    let load = agency.ground.load();
    for pause in [300, 700, 6_500] {
        load.goes_on(Instant::now(), 5).await;
        stopped.signal("-STOP");
        // New connections go to the other; those of the stopped one hang, and are given up.
        agency.front.aim(&[other.peers]);
        let since = Instant::now();
        tokio::time::sleep(Duration::from_millis(pause)).await;
        load.goes_on(since, 5).await;
        stopped.signal("-CONT");
        agency.front.aim(&[stopped.peers, other.peers]);
    }
    load.goes_on(Instant::now(), 5).await;

    let book = load.end().await;
    agency.ground.holds(&book);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_crashes_under_load_loses_no_answer_of_either_gateway() {
    let agency = Agency::start().await;
    let load = agency.ground.load();

    for _ in 0..3 {
        load.goes_on(Instant::now(), 10).await;
        agency.ground.database.kill();
        agency.ground.database.run();
    }
    load.goes_on(Instant::now(), 10).await;

    let book = load.end().await;
    agency.ground.holds(&book);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_question_at_both_gateways_gets_one_answer_and_one_entry() {
    let agency = Agency::start().await;
    let [one, two] = &agency.replicas;
    let hubs = [agency.ground.site.raw_hub(), agency.ground.site.raw_hub()];
    let story = harness::tale(&stories()[0].name);
    for (hub, replica) in hubs.iter().zip([one, two]) {
        agency.front.aim(&[replica.peers]);
        hub.ask(Kind::Police, &hub.enquiry(Kind::Police, &story))
            .await;
    }
    let mut book = Vec::new();

    for _ in 0..12 {
        let enquiry = hubs[0].enquiry(Kind::Police, &story);
        let bytes = hubs[0].sign(&enquiry).into_bytes();
        let (first, second) = tokio::join!(
            hubs[0].post(Kind::Police, bytes.clone()),
            hubs[1].post(Kind::Police, bytes.clone())
        );
        let first = hubs[0].prove(Kind::Police, &first.unwrap());
        let second = hubs[1].prove(Kind::Police, &second.unwrap());
        assert_eq!(first.answer, second.answer);
        assert_eq!(first.index, second.index);
        let (id, at) = (enquiry.id.to_string(), Instant::now());
        book.push(Asked {
            id,
            answered: first,
            at,
        });
    }

    agency.ground.holds(&book);
}

/// The hub waits at one gateway, the person decides at the other.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_decision_at_one_gateway_ends_the_wait_at_the_other() {
    let agency = Agency::start().await;
    agency.front.aim(&[agency.replicas[1].peers]);
    let hub = agency.ground.site.raw_hub();
    let desk = agency.ground.site.approver(Kind::Police);
    let waiting = stories()
        .into_iter()
        .filter(|story| story.asks.contains_key(&Kind::Police));
    for story in waiting {
        let enquiry = hub.enquiry(Kind::Police, &story);
        hub.ask(Kind::Police, &enquiry).await;
        let tasks: TaskList = desk.get("/api/v1/tasks", PATIENCE).await.unwrap();
        let mut tasks = tasks.tasks.iter().filter(|task| task.enquiry == enquiry.id);
        let Some(task) = tasks.find(|task| task.kind == TaskKind::Approval) else {
            continue;
        };
        let reason = "This is not needed for the question.";
        let decision = json!({ "verdict": Verdict::Refuse, "reason": reason });
        let begun = Instant::now();
        let path = format!("/api/v1/tasks/{}/decision", task.id);
        let (later, decided) = tokio::join!(hub.later(Kind::Police, &enquiry, 1, 15), async {
            tokio::time::sleep(Duration::from_millis(500)).await;
            desk.post::<serde_json::Value>(&path, &decision)
                .await
                .unwrap()
        });
        assert_eq!(decided["state"], "closed", "{decided}");
        assert_eq!(later.unwrap().answer.n, 2);
        assert!(
            begun.elapsed() < Duration::from_secs(20),
            "the wait ran out instead"
        );
        return;
    }
    panic!("no story of the demo needs a decision");
}

pub(crate) fn private(file: &std::path::Path, text: &str) {
    use std::os::unix::fs::PermissionsExt;
    fs::write(file, text).unwrap();
    fs::set_permissions(file, fs::Permissions::from_mode(0o600)).unwrap();
}

fn free() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_gateway_answers_under_a_policy_that_another_has_replaced() {
    let agency = Agency::start().await;
    let load = agency.ground.load();
    load.goes_on(Instant::now(), 20).await;

    let replaced_by = crate::policy_life::crash::change(&agency.ground.site).await;

    load.goes_on(Instant::now(), 60).await;
    let book = load.end().await;
    agency.ground.holds(&book);
    let store = agency.ground.store();
    let (mut now, mut under_the_new) = (None, 0);
    for index in 0..store.head().size {
        let entry = Leaf::parse(&store.entry(index).unwrap()).unwrap().entry;
        match entry.kind {
            EntryKind::PolicyChange => now = entry.policy,
            EntryKind::Permit => {
                assert_eq!(entry.policy, now, "entry {index}");
                under_the_new += u32::from(now == Some(replaced_by));
            }
            _ => {}
        }
    }
    assert_eq!(now, Some(replaced_by));
    assert!(under_the_new >= 50, "{under_the_new}");
}
