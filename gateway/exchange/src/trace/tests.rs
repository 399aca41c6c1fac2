mod tls;

use std::collections::BTreeSet;
use std::time::Duration;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::Span as Sent;
use prost::Message;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use super::*;
use crate::error::refuse;

/// Longest that anything here may take.
const PATIENCE: Duration = Duration::from_secs(30);

fn hub() -> MemberId {
    MemberId::new("riverside-hub").unwrap()
}

fn traces_to(address: std::net::SocketAddr, sample_percent: u8) -> Traces {
    let settings = TraceSettings {
        collector: format!("http://{address}/v1/traces").parse().unwrap(),
        roots: None,
        sample_percent,
    };
    let whose = Whose {
        member: &hub(),
        role: Role::Hub,
        version: "0.0.0",
    };
    Traces::start(&settings, whose, &Clock::system()).unwrap()
}

fn count(traces: &Traces, outcome: &str) -> u64 {
    let counts = traces.0.as_ref().unwrap().counts.read();
    counts.iter().find(|(name, _)| *name == outcome).unwrap().1
}

/// The body of one request, answered with `status`.
async fn taken(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), status: &str) -> Vec<u8> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    let head = String::from_utf8(head).unwrap();
    assert!(head.starts_with("POST /v1/traces HTTP/1.1\r\n"), "{head}");
    assert!(head.contains("content-type: application/x-protobuf\r\n"));
    let length = head.split("content-length: ").nth(1).unwrap();
    let length = length.split("\r\n").next().unwrap().parse().unwrap();
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.unwrap();
    let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n");
    stream.write_all(answer.as_bytes()).await.unwrap();
    body
}

/// A collector that gives every request this status, and what it was sent.
async fn collector(
    status: &'static str,
) -> (
    std::net::SocketAddr,
    mpsc::Receiver<ExportTraceServiceRequest>,
) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (to, from) = mpsc::channel(16);
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let body = taken(&mut stream, status).await;
            let request = ExportTraceServiceRequest::decode(body.as_slice()).unwrap();
            if to.send(request).await.is_err() {
                return;
            }
        }
    });
    (address, from)
}

/// What it was sent next.
async fn next(came: &mut mpsc::Receiver<ExportTraceServiceRequest>) -> ExportTraceServiceRequest {
    let came = tokio::time::timeout(PATIENCE, came.recv()).await;
    came.unwrap().unwrap()
}

fn spans(request: &ExportTraceServiceRequest) -> Vec<Sent> {
    let scopes = request
        .resource_spans
        .iter()
        .flat_map(|whose| &whose.scope_spans);
    scopes.flat_map(|scope| scope.spans.clone()).collect()
}

fn named(spans: &[Sent], step: Step) -> &Sent {
    let found = spans.iter().find(|span| span.name == step.as_str());
    found.unwrap_or_else(|| panic!("no {step:?} in {spans:?}"))
}

async fn until(holds: impl Fn() -> bool) {
    let waited = tokio::time::timeout(PATIENCE, async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    });
    waited.await.unwrap();
}

#[tokio::test]
async fn steps_within_steps_reach_the_collector_as_one_trace() {
    let (address, mut came) = collector("200 OK").await;
    let traces = traces_to(address, 100);
    let (_stop, stop) = watch::channel(false);
    let running = traces.clone();
    tokio::spawn(async move { running.run(stop).await });

    let outer = traces.begin(Step::Raise);
    let inner = async {
        let task = traces.carry(traces.step(Step::Ask, async {}));
        traces.within(Step::Rule, || ());
        task.await;
    };
    outer.around(inner).await;
    outer.ended(&Ok::<_, ExchangeError>(()));
    let request = next(&mut came).await;

    let sent = spans(&request);
    let (raise, ask) = (named(&sent, Step::Raise), named(&sent, Step::Ask));
    let rule = named(&sent, Step::Rule);
    assert_eq!(sent.len(), 3);
    assert!(raise.parent_span_id.is_empty());
    for under in [ask, rule] {
        assert_eq!(under.trace_id, raise.trace_id);
        assert_eq!(under.parent_span_id, raise.span_id);
    }
    until(|| count(&traces, "sent") == 3).await;
}

#[tokio::test]
async fn whose_spans_they_are_is_what_the_configuration_says_and_nothing_of_the_machine() {
    let (address, mut came) = collector("200 OK").await;
    let traces = traces_to(address, 100);
    let (_stop, stop) = watch::channel(false);
    let running = traces.clone();
    tokio::spawn(async move { running.run(stop).await });

    drop(traces.begin(Step::Raise));
    let request = next(&mut came).await;

    let resource = request.resource_spans[0].resource.clone().unwrap();
    let keys: BTreeSet<_> = resource.attributes.iter().map(|one| &*one.key).collect();
    let expected = [
        "service.name",
        "service.version",
        "stile.member",
        "stile.role",
    ];
    assert_eq!(keys, BTreeSet::from(expected));
}

#[tokio::test]
async fn the_code_of_a_refusal_is_told_and_its_words_are_not() {
    let (address, mut came) = collector("200 OK").await;
    let traces = traces_to(address, 100);
    let (stop, stopping) = watch::channel(false);
    let refused = refuse("stale", 403, "Mali Testwood, MASH-2026-00417");

    let span = traces.begin_for(Step::Answer, None).with(&hub());
    span.ended(&Err::<(), _>(refused));
    let failed = ExchangeError::Stored("return");
    traces.begin(Step::Ask).ended(&Err::<(), _>(failed));
    stop.send(true).unwrap();
    traces.run(stopping).await;

    let request = next(&mut came).await;
    let bytes = request.encode_to_vec();
    let has = |word: &str| {
        bytes
            .windows(word.len())
            .any(|part| part == word.as_bytes())
    };
    assert!(has("stale") && has("internal") && has("riverside-hub"));
    assert!(!has("Testwood") && !has("MASH-2026"));
    let sent = spans(&request);
    let errs = |step| named(&sent, step).status.clone().unwrap().code == 2;
    assert!(
        errs(Step::Ask) && !errs(Step::Answer),
        "a refusal is no fault"
    );
}

#[tokio::test]
async fn a_parent_is_taken_up_and_not_its_word_that_it_is_kept() {
    let (address, mut came) = collector("200 OK").await;
    let traces = traces_to(address, 100);
    let (stop, stopping) = watch::channel(false);
    let mut headers = hyper::HeaderMap::new();
    let unsampled = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";
    headers.insert(TRACEPARENT, unsampled.parse().unwrap());
    headers.insert("tracestate", "who=Mali".parse().unwrap());

    drop(traces.begin_for(Step::Answer, parent_in(&headers)));
    stop.send(true).unwrap();
    traces.run(stopping).await;

    let sent = spans(&next(&mut came).await);
    let answer = named(&sent, Step::Answer);
    let hex = |bytes: &[u8]| data_encoding::HEXLOWER.encode(bytes);
    assert_eq!(hex(&answer.trace_id), "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_eq!(hex(&answer.parent_span_id), "00f067aa0ba902b7");
    assert_eq!(answer.trace_state, "", "whatever another wrote into it");
}

#[tokio::test]
async fn a_collector_that_hangs_holds_nobody_up_and_what_finds_no_room_is_counted() {
    // Takes connections and never answers.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let traces = traces_to(listener.local_addr().unwrap(), 100);
    let (stop, stopping) = watch::channel(false);
    let running = traces.clone();
    let running = tokio::spawn(async move { running.run(stopping).await });
    drop(traces.begin(Step::Raise));
    let hanging = tokio::time::timeout(PATIENCE, listener.accept()).await;
    let hanging = hanging.unwrap().unwrap();

    // No waiting in it: were the queue to wait for the collector, this would never end.
    let more = u64::try_from(queue::WAITING).unwrap() + 100;
    for _ in 0..more {
        drop(traces.begin(Step::Raise));
    }

    assert_eq!(count(&traces, "dropped"), 100);
    assert_eq!(count(&traces, "sent"), 0);
    stop.send(true).unwrap();
    let stopped = tokio::time::timeout(PATIENCE, running).await;
    assert!(stopped.is_ok(), "it keeps the gateway from stopping");
    assert_eq!(
        count(&traces, "failed"),
        more - 100 + 1,
        "none is forgotten"
    );
    drop(hanging);
}

#[tokio::test]
async fn what_a_collector_refuses_or_is_not_there_for_is_counted_and_the_next_is_tried() {
    let (address, mut came) = collector("503 Service Unavailable").await;
    let refusing = traces_to(address, 100);
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let absent = traces_to(nobody.local_addr().unwrap(), 100);
    drop(nobody);
    for traces in [&refusing, &absent] {
        let (stop, stopping) = watch::channel(false);
        drop(traces.begin(Step::Raise));
        stop.send(true).unwrap();
        traces.run(stopping).await;
    }

    next(&mut came).await;
    assert_eq!(count(&refusing, "failed"), 1);
    assert_eq!(count(&absent, "failed"), 1);
}

#[tokio::test]
async fn a_share_is_kept_and_the_rest_is_neither_made_nor_told_to_agencies() {
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let traces = traces_to(nobody.local_addr().unwrap(), 20);
    let spans = (0..1_000).map(|_| traces.begin(Step::Ask));

    let told = spans.filter(|span| span.traceparent().is_some()).count();

    assert!((100..300).contains(&told), "{told} of 1000, not about 200");
    let kept = traces.0.as_ref().unwrap().sender.lock().unwrap();
    assert!(kept.is_some(), "nothing was sent yet");
    assert_eq!(
        traces.clone().0.unwrap().counts.read().map(|(_, n)| n),
        [0; 3]
    );
}

#[tokio::test]
async fn what_another_member_sends_neither_keeps_nor_hides_a_trace() {
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let traces = traces_to(nobody.local_addr().unwrap(), 20);
    for chosen in [
        "00-00000000000000010000000000000001-00f067aa0ba902b7-01",
        "00-ffffffffffffffffffffffffffffffff-00f067aa0ba902b7-00",
    ] {
        let mut headers = hyper::HeaderMap::new();
        headers.insert(TRACEPARENT, chosen.parse().unwrap());
        let answers = (0..1_000).map(|_| traces.begin_for(Step::Answer, parent_in(&headers)));

        let kept = answers.filter(|span| span.traceparent().is_some()).count();

        assert!((100..300).contains(&kept), "{kept} of 1000, not about 200");
    }
}

#[tokio::test]
async fn what_ends_before_the_sending_does_is_sent() {
    let (address, mut came) = collector("200 OK").await;
    let traces = traces_to(address, 100);
    let sending = traces.keep_sending();

    let span = traces.begin(Step::Answer);
    tokio::task::yield_now().await;
    drop(span);
    sending.end().await;

    assert_eq!(spans(&next(&mut came).await).len(), 1);
    assert_eq!(count(&traces, "sent"), 1);
}

#[tokio::test]
async fn nothing_is_made_where_nothing_is_configured() {
    let traces = Traces::default();
    let (_stop, stop) = watch::channel(false);

    let span = traces.begin(Step::Ask).with(&hub());

    assert!(span.traceparent().is_none());
    let parent = span
        .around(traces.carry(async { Context::current() }))
        .await;
    assert!(!parent.has_active_span());
    // Returns at once: there is nothing to send.
    traces.run(stop).await;
    let mut text = Text::default();
    traces.write(&mut text);
    let text = text.finish();
    assert!(text.contains("# TYPE stile_trace_spans_total counter"));
}

#[test]
fn no_two_steps_have_one_name() {
    let names: BTreeSet<_> = Step::ALL.iter().map(|step| step.as_str()).collect();

    assert_eq!(names.len(), Step::ALL.len());
}
