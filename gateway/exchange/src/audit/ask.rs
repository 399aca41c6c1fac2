//! What may be asked of the ledger, and why.

use serde::{Deserialize, Serialize};
use stile_ledger::SubjectKey;
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
    /// The keys by which entries about this person are found.
    pub(super) fn keys(&self) -> Result<Vec<SubjectKey>, ExchangeError> {
        let subject = self.subject().ok_or_else(nobody)?;
        let keys = crate::subjects::keys(&subject);
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
        "a person is named by a valid `nhs_number`, or by `forenames`, `surname` and `born` together",
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
