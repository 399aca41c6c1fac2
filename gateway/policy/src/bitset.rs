//! The evaluator that serves: every rule at once, 64 to a machine word.
//!
//! For each field and each word of each dimension there is a row of bits, one a rule, set where the
//! rule applies; the rules that apply to a question are the rows of its words, joined by *and*.
//! Rules stand in an order in which, for each verb, the one that decides comes first. So a ruling
//! costs a few words of *and* for each dimension and then hardly depends on how many rules apply.
//!
//! [`crate::mask`] says the same by going through the rules one by one, with the grounds; a test
//! holds the two alike for any rules, and every activation holds this one to Casbin.

mod layout;

use std::ops::Range;

use stile_model::code::Rung;
use stile_model::id::{Code, RuleId};
use stile_model::time::Date;

use crate::decide::Decision;
use crate::mask::{Evaluator, Reasons};
use crate::outcome::Outcome;
use crate::rules::{Rules, Verb};
use crate::space::{DIMENSIONS, Point, RECENCY, Space, bit_of};

use layout::{bits_of, order, place_of, rank, ranks, roles, rows, set_bits, sorted};

/// Machine words kept on the stack: 4,096 rules. More rules are served, from the heap.
const INLINE: usize = 64;
/// Most approver roles one policy can tell apart.
pub(crate) const ROLES_MAX: usize = 64;

/// One rule, as the fold needs it.
#[derive(Debug, Clone)]
struct Line {
    rung: Rung,
    /// Last day in force, of a grant.
    until: Option<Date>,
    /// Roles to ask, one bit each.
    roles: u64,
    any_of: bool,
    /// Place of the withhold code.
    reason: u16,
    /// Which cap's reason is told: the lowest.
    weight: u32,
    /// The order of the ids.
    rank: u32,
    id: RuleId,
}

/// The rules of one agency as rows of bits.
#[derive(Debug, Clone)]
pub(crate) struct Bitset {
    until: Option<Date>,
    /// Machine words in a row.
    width: usize,
    /// The fields' rows, then those of every word of every dimension, then one with every bit set.
    rows: Vec<u64>,
    /// The first row of each dimension.
    starts: [usize; DIMENSIONS],
    every: usize,
    lines: Vec<Line>,
    seals: Range<usize>,
    never_above: Range<usize>,
    ask_above: Range<usize>,
    shares: Range<usize>,
    asks: Range<usize>,
    roles: Vec<Code>,
    codes: Vec<Code>,
    no_rule: u16,
    outside_window: u16,
    policy_expired: u16,
}

/// The rules that apply to one question.
struct Live<'a> {
    /// Whatever the age of the event.
    any_time: &'a [u64],
    /// The row of the event's age.
    recency: &'a [u64],
}

impl Bitset {
    /// Lays out the rules; `None` when they name more than [`ROLES_MAX`] roles.
    pub fn new(rules: &Rules, space: &Space, evaluator: &Evaluator) -> Option<Self> {
        let named = roles(rules);
        if named.len() > ROLES_MAX {
            return None;
        }
        let mut codes = Vec::new();
        let Reasons {
            no_rule,
            outside_window,
            policy_expired,
            ..
        } = evaluator.reasons();
        let [no_rule, outside_window, policy_expired] =
            [no_rule, outside_window, policy_expired].map(|code| place_of(&mut codes, code));
        let sorted = sorted(rules, evaluator);
        let ranks = ranks(rules);
        let lines = sorted
            .iter()
            .map(|(rule, code, weight)| Line {
                rung: rule.rung,
                until: rule.until.filter(|_| rule.verb.grants()),
                roles: bits_of(&named, &rule.approvers.roles),
                any_of: rule.approvers.any_of,
                reason: place_of(&mut codes, code),
                weight: *weight,
                rank: rank(&ranks, &rule.id),
                id: rule.id.clone(),
            })
            .collect();
        let span = |verb: Verb| {
            let from = sorted.partition_point(|(rule, ..)| order(rule.verb) < order(verb));
            let to = sorted.partition_point(|(rule, ..)| order(rule.verb) <= order(verb));
            from..to
        };
        let mut starts = [0; DIMENSIONS];
        let mut every = space.fields.len();
        for (start, dimension) in starts.iter_mut().zip(&space.dimensions) {
            *start = every;
            every = every.saturating_add(dimension.len());
        }
        let width = sorted.len().div_ceil(64);
        Some(Self {
            until: rules.until,
            width,
            rows: rows(&sorted, space, &starts, every, width),
            starts,
            every,
            seals: span(Verb::Seal),
            never_above: span(Verb::NeverAbove),
            ask_above: span(Verb::AskAbove),
            shares: span(Verb::Share),
            asks: span(Verb::Ask),
            lines,
            roles: named,
            codes,
            no_rule,
            outside_window,
            policy_expired,
        })
    }

    /// The ruling, as of `on`.
    pub fn outcome(&self, point: &Point, on: Date) -> Outcome {
        self.joined(point, |live| {
            if self.until.is_some_and(|until| on > until) {
                // Seals outlive the file: an expired policy must not reveal what a live one hid.
                let sealed = self.first(live, &self.seals, on).is_some();
                return Outcome::nothing(sealed, self.policy_expired);
            }
            self.ruling(live, on)
        })
    }

    /// `(auto, approved)` by the rules in force on `on`, whatever the file's own last day.
    pub fn rungs(&self, point: &Point, on: Date) -> (Rung, Rung) {
        let outcome = self.joined(point, |live| self.ruling(live, on));
        (outcome.auto, outcome.approved)
    }

    /// Hands on the rules that apply.
    fn joined(&self, point: &Point, rule: impl FnOnce(&Live<'_>) -> Outcome) -> Outcome {
        let mut inline = [0; INLINE];
        let mut heap;
        let joined = if let Some(inline) = inline.get_mut(..self.width) {
            inline
        } else {
            heap = vec![0; self.width];
            &mut heap
        };
        rule(&self.live(point, joined))
    }

    fn ruling(&self, live: &Live<'_>, on: Date) -> Outcome {
        if self.first(live, &self.seals, on).is_some() {
            return Outcome::nothing(true, self.no_rule);
        }
        self.fold(live, on)
    }

    fn fold(&self, live: &Live<'_>, on: Date) -> Outcome {
        let share = self.first(live, &self.shares, on);
        let ask = self.first(live, &self.asks, on);
        let hard = self.first(live, &self.never_above, on);
        let soft = self.first(live, &self.ask_above, on);
        let granted = share.map_or(Rung::None, |(_, line)| line.rung);
        let asked = ask.map_or(Rung::None, |(_, line)| line.rung);
        let cap = hard.map_or(Rung::Detail, |(_, line)| line.rung);
        let unless = soft.map_or(Rung::Detail, |(_, line)| line.rung);
        let auto = granted.min(cap).min(unless);
        let approved = granted.max(asked).min(cap);
        let best = share.and_then(|(place, _)| u32::try_from(place).ok());
        let reaches = approved > Rung::None && granted >= approved;
        let outcome = Outcome {
            auto,
            approved,
            reason: self.reason(live, on, auto, [hard, soft]),
            granting: best.filter(|_| auto > Rung::None),
            giving: best.filter(|_| reaches),
            ..Outcome::nothing(false, self.no_rule)
        };
        if approved > auto {
            self.asking(live, on, outcome, granted.min(cap))
        } else {
            outcome
        }
    }

    /// The approvers of what is released after approval, where a plain grant reaches as far as
    /// `shared`.
    fn asking(&self, live: &Live<'_>, on: Date, outcome: Outcome, shared: Rung) -> Outcome {
        let approved = outcome.approved;
        // An `ask` is needed only where no plain grant reaches as far.
        let asks = self
            .each(live, &self.asks, on)
            .take_while(|(_, line)| shared < approved && line.rung >= approved);
        let caps = self
            .each(live, &self.ask_above, on)
            .take_while(|(_, line)| line.rung < approved);
        let (mut roles, mut common, mut any_of) = (0, u64::MAX, true);
        let (mut first, mut giving) = (None::<(u32, usize)>, None::<(u32, usize)>);
        let earlier = |known: &mut Option<(u32, usize)>, line: &Line, place: usize| {
            if known.is_none_or(|(rank, _)| line.rank < rank) {
                *known = Some((line.rank, place));
            }
        };
        let asks = asks.map(|(place, line)| (place, line, true));
        for (place, line, asks) in asks.chain(caps.map(|(place, line)| (place, line, false))) {
            roles |= line.roles;
            common &= line.roles;
            any_of &= line.any_of;
            earlier(&mut first, line, place);
            if asks {
                earlier(&mut giving, line, place);
            }
        }
        let place = |known: Option<(u32, usize)>| u32::try_from(known?.1).ok();
        Outcome {
            roles,
            // Each content with any one, and of the same roles.
            any_of: any_of && roles == common,
            giving: outcome.giving.or_else(|| place(giving)),
            asking: place(first),
            ..outcome
        }
    }

    /// Why no more than `auto` is said: the cap that binds, the window, or that no rule gives more.
    fn reason(
        &self,
        live: &Live<'_>,
        on: Date,
        auto: Rung,
        caps: [Option<(usize, &Line)>; 2],
    ) -> u16 {
        // No cap that applies is below `auto`, so those that bind are at it.
        let binding = caps
            .into_iter()
            .flatten()
            .filter(|(_, line)| line.rung <= auto)
            .min_by_key(|(_, line)| (line.weight, line.rank));
        if let Some((_, line)) = binding {
            return line.reason;
        }
        let ever = Live {
            any_time: live.any_time,
            recency: self.row(self.every),
        };
        let rung = |span: &Range<usize>, without: Rung| {
            self.first(&ever, span, on)
                .map_or(without, |(_, line)| line.rung)
        };
        let newer = rung(&self.shares, Rung::None)
            .min(rung(&self.never_above, Rung::Detail))
            .min(rung(&self.ask_above, Rung::Detail));
        let sealed = self.first(&ever, &self.seals, on).is_some();
        if newer > auto && !sealed {
            self.outside_window
        } else {
            self.no_rule
        }
    }

    fn row(&self, row: usize) -> &[u64] {
        let from = row.saturating_mul(self.width);
        self.rows
            .get(from..from.saturating_add(self.width))
            .unwrap_or_default()
    }

    /// Joins the rows of a question in `joined`, which has the width of one.
    fn live<'a>(&'a self, point: &Point, joined: &'a mut [u64]) -> Live<'a> {
        if let Some(field) = point.field {
            for (word, bits) in joined.iter_mut().zip(self.row(field)) {
                *word = *bits;
            }
        }
        let mut recency: &[u64] = &[];
        for (dimension, (start, place)) in self.starts.iter().zip(point.words).enumerate() {
            let row = self.row(start.saturating_add(place));
            if dimension == RECENCY {
                recency = row;
            } else {
                for (word, bits) in joined.iter_mut().zip(row) {
                    *word &= *bits;
                }
            }
        }
        Live {
            any_time: joined,
            recency,
        }
    }

    fn first<'a>(
        &'a self,
        live: &Live<'_>,
        span: &Range<usize>,
        on: Date,
    ) -> Option<(usize, &'a Line)> {
        self.each(live, span, on).next()
    }

    /// The rules of a span that apply and are in force, in their order.
    fn each<'a, 'b>(
        &'a self,
        live: &Live<'b>,
        span: &Range<usize>,
        on: Date,
    ) -> impl Iterator<Item = (usize, &'a Line)> + use<'a, 'b> {
        set_bits(live.any_time, live.recency, span)
            .filter_map(|place| Some((place, self.lines.get(place)?)))
            .filter(move |(_, line)| line.until.is_none_or(|until| on <= until))
    }

    /// Does the lean ruling say what the one with grounds says?
    pub fn is_alike(&self, outcome: &Outcome, decision: &Decision) -> bool {
        (outcome.auto, outcome.approved, outcome.sealed)
            == (decision.auto, decision.approved, decision.sealed)
            && outcome.any_of == decision.approvers.any_of
            && self.roles(outcome).eq(&decision.approvers.roles)
            && self.code(outcome) == Some(&decision.withhold)
            && self.rule(outcome.granting) == decision.granting.as_ref()
            && self.rule(outcome.giving) == decision.giving.as_ref()
            && self.rule(outcome.asking) == decision.asking.first()
    }

    /// The withhold code of an outcome.
    pub fn code(&self, outcome: &Outcome) -> Option<&Code> {
        self.codes.get(usize::from(outcome.reason))
    }

    /// The roles of an outcome, in alphabetical order.
    pub fn roles(&self, outcome: &Outcome) -> impl Iterator<Item = &Code> {
        let bits = outcome.roles;
        self.roles
            .iter()
            .enumerate()
            .filter(move |(place, _)| bits & bit_of(*place) != 0)
            .map(|(_, role)| role)
    }

    /// The rule at a place of an outcome.
    pub fn rule(&self, place: Option<u32>) -> Option<&RuleId> {
        let line = self.lines.get(usize::try_from(place?).ok()?)?;
        Some(&line.id)
    }
}

#[cfg(test)]
pub(crate) use tests::alike;
#[cfg(test)]
mod tests;
