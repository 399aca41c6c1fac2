//! One finding: what the hub hears of one category for one subject, and what people must decide.
//!
//! Whatever policy does not let be known must look the same whether or not it is there. So the
//! [`Face`], which comes from policy alone, decides what may depend on data at all.

use std::collections::BTreeMap;

use stile_model::code::{CategoryStatus, FieldKind, MatchStatus, Rung};
use stile_model::enquiry::Enquiry;
use stile_model::id::{Code, RuleId};
use stile_model::returns::{Finding, Item, Referred, Withheld};
use stile_model::subject::{Record, Shown, Value};
use stile_model::time::Timestamp;
use stile_model::vocabulary::{Category, Recency};
use stile_policy::Approvers;
use stile_product::{MinimisedRecord, minimise};

use super::Agency;
use super::collect::{Collected, Gathered};
use super::find::FoundSubject;
use super::minimise::{Screened, withheld_code};
use super::rule::{Band, Face, Ruling};
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
            // A silent source is silent about everybody, so saying so tells nothing of anybody.
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

    fn bare(&self, status: CategoryStatus) -> Finding {
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
            let policy = &self.collected.ruled.policy;
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

    /// The finding once nothing more is to be decided.
    fn settled(&self, agreed: bool) -> Settled {
        let mut items = Vec::new();
        let mut missing: BTreeMap<String, Code> = BTreeMap::new();
        let mut all_tripped = Vec::new();
        for (source, record) in &self.gathered.records {
            let recency = self.recency(record);
            match self.ruling.band(recency) {
                Band::Closed => continue,
                Band::Asked if !agreed => continue,
                Band::Asked | Band::Known => {}
            }
            let rungs = self.rungs(recency, agreed);
            let reference = self.agency.reference(source, self.category, record);
            let protected = self.who.rows.iter().any(|row| row.protected);
            let screen = &self.screen.screen;
            let mut reduced = minimise(record, self.category, &rungs, screen, protected, reference);
            if agreed {
                self.show_redacted(record, &rungs, &mut reduced);
            }
            for field in &reduced.safe_address {
                missing.insert(field.clone(), withheld_code("safe_address"));
            }
            for field in reduced.tripped {
                missing.insert(field.clone(), withheld_code("screened_text"));
                if !all_tripped.contains(&field) {
                    all_tripped.push(field);
                }
            }
            for field in &self.category.fields {
                self.note_missing(field.id.name(), recency, agreed, &mut missing);
            }
            if !reduced.item.fields.is_empty() {
                items.push(reduced.item);
            }
        }
        if self.ruling.face == Face::Open && !self.ruling.recencies_in(Band::Closed).is_empty() {
            missing
                .entry("*".to_owned())
                .or_insert_with(|| withheld_code("outside_window"));
        }
        Settled {
            finding: self.state(items, missing),
            tripped: all_tripped,
        }
    }

    /// Shows the redacted form of texts that tripped the screen, for a person to judge.
    fn show_redacted(
        &self,
        record: &Record,
        rungs: &BTreeMap<String, (Rung, RuleId)>,
        reduced: &mut MinimisedRecord,
    ) {
        let place = |name: &str| {
            self.category
                .fields
                .iter()
                .position(|field| field.id.name() == name)
        };
        reduced.tripped.retain(|name| {
            let held = record
                .values
                .iter()
                .find(|(field, _)| field == name)
                .map(|(_, value)| value);
            let (Some(Value::Text(text)), Some((rung, rule))) = (held, rungs.get(name)) else {
                return true;
            };
            reduced.item.fields.push(Shown {
                field: name.clone(),
                rung: *rung,
                value: self.screen.screen.redact(text.reveal()).text.into(),
                rule: rule.clone(),
            });
            false
        });
        reduced.item.fields.sort_by_key(|shown| place(&shown.field));
    }

    /// A field of which nothing is shown has its code listed, so that the hub knows of it.
    fn note_missing(
        &self,
        field: &str,
        recency: Recency,
        agreed: bool,
        missing: &mut BTreeMap<String, Code>,
    ) {
        let Some(decision) = self.ruling.decision(field, recency) else {
            return;
        };
        let rung = if agreed {
            decision.approved
        } else {
            decision.auto
        };
        if rung == Rung::None {
            missing
                .entry(field.to_owned())
                .or_insert_with(|| decision.withhold.clone());
        }
    }

    fn state(&self, items: Vec<Item>, missing: BTreeMap<String, Code>) -> Finding {
        let withheld: Vec<_> = missing
            .into_iter()
            .map(|(field, code)| Withheld { field, code })
            .collect();
        let status = match (items.is_empty(), withheld.is_empty()) {
            (true, true) => CategoryStatus::NoRecord,
            (true, false) if withheld.iter().all(|one| one.field == "*") => {
                CategoryStatus::NoRecord
            }
            (true, false) => CategoryStatus::Withheld,
            (false, true) => CategoryStatus::Shared,
            (false, false) => CategoryStatus::PartlyShared,
        };
        Finding {
            items,
            withheld,
            capped: self.gathered.capped,
            ..self.bare(status)
        }
    }

    /// The rungs of one record; without a complete screen no free text goes out, only its category.
    fn rungs(&self, recency: Recency, agreed: bool) -> BTreeMap<String, (Rung, RuleId)> {
        let mut rungs = self.ruling.rungs(recency, agreed);
        if !self.screen.complete {
            for field in &self.category.fields {
                if matches!(
                    field.kind,
                    FieldKind::Text | FieldKind::Location | FieldKind::Person
                ) && let Some((rung, _)) = rungs.get_mut(field.id.name())
                {
                    *rung = (*rung).min(Rung::Headline);
                }
            }
        }
        rungs
    }

    fn recency(&self, record: &Record) -> Recency {
        if self.category.event.is_none() {
            return Recency::Unknown;
        }
        Recency::of(record.event, self.collected.ruled.found.admitted.today)
    }

    fn asked_fields(&self) -> Vec<String> {
        let asks = |decisions: &Vec<(Recency, stile_policy::Decision)>| {
            decisions
                .iter()
                .any(|(_, decision)| decision.approved > decision.auto)
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
                if_agreed: agreed,
                if_refused,
                if_lapsed,
            })),
            state: TaskState::Open,
        })
    }

    fn enquiry(&self) -> &Enquiry {
        &self.collected.ruled.found.admitted.enquiry
    }

    /// When the quickest of these roles must have decided, but never after the question lapses.
    fn due(&self, roles: &[Code]) -> Timestamp {
        let policy = &self.collected.ruled.policy;
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

/// A finding with nothing more to decide, and the fields that tripped the screen in it.
struct Settled {
    finding: Finding,
    tripped: Vec<String>,
}

/// The finding when people do not agree: what left at once stays, the rest is withheld.
fn refused(mut finding: Finding, fields: &[String], code: &Code) -> Finding {
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
