//! Slows those who guess, and nobody else.
//!
//! ```text
//! a browser that signed this user in before    5 wrong attempts of its own, then it waits
//! any other                                    5 at this name from this place, 50 at this name from
//!                                              anywhere, 40 from this place at any name; then it waits
//! the code, after a right password             5 at this user, from anywhere
//! ```
//!
//! Each further one must wait twice as long as the one before, up to a quarter of an hour; an hour
//! without any forgets them. So whoever knows a name and guesses keeps its owner out of no browser that
//! they used before, and out of no place but the guesser's own until there were fifty guesses; and the
//! few attempts at a code are open to those alone who know the password. Names that do not exist are
//! counted alike. Memory is bounded: when it is full, whoever tried longest ago is forgotten.
//!
//! **Source:** OWASP, "Slow Down Online Guessing Attacks with Device Cookies"; NIST SP 800-63B-4
//! §3.2.2 (at most 100 wrong attempts in a row).

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;

use stile_model::digest::Digest;
use stile_model::time::Timestamp;

use super::device::Device;

/// Attempts of one browser that signed the user in before, until there is a wait.
const DEVICE_FREE: u32 = 5;
/// Attempts at one name from one place.
const PAIR_FREE: u32 = 5;
/// Attempts at one name from anywhere.
const USER_FREE: u32 = 50;
/// Attempts from one place: many share an office's address.
const SOURCE_FREE: u32 = 40;
/// Attempts at the code of one user whose password was right.
const CODE_FREE: u32 = 5;
const FIRST_WAIT_S: i64 = 2;
const LONGEST_WAIT_S: i64 = 900;
const FORGET_S: i64 = 3_600;
/// Names, places and browsers remembered at once, of each kind.
const REMEMBERED: usize = 10_000;

/// Where an attempt comes from: an address of IPv4, or a /64 of IPv6.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Source([u8; 16]);

impl Source {
    /// The place of an address.
    pub fn of(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(v4) => Self(v4.to_ipv6_mapped().octets()),
            IpAddr::V6(v6) => {
                if let Some(v4) = v6.to_ipv4_mapped() {
                    return Self(v4.to_ipv6_mapped().octets());
                }
                let network = u128::from_be_bytes(v6.octets()) & !u128::from(u64::MAX);
                Self(network.to_be_bytes())
            }
        }
    }

    /// Its address; of IPv6 the network's.
    pub fn address(self) -> IpAddr {
        IpAddr::from(self.0).to_canonical()
    }
}

/// Which of the two secrets is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Secret {
    /// The code, by somebody who gave the right password.
    Code,
    /// The password, or the code of an invitation.
    Password,
}

/// One attempt: at whose name, from where, from which known browser, at what.
#[derive(Debug, Clone, Copy)]
pub(super) struct Attempt<'a> {
    pub(super) user: &'a str,
    pub(super) source: Source,
    pub(super) device: Option<Device>,
    pub(super) secret: Secret,
}

impl Attempt<'_> {
    // Digests, so that a name of any length takes as little memory as another.
    fn name(&self) -> Digest {
        Digest::of(self.user.as_bytes())
    }

    fn pair(&self) -> Digest {
        Digest::of_parts(&[&self.source.0, self.user.as_bytes()])
    }
}

/// Who tried how often.
#[derive(Debug)]
pub(super) struct Slow {
    codes: Tally<Digest>,
    devices: Tally<Device>,
    pairs: Tally<Digest>,
    sources: Tally<Source>,
    users: Tally<Digest>,
}

impl Default for Slow {
    fn default() -> Self {
        Self {
            codes: Tally::new(CODE_FREE),
            devices: Tally::new(DEVICE_FREE),
            pairs: Tally::new(PAIR_FREE),
            sources: Tally::new(SOURCE_FREE),
            users: Tally::new(USER_FREE),
        }
    }
}

impl Slow {
    /// Counts an attempt, or gives the seconds to wait; one that must wait is not counted.
    pub(super) fn attempt(&mut self, of: Attempt<'_>, now: Timestamp) -> Result<(), u32> {
        let (name, pair) = (of.name(), of.pair());
        match (of.device, of.secret) {
            (Some(device), _) => {
                if let Some(wait) = self.devices.waiting(&device, now) {
                    return Err(wait);
                }
                self.devices.count(device, now);
            }
            (None, Secret::Code) => {
                let waits = [
                    self.codes.waiting(&name, now),
                    self.sources.waiting(&of.source, now),
                ];
                if let Some(wait) = waits.into_iter().flatten().max() {
                    return Err(wait);
                }
                self.codes.count(name, now);
                self.sources.count(of.source, now);
            }
            (None, Secret::Password) => {
                let waits = [
                    self.users.waiting(&name, now),
                    self.pairs.waiting(&pair, now),
                    self.sources.waiting(&of.source, now),
                ];
                if let Some(wait) = waits.into_iter().flatten().max() {
                    return Err(wait);
                }
                self.users.count(name, now);
                self.pairs.count(pair, now);
                self.sources.count(of.source, now);
            }
        }
        Ok(())
    }

    /// Takes back one attempt: what was given was right, so it was no guess, and an office of many
    /// people who sign in at nine is not slowed. Whoever knows a password and guesses the code gains
    /// nothing by it: the wrong codes stay counted.
    pub(super) fn take_back(&mut self, of: Attempt<'_>, now: Timestamp) {
        let (name, pair) = (of.name(), of.pair());
        match (of.device, of.secret) {
            (Some(device), _) => self.devices.take_back(&device, now),
            (None, Secret::Code) => {
                self.codes.take_back(&name, now);
                self.sources.take_back(&of.source, now);
            }
            (None, Secret::Password) => {
                self.users.take_back(&name, now);
                self.pairs.take_back(&pair, now);
                self.sources.take_back(&of.source, now);
            }
        }
    }

    /// Forgets the attempts at a name, from this place and this browser. Those of the place at other
    /// names stay.
    pub(super) fn forgive(&mut self, of: Attempt<'_>) {
        self.users.all.remove(&of.name());
        self.codes.all.remove(&of.name());
        self.pairs.all.remove(&of.pair());
        if let Some(device) = of.device {
            self.devices.all.remove(&device);
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Strikes {
    count: u32,
    last: Timestamp,
    until: Timestamp,
}

/// How often each of one kind tried.
#[derive(Debug)]
struct Tally<K> {
    all: HashMap<K, Strikes>,
    free: u32,
}

impl<K: Hash + Eq + Copy> Tally<K> {
    fn new(free: u32) -> Self {
        Self {
            all: HashMap::new(),
            free,
        }
    }

    fn waiting(&self, key: &K, now: Timestamp) -> Option<u32> {
        let until = self.all.get(key)?.until;
        let wait_ms = until.since_millis(now);
        (wait_ms > 0).then(|| u32::try_from((wait_ms + 999) / 1_000).unwrap_or(u32::MAX))
    }

    fn count(&mut self, key: K, now: Timestamp) {
        if self.all.len() >= REMEMBERED && !self.all.contains_key(&key) {
            let oldest = self.all.iter().min_by_key(|(_, strikes)| strikes.last);
            if let Some(oldest) = oldest.map(|(key, _)| *key) {
                self.all.remove(&oldest);
            }
        }
        let strikes = self.all.entry(key).or_insert(Strikes {
            count: 0,
            last: now,
            until: now,
        });
        if now.since_millis(strikes.last) > FORGET_S * 1_000 {
            strikes.count = 0;
        }
        strikes.count = strikes.count.saturating_add(1);
        strikes.last = now;
        strikes.until = now.plus_s(wait_s(strikes.count, self.free));
    }

    fn take_back(&mut self, key: &K, now: Timestamp) {
        if let Some(strikes) = self.all.get_mut(key) {
            strikes.count = strikes.count.saturating_sub(1);
            if strikes.count < self.free {
                strikes.until = now;
            }
        }
    }
}

/// The wait that follows this many attempts.
fn wait_s(count: u32, free: u32) -> i64 {
    match count.checked_sub(free) {
        None => 0,
        Some(beyond) => (FIRST_WAIT_S << beyond.min(20)).min(LONGEST_WAIT_S),
    }
}

#[cfg(test)]
mod tests;
