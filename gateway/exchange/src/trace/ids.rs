//! Which traces are kept, and what they are called.

use opentelemetry::trace::{Link, SpanId, SpanKind, TraceId};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{
    IdGenerator, ParentBasedSampler, Sampler, SamplingResult, ShouldSample,
};

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

/// Keeps what its sampler keeps of identifiers that are drawn for it alone.
#[derive(Debug, Clone)]
struct Coin(Sampler);

impl ShouldSample for Coin {
    fn should_sample(
        &self,
        _: Option<&Context>,
        _: TraceId,
        name: &str,
        kind: &SpanKind,
        attributes: &[KeyValue],
        links: &[Link],
    ) -> SamplingResult {
        let drawn = RandomIds.new_trace_id();
        self.0
            .should_sample(None, drawn, name, kind, attributes, links)
    }
}

/// Keeps so many traces in a hundred, each whole within a gateway. Neither another member's word that a
/// trace is kept nor the identifier that it chose decides, or it could choose what is looked into.
pub(super) fn sampler(percent: u8) -> ParentBasedSampler {
    let coin = Coin(Sampler::TraceIdRatioBased(f64::from(percent) / 100.0));
    ParentBasedSampler::new(coin.clone())
        .with_remote_parent_sampled(coin.clone())
        .with_remote_parent_not_sampled(coin)
}
