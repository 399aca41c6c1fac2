//! Finding the person: says which rows of an agency's own systems are about a subject.
//!
//! **Does:** compares a subject once with the agency's counted names and dates ([`Sought`]), writes
//! the equality lists that fetch candidates ([`Sought::lists`]), and weighs the fetched rows into one
//! confident match, possible matches for a person to decide, or none ([`Sought::resolve`]).
//!
//! **Leaves to others:** reading rows (`sources`), asking a person (`exchange`), and deciding what
//! may be said about the person found (`policy`).
//!
//! **Format:** a weight is `log2(m / u)` bits: how much more often the level of agreement is seen
//! when both are the same person (`m`, shipped) than among this agency's people (`u`, counted for
//! this very name or date). A candidate's odds weigh three hypotheses and its rivals:
//!
//! ```text
//! w_i    = 1 / (2^-(bits against a stranger) + kin/N * 2^-(bits against a family member))
//! P_i    = w_i * pi/N / ((1 - pi) + sum_j w_j * pi/N)
//! ```
//!
//! **Source:** Fellegi and Sunter, "A theory for record linkage" (1969); NHS number and UPN check
//! digits as in the NHS Data Dictionary and the Department for Education's UPN guide.
//! `docs/matching.md` has the measured results.

mod bits;
mod born;
mod compare;
mod expand;
mod explain;
mod frequencies;
mod group;
mod guard;
mod home;
pub mod identifier;
mod index;
mod kin;
mod level;
mod lexicon;
mod nickname;
pub mod normalise;
mod person;
mod place;
pub mod presence;
mod resolve;
mod shares;
mod sought;
mod variant;
mod weights;

pub use explain::Difference;
pub use frequencies::Frequencies;
pub use home::Homes;
pub use index::{Changes, Index, IndexBuilder, IndexError, Sweep};
pub use resolve::{Match, Resolution, Thresholds, Weight};
pub use sought::{Sought, expand, resolve};
pub use weights::{Observed, Pair, Shift, Weights, WeightsError, WeightsFile};

/// Version of the rules in [`normalise`]; part of everything derived from normalised text.
pub const NORMALISER_VERSION: u32 = 2;
