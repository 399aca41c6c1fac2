//! How the clock of a case stands, and what the case needs of whoever looks at it.

use stile_model::code::Priority;
use stile_model::time::Timestamp;

use super::board::{AgencyCounts, Line};
use crate::hub::{Case, Hub};
use crate::people::{Duty, Person};

/// How the clock of a case stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timing {
    /// It was decided in time.
    DecidedInTime,
    /// It was decided too late.
    DecidedLate,
    /// The priority has no clock.
    NoClock,
    /// The time is over.
    Overdue {
        /// For how long, in seconds.
        by_s: i64,
    },
    /// It runs.
    Running {
        /// Seconds left, by the clock on the wall.
        left_s: i64,
        /// Share of the time that has gone, 0 to 100; where the clock counts working hours, of these.
        gone_percent: u8,
    },
}

/// What a case needs of the person who looks at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Need {
    /// Give it to somebody.
    Allocate,
    /// Close it: it is decided, and nobody is still to answer.
    Close,
    /// Decide: everybody who was asked has answered, at least in part, or it is at risk.
    Decide,
    /// Ask for help: it is at risk, and an agency is still to answer.
    Escalate,
    /// Tell the referrer.
    GiveFeedback,
    /// Ask agencies: nobody was asked.
    RaiseEnquiry,
    /// Read a further contact that was added to it.
    ReadContact,
    /// Take it: nobody works on it.
    Take,
}

impl Need {
    /// Every need.
    pub const ALL: [Self; 8] = [
        Self::Allocate,
        Self::Close,
        Self::Decide,
        Self::Escalate,
        Self::GiveFeedback,
        Self::RaiseEnquiry,
        Self::ReadContact,
        Self::Take,
    ];

    /// Its code: `raise_enquiry`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Allocate => "allocate",
            Self::Close => "close",
            Self::Decide => "decide",
            Self::Escalate => "escalate",
            Self::GiveFeedback => "give_feedback",
            Self::RaiseEnquiry => "raise_enquiry",
            Self::ReadContact => "read_contact",
            Self::Take => "take",
        }
    }
}

impl Hub {
    /// How the clock of a case stands.
    pub(super) fn timing(&self, case: &Case, decided: Option<Timestamp>, now: Timestamp) -> Timing {
        let clock = self.vocabulary.clock(case.matter.priority);
        let (Some(due), Some(clock)) = (case.due, clock) else {
            return Timing::NoClock;
        };
        match decided {
            Some(decided) if decided <= due => return Timing::DecidedInTime,
            Some(_) => return Timing::DecidedLate,
            None => {}
        }
        let left = due.since_millis(now);
        if left < 0 {
            return Timing::Overdue {
                by_s: left.saturating_neg() / 1_000,
            };
        }
        Timing::Running {
            left_s: left / 1_000,
            gone_percent: self.settings.calendar.gone_percent(case.opened, clock, now),
        }
    }

    /// What a case needs of this person, in order of the alphabet.
    pub(super) fn needs(person: &Person, line: &Line, now: Timestamp) -> Vec<Need> {
        let is = |duty: Duty| person.duties.contains(&duty);
        let (manager, decider) = (is(Duty::HubManager), is(Duty::DecisionMaker));
        let mine = line.allocated.as_ref() == Some(&person.user);
        let free = line.allocated.is_none();
        let AgencyCounts {
            asked,
            answered,
            to_confirm,
            offline: _,
            refused: _,
        } = line.agencies;
        let (waits, is_decided) = (answered < asked, line.decided.is_some());
        // What a person at an agency has still to settle is printed as open: it stops no decision.
        let silent = answered.saturating_add(to_confirm) < asked;
        // Blue is advice only: nothing is asked of partners.
        let asks = line.priority != Priority::Blue;
        let all = [
            (Need::Allocate, manager && free),
            (Need::Close, (manager || decider) && is_decided && !waits),
            (
                Need::Decide,
                decider
                    && !is_decided
                    && (line.is_at_risk(now) || (!silent && (asked > 0 || !asks))),
            ),
            (
                Need::Escalate,
                (manager || mine) && waits && line.is_at_risk(now),
            ),
            (
                Need::GiveFeedback,
                (manager || mine) && is_decided && line.feedback_due,
            ),
            (
                Need::RaiseEnquiry,
                mine && is(Duty::Researcher) && asked == 0 && asks && !is_decided,
            ),
            (
                Need::ReadContact,
                (mine || (manager && free)) && line.unread > 0,
            ),
            (Need::Take, is(Duty::Researcher) && free),
        ];
        let wanted = all.into_iter().filter(|(_, wanted)| *wanted);
        wanted.map(|(need, _)| need).collect()
    }
}

#[cfg(test)]
mod tests {
    use stile_model::id::{Code, UserId};

    use super::*;

    fn now() -> Timestamp {
        Timestamp::from_millis(1_000_000)
    }

    fn line(asked: u32, answered: u32, to_confirm: u32) -> Line {
        Line {
            kind: Code::new("marac").unwrap(),
            priority: Priority::Amber,
            opened: now(),
            due: Some(now().plus_s(3_600)),
            allocated: Some(UserId::new("r.adams").unwrap()),
            agencies: AgencyCounts {
                asked,
                answered,
                to_confirm,
                ..AgencyCounts::default()
            },
            decided: None,
            risk_from: Some(now().plus_s(1_800)),
            feedback_due: false,
            unread: 0,
            in_danger: false,
        }
    }

    fn needs(duty: Duty, line: &Line, now: Timestamp) -> Vec<Need> {
        let person = Person {
            user: UserId::new("d.evans").unwrap(),
            duties: [duty].into(),
        };
        Hub::needs(&person, line, now)
    }

    #[test]
    fn a_case_that_every_agency_answered_at_least_in_part_needs_a_decision() {
        assert_eq!(
            needs(Duty::DecisionMaker, &line(7, 2, 5), now()),
            [Need::Decide]
        );
        assert_eq!(
            needs(Duty::DecisionMaker, &line(7, 7, 0), now()),
            [Need::Decide]
        );
        assert_eq!(needs(Duty::Researcher, &line(7, 7, 0), now()), []);
    }

    #[test]
    fn a_case_needs_no_decision_while_an_agency_is_silent_unless_it_is_at_risk() {
        for line in [line(7, 2, 4), line(0, 0, 0)] {
            assert_eq!(needs(Duty::DecisionMaker, &line, now()), []);
            let late = now().plus_s(1_800);
            assert_eq!(needs(Duty::DecisionMaker, &line, late), [Need::Decide]);
        }
    }

    #[test]
    fn a_decided_case_is_not_decided_again_and_closed_only_when_everything_has_come() {
        let decided = |line| Line {
            decided: Some(now()),
            ..line
        };

        assert_eq!(
            needs(Duty::DecisionMaker, &decided(line(7, 2, 5)), now()),
            []
        );
        let all_came = needs(Duty::DecisionMaker, &decided(line(7, 7, 0)), now());
        assert_eq!(all_came, [Need::Close]);
    }
}
