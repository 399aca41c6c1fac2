//! `stile agency`: what it takes.

use std::path::PathBuf;

use clap::Subcommand;
use stile_model::digest::Digest;
use stile_trust::directory::Endpoint;

/// Which agency's configuration to run, and how to begin; or something to do beside.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct ServeAgency {
    /// Configuration file.
    #[arg(short, long, required = true)]
    pub config: Option<PathBuf>,
    /// Where the vocabulary is another than the policy in force was approved for: begin, and
    /// withhold everything until officers have approved rules for it. Otherwise it does not start.
    #[arg(long)]
    pub withhold_until_approved: bool,
    /// Something to do instead of running it.
    #[command(subcommand)]
    pub task: Option<AgencyTask>,
}

/// Something to do for an agency's gateway.
#[derive(Debug, Subcommand)]
pub enum AgencyTask {
    /// Get this gateway its first certificate from a hub, by a token.
    ///
    /// Makes the keys here, where they stay, and sends a request. Prints the pin to read out to the
    /// operator; run the same command again to fetch the certificate once it is issued.
    Enrol(Box<Enrol>),
    /// Ask for the next certificate now, or begin to change the key.
    ///
    /// A gateway that runs does this by itself at two thirds of the certificate's life.
    Renew {
        /// Configuration file.
        #[arg(short, long)]
        config: PathBuf,
        /// Make another key, and ask for a certificate for it.
        #[arg(long)]
        new_key: bool,
    },
}

/// How a gateway gets its first certificate.
#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("anchor").required(true).args(["root", "root_digest"])))]
pub struct Enrol {
    /// Where the hub takes requests: `https://hub.example:7446`.
    #[arg(long, value_name = "URL")]
    pub hub: Endpoint,
    /// File with the token that the hub's IT gave.
    #[arg(long, value_name = "FILE")]
    pub token_file: PathBuf,
    /// The partnership's root certificate, brought here on another way.
    #[arg(long, value_name = "FILE")]
    pub root: Option<PathBuf>,
    /// SHA-256 of the partnership's root certificate, as the operator reads it out.
    #[arg(long, value_name = "HEX")]
    pub root_digest: Option<Digest>,
    /// Configuration that says who this is and where its files are, as `stile init` lays it out.
    #[arg(short, long, value_name = "FILE", conflicts_with_all = ["partnership", "member", "tls", "keys", "origin"])]
    pub config: Option<PathBuf>,
    /// Without `--config`: the partnership.
    #[arg(long, required_unless_present = "config")]
    pub partnership: Option<String>,
    /// Without `--config`: this member.
    #[arg(long, required_unless_present = "config")]
    pub member: Option<String>,
    /// Without `--config`: folder for `key.pem`, `chain.pem`, `root.pem`, `issuing.pem` and `crl.pem`.
    #[arg(long, value_name = "DIR", required_unless_present = "config")]
    pub tls: Option<PathBuf>,
    /// Folder of the gateway's five other keys, made when it has none.
    #[arg(long, value_name = "DIR", requires = "origin")]
    pub keys: Option<PathBuf>,
    /// The ledger's origin, as in the configuration: with it the lines for `directory.toml` are
    /// printed.
    #[arg(long, requires = "keys")]
    pub origin: Option<String>,
    /// The partnership operator's public key, `operator.jwk`: proved against the directory and put where
    /// the configuration has it.
    #[arg(long, value_name = "FILE", requires_all = ["config", "directory"])]
    pub operator: Option<PathBuf>,
    /// The signed directory, which must list this member with this key: put where the configuration
    /// has it.
    #[arg(long, value_name = "FILE", requires_all = ["config", "operator"])]
    pub directory: Option<PathBuf>,
    /// Wait so many seconds for the certificate; without it by then, the command fails.
    #[arg(long, default_value_t = 0)]
    pub wait_s: u64,
}
