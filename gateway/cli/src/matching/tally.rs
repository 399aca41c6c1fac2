//! What matching did on a labelled sample, counted.

use std::collections::BTreeMap;

use serde::Serialize;

/// Upper ends of the calibration's bands of probability.
const BANDS: [f64; 11] = [
    0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.995, 1.0,
];

/// 95 % of a normal distribution lies below this many deviations.
const ONE_SIDED: f64 = 1.6449;

/// 95 % of a normal distribution lies within this many deviations.
const TWO_SIDED: f64 = 1.96;

/// What is to be shown of confident matches before they may be trusted that far.
pub(super) const WANTED: f64 = 0.999;

/// What became of one person of the sample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Seen {
    pub(super) held: Held,
    pub(super) outcome: Said,
    /// The best candidate is theirs.
    pub(super) best_right: bool,
    /// Theirs is among those shown to a person, or answered.
    pub(super) listed: bool,
    /// Of the best candidate, 0 to 1.
    pub(super) probability: Option<f64>,
    /// What held the best candidate back.
    pub(super) guard: Option<&'static str>,
}

/// Whether the record of somebody of the sample is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Held {
    /// It is not.
    No,
    /// It is, and was among the rows fetched.
    Fetched,
    /// It is, and was not.
    Unfetched,
}

/// An outcome without its candidates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Said {
    Confident,
    Possible,
    None,
}

/// Counts over a sample; nobody is in them.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub(super) struct Tally {
    /// People asked about.
    pub(super) people: u64,
    /// Of these, held.
    pub(super) held: u64,
    /// Answered without a person.
    pub(super) confident: Split,
    /// Put before a person; right when theirs was among those shown.
    pub(super) possible: Split,
    /// Put before a person although their record is held.
    pub(super) possible_held: u64,
    /// Told that nobody fits; right when they are not held.
    pub(super) none: Split,
    /// Held, and the record was not among the rows fetched.
    pub(super) not_fetched: u64,
    /// Held, and the best candidate is theirs.
    pub(super) first: u64,
    /// By what held the best candidate back: right when it was theirs.
    pub(super) guards: BTreeMap<&'static str, Split>,
    /// The best candidate's probability beside how often it was theirs.
    pub(super) calibration: Vec<Band>,
}

/// How many, and how many of them right.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(super) struct Split {
    pub(super) all: u64,
    pub(super) right: u64,
}

impl Split {
    fn add(&mut self, right: bool) {
        self.all += 1;
        self.right += u64::from(right);
    }

    pub(super) fn wrong(self) -> u64 {
        self.all - self.right
    }

    /// The share that is right, at least, with 95 % confidence.
    pub(super) fn at_least(self) -> f64 {
        wilson(self, ONE_SIDED).0
    }

    /// Bounds of the share that is right, with 95 % confidence.
    pub(super) fn bounds(self) -> (f64, f64) {
        wilson(self, TWO_SIDED)
    }
}

/// One band of the calibration.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Band {
    /// Probabilities up to this.
    pub(super) up_to: f64,
    /// Mean probability.
    pub(super) said: f64,
    /// How many, and how many were theirs.
    pub(super) split: Split,
    /// Bounds of the true share.
    pub(super) bounds: (f64, f64),
}

impl Tally {
    pub(super) fn of(seen: &[Seen]) -> Self {
        let mut tally = Self::default();
        for one in seen {
            tally.add(one);
        }
        tally.calibration = calibration(seen);
        tally
    }

    fn add(&mut self, one: &Seen) {
        let held = one.held != Held::No;
        self.people += 1;
        self.held += u64::from(held);
        self.first += u64::from(held && one.best_right);
        self.not_fetched += u64::from(one.held == Held::Unfetched);
        match one.outcome {
            Said::Confident => self.confident.add(one.best_right),
            Said::Possible => {
                self.possible.add(one.listed);
                self.possible_held += u64::from(held);
            }
            Said::None => self.none.add(!held),
        }
        if let Some(guard) = one.guard.filter(|_| one.outcome == Said::Possible) {
            self.guards.entry(guard).or_default().add(one.best_right);
        }
    }

    /// Held, and told that nobody fits or shown others only.
    pub(super) fn missed(&self) -> u64 {
        let not_listed = self.possible_held.saturating_sub(self.possible.right);
        self.none.wrong() + not_listed
    }

    /// Clean confident matches that would be needed to say what is wanted.
    pub(super) fn needed() -> f64 {
        (ONE_SIDED * ONE_SIDED * WANTED / (1.0 - WANTED)).ceil()
    }
}

/// `count` as a real number; exact to 2^32.
pub(super) fn real(count: u64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// Wilson, "Probable inference, the law of succession, and statistical inference" (1927).
fn wilson(split: Split, z: f64) -> (f64, f64) {
    if split.all == 0 {
        return (0.0, 1.0);
    }
    let (n, share) = (real(split.all), real(split.right) / real(split.all));
    let (z2, root) = (
        z * z,
        (share * (1.0 - share) / n + z * z / (4.0 * n * n)).sqrt(),
    );
    let middle = share + z2 / (2.0 * n);
    let scale = 1.0 + z2 / n;
    (
        ((middle - z * root) / scale).clamp(0.0, 1.0),
        ((middle + z * root) / scale).clamp(0.0, 1.0),
    )
}

fn calibration(seen: &[Seen]) -> Vec<Band> {
    let mut bands = Vec::new();
    let mut from = 0.0;
    for up_to in BANDS {
        let own: Vec<(f64, bool)> = seen
            .iter()
            .filter_map(|one| Some((one.probability?, one.best_right)))
            .filter(|(said, _)| (*said > from || from == 0.0) && *said <= up_to)
            .collect();
        from = up_to;
        let mut split = Split::default();
        for (_, right) in &own {
            split.add(*right);
        }
        if split.all > 0 {
            let sum: f64 = own.iter().map(|(said, _)| said).sum();
            bands.push(Band {
                up_to,
                said: sum / real(split.all),
                split,
                bounds: split.bounds(),
            });
        }
    }
    bands
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(held: bool, outcome: Said, right: bool) -> Seen {
        Seen {
            held: if held { Held::Fetched } else { Held::No },
            outcome,
            best_right: right,
            listed: right,
            probability: (outcome != Said::None).then_some(0.97),
            guard: (outcome == Said::Possible).then_some("identifiers differ"),
        }
    }

    #[test]
    fn counts_errors_by_outcome() {
        let tally = Tally::of(&[
            seen(true, Said::Confident, true),
            seen(false, Said::Confident, false),
            seen(true, Said::Possible, true),
            seen(true, Said::Possible, false),
            seen(false, Said::Possible, false),
            seen(true, Said::None, false),
            seen(false, Said::None, false),
        ]);

        assert_eq!((tally.people, tally.held, tally.first), (7, 4, 2));
        assert_eq!((tally.confident.all, tally.confident.wrong()), (2, 1));
        assert_eq!(
            (tally.possible.all, tally.possible_held, tally.missed()),
            (3, 3 - 1, 2)
        );
        assert_eq!((tally.none.all, tally.none.right), (2, 1));
        assert_eq!(
            tally.guards["identifiers differ"],
            Split { all: 3, right: 1 }
        );
        assert_eq!(tally.calibration.len(), 1);
        assert_eq!(tally.calibration[0].split, Split { all: 5, right: 2 });
    }

    #[test]
    fn bounds_are_those_of_wilson() {
        let (low, high) = Split {
            all: 100,
            right: 95,
        }
        .bounds();
        assert!(
            (low - 0.8882).abs() < 5e-4 && (high - 0.9785).abs() < 5e-4,
            "{low} {high}"
        );
        assert_eq!(Split::default().bounds(), (0.0, 1.0));
    }

    #[test]
    fn a_clean_sample_says_what_is_wanted_only_when_it_is_large_enough() {
        let clean = |all| Split { all, right: all }.at_least();

        assert!(clean(2_000) < WANTED);
        assert!(clean(3_000) >= WANTED);
        assert!((2_500.0..3_100.0).contains(&Tally::needed()));
        assert!(
            Split {
                all: 3_000,
                right: 2_999
            }
            .at_least()
                < WANTED
        );
    }

    #[test]
    fn every_probability_falls_into_one_band() {
        let all: Vec<Seen> = [0.0, 0.01, 0.010_1, 0.5, 0.995, 0.999, 1.0]
            .into_iter()
            .map(|probability| Seen {
                probability: Some(probability),
                ..seen(true, Said::Possible, true)
            })
            .collect();

        let counted: u64 = Tally::of(&all)
            .calibration
            .iter()
            .map(|band| band.split.all)
            .sum();

        assert_eq!(counted, 7);
    }
}
