//! `stile policy`: what a policy says, and whether it can be activated.

use std::fs;
use std::path::Path;

use stile_exchange::clock::Clock;
use stile_model::id::Code;
use stile_model::vocabulary::Vocabulary;
use stile_policy::PolicySet;

use crate::args::Policy;
use crate::keys::named;
use crate::output::line;
use crate::run::Failure;

/// Runs the command.
///
/// # Errors
///
/// Every mistake of the file with line and column.
pub fn run(command: Policy) -> Result<(), Failure> {
    match command {
        Policy::Check {
            rules,
            vocabulary,
            kind,
            explain,
        } => {
            let vocabulary = read_vocabulary(&vocabulary)?;
            let text = fs::read_to_string(&rules).map_err(|error| named(&rules, &error))?;
            let today = Clock::system().now().date();
            let name = rules.display().to_string();
            let policy =
                PolicySet::activate(&name, &text, &vocabulary, &Code::new(kind)?, today, SEED)?;
            line(format_args!(
                "{name}: good; Casbin and the gateway agree; digest {}",
                policy.digest()
            ));
            if explain {
                line(policy.plain_english());
            }
            Ok(())
        }
    }
}

/// Seed of the random questions put to both evaluators; fixed, so that a failure repeats.
pub const SEED: u64 = 0x5711_1e00;

/// Reads the shared vocabulary.
///
/// # Errors
///
/// Every mistake of the file with line and column.
pub fn read_vocabulary(path: &Path) -> Result<Vocabulary, Failure> {
    let text = fs::read_to_string(path).map_err(|error| named(path, &error))?;
    Ok(Vocabulary::parse(&path.display().to_string(), &text)?)
}
