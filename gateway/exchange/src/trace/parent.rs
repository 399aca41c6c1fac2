//! `traceparent`: what a request belongs to.
//!
//! ```text
//! traceparent: 00-<32 hex: trace>-<16 hex: span>-<2 hex: flags>
//! ```
//!
//! Only this form is read and written, always as long. `tracestate`, which may hold any text, is neither.

use hyper::HeaderMap;
use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId, TraceState};

/// The header's name.
pub(crate) const TRACEPARENT: &str = "traceparent";
/// The header that a span has.
pub(super) fn written(span: &SpanContext) -> String {
    format!("00-{}-{}-01", span.trace_id(), span.span_id())
}

/// What a request says it belongs to; none where it says nothing, or not exactly so.
pub(crate) fn parent_in(headers: &HeaderMap) -> Option<SpanContext> {
    let mut all = headers.get_all(TRACEPARENT).iter();
    let text = all.next()?.to_str().ok()?;
    if all.next().is_some() {
        return None;
    }
    let mut parts = text.split('-');
    let (version, trace, span) = (parts.next()?, parts.next()?, parts.next()?);
    let flags = parts.next()?;
    if version != "00" || parts.next().is_some() {
        return None;
    }
    let trace = TraceId::from(u128::from_str_radix(hex(trace, 32)?, 16).ok()?);
    let span = SpanId::from(u64::from_str_radix(hex(span, 16)?, 16).ok()?);
    let flags = u8::from_str_radix(hex(flags, 2)?, 16).ok()?;
    let flags = TraceFlags::new(flags) & TraceFlags::SAMPLED;
    let parent = SpanContext::new(trace, span, flags, true, TraceState::NONE);
    parent.is_valid().then_some(parent)
}

fn hex(text: &str, length: usize) -> Option<&str> {
    let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    (text.len() == length && text.bytes().all(is_hex)).then_some(text)
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;

    use super::*;

    /// The example of W3C Trace Context §3.2.4.
    const EXAMPLE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    fn parent(values: &[&str]) -> Option<SpanContext> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(TRACEPARENT, HeaderValue::from_str(value).unwrap());
        }
        parent_in(&headers)
    }

    #[test]
    fn reads_what_it_writes() {
        let read = parent(&[EXAMPLE]).unwrap();

        assert!(read.is_remote() && read.is_sampled());
        assert_eq!(written(&read), EXAMPLE);
    }

    #[test]
    fn rejects_whatever_is_not_exactly_one_parent() {
        for bad in [
            "",
            "00",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01",
            "00-+bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1",
            "Mali Testwood, born 2018-05-09",
        ] {
            assert!(parent(&[bad]).is_none(), "{bad:?}");
        }
        assert!(parent(&[EXAMPLE, EXAMPLE]).is_none(), "which one?");
        assert!(parent(&[]).is_none());
    }
}
