//! Who may begin, who waits and who is turned away; without a clock, a runtime or a lock.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use stile_model::code::Priority;
use stile_model::id::MemberId;

use super::LoadSettings;

/// How urgent an enquiry is, as far as places go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Urgency {
    /// Green or blue: it can wait.
    Green,
    /// Amber.
    Amber,
    /// Red: a place is always kept for it.
    Red,
}

impl Urgency {
    pub(crate) const ALL: [Self; 3] = [Self::Green, Self::Amber, Self::Red];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Green => "green",
            Self::Amber => "amber",
            Self::Red => "red",
        }
    }
}

impl From<Priority> for Urgency {
    fn from(priority: Priority) -> Self {
        match priority {
            Priority::Blue | Priority::Green => Self::Green,
            Priority::Amber => Self::Amber,
            Priority::Red => Self::Red,
        }
    }
}

/// The place of one enquiry among those that wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Ticket(u64);

/// What becomes of an enquiry that arrives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// It may begin.
    Begins,
    /// As many wait as may, and none of them has less claim.
    TurnedAway,
    /// It waits, perhaps in the place of one that is turned away.
    Waits {
        ticket: Ticket,
        instead_of: Option<Ticket>,
    },
}

/// Enquiries by urgency.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tally {
    green: u32,
    amber: u32,
    red: u32,
}

impl Tally {
    pub(super) const fn of(self, urgency: Urgency) -> u32 {
        match urgency {
            Urgency::Green => self.green,
            Urgency::Amber => self.amber,
            Urgency::Red => self.red,
        }
    }

    pub(super) const fn at(&mut self, urgency: Urgency) -> &mut u32 {
        match urgency {
            Urgency::Green => &mut self.green,
            Urgency::Amber => &mut self.amber,
            Urgency::Red => &mut self.red,
        }
    }

    pub(super) const fn all(self) -> u32 {
        self.green + self.amber + self.red
    }

    /// Is one more within what it and everything less urgent may take of `places`?
    ///
    /// ```text
    /// green < green share     green + amber < amber share     green + amber + red < places
    /// ```
    fn takes(self, urgency: Urgency, places: u32, settings: &LoadSettings) -> bool {
        let green = self.green < share(places, settings.green_share);
        let amber = self.green + self.amber < share(places, settings.amber_share);
        let red = self.all() < places;
        match urgency {
            Urgency::Green => green && amber && red,
            Urgency::Amber => amber && red,
            Urgency::Red => red,
        }
    }
}

/// So many percent of the places, and never none.
fn share(places: u32, percent: u32) -> u32 {
    (places * percent / 100).max(1)
}

/// An enquiry that waits.
#[derive(Debug)]
struct Waiter {
    ticket: Ticket,
    hub: MemberId,
    urgency: Urgency,
}

/// What is at work and what waits.
///
/// Nobody who waits could begin: whenever a place becomes free it is given away at once, so whoever
/// arrives and finds one overtakes nobody.
#[derive(Debug, Default)]
pub(super) struct Floor {
    all: Tally,
    /// Hubs with something at work.
    hubs: BTreeMap<MemberId, Tally>,
    /// In the order in which they came.
    waiting: Vec<Waiter>,
    tickets: u64,
}

impl Floor {
    pub(super) const fn at_work(&self) -> Tally {
        self.all
    }

    pub(super) fn waiting(&self) -> Tally {
        let mut tally = Tally::default();
        for waiter in &self.waiting {
            *tally.at(waiter.urgency) += 1;
        }
        tally
    }

    /// Somebody arrives.
    pub(super) fn ask(
        &mut self,
        settings: &LoadSettings,
        hub: &MemberId,
        urgency: Urgency,
    ) -> Asked {
        if self.takes(settings, hub, urgency) {
            self.begin(hub, urgency);
            return Asked::Begins;
        }
        let mut instead_of = None;
        if self.waiting.len() >= usize::try_from(settings.waiting).unwrap_or(usize::MAX) {
            let Some(place) = self.with_less_claim(settings, hub, urgency) else {
                return Asked::TurnedAway;
            };
            instead_of = Some(self.waiting.remove(place).ticket);
        }
        self.tickets += 1;
        let ticket = Ticket(self.tickets);
        self.waiting.push(Waiter {
            ticket,
            hub: hub.clone(),
            urgency,
        });
        Asked::Waits { ticket, instead_of }
    }

    /// Somebody is done. Those who may begin now, each already counted as at work.
    pub(super) fn leave(
        &mut self,
        settings: &LoadSettings,
        hub: &MemberId,
        urgency: Urgency,
    ) -> Vec<(Ticket, MemberId, Urgency)> {
        take_one(self.all.at(urgency));
        if let Some(own) = self.hubs.get_mut(hub) {
            take_one(own.at(urgency));
            if own.all() == 0 {
                self.hubs.remove(hub);
            }
        }
        let mut begin = Vec::new();
        while let Some(place) = self.next(settings) {
            let waiter = self.waiting.remove(place);
            self.begin(&waiter.hub, waiter.urgency);
            begin.push((waiter.ticket, waiter.hub, waiter.urgency));
        }
        begin
    }

    /// Somebody waits no more.
    pub(super) fn give_up(&mut self, ticket: Ticket) {
        self.waiting.retain(|waiter| waiter.ticket != ticket);
    }

    fn takes(&self, settings: &LoadSettings, hub: &MemberId, urgency: Urgency) -> bool {
        let own = self.hubs.get(hub).copied().unwrap_or_default();
        self.all.takes(urgency, settings.at_once, settings)
            && own.takes(urgency, settings.per_hub, settings)
    }

    fn begin(&mut self, hub: &MemberId, urgency: Urgency) {
        *self.all.at(urgency) += 1;
        *self.hubs.entry(hub.clone()).or_default().at(urgency) += 1;
    }

    /// Of those who could begin, the most urgent; of these, one of the hub with the fewest at work;
    /// of these, who came first.
    fn next(&self, settings: &LoadSettings) -> Option<usize> {
        let could = self
            .waiting
            .iter()
            .enumerate()
            .filter(|(_, one)| self.takes(settings, &one.hub, one.urgency));
        let first = could.min_by_key(|(_, one)| {
            let own = self.hubs.get(&one.hub).copied().unwrap_or_default();
            (Reverse(one.urgency), own.all(), one.ticket)
        });
        first.map(|(place, _)| place)
    }

    /// Who waits with less claim than this newcomer: somebody less urgent; or, as urgent, somebody of
    /// a hub that would still have as many waiting as the newcomer's has then. Of those the least
    /// urgent, of the hub that has most waiting, who came last. A newcomer whom its own hub's bound keeps
    /// out could begin in nobody else's place, so only others of that hub make way for it.
    fn with_less_claim(
        &self,
        settings: &LoadSettings,
        hub: &MemberId,
        urgency: Urgency,
    ) -> Option<usize> {
        let own = self.hubs.get(hub).copied().unwrap_or_default();
        let is_over = !own.takes(urgency, settings.per_hub, settings);
        let mut waiting: BTreeMap<&MemberId, u32> = BTreeMap::new();
        for waiter in &self.waiting {
            *waiting.entry(&waiter.hub).or_default() += 1;
        }
        let of = |hub: &MemberId| waiting.get(hub).copied().unwrap_or(0);
        let others = self.waiting.iter().enumerate();
        let last = others.filter(|(_, one)| !is_over || one.hub == *hub);
        let (place, last) =
            last.min_by_key(|(_, one)| (one.urgency, Reverse((of(&one.hub), one.ticket))))?;
        let has_less = last.urgency < urgency
            || (last.urgency == urgency && of(&last.hub) > of(hub).saturating_add(1));
        has_less.then_some(place)
    }
}

fn take_one(count: &mut u32) {
    *count = count.saturating_sub(1);
}

#[cfg(test)]
mod tests;
