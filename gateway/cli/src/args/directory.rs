//! `stile directory …`: what it takes.

use std::path::PathBuf;

use clap::Subcommand;

/// Directory.
#[derive(Debug, Subcommand)]
pub enum Directory {
    /// Make the partnership operator's signing key.
    Init {
        /// Folder for `operator.key` and `operator.jwk`.
        #[arg(long, default_value = "certs/operator")]
        dir: PathBuf,
    },
    /// Show a signed directory.
    Show {
        /// The signed directory.
        file: PathBuf,
        /// The operator's public key.
        #[arg(long)]
        operator: PathBuf,
    },
    /// Check and sign `directory.toml`.
    Sign {
        /// The form people write.
        file: PathBuf,
        /// The operator's key.
        #[arg(long)]
        key: PathBuf,
        /// Where to put the signed directory.
        #[arg(long)]
        out: PathBuf,
    },
}
