//! Told by word of mouth: the same record as if it had gone through a gateway.
//!
//! A person who told, or is about to tell, somebody something states it here. The entry says when it
//! was recorded, its sealed body when it was said; neither is guessed from the other.

use serde::{Deserialize, Serialize};
use stile_ledger::{Entry, EntryKind};
use stile_model::id::{CaseId, CategoryId, Code, EnquiryId, MemberId, UserId};
use stile_model::redact::Redacted;
use stile_model::subject::Subject;
use stile_model::time::Timestamp;
use stile_model::vocabulary::Vocabulary;
use stile_store::{Batch, PendingEntry, Store};
use utoipa::ToSchema;

use crate::error::{ExchangeError, refuse};
use crate::evidence::{Scribe, VERBAL_GROUNDS, counts};
use crate::people::Person;
use crate::subjects;

/// Longest after it was said that it may be recorded, in seconds: a year.
const BEHIND_MAX_S: i64 = 366 * 86_400;
/// Longest before it is said that it may be recorded, in seconds: a week.
const AHEAD_MAX_S: i64 = 7 * 86_400;

/// What somebody told somebody.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Telling {
    /// The case.
    pub case: CaseId,
    /// The enquiry it belongs to, if there is one; at an agency it says whom it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enquiry: Option<EnquiryId>,
    /// The legal gateway under which it was told.
    pub purpose: Code,
    /// On what ground by word of mouth: a code of `docs/reference/ledger.md`.
    pub ground: Code,
    /// When it was said, or will be: up to 366 days ago, up to 7 days ahead.
    pub said: Timestamp,
    /// Who told: name and office, 1 to 200 characters; kept sealed.
    pub teller: Redacted<String>,
    /// Who was told: name and office, 1 to 200 characters; kept sealed.
    pub told: Redacted<String>,
    /// The member of the partnership to which whoever was told belongs, if one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipient: Option<MemberId>,
    /// What was told, 1 to 40 categories.
    #[schema(min_items = 1, max_items = 40)]
    pub categories: Vec<CategoryId>,
    /// What was told and why, 10 to 2,000 characters; kept sealed.
    pub account: Redacted<String>,
}

/// Where an entry made by a person stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Noted {
    /// Its index in the ledger, from 0.
    pub index: u64,
    /// When it was recorded.
    pub recorded: Timestamp,
}

/// What the sealed body keeps.
#[derive(Serialize)]
struct Body<'a> {
    telling: &'a Telling,
    recorded: Timestamp,
    user: &'a UserId,
}

/// Who records what was told, and about whom it is as far as the gateway knows.
pub(crate) struct Record<'a> {
    pub(crate) scribe: Scribe<'a>,
    pub(crate) store: &'a Store,
    pub(crate) person: &'a Person,
    pub(crate) subjects: &'a [Subject],
    pub(crate) now: Timestamp,
}

impl Record<'_> {
    /// Records what was told.
    ///
    /// # Errors
    ///
    /// `unknown_word`, `out_of_bounds`, or that it could not be recorded.
    pub(crate) async fn tell(&self, telling: &Telling) -> Result<Noted, ExchangeError> {
        check(telling, self.scribe.vocabulary, self.now)?;
        let when = if telling.said > self.now {
            "recorded_before"
        } else {
            "recorded_after"
        };
        let entry = Entry {
            member: telling.recipient.clone(),
            recipients: telling.recipient.clone().into_iter().collect(),
            reason: Some(telling.ground.clone()),
            counts: counts(&[("categories", telling.categories.len()), (when, 1)]),
            actor: Some(self.scribe.pseudonym(&self.person.user)),
            ..self.scribe.of_case(
                EntryKind::VerbalDisclosure,
                &telling.case,
                &telling.purpose,
                self.now,
            )
        };
        let body = serde_json::to_vec(&Body {
            telling,
            recorded: self.now,
            user: &self.person.user,
        });
        let pending = PendingEntry {
            entry,
            body: body.map_err(|_| ExchangeError::Stored("telling"))?,
            case: Some(telling.case.clone()),
            subjects: subjects::keys_of_all(self.subjects),
        };
        noted(self.store, pending, self.now).await
    }
}

/// Commits one entry and says where it stands.
pub(crate) async fn noted(
    store: &Store,
    pending: PendingEntry,
    now: Timestamp,
) -> Result<Noted, ExchangeError> {
    let batch = Batch {
        entries: vec![pending],
        ..Batch::default()
    };
    let committed = store.commit(batch).await?;
    let receipt = committed.receipts.first();
    Ok(Noted {
        index: receipt.ok_or(ExchangeError::Stored("receipt"))?.index(),
        recorded: now,
    })
}

fn check(telling: &Telling, vocabulary: &Vocabulary, now: Timestamp) -> Result<(), ExchangeError> {
    let unknown = |part: &str| {
        refuse(
            "unknown_word",
            422,
            format!("`{part}` is not one of the known words"),
        )
    };
    if vocabulary.purpose(&telling.purpose).is_none() {
        return Err(unknown("purpose"));
    }
    if !VERBAL_GROUNDS.contains(&telling.ground.as_str()) {
        return Err(unknown("ground"));
    }
    for (place, category) in telling.categories.iter().enumerate() {
        if vocabulary.category(category).is_none() {
            return Err(unknown(&format!("categories[{place}]")));
        }
    }
    let bounds = |title: &str| Err(refuse("out_of_bounds", 422, title));
    if telling.categories.is_empty() || telling.categories.len() > 40 {
        return bounds("`categories` must name 1 to 40");
    }
    let ahead_ms = telling.said.since_millis(now);
    if !(-BEHIND_MAX_S * 1_000..=AHEAD_MAX_S * 1_000).contains(&ahead_ms) {
        return bounds("`said` must be within the last 366 or the next 7 days");
    }
    let length = |text: &Redacted<String>| text.reveal().trim().chars().count();
    if [&telling.teller, &telling.told]
        .into_iter()
        .any(|who| !(1..=200).contains(&length(who)))
    {
        return bounds("`teller` and `told` must each be 1 to 200 characters");
    }
    if !(10..=2_000).contains(&length(&telling.account)) {
        return bounds("`account` must be 10 to 2000 characters");
    }
    Ok(())
}
