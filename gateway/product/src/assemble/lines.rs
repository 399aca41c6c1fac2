//! The lists of a product: chronology, sections, withheld, referred and no record.

use stile_model::code::{CategoryStatus, Existence, MatchStatus};
use stile_model::id::{CategoryId, Code};
use stile_model::redact::Redacted;
use stile_model::returns::{Finding, Item, SubjectFinding};
use stile_model::time::{Date, Timestamp};
use stile_model::vocabulary::{Category, Vocabulary};

use super::gather::Gathered;
use super::{Names, spelt, word};
use crate::product::{
    AgencySection, Event, FieldLine, FindingLine, MatchLine, NoRecordLine, Precision, Provenanced,
    ReferredLine, WithheldLine, Word,
};
use crate::sheet::Answer;
use crate::transform::cleaned;

/// All items, oldest first; a coarse date stands at the start of its month or year, before the days.
pub(super) fn chronology(
    gathered: &[Gathered<'_>],
    vocabulary: &Vocabulary,
    names: &Names<'_>,
) -> Vec<Event> {
    let mut events = Vec::new();
    for agency in gathered {
        for finding in agency.findings.values() {
            let Some(category) = vocabulary.category(&finding.category) else {
                continue;
            };
            for item in &finding.items {
                events.push(event(agency, finding, item, category, vocabulary, names));
            }
        }
    }
    // The sort is stable: items of one finding keep the agency's order.
    events.sort_by_cached_key(|event| {
        let (start, precision) = dated(event.when.as_deref());
        (
            start,
            precision,
            event.agency.clone(),
            event.category.clone(),
            event.subject.clone(),
        )
    });
    events
}

fn event(
    agency: &Gathered<'_>,
    finding: &Finding,
    item: &Item,
    category: &Category,
    vocabulary: &Vocabulary,
    names: &Names<'_>,
) -> Event {
    let dates = category.event.as_deref();
    let when = item
        .fields
        .iter()
        .find(|shown| Some(shown.field.as_str()) == dates)
        .map(|shown| cleaned(shown.value.reveal()))
        .filter(|when| dated(Some(when)).1 != Precision::Undated);
    Event {
        precision: dated(when.as_deref()).1,
        when,
        agency: agency.received.agency.clone(),
        agency_name: cleaned(&agency.received.agency_name),
        subject: finding.subject.clone(),
        subject_name: names.of(&finding.subject),
        category: category.id.clone(),
        title: category.title.clone(),
        fields: item
            .fields
            .iter()
            .filter_map(|shown| field_line(shown, category))
            .collect(),
        provenance: provenanced(item, vocabulary),
    }
}

/// A field the vocabulary does not know is not shown: nobody could say what it is.
fn field_line(shown: &stile_model::subject::Shown, category: &Category) -> Option<FieldLine> {
    let field = category.field(&shown.field)?;
    Some(FieldLine {
        field: shown.field.clone(),
        title: field.title.clone(),
        rung: shown.rung,
        value: Redacted::new(cleaned(shown.value.reveal())),
        rule: Some(shown.rule.clone()),
    })
}

fn provenanced(item: &Item, vocabulary: &Vocabulary) -> Provenanced {
    Provenanced {
        system: cleaned(&item.provenance.system),
        author: spelt(&item.provenance.author),
        nature: item.provenance.nature,
        verification: spelt(&item.provenance.verification),
        grading: item.grading.as_deref().map(cleaned),
        recorded: item.recorded.as_deref().map(cleaned),
        handling: item
            .handling
            .iter()
            .map(|code| word(&vocabulary.handling_marks, code))
            .collect(),
        reference: cleaned(&item.reference),
    }
}

/// Where a shown date sorts, and how fine it is.
fn dated(when: Option<&str>) -> (Date, Precision) {
    let (text, precision) = match when {
        Some(day) if day.len() == 10 => (day.to_owned(), Precision::Day),
        Some(month) if month.len() == 7 => (format!("{month}-01"), Precision::Month),
        Some(year) if year.len() == 4 => (format!("{year}-01-01"), Precision::Year),
        _ => (String::new(), Precision::Undated),
    };
    text.parse()
        .map_or((Date::MAX, Precision::Undated), |date| (date, precision))
}

/// One agency's section.
pub(super) fn section(
    agency: &Gathered<'_>,
    vocabulary: &Vocabulary,
    names: &Names<'_>,
) -> AgencySection {
    AgencySection {
        agency: agency.received.agency.clone(),
        name: cleaned(&agency.received.agency_name),
        kind: agency.received.kind.to_string(),
        status: status(agency),
        last_return: agency.latest.map(|latest| latest.n),
        more: agency.latest.is_some_and(|latest| latest.more),
        policy: agency.latest.map(|latest| latest.policy),
        matches: agency
            .matches
            .values()
            .map(|found| MatchLine {
                subject: found.subject.clone(),
                subject_name: names.of(&found.subject),
                status: found.status,
                words: match_words(found).to_owned(),
                weak: found.weak.as_ref().map(weak_word),
            })
            .collect(),
        findings: agency
            .findings
            .values()
            .map(|finding| finding_line(agency, finding, vocabulary, names))
            .collect(),
    }
}

fn finding_line(
    agency: &Gathered<'_>,
    finding: &Finding,
    vocabulary: &Vocabulary,
    names: &Names<'_>,
) -> FindingLine {
    FindingLine {
        subject: finding.subject.clone(),
        subject_name: names.of(&finding.subject),
        category: finding.category.clone(),
        title: title(vocabulary, &finding.category),
        status: finding.status,
        words: status_words(
            finding.status,
            is_closed(agency, vocabulary, &finding.category),
        )
        .to_owned(),
        items: finding.items.len(),
        capped: finding.capped,
    }
}

fn status(agency: &Gathered<'_>) -> Word {
    let partly = |finding: &Finding| match finding.status {
        CategoryStatus::NoRecord | CategoryStatus::Shared => false,
        CategoryStatus::NotChecked
        | CategoryStatus::PartlyShared
        | CategoryStatus::Referred
        | CategoryStatus::Withheld => true,
    };
    let (code, words) = match &agency.received.answer {
        Answer::Pending { .. } => ("pending", "No answer yet"),
        Answer::Refused { .. } => ("refused", "Enquiry refused"),
        Answer::Unreachable { .. } => ("unreachable", "System offline"),
        Answer::Returned(_) if agency.latest.is_none() => ("pending", "No answer that counts yet"),
        Answer::Returned(_)
            if agency
                .matches
                .values()
                .any(|m| m.status == MatchStatus::Possible) =>
        {
            ("match_to_confirm", "Match to confirm")
        }
        Answer::Returned(_) if agency.findings.values().any(partly) => {
            ("answered_in_part", "Answered in part")
        }
        Answer::Returned(_) => ("answered", "Answered"),
    };
    pair(code, words)
}

fn match_words(found: &SubjectFinding) -> &'static str {
    let weak = found.weak.as_ref().map(Code::as_str);
    match found.status {
        MatchStatus::Confident => "found",
        MatchStatus::None if weak == Some(NOT_LOOKED_FOR) => "not looked for",
        MatchStatus::None => "not found",
        MatchStatus::Possible => "perhaps found: a person in the agency must confirm it",
    }
}

/// No system of the agency could be asked.
const NOT_LOOKED_FOR: &str = "not_looked_for";

fn weak_word(code: &Code) -> Word {
    let words = match code.as_str() {
        NOT_LOOKED_FOR => "none of the agency's systems could be asked".to_owned(),
        "partly_looked_for" => {
            "some of the agency's systems could not be asked, or hold too many people who come near, \
             so not being found says little"
                .to_owned()
        }
        "name_only" => "only a name was given, so not being found says little".to_owned(),
        "no_date_of_birth" => {
            "no date of birth was given, so not being found says little".to_owned()
        }
        _ => format!("{}, so not being found says little", spelt(code)),
    };
    Word {
        code: code.to_string(),
        words,
    }
}

const fn status_words(status: CategoryStatus, closed: bool) -> &'static str {
    match status {
        CategoryStatus::NoRecord if closed => NOTHING_TO_SAY,
        CategoryStatus::NoRecord => "no record",
        CategoryStatus::NotChecked => "not checked",
        CategoryStatus::PartlyShared => "shared in part",
        CategoryStatus::Referred => "with a decision-maker in the agency",
        CategoryStatus::Shared => "shared",
        CategoryStatus::Withheld => "withheld",
    }
}

/// What is said of a closed category: the same for no record, withheld and sealed.
const NOTHING_TO_SAY: &str = "nothing that can be confirmed or denied";

/// What did not come, with what would change it.
pub(super) fn withheld(
    gathered: &[Gathered<'_>],
    vocabulary: &Vocabulary,
    names: &Names<'_>,
) -> Vec<WithheldLine> {
    let mut lines = Vec::new();
    for (agency, finding) in findings(gathered) {
        for withheld in &finding.withheld {
            let codes = &vocabulary.withhold_codes;
            let term = codes.iter().find(|term| term.code == withheld.code);
            lines.push(WithheldLine {
                agency: agency.received.agency.clone(),
                agency_name: cleaned(&agency.received.agency_name),
                subject: finding.subject.clone(),
                subject_name: names.of(&finding.subject),
                category: finding.category.clone(),
                title: title(vocabulary, &finding.category),
                what: field_title(vocabulary, &finding.category, &withheld.field),
                why: word(codes, &withheld.code),
                would_change: term.map(|term| term.note.clone()).unwrap_or_default(),
            });
        }
    }
    lines
}

/// What people must still decide.
pub(super) fn referred(
    gathered: &[Gathered<'_>],
    vocabulary: &Vocabulary,
    names: &Names<'_>,
    now: Timestamp,
) -> Vec<ReferredLine> {
    findings(gathered)
        .filter_map(|(agency, finding)| {
            let referred = finding.referred.as_ref()?;
            let titles = referred
                .fields
                .iter()
                .map(|field| field_title(vocabulary, &finding.category, field));
            Some(ReferredLine {
                agency: agency.received.agency.clone(),
                agency_name: cleaned(&agency.received.agency_name),
                subject: finding.subject.clone(),
                subject_name: names.of(&finding.subject),
                category: finding.category.clone(),
                title: title(vocabulary, &finding.category),
                fields: titles.collect(),
                approvers: referred
                    .approvers
                    .iter()
                    .map(|role| word(&vocabulary.approvers, role))
                    .collect(),
                due: referred.due,
                overdue: referred.due < now,
            })
        })
        .collect()
}

/// What was checked with nothing to show.
pub(super) fn no_record(
    gathered: &[Gathered<'_>],
    vocabulary: &Vocabulary,
    names: &Names<'_>,
) -> Vec<NoRecordLine> {
    findings(gathered)
        .filter(|(_, finding)| finding.status == CategoryStatus::NoRecord)
        .map(|(agency, finding)| NoRecordLine {
            agency: agency.received.agency.clone(),
            agency_name: cleaned(&agency.received.agency_name),
            subject: finding.subject.clone(),
            subject_name: names.of(&finding.subject),
            category: finding.category.clone(),
            title: title(vocabulary, &finding.category),
            words: status_words(
                finding.status,
                is_closed(agency, vocabulary, &finding.category),
            )
            .to_owned(),
        })
        .collect()
}

fn findings<'a>(
    gathered: &'a [Gathered<'a>],
) -> impl Iterator<Item = (&'a Gathered<'a>, &'a Finding)> {
    gathered.iter().flat_map(|agency| {
        agency
            .findings
            .values()
            .map(move |finding| (agency, finding))
    })
}

pub(super) fn title(vocabulary: &Vocabulary, id: &CategoryId) -> String {
    vocabulary
        .category(id)
        .map_or_else(|| id.to_string(), |category| category.title.clone())
}

fn field_title(vocabulary: &Vocabulary, category: &CategoryId, field: &str) -> String {
    if field == "*" {
        return "everything".to_owned();
    }
    let known = vocabulary
        .category(category)
        .and_then(|category| category.field(field));
    known.map_or_else(|| "a field".to_owned(), |field| field.title.clone())
}

/// Does "no record" of this agency mean little: by the vocabulary, or by its own choice?
fn is_closed(agency: &Gathered<'_>, vocabulary: &Vocabulary, id: &CategoryId) -> bool {
    agency.closed.contains(id)
        || vocabulary
            .category(id)
            .is_none_or(|category| category.existence == Existence::Closed)
}

pub(super) fn pair(code: &str, words: &str) -> Word {
    Word {
        code: code.to_owned(),
        words: words.to_owned(),
    }
}
