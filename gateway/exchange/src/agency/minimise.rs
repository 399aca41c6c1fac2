//! Minimise: only what was ruled, reduced to its rung, screened; and what a person must decide.

use std::collections::{BTreeMap, BTreeSet};

use data_encoding::BASE32_NOPAD;
use stile_model::code::{CategoryStatus, FieldKind, MatchStatus, Rung};
use stile_model::enquiry::Enquiry;
use stile_model::id::{Code, RuleId};
use stile_model::redact::Redacted;
use stile_model::returns::{Finding, Item, Referred, Return, Withheld};
use stile_model::subject::{PersonRow, Record};
use stile_model::time::Timestamp;
use stile_model::vocabulary::{Category, Recency};
use stile_product::{Screen, ScreenParts, minimise};

use super::Agency;
use super::collect::{Collected, Gathered};
use super::find::FoundSubject;
use super::rule::{Face, Ruling, no_rule};
use super::task::{Alert, Task, TaskState, TaskSubject};
use crate::error::ExchangeError;
use crate::random;

/// An answer reduced to what may leave, and the tasks that remain. Only [`Agency::minimise`] makes
/// one.
pub(super) struct Minimised {
    pub(super) jws: String,
    pub(super) enquiry: Enquiry,
    pub(super) answer: Return,
    pub(super) tasks: Vec<Task>,
    pub(super) now: Timestamp,
}

impl Agency {
    /// Builds the first return and the tasks of the people who must still decide.
    ///
    /// # Errors
    ///
    /// Only when no random identifier can be had; nothing has left.
    pub(super) fn minimise(&self, collected: Collected) -> Result<Minimised, ExchangeError> {
        let (findings, mut tasks) = self.findings(&collected)?;
        let Collected { ruled, .. } = collected;
        let found = ruled.found;
        tasks.extend(self.match_tasks(
            &found.admitted.enquiry,
            &found.subjects,
            found.admitted.now,
        )?);
        let enquiry = found.admitted.enquiry;
        let more = tasks
            .iter()
            .any(|task| !matches!(task.subject, TaskSubject::Alert(_)));
        let answer = Return {
            v: 1,
            enquiry: enquiry.id,
            enquiry_digest: found.admitted.digest,
            from: self.me.clone(),
            to: enquiry.from.clone(),
            case: enquiry.case.clone(),
            n: 1,
            issued: found.admitted.now,
            policy: ruled.policy.digest(),
            vocabulary: self.vocabulary.digest,
            subjects: found
                .subjects
                .into_iter()
                .map(|subject| subject.finding)
                .collect(),
            findings,
            more,
        };
        Ok(Minimised {
            jws: found.admitted.jws,
            enquiry,
            answer,
            tasks,
            now: found.admitted.now,
        })
    }

    /// The finding of every ruling, with the approvals and alerts that come of it.
    pub(super) fn findings(
        &self,
        collected: &Collected,
    ) -> Result<(Vec<Finding>, Vec<Task>), ExchangeError> {
        let found = &collected.ruled.found;
        let screen = Screened::new(&found.admitted.enquiry, &found.subjects);
        let mut findings = Vec::new();
        let mut tasks = Vec::new();
        for (ruling, gathered) in collected.ruled.rulings.iter().zip(&collected.gathered) {
            let Some(category) = self.vocabulary.category(&ruling.category) else {
                continue;
            };
            let Some(who) = found.subjects.get(ruling.subject) else {
                continue;
            };
            let draft = Draft {
                agency: self,
                collected,
                ruling,
                gathered,
                category,
                who,
                screen: &screen,
            };
            let (finding, approval) = draft.finding()?;
            findings.push(finding);
            tasks.extend(approval);
            if gathered.sealed_hit {
                tasks.push(self.alert(
                    &found.admitted.enquiry,
                    who,
                    Some(ruling),
                    found.admitted.now,
                )?);
            }
        }
        for who in found.subjects.iter().filter(|who| who.sealed_hit) {
            tasks.push(self.alert(&found.admitted.enquiry, who, None, found.admitted.now)?);
        }
        Ok((findings, tasks))
    }

    /// Tells the named person that something sealed was asked about; the hub hears nothing of it.
    fn alert(
        &self,
        enquiry: &Enquiry,
        who: &FoundSubject,
        ruling: Option<&Ruling>,
        now: Timestamp,
    ) -> Result<Task, ExchangeError> {
        let policy = self.policy.load();
        let named = ruling.and_then(|ruling| policy.sealed_contact(&ruling.category));
        let contact = named.unwrap_or(&self.settings.sealed_contact).clone();
        Ok(Task {
            id: random::enquiry_id()?,
            enquiry: enquiry.id,
            case: enquiry.case.clone(),
            made: now,
            due: now.plus_s(i64::from(policy.approval_hours(&contact)) * 3_600),
            subject: TaskSubject::Alert(Alert {
                subject: who.finding.subject.clone(),
                category: ruling.map(|ruling| ruling.category.clone()),
                contact,
            }),
            state: TaskState::Open,
        })
    }

    /// An opaque, keyed reference to a record: stable for the agency, meaningless elsewhere.
    fn reference(&self, source: &str, category: &Category, record: &Record) -> String {
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &self.pseudonym_key);
        let text = format!("{source}\u{0}{}\u{0}{}", category.id, record.key.reveal());
        let tag = ring::hmac::sign(&key, text.as_bytes());
        BASE32_NOPAD.encode(tag.as_ref().get(..10).unwrap_or_default())
    }
}

/// The screen of one enquiry, and whether everything it needs could be read.
pub(super) struct Screened {
    screen: Screen,
    complete: bool,
}

impl Screened {
    /// Screens for the protected details of every person found or possible, and their households.
    fn new(enquiry: &Enquiry, subjects: &[FoundSubject]) -> Self {
        let mut parts = ScreenParts::default();
        for subject in &enquiry.subjects {
            for name in &subject.names {
                parts
                    .subject_names
                    .push(whole(name.forenames.reveal(), name.surname.reveal()));
            }
        }
        let mut keys: BTreeSet<(&str, &Redacted<String>)> = BTreeSet::new();
        for row in subjects.iter().flat_map(|who| &who.rows) {
            keys.insert((&row.source, &row.key));
            parts
                .subject_names
                .push(whole(row.forenames.reveal(), row.surname.reveal()));
        }
        for who in subjects {
            let possible = who.possible.iter().flat_map(|candidate| &candidate.rows);
            for row in who.rows.iter().chain(&who.household).chain(possible) {
                protect(&mut parts, row);
            }
            for row in &who.household {
                if !keys.contains(&(row.source.as_str(), &row.key)) {
                    parts
                        .other_names
                        .push(whole(row.forenames.reveal(), row.surname.reveal()));
                }
            }
        }
        let complete = subjects.iter().all(|who| who.silent.is_empty());
        Self {
            screen: Screen::new(parts),
            complete,
        }
    }
}

fn whole(forenames: &str, surname: &str) -> Redacted<String> {
    format!("{forenames} {surname}").into()
}

fn protect(parts: &mut ScreenParts, row: &PersonRow) {
    if row.protected || row.sealed {
        parts.protected_addresses.push(row.address.clone());
        parts.protected_postcodes.push(row.postcode.clone());
        parts.protected_phones.push(row.phone.clone());
        parts.protected_schools.push(row.school.clone());
    }
}

/// Everything one finding is made from.
struct Draft<'a> {
    agency: &'a Agency,
    collected: &'a Collected,
    ruling: &'a Ruling,
    gathered: &'a Gathered,
    category: &'a Category,
    who: &'a FoundSubject,
    screen: &'a Screened,
}

impl Draft<'_> {
    fn finding(&self) -> Result<(Finding, Option<Task>), ExchangeError> {
        let enquiry = &self.collected.ruled.found.admitted.enquiry;
        if !self.agency.holds(&self.category.id) {
            return Ok((self.withheld(withheld_code("not_offered")), None));
        }
        if let Face::Withheld(code) = &self.ruling.face {
            return Ok((self.withheld(code.clone()), None));
        }
        if self.gathered.unchecked {
            return Ok((self.bare(CategoryStatus::NotChecked), None));
        }
        match &self.ruling.face {
            Face::Sealed => Ok((self.bare(CategoryStatus::NoRecord), None)),
            Face::Referred(roles) => self.referred(enquiry, roles.clone()),
            Face::Open if self.gathered.records.is_empty() => {
                Ok((self.bare(CategoryStatus::NoRecord), None))
            }
            Face::Open => self.open(enquiry),
            Face::Withheld(_) => Ok((self.withheld(no_rule()), None)),
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
    fn referred(
        &self,
        enquiry: &Enquiry,
        roles: Vec<Code>,
    ) -> Result<(Finding, Option<Task>), ExchangeError> {
        let known = self.who.finding.status == MatchStatus::Confident;
        let agreed = if known && !self.gathered.records.is_empty() {
            self.settled(true, None)
        } else {
            self.bare(CategoryStatus::NoRecord)
        };
        let approvers = stile_policy::Approvers {
            any_of: false,
            roles,
        };
        let task = self.approval(enquiry, approvers, agreed, None)?;
        let referred = self.question(&task);
        Ok((
            Finding {
                referred,
                ..self.bare(CategoryStatus::Referred)
            },
            Some(task),
        ))
    }

    fn open(&self, enquiry: &Enquiry) -> Result<(Finding, Option<Task>), ExchangeError> {
        let recencies: Vec<_> = self
            .gathered
            .records
            .iter()
            .map(|(_, record)| self.recency(record))
            .collect();
        let approvers = self.ruling.approvers(&recencies);
        let mut finding = self.settled(false, None);
        if approvers.roles.is_empty() {
            return Ok((finding, None));
        }
        let agreed = self.settled(true, None);
        if agreed.items == finding.items {
            return Ok((finding, None));
        }
        let task = self.approval(enquiry, approvers, agreed, Some(finding.clone()))?;
        finding.referred = self.question(&task);
        finding
            .withheld
            .retain(|withheld| !self.asked_fields().contains(&withheld.field));
        finding.status = if finding.items.is_empty() {
            CategoryStatus::Referred
        } else {
            CategoryStatus::PartlyShared
        };
        Ok((finding, Some(task)))
    }

    /// The finding once nothing more is to be decided; `refusal` marks what a person refused.
    fn settled(&self, agreed: bool, refusal: Option<&Code>) -> Finding {
        let mut items = Vec::new();
        let mut missing: BTreeMap<String, Code> = BTreeMap::new();
        for (source, record) in &self.gathered.records {
            let recency = self.recency(record);
            let rungs = self.rungs(recency, agreed);
            let reference = self.agency.reference(source, self.category, record);
            let protected = self.who.rows.iter().any(|row| row.protected);
            let reduced = minimise(
                record,
                self.category,
                &rungs,
                &self.screen.screen,
                protected,
                reference,
            );
            for field in &reduced.tripped {
                missing.insert(field.clone(), withheld_code("screened_text"));
            }
            for field in &self.category.fields {
                self.note_missing(field.id.name(), recency, agreed, refusal, &mut missing);
            }
            if !reduced.item.fields.is_empty() {
                items.push(reduced.item);
            }
        }
        self.state(items, missing)
    }

    /// A field shown below `detail` has its code listed, so that the hub knows more exists.
    fn note_missing(
        &self,
        field: &str,
        recency: Recency,
        agreed: bool,
        refusal: Option<&Code>,
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
            let code = refusal.unwrap_or(&decision.withhold).clone();
            missing.entry(field.to_owned()).or_insert(code);
        }
    }

    fn state(&self, items: Vec<Item>, missing: BTreeMap<String, Code>) -> Finding {
        let withheld: Vec<_> = missing
            .into_iter()
            .map(|(field, code)| Withheld { field, code })
            .collect();
        let status = match (items.is_empty(), withheld.is_empty()) {
            (true, true) => CategoryStatus::NoRecord,
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
        enquiry: &Enquiry,
        approvers: stile_policy::Approvers,
        agreed: Finding,
        at_once: Option<Finding>,
    ) -> Result<Task, ExchangeError> {
        let policy = &self.collected.ruled.policy;
        let now = self.collected.ruled.found.admitted.now;
        let hours = approvers
            .roles
            .iter()
            .map(|role| policy.approval_hours(role))
            .min()
            .unwrap_or(24);
        let otherwise = |code: &'static str| {
            let code = withheld_code(code);
            let base = at_once
                .clone()
                .unwrap_or_else(|| self.bare(CategoryStatus::Withheld));
            refused(base, &self.asked_fields(), &code)
        };
        Ok(Task {
            id: random::enquiry_id()?,
            enquiry: enquiry.id,
            case: enquiry.case.clone(),
            made: now,
            due: now.plus_s(i64::from(hours) * 3_600).min(enquiry.expires),
            subject: TaskSubject::Approval(super::task::Approval {
                fields: self.asked_fields(),
                roles: approvers.roles,
                any_of: approvers.any_of,
                agreed_by: BTreeMap::new(),
                if_agreed: agreed,
                if_refused: otherwise("refused_by_approver"),
                if_lapsed: otherwise("approval_lapsed"),
            }),
            state: TaskState::Open,
        })
    }

    fn question(&self, task: &Task) -> Option<Referred> {
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

/// A withhold code the program itself uses; a test checks that the shipped vocabulary has them all.
pub(super) fn withheld_code(code: &'static str) -> Code {
    #[expect(
        clippy::unwrap_used,
        reason = "constants, each a valid code; a test checks them"
    )]
    Code::new(code).unwrap()
}
