//! `stile ledger`: what it takes.

use std::path::PathBuf;

use clap::Subcommand;

use super::{Asking, Connect, Keeping, PresenceAudit, Stating};

/// What is archived, and where it goes.
#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("whose").required(true).args(["agency", "hub"])))]
pub struct Archive {
    /// The agency's configuration file.
    #[arg(long, value_name = "FILE")]
    pub agency: Option<PathBuf>,
    /// The hub's configuration file.
    #[arg(long, value_name = "FILE")]
    pub hub: Option<PathBuf>,
    /// Segments whose entries were all recorded before this day, as `2019-01-31` (UTC).
    #[arg(long, value_name = "DAY")]
    pub before: String,
    /// Folder of the archive, made when missing; several archivings may share it.
    #[arg(long, value_name = "DIR")]
    pub to: PathBuf,
}

/// Ledger.
#[derive(Debug, Subcommand)]
pub enum Ledger {
    /// Move the journal's oldest segments to an archive. The gateway must be stopped.
    ///
    /// Only whole segments go, and only those whose every entry is older than asked. What is left
    /// proves every entry, and verifies alone and together with the archive.
    Archive(Archive),
    /// How long cases are kept, and how they are erased.
    #[command(flatten)]
    Keeping(Keeping),
    /// Questions to the ledger; each is recorded in it before it is answered.
    #[command(flatten)]
    Asking(Box<Asking>),
    /// The auditor's opening of a blind check of presence, and its verification.
    #[command(flatten)]
    Presence(PresenceAudit),
    /// Release again after a halt: read what halted it, then order it with `--confirm`.
    ///
    /// Releases halt when the gateway's own key has signed a head that its ledger contradicts. The
    /// order is recorded with its reason.
    Resume {
        /// Which gateway, and as whom.
        #[command(flatten)]
        connect: Connect,
        /// Why, 10 to 500 characters, kept sealed: a text file; `-` reads the standard input.
        #[arg(long, value_name = "FILE")]
        reason: PathBuf,
        /// What this command printed the first time.
        #[arg(long, value_name = "CODE")]
        confirm: Option<String>,
    },
    /// Corrections, and comparing the record with the other side's.
    #[command(flatten)]
    Stating(Stating),
    /// Verify every byte: chain, tree, signatures, and earlier heads.
    Verify {
        /// The store's folder.
        #[arg(long, required_unless_present_any = ["pack", "postgres"], conflicts_with = "pack")]
        dir: Option<PathBuf>,
        /// An inspection pack instead of a store.
        #[arg(long, value_name = "FILE")]
        pack: Option<PathBuf>,
        /// A file with the URL of the database that holds the ledger, instead of a store's folder.
        #[arg(long, value_name = "FILE", conflicts_with_all = ["dir", "pack"])]
        postgres: Option<PathBuf>,
        /// The ledger's public key, as in the directory.
        #[arg(long)]
        vkey: String,
        /// A head kept from earlier; repeat for more.
        #[arg(long = "earlier", value_name = "FILE")]
        earlier: Vec<PathBuf>,
        /// Public key of a witness that must have cosigned the pack's checkpoint; repeat for more.
        #[arg(long = "witness", value_name = "KEY", requires = "pack")]
        witnesses: Vec<String>,
        /// A folder with archived segments, to verify them and the store as one; repeat for more.
        #[arg(long = "archive", value_name = "DIR", requires = "dir")]
        archives: Vec<PathBuf>,
    },
    /// Show who witnesses this gateway's ledger, and whether releases are halted.
    Witnesses {
        /// Which gateway, and as whom.
        #[command(flatten)]
        connect: Connect,
    },
}
