//! `stile source match`: what the gateway would make of one person, and why.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;
use stile_exchange::agency::MatchQuestion;
use stile_linkage::Match;
use stile_model::id::Code;
use stile_model::subject::{CandidateQuery, PersonRow, Subject};

use super::finder::{Finder, Looked, Outcome};
use super::person;
use crate::config::AgencyConfig;
use crate::output::{self, line};
use crate::run::Failure;
use crate::side::candidate;

/// What is shown, as JSON.
#[derive(Serialize)]
struct Shown {
    /// `confident`, `possible` or `none`.
    outcome: &'static str,
    /// What the question lacked, where nobody was found.
    weak: Option<Code>,
    /// People held, counted.
    people: u64,
    /// Spellings and dates looked for, by kind.
    looked_for: BTreeMap<&'static str, usize>,
    /// Rows fetched, by system.
    fetched: BTreeMap<String, usize>,
    /// Systems that were not asked, since too little is known: nothing is said of them.
    unasked: Vec<String>,
    /// Systems in which more people come near than are looked at.
    capped: Vec<String>,
    /// Side by side, best first; where nobody was found, the nearest that were too unlikely.
    question: MatchQuestion,
}

/// Runs the command.
///
/// # Errors
///
/// When the person's file cannot be read or a system does not answer.
pub async fn run(config: &AgencyConfig, file: &Path, json: bool) -> Result<(), Failure> {
    let subject = person::read(file)?;
    let finder = Finder::open(config).await?;
    let looked = finder.look(&subject).await?;
    let shown = Shown::of(&finder, &subject, &looked);
    if json {
        output::json(&shown);
    } else {
        line(shown.text());
    }
    Ok(())
}

impl Shown {
    fn of(finder: &Finder, subject: &Subject, looked: &Looked) -> Self {
        let rows = |found: &Match| -> Vec<PersonRow> {
            let own = found.rows.iter();
            own.filter_map(|place| looked.rows.get(*place).cloned())
                .collect()
        };
        let rows: Vec<_> = looked.candidates.iter().map(rows).collect();
        let candidates: Vec<_> = looked
            .candidates
            .iter()
            .zip(rows.iter().map(Vec::as_slice))
            .collect();
        let (outcome, weak) = match &looked.outcome {
            Outcome::Confident => ("confident", None),
            Outcome::Possible => ("possible", None),
            Outcome::None { weak } => ("none", weak.clone()),
        };
        Self {
            outcome,
            weak,
            people: finder.people(),
            looked_for: looked_for(&looked.query),
            fetched: looked.fetched.clone(),
            unasked: looked.unasked.clone(),
            capped: looked.capped.clone(),
            question: MatchQuestion::of(subject, &candidates),
        }
    }

    fn text(&self) -> String {
        let lists = self.looked_for.iter();
        let lists: Vec<_> = lists
            .map(|(what, count)| format!("{what} {count}"))
            .collect();
        let fetched = self.fetched.iter();
        let fetched: Vec<_> = fetched
            .map(|(name, rows)| format!("{name} {rows}"))
            .collect();
        let none = if self.fetched.is_empty() {
            "NONE: nobody was looked for"
        } else {
            "NONE: nobody held fits"
        };
        let verdict = match (self.outcome, &self.weak) {
            ("confident", _) => "CONFIDENT: answered without asking a person".to_owned(),
            ("possible", _) => "POSSIBLE: a person of the agency decides".to_owned(),
            (_, None) => none.to_owned(),
            (_, Some(weak)) => format!("{none}, and little was asked (`{weak}`)"),
        };
        let mut lines = vec![
            format!(
                "looked among {} people for: {}",
                self.people,
                lists.join(", ")
            ),
            format!("rows fetched: {}", fetched.join(", ")),
            verdict,
        ];
        if !self.unasked.is_empty() {
            let systems = self.unasked.join(", ");
            lines.push(format!("not asked, too little is known: {systems}"));
        }
        if !self.capped.is_empty() {
            let systems = self.capped.join(", ");
            lines.push(format!(
                "more people come near than are looked at: {systems}"
            ));
        }
        if self.outcome == "none" && !self.question.candidates.is_empty() {
            lines.push("the nearest, too unlikely to be shown to anybody:".to_owned());
        }
        for (place, seen) in self.question.candidates.iter().enumerate() {
            lines.extend(candidate(place, &self.question.asked, seen));
        }
        lines.join("\n")
    }
}

/// How many spellings, dates and numbers are looked for; what is not is left out.
fn looked_for(query: &CandidateQuery) -> BTreeMap<&'static str, usize> {
    let numbers = query.identifiers.iter().map(|(_, spelt)| spelt.len()).sum();
    let lists = [
        ("dates of birth", query.born.len()),
        ("forenames", query.forenames.len()),
        ("identifiers", numbers),
        ("postcodes", query.postcodes.len()),
        ("surnames", query.surnames.len()),
        ("telephones", query.phones.len()),
    ];
    lists.into_iter().filter(|(_, count)| *count > 0).collect()
}
