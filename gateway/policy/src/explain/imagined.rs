//! A question somebody imagines, in words that are checked before it is put.

use serde::{Deserialize, Serialize};
use stile_model::code::{ConsentState, Priority};
use stile_model::id::{Code, FieldId, MemberId};
use stile_model::vocabulary::{AgeBand, Recency, Vocabulary};
use utoipa::ToSchema;

use crate::decide::Question;
use crate::error::PolicyError;
use crate::read::page::unknown;
use crate::read::when::words_of;
use crate::space::UNKNOWN;

/// An imagined question. What is left out, or written `unknown`, is not known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Imagined {
    /// What is asked for: `police.domestic_incident.summary`.
    pub field: String,
    /// The legal gateway: `s47_enquiry`.
    pub purpose: String,
    /// The hub's rating.
    #[serde(default)]
    pub priority: Option<String>,
    /// What was said about consent.
    #[serde(default)]
    pub consent: Option<String>,
    /// The person's role in the case.
    #[serde(default)]
    pub subject: Option<String>,
    /// The person's age: `age_5_to_9`.
    #[serde(default)]
    pub age: Option<String>,
    /// How long ago the event was: `to_6m`.
    #[serde(default)]
    pub recency: Option<String>,
    /// The role of the officer who asks.
    #[serde(default)]
    pub requester: Option<String>,
    /// The hub that asks.
    #[serde(default)]
    pub hub: Option<String>,
}

/// An imagined question, every word of which the vocabulary has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    field: FieldId,
    purpose: Code,
    priority: Option<Priority>,
    consent: Option<ConsentState>,
    subject: Option<Code>,
    age: AgeBand,
    recency: Recency,
    requester: Option<Code>,
    hub: Option<MemberId>,
}

impl Imagined {
    /// Checks every word.
    ///
    /// # Errors
    ///
    /// Every word that the vocabulary lacks, with the allowed ones and the nearest spelling.
    pub fn read(&self, vocabulary: &Vocabulary) -> Result<Known, PolicyError> {
        let mut check = Check::default();
        let purposes: Vec<&str> = vocabulary
            .purposes
            .iter()
            .map(|p| p.code.as_str())
            .collect();
        let ages: Vec<&str> = AgeBand::ALL.iter().map(|band| band.as_str()).collect();
        let recencies: Vec<&str> = Recency::ALL.iter().map(|band| band.as_str()).collect();
        let priorities: Vec<&str> = Priority::ALL.iter().map(|word| word.as_str()).collect();
        let consents: Vec<&str> = ConsentState::ALL.iter().map(|word| word.as_str()).collect();
        let field = self.field(vocabulary, &mut check);
        let purpose = check.word("purpose", Some(&self.purpose), &purposes);
        let purpose = purpose.and_then(|word| word.parse().ok());
        if purpose.is_none() && check.problems.is_empty() {
            check
                .problems
                .push("`purpose` is missing; every question has one".to_owned());
        }
        let code = |word: Option<&str>| word.and_then(|word| word.parse::<Code>().ok());
        let subjects = words_of(&vocabulary.subject_roles);
        let requesters = words_of(&vocabulary.officer_roles);
        let subject = code(check.word("subject", self.subject.as_deref(), &subjects));
        let requester = code(check.word("requester", self.requester.as_deref(), &requesters));
        let priority = check.word("priority", self.priority.as_deref(), &priorities);
        let consent = check.word("consent", self.consent.as_deref(), &consents);
        let age = check.word("age", self.age.as_deref(), &ages);
        let recency = check.word("recency", self.recency.as_deref(), &recencies);
        let hub = self.hub.as_deref().filter(|hub| *hub != UNKNOWN);
        let hub = hub.and_then(|hub| {
            MemberId::new(hub)
                .map_err(|error| check.problems.push(format!("`hub`: {error}")))
                .ok()
        });
        let same = |known: &str, word: Option<&str>| Some(known) == word;
        match (field, purpose) {
            (Some(field), Some(purpose)) if check.problems.is_empty() => Ok(Known {
                field,
                purpose,
                priority: priority.and_then(|word| word.parse().ok()),
                consent: consent.and_then(|word| word.parse().ok()),
                subject,
                age: AgeBand::ALL
                    .iter()
                    .copied()
                    .find(|band| same(band.as_str(), age))
                    .unwrap_or(AgeBand::Unknown),
                recency: Recency::ALL
                    .iter()
                    .copied()
                    .find(|band| same(band.as_str(), recency))
                    .unwrap_or(Recency::Unknown),
                requester,
                hub,
            }),
            _ => Err(PolicyError::Question {
                problems: check.problems,
            }),
        }
    }

    fn field(&self, vocabulary: &Vocabulary, check: &mut Check) -> Option<FieldId> {
        let known = self.field.parse::<FieldId>().ok();
        let known = known.filter(|field| vocabulary.field(field).is_some());
        if known.is_none() {
            let fields = vocabulary.categories.iter().flat_map(|one| &one.fields);
            let names: Vec<String> = fields.map(|field| field.id.to_string()).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let hint = crate::spelling::nearest(&self.field, &names).map_or_else(
                || "fields are written `agency.category.field`".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            let shown: String = self.field.chars().take(80).collect();
            check.problems.push(format!(
                "`field`: `{shown}` names no field of the vocabulary; {hint}"
            ));
        }
        known
    }
}

impl Known {
    /// The question to put.
    pub const fn question(&self) -> Question<'_> {
        Question {
            field: &self.field,
            purpose: &self.purpose,
            priority: self.priority,
            consent: self.consent,
            subject_role: self.subject.as_ref(),
            age: self.age,
            recency: self.recency,
            requester: self.requester.as_ref(),
            hub: self.hub.as_ref(),
        }
    }
}

/// The mistakes found so far.
#[derive(Default)]
struct Check {
    problems: Vec<String>,
}

impl Check {
    /// The word, if it is known and allowed.
    fn word<'a>(&mut self, key: &str, word: Option<&'a str>, allowed: &[&str]) -> Option<&'a str> {
        let word = word.filter(|word| *word != UNKNOWN)?;
        if allowed.contains(&word) {
            return Some(word);
        }
        self.problems.push(unknown(key, word, allowed));
        None
    }
}
