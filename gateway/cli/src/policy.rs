//! `stile policy`: what a policy says, whether it can be activated, and how it is changed.
//!
//! One file per command. Commands that need no gateway read files; the others go over the people
//! API with a personal certificate, waited for by `block_on`.

pub mod approve;
pub mod check;
pub mod diff;
pub mod explain;
pub mod export;
mod files;
pub mod fmt;
pub mod history;
pub mod import;
pub mod looking;
pub mod propose;
pub mod rollback;
mod saying;
pub mod status;
pub mod test;
pub mod who_can;

pub use files::{SEED, Written, read_vocabulary, today};

use crate::args::Policy;
use crate::run::{Failure, block_on};

/// Runs the command.
///
/// # Errors
///
/// Every mistake of a file with line and column; or what the gateway refuses.
pub fn run(command: Policy) -> Result<(), Failure> {
    match command {
        Policy::Activate(order) => block_on(approve::activate(&order)),
        Policy::Approve(decision) => block_on(approve::approve(&decision)),
        Policy::Check(check) => check::run(&check),
        Policy::Diff(diff) => diff::run(&diff),
        Policy::Explain(explain) => explain::run(&explain),
        Policy::Export(export) => export::run(&export),
        Policy::Fmt(fmt) => fmt::run(&fmt),
        Policy::History(history) => block_on(history::run(&history)),
        Policy::Import(import) => import::run(&import),
        Policy::Propose(order) => block_on(propose::run(&order)),
        Policy::Record(look) => block_on(looking::record(&look)),
        Policy::Reject(decision) => block_on(approve::reject(&decision)),
        Policy::Replay(replay) => block_on(looking::replay(&replay)),
        Policy::Review(review) => block_on(looking::review(&review)),
        Policy::Rollback(order) => block_on(rollback::run(&order)),
        Policy::Status(status) => block_on(status::run(&status)),
        Policy::Test(test) => test::run(&test),
        Policy::WhoCan(who) => who_can::run(&who),
    }
}
