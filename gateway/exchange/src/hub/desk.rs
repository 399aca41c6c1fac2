//! The case desk: enough case handling to drive enquiries well, and no more.
//!
//! ```text
//! draft ──submit──► case, open ──allocate─► rate ─► ask agencies ─► decide ─► close
//!   │                  ▲                                              │
//!   ├──add to it───────┘                                              └─► tell the referrer
//!   └──advice given──► case, closed at once
//! ```
//!
//! Pages call these methods and decide nothing. Each checks the person's duties, keeps personal data
//! under the case's own key, and writes what DPA 2018 s.62 wants logged before it shows anything.

mod alike;
mod board;
mod consent;
mod contact;
mod crowd;
mod decide;
mod direct;
mod draft;
mod feedback;
mod figures;
mod follow;
mod need;
mod open;
mod page;
mod person;
mod preview;
mod prompts;
mod queue;
mod referral;
mod submit;
mod work;

pub(in crate::hub) use board::Board;
pub(in crate::hub) use crowd::Crowd;
pub(in crate::hub) use follow::Followed;
pub(in crate::hub) use open::is_reserved;
pub(in crate::hub) use preview::Offers;
pub(crate) use work::{closing, open_mark};

pub use alike::{Alike, AlikeCase, AlikeIn, AlikePart, AlikePerson, Likeness};
pub use board::AgencyCounts;
pub use consent::ChangeConsent;
pub use decide::Decide;
pub use direct::{ChangePriority, Colleague, ESCALATION_REASONS, Escalate, PRIORITY_REASONS};
pub use draft::{Draft, DraftId, DraftLine};
pub use feedback::{Feedback, compose};
pub use figures::{
    AgencyFigures, Cell, Every, Figures, Period, PriorityFigures, Suppressed, Total, suppress,
};
pub use need::{Need, Timing};
pub use page::{By, CasePage, Happened, Timeline};
pub use person::{Age, age, display_name};
pub use preview::{AgencyPreview, CategoryPreview, Heard, WouldAnswer};
pub use prompts::{Prompt, prompts};
pub use queue::{PAGE_MAX, Queue, QueueCounts, QueueFilter, QueueLine, Which};
pub use referral::{
    ACCOUNT_MAX, Channel, Knowledge, LINE_MAX, Needs, OBSERVATIONS_MAX, Observation, REFERRERS,
    Referral, Referrer, Said,
};
pub use submit::KeptReferral;
pub use work::{Came, Decision, Done, Escalated, FeedbackWanted, Seen, Step, Work};

/// How a hub's desk works; every number is bounded when the configuration is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeskSettings {
    /// Begins the numbers that the hub gives: `MASH` gives `MASH-2026-00417`.
    pub number_prefix: String,
    /// Days after which a draft lapses that nobody saved again, 1 to 90.
    pub draft_days: u16,
    /// Share of its time, in percent, after which a case is at risk, 10 to 99.
    pub at_risk_percent: u8,
    /// Days for which a closed case counts as recent when people are looked for, 0 to 3650.
    pub recent_days: u16,
    /// How long the periods are of which figures are told.
    pub figures: Every,
}

impl Default for DeskSettings {
    fn default() -> Self {
        Self {
            number_prefix: "MASH".to_owned(),
            draft_days: 14,
            at_risk_percent: 75,
            recent_days: 365,
            figures: Every::Month,
        }
    }
}
