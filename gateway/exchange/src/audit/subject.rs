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
use stile_model::time::Timestamp;
use stile_store::Query;
use utoipa::ToSchema;

use super::find::Wanted;
use super::letter::letter;
use super::show::Body;
use super::{Deferral, Gateway, PersonAsked, Reading, Reason};
use crate::error::ExchangeError;
use crate::people::Person;
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
    /// `permit`, `enquiry_sent` or `verbal_disclosure`.
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
    /// Is it in the letter?
    pub in_letter: bool,
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
        EntryKind::EnquirySent | EntryKind::Permit | EntryKind::VerbalDisclosure
    )
}

impl Gateway {
    /// What was disclosed about one person, after the reading is on record.
    ///
    /// # Errors
    ///
    /// `person_missing`, more than 10,000 disclosures, or that it could not be recorded.
    pub async fn account(
        &self,
        person: &Person,
        ask: &AccountAsked,
    ) -> Result<Account, ExchangeError> {
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
        let disclosures = found
            .entries
            .iter()
            .map(|(index, leaf)| self.disclosed(*index, leaf, &keys, made))
            .collect::<Result<Vec<_>, _>>()?;
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
        let categories = match &body {
            Body::Erased => BTreeSet::new(),
            Body::Open { bytes, .. } => self.categories(entry.kind, bytes, keys)?,
        };
        let erased = matches!(body, Body::Erased);
        let deferral = self.deferral(index)?;
        let deferred = deferral
            .as_ref()
            .is_some_and(|one| one.is_in_force(now.date()));
        let something = erased || !categories.is_empty() || entry.kind == EntryKind::EnquirySent;
        let purpose = entry
            .purpose
            .as_ref()
            .and_then(|code| self.vocabulary().purpose(code));
        let mut to: BTreeSet<_> = entry.recipients.clone();
        if to.is_empty() {
            to.extend(entry.member.clone());
        }
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
            categories: categories
                .into_iter()
                .map(|id| WhatCategory {
                    title: self.title(&id),
                    id,
                })
                .collect(),
            erased,
            in_letter: something && !deferred,
            deferral,
        })
    }

    fn title(&self, id: &CategoryId) -> String {
        let category = self.vocabulary().category(id);
        category.map_or_else(|| id.to_string(), |category| category.title.clone())
    }

    /// The kinds of information that this entry disclosed about the person with these keys.
    fn categories(
        &self,
        kind: EntryKind,
        body: &[u8],
        keys: &[SubjectKey],
    ) -> Result<BTreeSet<CategoryId>, ExchangeError> {
        match kind {
            EntryKind::Permit => {
                let body: PermitBody =
                    serde_json::from_slice(body).map_err(|_| ExchangeError::Stored("permit"))?;
                // Both lie under the case's key: the body opened, so the question is there too.
                let enquiry = self.enquiry(body.answer.enquiry)?;
                let of_person = places(&enquiry.ok_or(ExchangeError::Stored("enquiry"))?, keys);
                let findings = body.answer.findings.into_iter();
                Ok(findings
                    .filter(|finding| of_person.contains(&finding.subject))
                    .filter(|finding| !finding.items.is_empty())
                    .map(|finding| finding.category)
                    .collect())
            }
            EntryKind::VerbalDisclosure => {
                let body: VerbalBody = serde_json::from_slice(body)
                    .map_err(|_| ExchangeError::Stored("disclosure"))?;
                Ok(body.telling.categories.into_iter().collect())
            }
            // The agency learns who is asked about, and nothing that is held of them.
            _ => Ok(BTreeSet::new()),
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
