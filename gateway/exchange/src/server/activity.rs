//! What happens on a connection, and when it is over because nothing does.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use hyper::body::{Frame, SizeHint};
use tokio::sync::Notify;
use tokio::time::Instant;

use super::bounds::Bounds;

/// What happens on one connection.
#[derive(Debug, Clone)]
pub(super) struct Activity(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    began: Instant,
    /// Milliseconds from then to what happened last.
    last: AtomicU64,
    /// Requests that are not answered to the end.
    open: AtomicUsize,
    /// Was there ever a request?
    ever_asked: AtomicBool,
    /// Holds a permit once there was a request.
    asked: Notify,
}

impl Activity {
    pub(super) fn new() -> Self {
        Self(Arc::new(Inner {
            began: Instant::now(),
            last: AtomicU64::new(0),
            open: AtomicUsize::new(0),
            ever_asked: AtomicBool::new(false),
            asked: Notify::new(),
        }))
    }

    /// Something happened.
    pub(super) fn touch(&self) {
        let now = self.0.began.elapsed().as_millis();
        let now = u64::try_from(now).unwrap_or(u64::MAX);
        self.0.last.store(now, Ordering::Relaxed);
    }

    /// A request came; it is under way until what this gives is dropped.
    pub(super) fn begin(&self) -> UnderWay {
        self.0.open.fetch_add(1, Ordering::Relaxed);
        self.0.ever_asked.store(true, Ordering::Relaxed);
        self.0.asked.notify_one();
        self.touch();
        UnderWay(self.clone())
    }

    /// Waits until there was a request. One may wait.
    pub(super) async fn asked(&self) {
        self.0.asked.notified().await;
    }

    /// Has nothing happened for too long?
    pub(super) fn is_over(&self, bounds: &Bounds) -> bool {
        let last = Duration::from_millis(self.0.last.load(Ordering::Relaxed));
        let quiet = self.0.began.elapsed().saturating_sub(last);
        let open = self.0.open.load(Ordering::Relaxed);
        let ever_asked = self.0.ever_asked.load(Ordering::Relaxed);
        is_over(quiet, (open, ever_asked), bounds)
    }
}

/// A request under way.
#[derive(Debug)]
pub(super) struct UnderWay(Activity);

/// The body of an answer; its request is under way until it is dropped.
pub(super) struct Answer {
    body: Body,
    under_way: UnderWay,
}

impl Answer {
    pub(super) const fn new(body: Body, under_way: UnderWay) -> Self {
        Self { body, under_way }
    }
}

impl hyper::body::Body for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        // Asked for when the part before was taken.
        self.under_way.0.touch();
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.0.open.fetch_sub(1, Ordering::Relaxed);
        self.0.touch();
    }
}

fn is_over(quiet: Duration, (open, ever_asked): (usize, bool), bounds: &Bounds) -> bool {
    let most = match (open, ever_asked) {
        (0, false) => bounds.first.or(bounds.idle),
        (0, true) => bounds.idle,
        (_, _) => Some(bounds.stalled),
    };
    most.is_some_and(|most| quiet > most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quiet_connection_is_over_sooner_than_one_whose_answer_is_under_way() {
        let over =
            |seconds, open| is_over(Duration::from_secs(seconds), (open, true), &Bounds::ANYBODY);

        assert!(!over(60, 0) && over(61, 0));
        assert!(!over(61, 1) && !over(180, 1) && over(181, 1));
        let known = is_over(Duration::from_secs(100_000), (0, true), &Bounds::KNOWN);
        assert!(!known, "gateways keep their connections");
    }

    #[test]
    fn a_connection_on_which_nothing_was_ever_asked_is_over_soon() {
        let over = |seconds, bounds| is_over(Duration::from_secs(seconds), (0, false), bounds);

        assert!(!over(15, &Bounds::KNOWN) && over(16, &Bounds::KNOWN));
        assert!(
            !over(60, &Bounds::ANYBODY) && over(61, &Bounds::ANYBODY),
            "browsers connect ahead"
        );
    }

    #[test]
    fn a_request_is_under_way_until_its_answer_is_dropped() {
        let activity = Activity::new();
        let (one, two) = (activity.begin(), activity.begin());
        assert_eq!(activity.0.open.load(Ordering::Relaxed), 2);

        drop((one, two));

        assert_eq!(activity.0.open.load(Ordering::Relaxed), 0);
        assert!(!activity.is_over(&Bounds::ANYBODY));
    }
}
