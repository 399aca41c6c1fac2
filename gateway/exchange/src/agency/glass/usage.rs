//! One use of break-glass: on what ground, by whom, until when.

use serde::{Deserialize, Serialize};
use stile_model::id::{CaseId, Code, EnquiryId, UserId};
use stile_model::redact::Redacted;
use stile_model::time::Timestamp;

use super::GlassReview;

/// On what ground the glass may be broken: code and meaning.
pub const GLASS_GROUNDS: [(&str, &str); 3] = [
    (
        "immediate_danger",
        "somebody may come to serious harm before anybody of the role can be reached",
    ),
    (
        "missing_person",
        "a child or an adult at risk is missing, and this may tell where they are",
    ),
    (
        "protection_tonight",
        "police protection or an emergency order is being decided now (Children Act 1989 s.44, s.46)",
    ),
];

/// How the glass may be broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GlassSettings {
    /// How long it stays open, in minutes.
    pub minutes: u32,
    /// In how many hours it must be reviewed.
    pub review_h: u32,
}

/// An order to break the glass.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BreakGlass {
    /// A code of [`GLASS_GROUNDS`].
    pub ground: Code,
    /// What is happening, and why nobody of the role can be reached: 10 to 500 characters; kept sealed.
    pub reason: Redacted<String>,
}

/// One use, sealed under the case's key.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GlassUse {
    /// The approval.
    pub task: EnquiryId,
    /// The enquiry behind it.
    pub enquiry: EnquiryId,
    /// The hub's case number.
    pub case: CaseId,
    /// Who.
    pub by: UserId,
    /// In which role of their own.
    pub role: Code,
    /// On what ground.
    pub ground: Code,
    /// Why, in their words.
    pub reason: Redacted<String>,
    /// When.
    pub opened: Timestamp,
    /// Until when they may look and release.
    pub until: Timestamp,
    /// By when another person must review it.
    pub review_by: Timestamp,
    /// The review.
    pub review: Option<GlassReview>,
    /// It was not reviewed in time, and that is on record.
    pub alarmed: bool,
}

impl GlassUse {
    /// Was it not reviewed in time?
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        self.review.is_none() && self.review_by <= now
    }

    /// May whoever broke it still look and release?
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.review.is_none() && now < self.until
    }
}

#[cfg(test)]
mod tests {
    use super::super::{GLASS_FINDINGS, known};
    use super::*;

    fn of(now: Timestamp) -> GlassUse {
        let id: EnquiryId = "0190a1b2c3d4e5f60718293a4b5c6d7e".parse().unwrap();
        GlassUse {
            task: id,
            enquiry: id,
            case: CaseId::new("MASH-2026-00417").unwrap(),
            by: UserId::new("b.inspector").unwrap(),
            role: Code::new("detective_inspector").unwrap(),
            ground: Code::new("immediate_danger").unwrap(),
            reason: "The child is with him now.".into(),
            opened: now,
            until: now.plus_s(3_600),
            review_by: now.plus_s(86_400),
            review: None,
            alarmed: false,
        }
    }

    #[test]
    fn is_open_for_its_time_and_overdue_after_its_review_was_due() {
        let now: Timestamp = "2026-03-11T10:14:00Z".parse().unwrap();
        let of = of(now);

        assert!(of.is_open(now) && !of.is_open(of.until));
        assert!(!of.is_overdue(now) && of.is_overdue(of.review_by));
    }

    #[test]
    fn every_ground_and_finding_is_a_code_and_no_other_word_is() {
        for (code, meaning) in GLASS_GROUNDS.iter().chain(&GLASS_FINDINGS) {
            assert!(Code::new(*code).is_ok() && !meaning.is_empty(), "{code}");
        }
        let other = Code::new("convenience").unwrap();
        assert!(known(&other, &GLASS_GROUNDS).is_err());
    }

    #[test]
    fn debug_withholds_why() {
        let now: Timestamp = "2026-03-11T10:14:00Z".parse().unwrap();

        assert!(!format!("{:?}", of(now)).contains("with him"));
    }
}
