//! One finding: what the hub hears of one category for one subject, and what people must decide.
//!
//! Whatever policy does not let be known must look the same whether or not it is there. So the
//! [`Face`], which comes from policy alone, decides what may depend on data at all.

use std::collections::BTreeMap;

use stile_model::code::{CategoryStatus, MatchStatus};
use stile_model::enquiry::Enquiry;
use stile_model::id::Code;
use stile_model::returns::{Finding, Referred, Withheld};
use stile_model::subject::Record;
use stile_model::time::{Date, Timestamp};
use stile_model::vocabulary::{Category, Recency};
use stile_policy::Approvers;

use super::Agency;
use super::collect::{Collected, Gathered};
use super::find::FoundSubject;
use super::minimise::{Screened, withheld_code};
use super::rule::{Band, Face, Ruling};
use super::settle::Settled;
use super::task::{Approval, Task, TaskState, TaskSubject};
use crate::error::ExchangeError;
use crate::random;

/// Everything one finding is made from.
pub(super) struct Draft<'a> {
    pub(super) agency: &'a Agency,
    pub(super) collected: &'a Collected,
    pub(super) ruling: &'a Ruling,
    pub(super) gathered: &'a Gathered,
    pub(super) category: &'a Category,
    pub(super) who: &'a FoundSubject,
    pub(super) screen: &'a Screened,
}

impl Draft<'_> {
    /// The finding, or none while a reviewer must first say who the subject is; and the approval
    /// that would say more.
    pub(super) fn finding(&self) -> Result<(Option<Finding>, Option<Task>), ExchangeError> {
        if !self.agency.holds(&self.category.id) {
            return Ok((Some(self.withheld(withheld_code("not_offered"))), None));
        }
        let possible = self.who.finding.status == MatchStatus::Possible;
        match &self.ruling.face {
            Face::Withheld(code) => Ok((Some(self.withheld(code.clone())), None)),
            // A silent source is silent about everybody of whom as much is known, so saying so tells
            // nothing of anybody.
            _ if self.gathered.silent => Ok((Some(self.bare(CategoryStatus::NotChecked)), None)),
            Face::Sealed => Ok((Some(self.bare(CategoryStatus::NoRecord)), None)),
            Face::Referred(roles) if possible => {
                let referred = Some(Referred {
                    fields: self.asked_fields(),
                    approvers: roles.clone(),
                    due: self.due(roles),
                });
                Ok((
                    Some(Finding {
                        referred,
                        ..self.bare(CategoryStatus::Referred)
                    }),
                    None,
                ))
            }
            Face::Referred(roles) => self.referred(roles.clone()),
            Face::Open if possible => Ok((None, None)),
            Face::Open if self.gathered.failed => {
                Ok((Some(self.bare(CategoryStatus::NotChecked)), None))
            }
            Face::Open => self.open(),
        }
    }

    pub(super) fn bare(&self, status: CategoryStatus) -> Finding {
        Finding {
            subject: self.who.finding.subject.clone(),
            category: self.category.id.clone(),
            status,
            items: Vec::new(),
            withheld: Vec::new(),
            referred: None,
            capped: false,
        }
    }

    fn withheld(&self, code: Code) -> Finding {
        let withheld = vec![Withheld {
            field: "*".to_owned(),
            code,
        }];
        Finding {
            withheld,
            ..self.bare(CategoryStatus::Withheld)
        }
    }

    /// Existence itself is not granted: the hub hears "referred" whether or not a record is held.
    fn referred(&self, roles: Vec<Code>) -> Result<(Option<Finding>, Option<Task>), ExchangeError> {
        let agreed = if self.gathered.failed {
            self.bare(CategoryStatus::NotChecked)
        } else {
            self.settled(true).finding
        };
        let task = self.approval(
            Approvers {
                any_of: false,
                roles,
            },
            agreed,
            None,
        )?;
        let referred = Self::question(&task);
        Ok((
            Some(Finding {
                referred,
                ..self.bare(CategoryStatus::Referred)
            }),
            Some(task),
        ))
    }

    /// What may be said at once is said; what depends on a person is referred.
    ///
    /// Where even the existence of records of some age is for a person to say, they are asked
    /// whether or not there are any. Of records of an age that nobody may hear of, the policy's
    /// code is listed whether or not there are any.
    ///
    /// A text that tripped the screen is referred too: its redacted form leaves if the person
    /// agrees that it gives nothing away.
    fn open(&self) -> Result<(Option<Finding>, Option<Task>), ExchangeError> {
        let records = self.gathered.records.iter();
        let mut recencies: Vec<_> = records.map(|(_, record)| self.recency(record)).collect();
        let asked = self.ruling.recencies_in(Band::Asked);
        let always_asked = !asked.is_empty();
        recencies.extend(asked);
        let mut approvers = self.ruling.approvers(&recencies);
        let Settled {
            finding: mut at_once,
            tripped,
        } = self.settled(false);
        let agreed = self.settled(true).finding;
        if agreed.items == at_once.items && !always_asked {
            return Ok((Some(at_once), None));
        }
        if !tripped.is_empty() {
            let policy = &self.collected.ruled.footing.policy;
            let named = policy.sealed_contact(&self.category.id);
            let reader = named.unwrap_or(&self.agency.settings.sealed_contact);
            if !approvers.roles.contains(reader) {
                approvers.roles.push(reader.clone());
                approvers.any_of = false;
            }
        }
        if approvers.roles.is_empty() {
            return Ok((Some(at_once), None));
        }
        let mut fields = self.asked_fields();
        fields.extend(
            tripped
                .into_iter()
                .filter(|field| !self.asked_fields().contains(field)),
        );
        let task = self.approval(approvers, agreed, Some((at_once.clone(), fields.clone())))?;
        at_once.referred = Self::question(&task);
        at_once
            .withheld
            .retain(|withheld| !fields.contains(&withheld.field));
        at_once.status = if at_once.items.is_empty() {
            CategoryStatus::Referred
        } else {
            CategoryStatus::PartlyShared
        };
        Ok((Some(at_once), Some(task)))
    }

    pub(super) fn recency(&self, record: &Record) -> Recency {
        if self.category.event.is_none() {
            return Recency::Unknown;
        }
        Recency::of(record.event, self.collected.ruled.found.admitted.today)
    }

    fn asked_fields(&self) -> Vec<String> {
        let asks = |decisions: &Vec<(Recency, stile_policy::Outcome)>| {
            decisions.iter().any(|(_, decision)| decision.is_referred())
        };
        let fields = self.ruling.fields.iter();
        fields
            .filter(|(_, decisions)| asks(decisions))
            .map(|(name, _)| name.clone())
            .collect()
    }

    /// The task of the approvers: exactly what leaves if they agree, and what if they do not.
    fn approval(
        &self,
        approvers: Approvers,
        agreed: Finding,
        at_once: Option<(Finding, Vec<String>)>,
    ) -> Result<Task, ExchangeError> {
        let enquiry = self.enquiry();
        let (base, fields) =
            at_once.unwrap_or_else(|| (self.bare(CategoryStatus::Withheld), self.asked_fields()));
        let otherwise = |code: &'static str| refused(base.clone(), &fields, &withheld_code(code));
        let (if_refused, if_lapsed) = (
            otherwise("refused_by_approver"),
            otherwise("approval_lapsed"),
        );
        Ok(Task {
            id: random::enquiry_id()?,
            enquiry: enquiry.id,
            case: enquiry.case.clone(),
            made: self.collected.ruled.found.admitted.now,
            due: self.due(&approvers.roles),
            subject: TaskSubject::Approval(Box::new(Approval {
                fields,
                roles: approvers.roles,
                any_of: approvers.any_of,
                agreed_by: BTreeMap::new(),
                allowed: self.ruling.allowed(),
                grounds: self.ruling.grounds([&agreed, &if_lapsed]),
                oldest: self.oldest(&agreed),
                if_agreed: agreed,
                if_refused,
                if_lapsed,
            })),
            state: TaskState::Open,
            ended: None,
        })
    }

    /// The oldest event of the records that a finding shows, by its age today.
    fn oldest(&self, shown: &Finding) -> BTreeMap<Recency, Date> {
        let mut oldest = BTreeMap::new();
        for (source, record) in &self.gathered.records {
            let reference = self.agency.reference(source, self.category, record);
            let is_shown = shown.items.iter().any(|item| item.reference == reference);
            let event = record.event.filter(|_| self.category.event.is_some());
            if let Some(event) = event.filter(|_| is_shown) {
                let first = oldest.entry(self.recency(record)).or_insert(event);
                *first = event.min(*first);
            }
        }
        oldest
    }

    fn enquiry(&self) -> &Enquiry {
        &self.collected.ruled.found.admitted.enquiry
    }

    /// When the quickest of these roles must have decided, but never after the question lapses.
    fn due(&self, roles: &[Code]) -> Timestamp {
        let policy = &self.collected.ruled.footing.policy;
        let hours = roles
            .iter()
            .map(|role| policy.approval_hours(role))
            .min()
            .unwrap_or(24);
        let due = self
            .collected
            .ruled
            .found
            .admitted
            .now
            .plus_s(i64::from(hours) * 3_600);
        due.min(self.enquiry().expires)
    }

    fn question(task: &Task) -> Option<Referred> {
        match &task.subject {
            TaskSubject::Approval(approval) => Some(Referred {
                fields: approval.fields.clone(),
                approvers: approval.roles.clone(),
                due: task.due,
            }),
            TaskSubject::Alert(_) | TaskSubject::Match(_) => None,
        }
    }
}

/// The finding when people do not agree: what left at once stays, the rest is withheld.
pub(super) fn refused(mut finding: Finding, fields: &[String], code: &Code) -> Finding {
    finding
        .withheld
        .retain(|withheld| !fields.contains(&withheld.field));
    finding.withheld.extend(fields.iter().map(|field| Withheld {
        field: field.clone(),
        code: code.clone(),
    }));
    finding.status = if finding.items.is_empty() {
        CategoryStatus::Withheld
    } else {
        CategoryStatus::PartlyShared
    };
    finding
}
