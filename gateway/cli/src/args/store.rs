//! `stile store …`: what it takes.

use std::path::PathBuf;

use clap::Subcommand;

/// Stores.
#[derive(Debug, Subcommand)]
pub enum Store {
    /// Make the ledger's tables, or with `--rebuild` its rows anew from the verified frames.
    ///
    /// Stop every gateway of the ledger before a rebuild.
    Migrate {
        /// A file with the database's URL.
        #[arg(long, value_name = "FILE")]
        postgres: PathBuf,
        /// Make the rows anew.
        #[arg(long, requires = "vkey")]
        rebuild: bool,
        /// The ledger's public key, as in the directory.
        #[arg(long)]
        vkey: Option<String>,
    },
}
