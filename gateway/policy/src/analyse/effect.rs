//! Does a change disclose more, less, both, or the same?

use std::fmt;

use serde::{Deserialize, Serialize};
use stile_model::code::Rung;
use utoipa::ToSchema;

use super::answer::Cell;
use crate::outcome::Outcome;

/// What a change of policy does to what is disclosed.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// More of some things and less of others, or other people decide.
    Both,
    /// Nothing that was not disclosed before, and something no longer.
    Less,
    /// Something that was not disclosed before, or with fewer people asked.
    More,
    /// Nothing more and nothing less; at most the reasons and deadlines told differ.
    Same,
}

impl Effect {
    /// From whether something more, and something less, is disclosed.
    pub const fn of(more: bool, less: bool) -> Self {
        match (more, less) {
            (true, true) => Self::Both,
            (true, false) => Self::More,
            (false, true) => Self::Less,
            (false, false) => Self::Same,
        }
    }

    /// The effect of two changes together.
    pub const fn and(self, other: Self) -> Self {
        Self::of(
            self.is_more() || other.is_more(),
            self.is_less() || other.is_less(),
        )
    }

    /// Is anything more disclosed?
    pub const fn is_more(self) -> bool {
        matches!(self, Self::Both | Self::More)
    }

    /// Is anything less disclosed?
    pub const fn is_less(self) -> bool {
        matches!(self, Self::Both | Self::Less)
    }

    /// In plain English: what is disclosed.
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::Both => "more of some things and less of others",
            Self::Less => "less",
            Self::More => "more",
            Self::Same => "the same",
        }
    }

    /// The word as written on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Both => "both",
            Self::Less => "less",
            Self::More => "more",
            Self::Same => "same",
        }
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An answer as far as it discloses: rungs, who must agree, and whether it is hidden.
///
/// `R` stands for a role, in whichever form both answers name it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Told<'a, R> {
    auto: Rung,
    approved: Rung,
    roles: &'a [R],
    any_of: bool,
    sealed: bool,
}

impl<'a> From<&'a Cell> for Told<'a, usize> {
    fn from(cell: &'a Cell) -> Self {
        Self {
            auto: cell.auto,
            approved: cell.approved,
            roles: &cell.roles,
            any_of: cell.any_of,
            sealed: cell.sealed,
        }
    }
}

impl<'a, R> Told<'a, R> {
    /// What a policy serves, with the roles that it names.
    pub const fn of(outcome: &Outcome, roles: &'a [R]) -> Self {
        Self {
            auto: outcome.auto,
            approved: outcome.approved,
            roles,
            any_of: outcome.any_of,
            sealed: outcome.sealed,
        }
    }
}

/// What must happen before one rung is released.
enum Need<'a, R> {
    Nothing,
    /// These roles agree: any one of them, or all.
    Agreement(&'a [R], bool),
    Impossible,
}

impl<'a, R: PartialEq + Copy> Need<'a, R> {
    fn of(told: Told<'a, R>, rung: Rung) -> Self {
        if rung <= told.auto {
            Self::Nothing
        } else if rung <= told.approved {
            Self::Agreement(told.roles, told.any_of)
        } else {
            Self::Impossible
        }
    }

    /// Whatever lets this one be released lets the other be released.
    fn suffices_for(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Impossible, _) | (_, Self::Nothing) => true,
            (Self::Nothing, _) | (_, Self::Impossible) => false,
            (Self::Agreement(own, any), Self::Agreement(wanted, any_wanted)) => {
                match (any, any_wanted) {
                    (false, false) => wanted.iter().all(|role| own.contains(role)),
                    (false, true) => wanted.iter().any(|role| own.contains(role)),
                    (true, true) => own.iter().all(|role| wanted.contains(role)),
                    (true, false) => own
                        .iter()
                        .all(|role| wanted.iter().all(|other| other == role)),
                }
            }
        }
    }
}

/// The effect of answering `after` where the answer was `before`.
///
/// Rung by rung: more, if something now releases it that did not before; less, if something no
/// longer does. That a thing is hidden and then shown to be withheld is more.
pub(crate) fn effect<R: PartialEq + Copy>(before: Told<'_, R>, after: Told<'_, R>) -> Effect {
    let needs = |rung: Rung| (Need::of(before, rung), Need::of(after, rung));
    let mut rungs = Rung::ALL.iter().copied().filter(|rung| *rung > Rung::None);
    let more = rungs.clone().any(|rung| {
        let (was, is) = needs(rung);
        !is.suffices_for(&was)
    });
    let less = rungs.any(|rung| {
        let (was, is) = needs(rung);
        !was.suffices_for(&is)
    });
    Effect::of(
        more || (before.sealed && !after.sealed),
        less || (after.sealed && !before.sealed),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn effect(before: &Cell, after: &Cell) -> Effect {
        super::effect(before.into(), after.into())
    }

    fn cell(auto: Rung, approved: Rung, roles: &[usize], any_of: bool) -> Cell {
        Cell {
            auto,
            approved,
            roles: roles.to_vec(),
            any_of,
            sealed: false,
            code: 0,
        }
    }

    fn asked(roles: &[usize], any_of: bool) -> Cell {
        cell(Rung::None, Rung::Detail, roles, any_of)
    }

    #[test]
    fn a_higher_rung_is_more_and_a_lower_one_less() {
        let (low, high) = (
            cell(Rung::Known, Rung::Known, &[], false),
            cell(Rung::Detail, Rung::Detail, &[], false),
        );

        assert_eq!(effect(&low, &high), Effect::More);
        assert_eq!(effect(&high, &low), Effect::Less);
        assert_eq!(effect(&high, &high), Effect::Same);
    }

    #[test]
    fn fewer_people_asked_is_more() {
        assert_eq!(
            effect(&asked(&[1, 2], false), &asked(&[1], false)),
            Effect::More
        );
        assert_eq!(
            effect(&asked(&[1, 2], false), &asked(&[1, 2], true)),
            Effect::More
        );
        assert_eq!(
            effect(&asked(&[1], false), &asked(&[1, 2], true)),
            Effect::More
        );
        assert_eq!(
            effect(&asked(&[1, 2], true), &asked(&[1], false)),
            Effect::Less
        );
        assert_eq!(
            effect(&asked(&[1], false), &asked(&[2], false)),
            Effect::Both
        );
        assert_eq!(
            effect(&asked(&[1, 2], true), &asked(&[1, 2], false)),
            Effect::Less
        );
    }

    #[test]
    fn what_is_free_at_a_rung_once_asked_is_more_whoever_is_asked_above_it() {
        let before = cell(Rung::None, Rung::Headline, &[1], false);
        let after = cell(Rung::Headline, Rung::Detail, &[2], false);

        assert_eq!(effect(&before, &after), Effect::More);
    }

    #[test]
    fn more_detail_from_more_people_is_both() {
        let before = cell(Rung::None, Rung::Headline, &[1], false);
        let after = cell(Rung::None, Rung::Detail, &[1, 2], false);

        assert_eq!(effect(&before, &after), Effect::Both);
    }

    #[test]
    fn a_seal_is_less_and_its_removal_more() {
        let open = cell(Rung::None, Rung::None, &[], false);
        let sealed = Cell {
            sealed: true,
            ..open.clone()
        };

        assert_eq!(effect(&open, &sealed), Effect::Less);
        assert_eq!(effect(&sealed, &open), Effect::More);
    }

    #[test]
    fn another_reason_is_the_same() {
        let before = cell(Rung::None, Rung::None, &[], false);
        let after = Cell {
            code: 3,
            ..before.clone()
        };

        assert_eq!(effect(&before, &after), Effect::Same);
    }
}
