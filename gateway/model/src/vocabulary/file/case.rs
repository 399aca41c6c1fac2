//! Kinds of case, and the clocks they run by, as written in the file.

use std::collections::BTreeSet;

use serde::Deserialize;
use toml::Spanned;

use super::super::{CaseKind, Category, Clock, Purpose};
use super::Reader;
use crate::code::Priority;
use crate::id::{CategoryId, Code};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawCaseKind {
    code: Spanned<Code>,
    name: String,
    priority: Priority,
    purpose: Spanned<Code>,
    categories: Vec<Spanned<CategoryId>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawClock {
    priority: Spanned<Priority>,
    hours: Spanned<u32>,
    working_hours: bool,
}

impl Reader<'_> {
    pub(super) fn case_kinds(
        &mut self,
        raw: Vec<RawCaseKind>,
        purposes: &[Purpose],
        categories: &[Category],
    ) -> Vec<CaseKind> {
        let mut seen = BTreeSet::new();
        raw.into_iter()
            .map(|kind| {
                let at = kind.code.span().start;
                let code = kind.code.into_inner();
                self.once(&mut seen, at, "kind of case", code.clone());
                if !purposes
                    .iter()
                    .any(|purpose| &purpose.code == kind.purpose.as_ref())
                {
                    let problem = format!("`{}` is not a [[purpose]]", kind.purpose.as_ref());
                    self.report(kind.purpose.span().start, &problem);
                }
                for wanted in &kind.categories {
                    if !categories
                        .iter()
                        .any(|category| &category.id == wanted.as_ref())
                    {
                        let problem = format!("`{}` is not a [[category]]", wanted.as_ref());
                        self.report(wanted.span().start, &problem);
                    }
                }
                CaseKind {
                    code,
                    name: kind.name,
                    priority: kind.priority,
                    purpose: kind.purpose.into_inner(),
                    categories: kind
                        .categories
                        .into_iter()
                        .map(Spanned::into_inner)
                        .collect(),
                }
            })
            .collect()
    }

    pub(super) fn clocks(&mut self, raw: Vec<RawClock>) -> Vec<Clock> {
        let mut seen = BTreeSet::new();
        raw.into_iter()
            .map(|clock| {
                let at = clock.priority.span().start;
                let priority = clock.priority.into_inner();
                self.once(&mut seen, at, "clock", priority);
                if !(1..=8_760).contains(clock.hours.as_ref()) {
                    self.report(clock.hours.span().start, "`hours` must be 1 to 8760");
                }
                Clock {
                    priority,
                    hours: clock.hours.into_inner(),
                    working_hours: clock.working_hours,
                }
            })
            .collect()
    }
}
