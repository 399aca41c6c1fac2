//! Where people are on the way to signing in, kept in this process for ten minutes.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use stile_exchange::account::{Enrolling, PasswordRight, Source};
use stile_exchange::error::ExchangeError;
use stile_exchange::provider::Pending;
use stile_model::digest::Digest;
use stile_model::id::UserId;
use stile_model::time::Timestamp;
use zeroize::Zeroizing;

use crate::session::Token;
use crate::words::Language;

/// Name of the cookie that holds a step.
pub(super) const STEP_COOKIE: &str = "__Host-stile-step";

const STEP_S: i64 = 600;
/// Steps of one kind remembered at once. When there is no room, the oldest of whichever place holds most
/// is forgotten: whoever opens the page again and again pushes out nobody but themselves.
const STEPS_MOST: usize = 2_000;

/// How far somebody has come.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// The password is right; the code is asked for next.
    Code {
        right: PasswordRight,
        /// Where they were going.
        back: String,
    },
    /// New recovery codes, to be shown to this user alone.
    Codes(UserId, Zeroizing<Vec<String>>),
    /// The browser is at the identity provider.
    Provider {
        pending: Box<Pending>,
        /// Where they were going.
        back: String,
        /// The language they came in.
        language: Language,
    },
    /// The invitation is right; password and app are next.
    SetUp(Enrolling),
}

/// What somebody had to show for a step. Those that cost nothing push out no others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Price {
    Nothing,
    Secret,
}

impl Step {
    const fn price(&self) -> Price {
        match self {
            Self::Provider { .. } => Price::Nothing,
            Self::Code { .. } | Self::Codes(..) | Self::SetUp(_) => Price::Secret,
        }
    }
}

/// A step that is remembered.
#[derive(Debug)]
struct Held {
    step: Step,
    source: Source,
    until: Timestamp,
}

/// Every step that somebody is at.
#[derive(Debug, Default)]
pub(crate) struct Steps(Mutex<HashMap<Digest, Held>>);

impl Steps {
    /// Remembers a step of somebody at `source`; gives what the browser is to hold.
    ///
    /// # Errors
    ///
    /// When the operating system gives no randomness.
    pub(crate) fn keep(
        &self,
        step: Step,
        source: Source,
        now: Timestamp,
    ) -> Result<Token, ExchangeError> {
        let token = Token::draw()?;
        let mut all = self.all();
        all.retain(|_, held| held.until > now);
        make_room(&mut all, step.price(), STEPS_MOST);
        let held = Held {
            step,
            source,
            until: now.plus_s(STEP_S),
        };
        all.insert(key(&token), held);
        Ok(token)
    }

    /// The step that a browser holds.
    pub(crate) fn at(&self, token: &Token, now: Timestamp) -> Option<Step> {
        let all = self.all();
        let held = all.get(&key(token))?;
        (held.until > now).then(|| held.step.clone())
    }

    /// Forgets a step that is done.
    pub(crate) fn done(&self, token: &Token) {
        self.all().remove(&key(token));
    }

    fn all(&self) -> MutexGuard<'_, HashMap<Digest, Held>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Makes room for one more step of this price.
fn make_room(all: &mut HashMap<Digest, Held>, price: Price, most: usize) {
    let alike = || all.iter().filter(|(_, held)| held.step.price() == price);
    if alike().count() < most {
        return;
    }
    let mut places: HashMap<Source, usize> = HashMap::new();
    for (_, held) in alike() {
        *places.entry(held.source).or_default() += 1;
    }
    let number = |source: &Source| places.get(source).copied().unwrap_or_default();
    let busiest = alike().map(|(_, held)| number(&held.source)).max();
    let oldest = alike()
        .filter(|(_, held)| Some(number(&held.source)) == busiest)
        .min_by_key(|(_, held)| held.until)
        .map(|(key, _)| *key);
    if let Some(oldest) = oldest {
        all.remove(&oldest);
    }
}

fn key(token: &Token) -> Digest {
    Digest::of_parts(&[b"stile step\n", token.as_str().as_bytes()])
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn place(last: u8) -> Source {
        Source::of(Ipv4Addr::new(10, 0, 0, last).into())
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(1_790_000_000_000 + seconds * 1_000)
    }

    fn codes() -> Step {
        Step::Codes(UserId::new("h-1007").unwrap(), Zeroizing::new(Vec::new()))
    }

    #[test]
    fn a_step_is_good_for_ten_minutes_and_until_it_is_done() {
        let steps = Steps::default();
        let token = steps.keep(codes(), place(1), at(0)).unwrap();

        assert!(steps.at(&token, at(STEP_S - 1)).is_some());
        assert!(steps.at(&token, at(STEP_S)).is_none());
        steps.done(&token);
        assert!(steps.at(&token, at(1)).is_none());
    }

    #[test]
    fn whoever_begins_again_and_again_pushes_out_only_their_own() {
        let steps = Steps::default();
        let other = steps.keep(codes(), place(1), at(0)).unwrap();
        let first = steps.keep(codes(), place(2), at(1)).unwrap();

        let mut last = first.clone();
        for _ in 0..STEPS_MOST {
            last = steps.keep(codes(), place(2), at(2)).unwrap();
        }

        assert!(steps.at(&other, at(3)).is_some(), "the oldest of all");
        assert!(steps.at(&first, at(3)).is_none());
        assert!(steps.at(&last, at(3)).is_some());
        assert_eq!(steps.all().len(), STEPS_MOST);
    }
}
