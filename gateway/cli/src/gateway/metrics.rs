//! Where a gateway tells how it is, to machines on the inside: no TLS, no bodies, nothing to change.
//!
//! ```text
//! GET /metrics        Prometheus text
//! GET /health/live    200 while the process answers
//! GET /health/ready   200 while it can do its work; 503 with why not, also while it is stopping
//! ```
//!
//! Few connections, each short and for one question: whoever is slow here takes nothing from others.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use stile_exchange::gateway::Gateway;
use stile_exchange::metrics::{Kind, Meters, NotReady, Text};
use stile_trust::authority::describe;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::Bound;
use super::signal::stopped;
use crate::config::{Metrics, Pages, Parts};
use crate::doctor::free;
use crate::run::Failure;

/// Longest that one question may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// Questions at once; who comes when there are as many waits.
const AT_ONCE: usize = 16;
/// Longest head of a question, in bytes.
const HEAD: usize = 8 * 1024;

/// Tells how the gateway is, where it has an address for that, until `stop` turns true.
pub(super) fn tell(
    bound: &mut Bound,
    gateway: Gateway,
    meters: &Meters,
    stop: &watch::Receiver<bool>,
) -> impl Future<Output = ()> + use<> {
    let serving = bound.metrics.take().map(|telling| {
        let (meters, stop) = (meters.clone(), stop.clone());
        telling.serve(gateway, meters, stop)
    });
    async move {
        if let Some(serving) = serving {
            serving.await;
        }
    }
}

/// The listener, bound before anything else is said.
#[derive(Debug)]
pub struct Telling {
    listener: TcpListener,
    pages_end: Option<i64>,
    store: Option<PathBuf>,
    told: Option<watch::Receiver<bool>>,
}

impl Telling {
    /// Binds the listener.
    ///
    /// # Errors
    ///
    /// When the address is taken or not ours.
    pub(super) async fn of(metrics: Metrics, parts: &Parts) -> Result<Self, Failure> {
        let address: SocketAddr = metrics.listen;
        if metrics.is_open() {
            tracing::warn!(%address, "`metrics.listen` is every address: whoever reaches this machine can read it");
        }
        let bound = TcpListener::bind(address).await;
        Ok(Self {
            listener: bound.map_err(|error| format!("`metrics.listen` is {address}: {error}"))?,
            pages_end: parts.pages.as_ref().and_then(pages_end),
            store: parts.store.kept.dir().map(PathBuf::from),
            told: None,
        })
    }

    /// From when `told` is true on, says that the gateway is not ready.
    pub(super) fn stops_when(&mut self, told: watch::Receiver<bool>) {
        self.told = Some(told);
    }

    /// Answers until `stop` turns true; what is under way then is broken off.
    pub(super) async fn serve(
        self,
        gateway: Gateway,
        meters: Meters,
        mut stop: watch::Receiver<bool>,
    ) {
        let Self {
            listener,
            pages_end,
            store,
            told,
        } = self;
        let mut open = JoinSet::new();
        loop {
            let room = open.len() < AT_ONCE;
            let stream = tokio::select! {
                biased;
                () = stopped(&mut stop) => break,
                Some(_) = open.join_next(), if !open.is_empty() => continue,
                accepted = listener.accept(), if room => match accepted {
                    Ok((stream, _)) => stream,
                    Err(error) => {
                        tracing::warn!(%error, "a question about metrics was not accepted");
                        tokio::time::sleep(Duration::from_millis(50)).await;
                        continue;
                    }
                },
            };
            let stopping = told.as_ref().is_some_and(|told| *told.borrow());
            let state = State {
                gateway: gateway.clone(),
                meters: meters.clone(),
                pages_end,
                store: store.clone(),
                stopping,
            };
            open.spawn(async move {
                // Whoever goes away or takes too long gets nothing more.
                let _ = tokio::time::timeout(PATIENCE, state.answer(stream)).await;
            });
        }
        open.shutdown().await;
    }
}

struct State {
    gateway: Gateway,
    meters: Meters,
    pages_end: Option<i64>,
    store: Option<PathBuf>,
    stopping: bool,
}

impl State {
    async fn answer(&self, mut stream: TcpStream) -> std::io::Result<()> {
        let mut head = Vec::with_capacity(1_024);
        while !head.ends_with(b"\r\n\r\n") && head.len() < HEAD {
            let byte = stream.read_buf(&mut head).await?;
            if byte == 0 {
                return Ok(());
            }
        }
        let first = head.split(|byte| *byte == b'\r').next().unwrap_or_default();
        let (status, body) = self.reply(&String::from_utf8_lossy(first));
        let answer = format!(
            "HTTP/1.1 {status}\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n\
             Content-Length: {}\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(answer.as_bytes()).await?;
        stream.shutdown().await
    }

    fn reply(&self, first: &str) -> (&'static str, String) {
        let mut words = first.split(' ');
        match (words.next(), words.next()) {
            (Some("GET"), Some("/metrics")) => ("200 OK", self.metrics()),
            (Some("GET"), Some("/health/live")) => ("200 OK", "live\n".to_owned()),
            (Some("GET"), Some("/health/ready")) => self.ready(),
            (Some("GET"), Some(_)) => ("404 Not Found", String::new()),
            _ => ("405 Method Not Allowed", String::new()),
        }
    }

    fn ready(&self) -> (&'static str, String) {
        let mut why: Vec<_> = self
            .gateway
            .not_ready()
            .into_iter()
            .map(NotReady::as_str)
            .collect();
        if self.stopping {
            why.push("stopping");
        }
        if why.is_empty() {
            return ("200 OK", "ready\n".to_owned());
        }
        ("503 Service Unavailable", format!("{}\n", why.join("\n")))
    }

    fn metrics(&self) -> String {
        let mut text = Text::default();
        self.gateway
            .write_metrics(env!("CARGO_PKG_VERSION"), &mut text);
        self.meters.write(&mut text);
        if let Some(end) = self.pages_end {
            let help = "Last instant of the certificate that browsers are shown.";
            text.gauge(
                "stile_pages_certificate_expiry_timestamp_seconds",
                help,
                end,
            );
        }
        if let Some(free) = self.store.as_deref().and_then(free) {
            let help = "Bytes free on the disk of the store.";
            text.gauge("stile_store_free_bytes", help, free);
        }
        write_process(&mut text);
        text.finish()
    }
}

/// Until when the certificate of the pages is good, in seconds since 1970: the one read at the start,
/// which is shown until the gateway starts again. One that cannot be read keeps it from starting.
fn pages_end(pages: &Pages) -> Option<i64> {
    let chain = fs::read_to_string(&pages.chain).ok()?;
    let until = describe(&chain).ok()?.not_after;
    Some(until.millis().div_euclid(1_000))
}

/// What the kernel says of this process, where it can be read.
fn write_process(text: &mut Text) {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kib: Option<u64> = status.lines().find_map(|line| {
        line.strip_prefix("VmRSS:")?
            .trim()
            .strip_suffix(" kB")?
            .parse()
            .ok()
    });
    if let Some(kib) = kib {
        let help = "Memory of the process that is in use, in bytes.";
        text.gauge("process_resident_memory_bytes", help, kib * 1_024);
    }
    if let Ok(open) = fs::read_dir("/proc/self/fd") {
        text.family("process_open_fds", Kind::Gauge, "Open file handles.");
        text.sample("process_open_fds", &[], open.count());
    }
}
