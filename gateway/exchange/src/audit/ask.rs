//! What may be asked of the ledger, and why.

use serde::{Deserialize, Serialize};
use stile_ledger::{EntryKind, SubjectKey};
use stile_model::id::{CaseId, Code, MemberId, RuleId, SubjectId, UserId};
use stile_model::redact::Redacted;
use stile_model::subject::{Born, Identifier, Name, NameKind, Subject};
use stile_model::time::{Date, Timestamp};
use utoipa::ToSchema;

use crate::error::{ExchangeError, refuse};

/// Why somebody may read the ledger: code and meaning.
pub const REASONS: [(&str, &str); 8] = [
    (
        "access_request",
        "a person asks what is held or was disclosed about them (UK GDPR Art. 15; DPA 2018 s.45)",
    ),
    ("audit", "planned checking, dip sampling"),
    (
        "complaint",
        "somebody complains about a disclosure or a refusal",
    ),
    ("court_order", "a court or tribunal orders it"),
    ("incident", "a suspected breach or misuse (UK GDPR Art. 33)"),
    ("inspection", "a regulator or inspectorate asks"),
    (
        "rectification",
        "something disclosed was wrong (UK GDPR Art. 16 and 19)",
    ),
    ("review", "a safeguarding practice review or its like"),
];

/// The word of every kind of entry, in alphabetical order.
pub fn kinds() -> impl Iterator<Item = &'static str> {
    EntryKind::ALL.into_iter().map(EntryKind::word)
}

/// A coded reason for reading the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
pub struct Reason(Code);

impl Reason {
    /// Checks that the reason is a known one.
    ///
    /// # Errors
    ///
    /// `unknown_reason`, naming those that are.
    pub fn check(&self) -> Result<&Self, ExchangeError> {
        if REASONS.iter().any(|(code, _)| *code == self.0.as_str()) {
            return Ok(self);
        }
        let known: Vec<_> = REASONS
            .iter()
            .map(|(code, _)| format!("`{code}`"))
            .collect();
        Err(refuse(
            "unknown_reason",
            422,
            format!("`reason` must be one of {}", known.join(", ")),
        ))
    }

    /// The code.
    pub const fn code(&self) -> &Code {
        &self.0
    }
}

impl From<Code> for Reason {
    fn from(code: Code) -> Self {
        Self(code)
    }
}

/// A person by what their papers say: an NHS number, or name and date of birth, or all three.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonAsked {
    /// NHS number, with or without spaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nhs_number: Option<Redacted<String>>,
    /// Forenames, separated by spaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forenames: Option<Redacted<String>>,
    /// Family name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub surname: Option<Redacted<String>>,
    /// Date of birth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub born: Option<Date>,
}

impl PersonAsked {
    /// The keys by which entries about this person are found: one for each way in which they are named.
    /// A way that finds nobody is refused rather than left out, or a slip of the pen would hide what
    /// was disclosed.
    pub(super) fn keys(&self) -> Result<Vec<SubjectKey>, ExchangeError> {
        let subject = self.subject().ok_or_else(nobody)?;
        let by_number = Subject {
            names: Vec::new(),
            ..subject.clone()
        };
        let by_name = Subject {
            identifiers: Vec::new(),
            ..subject
        };
        if !by_number.identifiers.is_empty() && crate::subjects::keys(&by_number).is_empty() {
            return Err(refuse(
                "nhs_number_invalid",
                422,
                "`nhs_number` must be ten digits of which the last checks the others; correct it, or \
                 leave it out and give `forenames`, `surname` and `born`",
            ));
        }
        if !by_name.names.is_empty() && crate::subjects::keys(&by_name).is_empty() {
            return Err(refuse(
                "name_unusable",
                422,
                "`forenames` and `surname` must each be a name, not a placeholder such as `unknown`; \
                 correct them, or give `nhs_number` alone",
            ));
        }
        let keys = [by_number, by_name];
        let keys: Vec<_> = keys.iter().flat_map(crate::subjects::keys).collect();
        if keys.is_empty() {
            return Err(nobody());
        }
        Ok(keys)
    }

    fn subject(&self) -> Option<Subject> {
        let names = match (&self.forenames, &self.surname, self.born) {
            (Some(forenames), Some(surname), Some(_)) => vec![Name {
                forenames: forenames.clone(),
                surname: surname.clone(),
                kind: NameKind::Current,
            }],
            (None, None, None) => Vec::new(),
            // Half a name would be searched for and never found.
            _ => return None,
        };
        let scheme = Code::new("nhs_number").ok()?;
        let identifiers = self.nhs_number.iter().map(|value| Identifier {
            scheme: scheme.clone(),
            value: value.clone(),
        });
        Some(Subject {
            id: SubjectId::new("s1").ok()?,
            role: Code::new("child").ok()?,
            names,
            born: self.born.map(Born::Exact),
            sex: None,
            addresses: Vec::new(),
            phones: Vec::new(),
            identifiers: identifiers.collect(),
        })
    }
}

fn nobody() -> ExchangeError {
    refuse(
        "person_missing",
        422,
        "a person is named by `nhs_number`, or by `forenames`, `surname` and `born` together",
    )
}

/// Which entries; every part that is given must fit.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    /// Of this case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<CaseId>,
    /// About this person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonAsked>,
    /// Done by this officer of this member.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub officer: Option<UserId>,
    /// Decided by this rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<RuleId>,
    /// Of one of these kinds; all when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<Code>,
    /// With this member: who asked, was asked, or received.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<MemberId>,
    /// With this coded reason.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entry_reason: Option<Code>,
    /// Not before this instant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// Before this instant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// A search, newest first.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Search {
    /// Why the ledger is read.
    pub reason: Reason,
    /// Which entries.
    #[serde(default)]
    pub filter: Filter,
    /// Only entries before this index; none for the newest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<u64>,
    /// How many at most, 1 to 1000.
    #[serde(default = "usual_limit")]
    #[schema(minimum = 1, maximum = 1000)]
    pub limit: u16,
}

pub(super) const LIMIT_MAX: u16 = 1_000;

const fn usual_limit() -> u16 {
    50
}

pub(super) fn check_limit(limit: u16) -> Result<usize, ExchangeError> {
    if (1..=LIMIT_MAX).contains(&limit) {
        Ok(usize::from(limit))
    } else {
        Err(refuse("out_of_bounds", 422, "`limit` is 1 to 1000"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "943 476 5919";

    fn asked(nhs: Option<&str>, name: Option<(&str, &str)>) -> PersonAsked {
        PersonAsked {
            nhs_number: nhs.map(Into::into),
            forenames: name.map(|(forenames, _)| forenames.into()),
            surname: name.map(|(_, surname)| surname.into()),
            born: name.map(|_| "2018-05-09".parse().unwrap()),
        }
    }

    fn refusal(asked: &PersonAsked) -> String {
        asked.keys().unwrap_err().problem().code().to_owned()
    }

    #[test]
    fn every_way_in_which_a_person_is_named_finds_them() {
        let name = Some(("Mali", "Testwood"));

        assert_eq!(asked(Some(GOOD), None).keys().unwrap().len(), 1);
        assert_eq!(asked(None, name).keys().unwrap().len(), 1);
        assert_eq!(asked(Some(GOOD), name).keys().unwrap().len(), 2);
    }

    #[test]
    fn a_mistyped_number_is_refused_though_the_name_would_find_somebody() {
        for wrong in ["943 476 5918", "943 476 591", "94347659190", "x"] {
            assert_eq!(
                refusal(&asked(Some(wrong), Some(("Mali", "Testwood")))),
                "nhs_number_invalid"
            );
            assert_eq!(refusal(&asked(Some(wrong), None)), "nhs_number_invalid");
        }
    }

    #[test]
    fn a_name_that_finds_nobody_is_refused_though_the_number_would() {
        for name in [("Mali", "-"), ("--", "Testwood"), ("Mali", "Unknown")] {
            assert_eq!(refusal(&asked(Some(GOOD), Some(name))), "name_unusable");
        }
    }

    #[test]
    fn nobody_and_half_a_name_are_refused() {
        let half = PersonAsked {
            surname: Some("Testwood".into()),
            ..asked(Some(GOOD), None)
        };

        assert_eq!(refusal(&half), "person_missing");
        assert_eq!(refusal(&PersonAsked::default()), "person_missing");
    }
}
