//! Requests at each door: how many, how they ended, how long they took.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::Request;
use axum::http::Method;
use axum::http::header::RETRY_AFTER;
use axum::middleware::{Next, from_fn};
use axum::response::Response;

use super::text::{Kind, Text};

/// By which listener, and for what, a request comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Door {
    /// `/api` for this member's people and their programs.
    Api,
    /// Other members' gateways, with an enquiry.
    Enquiries,
    /// The pages.
    Pages,
    /// Other members' gateways, with anything else.
    Peers,
    /// Whoever waits for what is not there yet, at either API: such a request is meant to take long.
    Waits,
}

impl Door {
    const ALL: [Self; 5] = [
        Self::Api,
        Self::Enquiries,
        Self::Pages,
        Self::Peers,
        Self::Waits,
    ];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Enquiries => "enquiries",
            Self::Pages => "pages",
            Self::Peers => "peers",
            Self::Waits => "waits",
        }
    }

    /// What this request to the door is counted as.
    fn narrowed(self, request: &Request) -> Self {
        let (uri, is_post) = (request.uri(), request.method() == Method::POST);
        let asks_to_wait = |query: &str| query.split('&').any(|pair| pair.starts_with("wait_s="));
        match self {
            // First, so that no enquiry goes uncounted for what its sender wrote behind the path.
            Self::Peers if is_post && uri.path() == "/v1/enquiries" => Self::Enquiries,
            Self::Api | Self::Peers if uri.query().is_some_and(asks_to_wait) => Self::Waits,
            Self::Api | Self::Enquiries | Self::Pages | Self::Peers | Self::Waits => self,
        }
    }
}

/// Upper bounds of a request's duration, in milliseconds, with how they are written in seconds.
const BOUNDS: [(u64, &str); 13] = [
    (5, "0.005"),
    (10, "0.01"),
    (25, "0.025"),
    (50, "0.05"),
    (100, "0.1"),
    (250, "0.25"),
    (500, "0.5"),
    (1_000, "1"),
    (2_500, "2.5"),
    (5_000, "5"),
    (10_000, "10"),
    (30_000, "30"),
    (120_000, "120"),
];

/// Counts of one gateway; clones count together.
#[derive(Debug, Clone, Default)]
pub struct Meters(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    api: Meter,
    enquiries: Meter,
    pages: Meter,
    peers: Meter,
    waits: Meter,
    /// Enquiries that hubs sent, by how they ended.
    outcomes: Mutex<BTreeMap<Ended, u64>>,
}

#[derive(Debug, Default)]
struct Meter {
    in_flight: AtomicU64,
    by_status: Mutex<BTreeMap<u16, u64>>,
    /// Requests not longer than each bound and longer than the one before.
    within: [AtomicU64; BOUNDS.len()],
    longer: AtomicU64,
    micros: AtomicU64,
}

impl Meters {
    /// Counts every request to `routes`.
    pub fn watch(&self, door: Door, routes: Router) -> Router {
        let meters = self.clone();
        routes.layer(from_fn(move |request: Request, next: Next| {
            let meters = meters.clone();
            async move {
                let began = Instant::now();
                let door = door.narrowed(&request);
                let under_way = UnderWay::begin(meters.clone(), door);
                let response = next.run(request).await;
                let status = response.status().as_u16();
                meters.meter(door).ended(status, began.elapsed());
                if door == Door::Enquiries {
                    count(&meters.0.outcomes, Ended::of(&response));
                }
                drop(under_way);
                response
            }
        }))
    }

    fn meter(&self, door: Door) -> &Meter {
        match door {
            Door::Api => &self.0.api,
            Door::Enquiries => &self.0.enquiries,
            Door::Pages => &self.0.pages,
            Door::Peers => &self.0.peers,
            Door::Waits => &self.0.waits,
        }
    }

    /// Writes every count.
    pub fn write(&self, text: &mut Text) {
        let name = "stile_http_requests_total";
        text.family(
            name,
            Kind::Counter,
            "Requests answered, by door and status.",
        );
        for door in Door::ALL {
            for (status, count) in counts(&self.meter(door).by_status) {
                let status = status.to_string();
                text.sample(name, &[("door", door.as_str()), ("status", &status)], count);
            }
        }
        let name = "stile_http_requests_in_flight";
        text.family(name, Kind::Gauge, "Requests being answered.");
        for door in Door::ALL {
            let open = self.meter(door).in_flight.load(Ordering::Relaxed);
            text.sample(name, &[("door", door.as_str())], open);
        }
        let name = "stile_http_request_duration_seconds";
        let help =
            "From a request's arrival to the head of its answer; the time grid of answers counts.";
        text.family(name, Kind::Histogram, help);
        for door in Door::ALL {
            self.meter(door).write_durations(door, text);
        }
        let name = "stile_enquiries_total";
        text.family(
            name,
            Kind::Counter,
            "Enquiries that hubs sent, by how they ended.",
        );
        let counts = counts(&self.0.outcomes);
        for ended in Ended::ALL {
            let total = counts.get(&ended).copied().unwrap_or(0);
            text.sample(name, &[("outcome", ended.as_str())], total);
        }
    }
}

/// How an enquiry ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Ended {
    Answered,
    Failed,
    Refused,
    /// Told to come again: there was no room.
    TurnedAway,
}

impl Ended {
    const ALL: [Self; 4] = [
        Self::Answered,
        Self::Failed,
        Self::Refused,
        Self::TurnedAway,
    ];

    fn of(response: &Response) -> Self {
        match response.status().as_u16() {
            200..=299 => Self::Answered,
            503 if response.headers().contains_key(RETRY_AFTER) => Self::TurnedAway,
            500..=599 => Self::Failed,
            _ => Self::Refused,
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Failed => "failed",
            Self::Refused => "refused",
            Self::TurnedAway => "turned_away",
        }
    }
}

impl Meter {
    fn ended(&self, status: u16, took: Duration) {
        count(&self.by_status, status);
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.micros.fetch_add(micros, Ordering::Relaxed);
        let bucket = BOUNDS
            .iter()
            .zip(&self.within)
            .find(|((bound, _), _)| micros <= bound * 1_000)
            .map_or(&self.longer, |(_, bucket)| bucket);
        bucket.fetch_add(1, Ordering::Relaxed);
    }

    fn write_durations(&self, door: Door, text: &mut Text) {
        const NAME: &str = "stile_http_request_duration_seconds";
        let door = door.as_str();
        let mut so_far = 0;
        for ((_, bound), bucket) in BOUNDS.iter().zip(&self.within) {
            so_far += bucket.load(Ordering::Relaxed);
            let labels = [("door", door), ("le", *bound)];
            text.sample(&format!("{NAME}_bucket"), &labels, so_far);
        }
        so_far += self.longer.load(Ordering::Relaxed);
        let labels = [("door", door), ("le", "+Inf")];
        text.sample(&format!("{NAME}_bucket"), &labels, so_far);
        let sum = Duration::from_micros(self.micros.load(Ordering::Relaxed)).as_secs_f64();
        text.sample(&format!("{NAME}_sum"), &[("door", door)], sum);
        text.sample(&format!("{NAME}_count"), &[("door", door)], so_far);
    }
}

/// A request that is being answered; its caller may go away at any moment.
struct UnderWay {
    meters: Meters,
    door: Door,
}

impl UnderWay {
    fn begin(meters: Meters, door: Door) -> Self {
        meters.meter(door).in_flight.fetch_add(1, Ordering::Relaxed);
        Self { meters, door }
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let meter = self.meters.meter(self.door);
        meter.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

fn count<K: Ord>(counts: &Mutex<BTreeMap<K, u64>>, of: K) {
    let mut counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
    *counts.entry(of).or_default() += 1;
}

fn counts<K: Ord + Clone>(counts: &Mutex<BTreeMap<K, u64>>) -> BTreeMap<K, u64> {
    counts
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone()
}
