//! `stile ca …`: what it takes.

use std::path::PathBuf;

use clap::Subcommand;

/// Certificate authority.
#[derive(Debug, Subcommand)]
pub enum Ca {
    /// Make the authority in a new folder.
    Init {
        /// Its folder.
        #[arg(long, default_value = "certs/ca")]
        dir: PathBuf,
        /// The partnership.
        #[arg(long)]
        partnership: String,
    },
    /// Issue a certificate: for a gateway, or with `--user` for a person.
    Issue {
        /// The authority's folder.
        #[arg(long, default_value = "certs/ca")]
        dir: PathBuf,
        /// `hub`, `agency` or `person`.
        #[arg(long)]
        role: String,
        /// The member.
        #[arg(long)]
        member: String,
        /// The person.
        #[arg(long)]
        user: Option<String>,
        /// DNS name or address the gateway is reached at; repeat for more.
        #[arg(long = "name")]
        names: Vec<String>,
        /// Days it is good for, 1 to 397.
        #[arg(long, default_value_t = 90)]
        days: u32,
        /// Certificate request whose key stays where it was made.
        #[arg(long)]
        request: Option<PathBuf>,
        /// Folder for `chain.pem` and `key.pem`.
        #[arg(long)]
        out: PathBuf,
    },
    /// Write a new revocation list before the old one expires.
    Refresh {
        /// The authority's folder.
        #[arg(long, default_value = "certs/ca")]
        dir: PathBuf,
        /// Days until the next one is due, 1 to 30.
        #[arg(long, default_value_t = 7)]
        days: u32,
    },
    /// Revoke a certificate.
    Revoke {
        /// The authority's folder.
        #[arg(long, default_value = "certs/ca")]
        dir: PathBuf,
        /// Its serial number, as `stile ca show` prints it.
        serial: String,
    },
    /// Show a certificate, or all that were issued.
    Show {
        /// The authority's folder.
        #[arg(long, default_value = "certs/ca")]
        dir: PathBuf,
        /// A certificate file.
        file: Option<PathBuf>,
    },
}
