//! Whose approvals a change needs.
//!
//! | What the change does | Who must approve |
//! |---|---|
//! | discloses less, or the same | one officer who did not propose it |
//! | discloses more anywhere | two, one as `information_governance` and one as `ig_lead` |
//! | closes or opens a category, or drops cases | an `ig_lead` among them |
//!
//! Two roles mean two people, whoever holds both. An officer who has lost a role since does not count
//! for it.

use std::collections::BTreeSet;

use stile_model::id::{Code, UserId};

use crate::people::{Duty, People};
use stile_policy::Effect;

/// A role that an approval counts for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Role {
    Lead,
    Officer,
}

impl Role {
    pub(super) const ALL: [Self; 2] = [Self::Lead, Self::Officer];

    pub(super) const fn duty(self) -> Duty {
        match self {
            Self::Lead => Duty::IgLead,
            Self::Officer => Duty::InformationGovernance,
        }
    }

    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Lead => "ig_lead",
            Self::Officer => "information_governance",
        }
    }

    pub(super) fn code(self) -> Option<Code> {
        Code::new(self.word()).ok()
    }

    /// What `user` may approve as today.
    pub(super) fn of(user: &UserId, people: &People) -> BTreeSet<Self> {
        let held = Self::ALL.into_iter();
        held.filter(|role| people.has(user, &role.duty())).collect()
    }
}

/// The approvals that a change needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Needed {
    pub(super) effect: Effect,
    /// A category is closed or opened.
    pub(super) existence: bool,
    /// Cases of the policy in force are left out: a check is lost.
    pub(super) fewer_cases: bool,
}

impl Needed {
    /// The role each of these people counts for, in their order, where together they are enough.
    pub(super) fn assign(self, people: &[BTreeSet<Role>]) -> Option<Vec<Role>> {
        let alone = |held: &BTreeSet<Role>| {
            let lead = held.contains(&Role::Lead);
            let role = if lead { Role::Lead } else { Role::Officer };
            (!held.is_empty() && (lead || !(self.existence || self.fewer_cases))).then_some(role)
        };
        match people {
            [one] if !self.effect.is_more() => alone(one).map(|role| vec![role]),
            [one, other] if self.effect.is_more() => {
                let pair = |first, second| {
                    let fit = one.contains(&first) && other.contains(&second);
                    fit.then(|| vec![first, second])
                };
                pair(Role::Officer, Role::Lead).or_else(|| pair(Role::Lead, Role::Officer))
            }
            _ => None,
        }
    }

    /// Could these people be among those who are enough?
    pub(super) fn takes(self, people: &[BTreeSet<Role>]) -> bool {
        if self.assign(people).is_some() {
            return true;
        }
        let all: BTreeSet<Role> = Role::ALL.into();
        let mut more = people.to_vec();
        more.push(all);
        self.assign(&more).is_some()
    }

    /// What is needed, in words.
    pub(super) const fn words(self) -> &'static str {
        match (self.effect.is_more(), self.existence) {
            (true, _) => {
                "two officers who did not propose it: one as `information_governance`, another as `ig_lead`"
            }
            (false, true) => "an `ig_lead` who did not propose it: a category is closed or opened",
            (false, false) if self.fewer_cases => {
                "an `ig_lead` who did not propose it: cases in force are left out"
            }
            (false, false) => "one officer who did not propose it",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(roles: &[Role]) -> BTreeSet<Role> {
        roles.iter().copied().collect()
    }

    fn needed(effect: Effect, existence: bool) -> Needed {
        Needed {
            effect,
            existence,
            fewer_cases: false,
        }
    }

    #[test]
    fn one_second_officer_is_enough_where_nothing_more_leaves() {
        for effect in [Effect::Less, Effect::Same] {
            let enough = needed(effect, false).assign(&[person(&[Role::Officer])]);

            assert_eq!(enough, Some(vec![Role::Officer]));
        }
    }

    #[test]
    fn one_officer_is_never_enough_where_more_leaves() {
        for effect in [Effect::More, Effect::Both] {
            let change = needed(effect, false);

            assert_eq!(change.assign(&[person(&Role::ALL)]), None);
            assert!(change.takes(&[person(&Role::ALL)]));
        }
    }

    #[test]
    fn rejects_two_officers_of_the_same_role_where_more_leaves() {
        let (change, officer) = (needed(Effect::More, false), person(&[Role::Officer]));

        assert_eq!(change.assign(&[officer.clone(), officer.clone()]), None);
        assert!(!change.takes(&[officer.clone(), officer]));
    }

    #[test]
    fn whoever_holds_both_roles_stands_for_the_one_that_is_left() {
        let people = [person(&Role::ALL), person(&[Role::Lead])];

        let roles = needed(Effect::Both, false).assign(&people);

        assert_eq!(roles, Some(vec![Role::Officer, Role::Lead]));
    }

    #[test]
    fn only_the_lead_closes_or_opens_a_category() {
        let change = needed(Effect::Less, true);

        assert_eq!(change.assign(&[person(&[Role::Officer])]), None);
        assert!(!change.takes(&[person(&[Role::Officer])]));
        assert!(change.assign(&[person(&[Role::Lead])]).is_some());
    }

    #[test]
    fn only_the_lead_lets_cases_be_left_out() {
        let change = Needed {
            fewer_cases: true,
            ..needed(Effect::Same, false)
        };

        assert!(!change.takes(&[person(&[Role::Officer])]));
        assert!(change.assign(&[person(&[Role::Lead])]).is_some());
        assert!(change.words().contains("cases"));
    }

    #[test]
    fn somebody_without_a_role_counts_for_nothing() {
        for effect in [Effect::Less, Effect::Same, Effect::More, Effect::Both] {
            for existence in [false, true] {
                assert!(!needed(effect, existence).takes(&[person(&[])]));
            }
        }
    }
}
