//! Which traces are kept, and what they are called.

use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry_sdk::trace::{IdGenerator, ParentBasedSampler, Sampler};

use crate::random;

/// Identifiers from the operating system's randomness. The SDK's own come from a generator whose past
/// and future can be worked out from a few of them, and agencies see some of a hub's: they could count
/// what it asked of others.
#[derive(Debug)]
pub(super) struct RandomIds;

impl IdGenerator for RandomIds {
    fn new_trace_id(&self) -> TraceId {
        // All zero is no identifier: without randomness such a span is not kept.
        TraceId::from(u128::from_be_bytes(random::bytes().unwrap_or_default()))
    }

    fn new_span_id(&self) -> SpanId {
        SpanId::from(u64::from_be_bytes(random::bytes().unwrap_or_default()))
    }
}

/// Keeps so many traces in a hundred, each whole within a gateway. Another member's word that a trace
/// is kept counts for nothing: it is decided anew, by the trace's identifier, so that members who keep
/// the same share keep the same traces.
pub(super) fn sampler(percent: u8) -> ParentBasedSampler {
    let share = Sampler::TraceIdRatioBased(f64::from(percent) / 100.0);
    ParentBasedSampler::new(share.clone())
        .with_remote_parent_sampled(share.clone())
        .with_remote_parent_not_sampled(share)
}
