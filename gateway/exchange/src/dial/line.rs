//! One connection that an agency dialled, as the hub keeps it: who is there, and what is under way.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use stile_model::id::MemberId;
use stile_model::time::Timestamp;
use stile_trust::peer::Peer;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

use super::stream::Wire;
use crate::client::queue::Requests;

/// What a call is for. Where the hub connects, each has a connection of its own; over a connection
/// that the agency dialled, each has a share of the requests that may be under way at once.
///
/// Waiting for a person's decision holds a stream for long; however many wait, a new question must
/// find one free.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lane {
    /// Questions and acknowledgements.
    Ask,
    /// Sets of presence, which are long.
    Sets,
    /// Long polls.
    Wait,
}

impl Lane {
    /// Requests under way at once on one connection. Together fewer than the agency takes (256): what
    /// is beyond waits here, under its own deadline, and never in a queue that nobody bounds.
    const fn most(self) -> usize {
        match self {
            Self::Ask => 96,
            Self::Sets => 4,
            Self::Wait => 128,
        }
    }
}

/// A connection that is kept.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) member: MemberId,
    pub(super) peer: Peer,
    pub(super) since: Timestamp,
    pub(super) wire: Arc<Wire>,
    requests: Requests,
    ask: Share,
    sets: Share,
    wait: Share,
    retired: AtomicBool,
}

/// One lane of a line.
#[derive(Debug)]
struct Share {
    free: Arc<Semaphore>,
    under_way: AtomicUsize,
    idle: Notify,
}

impl Share {
    fn of(lane: Lane) -> Self {
        Self {
            free: Arc::new(Semaphore::new(lane.most())),
            under_way: AtomicUsize::new(0),
            idle: Notify::new(),
        }
    }

    async fn drained(&self) {
        while self.under_way.load(Ordering::SeqCst) > 0 {
            self.idle.notified().await;
        }
    }
}

impl Line {
    pub(super) fn new(
        member: MemberId,
        peer: Peer,
        since: Timestamp,
        wire: Arc<Wire>,
        requests: Requests,
    ) -> Self {
        Self {
            member,
            peer,
            since,
            wire,
            requests,
            ask: Share::of(Lane::Ask),
            sets: Share::of(Lane::Sets),
            wait: Share::of(Lane::Wait),
            retired: AtomicBool::new(false),
        }
    }

    /// May a new request be sent over it?
    pub(super) fn takes_more(&self) -> bool {
        !self.retired.load(Ordering::SeqCst) && !self.requests.is_closed()
    }

    /// How fit it is to carry one more request of a lane: one that may be silently dead comes after
    /// every other that has room, however much room it has itself.
    pub(super) fn fitness(&self, lane: Lane) -> (bool, usize) {
        let room = self.share(lane).free.available_permits();
        (room > 0 && !self.wire.is_doubted(), room)
    }

    /// No new request goes over it; those under way finish.
    pub(super) fn retire(&self) {
        self.retired.store(true, Ordering::SeqCst);
        for lane in [Lane::Ask, Lane::Sets, Lane::Wait] {
            // Whoever waits for room here looks for another line.
            self.share(lane).free.close();
        }
    }

    /// Waits until no question is under way; whoever waits for a person may be cut off.
    pub(super) async fn has_answered(&self) {
        self.ask.drained().await;
        self.sets.drained().await;
    }

    /// Waits until nothing is under way.
    pub(super) async fn is_idle(&self) {
        self.has_answered().await;
        self.wait.drained().await;
    }

    /// Room for one request, once there is some; none when the line is retired first.
    pub(super) async fn lease(self: &Arc<Self>, lane: Lane) -> Option<Lease> {
        let free = Arc::clone(&self.share(lane).free);
        let room = free.acquire_owned().await.ok()?;
        self.share(lane).under_way.fetch_add(1, Ordering::SeqCst);
        Some(Lease {
            heard: self.wire.heard(),
            line: Arc::clone(self),
            lane,
            _room: room,
        })
    }

    const fn share(&self, lane: Lane) -> &Share {
        match lane {
            Lane::Ask => &self.ask,
            Lane::Sets => &self.sets,
            Lane::Wait => &self.wait,
        }
    }
}

/// Leave for one request over a line; the request is under way until this is dropped.
#[derive(Debug)]
pub(crate) struct Lease {
    line: Arc<Line>,
    lane: Lane,
    /// What had been heard over the line before.
    heard: usize,
    _room: OwnedSemaphorePermit,
}

impl Lease {
    /// Sends requests over the line.
    pub(crate) fn requests(&self) -> &Requests {
        &self.line.requests
    }

    /// Who is at the other end.
    pub(crate) fn peer(&self) -> &Peer {
        &self.line.peer
    }

    /// The agency has said that it takes no more requests here: the next goes over another line.
    pub(crate) fn turned_away(&self) {
        self.line.retire();
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.line.wire.doubt_unless_heard_since(self.heard);
        let share = self.line.share(self.lane);
        if share.under_way.fetch_sub(1, Ordering::SeqCst) == 1 {
            share.idle.notify_one();
        }
    }
}
