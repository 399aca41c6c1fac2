//! Enquiries without pause: half of the senders keep one connection, half make one for each enquiry.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use stile_exchange::clock::Clock;
use tokio::task::JoinSet;

use super::super::enquiry::caller::Caller;
use super::super::enquiry::questions::Question;
use super::super::figures::Laps;
use crate::run::Failure;

/// A hub that asks one agency.
pub(super) struct Load {
    caller: Arc<Caller>,
    question: Arc<Question>,
}

/// What came of it.
#[derive(Default)]
pub(super) struct Told {
    /// Good answers, each with its time.
    pub(super) laps: Laps,
    /// Good answers over a connection of their own.
    pub(super) anew: usize,
    /// What went wrong, in words, and how often.
    pub(super) errors: BTreeMap<String, usize>,
    /// From the first to the last.
    pub(super) wall: Duration,
}

impl Told {
    pub(super) fn failed(&self) -> usize {
        self.errors.values().sum()
    }

    fn join(&mut self, other: Self) {
        self.laps.join(other.laps);
        self.anew += other.anew;
        for (what, count) in other.errors {
            *self.errors.entry(what).or_default() += count;
        }
    }
}

impl Load {
    pub(super) fn of(dir: &Path, agency: &str, clock: &Clock) -> Result<Self, Failure> {
        Ok(Self {
            caller: Arc::new(Caller::of(dir, agency, clock)?),
            question: Arc::new(Question::one_child()?),
        })
    }

    /// Asks for `time`, `together` at once.
    pub(super) async fn run(&self, together: usize, time: Duration) -> Result<Told, Failure> {
        let begun = Instant::now();
        let mut senders = JoinSet::new();
        for number in 0..together {
            let (caller, question) = (Arc::clone(&self.caller), Arc::clone(&self.question));
            senders.spawn(async move {
                send(&caller, &question, number % 2 == 1, begun + time)
                    .await
                    .map_err(|error| error.to_string())
            });
        }
        let mut told = Told::default();
        while let Some(sent) = senders.join_next().await {
            told.join(sent??);
        }
        told.wall = begun.elapsed();
        Ok(told)
    }
}

async fn send(
    caller: &Caller,
    question: &Question,
    anew: bool,
    until: Instant,
) -> Result<Told, Failure> {
    let mut told = Told::default();
    while Instant::now() < until {
        let body = caller.sign(question, 1)?.pop().unwrap_or_default();
        match caller.ask_once(body, anew).await {
            Ok(lap) => {
                told.laps.add(lap);
                told.anew += usize::from(anew);
            }
            Err(error) => *told.errors.entry(error.to_string()).or_default() += 1,
        }
    }
    Ok(told)
}
