//! The strict reader's mistakes, each at the cell it comes from.

use super::columns::{COLUMNS, FIELDS};
use super::import::Sheet;
use crate::fmt::located;
use crate::fmt::paper::Paper;
use crate::read::page::Page;
use crate::read::read_rules;
use crate::rules::Verb;

impl Sheet<'_> {
    /// Reads what the rows say as rules; each mistake at the cell it comes from.
    pub fn check(&mut self, paper: &Paper) {
        // What a column lacks would be told again for every row.
        if self.columns.len() < COLUMNS.len() {
            return;
        }
        let (text, spans) = located(paper);
        let mut page = Page::new(self.name, &text);
        read_rules(&mut page, &text, self.vocabulary);
        for (at, problem) in page.raw() {
            let span = spans
                .iter()
                .rfind(|span| span.range.start <= at && at < span.range.end);
            let row = span
                .and_then(|span| span.block)
                .and_then(|block| self.places.get(block).copied());
            let key = span.map_or("", |span| span.key.as_str());
            match row {
                Some(row) => self.at_cell(row, key, &problem),
                // What concerns the whole file is told at its first byte.
                None => self.above(if at == 0 { "" } else { key }, &problem),
            }
        }
    }

    /// A mistake of the reader in the keys of the file.
    fn above(&mut self, key: &str, problem: &str) {
        let top = self.tops.iter().find(|(name, ..)| *name == key);
        if let Some((name, row, column)) = top.copied() {
            self.report(row, Some(column), name, problem);
        } else {
            let name = self.name;
            let told = format!("{name}: rows above the rules: {problem}");
            self.problems.push((0, 0, told));
        }
    }

    /// A mistake of the reader, at the column of its key; what is missing, at the column it names.
    fn at_cell(&mut self, row: usize, key: &str, problem: &str) {
        let missing = problem
            .strip_prefix('`')
            .and_then(|rest| rest.split_once("` is missing"));
        let key = match (key, missing) {
            ("", Some((name, _))) => name,
            ("approvers", _) => "approver",
            (key, _) if Verb::ALL.iter().any(|verb| verb.as_str() == key) => FIELDS,
            (key, _) => key,
        };
        let found = self.columns.iter().find(|(column, _)| column.name == key);
        let (place, name) = found.map_or((None, ""), |(column, place)| (Some(*place), column.name));
        // A verb or target that is missing has been told already, in words that fit a table.
        if problem.starts_with("the rule does nothing") {
            return;
        }
        self.report(row, place, name, problem);
    }
}
