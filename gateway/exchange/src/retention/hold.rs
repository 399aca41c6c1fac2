//! Holds: a case that must not be erased, whatever its day.

use serde::{Deserialize, Serialize};
use stile_ledger::EntryKind;
use stile_model::id::{CaseId, Code, UserId};
use stile_model::time::Timestamp;
use stile_store::Batch;
use utoipa::ToSchema;

use super::{Gateway, code, marks_put};
use crate::error::{ExchangeError, refuse};
use crate::people::{Duty, Person};

/// Why a case is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum HoldReason {
    /// Somebody complains about how the case was handled.
    Complaint,
    /// The police or the prosecution asked for it to be kept.
    CriminalInvestigation,
    /// A public inquiry, review or inquest is or may be held.
    Inquiry,
    /// A claim is made or may be made.
    Litigation,
    /// Somebody has asked for their data and is not answered yet.
    SubjectAccess,
}

impl HoldReason {
    /// The word of each, in alphabetical order.
    pub const WORDS: [&'static str; 5] = [
        "complaint",
        "criminal_investigation",
        "inquiry",
        "litigation",
        "subject_access",
    ];

    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Complaint => "complaint",
            Self::CriminalInvestigation => "criminal_investigation",
            Self::Inquiry => "inquiry",
            Self::Litigation => "litigation",
            Self::SubjectAccess => "subject_access",
        }
    }

    /// The one with this word.
    pub fn read(word: &str) -> Option<Self> {
        match word {
            "complaint" => Some(Self::Complaint),
            "criminal_investigation" => Some(Self::CriminalInvestigation),
            "inquiry" => Some(Self::Inquiry),
            "litigation" => Some(Self::Litigation),
            "subject_access" => Some(Self::SubjectAccess),
            _ => None,
        }
    }

    pub(super) fn code(self) -> Result<Code, ExchangeError> {
        code(self.word())
    }
}

/// Why a hold ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReleaseReason {
    /// What it was for is over.
    HoldEnded,
    /// It was never right.
    PlacedInError,
}

impl ReleaseReason {
    /// The word of each, in alphabetical order.
    pub const WORDS: [&'static str; 2] = ["hold_ended", "placed_in_error"];

    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::HoldEnded => "hold_ended",
            Self::PlacedInError => "placed_in_error",
        }
    }

    /// The one with this word.
    pub fn read(word: &str) -> Option<Self> {
        match word {
            "hold_ended" => Some(Self::HoldEnded),
            "placed_in_error" => Some(Self::PlacedInError),
            _ => None,
        }
    }

    fn code(self) -> Result<Code, ExchangeError> {
        code(self.word())
    }
}

/// A hold in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Hold {
    /// Why.
    pub reason: HoldReason,
    /// Since when.
    pub since: Timestamp,
    /// Who placed it.
    pub by: UserId,
}

/// An order to hold a case.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlaceHold {
    /// The case.
    pub case: CaseId,
    /// Why.
    pub reason: HoldReason,
}

/// An order to release a case.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReleaseHold {
    /// The case.
    pub case: CaseId,
    /// Why.
    pub reason: ReleaseReason,
}

impl Gateway {
    /// Holds a case; a hold in force stays as it is.
    ///
    /// # Errors
    ///
    /// `role_missing`, `unknown_case`, `already_on_hold`.
    pub async fn hold(&self, person: &Person, order: &PlaceHold) -> Result<Hold, ExchangeError> {
        person.must(&Duty::InformationGovernance)?;
        let _turn = self.turn().lock().await;
        self.must_have(&order.case)?;
        let mut marks = self.marks(&order.case)?;
        if marks.hold.is_some() {
            return Err(refuse(
                "already_on_hold",
                409,
                "the case is on hold already",
            ));
        }
        let hold = Hold {
            reason: order.reason,
            since: self.now(),
            by: person.user.clone(),
        };
        marks.hold = Some(hold.clone());
        let reason = order.reason.code()?;
        self.keep_marks(EntryKind::Hold, person, &order.case, reason, &marks)
            .await?;
        Ok(hold)
    }

    /// Ends a hold.
    ///
    /// # Errors
    ///
    /// `role_missing`, `unknown_case`, `not_on_hold`.
    pub async fn release_hold(
        &self,
        person: &Person,
        order: &ReleaseHold,
    ) -> Result<(), ExchangeError> {
        person.must(&Duty::InformationGovernance)?;
        let _turn = self.turn().lock().await;
        self.must_have(&order.case)?;
        let mut marks = self.marks(&order.case)?;
        if marks.hold.take().is_none() {
            return Err(refuse("not_on_hold", 409, "the case is not on hold"));
        }
        let reason = order.reason.code()?;
        self.keep_marks(EntryKind::HoldReleased, person, &order.case, reason, &marks)
            .await
    }

    async fn keep_marks(
        &self,
        kind: EntryKind,
        person: &Person,
        case: &CaseId,
        reason: Code,
        marks: &super::Marks,
    ) -> Result<(), ExchangeError> {
        let batch = Batch {
            entries: vec![self.entry(kind, &person.user, case, reason, None)?],
            puts: vec![marks_put(case, marks)?],
            ..Batch::default()
        };
        self.store().commit(batch).await?;
        Ok(())
    }

    /// Refuses a case of which nothing is kept here.
    pub(super) fn must_have(&self, case: &CaseId) -> Result<(), ExchangeError> {
        if self.store().has_case(case)? {
            Ok(())
        } else {
            Err(refuse(
                "unknown_case",
                404,
                "there is no case of this number",
            ))
        }
    }
}
