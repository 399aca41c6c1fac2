//! Lists of words, and the clauses of the agreement, as written in the file.

use std::collections::BTreeSet;

use serde::Deserialize;
use toml::Spanned;

use super::super::{Clause, Term};
use super::Reader;
use crate::id::{ClauseId, Code};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawTerm {
    code: Spanned<Code>,
    name: String,
    #[serde(default)]
    note: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawClause {
    code: Spanned<ClauseId>,
    name: String,
    #[serde(default)]
    note: String,
}

impl Reader<'_> {
    pub(super) fn terms(&mut self, what: &str, raw: Vec<RawTerm>) -> Vec<Term> {
        let mut seen = BTreeSet::new();
        raw.into_iter()
            .map(|term| {
                let at = term.code.span().start;
                let code = term.code.into_inner();
                self.once(&mut seen, at, what, code.clone());
                self.open_word(at, &code);
                if code.as_str() == "unknown" {
                    self.report(at, "`unknown` is reserved for a value that is not known");
                }
                Term {
                    code,
                    name: term.name,
                    note: term.note,
                }
            })
            .collect()
    }

    pub(super) fn clauses(&mut self, raw: Vec<RawClause>) -> Vec<Clause> {
        let mut seen = BTreeSet::new();
        raw.into_iter()
            .map(|clause| {
                let at = clause.code.span().start;
                let code = clause.code.into_inner();
                self.once(&mut seen, at, "clause", code.clone());
                Clause {
                    code,
                    name: clause.name,
                    note: clause.note,
                }
            })
            .collect()
    }
}
