//! What the cases of a policy prove: which pass, which rules they exercise, and how many small
//! changes of the rules they would notice.

mod boundary;
mod coverage;
mod mutation;
mod suggest;
mod trial;

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use stile_model::time::Date;
use stile_model::vocabulary::Vocabulary;
use utoipa::ToSchema;

pub use self::coverage::Coverage;
pub use self::mutation::{Gap, Mutation, Survivor};
use crate::cases::{CaseResult, Cases, Judge};
use crate::set::PolicySet;
use trial::Bench;

/// How far the cases are tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Depth {
    /// Cases and coverage: milliseconds.
    Cases,
    /// Also every small change of every rule: seconds.
    Mutations,
}

/// What the cases of a policy prove.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct TestReport {
    /// Every case, in the order of the file.
    pub cases: Vec<CaseResult>,
    /// What the cases exercise.
    pub coverage: Coverage,
    /// What small changes they notice, where that was asked for.
    pub mutation: Option<Mutation>,
}

impl TestReport {
    /// Puts every case to `policy` as of `today` and says what that proves.
    ///
    /// `progress` is told the rules done and the rules in all.
    pub fn of(
        policy: &PolicySet,
        vocabulary: &Vocabulary,
        cases: &Cases,
        today: Date,
        depth: Depth,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Self {
        let results = cases.run(policy, vocabulary, today);
        let judge = Judge::new(policy, vocabulary, today);
        let bench = Bench::new(&judge, cases, &results);
        let mut report = Self {
            coverage: Coverage::of(&bench),
            mutation: (depth == Depth::Mutations).then(|| Mutation::of(&bench, progress)),
            cases: results,
        };
        bench.mend(&mut report.cases);
        report
    }

    /// How many cases fail.
    pub fn failed(&self) -> usize {
        self.cases.iter().filter(|case| !case.passed).count()
    }

    /// The whole report in plain English.
    pub fn plain_english(&self) -> String {
        let mut text = String::new();
        for case in &self.cases {
            text.push_str(&case.plain_english());
        }
        let (all, failed) = (self.cases.len(), self.failed());
        let _ = match failed {
            0 => writeln!(text, "All {all} cases pass.\n"),
            _ => writeln!(text, "{failed} of {all} cases fail.\n"),
        };
        text.push_str(&self.coverage.plain_english());
        if let Some(mutation) = &self.mutation {
            text.push('\n');
            text.push_str(&mutation.plain_english());
        }
        text
    }
}

#[cfg(test)]
mod tests;
