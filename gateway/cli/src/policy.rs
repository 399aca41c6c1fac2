//! `stile policy`: what a policy says, whether it can be activated, and how it is changed.
//!
//! One file per command. Commands that need no gateway read files; the others go over the people
//! API with a personal certificate, waited for by `block_on`.

pub mod check;
mod files;
pub mod fmt;
pub mod test;

pub use files::{SEED, read_vocabulary};

use crate::args::Policy;
use crate::run::Failure;

/// Runs the command.
///
/// # Errors
///
/// Every mistake of a file with line and column; or what the gateway refuses.
pub fn run(command: Policy) -> Result<(), Failure> {
    match command {
        Policy::Check(check) => check::run(&check),
        Policy::Fmt(fmt) => fmt::run(&fmt),
        Policy::Test(test) => test::run(&test),
    }
}
