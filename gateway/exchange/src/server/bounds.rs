//! How many connections a listener holds, and from whom.
//!
//! Where members are proven, whoever is still in a handshake takes no room of those who are: it costs
//! nothing to begin one. Nor can one place keep the others from beginning theirs.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::account::Source;

/// The bounds of one listener.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// Connections in all; where members are proven, as many more may be in their handshake.
    pub(super) in_all: usize,
    /// Connections from one place: an address of IPv4, or a /64 of IPv6.
    pub(super) per_source: usize,
    /// Does a connection count only once a certificate was proven?
    pub(super) proves: bool,
    /// How long a connection lives on which nothing was ever asked; none where `idle` says so.
    pub(super) first: Option<Duration>,
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
        proves: true,
        // They ask as soon as they have connected; between two questions a day may pass.
        first: Some(Duration::from_secs(15)),
        idle: None,
        stalled: Duration::MAX,
    };
    /// For browsers, which anybody may be: one place cannot take what others need.
    pub(super) const ANYBODY: Self = Self {
        in_all: 2_048,
        per_source: 256,
        proves: false,
        first: None,
        idle: Some(Duration::from_mins(1)),
        // Longer than any request may take, and than parts that renew themselves are silent.
        stalled: Duration::from_mins(3),
    };
}

/// Who is connected, by place.
#[derive(Debug)]
pub(super) struct Crowd {
    bounds: Bounds,
    places: Mutex<HashMap<Source, Here>>,
}

/// Connections from one place.
#[derive(Debug, Clone, Copy, Default)]
struct Here {
    /// In a handshake that is to prove a member.
    arriving: usize,
    inside: usize,
}

impl Crowd {
    pub(super) fn new(bounds: Bounds) -> Arc<Self> {
        Arc::new(Self {
            bounds,
            places: Mutex::default(),
        })
    }

    /// Room for one more connection from there, until it is dropped; none when there is none. Where
    /// members are proven it is room for a handshake, until [`Room::proven`].
    pub(super) fn enter(self: &Arc<Self>, source: Source) -> Option<Room> {
        let inside = !self.bounds.proves;
        let mut places = self.places();
        let here = places.get(&source).copied().unwrap_or_default();
        // Whoever would find no room afterwards need not begin.
        let fits = self.has_room(&places, here) && (inside || self.may_arrive(&places, here));
        if !fits {
            return None;
        }
        *places.entry(source).or_default().of(inside) += 1;
        drop(places);
        Some(Room {
            crowd: Arc::clone(self),
            source,
            inside,
        })
    }

    /// Counts a connection that was in its handshake among those inside, if there is room.
    fn let_in(&self, source: Source) -> bool {
        let mut places = self.places();
        let here = places.get(&source).copied().unwrap_or_default();
        let fits = self.has_room(&places, here);
        if fits {
            let moved = Here {
                arriving: here.arriving.saturating_sub(1),
                inside: here.inside + 1,
            };
            places.insert(source, moved);
        }
        fits
    }

    fn has_room(&self, places: &HashMap<Source, Here>, here: Here) -> bool {
        let in_all: usize = places.values().map(|here| here.inside).sum();
        in_all < self.bounds.in_all && here.inside < self.bounds.per_source
    }

    /// A place may be in half as many handshakes as are still free. So one takes a third of them at
    /// most, which is plenty for a balancer behind which all members come, and leaves the rest; the
    /// more places there are, the less is each one's share.
    fn may_arrive(&self, places: &HashMap<Source, Here>, here: Here) -> bool {
        let arriving: usize = places.values().map(|here| here.arriving).sum();
        here.arriving < self.bounds.in_all.saturating_sub(arriving) / 2
    }

    fn places(&self) -> MutexGuard<'_, HashMap<Source, Here>> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Here {
    const fn of(&mut self, inside: bool) -> &mut usize {
        if inside {
            &mut self.inside
        } else {
            &mut self.arriving
        }
    }
}

/// A connection's room.
#[derive(Debug)]
pub(super) struct Room {
    crowd: Arc<Crowd>,
    source: Source,
    inside: bool,
}

impl Room {
    /// Where the connection comes from.
    pub(super) const fn source(&self) -> Source {
        self.source
    }

    /// The handshake is over and proved what it had to: its room is another's, and the connection counts
    /// among those inside. None when there is no room.
    pub(super) fn proven(mut self) -> Option<Self> {
        if !self.inside {
            self.inside = self.crowd.let_in(self.source);
        }
        self.inside.then_some(self)
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        let mut places = self.crowd.places();
        if let Some(here) = places.get_mut(&self.source) {
            let count = here.of(self.inside);
            *count = count.saturating_sub(1);
            if here.arriving == 0 && here.inside == 0 {
                places.remove(&self.source);
            }
        }
    }
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

    /// A door at which members are proven.
    const PROVING: Bounds = Bounds {
        in_all: 12,
        per_source: 12,
        ..Bounds::KNOWN
    };

    /// As many as one place may bring.
    fn all_of(crowd: &Arc<Crowd>, last: u8) -> Vec<Room> {
        std::iter::from_fn(|| crowd.enter(place(last))).collect()
    }

    #[test]
    fn places_that_only_begin_handshakes_leave_room_for_those_of_others_and_for_who_was_proven() {
        let crowd = Crowd::new(PROVING);

        let (one, two) = (all_of(&crowd, 1), all_of(&crowd, 2));

        assert_eq!((one.len(), two.len()), (4, 3), "half of what was free");
        let mut members = Vec::new();
        while let Some(room) = crowd.enter(place(3)) {
            members.push(room.proven().unwrap());
        }
        assert_eq!(
            members.len(),
            12,
            "strangers take nothing of what is inside"
        );
        drop((one, two, members));
        assert!(crowd.places().is_empty(), "nothing is remembered");
    }

    #[test]
    fn who_was_proven_leaves_the_room_for_handshakes_to_others() {
        let crowd = Crowd::new(PROVING);
        let mut arriving = all_of(&crowd, 1);
        assert!(crowd.enter(place(1)).is_none());

        let inside = arriving.pop().unwrap().proven();

        assert!(inside.is_some());
        assert!(crowd.enter(place(1)).is_some());
    }

    #[test]
    fn who_was_proven_is_turned_away_where_all_within_is_taken() {
        let crowd = Crowd::new(Bounds {
            per_source: 1,
            ..PROVING
        });
        let (first, second) = (crowd.enter(place(1)), crowd.enter(place(1)));

        let first = first.unwrap().proven();

        assert!(first.is_some());
        assert!(second.unwrap().proven().is_none());
        assert!(crowd.enter(place(1)).is_none(), "it need not begin");
        drop(first);
        assert!(crowd.places().is_empty(), "nothing is remembered");
    }
}
