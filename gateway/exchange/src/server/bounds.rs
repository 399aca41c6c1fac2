//! How many connections a listener holds, from whom, and for how long without anything happening.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::body::Body;
use bytes::Bytes;
use hyper::body::{Frame, SizeHint};
use tokio::sync::Notify;

use crate::account::Source;

/// The bounds of one listener.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// Connections in all.
    pub(super) in_all: usize,
    /// Connections from one place: an address of IPv4, or a /64 of IPv6.
    pub(super) per_source: usize,
    /// How long a connection lives on which nothing is asked; none where that is not ended.
    pub(super) idle: Option<Duration>,
    /// How long one lives whose answer nobody takes.
    pub(super) stalled: Duration,
}

impl Bounds {
    /// For members' gateways and people with certificates, who are few and known.
    pub(super) const KNOWN: Self = Self {
        in_all: 1_024,
        per_source: 1_024,
        idle: None,
        stalled: Duration::MAX,
    };
    /// For browsers, which anybody may be: one place cannot take what others need.
    pub(super) const ANYBODY: Self = Self {
        in_all: 2_048,
        per_source: 256,
        idle: Some(Duration::from_mins(1)),
        // Longer than any request may take, and than parts that renew themselves are silent.
        stalled: Duration::from_mins(3),
    };
}

/// Who is connected, by place.
#[derive(Debug)]
pub(super) struct Crowd {
    bounds: Bounds,
    places: Mutex<HashMap<Source, usize>>,
}

impl Crowd {
    pub(super) fn new(bounds: Bounds) -> Arc<Self> {
        Arc::new(Self {
            bounds,
            places: Mutex::default(),
        })
    }

    /// Room for one more connection from there, until it is dropped; none when there is none.
    pub(super) fn enter(self: &Arc<Self>, source: Source) -> Option<Room> {
        let mut places = self.places();
        let in_all: usize = places.values().sum();
        let here = places.get(&source).copied().unwrap_or_default();
        if in_all >= self.bounds.in_all || here >= self.bounds.per_source {
            return None;
        }
        places.insert(source, here + 1);
        drop(places);
        Some(Room {
            crowd: Arc::clone(self),
            source,
        })
    }

    fn places(&self) -> MutexGuard<'_, HashMap<Source, usize>> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection's room.
#[derive(Debug)]
pub(super) struct Room {
    crowd: Arc<Crowd>,
    source: Source,
}

impl Drop for Room {
    fn drop(&mut self) {
        let mut places = self.crowd.places();
        if let Some(here) = places.get_mut(&self.source) {
            *here = here.saturating_sub(1);
            if *here == 0 {
                places.remove(&self.source);
            }
        }
    }
}

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
    /// Holds a permit once there was a request.
    asked: Notify,
}

impl Activity {
    pub(super) fn new() -> Self {
        Self(Arc::new(Inner {
            began: Instant::now(),
            last: AtomicU64::new(0),
            open: AtomicUsize::new(0),
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
        is_over(quiet, open, bounds)
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

fn is_over(quiet: Duration, open: usize, bounds: &Bounds) -> bool {
    let most = if open > 0 {
        Some(bounds.stalled)
    } else {
        bounds.idle
    };
    most.is_some_and(|most| quiet > most)
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn place(last: u8) -> Source {
        Source::of(Ipv4Addr::new(10, 0, 0, last).into())
    }

    const BOUNDS: Bounds = Bounds {
        in_all: 5,
        per_source: 3,
        ..Bounds::ANYBODY
    };

    #[test]
    fn one_place_takes_no_more_than_its_share_and_gives_it_back() {
        let crowd = Crowd::new(BOUNDS);
        let mut mine: Vec<_> = (0..3).filter_map(|_| crowd.enter(place(1))).collect();

        assert_eq!(mine.len(), 3);
        assert!(crowd.enter(place(1)).is_none());
        let others = [crowd.enter(place(2)), crowd.enter(place(2))];
        assert!(others.iter().all(Option::is_some));
        assert!(crowd.enter(place(3)).is_none(), "all is taken");
        mine.clear();
        assert!(crowd.enter(place(1)).is_some());
        drop(others);
        assert!(crowd.places().is_empty(), "nothing is remembered");
    }

    #[test]
    fn a_quiet_connection_is_over_sooner_than_one_whose_answer_is_under_way() {
        let over = |seconds, open| is_over(Duration::from_secs(seconds), open, &BOUNDS);

        assert!(!over(60, 0) && over(61, 0));
        assert!(!over(61, 1) && !over(180, 1) && over(181, 1));
        let known = is_over(Duration::from_secs(100_000), 0, &Bounds::KNOWN);
        assert!(!known, "gateways keep their connections");
    }

    #[test]
    fn a_request_is_under_way_until_its_answer_is_dropped() {
        let activity = Activity::new();
        let (one, two) = (activity.begin(), activity.begin());
        assert_eq!(activity.0.open.load(Ordering::Relaxed), 2);

        drop((one, two));

        assert_eq!(activity.0.open.load(Ordering::Relaxed), 0);
        assert!(!activity.is_over(&BOUNDS));
    }
}
