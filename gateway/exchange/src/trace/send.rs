//! Sends spans to the collector, in batches, each on a connection of its own.
//!
//! ```text
//! POST /v1/traces HTTP/1.1
//! content-type: application/x-protobuf
//!
//! ExportTraceServiceRequest
//! ```
//!
//! Any status of 200 to 299 means taken. Redirects are not followed and the answer's body is not read.
//! A batch that is not taken is lost: a collector on the same machine can try again for longer than a
//! gateway should remember.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::client::conn::http1;
use hyper::{Method, Request, StatusCode, header};
use hyper_util::rt::TokioIo;
use opentelemetry::KeyValue;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::transform::common::tonic::ResourceAttributesWithSchema;
use opentelemetry_proto::transform::trace::tonic::group_spans_by_resource_and_scope;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanData;
use prost::Message;
use rustls::ClientConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep, timeout, timeout_at};
use tokio_rustls::TlsConnector;

use super::Whose;
use super::collector::Collector;
use super::queue::Counts;

/// Most spans in one batch.
const BATCH: usize = 512;
/// How long a span waits for others to be sent with.
const GATHER: Duration = Duration::from_secs(1);
/// Longest that a collector may take for a batch.
const DEADLINE: Duration = Duration::from_secs(10);
/// Longest that a gateway which stops goes on sending.
const LAST: Duration = Duration::from_secs(2);
/// Longest head of an answer, in bytes.
const HEAD: usize = 16 * 1024;

/// Whose every span is.
pub(super) fn resource(whose: Whose<'_>) -> Resource {
    let role = whose.role.as_str();
    Resource::builder_empty()
        .with_service_name(format!("stile-{role}"))
        .with_attributes([
            KeyValue::new("service.version", whose.version),
            KeyValue::new("stile.member", whose.member.as_str().to_owned()),
            KeyValue::new("stile.role", role),
        ])
        .build()
}

/// The end of the queue from which spans go to the collector.
pub(super) struct Sender {
    from: mpsc::Receiver<SpanData>,
    collector: Collector,
    tls: Option<Arc<ClientConfig>>,
    resource: ResourceAttributesWithSchema,
    counts: Arc<Counts>,
    /// Spans to be sent next.
    batch: Vec<SpanData>,
    /// How many are on their way.
    under_way: usize,
    /// The last batch was not taken, which was said.
    failing: bool,
}

impl Sender {
    pub(super) fn new(
        from: mpsc::Receiver<SpanData>,
        (collector, tls): (Collector, Option<Arc<ClientConfig>>),
        resource: &Resource,
        counts: Arc<Counts>,
    ) -> Self {
        Self {
            from,
            collector,
            tls,
            resource: resource.into(),
            counts,
            batch: Vec::with_capacity(BATCH),
            under_way: 0,
            failing: false,
        }
    }

    /// Sends until `stop` turns true, and what is left then, for a moment.
    pub(super) async fn run(mut self, mut stop: watch::Receiver<bool>) {
        let told = stop.clone();
        tokio::select! {
            () = self.send_all(told) => {}
            () = async {
                stopped(&mut stop).await;
                sleep(LAST).await;
            } => self.give_up(),
        }
    }

    /// Counts what nobody took in time.
    fn give_up(&mut self) {
        self.from.close();
        let waiting = std::iter::from_fn(|| self.from.try_recv().ok()).count();
        self.count_failed(waiting + self.batch.len() + self.under_way);
    }

    fn count_failed(&self, spans: usize) {
        let spans = u64::try_from(spans).unwrap_or(u64::MAX);
        self.counts.failed.fetch_add(spans, Ordering::Relaxed);
    }

    async fn send_all(&mut self, mut stop: watch::Receiver<bool>) {
        loop {
            tokio::select! {
                // Closed, it still gives what waits.
                () = stopped(&mut stop), if !self.from.is_closed() => {
                    self.from.close();
                    continue;
                }
                came = self.from.recv_many(&mut self.batch, BATCH) => if came == 0 {
                    return;
                },
            }
            let until = Instant::now() + GATHER;
            while self.batch.len() < BATCH {
                let room = BATCH - self.batch.len();
                tokio::select! {
                    () = stopped(&mut stop) => break,
                    more = timeout_at(until, self.from.recv_many(&mut self.batch, room)) => {
                        if !more.is_ok_and(|more| more > 0) {
                            break;
                        }
                    }
                }
            }
            self.send().await;
        }
    }

    /// Sends one batch; whatever comes of it, the next has its turn.
    async fn send(&mut self) {
        let batch = std::mem::take(&mut self.batch);
        self.under_way = batch.len();
        let resource_spans = group_spans_by_resource_and_scope(batch, &self.resource);
        let body = ExportTraceServiceRequest { resource_spans }.encode_to_vec();
        let sent = timeout(DEADLINE, self.post(body)).await;
        let sent = sent.unwrap_or(Err("deadline"));
        let spans = std::mem::take(&mut self.under_way);
        if sent.is_ok() {
            let spans = u64::try_from(spans).unwrap_or(u64::MAX);
            self.counts.sent.fetch_add(spans, Ordering::Relaxed);
        } else {
            self.count_failed(spans);
        }
        match sent {
            Ok(()) if self.failing => tracing::info!("the collector of traces takes them again"),
            Err(fault) if !self.failing => {
                tracing::warn!(fault, "the collector did not take traces; they are lost");
            }
            Ok(()) | Err(_) => {}
        }
        self.failing = sent.is_err();
    }

    async fn post(&self, body: Vec<u8>) -> Result<(), &'static str> {
        let request = Request::builder()
            .method(Method::POST)
            .uri(self.collector.path())
            .header(header::HOST, self.collector.authority())
            .header(header::CONTENT_TYPE, "application/x-protobuf")
            .body(Full::new(Bytes::from(body)))
            .map_err(|_| "address")?;
        let stream = TcpStream::connect(self.collector.place()).await;
        let stream = stream.map_err(|_| "unreachable")?;
        let status = match (self.collector.server_name(), &self.tls) {
            (None, _) => exchange(stream, request).await?,
            (Some(name), Some(tls)) => {
                let stream = TlsConnector::from(Arc::clone(tls))
                    .connect(name.clone(), stream)
                    .await
                    .map_err(|error| untaken(&error))?;
                exchange(stream, request).await?
            }
            (Some(_), None) => return Err("not_trusted"),
        };
        if status.is_success() {
            Ok(())
        } else {
            Err("refused_by_collector")
        }
    }
}

/// Why there is no TLS with a collector.
fn untaken(error: &std::io::Error) -> &'static str {
    let inner = error.get_ref();
    if inner
        .and_then(|inner| inner.downcast_ref::<rustls::Error>())
        .is_some()
    {
        "not_trusted"
    } else {
        "broken_off"
    }
}

async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    request: Request<Full<Bytes>>,
) -> Result<StatusCode, &'static str> {
    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(HEAD)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(|_| "broken_off")?;
    // Ends with this, also when the deadline passes.
    let mut connection = tokio::task::JoinSet::from_iter([connection]);
    let answer = sender.send_request(request).await;
    connection.abort_all();
    Ok(answer.map_err(|_| "broken_off")?.status())
}

async fn stopped(stop: &mut watch::Receiver<bool>) {
    // A sender that is gone means that the gateway is going, too.
    let _ = stop.wait_for(|stop| *stop).await;
}
