//! Puts the returns of a case together for one audience.
//!
//! The audience is applied first, to the findings themselves, so that nothing built from them
//! (chronology, comparisons, counts) can know what the audience may not.

mod audience;
mod compare;
mod gaps;
mod gather;
mod lines;
#[cfg(test)]
mod tests;

use stile_model::code::Existence;
use stile_model::id::{Code, SubjectId};
use stile_model::redact::Redacted;
use stile_model::subject::{Born, NameKind, Subject};
use stile_model::time::Timestamp;
use stile_model::vocabulary::{Term, Vocabulary};

use crate::product::{ConsentLine, Contact, Counts, Product, ProductSubject, Word};
use crate::sheet::{Audience, CaseSheet, Received};
use crate::transform::cleaned;
pub use audience::is_guarded;
use gather::Gathered;

/// Collates what the agencies sent for `audience`, as of `now`.
///
/// The order of `received` does not matter. Findings about people, categories or cases that nobody
/// asked about are set aside and counted.
pub fn assemble(
    sheet: &CaseSheet,
    received: &[Received],
    vocabulary: &Vocabulary,
    audience: Audience,
    now: Timestamp,
) -> Product {
    match audience {
        Audience::ReferrerFeedback => feedback(sheet, vocabulary, now),
        Audience::FamilySafe => family(sheet, received, vocabulary, now),
        Audience::DecisionMaker | Audience::ReceivingTeam => {
            full(sheet, received, vocabulary, audience, now)
        }
    }
}

/// The fixed sentence wherever a closed category was asked for.
const NEITHER: &str = "An agency may hold more that it can neither confirm nor deny.";
const NOT_ALL: &str =
    "This is not everything that is held. Some information is left out to keep people safe.";
const CONSIDERED: &str = "The matter was considered by the hub. Information from partner agencies is not part of this feedback.";
const NO_SCORE: &str =
    "Agreements and differences are listed for a person to judge; nothing here is a score.";

fn full(
    sheet: &CaseSheet,
    received: &[Received],
    vocabulary: &Vocabulary,
    audience: Audience,
    now: Timestamp,
) -> Product {
    let gathered = gather::gather(sheet, received, vocabulary, audience);
    let mut product = bare(sheet, audience, now);
    product.due = sheet.due;
    product.kind = Some(kind(sheet, vocabulary));
    product.priority = Some(sheet.priority);
    product.purpose = Some(purpose(sheet, vocabulary));
    product.legal_gateway = vocabulary
        .purpose(&sheet.purpose)
        .map(|purpose| purpose.legal_gateway.clone())
        .unwrap_or_default();
    product.look_back_months = Some(sheet.look_back_months);
    product.consent = Some(consent(sheet, vocabulary));
    product.outcome = sheet
        .outcome
        .as_ref()
        .map(|code| word(&vocabulary.outcomes, code));
    product.subjects = sheet
        .subjects
        .iter()
        .map(|subject| person(subject, vocabulary, true))
        .collect();
    let names = Names::new(sheet);
    product.chronology = lines::chronology(&gathered, vocabulary, &names);
    product.agencies = gathered
        .iter()
        .map(|agency| lines::section(agency, vocabulary, &names))
        .collect();
    product.withheld = lines::withheld(&gathered, vocabulary, &names);
    product.referred = lines::referred(&gathered, vocabulary, &names, now);
    product.gaps = gaps::gaps(sheet, &gathered, vocabulary, &names, audience);
    product.no_record = lines::no_record(&gathered, vocabulary, &names);
    product.contacts = gathered.iter().map(contact).collect();
    let (agreements, contradictions) = compare::compare(&product.chronology, vocabulary);
    product.agreements = agreements;
    product.contradictions = contradictions;
    product.notices = notices(sheet, vocabulary, &gathered);
    product.counts = Some(counts(sheet, &product, &gathered));
    product
}

fn family(
    sheet: &CaseSheet,
    received: &[Received],
    vocabulary: &Vocabulary,
    now: Timestamp,
) -> Product {
    let gathered = gather::gather(sheet, received, vocabulary, Audience::FamilySafe);
    let mut product = bare(sheet, Audience::FamilySafe, now);
    let children = sheet
        .subjects
        .iter()
        .filter(|subject| audience::is_child(&subject.role));
    product.subjects = children
        .map(|subject| person(subject, vocabulary, false))
        .collect();
    let names = Names::new(sheet);
    product.chronology = lines::chronology(&gathered, vocabulary, &names);
    for line in product
        .chronology
        .iter_mut()
        .flat_map(|event| event.fields.iter_mut())
    {
        line.rule = None;
    }
    let shown = |agency: &&Gathered<'_>| {
        agency
            .findings
            .values()
            .any(|finding| !finding.items.is_empty())
    };
    product.contacts = gathered.iter().filter(shown).map(contact).collect();
    product.notices = vec![NOT_ALL.to_owned()];
    product
}

fn feedback(sheet: &CaseSheet, vocabulary: &Vocabulary, now: Timestamp) -> Product {
    let mut product = bare(sheet, Audience::ReferrerFeedback, now);
    product.outcome = sheet
        .outcome
        .as_ref()
        .map(|code| word(&vocabulary.outcomes, code));
    product.notices = vec![CONSIDERED.to_owned()];
    product
}

/// A product that says nothing but that the case exists.
fn bare(sheet: &CaseSheet, audience: Audience, now: Timestamp) -> Product {
    Product {
        v: 1,
        marking: "OFFICIAL-SENSITIVE".to_owned(),
        audience,
        case: sheet.case.clone(),
        made: now,
        opened: sheet.opened,
        due: None,
        kind: None,
        priority: None,
        purpose: None,
        legal_gateway: Vec::new(),
        look_back_months: None,
        consent: None,
        outcome: None,
        subjects: Vec::new(),
        notices: Vec::new(),
        counts: None,
        chronology: Vec::new(),
        agencies: Vec::new(),
        agreements: Vec::new(),
        contradictions: Vec::new(),
        withheld: Vec::new(),
        referred: Vec::new(),
        gaps: Vec::new(),
        no_record: Vec::new(),
        contacts: Vec::new(),
    }
}

fn kind(sheet: &CaseSheet, vocabulary: &Vocabulary) -> Word {
    let name = vocabulary
        .case_kind(&sheet.kind)
        .map(|kind| kind.name.clone());
    Word {
        code: sheet.kind.to_string(),
        words: name.unwrap_or_else(|| spelt(&sheet.kind)),
    }
}

fn purpose(sheet: &CaseSheet, vocabulary: &Vocabulary) -> Word {
    let name = vocabulary
        .purpose(&sheet.purpose)
        .map(|purpose| purpose.name.clone());
    Word {
        code: sheet.purpose.to_string(),
        words: name.unwrap_or_else(|| spelt(&sheet.purpose)),
    }
}

fn consent(sheet: &CaseSheet, vocabulary: &Vocabulary) -> ConsentLine {
    let consent = &sheet.consent;
    ConsentLine {
        state: consent.state,
        override_reason: consent
            .override_reason
            .as_ref()
            .map(|code| word(&vocabulary.overrides, code)),
        parents_informed: consent
            .parents_informed
            .as_ref()
            .map(|code| word(&vocabulary.parents_informed, code)),
    }
}

fn notices(sheet: &CaseSheet, vocabulary: &Vocabulary, gathered: &[Gathered<'_>]) -> Vec<String> {
    let closed = sheet.asks.iter().flat_map(|ask| &ask.asks).any(|ask| {
        vocabulary
            .category(&ask.category)
            .is_none_or(|category| category.existence == Existence::Closed)
    });
    let set_aside: usize = gathered.iter().map(|agency| agency.set_aside).sum();
    let mut notices = Vec::new();
    if closed || gathered.iter().any(|agency| !agency.closed.is_empty()) {
        notices.push(NEITHER.to_owned());
    }
    if set_aside > 0 {
        notices.push(format!(
            "{set_aside} findings that nobody asked for were set aside unread."
        ));
    }
    notices.push(NO_SCORE.to_owned());
    notices
}

fn counts(sheet: &CaseSheet, product: &Product, gathered: &[Gathered<'_>]) -> Counts {
    Counts {
        agencies: sheet.asks.len(),
        answered: gathered
            .iter()
            .filter(|agency| agency.latest.is_some())
            .count(),
        items: product.chronology.len(),
        withheld: product.withheld.len(),
        referred: product.referred.len(),
        gaps: product.gaps.len(),
        no_record: product.no_record.len(),
        set_aside: gathered.iter().map(|agency| agency.set_aside).sum(),
    }
}

fn contact(agency: &Gathered<'_>) -> Contact {
    Contact {
        agency: agency.received.agency.clone(),
        agency_name: cleaned(&agency.received.agency_name),
        contact: cleaned(&agency.received.contact),
    }
}

/// The subjects' names from the hub's own sheet, never from a return.
struct Names<'a>(&'a CaseSheet);

impl<'a> Names<'a> {
    const fn new(sheet: &'a CaseSheet) -> Self {
        Self(sheet)
    }

    fn of(&self, id: &SubjectId) -> Redacted<String> {
        let subject = self.0.subjects.iter().find(|subject| &subject.id == id);
        subject.map_or_else(|| Redacted::new(id.to_string()), current_name)
    }
}

fn person(subject: &Subject, vocabulary: &Vocabulary, whole: bool) -> ProductSubject {
    ProductSubject {
        id: subject.id.clone(),
        name: current_name(subject),
        role: whole.then(|| word(&vocabulary.subject_roles, &subject.role)),
        born: subject
            .born
            .filter(|_| whole)
            .map(|born| Redacted::new(born_words(born))),
    }
}

fn current_name(subject: &Subject) -> Redacted<String> {
    let current = subject
        .names
        .iter()
        .find(|name| name.kind == NameKind::Current);
    let name = current.or(subject.names.first()).map(|name| {
        cleaned(&format!(
            "{} {}",
            name.forenames.reveal(),
            name.surname.reveal()
        ))
    });
    let name = name.filter(|name| !name.is_empty());
    Redacted::new(name.unwrap_or_else(|| format!("Subject {}", subject.id)))
}

fn born_words(born: Born) -> String {
    match born {
        Born::Approximate { date, years } => format!("about {date}, give or take {years} years"),
        Born::Exact(date) => date.to_string(),
        Born::Expected(date) => format!("expected {date}"),
        Born::Month { year, month } => format!("{year:04}-{month:02}"),
        Born::Year(year) => format!("{year:04}"),
    }
}

/// The plain English of `code`; the code itself, spelt with blanks, where the vocabulary lacks it.
fn word(terms: &[Term], code: &Code) -> Word {
    let term = terms.iter().find(|term| &term.code == code);
    Word {
        code: code.to_string(),
        words: term.map_or_else(|| spelt(code), |term| term.name.clone()),
    }
}

fn spelt(code: &Code) -> String {
    code.as_str().replace('_', " ")
}
