//! Minimise: the first return, and the tasks of the people who must still decide.

use std::collections::BTreeSet;

use data_encoding::BASE32_NOPAD;
use stile_model::code::Existence;
use stile_model::enquiry::Enquiry;
use stile_model::id::{CategoryId, Code};
use stile_model::redact::Redacted;
use stile_model::returns::{Finding, Return, SubjectFinding};
use stile_model::subject::{PersonRow, Record};
use stile_model::time::Timestamp;
use stile_model::vocabulary::Category;
use stile_policy::PolicySet;
use stile_product::{Screen, ScreenParts};

use super::Agency;
use super::admit::Admitted;
use super::collect::Collected;
use super::draft::Draft;
use super::find::FoundSubject;
use super::footing::Footing;
use super::learned::Weighed;
use super::rule::{Face, Ruled, Ruling};
use super::task::{Alert, Occasion, Task, TaskSubject};
use crate::error::ExchangeError;

/// An answer reduced to what may leave, and the tasks that remain. Only [`Agency::minimise`] makes
/// one.
pub(super) struct Minimised {
    pub(super) jws: String,
    pub(super) enquiry: Enquiry,
    pub(super) answer: Return,
    pub(super) tasks: Vec<Task>,
    /// How each confident match was weighed.
    pub(super) known: Vec<Weighed>,
    pub(super) footing: Footing,
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
        tasks.extend(self.questions_of_identity(&ruled, &findings)?);
        let subjects = said_of_subjects(&ruled);
        let found = ruled.found;
        let weighed = |who: &FoundSubject| {
            let of_one = who.weighed.as_ref();
            of_one.map(|weighed| Weighed::of(&who.finding.subject, weighed))
        };
        let known = found.subjects.iter().filter_map(weighed).collect();
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
            policy: ruled.footing.policy.digest(),
            vocabulary: self.vocabulary.digest,
            subjects,
            findings,
            closed: self.closed_of(&enquiry, &ruled.footing.policy),
            more,
        };
        Ok(Minimised {
            jws: found.admitted.jws,
            enquiry,
            answer,
            tasks,
            known,
            footing: ruled.footing,
            now: found.admitted.now,
        })
    }

    /// Categories asked of which this agency, unlike the vocabulary, does not say "no record"
    /// honestly. The hub tells its readers so; otherwise they would rest on a silence.
    pub(super) fn closed_of(&self, enquiry: &Enquiry, policy: &PolicySet) -> Vec<CategoryId> {
        let open = |id: &CategoryId| {
            let category = self.vocabulary.category(id);
            category.is_some_and(|category| category.existence == Existence::Open)
        };
        enquiry
            .asks
            .iter()
            .map(|ask| &ask.category)
            .filter(|id| open(id) && policy.existence(id) == Existence::Closed)
            .cloned()
            .collect()
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
            findings.extend(finding);
            tasks.extend(approval);
            if gathered.sealed_hit {
                tasks.push(self.alert(&collected.ruled, who, Some(ruling))?);
            }
        }
        for who in found.subjects.iter().filter(|who| who.sealed_hit) {
            tasks.push(self.alert(&collected.ruled, who, None)?);
        }
        Ok((findings, tasks))
    }

    /// What reviewers must say first: who is meant, where that can matter to the answer.
    ///
    /// Where nothing is released and nothing referred, a possible match is only made known to the
    /// named person, so that waiting for a reviewer does not tell the hub that there is one. Where
    /// all that is said is that something is referred, the reviewer has no longer than the approvers:
    /// what lapses, lapses at the same time as of anybody.
    fn questions_of_identity(
        &self,
        ruled: &Ruled,
        findings: &[Finding],
    ) -> Result<Vec<Task>, ExchangeError> {
        let Admitted { enquiry, now, .. } = &ruled.found.admitted;
        let mut tasks = Vec::new();
        for (place, who) in ruled.found.subjects.iter().enumerate() {
            if who.possible.is_empty() {
                continue;
            }
            let of_subject = findings
                .iter()
                .filter(|finding| finding.subject == who.finding.subject);
            let told = of_subject.filter_map(|finding| Some(finding.referred.as_ref()?.due));
            if ruled.faces(place).any(|face| *face == Face::Open) {
                tasks.push(self.match_task(enquiry, who, *now)?);
            } else if let Some(told) = told.min() {
                let task = self.match_task(enquiry, who, *now)?;
                let due = task.due.min(told);
                tasks.push(Task { due, ..task });
            } else if ruled
                .faces(place)
                .any(|face| matches!(face, Face::Sealed | Face::Referred(_)))
            {
                tasks.push(self.alert(ruled, who, None)?);
            }
        }
        Ok(tasks)
    }

    /// Tells the named person that something sealed was asked about.
    fn alert(
        &self,
        ruled: &Ruled,
        who: &FoundSubject,
        ruling: Option<&Ruling>,
    ) -> Result<Task, ExchangeError> {
        let Admitted { enquiry, now, .. } = &ruled.found.admitted;
        let policy = &ruled.footing.policy;
        let named = ruling.and_then(|ruling| policy.sealed_contact(&ruling.category));
        let alert = Alert {
            subject: who.finding.subject.clone(),
            category: ruling.map(|ruling| ruling.category.clone()),
            contact: named.unwrap_or(&self.settings.sealed_contact).clone(),
            occasion: Occasion::Enquiry,
        };
        alert.task((enquiry.id, &enquiry.case), (policy, *now))
    }

    /// An opaque, keyed reference to a record: stable for the agency, meaningless elsewhere.
    pub(super) fn reference(&self, source: &str, category: &Category, record: &Record) -> String {
        let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &self.pseudonym_key);
        let text = format!("{source}\u{0}{}\u{0}{}", category.id, record.key.reveal());
        let tag = ring::hmac::sign(&key, text.as_bytes());
        BASE32_NOPAD.encode(tag.as_ref().get(..10).unwrap_or_default())
    }
}

/// Who was found, said only of subjects of whom policy lets at least that be known at once.
///
/// Of the others nothing is said: "found" would itself be a disclosure (rung `known`).
pub(super) fn said_of_subjects(ruled: &Ruled) -> Vec<SubjectFinding> {
    let subjects = ruled.found.subjects.iter().enumerate();
    subjects
        .filter(|(place, _)| ruled.faces(*place).any(|face| *face == Face::Open))
        .map(|(_, who)| who.finding.clone())
        .collect()
}

/// The screen of one enquiry, and whether everything it needs could be read.
pub(super) struct Screened {
    pub(super) screen: Screen,
    pub(super) complete: bool,
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
            let others = who.household.iter().chain(&who.hidden).chain(possible);
            for row in who.rows.iter().chain(others) {
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
        let complete = subjects
            .iter()
            .all(|who| who.silent.is_empty() && !who.unscreened);
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

/// A withhold code the program itself uses; a test checks that the shipped vocabulary has them all.
pub(super) fn withheld_code(code: &'static str) -> Code {
    #[expect(
        clippy::unwrap_used,
        reason = "constants, each a valid code; a test checks them"
    )]
    Code::new(code).unwrap()
}
