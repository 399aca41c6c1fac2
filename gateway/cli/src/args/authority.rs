//! `stile ca …`: what it takes.

use std::path::PathBuf;

use clap::Subcommand;
use stile_model::digest::Digest;

use super::Connect;

/// Certificate authority.
#[derive(Debug, Subcommand)]
pub enum Ca {
    /// Sign what gateways asked the hub for, on the machine that has the issuing key.
    ///
    /// One request, when it is for the key, the member, the role and the names that you give, as the
    /// member reads them out: what you give is what is signed, whatever the hub says. Or every renewal
    /// that is due, for a key that stays the same, for which this authority's own register is the only
    /// word.
    Approve {
        /// The hub, and as whom; needs the role `it_admin`.
        #[command(flatten)]
        connect: Connect,
        /// The authority's folder.
        #[arg(long, default_value = "certs/ca")]
        dir: PathBuf,
        /// The request.
        #[arg(required_unless_present = "renewals", requires_all = ["pin", "member", "role"])]
        id: Option<String>,
        /// Its pin, as the member reads it out.
        #[arg(long, value_name = "HEX", requires = "id")]
        pin: Option<Digest>,
        /// The member it must be for.
        #[arg(long, requires = "id")]
        member: Option<String>,
        /// What it must act as: `agency` or `hub`.
        #[arg(long, requires = "id")]
        role: Option<String>,
        /// DNS name or address it must have; repeat for all of them, leave out for none.
        #[arg(long = "name", requires = "id")]
        names: Vec<String>,
        /// A chain that an authority of your own signed for the request, PEM: handed over as it is.
        #[arg(long, value_name = "FILE", requires = "id")]
        chain: Option<PathBuf>,
        /// Every renewal that is due, for a key that stays the same.
        #[arg(long, conflicts_with_all = ["id", "pin", "member", "role", "names", "chain"])]
        renewals: bool,
        /// Days it is good for, 1 to 397.
        #[arg(long, default_value_t = 90)]
        days: u32,
    },
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
    /// Refuse what a gateway asked the hub for.
    Refuse {
        /// The hub, and as whom; needs the role `it_admin`.
        #[command(flatten)]
        connect: Connect,
        /// The request.
        id: String,
    },
    /// List the gateways that were invited, that ask the hub for certificates, and what became of it.
    Requests {
        /// The hub, and as whom; needs the role `it_admin` or `auditor`.
        #[command(flatten)]
        connect: Connect,
        /// Folder for the requests that wait, each as `<id>.csr`: for an authority of your own.
        #[arg(long, value_name = "DIR")]
        save: Option<PathBuf>,
    },
    /// Revoke a certificate, with every other of its key; nothing more is issued for that key.
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
    /// Invite a member's gateway to ask the hub for a certificate: a token, good once, for three days.
    Token {
        /// The hub, and as whom; needs the role `it_admin`.
        #[command(flatten)]
        connect: Connect,
        /// `agency` or `hub`.
        #[arg(long, default_value = "agency")]
        role: String,
        /// The member.
        #[arg(long)]
        member: String,
        /// DNS name or address the gateway is reached at; repeat for more.
        #[arg(long = "name")]
        names: Vec<String>,
        /// File for the token, for its owner alone; printed when left out.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
}
