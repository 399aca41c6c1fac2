//! Traces, read as a collector reads them: one enquiry is one trace through both gateways, nothing in
//! it is about anybody, and a collector that is no good holds nobody up.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use harness::ask::{has_answered, raise, wait_for};
use harness::blind::{is_checked, look_often, offer, until};
use harness::{Door, Lab, Matter, PATIENCE, tale};
use hyper::{Method, StatusCode};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use stile_cli::demo::SEED;
use stile_cli::demo::partnership::{HUB, RESEARCHER, member};
use stile_cli::demo::world::{Kind, World};
use stile_exchange::clock::Clock;
use stile_exchange::hub::CaseProgress;
use stile_exchange::trace::{ATTRIBUTES, Step};
use stile_model::id::MemberId;

use crate::canary::needles::Needles;
use crate::tree;

const POLICE: &str = "riverside-police";
const GUIDE: &str = "docs/guide/watch.md";

/// A collector: takes whatever is posted, and keeps it.
pub struct Collector {
    at: SocketAddr,
    taken: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Collector {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let at = listener.local_addr().unwrap();
        let taken = Arc::new(Mutex::new(Vec::new()));
        let keeps = Arc::clone(&taken);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                // A gateway that is killed leaves a request half sent.
                if let Ok(body) = stream.and_then(take) {
                    keeps.lock().unwrap().push(body);
                }
            }
        });
        Self { at, taken }
    }

    /// The table that sends a gateway's traces here.
    pub fn table(&self) -> String {
        format!("\n[traces]\notlp = \"http://{}/v1/traces\"\n", self.at)
    }

    /// Every byte that came.
    pub fn bytes(&self) -> Vec<u8> {
        self.taken.lock().unwrap().concat()
    }

    /// Every span that came, with the member whose it is.
    fn spans(&self) -> Vec<(String, Span)> {
        let bodies = self.taken.lock().unwrap().clone();
        let mut spans = Vec::new();
        for body in bodies {
            let request = ExportTraceServiceRequest::decode(body.as_slice()).unwrap();
            for whose in request.resource_spans {
                let member = text(&whose.resource.unwrap().attributes, "stile.member").unwrap();
                let scopes = whose.scope_spans.into_iter();
                let own = scopes.flat_map(|scope| scope.spans);
                spans.extend(own.map(|span| (member.clone(), span)));
            }
        }
        spans
    }

    /// Every span, once there are enough of these steps.
    async fn until(&self, wanted: &[(Step, usize)]) -> Vec<(String, Span)> {
        let begun = Instant::now();
        loop {
            let spans = self.spans();
            let count = |step: Step| {
                let of_it = spans.iter().filter(|(_, span)| span.name == step.as_str());
                of_it.count()
            };
            if wanted.iter().all(|(step, least)| count(*step) >= *least) {
                return spans;
            }
            assert!(begun.elapsed() < PATIENCE, "only {spans:?}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

/// Reads one request, and takes it.
fn take(stream: TcpStream) -> std::io::Result<Vec<u8>> {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        if let Some(bytes) = line.strip_prefix("content-length: ") {
            length = bytes.trim().parse().unwrap();
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
    reader.get_mut().write_all(answer)?;
    Ok(body)
}

fn text(attributes: &[KeyValue], key: &str) -> Option<String> {
    let found = attributes.iter().find(|one| one.key == key)?;
    match &found.value {
        Some(AnyValue {
            value: Some(Value::StringValue(text)),
        }) => Some(text.clone()),
        _ => None,
    }
}

fn of<'a>(spans: &'a [(String, Span)], member: &str, step: Step) -> Vec<&'a Span> {
    let own = spans.iter().filter(|(whose, _)| whose == member);
    let own = own.map(|(_, span)| span);
    own.filter(|span| span.name == step.as_str()).collect()
}

fn only<'a>(spans: &'a [(String, Span)], member: &str, step: Step) -> &'a Span {
    let found = of(spans, member, step);
    assert_eq!(found.len(), 1, "{step:?} of {member}: {found:?}");
    found[0]
}

fn add(dir: &Path, member: &str, table: &str) {
    let name = if member == HUB {
        "hub.toml"
    } else {
        "agency.toml"
    };
    let file = dir.join(member).join(name);
    let before = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, before + table).unwrap();
}

async fn lab(kinds: &[Kind], edit: impl FnOnce(&Path)) -> Lab {
    let today = Clock::system().now().date();
    Lab::start_with(&World::generate_on(SEED, 60, today), kinds, edit).await
}

/// Holds what is sent to what the guide says: its steps and attributes, codes and names of the
/// configuration, and nothing beside them.
fn assert_tells_no_more_than_the_guide(lab: &Lab, spans: &[(String, Span)]) {
    let names: BTreeSet<_> = Step::ALL.iter().map(|step| step.as_str()).collect();
    let is_code = |word: &str| {
        word.bytes()
            .all(|sign| sign.is_ascii_lowercase() || sign == b'_')
    };
    for (member, span) in spans {
        assert!(names.contains(span.name.as_str()), "{span:?}");
        assert!(span.events.is_empty() && span.links.is_empty(), "{span:?}");
        assert_eq!((span.trace_state.as_str(), span.trace_id.len()), ("", 16));
        assert_eq!(span.status.as_ref().unwrap().message, "");
        for KeyValue { key, value, .. } in &span.attributes {
            assert!(ATTRIBUTES.contains(&key.as_str()), "{key}");
            let value = value.as_ref().and_then(|any| any.value.as_ref());
            match (key.as_str(), value.unwrap()) {
                ("stile.subjects", Value::IntValue(count)) => assert!((1..=12).contains(count)),
                ("stile.outcome", Value::StringValue(code)) => assert!(is_code(code), "{code}"),
                ("stile.peer", Value::StringValue(peer)) => assert!(lab.dir().join(peer).is_dir()),
                ("stile.source", Value::StringValue(source)) => {
                    let mapping = lab.dir().join(member).join("sources.toml");
                    let mapping = std::fs::read_to_string(mapping).unwrap();
                    assert!(mapping.contains(&format!("[source.{source}]")), "{source}");
                }
                other => panic!("{other:?}"),
            }
        }
    }
}

/// Every text of a document that is longer than a code's place.
fn texts(value: &serde_json::Value, into: &mut Vec<String>) {
    match value {
        serde_json::Value::String(text) if text.len() > 3 => into.push(text.clone()),
        serde_json::Value::Array(all) => all.iter().for_each(|one| texts(one, into)),
        serde_json::Value::Object(all) => all.values().for_each(|one| texts(one, into)),
        _ => {}
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_enquiry_is_one_trace_through_both_gateways_and_names_nobody() {
    let collector = Collector::start();
    let mut lab = lab(&[Kind::Police, Kind::Health], |dir| {
        add(dir, HUB, &collector.table());
        add(dir, POLICE, &collector.table());
    })
    .await;
    let mut story = tale("red");
    story
        .asks
        .retain(|kind, _| matches!(kind, Kind::Police | Kind::Health));
    let desk = lab.researcher();

    raise(&desk, &story).await;
    wait_for(&desk, &story, has_answered).await;

    let spans = collector
        .until(&[(Step::Answer, 1), (Step::Receive, 2)])
        .await;
    let (root, answer) = (
        only(&spans, HUB, Step::Raise),
        only(&spans, POLICE, Step::Answer),
    );
    assert!(root.parent_span_id.is_empty());
    for (member, span) in &spans {
        assert_eq!(span.trace_id, root.trace_id, "{member}: {span:?}");
    }
    let asked = of(&spans, HUB, Step::Ask);
    assert_eq!(asked.len(), 2, "health is asked, and keeps no traces");
    let of_police = asked
        .iter()
        .find(|span| answer.parent_span_id == span.span_id);
    let of_police = of_police.expect("what the agency did is part of what the hub asked");
    assert_eq!(text(&of_police.attributes, "stile.peer").unwrap(), POLICE);
    assert_eq!(text(&answer.attributes, "stile.peer").unwrap(), HUB);
    assert_eq!(
        text(&answer.attributes, "stile.outcome").unwrap(),
        "answered"
    );
    for step in [
        Step::Authenticate,
        Step::Admit,
        Step::Place,
        Step::Find,
        Step::Rule,
        Step::Collect,
        Step::Minimise,
        Step::Record,
        Step::Release,
        Step::Grid,
    ] {
        let part = only(&spans, POLICE, step);
        assert_eq!(part.parent_span_id, answer.span_id, "{step:?}");
        assert!(part.start_time_unix_nano >= answer.start_time_unix_nano);
        assert!(part.end_time_unix_nano <= answer.end_time_unix_nano);
    }
    let find = only(&spans, POLICE, Step::Find);
    let sources = of(&spans, POLICE, Step::Source);
    assert_eq!(
        sources.len(),
        story.subjects.len(),
        "one system, asked about each"
    );
    assert!(
        sources
            .iter()
            .all(|span| span.parent_span_id == find.span_id)
    );

    assert_tells_no_more_than_the_guide(&lab, &spans);
    let path = format!("/api/v1/cases/{}/progress", story.case);
    let progress: CaseProgress = desk.get(&path, PATIENCE).await.unwrap();
    let mut private = vec![story.case.to_string(), story.purpose.to_string()];
    for line in progress.agencies {
        private.push(line.enquiry.to_string());
    }
    texts(
        &serde_json::to_value(&story.subjects).unwrap(),
        &mut private,
    );
    texts(&serde_json::to_value(&story.asks).unwrap(), &mut private);
    assert!(private.len() > 20, "{private:?}");
    let came = [("traces".to_owned(), collector.bytes())].into();
    assert_eq!(Needles::of(&private).first_in(&came), None);
    let control = [HUB.to_owned()];
    assert!(
        Needles::of(&control).first_in(&came).is_some(),
        "it would not be found"
    );
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_check_of_presence_is_a_trace_of_each_agencys_own_and_names_nobody() {
    let collector = Collector::start();
    let mut lab = lab(&[Kind::Police, Kind::Health], |dir| {
        look_often(dir);
        for (kind, form) in [(Kind::Police, "asked"), (Kind::Health, "blind")] {
            offer(dir, kind, form);
            add(dir, member(kind).unwrap().as_str(), &collector.table());
        }
        add(dir, HUB, &collector.table());
    })
    .await;
    let hub = MemberId::new(HUB).unwrap();
    let desk = lab.person(&hub, RESEARCHER);
    let matter = Matter::of(&tale("red"), "MASH-2026-00077");
    assert_eq!(matter.open(&desk).await.status, StatusCode::CREATED);

    until(&desk, &matter.case, |lines| lines.iter().all(is_checked)).await;

    let wanted = [(Step::CheckPresence, 1), (Step::AnswerPresence, 2)];
    let mut spans = collector.until(&wanted).await;
    // The span of a check that is still under way comes after those of whom it asked.
    let begun = Instant::now();
    while of(&spans, HUB, Step::AskPresence).iter().any(|asked| {
        let checks = of(&spans, HUB, Step::CheckPresence);
        checks.iter().all(|check| check.trace_id != asked.trace_id)
    }) {
        assert!(begun.elapsed() < PATIENCE, "of no check: {spans:?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
        spans = collector.spans();
    }
    let checks = of(&spans, HUB, Step::CheckPresence);
    // By a common number agencies could tell that they were asked about the same case.
    let mut traces = BTreeSet::from_iter(checks.iter().map(|check| check.trace_id.clone()));
    for agency in [POLICE, "riverside-health"] {
        for answer in of(&spans, agency, Step::AnswerPresence) {
            assert!(answer.parent_span_id.is_empty(), "{agency}");
            assert!(
                traces.insert(answer.trace_id.clone()),
                "{agency}: a number of another"
            );
        }
    }
    assert_tells_no_more_than_the_guide(&lab, &spans);
    let mut private = vec![matter.case.to_string()];
    texts(
        &serde_json::to_value(&matter.opening.subjects).unwrap(),
        &mut private,
    );
    let came = [("traces".to_owned(), collector.bytes())].into();
    assert_eq!(Needles::of(&private).first_in(&came), None);
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rejects_what_an_agency_says_its_call_belongs_to() {
    const TRACE: [u8; 16] = [0xAB; 16];
    let collector = Collector::start();
    let mut lab = lab(&[Kind::Police, Kind::Health], |dir| {
        add(dir, POLICE, &collector.table());
    })
    .await;
    let files = lab.files_in(&lab.agency_dir(Kind::Health));
    let caller = lab.caller(&files, &MemberId::new(POLICE).unwrap(), Door::Peers);
    let belongs = format!("00-{}-cdcdcdcdcdcdcdcd-01", "ab".repeat(16));
    let headers = [
        ("content-type", "application/jose".to_owned()),
        ("traceparent", belongs),
    ];

    let refused = caller.call_with(Method::POST, "/v1/enquiries", &headers, b"x.y.z".to_vec());
    assert!(refused.await.unwrap().status.is_client_error());

    let spans = collector.until(&[(Step::Answer, 1)]).await;
    let answer = only(&spans, POLICE, Step::Answer);
    assert_ne!(answer.trace_id, TRACE);
    assert!(answer.parent_span_id.is_empty());
    assert_eq!(text(&answer.attributes, "stile.peer"), None);
    assert_ne!(
        text(&answer.attributes, "stile.outcome").unwrap(),
        "answered"
    );
    lab.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_enquiry_is_answered_while_collectors_hang() {
    // Connections are taken by the system, and nobody ever reads from them.
    let hanging = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = hanging.local_addr().unwrap();
    let table = format!("\n[traces]\notlp = \"http://{at}/v1/traces\"\n");
    let mut lab = lab(&[Kind::Police], |dir| {
        add(dir, HUB, &table);
        add(dir, POLICE, &table);
    })
    .await;
    let mut story = tale("red");
    story.asks.retain(|kind, _| *kind == Kind::Police);
    let desk = lab.researcher();

    raise(&desk, &story).await;
    wait_for(&desk, &story, has_answered).await;

    let stopped = tokio::time::timeout(PATIENCE, lab.stop()).await;
    assert!(stopped.is_ok(), "it keeps gateways from stopping");
    drop(hanging);
}

/// The first cells of the guide's table that begins with this head.
fn listed(head: &str) -> BTreeSet<String> {
    let guide = tree::read(GUIDE);
    let table = guide.split(head).nth(1).unwrap();
    let rows = table
        .lines()
        .skip(2)
        .take_while(|line| line.starts_with('|'));
    let cells = rows.flat_map(|row| row.split(" | ").next().unwrap().split(", "));
    cells
        .map(|cell| cell.trim_matches(['|', ' ', '`']).to_owned())
        .collect()
}

#[test]
fn the_guide_lists_every_step_and_attribute_and_no_other() {
    let steps: BTreeSet<_> = Step::ALL
        .iter()
        .map(|step| step.as_str().to_owned())
        .collect();
    assert_eq!(listed("| Step | What |"), steps);

    let mut attributes: BTreeSet<_> = ATTRIBUTES.map(str::to_owned).into();
    let whose = [
        "service.name",
        "service.version",
        "stile.member",
        "stile.role",
    ];
    attributes.extend(whose.map(str::to_owned));
    assert_eq!(listed("| Attribute | What |"), attributes);
}
