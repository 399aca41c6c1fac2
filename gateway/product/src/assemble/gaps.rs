//! What is not known because it was not checked.

use stile_model::code::{CategoryStatus, MatchStatus};
use stile_model::id::{CategoryId, SubjectId};
use stile_model::vocabulary::Vocabulary;

use super::gather::Gathered;
use super::lines::{pair, title};
use super::{Names, audience};
use crate::product::Gap;
use crate::sheet::{Answer, Audience, CaseSheet};
use crate::transform::cleaned;

/// What was not checked: agencies that have not answered, sources that were down, matches to
/// confirm, and categories that were asked for and not mentioned.
pub(super) fn gaps(
    sheet: &CaseSheet,
    gathered: &[Gathered<'_>],
    vocabulary: &Vocabulary,
    names: &Names<'_>,
    audience: Audience,
) -> Vec<Gap> {
    let mut asks: Vec<_> = sheet.asks.iter().collect();
    asks.sort_by(|a, b| a.agency.cmp(&b.agency));
    let mut gaps = Vec::new();
    for ask in asks {
        let answered = gathered
            .iter()
            .find(|agency| agency.received.agency == ask.agency);
        let seen = ask.asks.iter().map(|ask| &ask.category).filter(|id| {
            vocabulary
                .category(id)
                .is_some_and(|category| audience::may_see_ask(category, audience))
        });
        match answered {
            None => gaps.push(Gap {
                agency: ask.agency.clone(),
                agency_name: ask.agency.to_string(),
                what: "everything asked of this agency".to_owned(),
                subject_name: None,
                why: pair("not_sent", "no enquiry to this agency is on record"),
                next: None,
            }),
            Some(agency) => {
                gaps.extend(agency_gap(agency));
                gaps.extend(category_gaps(sheet, agency, seen, vocabulary, names));
            }
        }
    }
    gaps
}

fn agency_gap(agency: &Gathered<'_>) -> Option<Gap> {
    let (why, next) = match &agency.received.answer {
        Answer::Pending { due } => (
            pair("pending", "the agency has not answered yet"),
            Some(*due),
        ),
        Answer::Refused { code, title } => (
            pair(
                &cleaned(code),
                &format!("the agency refused the enquiry: {}", cleaned(title)),
            ),
            None,
        ),
        Answer::Returned(_) if agency.latest.is_none() => (
            pair("set_aside", "what came is not an answer to this case"),
            None,
        ),
        Answer::Returned(_) => return None,
        Answer::Unreachable {
            code,
            last_tried,
            next_try,
        } => (
            pair(
                &cleaned(code),
                &format!("the agency could not be reached, last tried {last_tried}"),
            ),
            *next_try,
        ),
    };
    Some(Gap {
        agency: agency.received.agency.clone(),
        agency_name: cleaned(&agency.received.agency_name),
        what: "everything asked of this agency".to_owned(),
        subject_name: None,
        why,
        next,
    })
}

fn category_gaps<'a>(
    sheet: &CaseSheet,
    agency: &Gathered<'_>,
    asked: impl Iterator<Item = &'a CategoryId>,
    vocabulary: &Vocabulary,
    names: &Names<'_>,
) -> Vec<Gap> {
    if agency.latest.is_none() {
        return Vec::new();
    }
    let mut gaps = Vec::new();
    for id in asked {
        for subject in &sheet.subjects {
            let key = (subject.id.clone(), id.clone());
            let why = match agency.findings.get(&key) {
                Some(finding) if finding.status == CategoryStatus::NotChecked => pair(
                    "not_checked",
                    "the agency's system did not answer, or could not be asked",
                ),
                Some(_) => continue,
                None if agency.kept_back.contains(&key) => continue,
                None if is_possible(agency, &subject.id) => pair(
                    "match_to_confirm",
                    "a person in the agency must first confirm the match",
                ),
                None => pair("not_mentioned", "the agency's answer does not mention it"),
            };
            gaps.push(Gap {
                agency: agency.received.agency.clone(),
                agency_name: cleaned(&agency.received.agency_name),
                what: title(vocabulary, id),
                subject_name: Some(names.of(&subject.id)),
                why,
                next: None,
            });
        }
    }
    gaps
}

fn is_possible(agency: &Gathered<'_>, subject: &SubjectId) -> bool {
    agency
        .matches
        .get(subject)
        .is_some_and(|found| found.status == MatchStatus::Possible)
}
