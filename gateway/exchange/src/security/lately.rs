//! What was told in this minute, and how often more it happened: bounded, whoever causes it.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::time::{Duration, Instant};

use stile_model::id::MemberId;

use super::Happened;
use crate::account::Source;

/// Members and places told apart in a minute, of all kinds together; what comes of others is counted
/// together by kind and code.
const APART: usize = 100;

/// What is told once in a minute.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Of {
    pub(super) happened: Happened,
    pub(super) code: &'static str,
    pub(super) peer: Option<MemberId>,
    pub(super) from: Option<Source>,
}

/// What happened in this minute, and how often after it was told.
#[derive(Debug)]
pub(super) struct Lately {
    since: Instant,
    all: HashMap<Of, u64>,
}

impl Lately {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            since: now,
            all: HashMap::new(),
        }
    }

    /// Is this the first of its kind in this minute? Others are only counted.
    pub(super) fn is_first(&mut self, of: Of) -> bool {
        let of = if self.all.len() < APART || self.all.contains_key(&of) {
            of
        } else {
            Of {
                peer: None,
                from: None,
                ..of
            }
        };
        match self.all.entry(of) {
            Entry::Occupied(mut more) => {
                *more.get_mut() = more.get().saturating_add(1);
                false
            }
            Entry::Vacant(first) => {
                first.insert(0);
                true
            }
        }
    }

    /// Begins anew once so much time is over, and gives what was only counted.
    pub(super) fn over(&mut self, after: Duration, now: Instant) -> Vec<(Of, u64)> {
        if now.saturating_duration_since(self.since) < after {
            return Vec::new();
        }
        self.since = now;
        let all = std::mem::take(&mut self.all);
        all.into_iter().filter(|(_, more)| *more > 0).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_mins(1);

    fn of(from: [u8; 4]) -> Of {
        Of {
            happened: Happened::PeerRefused,
            code: "handshake_refused",
            peer: None,
            from: Some(Source::of(from.into())),
        }
    }

    #[test]
    fn the_first_of_a_minute_is_told_and_then_how_many_more_there_were() {
        let begun = Instant::now();
        let (one, two) = ([192, 0, 2, 1], [192, 0, 2, 2]);
        let mut lately = Lately::new(begun);

        let told: Vec<_> = [one, one, two, one]
            .map(|from| lately.is_first(of(from)))
            .into();

        assert_eq!(told, [true, false, true, false]);
        let early = lately.over(MINUTE, begun + Duration::from_secs(59));
        assert_eq!(early, [], "the minute is not over");
        let over = lately.over(MINUTE, begun + MINUTE);
        assert_eq!(over, [(of(one), 2)], "nothing of what came once");
        assert!(lately.is_first(of(one)), "of the next minute");
        assert_eq!(lately.over(MINUTE, begun + MINUTE), []);
    }

    #[test]
    fn another_code_of_the_same_place_is_told() {
        let mut lately = Lately::new(Instant::now());
        let from = [192, 0, 2, 1];
        lately.is_first(of(from));

        assert!(lately.is_first(Of {
            code: "certificate_refused",
            ..of(from)
        }));
    }

    #[test]
    fn a_flood_from_everywhere_is_as_many_lines_as_one_from_a_hundred_places() {
        let begun = Instant::now();
        let mut lately = Lately::new(begun);

        let many = 50_000_u64;
        let told = (0..many).filter(|n| {
            let [.., c, d] = n.to_be_bytes();
            lately.is_first(of([198, 18, c, d]))
        });
        let told = told.count();
        let over = lately.over(MINUTE, begun + MINUTE);

        assert_eq!(told, APART + 1);
        assert_eq!(over.len(), 1, "those of no place of their own");
        let (rest, more) = &over[0];
        assert_eq!(rest.from, None);
        assert_eq!(*more + u64::try_from(told).unwrap(), many, "none is lost");
    }
}
