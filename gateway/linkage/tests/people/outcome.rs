//! Scores resolutions against the truth: outcomes, guards, calibration.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use stile_linkage::{Match, Resolution};

/// The three outcomes of a resolution.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Confident,
    Possible,
    None,
}

/// Where the subject of a query was.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Truth {
    NotHeld,
    HeldOnly,
    Fetched,
}

/// What came out for one query, and whether it is true.
#[derive(Debug)]
pub struct Answer {
    /// The query's record id in its set.
    pub rec_id: String,
    /// Where the subject was.
    pub truth: Truth,
    /// Rows fetched.
    pub rows: usize,
    pub kind: Kind,
    /// Probability of the best match; 0 when there is none.
    pub probability: f64,
    /// What held the best match back.
    pub guard: Option<&'static str>,
    /// Place of the subject among the matches given, the best being 0.
    pub place: Option<usize>,
    /// The sum behind the best match, in words without personal data.
    pub waterfall: String,
}

impl Answer {
    /// Scores one resolution; `right` says of each row whether it is the subject.
    pub fn new(rec_id: &str, present: bool, right: &[bool], resolution: &Resolution) -> Self {
        let (kind, matches): (Kind, &[Match]) = match resolution {
            Resolution::Confident(one) => (Kind::Confident, std::slice::from_ref(one)),
            Resolution::Possible(some) => (Kind::Possible, some),
            Resolution::None { .. } => (Kind::None, &[]),
        };
        let best = matches.first();
        let all_right = |one: &Match| one.rows.iter().all(|row| right[*row]);
        let any_right = |one: &Match| one.rows.iter().any(|row| right[*row]);
        Self {
            rec_id: rec_id.to_owned(),
            truth: match (right.contains(&true), present) {
                (true, _) => Truth::Fetched,
                (false, true) => Truth::HeldOnly,
                (false, false) => Truth::NotHeld,
            },
            rows: right.len(),
            kind,
            probability: best.map_or(0.0, |best| best.probability),
            guard: best.and_then(|best| best.guard),
            // Whoever is answered about must be the subject in every row.
            place: matches.iter().position(|one| match kind {
                Kind::Confident => all_right(one),
                Kind::Possible | Kind::None => any_right(one),
            }),
            waterfall: best.map_or_else(String::new, waterfall),
        }
    }

    /// The subject is among the people held.
    pub fn present(&self) -> bool {
        self.truth != Truth::NotHeld
    }

    /// The right person was among the rows fetched.
    pub fn fetched(&self) -> bool {
        self.truth == Truth::Fetched
    }

    /// The best match is the subject.
    pub fn top_right(&self) -> bool {
        self.place == Some(0)
    }

    /// The subject is among the matches given.
    pub fn shown_right(&self) -> bool {
        self.place.is_some()
    }

    /// Confident about somebody else: a stranger's record would have been disclosed.
    pub fn is_false(&self) -> bool {
        self.kind == Kind::Confident && !self.top_right()
    }

    /// Held, and neither answered nor shown.
    pub fn is_missed(&self) -> bool {
        self.present() && !self.shown_right()
    }

    /// A person was asked although the subject is not among those shown.
    pub fn is_idle(&self) -> bool {
        self.kind == Kind::Possible && !self.shown_right()
    }

    /// Why a person was asked or the subject missed.
    pub fn reason(&self) -> &'static str {
        match self.kind {
            Kind::Confident => "confident",
            Kind::Possible => self.guard.unwrap_or("probability below automatic"),
            Kind::None if !self.fetched() => "no row fetched",
            Kind::None => "probability below possible",
        }
    }

    /// One line of JSON; every text in it is an id or a fixed word.
    pub fn json(&self, set: &str) -> String {
        let kind = match self.kind {
            Kind::Confident => "confident",
            Kind::Possible => "possible",
            Kind::None => "none",
        };
        format!(
            "{{\"set\":\"{set}\",\"rec_id\":\"{}\",\"present\":{},\"outcome\":\"{kind}\",\"probability\":{:.6},\"top_right\":{},\"shown_right\":{},\"fetched\":{},\"rows\":{},\"reason\":\"{}\"}}",
            self.rec_id,
            self.present(),
            self.probability,
            self.top_right(),
            self.shown_right(),
            self.fetched(),
            self.rows,
            self.reason()
        )
    }
}

fn waterfall(best: &Match) -> String {
    let lines = best
        .waterfall
        .iter()
        .map(|weight| format!("{} {} {:+.2}", weight.part, weight.level, weight.bits));
    lines.collect::<Vec<_>>().join("; ")
}

/// What came out over a number of queries.
#[derive(Debug, Default)]
pub struct Outcome {
    pub answers: Vec<Answer>,
}

/// Heading of [`Outcome::row`].
pub const HEADING: &str = "| set | queries / held | false confident | confident recall | recall with possible | top-1 | missed per 1,000 held | to a person, of the held | asked without the subject | candidate recall | rows p50 / p99 |\n|---|---|---|---|---|---|---|---|---|---|---|";

impl Outcome {
    fn count(&self, of: impl Fn(&Answer) -> bool) -> usize {
        self.answers.iter().filter(|answer| of(answer)).count()
    }

    fn of_present(&self, of: impl Fn(&Answer) -> bool) -> f64 {
        let present = self.count(Answer::present);
        share(self.count(|answer| answer.present() && of(answer)), present)
    }

    pub fn false_confident(&self) -> usize {
        self.count(Answer::is_false)
    }

    pub fn confident_recall(&self) -> f64 {
        self.of_present(|answer| answer.kind == Kind::Confident && answer.top_right())
    }

    pub fn recall(&self) -> f64 {
        self.of_present(|answer| answer.shown_right() && !answer.is_false())
    }

    pub fn candidate_recall(&self) -> f64 {
        self.of_present(Answer::fetched)
    }

    /// A person was asked although the subject is not among those shown.
    pub fn idle_reviews(&self) -> usize {
        self.count(Answer::is_idle)
    }

    /// One line of the table under [`HEADING`].
    pub fn row(&self, name: &str) -> String {
        let mut rows: Vec<usize> = self.answers.iter().map(|answer| answer.rows).collect();
        rows.sort_unstable();
        let at = |part: usize| {
            let place = rows.len().saturating_sub(1) * part / 100;
            rows.get(place).copied().unwrap_or(0)
        };
        format!(
            "| {name} | {} / {} | {} | {:.4} | {:.4} | {:.4} | {:.1} | {:.3} | {} | {:.4} | {} / {} |",
            self.answers.len(),
            self.count(Answer::present),
            self.false_confident(),
            self.confident_recall(),
            self.recall(),
            self.of_present(Answer::top_right),
            1000.0 * self.of_present(Answer::is_missed),
            self.of_present(|answer| answer.kind == Kind::Possible),
            self.idle_reviews(),
            self.candidate_recall(),
            at(50),
            at(99),
        )
    }

    /// Queries per reason a person was asked or the subject missed.
    pub fn reasons(&self) -> String {
        let mut reasons: BTreeMap<&str, [usize; 4]> = BTreeMap::new();
        for answer in self.answers.iter().filter(|a| a.kind != Kind::Confident) {
            let row = reasons.entry(answer.reason()).or_default();
            let place = match (answer.present(), answer.top_right(), answer.shown_right()) {
                (false, _, _) => 3,
                (true, true, _) => 0,
                (true, false, true) => 1,
                (true, false, false) => 2,
            };
            row[place] += 1;
        }
        let mut text = "| why | the best is the subject | another shown is | held and not shown | not held |\n|---|---|---|---|---|\n".to_owned();
        for (reason, [best, shown, missed, absent]) in reasons {
            let _ = writeln!(
                text,
                "| {reason} | {best} | {shown} | {missed} | {absent} |"
            );
        }
        text
    }

    /// How often the best match is the subject, by the probability given, whatever the guards say.
    pub fn reliability(&self) -> String {
        let edges = [0.01, 0.05, 0.2, 0.5, 0.8, 0.95, 0.99, 0.995, 0.999, 1.01];
        let mut text =
            "| probability of the best | queries | mean | share that is the subject |\n|---|---|---|---|\n"
                .to_owned();
        for pair in edges.windows(2) {
            let [from, to] = [pair[0], pair[1]];
            let within: Vec<&Answer> = self
                .answers
                .iter()
                .filter(|answer| (from..to).contains(&answer.probability))
                .collect();
            let right = within.iter().filter(|answer| answer.top_right()).count();
            let sum: f64 = within.iter().map(|answer| answer.probability).sum();
            let _ = writeln!(
                text,
                "| {from} to {} | {} | {:.4} | {:.4} |",
                to.min(1.0),
                within.len(),
                sum / share(within.len().max(1), 1),
                share(right, within.len()),
            );
        }
        text
    }
}

fn share(part: usize, of: usize) -> f64 {
    #[expect(
        clippy::as_conversions,
        clippy::cast_precision_loss,
        reason = "counts of test lines"
    )]
    let share = part as f64 / of.max(1) as f64;
    share
}
