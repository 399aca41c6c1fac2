//! Filling an agency's sets, again and again, without evaluating the same key twice in an epoch.
//!
//! A round is [`Builder::begin`], [`Builder::work`] and [`Builder::take`] for every page of people,
//! and [`Builder::finish`]. `work` is nearly all of the cost, takes the builder by shared reference
//! and can run on as many threads as there are pages at hand.

use std::collections::BTreeSet;
use std::fmt;

use stile_model::id::Code;
use stile_model::subject::PersonRow;
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::secret::{Context, SecretKey, Tier, Token};
use super::set::{Set, Sets};
use super::stream::Stream;
use super::{PresenceError, keys_of_row};

/// Most purposes of one builder.
pub const MOST_PURPOSES: usize = 32;

/// Fresh tokens that are gathered before they are sorted in among the others.
const FRESH: usize = 1 << 16;

/// The purposes under which one person may be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Purposes(u32);

/// One token of the epoch with what is known of it.
#[derive(Clone, Copy, Zeroize)]
struct Held {
    /// Cut of the input.
    mark: u64,
    token: u64,
    /// Purposes under which somebody with this key may be known, in this round.
    purposes: u32,
    strong: bool,
    /// Was the key met in this round?
    met: bool,
}

/// Tokens in the order of their marks. Wiped when dropped.
#[derive(Default, Zeroize, ZeroizeOnDrop)]
struct Tokens(Vec<Held>);

/// How far a round has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// People taken in.
    pub people: u64,
    /// Keys taken in, those that two people share counted twice.
    pub keys: u64,
    /// Keys evaluated because the epoch had no token of them yet.
    pub evaluated: u64,
}

/// The tokens of one page of people.
pub struct Done {
    held: Tokens,
    progress: Progress,
}

/// The sets of one purpose.
#[derive(Debug)]
pub struct Published {
    /// The purpose.
    pub purpose: Code,
    /// Its sets.
    pub sets: Sets,
}

/// Makes the sets of one agency in one epoch. Kept in memory only; wiped when dropped.
pub struct Builder {
    context: Context,
    secret: SecretKey,
    purposes: Vec<Code>,
    known: Tokens,
    fresh: Tokens,
    progress: Progress,
}

impl Builder {
    /// A builder that has evaluated nothing yet.
    ///
    /// # Errors
    ///
    /// [`PresenceError::Purposes`] for more than [`MOST_PURPOSES`].
    pub fn new(
        context: Context,
        secret: SecretKey,
        purposes: impl IntoIterator<Item = Code>,
    ) -> Result<Self, PresenceError> {
        let mut builder = Self {
            context,
            secret,
            purposes: Vec::new(),
            known: Tokens::default(),
            fresh: Tokens::default(),
            progress: Progress::default(),
        };
        builder.offer(purposes)?;
        Ok(builder)
    }

    /// Offers these purposes from the next round on, as after a change of policy.
    ///
    /// # Errors
    ///
    /// [`PresenceError::Purposes`] for more than [`MOST_PURPOSES`].
    pub fn offer(&mut self, purposes: impl IntoIterator<Item = Code>) -> Result<(), PresenceError> {
        let purposes: Vec<Code> = purposes
            .into_iter()
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        if purposes.len() > MOST_PURPOSES {
            return Err(PresenceError::Purposes {
                found: purposes.len(),
            });
        }
        self.purposes = purposes;
        self.begin();
        Ok(())
    }

    /// The key with which requests of this epoch are evaluated.
    pub const fn secret(&self) -> &SecretKey {
        &self.secret
    }

    /// Agency and epoch.
    pub const fn context(&self) -> &Context {
        &self.context
    }

    /// The purposes offered, in order.
    pub fn purposes(&self) -> &[Code] {
        &self.purposes
    }

    /// The purposes that `may_be_known` says yes to.
    pub fn choose(&self, mut may_be_known: impl FnMut(&Code) -> bool) -> Purposes {
        let mut chosen = 0;
        for (place, purpose) in self.purposes.iter().enumerate() {
            if may_be_known(purpose) {
                chosen |= bit(place);
            }
        }
        Purposes(chosen)
    }

    /// Begins a round: nobody is a member, and the tokens of the epoch are kept.
    pub fn begin(&mut self) {
        self.settle();
        for held in &mut self.known.0 {
            held.purposes = 0;
            held.met = false;
        }
        self.progress = Progress::default();
    }

    /// Makes the tokens of a page of people, evaluating those keys that the epoch has no token of.
    ///
    /// A sealed row, and a person who may be known for no purpose, gives none.
    ///
    /// # Errors
    ///
    /// [`PresenceError::Key`], which no input is known to cause.
    pub fn work<'a>(
        &self,
        people: impl IntoIterator<Item = (&'a PersonRow, Purposes)>,
    ) -> Result<Done, PresenceError> {
        let mut done = Done {
            held: Tokens::default(),
            progress: Progress::default(),
        };
        for (row, Purposes(purposes)) in people {
            done.progress.people += 1;
            if purposes == 0 {
                continue;
            }
            for (tier, input) in keys_of_row(row).inputs(&self.context) {
                let mark = input.mark();
                let token = if let Some(token) = self.token(mark) {
                    token
                } else {
                    done.progress.evaluated += 1;
                    self.secret.token(&input)?.bits()
                };
                done.progress.keys += 1;
                done.held.0.push(Held {
                    mark,
                    token,
                    purposes,
                    strong: tier == Tier::Strong,
                    met: true,
                });
            }
        }
        Ok(done)
    }

    /// Takes a page in.
    pub fn take(&mut self, done: &Done) {
        for held in &done.held.0 {
            match self
                .known
                .at(held.mark)
                .and_then(|at| self.known.0.get_mut(at))
            {
                Some(known) => {
                    known.purposes |= held.purposes;
                    known.met = true;
                }
                None => self.fresh.0.push(*held),
            }
        }
        if self.fresh.0.len() >= FRESH.max(self.known.0.len() / 4) {
            self.settle();
        }
        self.progress.people += done.progress.people;
        self.progress.keys += done.progress.keys;
        self.progress.evaluated += done.progress.evaluated;
    }

    /// How far the round has come.
    pub const fn progress(&self) -> Progress {
        self.progress
    }

    /// Ends the round: the sets of every purpose, in order. Tokens of keys that nobody has any
    /// longer are forgotten.
    ///
    /// `random` is 32 bytes from a secure source, used for this call and never again.
    ///
    /// # Errors
    ///
    /// [`PresenceError::Size`] when there are more members than a set may have.
    pub fn finish(&mut self, random: &[u8; 32]) -> Result<Vec<Published>, PresenceError> {
        self.settle();
        self.known.0.retain(|held| held.met);
        let mut seeds = Stream::new(b"stile presence set v1", random);
        self.purposes
            .iter()
            .enumerate()
            .map(|(place, purpose)| {
                let mut set =
                    |strong| Set::build(self.known.members(place, purpose, strong), &seeds.block());
                Ok(Published {
                    purpose: purpose.clone(),
                    sets: Sets {
                        strong: set(true)?,
                        weak: set(false)?,
                    },
                })
            })
            .collect()
    }

    fn token(&self, mark: u64) -> Option<u64> {
        let at = self.known.at(mark)?;
        self.known.0.get(at).map(|held| held.token)
    }

    /// Sorts the fresh tokens in among the known ones.
    fn settle(&mut self) {
        if self.fresh.0.is_empty() {
            return;
        }
        let mut all = Tokens(Vec::with_capacity(self.known.0.len() + self.fresh.0.len()));
        all.0.extend_from_slice(&self.known.0);
        all.0.extend_from_slice(&self.fresh.0);
        all.0.sort_unstable_by_key(|held| held.mark);
        all.0.dedup_by(|later, earlier| {
            let same = later.mark == earlier.mark;
            if same {
                earlier.purposes |= later.purposes;
                earlier.met |= later.met;
            }
            same
        });
        self.known = all;
        self.fresh = Tokens::default();
    }
}

impl Done {
    /// What this page adds.
    pub const fn progress(&self) -> Progress {
        self.progress
    }
}

impl Tokens {
    fn at(&self, mark: u64) -> Option<usize> {
        self.0.binary_search_by_key(&mark, |held| held.mark).ok()
    }

    /// The members of the set for the purpose at `place`.
    fn members(&self, place: usize, purpose: &Code, strong: bool) -> Vec<u64> {
        self.0
            .iter()
            .filter(|held| held.strong == strong && held.purposes & bit(place) != 0)
            .map(|held| Token::from_bits(held.token).under(purpose))
            .collect()
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("context", &self.context)
            .field("progress", &self.progress)
            .finish_non_exhaustive()
    }
}

/// The bit of the purpose at `place`; 0 past the last, so that it is never chosen.
fn bit(place: usize) -> u32 {
    u32::try_from(place)
        .ok()
        .and_then(|place| 1_u32.checked_shl(place))
        .unwrap_or(0)
}

#[cfg(test)]
mod tests;
