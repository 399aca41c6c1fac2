//! `stile policy check`: reads a policy, reports every mistake, and proves that Casbin agrees.

use stile_model::id::{Code, MemberId};
use stile_policy::{PolicySet, parse_rules};

use super::files::{SEED, Written, today};
use crate::args::PolicyFiles;
use crate::output::line;
use crate::run::Failure;

/// What to check.
#[derive(Debug, clap::Args)]
pub struct Check {
    /// The policy.
    #[command(flatten)]
    pub files: PolicyFiles,
    /// Kind of agency the rules must be for; without it, the kind the file names.
    #[arg(long)]
    pub kind: Option<String>,
    /// The member that will serve the rules; without it, grants for named members count for nothing.
    #[arg(long)]
    pub member: Option<String>,
    /// Print the plain-English rendering.
    #[arg(long)]
    pub explain: bool,
}

/// Runs the command.
///
/// # Errors
///
/// Every mistake of the file with line and column.
pub fn run(check: &Check) -> Result<(), Failure> {
    let Written {
        vocabulary,
        name,
        text,
    } = Written::read(&check.files)?;
    let kind = match &check.kind {
        Some(kind) => Code::new(kind.clone())?,
        None => parse_rules(&name, &text, &vocabulary)?.agency,
    };
    let member = check.member.clone().map(MemberId::new).transpose()?;
    let policy = PolicySet::activate_for(
        member.as_ref(),
        &name,
        &text,
        &vocabulary,
        &kind,
        today(),
        SEED,
    )?;
    line(format_args!(
        "{name}: good; Casbin and the gateway agree; digest {}",
        policy.digest()
    ));
    if check.explain {
        line(policy.plain_english());
    }
    Ok(())
}
