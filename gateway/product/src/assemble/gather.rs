//! Reduces each agency's returns to the finding that stands for each subject and category.

use std::collections::{BTreeMap, BTreeSet};

use stile_model::code::Existence;
use stile_model::id::{CategoryId, SubjectId};
use stile_model::returns::{Finding, Return, SubjectFinding};
use stile_model::vocabulary::Vocabulary;

use super::audience;
use crate::sheet::{Answer, Audience, CaseSheet, Received};

/// One agency's answer, as far as the audience may have it.
pub(super) struct Gathered<'a> {
    pub(super) received: &'a Received,
    /// The last return that counts.
    pub(super) latest: Option<&'a Return>,
    pub(super) matches: BTreeMap<SubjectId, SubjectFinding>,
    pub(super) findings: BTreeMap<(SubjectId, CategoryId), Finding>,
    /// Answered, but not for this audience: neither a finding nor a gap.
    pub(super) kept_back: BTreeSet<(SubjectId, CategoryId)>,
    /// Categories whose existence the agency closes for itself.
    pub(super) closed: BTreeSet<CategoryId>,
    /// Findings that nobody asked for.
    pub(super) set_aside: usize,
}

/// One entry per agency, ordered by agency.
pub(super) fn gather<'a>(
    sheet: &CaseSheet,
    received: &'a [Received],
    vocabulary: &Vocabulary,
    audience: Audience,
) -> Vec<Gathered<'a>> {
    let mut gathered: Vec<_> = received
        .iter()
        .map(|received| agency(sheet, received, vocabulary, audience))
        .collect();
    gathered.sort_by(|a, b| a.received.agency.cmp(&b.received.agency));
    gathered
}

fn agency<'a>(
    sheet: &CaseSheet,
    received: &'a Received,
    vocabulary: &Vocabulary,
    audience: Audience,
) -> Gathered<'a> {
    let mut gathered = Gathered {
        received,
        latest: None,
        matches: BTreeMap::new(),
        findings: BTreeMap::new(),
        kept_back: BTreeSet::new(),
        closed: BTreeSet::new(),
        set_aside: 0,
    };
    let Answer::Returned(returns) = &received.answer else {
        return gathered;
    };
    let mut returns: Vec<&Return> = returns.iter().collect();
    returns.sort_by_key(|answer| answer.n);
    let says_match = may_say_match(sheet, received, vocabulary);
    for answer in returns {
        if answer.case != sheet.case || answer.from != received.agency {
            gathered.set_aside = gathered
                .set_aside
                .saturating_add(answer.findings.len().max(1));
            continue;
        }
        gathered.latest = Some(answer);
        gathered.closed.extend(answer.closed.iter().cloned());
        for found in &answer.subjects {
            if says_match && is_subject(sheet, &found.subject) {
                gathered
                    .matches
                    .insert(found.subject.clone(), found.clone());
            }
        }
        for finding in &answer.findings {
            gathered.take(sheet, finding, vocabulary, audience);
        }
    }
    gathered
}

impl Gathered<'_> {
    fn take(
        &mut self,
        sheet: &CaseSheet,
        finding: &Finding,
        vocabulary: &Vocabulary,
        audience: Audience,
    ) {
        let subject = sheet
            .subjects
            .iter()
            .find(|subject| subject.id == finding.subject);
        let category = vocabulary.category(&finding.category);
        let asked = sheet
            .asks
            .iter()
            .filter(|ask| ask.agency == self.received.agency)
            .flat_map(|ask| &ask.asks)
            .any(|ask| ask.category == finding.category);
        let (Some(subject), Some(category), true) = (subject, category, asked) else {
            self.set_aside = self.set_aside.saturating_add(1);
            return;
        };
        let key = (finding.subject.clone(), finding.category.clone());
        if let Some(finding) = audience::narrowed(finding, category, &subject.role, audience) {
            self.kept_back.remove(&key);
            self.findings.insert(key, finding);
        } else {
            // A later finding that the audience may not have also takes back the earlier one.
            self.findings.remove(&key);
            self.kept_back.insert(key);
        }
    }
}

/// Where all that was asked of an agency is closed, being known to it at all is what is closed.
fn may_say_match(sheet: &CaseSheet, received: &Received, vocabulary: &Vocabulary) -> bool {
    let asked = sheet
        .asks
        .iter()
        .filter(|ask| ask.agency == received.agency);
    let closes = |category: &CategoryId| match &received.answer {
        Answer::Returned(returns) => returns
            .iter()
            .any(|answer| answer.closed.contains(category)),
        Answer::Pending { .. } | Answer::Refused { .. } | Answer::Unreachable { .. } => false,
    };
    asked.flat_map(|ask| &ask.asks).any(|ask| {
        let category = vocabulary.category(&ask.category);
        category.is_some_and(|category| category.existence == Existence::Open)
            && !closes(&ask.category)
    })
}

fn is_subject(sheet: &CaseSheet, id: &SubjectId) -> bool {
    sheet.subjects.iter().any(|subject| &subject.id == id)
}
