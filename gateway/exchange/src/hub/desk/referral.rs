//! A contact or referral as it is taken down: who is worried, what was seen, who is who.
//!
//! Everything may be missing while it is written: what is missing is prompted for and never stops
//! anybody from saving. What a case needs is checked when it is opened.

use serde::{Deserialize, Serialize};
use stile_model::code::{ConsentState, Priority};
use stile_model::enquiry::SUBJECTS_MAX;
use stile_model::id::Code;
use stile_model::redact::Redacted;
use stile_model::subject::Subject;
use stile_model::time::{Date, Timestamp};

use crate::error::{ExchangeError, refuse};

/// Longest account of a worry, or of one observation, in characters.
pub const ACCOUNT_MAX: usize = 8_000;
/// Longest name, office, address or number, in characters.
pub const LINE_MAX: usize = 200;
/// Most observations of one referral.
pub const OBSERVATIONS_MAX: usize = 20;

/// Kinds of people who refer; the pages put them in words, the figures count them.
pub const REFERRERS: [&str; 14] = [
    "adult_services",
    "charity",
    "early_years",
    "family",
    "fire_service",
    "health",
    "housing",
    "other",
    "police",
    "probation",
    "public",
    "school",
    "self",
    "social_care",
];

/// How a referral came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// By e-mail.
    Email,
    /// By a form.
    Form,
    /// Face to face.
    InPerson,
    /// By telephone.
    Telephone,
}

/// What somebody said to a question that can also be left open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Said {
    /// No.
    No,
    /// It is not known.
    Unknown,
    /// Yes.
    Yes,
}

/// How somebody knows what they tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Knowledge {
    /// They saw or heard it themselves.
    FirstHand,
    /// Somebody else told them.
    Reported,
}

/// Who is worried.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Referrer {
    /// Their name.
    pub name: Redacted<String>,
    /// Their office, or what they are to the child.
    pub role: Redacted<String>,
    /// Their organisation.
    pub organisation: Redacted<String>,
    /// Their telephone.
    pub telephone: Redacted<String>,
    /// Their e-mail address.
    pub email: Redacted<String>,
    /// Kind: one of [`REFERRERS`].
    pub kind: Option<Code>,
    /// May the family learn who referred?
    pub may_be_named: Option<Said>,
    /// May they be told what became of it?
    pub may_be_told: Option<Said>,
}

/// One thing that was seen or heard.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Observation {
    /// What.
    pub what: Redacted<String>,
    /// On which day, if that is known.
    pub on: Option<Date>,
    /// When, in words, where no day is known.
    pub when: Redacted<String>,
    /// At first hand or reported.
    pub knowledge: Option<Knowledge>,
    /// Who reported it, where it is reported.
    pub reported_by: Redacted<String>,
}

/// What the people need so that they can be talked to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Needs {
    /// Language of the home.
    pub language: Redacted<String>,
    /// Is an interpreter needed?
    pub interpreter: Option<Said>,
    /// Is anybody disabled, or does anybody have additional needs?
    pub disability: Option<Said>,
    /// Which needs, in words.
    pub account: Redacted<String>,
}

/// A contact or referral.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Referral {
    /// Who is worried.
    pub referrer: Referrer,
    /// How it came.
    pub channel: Option<Channel>,
    /// When it reached the hub: the clock starts here. Now, when left out.
    pub received: Option<Timestamp>,
    /// What they are worried about.
    pub concern: Redacted<String>,
    /// Is somebody in danger at this moment?
    pub immediate_danger: Option<Said>,
    /// What was seen or heard, at most 20.
    pub observations: Vec<Observation>,
    /// Who lives in the home, in words.
    pub household: Redacted<String>,
    /// Who has parental responsibility, in words.
    pub parental_responsibility: Redacted<String>,
    /// Needs.
    pub needs: Needs,
    /// Kind of case, proposed.
    pub kind: Option<Code>,
    /// Rating, proposed.
    pub priority: Option<Priority>,
    /// Legal gateway, proposed.
    pub purpose: Option<Code>,
    /// What was said about consent.
    pub consent: Option<ConsentState>,
    /// Coded reason for going ahead without consent.
    pub override_reason: Option<Code>,
    /// Were parents told, or the coded reason why not.
    pub parents_informed: Option<Code>,
    /// The people, at most 12.
    pub subjects: Vec<Subject>,
}

impl Referral {
    /// Refuses what is longer or more than can be kept; never what is missing.
    pub(super) fn check(&self) -> Result<(), ExchangeError> {
        let too_long = |key: &str, most: usize| {
            Err(refuse(
                "out_of_bounds",
                422,
                format!("`{key}` must be at most {most} characters"),
            ))
        };
        for (key, text, most) in self.texts() {
            if text.reveal().chars().count() > most {
                return too_long(key, most);
            }
        }
        let kind = self.referrer.kind.as_ref();
        if kind.is_some_and(|kind| !REFERRERS.contains(&kind.as_str())) {
            return Err(refuse(
                "unknown_word",
                422,
                "`referrer.kind` is not one of the known words",
            ));
        }
        if self.observations.len() > OBSERVATIONS_MAX || self.subjects.len() > SUBJECTS_MAX {
            return Err(refuse(
                "out_of_bounds",
                422,
                "a referral has at most 20 observations and 12 people",
            ));
        }
        check_people(&self.subjects)
    }

    fn texts(&self) -> Vec<(&'static str, &Redacted<String>, usize)> {
        let Referrer {
            name,
            role,
            organisation,
            telephone,
            email,
            ..
        } = &self.referrer;
        let mut all = vec![
            ("referrer.name", name, LINE_MAX),
            ("referrer.role", role, LINE_MAX),
            ("referrer.organisation", organisation, LINE_MAX),
            ("referrer.telephone", telephone, LINE_MAX),
            ("referrer.email", email, LINE_MAX),
            ("concern", &self.concern, ACCOUNT_MAX),
            ("household", &self.household, ACCOUNT_MAX),
            (
                "parental_responsibility",
                &self.parental_responsibility,
                ACCOUNT_MAX,
            ),
            ("needs.language", &self.needs.language, LINE_MAX),
            ("needs.account", &self.needs.account, ACCOUNT_MAX),
        ];
        for seen in &self.observations {
            all.push(("observations.what", &seen.what, ACCOUNT_MAX));
            all.push(("observations.when", &seen.when, LINE_MAX));
            all.push(("observations.reported_by", &seen.reported_by, LINE_MAX));
        }
        all
    }
}

/// The bounds of what is said about people: they are the same as in an enquiry.
fn check_people(subjects: &[Subject]) -> Result<(), ExchangeError> {
    for (place, subject) in subjects.iter().enumerate() {
        let lists = [
            subject.names.len(),
            subject.addresses.len(),
            subject.phones.len(),
            subject.identifiers.len(),
        ];
        let names = subject.names.iter();
        let addresses = subject.addresses.iter();
        let texts = names
            .flat_map(|name| [&name.forenames, &name.surname])
            .chain(addresses.flat_map(|address| [&address.line, &address.postcode]))
            .chain(&subject.phones)
            .chain(subject.identifiers.iter().map(|id| &id.value));
        let long = texts
            .into_iter()
            .any(|text| text.reveal().chars().count() > LINE_MAX);
        if long || lists.into_iter().any(|length| length > 10) {
            return Err(refuse(
                "out_of_bounds",
                422,
                format!(
                    "`subjects[{place}]` has more than 10 of something, or a text over 200 characters"
                ),
            ));
        }
    }
    Ok(())
}

/// Is there nothing to read in this text?
pub(super) fn is_blank(text: &Redacted<String>) -> bool {
    text.reveal().trim().is_empty()
}
