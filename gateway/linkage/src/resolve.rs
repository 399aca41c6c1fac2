//! Decides who a subject is among the rows fetched: confident, possible, or none.

use stile_model::id::Code;
use stile_model::subject::{Born, PersonRow};

use crate::bits::probability;
use crate::born::BornLevel;
use crate::compare::Comparison;
use crate::frequencies::Frequencies;
use crate::group::group;
use crate::guard::{Guard, guard};
use crate::level::Level;
use crate::person::Person;
use crate::shares::Shares;
use crate::weights::NumberLevel;

/// Most rows looked at; a source fetches a few hundred.
const MOST_ROWS: usize = 2_000;

/// Best rows that compete; the rest weigh nothing beside them.
const RIVALS: usize = 60;

/// When to answer and when to ask a person. Costs decide: a false match is worth 200 reviews, a
/// miss 100.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thresholds {
    /// Probability from which a match without a guard is confident, 0 to 1.
    pub automatic: f64,
    /// Probability from which a match is shown to the agency's own person, 0 to 1.
    pub possible: f64,
    /// Most possible matches shown.
    pub shown: usize,
    /// Nothing is confident; a person looks at every match.
    pub always_human: bool,
}

impl Thresholds {
    /// Thresholds from what it costs to be wrong, counted in reviews by a person, both at least 1:
    /// answer when `(1 - p) * false_match` is less than a review, show when `p * miss` is more.
    ///
    /// A false match worth 200 reviews and a miss worth 100 give the default. The cost of a false
    /// match is never taken as less than the default's: an agency may only be more careful.
    pub fn from_costs(false_match: f64, miss: f64) -> Self {
        let shipped = Self::default();
        let at_least_one = |cost: f64| if cost >= 1.0 { cost } else { 1.0 };
        let automatic = 1.0 - 1.0 / at_least_one(false_match);
        Self {
            automatic: automatic.max(shipped.automatic),
            possible: (1.0 / at_least_one(miss)).min(shipped.automatic),
            ..shipped
        }
    }
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            automatic: 0.995,
            possible: 0.01,
            shown: 10,
            always_human: false,
        }
    }
}

/// One line of the sum that makes a match; words only, no personal data.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weight {
    /// What was compared: `surname`.
    pub part: &'static str,
    /// How it agrees: `one slip apart`.
    pub level: &'static str,
    /// For (positive) or against, in bits.
    pub bits: f64,
}

/// One person among the rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Match {
    /// Indices of the rows that are this person, the best-fitting first.
    pub rows: Vec<usize>,
    /// Probability that this is the subject, 0 to 1.
    pub probability: f64,
    /// Log odds of the same, in bits: the sum of the waterfall.
    pub bits: f64,
    /// What makes the sum.
    pub waterfall: Vec<Weight>,
    /// Why a person must decide although the probability is high.
    pub guard: Option<&'static str>,
}

/// The outcome for one subject.
#[derive(Debug, Clone, PartialEq)]
pub enum Resolution {
    /// This one; it may be answered automatically.
    Confident(Match),
    /// One of these, or nobody; a person of the agency decides. Most probable first, never empty.
    Possible(Vec<Match>),
    /// Nobody.
    None {
        /// What the enquiry lacked: `no_name`, `name_only`, `no_date_of_birth` or
        /// `partial_date_of_birth`; nothing when it was good enough.
        weak: Option<Code>,
    },
}

/// Says which of `rows` are about `person`.
pub(crate) fn weigh(
    person: &Person,
    shares: &Shares,
    rows: &[PersonRow],
    f: &Frequencies,
    t: &Thresholds,
) -> Resolution {
    let scored = score(person, shares, rows, f);
    let mut matches = compete(&scored, f, matches!(person.born, Some(Born::Expected(_))));
    matches.retain(|found| found.probability >= t.possible);
    if matches.is_empty() {
        return Resolution::None {
            weak: weakness(person),
        };
    }
    match matches.first() {
        Some(best)
            if best.probability >= t.automatic && best.guard.is_none() && !t.always_human =>
        {
            Resolution::Confident(best.clone())
        }
        _ => {
            matches.truncate(t.shown.max(1));
            Resolution::Possible(matches)
        }
    }
}

/// A row with what comparing it found.
struct Scored {
    row: usize,
    person: Person,
    found: Comparison,
    bits: f64,
    flagged: bool,
}

/// Scores every row and keeps the best, best first.
fn score(subject: &Person, shares: &Shares, rows: &[PersonRow], f: &Frequencies) -> Vec<Scored> {
    let mut scored: Vec<Scored> = rows
        .iter()
        .take(MOST_ROWS)
        .enumerate()
        .map(|(row, held)| {
            let person = Person::from(held);
            let found = Comparison::new(subject, shares, &person, f);
            let bits = found.odds_bits(f);
            Scored {
                row,
                person,
                found,
                bits,
                flagged: held.protected || held.sealed,
            }
        })
        .collect();
    scored.sort_by(|a, b| b.bits.total_cmp(&a.bits).then(a.row.cmp(&b.row)));
    scored.truncate(RIVALS);
    scored
}

/// Groups the rows into people and lets these compete: at most one of them is the subject.
fn compete(scored: &[Scored], f: &Frequencies, unborn: bool) -> Vec<Match> {
    let people: Vec<&Person> = scored.iter().map(|each| &each.person).collect();
    let groups: Vec<Vec<&Scored>> = group(&people, f)
        .into_iter()
        .map(|members| members.into_iter().filter_map(|i| scored.get(i)).collect())
        .collect();
    let prior = -f.total().log2(); // even chance that the subject is held at all
    let odds: Vec<f64> = groups
        .iter()
        .map(|members| {
            members
                .first()
                .map_or(0.0, |best| (best.bits + prior).exp2())
        })
        .collect();
    let all: f64 = odds.iter().sum();
    let mut matches: Vec<Match> = groups
        .iter()
        .zip(&odds)
        .filter_map(|(members, own)| {
            let rivals = -(1.0 + (all - own).max(0.0)).log2();
            let guarded = guarded(members, &groups, unborn);
            members
                .first()
                .map(|best| describe(best, members, prior, rivals, guarded))
        })
        .collect();
    matches.sort_by(|a, b| b.bits.total_cmp(&a.bits));
    matches
}

fn describe(
    best: &Scored,
    members: &[&Scored],
    prior: f64,
    rivals: f64,
    guard: Option<Guard>,
) -> Match {
    let mut waterfall = vec![Weight {
        part: "prior",
        level: "one of the people held",
        bits: prior,
    }];
    waterfall.extend(best.found.weights.iter().copied());
    let family = best.bits - best.found.bits;
    waterfall.push(Weight {
        part: "family",
        level: "could be a family member instead",
        bits: family,
    });
    waterfall.push(Weight {
        part: "rivals",
        level: "others fit too",
        bits: rivals,
    });
    let bits = best.bits + prior + rivals;
    let probability = probability(bits);
    Match {
        rows: members.iter().map(|member| member.row).collect(),
        probability,
        bits,
        waterfall,
        guard: guard
            .filter(|guard| guard.holds(probability))
            .map(|guard| guard.reason),
    }
}

/// The first guard that any row of this person or any other person held raises.
fn guarded(members: &[&Scored], groups: &[Vec<&Scored>], unborn: bool) -> Option<Guard> {
    let best = members.first()?;
    let flagged = members.iter().any(|member| member.flagged);
    let numbered = best.found.number == Some(NumberLevel::Same);
    if unborn && !numbered {
        return Some(Guard::hard("the subject is not born yet"));
    }
    if members.iter().any(|member| member.found.conflict) {
        return Some(Guard::hard("identifiers differ"));
    }
    let raised = guard(&best.found, flagged);
    if raised.is_some_and(Guard::is_hard) {
        return raised;
    }
    let exact = best.found.name.given == Some(Level::Identical) || numbered;
    let neighbour = groups.iter().flatten().any(|other| {
        !members.iter().any(|member| member.row == other.row)
            && other.found.born == Some(BornLevel::Same)
            && other
                .found
                .name
                .surname
                .is_some_and(|level| level <= Level::Near)
    });
    if neighbour && !exact {
        // Whoever else is held of that surname and birthday may be the one meant.
        return Some(Guard::hard(
            "somebody of the same surname and date of birth is held too",
        ));
    }
    raised
}

/// What made the enquiry too weak to find anybody, in the words of the vocabulary.
fn weakness(subject: &Person) -> Option<Code> {
    if !subject.numbers.is_empty() {
        return None;
    }
    let bare = subject.places.is_empty() && subject.phones.is_empty();
    let word = match (subject.names.is_empty(), subject.born) {
        (true, _) => "no_name",
        (false, None) if bare => "name_only",
        (false, None) => "no_date_of_birth",
        (false, Some(Born::Exact(_))) => return None,
        (false, Some(_)) => "partial_date_of_birth",
    };
    Code::new(word).ok()
}

#[cfg(test)]
mod tests;
