//! `stile policy …`: its commands, in alphabetical order; each takes what its own file says.

use std::path::PathBuf;

use clap::Subcommand;

use crate::policy::check::Check;
use crate::policy::fmt::Fmt;
use crate::policy::test::Test;

/// Policy.
#[derive(Debug, Subcommand)]
pub enum Policy {
    /// Read a policy, report every mistake and doubt, and prove that Casbin agrees.
    Check(Check),
    /// Rewrite rules and cases in the one canonical form, with every comment.
    Fmt(Fmt),
    /// Put the cases to a policy; say what they exercise and which small changes they would miss.
    Test(Test),
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
