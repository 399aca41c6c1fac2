//! Bounds of an enquiry: one family, known words, a reason for each category, never bulk.

use std::collections::BTreeSet;

use stile_model::code::{ConsentRule, ConsentState};
use stile_model::enquiry::{
    ASKS_MAX, Consent, EXPIRES_MAX_H, Enquiry, LOOK_BACK_MAX_MONTHS, SUBJECTS_MAX,
};
use stile_model::id::Code;
use stile_model::subject::Subject;
use stile_model::vocabulary::Vocabulary;

use crate::error::{ExchangeError, refuse};

const NECESSITY: std::ops::RangeInclusive<usize> = 10..=500;
const LIST_MAX: usize = 10;
const TEXT_MAX: usize = 200;

/// Refuses whatever is out of bounds or not in the vocabulary.
///
/// # Errors
///
/// A coded refusal naming the offending part by place, never by its value.
pub(crate) fn check(
    enquiry: &Enquiry,
    vocabulary: &Vocabulary,
    kind: &Code,
) -> Result<(), ExchangeError> {
    words(enquiry, vocabulary)?;
    asks(enquiry, vocabulary, kind)?;
    subjects(enquiry, vocabulary)?;
    if !(1..=LOOK_BACK_MAX_MONTHS).contains(&enquiry.look_back_months) {
        return Err(bounds("`look_back_months` must be 1 to 240"));
    }
    let stands_ms = enquiry.expires.since_millis(enquiry.issued);
    if stands_ms > i64::from(EXPIRES_MAX_H) * 3_600_000 {
        return Err(bounds("`expires` must be within 90 days of `issued`"));
    }
    if enquiry
        .authoriser
        .as_ref()
        .is_some_and(|officer| officer.user == enquiry.requester.user)
    {
        return Err(refuse(
            "self_authorised",
            403,
            "nobody authorises their own enquiry",
        ));
    }
    Ok(())
}

fn bounds(title: impl Into<String>) -> ExchangeError {
    refuse("out_of_bounds", 422, title)
}

fn unknown(part: &str) -> ExchangeError {
    refuse(
        "unknown_word",
        422,
        format!("`{part}` is not in the partnership's vocabulary"),
    )
}

/// Refuses what is not in the vocabulary, or not bounded, of a person and a basis without a whole
/// enquiry; `subject` is none where nothing tells who is asked about.
///
/// # Errors
///
/// A coded refusal naming the offending part by place, never by its value.
pub(crate) fn presence(
    purpose: &Code,
    basis: &Consent,
    subject: Option<&Subject>,
    vocabulary: &Vocabulary,
) -> Result<(), ExchangeError> {
    basis_words(basis, vocabulary)?;
    if let Some(subject) = subject {
        if !Vocabulary::has(&vocabulary.subject_roles, &subject.role) {
            return Err(unknown("subject.role"));
        }
        if !subject_fits(subject) {
            return Err(bounds(
                "`subject` must have 1 to 10 names, at most 10 of each other list, and no text \
                 longer than 200 characters",
            ));
        }
    }
    rests_on(purpose, basis, vocabulary)
}

fn words(enquiry: &Enquiry, vocabulary: &Vocabulary) -> Result<(), ExchangeError> {
    if vocabulary.purpose(&enquiry.purpose).is_none() {
        return Err(unknown("purpose"));
    }
    if vocabulary.case_kind(&enquiry.case_kind).is_none() {
        return Err(unknown("case_kind"));
    }
    let officers = std::iter::once(&enquiry.requester).chain(&enquiry.authoriser);
    for officer in officers {
        if !Vocabulary::has(&vocabulary.officer_roles, &officer.role) {
            return Err(unknown("role"));
        }
    }
    basis_words(&enquiry.consent, vocabulary)
}

fn basis_words(consent: &Consent, vocabulary: &Vocabulary) -> Result<(), ExchangeError> {
    if consent
        .override_reason
        .as_ref()
        .is_some_and(|code| !Vocabulary::has(&vocabulary.overrides, code))
    {
        return Err(unknown("consent.override_reason"));
    }
    if consent
        .parents_informed
        .as_ref()
        .is_some_and(|code| !Vocabulary::has(&vocabulary.parents_informed, code))
    {
        return Err(unknown("consent.parents_informed"));
    }
    Ok(())
}

fn asks(enquiry: &Enquiry, vocabulary: &Vocabulary, kind: &Code) -> Result<(), ExchangeError> {
    if enquiry.asks.is_empty() || enquiry.asks.len() > ASKS_MAX {
        return Err(bounds("an enquiry asks for 1 to 40 categories"));
    }
    let mut seen = BTreeSet::new();
    for (place, ask) in enquiry.asks.iter().enumerate() {
        if ask.category.agency_kind() != kind.as_str()
            || vocabulary.category(&ask.category).is_none()
        {
            return Err(refuse(
                "unknown_category",
                422,
                format!("`asks[{place}].category` is not a category of this kind of agency"),
            ));
        }
        if !seen.insert(&ask.category) {
            return Err(bounds(format!(
                "`asks[{place}].category` is asked for twice"
            )));
        }
        if !NECESSITY.contains(&ask.necessity.reveal().trim().chars().count()) {
            return Err(refuse(
                "necessity_missing",
                422,
                format!(
                    "`asks[{place}].necessity` must say in 10 to 500 characters why it is needed"
                ),
            ));
        }
    }
    Ok(())
}

fn subjects(enquiry: &Enquiry, vocabulary: &Vocabulary) -> Result<(), ExchangeError> {
    if enquiry.subjects.is_empty() || enquiry.subjects.len() > SUBJECTS_MAX {
        return Err(bounds("an enquiry is about 1 to 12 people"));
    }
    let mut seen = BTreeSet::new();
    for (place, subject) in enquiry.subjects.iter().enumerate() {
        if !Vocabulary::has(&vocabulary.subject_roles, &subject.role) {
            return Err(unknown(&format!("subjects[{place}].role")));
        }
        if !seen.insert(&subject.id) {
            return Err(bounds(format!("`subjects[{place}].id` is used twice")));
        }
        if !subject_fits(subject) {
            return Err(bounds(format!(
                "`subjects[{place}]` must have 1 to 10 names, at most 10 of each other list, and no \
                 text longer than 200 characters"
            )));
        }
    }
    Ok(())
}

fn subject_fits(subject: &Subject) -> bool {
    let names = subject
        .names
        .iter()
        .flat_map(|name| [name.forenames.reveal(), name.surname.reveal()]);
    let addresses = subject
        .addresses
        .iter()
        .flat_map(|one| [one.line.reveal(), one.postcode.reveal()]);
    let numbers = subject.identifiers.iter().map(|one| one.value.reveal());
    let phones = subject
        .phones
        .iter()
        .map(stile_model::redact::Redacted::reveal);
    (1..=LIST_MAX).contains(&subject.names.len())
        && subject.addresses.len() <= LIST_MAX
        && subject.phones.len() <= LIST_MAX
        && subject.identifiers.len() <= LIST_MAX
        && names
            .chain(addresses)
            .chain(numbers)
            .chain(phones)
            .all(|text| text.len() <= TEXT_MAX)
        && subject.names.iter().any(|name| {
            !name.forenames.reveal().trim().is_empty() || !name.surname.reveal().trim().is_empty()
        })
}

/// Refuses when the purpose needs consent, or a coded reason for going without, and has neither.
///
/// # Errors
///
/// `consent_missing` or `consent_refused`.
pub(crate) fn consent(enquiry: &Enquiry, vocabulary: &Vocabulary) -> Result<(), ExchangeError> {
    rests_on(&enquiry.purpose, &enquiry.consent, vocabulary)
}

fn rests_on(
    purpose: &Code,
    consent: &Consent,
    vocabulary: &Vocabulary,
) -> Result<(), ExchangeError> {
    let rule = vocabulary.purpose(purpose).map(|purpose| purpose.consent);
    let given = consent.state == ConsentState::Given;
    let overridden = consent.override_reason.is_some();
    match rule {
        Some(ConsentRule::NotRequired) => Ok(()),
        Some(ConsentRule::CapacityLed | ConsentRule::Normally | ConsentRule::SeekUnlessUnsafe) => {
            if given || overridden {
                Ok(())
            } else {
                Err(refuse(
                    "consent_missing",
                    403,
                    "this purpose needs consent or a coded `consent.override_reason`",
                ))
            }
        }
        Some(ConsentRule::Required) => {
            if given {
                Ok(())
            } else {
                Err(refuse(
                    "consent_refused",
                    403,
                    "this purpose needs consent, and it is not given",
                ))
            }
        }
        None => Err(unknown("purpose")),
    }
}
