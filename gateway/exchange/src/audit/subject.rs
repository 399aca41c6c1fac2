//! What was disclosed about one person: to whom, when, what for, under which law, what kinds.
//!
//! **Source:** UK GDPR Art. 15(1)(b)-(c) and Art. 5(2); DPA 2018 s.45(2) and s.62.

use std::collections::BTreeSet;

use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use stile_ledger::{EntryKind, Leaf, SubjectKey};
use stile_model::enquiry::Enquiry;
use stile_model::id::{CategoryId, Code, MemberId, SubjectId};
use stile_model::redact::Redacted;
use stile_model::returns::Return;
use stile_model::time::{Date, Timestamp};
use stile_store::Query;
use utoipa::ToSchema;

use super::copied::{KeptBack, keep_back_beside_deferred, kept_back_erased};
use super::find::Wanted;
use super::letter::letter;
use super::show::Body;
use super::{Deferral, Gateway, PersonAsked, Reading, Reason};
use crate::error::ExchangeError;
use crate::people::{Duty, Person};
use crate::subjects;
use crate::verbal::Telling;

/// Most disclosures told of at once.
const MOST: usize = 10_000;

/// A request for what was disclosed about one person.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountAsked {
    /// Why the ledger is read.
    pub reason: Reason,
    /// The person.
    pub person: PersonAsked,
}

/// A kind of information that was disclosed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
pub struct WhatCategory {
    /// Its name.
    pub id: CategoryId,
    /// The same in plain English.
    pub title: String,
}

/// An organisation that got something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Recipient {
    /// Its id.
    pub id: MemberId,
    /// Its name.
    pub name: String,
}

/// One disclosure, as the officer sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Disclosed {
    /// The entry.
    pub index: u64,
    /// When.
    pub time: Timestamp,
    /// `permit`, `enquiry_sent`, `document_issued` or `verbal_disclosure`.
    pub kind: Code,
    /// To whom.
    pub recipients: Vec<Recipient>,
    /// Purpose.
    pub purpose: Option<Code>,
    /// The purpose in plain English.
    pub purpose_name: String,
    /// Statutes and sections.
    pub legal_gateway: Vec<String>,
    /// Kinds of information about this person that were shared; empty when none was. By word of
    /// mouth: kinds that were told, of whomever in the case.
    pub categories: Vec<WhatCategory>,
    /// The details were destroyed since, at the end of their time.
    pub erased: bool,
    /// A deferral, in force or not.
    pub deferral: Option<Deferral>,
    /// Why it is in no letter, deferred or not; none where it may be in one.
    pub kept_back: Option<KeptBack>,
    /// Is it in the letter?
    pub in_letter: bool,
}

impl Disclosed {
    /// Is it deferred on this day?
    pub(super) fn is_deferred(&self, today: Date) -> bool {
        self.deferral
            .as_ref()
            .is_some_and(|one| one.is_in_force(today))
    }
}

/// Everything that was disclosed about one person, and the letter that tells them.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Account {
    /// When it was drawn up.
    pub made: Timestamp,
    /// Oldest first; for the officer only.
    pub disclosures: Vec<Disclosed>,
    /// Older entries lie in an archive, which was not searched.
    pub archived: bool,
    /// What the person may be sent: names nobody else, and reads the same whether or not anything is
    /// left out.
    pub letter: Redacted<String>,
}

/// What a permit's body keeps, as far as it is needed here.
#[derive(Deserialize)]
struct PermitBody {
    answer: Return,
}

/// What the body of a disclosure by word of mouth keeps, as far as it is needed here.
#[derive(Deserialize)]
struct VerbalBody {
    telling: Telling,
}

/// Is an entry of this kind told to the person it is about?
pub(super) const fn is_told(kind: EntryKind) -> bool {
    matches!(
        kind,
        EntryKind::DocumentIssued
            | EntryKind::EnquirySent
            | EntryKind::Permit
            | EntryKind::VerbalDisclosure
    )
}

impl Gateway {
    /// What was disclosed about one person, after the reading is on record.
    ///
    /// # Errors
    ///
    /// `role_missing`, `person_missing`, more than 10,000 disclosures, or that it could not be recorded.
    pub async fn account(
        &self,
        person: &Person,
        ask: &AccountAsked,
    ) -> Result<Account, ExchangeError> {
        person.must(&Duty::Auditor)?;
        let reason = ask.reason.check()?;
        let keys = ask.person.keys()?;
        let told = EntryKind::ALL.into_iter().filter(|kind| is_told(*kind));
        let wanted = Wanted {
            query: Query {
                kinds: told.collect(),
                ..Query::default()
            },
            subjects: keys.clone(),
        };
        let found = match self.find_all(&wanted, u64::MAX, MOST) {
            Ok(found) => found,
            // That there are too many is something learned too.
            Err(refused) => {
                let reading = Reading {
                    subjects: keys,
                    ..Reading::of("accounted", reason, 0)
                };
                self.record(person, reading, ()).await?;
                return Err(refused);
            }
        };
        let made = self.now();
        let mut disclosures = found
            .entries
            .iter()
            .map(|(index, leaf)| self.disclosed(*index, leaf, &keys, made))
            .collect::<Result<Vec<_>, _>>()?;
        keep_back_beside_deferred(&mut disclosures, &found.entries, made.date());
        let reading = Reading {
            bodies: disclosures.iter().filter(|one| !one.erased).count(),
            subjects: keys,
            ..Reading::of("accounted", reason, disclosures.len())
        };
        self.record(person, reading, ()).await?;
        let told: Vec<_> = disclosures.iter().filter(|one| one.in_letter).collect();
        let letter = letter(&self.name_of(self.me()), made.date(), &told, found.archived);
        Ok(Account {
            made,
            letter: letter.into(),
            archived: found.archived,
            disclosures,
        })
    }

    fn disclosed(
        &self,
        index: u64,
        leaf: &Leaf,
        keys: &[SubjectKey],
        now: Timestamp,
    ) -> Result<Disclosed, ExchangeError> {
        let entry = &leaf.entry;
        let body = self.body(index)?;
        let what = match &body {
            Body::Erased => What {
                kept_back: kept_back_erased(entry.kind),
                ..What::default()
            },
            Body::Open { bytes, .. } => self.what(entry.kind, bytes, keys)?,
        };
        let erased = matches!(body, Body::Erased);
        let deferral = self.deferral(index)?;
        let deferred = deferral
            .as_ref()
            .is_some_and(|one| one.is_in_force(now.date()));
        let something = erased || what.has_them || !what.categories.is_empty();
        let purpose = entry
            .purpose
            .as_ref()
            .and_then(|code| self.vocabulary().purpose(code));
        let mut to: BTreeSet<_> = entry.recipients.clone();
        if to.is_empty() {
            to.extend(entry.member.clone());
        }
        // The leaf of a copy names nobody: for whom it is stands in its body.
        to.extend(what.to);
        Ok(Disclosed {
            index,
            time: entry.time,
            kind: Code::new(entry.kind.word()).map_err(|_| ExchangeError::Stored("entry"))?,
            recipients: to
                .into_iter()
                .map(|id| Recipient {
                    name: self.name_of(&id),
                    id,
                })
                .collect(),
            purpose: entry.purpose.clone(),
            purpose_name: purpose.map_or_else(String::new, |purpose| purpose.name.clone()),
            legal_gateway: purpose.map_or_else(Vec::new, |purpose| purpose.legal_gateway.clone()),
            categories: what
                .categories
                .into_iter()
                .map(|id| WhatCategory {
                    title: self.title(&id),
                    id,
                })
                .collect(),
            erased,
            in_letter: something && !deferred && what.kept_back.is_none(),
            kept_back: what.kept_back,
            deferral,
        })
    }

    fn title(&self, id: &CategoryId) -> String {
        let category = self.vocabulary().category(id);
        category.map_or_else(|| id.to_string(), |category| category.title.clone())
    }

    /// What this entry disclosed about the person with these keys.
    fn what(
        &self,
        kind: EntryKind,
        body: &[u8],
        keys: &[SubjectKey],
    ) -> Result<What, ExchangeError> {
        match kind {
            EntryKind::DocumentIssued => {
                let copied = self.copied(body, keys)?;
                Ok(What {
                    categories: copied.categories,
                    has_them: copied.has_them,
                    to: copied.to,
                    kept_back: copied.kept_back,
                })
            }
            EntryKind::Permit => {
                let body: PermitBody =
                    serde_json::from_slice(body).map_err(|_| ExchangeError::Stored("permit"))?;
                // Both lie under the case's key: the body opened, so the question is there too.
                let enquiry = self.enquiry(body.answer.enquiry)?;
                let of_person = places(&enquiry.ok_or(ExchangeError::Stored("enquiry"))?, keys);
                let findings = body.answer.findings.into_iter();
                let about = findings.filter(|finding| of_person.contains(&finding.subject));
                let shared = about.filter(|finding| !finding.items.is_empty());
                Ok(What::kinds(shared.map(|finding| finding.category)))
            }
            EntryKind::VerbalDisclosure => {
                let body: VerbalBody = serde_json::from_slice(body)
                    .map_err(|_| ExchangeError::Stored("disclosure"))?;
                Ok(What::kinds(body.telling.categories))
            }
            // The agency learns who is asked about, and nothing that is held of them.
            EntryKind::EnquirySent => Ok(What {
                has_them: true,
                ..What::default()
            }),
            _ => Ok(What::default()),
        }
    }
}

/// What one entry disclosed about one person.
#[derive(Default)]
struct What {
    categories: BTreeSet<CategoryId>,
    /// Who they are was disclosed, whatever else.
    has_them: bool,
    /// For whom it was, where its leaf does not say so.
    to: Option<MemberId>,
    kept_back: Option<KeptBack>,
}

impl What {
    fn kinds(categories: impl IntoIterator<Item = CategoryId>) -> Self {
        Self {
            categories: categories.into_iter().collect(),
            ..Self::default()
        }
    }
}

/// The places in an enquiry of the person with these keys.
fn places(enquiry: &Enquiry, keys: &[SubjectKey]) -> BTreeSet<SubjectId> {
    let subjects = enquiry.subjects.iter();
    let same = subjects.filter(|one| subjects::keys(one).iter().any(|key| keys.contains(key)));
    same.map(|one| one.id.clone()).collect()
}

/// The payload of a compact JWS of this ledger's own, which its commitment vouches for.
pub(crate) fn own_payload<T: serde::de::DeserializeOwned>(compact: &str) -> Option<T> {
    let payload = compact.split('.').nth(1)?;
    let bytes = BASE64URL_NOPAD.decode(payload.as_bytes()).ok()?;
    serde_json::from_slice(&bytes).ok()
}
