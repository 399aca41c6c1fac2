//! How long cases are kept, and how they are erased.

use clap::Subcommand;

use super::Connect;

/// What keeps cases, and what ends them.
#[derive(Debug, Subcommand)]
pub enum Keeping {
    /// List the cases whose period is over. Nothing is erased by itself.
    Due {
        /// Which gateway, and as whom.
        #[command(flatten)]
        connect: Connect,
        /// Every case, not only those whose day has come.
        #[arg(long)]
        all: bool,
    },
    /// Erase whole cases: one officer proposes, another approves.
    #[command(subcommand)]
    Erase(Erase),
    /// Hold a case: it is not erased until it is released.
    Hold {
        /// Which gateway, and as whom.
        #[command(flatten)]
        connect: Connect,
        /// The case.
        #[arg(long)]
        case: String,
        /// `complaint`, `criminal_investigation`, `inquiry`, `litigation` or `subject_access`.
        #[arg(long)]
        reason: String,
    },
    /// Release a case from a hold.
    ReleaseHold {
        /// Which gateway, and as whom.
        #[command(flatten)]
        connect: Connect,
        /// The case.
        #[arg(long)]
        case: String,
        /// `hold_ended` or `placed_in_error`.
        #[arg(long)]
        reason: String,
    },
}

/// Erasure by two people.
#[derive(Debug, Subcommand)]
pub enum Erase {
    /// Approve another officer's proposal, and erase. Nothing brings back what this destroys.
    Approve {
        /// Which gateway, and as whom.
        #[command(flatten)]
        connect: Connect,
        /// The proposal.
        id: String,
    },
    /// List the proposals and what became of them.
    List {
        /// Which gateway, and as whom.
        #[command(flatten)]
        connect: Connect,
    },
    /// Propose to erase cases.
    Propose {
        /// Which gateway, and as whom.
        #[command(flatten)]
        connect: Connect,
        /// A case; repeat for more, at most 500.
        #[arg(long = "case", required = true)]
        cases: Vec<String>,
        /// `court_order`, `erasure_right`, `recorded_in_error` or `retention_expired`.
        #[arg(long)]
        reason: String,
    },
    /// Refuse a proposal; the proposer may, too.
    Refuse {
        /// Which gateway, and as whom.
        #[command(flatten)]
        connect: Connect,
        /// The proposal.
        id: String,
    },
}
