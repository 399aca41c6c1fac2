//! `stile policy …`: its commands, in alphabetical order; each takes what its own file says.

use std::path::PathBuf;

use clap::Subcommand;

use crate::policy::approve::{Activate, Decide};
use crate::policy::check::Check;
use crate::policy::diff::Diff;
use crate::policy::explain::Explain;
use crate::policy::export::Export;
use crate::policy::fmt::Fmt;
use crate::policy::history::History;
use crate::policy::import::Import;
use crate::policy::looking::{Look, Replay, Review};
use crate::policy::propose::Propose;
use crate::policy::rollback::Rollback;
use crate::policy::status::Status;
use crate::policy::test::Test;
use crate::policy::who_can::WhoCan;

/// Policy.
#[derive(Debug, Subcommand)]
pub enum Policy {
    /// Bring an approved policy into force now, before its moment.
    Activate(Activate),
    /// Approve another officer's proposal, as yourself.
    Approve(Decide),
    /// Read a policy, report every mistake and doubt, and prove that Casbin agrees.
    Check(Check),
    /// What a change of rules changes: every question whose answer differs, and whether more leaves.
    Diff(Diff),
    /// Say why policy rules as it does, and what would change it: on an imagined question, or with
    /// `--enquiry` on a past one.
    Explain(Box<Explain>),
    /// Write the rules as a table for a spreadsheet, one rule a row.
    Export(Export),
    /// Rewrite rules and cases in the one canonical form, with every comment.
    Fmt(Fmt),
    /// Every version that was in force, since when and until when; or what one of them said.
    History(History),
    /// Read a table from a spreadsheet as rules again; every mistake with its row and column.
    Import(Import),
    /// Propose rules and cases: everything is checked, and other officers must approve.
    Propose(Propose),
    /// The record of each decision on an enquiry, with the fields of the ICO's data sharing forms.
    Record(Look),
    /// Say no to a proposal.
    Reject(Decide),
    /// Which past enquiries other rules would have answered differently.
    Replay(Replay),
    /// What each rule was needed for, and where a narrower one would have done.
    Review(Review),
    /// Go back to the texts of an earlier version; at once where nothing more leaves than now.
    Rollback(Rollback),
    /// What is in force, what waits, and what an officer should know.
    Status(Status),
    /// Put the cases to a policy; say what they exercise and which small changes they would miss.
    Test(Test),
    /// Who can see a field: every question that lets so much of it out.
    WhoCan(WhoCan),
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
