//! Agreements that leave somebody without an answer: those that end with no other to follow them.

use stile_model::id::MemberId;
use stile_model::time::Date;

use super::{Agreement, Directory};

impl Directory {
    /// The agreements of `member` that have ended or end by `soon`, and that no other takes the place
    /// of. One that is followed only by a short one is not told: the short one is.
    #[must_use]
    pub fn ending(&self, member: &MemberId, today: Date, soon: Date) -> Vec<&Agreement> {
        let all = self.agreements.iter();
        let ours = all.filter(|one| one.hub == *member || one.agency == *member);
        ours.filter(|one| one.until <= soon && !self.is_followed(one, today))
            .collect()
    }

    /// Is each of its purposes open between the two without it: today, if it has ended, else on the day
    /// after its last?
    fn is_followed(&self, one: &Agreement, today: Date) -> bool {
        let next = one.until.tomorrow().unwrap_or(one.until).max(today);
        one.purposes.iter().all(|purpose| {
            let open = self.agreement(&one.hub, &one.agency, purpose, next);
            open.is_ok()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::tests::sample;

    const TODAY: &str = "2026-03-11";
    const SOON: &str = "2026-04-10";
    const BOTH: &[&str] = &["s47_enquiry", "threshold_enquiry"];

    fn agreement(id: &str, hub: &str, purposes: &[&str], (from, until): (&str, &str)) -> Agreement {
        Agreement {
            id: id.parse().unwrap(),
            hub: hub.parse().unwrap(),
            agency: "north-police".parse().unwrap(),
            purposes: purposes.iter().map(|one| one.parse().unwrap()).collect(),
            from: from.parse().unwrap(),
            until: until.parse().unwrap(),
            reference: "ISA 1".to_owned(),
        }
    }

    /// What the agency is told of.
    fn told(agreements: &[Agreement]) -> Vec<String> {
        told_to("north-police", agreements)
    }

    fn told_to(member: &str, agreements: &[Agreement]) -> Vec<String> {
        let directory = Directory {
            agreements: agreements.to_vec(),
            ..sample()
        };
        let day = |text: &str| text.parse().unwrap();
        let ending = directory.ending(&member.parse().unwrap(), day(TODAY), day(SOON));
        ending.iter().map(|one| one.id.to_string()).collect()
    }

    #[test]
    fn an_agreement_that_ended_or_ends_soon_is_told_to_its_two_members() {
        let ended = agreement("one", "north-mash", BOTH, ("2025-01-01", "2026-03-01"));
        let ends = agreement("two", "south-mash", BOTH, ("2025-01-01", SOON));
        let lasts = agreement("three", "west-mash", BOTH, ("2025-01-01", "2026-04-11"));

        let all = [ended, ends, lasts];
        assert_eq!(told(&all), ["one", "two"]);
        assert_eq!(told_to("south-mash", &all), ["two"]);
        assert!(told_to("north-health", &all).is_empty());
    }

    #[test]
    fn one_that_was_renewed_under_another_identifier_is_not_told_for_ever() {
        let ended = agreement("one", "north-mash", BOTH, ("2025-01-01", "2026-03-01"));
        let renewed = agreement("two", "north-mash", BOTH, ("2026-03-05", "2027-03-01"));
        let ends = agreement("three", "south-mash", BOTH, ("2025-01-01", "2026-03-31"));
        let follows = agreement("four", "south-mash", BOTH, ("2026-04-01", "2027-03-01"));

        assert!(told(&[ended, renewed, ends, follows]).is_empty());
    }

    #[test]
    fn purposes_may_be_opened_by_several() {
        let ended = agreement("one", "north-mash", BOTH, ("2025-01-01", "2026-03-01"));
        let lasting = ("2025-01-01", "2027-03-01");
        let first = agreement("two", "north-mash", &BOTH[..1], lasting);
        let second = agreement("three", "north-mash", &BOTH[1..], lasting);

        assert!(told(&[ended.clone(), first.clone(), second]).is_empty());
        assert_eq!(told(&[ended, first]), ["one"]);
    }

    #[test]
    fn tells_what_is_renewed_too_late_too_shortly_or_for_another_hub() {
        let ends = agreement("one", "north-mash", BOTH, ("2025-01-01", "2026-03-20"));
        let late = agreement("two", "north-mash", BOTH, ("2026-03-22", "2027-03-01"));
        let short = agreement("three", "north-mash", BOTH, ("2025-01-01", "2026-03-21"));
        let other = agreement("four", "south-mash", BOTH, ("2025-01-01", "2027-03-01"));

        assert_eq!(told(&[ends.clone(), late]), ["one"]);
        assert_eq!(told(&[ends.clone(), short]), ["three"]);
        assert_eq!(told(&[ends, other]), ["one"]);
    }
}
