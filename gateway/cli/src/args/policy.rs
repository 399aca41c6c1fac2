//! `stile policy …`: its commands, in alphabetical order; each takes what its own file says.

use std::path::PathBuf;

use clap::Subcommand;

use crate::policy::check::Check;

/// Policy.
#[derive(Debug, Subcommand)]
pub enum Policy {
    /// Read a policy, report every mistake and doubt, and prove that Casbin agrees.
    Check(Check),
}

/// The files a policy is written in.
#[derive(Debug, Clone, clap::Args)]
pub struct PolicyFiles {
    /// The agency's rules.
    #[arg(long, value_name = "FILE")]
    pub rules: PathBuf,
    /// The partnership's vocabulary.
    #[arg(
        long,
        env = "STILE_VOCABULARY",
        value_name = "FILE",
        default_value = "policies/vocabulary.toml"
    )]
    pub vocabulary: PathBuf,
}
