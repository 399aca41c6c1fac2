//! What a numbered copy of a product disclosed about one person, and whether they are told of it.
//!
//! ```text
//! copy for                     in the letter
//! another member               yes, with its name, unless something below holds
//! somebody of no member        no, unless an officer decides it: it would tell that an outsider has one
//! this member's own people     no: nobody else received anything (UK GDPR Art. 4(9))
//! whoever referred             no: it would tell that somebody spoke (DPA 2018 Sch.2 para 16)
//! ```
//!
//! Nor is a copy told of, before an officer decides it, that says something guarded
//! ([`stile_product::is_guarded`]), that belongs to a case of which another disclosure about the same
//! person is deferred, or that can no longer be read. The gateway never puts it into a letter itself.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use stile_ledger::{EntryKind, Leaf, SubjectKey};
use stile_model::digest::Digest;
use stile_model::id::{CaseId, CategoryId, MemberId};
use stile_model::time::Date;
use stile_product::Audience;
use utoipa::ToSchema;

use super::{Disclosed, Gateway};
use crate::error::ExchangeError;
use crate::hub::CopyLine;

/// Why a disclosure is in no letter that the gateway draws up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum KeptBack {
    /// It could tell of what is protected, or of somebody else: an officer decides first.
    Decide,
    /// It stayed within this organisation.
    OwnUse,
    /// It would tell that somebody referred.
    Referrer,
}

impl KeptBack {
    /// Its word: `decide`, `own_use`, `referrer`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Decide => "decide",
            Self::OwnUse => "own_use",
            Self::Referrer => "referrer",
        }
    }
}

/// One copy, as far as one person is concerned.
pub(super) struct Copied {
    /// Kinds of information about this person in it.
    pub(super) categories: BTreeSet<CategoryId>,
    /// Does it have this person at all?
    pub(super) has_them: bool,
    /// The member it was made for, if for one.
    pub(super) to: Option<MemberId>,
    pub(super) kept_back: Option<KeptBack>,
}

impl Gateway {
    /// What the copy of this entry's body disclosed about the person with these keys.
    ///
    /// # Errors
    ///
    /// When the body or the copy cannot be read.
    pub(super) fn copied(&self, body: &[u8], keys: &[SubjectKey]) -> Result<Copied, ExchangeError> {
        let read = serde_json::from_slice::<(CaseId, CopyLine, Digest)>(body);
        let (case, line, _) = read.map_err(|_| ExchangeError::Stored("copy"))?;
        let about = match self {
            Self::Agency(_) => return Err(ExchangeError::Stored("copy")),
            Self::Hub(hub) => hub.copy_about(&case, line.number, keys)?,
        };
        let to = line.recipient.member;
        let own = to.as_ref() == Some(self.me());
        let decide = about
            .as_ref()
            .is_some_and(|about| about.is_guarded || to.is_none());
        Ok(Copied {
            has_them: about.is_some(),
            categories: about.map(|about| about.categories).unwrap_or_default(),
            kept_back: kept_back(line.audience, own, decide),
            to,
        })
    }
}

/// Why an entry of this kind whose body is destroyed is kept back: nobody can tell what a copy said.
pub(super) fn kept_back_erased(kind: EntryKind) -> Option<KeptBack> {
    (kind == EntryKind::DocumentIssued).then_some(KeptBack::Decide)
}

/// Keeps back the copies of every case of which another of these disclosures is deferred: what one
/// left out would tell, the other must not.
///
/// `entries` are those of `disclosures`, in the same order.
pub(super) fn keep_back_beside_deferred(
    disclosures: &mut [Disclosed],
    entries: &[(u64, Leaf)],
    today: Date,
) {
    let both = disclosures.iter().zip(entries);
    let deferred = both.filter(|(one, _)| one.is_deferred(today));
    let cases: BTreeSet<_> = deferred
        .filter_map(|(_, (_, leaf))| leaf.entry.case)
        .collect();
    for (one, (_, leaf)) in disclosures.iter_mut().zip(entries) {
        let beside = leaf.entry.case.is_some_and(|case| cases.contains(&case));
        if beside && one.in_letter && leaf.entry.kind == EntryKind::DocumentIssued {
            one.kept_back = Some(KeptBack::Decide);
            one.in_letter = false;
        }
    }
}

const fn kept_back(audience: Audience, own: bool, decide: bool) -> Option<KeptBack> {
    match audience {
        Audience::ReferrerFeedback => Some(KeptBack::Referrer),
        Audience::DecisionMaker | Audience::FamilySafe | Audience::ReceivingTeam => {
            if own {
                Some(KeptBack::OwnUse)
            } else if decide {
                Some(KeptBack::Decide)
            } else {
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn withholds_that_somebody_referred_whomever_the_copy_was_for() {
        for (own, decide) in [(false, false), (false, true), (true, false), (true, true)] {
            let kept = kept_back(Audience::ReferrerFeedback, own, decide);
            assert_eq!(kept, Some(KeptBack::Referrer));
        }
    }

    #[test]
    fn every_other_copy_that_leaves_the_organisation_is_told_unless_an_officer_must_decide() {
        for audience in Audience::ALL {
            if audience != Audience::ReferrerFeedback {
                assert_eq!(kept_back(audience, false, false), None, "{audience:?}");
                let kept = kept_back(audience, false, true);
                assert_eq!(kept, Some(KeptBack::Decide), "{audience:?}");
                for decide in [false, true] {
                    let kept = kept_back(audience, true, decide);
                    assert_eq!(kept, Some(KeptBack::OwnUse), "{audience:?}");
                }
            }
        }
    }

    #[test]
    fn withholds_a_copy_whose_body_is_destroyed_and_nothing_else_for_that() {
        for kind in EntryKind::ALL {
            let kept = (kind == EntryKind::DocumentIssued).then_some(KeptBack::Decide);
            assert_eq!(kept_back_erased(kind), kept, "{kind:?}");
        }
    }
}
