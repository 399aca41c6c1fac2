//! `stile doctor`: what it takes.

use std::path::PathBuf;

/// Whose gateway is looked at.
#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("examined").required(true).args(["agency", "hub"])))]
pub struct Doctor {
    /// The agency's configuration file.
    #[arg(long, value_name = "FILE")]
    pub agency: Option<PathBuf>,
    /// The hub's configuration file.
    #[arg(long, value_name = "FILE")]
    pub hub: Option<PathBuf>,
    /// Print JSON instead of text.
    #[arg(long)]
    pub json: bool,
}
