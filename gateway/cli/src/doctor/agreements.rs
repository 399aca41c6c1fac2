//! What the directory lets be asked, and until when.

use stile_model::id::MemberId;
use stile_model::time::{Date, Timestamp};
use stile_trust::directory::{Agreement, Directory};

use super::Finding;
use super::trust::AHEAD_DAYS;

const PART: &str = "agreements";

/// The agreements of this member that have ended or will soon, and that no other takes the place of.
pub(super) fn examine(me: &MemberId, directory: &Directory, now: Timestamp) -> Vec<Finding> {
    let all = directory.agreements.iter();
    let ours: Vec<_> = all
        .filter(|one| one.hub == *me || one.agency == *me)
        .collect();
    if ours.is_empty() {
        let found = "no agreement names this member: nobody may ask anything";
        let todo = "have the operator list the agreement that was signed";
        return vec![Finding::wrong(PART, found, todo)];
    }
    let today = now.date();
    let soon = now.plus_s(AHEAD_DAYS * 86_400).date();
    let ending = directory.ending(me, today, soon);
    let findings: Vec<_> = ending.iter().map(|one| told(one, today)).collect();
    if findings.is_empty() {
        let lasting = ours.iter().filter(|one| one.until > soon).count();
        let found = format!("{lasting} with this member, none ends within {AHEAD_DAYS} days");
        return vec![Finding::good(PART, found)];
    }
    findings
}

fn told(one: &Agreement, today: Date) -> Finding {
    let found = format!(
        "`{}` of {} and {}: last day {}",
        one.id, one.hub, one.agency, one.until
    );
    let todo = "have it renewed and listed in the next directory; past its last day its enquiries \
                are refused";
    if one.until < today {
        Finding::wrong(PART, found, todo)
    } else {
        Finding::soon(PART, found, todo)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::State;

    fn now() -> Timestamp {
        "2026-03-11T10:14:00Z".parse().unwrap()
    }

    /// The states of what is found of an agreement from `from` to `until`.
    fn states(from: &str, until: &str) -> Vec<State> {
        let agreement = Agreement {
            id: "one".parse().unwrap(),
            hub: "north-mash".parse().unwrap(),
            agency: "north-police".parse().unwrap(),
            purposes: vec!["s47_enquiry".parse().unwrap()],
            from: from.parse().unwrap(),
            until: until.parse().unwrap(),
            reference: "ISA 1".to_owned(),
        };
        let directory = Directory {
            partnership: "north".parse().unwrap(),
            version: 1,
            issued: now(),
            valid_until: now().plus_s(86_400),
            members: Vec::new(),
            agreements: vec![agreement],
            quorum: None,
        };
        let of = |me: &str| examine(&me.parse().unwrap(), &directory, now());
        assert_eq!(of("north-health")[0].state, State::Wrong, "names nobody");
        of("north-police").iter().map(|one| one.state).collect()
    }

    #[test]
    fn one_that_ended_is_wrong_and_one_that_ends_soon_is_told_in_time() {
        assert_eq!(states("2025-01-01", "2026-03-01"), [State::Wrong]);
        assert_eq!(states("2025-01-01", "2026-03-31"), [State::Soon]);
        assert_eq!(states("2025-01-01", "2027-03-01"), [State::Good]);
    }
}
