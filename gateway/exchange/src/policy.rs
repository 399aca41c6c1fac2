//! The life of an agency's policy: proposed, checked, approved by others, signed, in force from a
//! moment, and back.
//!
//! ```text
//! proposed ─checks─► waiting ─approved─► signed bundle ─its moment─► in force ─another─► superseded
//!                       └─rejected          └─guards fail─► failed: the old policy stays, alarm
//! ```
//!
//! Every step is one batch of the store: the record and its entry in the ledger, or neither. The
//! chain of policies has one successor to each version, so that two gateways on one store
//! activate a version once; an answer is recorded only while the policy that ruled it is in force.

mod activate;
pub mod ask;
mod base;
mod bundle;
mod compare;
mod decide;
mod founding;
mod guards;
mod kept;
mod log;
pub mod looking_back;
mod matrix;
mod notices;
mod proposal;
mod propose;
mod quorum;
mod rollback;
pub mod routes;
mod rule;
mod shadow;
mod show;
mod sketch;
mod standing;
pub mod study;
pub mod texts;
mod turns;
mod withholding;

pub use bundle::{Act, Approved, Bundle, Digests, Origin, Previous};
pub use founding::{Founding, Ground, begin};
pub(crate) use kept::superseded;
pub use matrix::{Beside, Cells, Drafted, MatrixAsked, PolicyMatrix};
pub use notices::{NOTICES, Notice};
pub use proposal::{
    Because, Looked, Proposal, ProposalState, Proposals, Propose, Proposed, Remark, RollBack,
};
pub use rule::RuleParts;
pub use shadow::{Shadow, ShadowCounts};
pub use show::{History, InForce, Past, PolicyText};
pub use sketch::{MadeFrom, Sketch, SketchChecked, Tried};
pub use standing::Governing;
pub(crate) use turns::in_turn;
