//! Scenario cases: questions with the rulings an officer expects, kept beside the rules.
//!
//! ```toml
//! [given]                       # what the cases below share, unless they say otherwise
//! purpose = "s47_enquiry"
//!
//! [[case]]
//! name = "the date of an incident comes at once"
//! field = "police.domestic_incident.date"
//! auto = "detail"               # approved = auto unless written; then approvers are listed
//! ```

use serde::Deserialize;
use stile_model::code::{ConsentState, Priority, Rung};
use stile_model::id::{Code, FieldId, MemberId};
use stile_model::place::Place;
use stile_model::time::Date;
use stile_model::vocabulary::{AgeBand, Recency};
use toml::Spanned;

use crate::decide::{Decision, Question};
use crate::error::PolicyError;
use crate::set::PolicySet;

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    purpose: Option<Code>,
    priority: Option<Priority>,
    consent: Option<ConsentState>,
    subject: Option<Code>,
    age: Option<AgeBand>,
    recency: Option<Recency>,
    requester: Option<Code>,
    hub: Option<MemberId>,
}

// The keys of `Given` are repeated because serde cannot flatten and deny unknown keys at once.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: Spanned<String>,
    field: FieldId,
    purpose: Option<Code>,
    priority: Option<Priority>,
    consent: Option<ConsentState>,
    subject: Option<Code>,
    age: Option<AgeBand>,
    recency: Option<Recency>,
    requester: Option<Code>,
    hub: Option<MemberId>,
    /// The day of the question, where a rule's last day matters.
    on: Option<Date>,
    auto: Rung,
    approved: Option<Rung>,
    #[serde(default)]
    approvers: Vec<Code>,
    #[serde(default)]
    any_of: bool,
    #[serde(default)]
    sealed: bool,
    withhold: Option<Code>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    given: Given,
    case: Vec<Case>,
}

/// The cases of one `cases.toml`.
#[derive(Debug, Clone)]
pub struct Cases {
    name: String,
    text: String,
    file: File,
}

impl Cases {
    /// Reads the text of a `cases.toml`; `name` appears in errors.
    ///
    /// # Errors
    ///
    /// The first mistake, with line and column; or that there is no case.
    pub fn parse(name: &str, text: &str) -> Result<Self, PolicyError> {
        let file: File = toml::from_str(text).map_err(|error| PolicyError::Cases {
            problems: vec![place(
                name,
                text,
                error.span().map_or(0, |span| span.start),
                error.message(),
            )],
        })?;
        if file.case.is_empty() {
            let problem = "there is no [[case]]; a policy without cases proves nothing";
            return Err(PolicyError::Cases {
                problems: vec![place(name, text, 0, problem)],
            });
        }
        Ok(Self {
            name: name.to_owned(),
            text: text.to_owned(),
            file,
        })
    }

    /// How many cases there are.
    pub fn count(&self) -> usize {
        self.file.case.len()
    }

    /// Puts every case to `policy` as of `today`.
    ///
    /// # Errors
    ///
    /// Every case whose ruling is not the one expected, with its line and what policy says.
    pub fn check(&self, policy: &PolicySet, today: Date) -> Result<(), PolicyError> {
        let problems: Vec<String> = self
            .file
            .case
            .iter()
            .filter_map(|case| {
                let problem = self.judge(case, policy, today)?;
                Some(place(
                    &self.name,
                    &self.text,
                    case.name.span().start,
                    &problem,
                ))
            })
            .collect();
        if problems.is_empty() {
            Ok(())
        } else {
            Err(PolicyError::Cases { problems })
        }
    }

    fn judge(&self, case: &Case, policy: &PolicySet, today: Date) -> Option<String> {
        let given = &self.file.given;
        let Some(purpose) = case.purpose.as_ref().or(given.purpose.as_ref()) else {
            return Some("`purpose` is missing, here and in [given]".to_owned());
        };
        let question = Question {
            field: &case.field,
            purpose,
            priority: case.priority.or(given.priority),
            consent: case.consent.or(given.consent),
            subject_role: case.subject.as_ref().or(given.subject.as_ref()),
            age: case.age.or(given.age).unwrap_or(AgeBand::Unknown),
            recency: case.recency.or(given.recency).unwrap_or(Recency::Unknown),
            requester: case.requester.as_ref().or(given.requester.as_ref()),
            hub: case.hub.as_ref().or(given.hub.as_ref()),
        };
        let decision = policy.rule(&question, case.on.unwrap_or(today));
        (!case.expects(&decision)).then(|| {
            let roles: Vec<&str> = decision.approvers.roles.iter().map(Code::as_str).collect();
            let by: Vec<&str> = decision.rules.iter().map(stile_model::id::RuleId::as_str).collect();
            format!(
                "case `{}`: policy says auto `{}`, approved `{}`, approvers [{}], any_of {}, sealed {}, withhold `{}` by rules [{}]",
                case.name.get_ref(),
                decision.auto,
                decision.approved,
                roles.join(", "),
                decision.approvers.any_of,
                decision.sealed,
                decision.withhold,
                by.join(", ")
            )
        })
    }
}

impl Case {
    fn expects(&self, decision: &Decision) -> bool {
        let mut approvers = self.approvers.clone();
        approvers.sort();
        decision.auto == self.auto
            && decision.approved == self.approved.unwrap_or(self.auto)
            && decision.approvers.roles == approvers
            && decision.approvers.any_of == self.any_of
            && decision.sealed == self.sealed
            && self
                .withhold
                .as_ref()
                .is_none_or(|code| code == &decision.withhold)
    }
}

fn place(name: &str, text: &str, at: usize, problem: &str) -> String {
    format!("{name}:{}: {problem}", Place::of(text, at))
}
