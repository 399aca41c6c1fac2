//! Puts a match in words for the person who must decide: how far it could be coincidence, where it
//! differs from the next best, and what would settle it. No personal data.

use crate::resolve::Match;

/// Lines of a waterfall that are not a part of the person.
const BESIDE: [&str; 3] = ["prior", "family", "rivals"];

/// Odds from which a match without a guard is confident under the usual thresholds: .995.
const CONFIDENT_BITS: f64 = 7.64;

/// Where two candidates agree with the subject in different ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Difference {
    /// What was compared: `forename`.
    pub part: &'static str,
    /// How this candidate agrees; `not compared` when one side lacks it.
    pub here: &'static str,
    /// How the rival agrees.
    pub there: &'static str,
}

impl Match {
    /// Of how many strangers at most one agrees as well: 1 in this many, at least 1.
    ///
    /// A bound, not a count: a weight of `b` bits is reached by chance in at most 2^-b of cases.
    pub fn coincidence(&self) -> f64 {
        let parts = self.waterfall.iter();
        let own = parts.filter(|line| !BESIDE.contains(&line.part));
        own.map(|line| line.bits).sum::<f64>().exp2().max(1.0)
    }

    /// Where this candidate and a rival agree with the subject in different ways.
    pub fn differs_from(&self, rival: &Self) -> Vec<Difference> {
        let mut parts: Vec<&'static str> = Vec::new();
        for line in self.waterfall.iter().chain(&rival.waterfall) {
            if !BESIDE.contains(&line.part) && !parts.contains(&line.part) {
                parts.push(line.part);
            }
        }
        let all = parts.into_iter().map(|part| Difference {
            part,
            here: self.level(part).unwrap_or(NOT_COMPARED),
            there: rival.level(part).unwrap_or(NOT_COMPARED),
        });
        all.filter(|each| each.here != each.there).collect()
    }

    /// What to find out: what the guard asks for, or else each fact that alone could be enough if
    /// it agreed, or else every fact that is missing.
    pub fn settled_by(&self) -> Vec<&'static str> {
        if let Some(guard) = self.guard {
            return asked_by(guard).into_iter().collect();
        }
        let missing = self.missing();
        let wanted = CONFIDENT_BITS - self.bits;
        let enough: Vec<_> = missing
            .iter()
            .filter(|(_, bits)| *bits >= wanted)
            .map(|(fact, _)| *fact)
            .collect();
        if enough.is_empty() {
            missing.into_iter().map(|(fact, _)| fact).collect()
        } else {
            enough
        }
    }

    fn level(&self, part: &str) -> Option<&'static str> {
        let mut lines = self.waterfall.iter();
        lines.find(|line| line.part == part).map(|line| line.level)
    }

    /// Facts that were not compared, and what each could add in bits, most first.
    fn missing(&self) -> Vec<(&'static str, f64)> {
        // The prior is one of the people held: an identifier tells them all apart.
        let mut lines = self.waterfall.iter();
        let people = lines.find(|line| line.part == "prior");
        let people = people.map_or(0.0, |line| -line.bits);
        let numbers = ["NHS number", "unique pupil number", "identifier"];
        let facts: [(&[&str], &'static str, f64); 5] = [
            (&numbers, "an NHS number or unique pupil number", people),
            (
                &["date of birth", "name"],
                "a date of birth",
                people.min(13.0),
            ),
            (&["address"], "an address", people - 3.0),
            (
                &["telephone"],
                "a telephone number",
                12.0_f64.min(people - 3.0),
            ),
            (&["middle name"], "further forenames", 6.0),
        ];
        let mut missing: Vec<_> = facts
            .into_iter()
            .filter(|(parts, _, _)| parts.iter().all(|part| self.level(part).is_none()))
            .map(|(_, fact, bits)| (fact, bits))
            .collect();
        missing.sort_by(|a, b| b.1.total_cmp(&a.1));
        missing
    }
}

const NOT_COMPARED: &str = "not compared";

/// What would answer a guard. The order matters: the first that fits is the most telling.
fn asked_by(guard: &str) -> Option<&'static str> {
    const FACTS: [(&str, &str); 14] = [
        ("identifiers", "which of the differing identifiers is right"),
        (
            "same surname and date of birth",
            "an identifier, or the exact forename: there may be a twin",
        ),
        (
            "forenames differ",
            "which forename is theirs, and whether there is a twin, brother or sister",
        ),
        ("only alike", "all forenames, as registered"),
        ("initial", "the whole forename"),
        ("no forename", "a forename"),
        ("no date of birth", "a date of birth"),
        (
            "dates of birth differ",
            "which date of birth is right: a parent or namesake may be held",
        ),
        (
            "two generations",
            "a date of birth: somebody else of the family bears the name",
        ),
        ("roughly", "the exact date of birth"),
        (
            "1 january",
            "an address, telephone or identifier: 1 January often stands for a date not known",
        ),
        ("sex", "the forename as registered"),
        ("surname", "an earlier surname, or an address or identifier"),
        ("born", "an identifier given at birth"),
    ];
    let guard = guard.to_lowercase();
    let found = FACTS.iter().find(|(word, _)| guard.contains(word));
    found.map_or(Some("an identifier"), |(_, fact)| Some(fact))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resolve::Weight;

    fn found(lines: &[(&'static str, &'static str, f64)], guard: Option<&'static str>) -> Match {
        let line = |(part, level, bits): &(&'static str, &'static str, f64)| Weight {
            part,
            level,
            bits: *bits,
        };
        Match {
            rows: vec![0],
            probability: 0.5,
            bits: lines.iter().map(|(_, _, bits)| bits).sum(),
            waterfall: lines.iter().map(line).collect(),
            guard,
        }
    }

    #[test]
    fn coincidence_counts_only_what_is_of_the_person() {
        let one = found(
            &[
                ("prior", "one of the people held", -20.0),
                ("forename", "identical", 6.0),
                ("surname", "identical", 4.0),
                ("rivals", "others fit too", -9.0),
            ],
            None,
        );

        assert!((one.coincidence() - 1024.0).abs() < 1e-6);
        assert!((found(&[("sex", "different", -6.0)], None).coincidence() - 1.0).abs() < 1e-9);
    }

    #[test]
    fn tells_where_a_rival_differs_and_nothing_else() {
        let one = found(
            &[("forename", "identical", 6.0), ("sex", "same", 1.0)],
            None,
        );
        let other = found(
            &[
                ("forename", "different", -4.0),
                ("sex", "same", 1.0),
                ("address", "different", -2.0),
            ],
            None,
        );

        let parts: Vec<_> = one
            .differs_from(&other)
            .iter()
            .map(|each| (each.part, each.here, each.there))
            .collect();

        assert_eq!(
            parts,
            [
                ("forename", "identical", "different"),
                ("address", "not compared", "different")
            ]
        );
        assert_eq!(one.differs_from(&one), []);
    }

    #[test]
    fn asks_for_what_the_guard_speaks_of() {
        for (guard, word) in [
            ("identifiers differ", "identifiers"),
            ("forenames differ (twin or sibling)", "twin"),
            ("only the initial of the forename agrees", "whole forename"),
            (
                "forenames are only alike and further ones differ",
                "registered",
            ),
            ("no forename to compare", "forename"),
            ("no date of birth to compare", "date of birth"),
            ("dates of birth differ (parent or namesake)", "parent"),
            ("date of birth known only roughly", "exact date"),
            (
                "names differ in which of two generations is meant",
                "date of birth",
            ),
            ("1 January without address or identifier", "address"),
            ("sex differs and forenames are not identical", "forename"),
            (
                "surnames differ without address or identifier",
                "earlier surname",
            ),
            (
                "somebody of the same surname and date of birth is held too",
                "twin",
            ),
            ("the subject is not born yet", "at birth"),
            ("protected record without an exact fit", "identifier"),
        ] {
            let facts = found(&[], Some(guard)).settled_by();
            assert!(
                facts.iter().any(|fact| fact.contains(word)),
                "{guard}: {facts:?}"
            );
        }
    }

    #[test]
    fn asks_only_for_facts_that_are_missing_and_alone_would_do() {
        let lines = [
            ("prior", "one of the people held", -20.0),
            ("surname", "identical", 9.0),
            ("date of birth", "same", 12.0),
        ];

        let facts = found(&lines, None).settled_by();

        assert_eq!(
            facts,
            [
                "an NHS number or unique pupil number",
                "an address",
                "a telephone number"
            ]
        );
        let bare = found(&lines[..1], None).settled_by();
        assert!(
            bare.contains(&"a date of birth") && bare.len() == 5,
            "{bare:?}"
        );
    }
}
