//! Traces: how long each step of an enquiry took, for the collector of the member whose gateway it is.
//!
//! ```text
//! hub     raise ─► ask ──────── traceparent ────────┐   receive
//! agency                                             └► answer ─► authenticate ─► admit ─► … ─► grid
//! ```
//!
//! A span has a step of [`Step`], instants, and of attributes only those of [`ATTRIBUTES`]: members,
//! sources of the mapping, codes of the program and counts. No case, no number of an enquiry, no
//! person, no text that somebody sent. Identifiers of traces are random bytes, an enquiry's at an agency
//! those that the hub sent. Nothing of a trace comes back with an answer.
//!
//! Spans wait in a bounded queue. One that finds no room is dropped and counted; nothing waits for the
//! collector. Without `[traces]` nothing is made or sent.
//!
//! **Leaves to others:** `opentelemetry_sdk` makes the spans and `opentelemetry-proto` their bytes.
//! `tracing` is not asked: what libraries say there is not ours to send.
//!
//! **Source:** OpenTelemetry 1.x (tracing API, OTLP/HTTP); W3C Trace Context §3.2 (`traceparent`).

mod collector;
mod ids;
mod parent;
mod queue;
mod send;
mod step;

#[cfg(test)]
mod tests;

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::Either;
use opentelemetry::context::FutureExt;
use opentelemetry::trace::{SpanContext, Status, TraceContextExt, Tracer, TracerProvider};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider, SpanLimits};
use stile_model::id::MemberId;
use stile_trust::TrustError;
use stile_trust::identity::Role;
use stile_trust::tls::outside_config;
use tokio::sync::watch;

pub use collector::{Collector, CollectorError};
pub(crate) use parent::{TRACEPARENT, parent_in};
pub use step::Step;

use self::ids::{RandomIds, sampler};
use self::queue::{Counts, Queue};
use self::send::Sender;
use crate::client::{ClientError, Reply};
use crate::clock::Clock;
use crate::error::ExchangeError;
use crate::metrics::{Kind, Text};

/// Every attribute that a span may have.
pub const ATTRIBUTES: [&str; 4] = [PEER, SOURCE, OUTCOME, SUBJECTS];
/// The other member.
const PEER: &str = "stile.peer";
/// The source of the mapping that was asked.
const SOURCE: &str = "stile.source";
/// How it ended: `answered`, or why not, a code of the program.
const OUTCOME: &str = "stile.outcome";
/// How many people an enquiry asks about.
const SUBJECTS: &str = "stile.subjects";
/// The outcome of what went as it should.
const ANSWERED: &str = "answered";

/// Where spans go, and how many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceSettings {
    /// The collector.
    pub collector: Collector,
    /// Roots under which its certificate must be; none for one on this machine.
    pub roots: Option<PathBuf>,
    /// Traces in a hundred that are kept, 1 to 100.
    pub sample_percent: u8,
}

/// Whose spans they are.
#[derive(Debug, Clone, Copy)]
pub struct Whose<'a> {
    /// The member.
    pub member: &'a MemberId,
    /// What it is.
    pub role: Role,
    /// The program's version.
    pub version: &'static str,
}

/// What makes spans; the default makes none. Clones share one queue.
#[derive(Debug, Clone, Default)]
pub struct Traces(Option<Arc<Inner>>);

struct Inner {
    tracer: SdkTracer,
    counts: Arc<Counts>,
    sender: Mutex<Option<Sender>>,
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Inner")
    }
}

impl Traces {
    /// Makes spans from now on; they leave once there is a [`Sending`].
    ///
    /// # Errors
    ///
    /// When the roots cannot be read.
    pub fn start(
        settings: &TraceSettings,
        whose: Whose<'_>,
        clock: &Clock,
    ) -> Result<Self, TrustError> {
        let roots = settings.roots.as_deref();
        let tls = roots.map(|roots| outside_config(roots, clock.source()));
        let counts = Arc::new(Counts::default());
        let (queue, waiting) = Queue::new(Arc::clone(&counts));
        // Everything that the environment could set is set here: OTEL_… changes nothing.
        let provider = SdkTracerProvider::builder()
            .with_span_processor(queue)
            .with_id_generator(RandomIds)
            .with_sampler(sampler(settings.sample_percent))
            .with_span_limits(SpanLimits::default())
            .build();
        let sender = Sender::new(
            waiting,
            (settings.collector.clone(), tls.transpose()?),
            &send::resource(whose),
            Arc::clone(&counts),
        );
        Ok(Self(Some(Arc::new(Inner {
            tracer: provider.tracer("stile"),
            counts,
            sender: Mutex::new(Some(sender)),
        }))))
    }

    /// Sends what is made from now on, until what this gives is told to end.
    pub fn keep_sending(&self) -> Sending {
        let (over, stop) = watch::channel(false);
        let traces = self.clone();
        let task = tokio::spawn(async move { traces.run(stop).await });
        Sending { over, task }
    }

    /// Sends what was made until `stop` turns true, and for a moment longer what is left; returns at
    /// once where nothing is made, or another runs.
    async fn run(&self, stop: watch::Receiver<bool>) {
        let sender = self.0.as_ref().and_then(|inner| {
            let mut sender = inner.sender.lock().unwrap_or_else(PoisonError::into_inner);
            sender.take()
        });
        if let Some(sender) = sender {
            sender.run(stop).await;
        }
    }

    /// Are spans made at all?
    pub(crate) const fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// Begins a step of what is under way, or something new where nothing is.
    pub(crate) fn begin(&self, step: Step) -> Span {
        self.begin_under(step, Context::current)
    }

    /// Begins what another member asked for; `parent` is what its request says it belongs to, and to
    /// be given only where that member was admitted.
    pub(crate) fn begin_for(&self, step: Step, parent: Option<SpanContext>) -> Span {
        self.begin_under(step, || match parent {
            Some(parent) => Context::new().with_remote_span_context(parent),
            None => Context::new(),
        })
    }

    fn begin_under(&self, step: Step, parent: impl FnOnce() -> Context) -> Span {
        Span(self.0.as_ref().map(|inner| {
            let parent = parent();
            let builder = inner.tracer.span_builder(step.as_str());
            let builder = builder.with_kind(step.kind());
            let span = inner.tracer.build_with_context(builder, &parent);
            parent.with_span(span)
        }))
    }

    /// Does `work` as a step of what is under way.
    pub(crate) fn step<F: Future>(
        &self,
        step: Step,
        work: F,
    ) -> impl Future<Output = F::Output> + use<F> {
        if !self.is_on() {
            return Either::Left(work);
        }
        let span = self.begin(step);
        let work = Box::pin(span.around(work));
        Either::Right(async move {
            let done = work.await;
            drop(span);
            done
        })
    }

    /// Does `work`, which waits for nothing, as a step of what is under way.
    pub(crate) fn within<T>(&self, step: Step, work: impl FnOnce() -> T) -> T {
        let span = self.begin(step);
        let done = work();
        drop(span);
        done
    }

    /// Keeps `work`, which a task of its own will do, with what is under way now.
    pub(crate) fn carry<F: Future>(&self, work: F) -> impl Future<Output = F::Output> + use<F> {
        if self.is_on() {
            Either::Right(work.with_current_context())
        } else {
            Either::Left(work)
        }
    }

    /// Writes how many spans came how far; all zero where none are made.
    pub(crate) fn write(&self, text: &mut Text) {
        let name = "stile_trace_spans_total";
        let help = "Spans that the collector took, did not take, or that found no room to wait.";
        text.family(name, Kind::Counter, help);
        let counts = self.0.as_ref().map(|inner| Arc::clone(&inner.counts));
        for (outcome, count) in counts.unwrap_or_default().read() {
            text.sample(name, &[("outcome", outcome)], count);
        }
    }
}

/// Spans on their way to the collector.
#[derive(Debug)]
pub struct Sending {
    over: watch::Sender<bool>,
    task: tokio::task::JoinHandle<()>,
}

impl Sending {
    /// Sends what is left, for a moment. To be called when nothing is under way any more: whatever ends
    /// later is lost.
    pub async fn end(self) {
        self.over.send_replace(true);
        // Whether it came to its end or not, a gateway stops.
        let _ = self.task.await;
    }
}

/// A step under way; it ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Span(Option<Context>);

impl Span {
    /// `work`, with its own steps under this one.
    pub(crate) fn around<F: Future>(&self, work: F) -> impl Future<Output = F::Output> + use<F> {
        match &self.0 {
            Some(context) => Either::Right(work.with_context(context.clone())),
            None => Either::Left(work),
        }
    }

    /// With another member of the directory.
    pub(crate) fn with(self, peer: &MemberId) -> Self {
        self.set(PEER, || peer.as_str().to_owned());
        self
    }

    /// In a source, by its name in the mapping.
    pub(crate) fn of(self, source: &str) -> Self {
        self.set(SOURCE, || source.to_owned());
        self
    }

    /// About so many people.
    pub(crate) fn about(&self, subjects: usize) {
        if let Some(context) = &self.0 {
            let subjects = i64::try_from(subjects).unwrap_or(i64::MAX);
            context
                .span()
                .set_attribute(KeyValue::new(SUBJECTS, subjects));
        }
    }

    /// It ended so; only ever a code of this program, nothing that somebody sent.
    pub(crate) fn came_to(&self, code: &'static str) {
        self.set(OUTCOME, || code.to_owned());
    }

    /// It came to this.
    pub(crate) fn ended<T>(self, came_to: &Result<T, ExchangeError>) {
        let Some(context) = &self.0 else { return };
        match came_to {
            Ok(_) => self.came_to(ANSWERED),
            Err(error) => {
                let problem = error.problem();
                self.set(OUTCOME, || problem.code().to_owned());
                if problem.status >= 500 {
                    context.span().set_status(Status::error(""));
                }
            }
        }
    }

    /// The agency called said this. Its code is its own word, so only the status is taken.
    pub(crate) fn heard(&self, reply: &Result<Reply, ClientError>) {
        self.came_to(match reply {
            Ok(reply) if reply.status.is_success() => ANSWERED,
            Ok(reply) if reply.status.is_client_error() => "refused",
            Ok(_) => "failed",
            Err(error) => error.code(),
        });
    }

    /// The header that tells an agency what its answer belongs to; none where this is not kept.
    pub(crate) fn traceparent(&self) -> Option<(&'static str, String)> {
        let context = self.0.as_ref()?;
        let span = context.span();
        let own = span.span_context();
        (own.is_valid() && own.is_sampled()).then(|| (TRACEPARENT, parent::written(own)))
    }

    fn set(&self, key: &'static str, value: impl FnOnce() -> String) {
        if let Some(context) = &self.0 {
            context.span().set_attribute(KeyValue::new(key, value()));
        }
    }
}

impl Drop for Span {
    fn drop(&mut self) {
        // What was carried into tasks of their own may go on for days; this does not.
        if let Some(context) = &self.0 {
            context.span().end();
        }
    }
}
