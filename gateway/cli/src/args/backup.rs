//! `stile backup …`: what it takes.

use std::path::PathBuf;

use clap::Subcommand;

/// Whose store.
#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("stored").required(true).args(["agency", "hub"])))]
pub struct Stored {
    /// The agency's configuration file.
    #[arg(long, value_name = "FILE")]
    pub agency: Option<PathBuf>,
    /// The hub's configuration file.
    #[arg(long, value_name = "FILE")]
    pub hub: Option<PathBuf>,
}

/// Copies of a store. They are sealed, and hold no key.
#[derive(Debug, Subcommand)]
pub enum Backup {
    /// Verify a copy, every byte of it, and that it is what was copied.
    Check {
        /// Whose copy it should be.
        #[command(flatten)]
        of: Stored,
        /// The copy.
        #[arg(long, value_name = "DIR")]
        from: PathBuf,
    },
    /// Copy the journal of a gateway, which may run, and verify the copy.
    Make {
        /// Whose store.
        #[command(flatten)]
        of: Stored,
        /// Folder for the copy; it must not exist.
        #[arg(long, value_name = "DIR")]
        to: PathBuf,
    },
    /// Put a copy in the place of a store that was lost. The gateway must be stopped.
    ///
    /// Others may have seen what was recorded after the copy was made. The store is marked, and the
    /// gateway releases nothing until an officer orders it.
    Restore {
        /// Whose store.
        #[command(flatten)]
        of: Stored,
        /// The copy.
        #[arg(long, value_name = "DIR")]
        from: PathBuf,
    },
}
