//! A bound on how much is looked at, so that no file of rules holds up whoever proposes it.
//!
//! It counts steps, not time: the same rules are looked at as far on every machine.

use std::cell::Cell;

/// Steps of one study: about a second, unoptimised. Seven hundred rules over the dated fields of the
/// police take nearly as many; the shipped rules of the police a fiftieth.
pub(crate) const STEPS_MAX: u64 = 20_000_000;

/// The steps that are left.
#[derive(Debug)]
pub(crate) struct Effort(Cell<Option<u64>>);

impl Effort {
    pub const fn of(steps: u64) -> Self {
        Self(Cell::new(Some(steps)))
    }

    /// Takes `steps` of what is left; `false`, from then on, where that is less.
    pub fn spend(&self, steps: u64) -> bool {
        let left = self.0.get().and_then(|left| left.checked_sub(steps));
        self.0.set(left);
        left.is_some()
    }

    /// Nothing more can be looked at.
    pub const fn is_spent(&self) -> bool {
        self.0.get().is_none()
    }
}
