//! Where spans wait until they are sent: a bounded queue that nobody waits for.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};
use tokio::sync::mpsc;

/// Most spans that wait; some hundred bytes each.
pub(super) const WAITING: usize = 4_096;

/// How many spans came how far.
#[derive(Debug, Default)]
pub(super) struct Counts {
    /// The collector took them.
    pub(super) sent: AtomicU64,
    /// It did not, was not there, or not soon enough when the gateway stopped.
    pub(super) failed: AtomicU64,
    /// They found no room in the queue.
    pub(super) dropped: AtomicU64,
}

impl Counts {
    /// By outcome.
    pub(super) fn read(&self) -> [(&'static str, u64); 3] {
        [
            ("sent", self.sent.load(Ordering::Relaxed)),
            ("failed", self.failed.load(Ordering::Relaxed)),
            ("dropped", self.dropped.load(Ordering::Relaxed)),
        ]
    }
}

/// The end of the queue into which spans go.
#[derive(Debug)]
pub(super) struct Queue {
    to: mpsc::Sender<SpanData>,
    counts: Arc<Counts>,
}

impl Queue {
    pub(super) fn new(counts: Arc<Counts>) -> (Self, mpsc::Receiver<SpanData>) {
        let (to, from) = mpsc::channel(WAITING);
        (Self { to, counts }, from)
    }
}

impl SpanProcessor for Queue {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        if !span.span_context.is_valid() || !span.span_context.is_sampled() {
            return;
        }
        if self.to.try_send(span).is_err() {
            self.counts.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}
