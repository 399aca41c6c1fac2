//! `stile init`: what it takes.

use std::net::SocketAddr;
use std::path::PathBuf;

/// What a new gateway is.
#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("role").required(true).args(["kind", "hub"])))]
pub struct Init {
    /// Folder for configuration and keys. Nothing in it is overwritten.
    #[arg(long, default_value = "/etc/stile")]
    pub dir: PathBuf,
    /// The partnership.
    #[arg(long)]
    pub partnership: String,
    /// This member, as the directory lists it.
    #[arg(long)]
    pub member: String,
    /// An agency, of this kind: `education`, `health`, `housing`, `police`, ….
    #[arg(long)]
    pub kind: Option<String>,
    /// A hub.
    #[arg(long)]
    pub hub: bool,
    /// The organisation's name, as others see it.
    #[arg(long)]
    pub name: String,
    /// The team to call, as products show it; never a person.
    #[arg(long)]
    pub contact: String,
    /// Where other members' gateways reach this one: `https://gateway.schools.example:7443`.
    #[arg(long, value_name = "URL")]
    pub endpoint: String,
    /// Address and port on which it listens for them.
    #[arg(long, default_value = "0.0.0.0:7443", value_name = "ADDRESS")]
    pub listen: SocketAddr,
    /// Address and port for this member's own people; an address of the inside network.
    #[arg(long, default_value = "127.0.0.1:7444", value_name = "ADDRESS")]
    pub people: SocketAddr,
    /// The hub that is asked to renew the certificate, and for newer revocation lists and directories.
    ///
    /// Without it, somebody carries all three here in time.
    #[arg(long, value_name = "HUB")]
    pub renews_at: Option<String>,
    /// Folder of the store: journal and index.
    #[arg(long, default_value = "store")]
    pub store: PathBuf,
    /// Somebody who works here and their duties; repeat for more.
    ///
    /// A staff number, never a name: `s-2041=approver:designated_safeguarding_lead,match_reviewer`.
    #[arg(long = "person", value_name = "USER=DUTY,…")]
    pub persons: Vec<String>,
    /// The partnership's vocabulary, where it is not the one of this program.
    #[arg(long, value_name = "FILE")]
    pub vocabulary: Option<PathBuf>,
}
