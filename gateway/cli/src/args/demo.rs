//! `stile demo`: what it takes.

use std::path::PathBuf;

/// The demonstration.
#[derive(Debug, clap::Args)]
pub struct Demo {
    /// Folder to keep; without it a temporary one is used.
    #[arg(long)]
    pub dir: Option<PathBuf>,
    /// People in each agency's system, 50 to 200000.
    #[arg(long, default_value_t = 2_000)]
    pub people: usize,
    /// Stop when the story is told.
    #[arg(long)]
    pub once: bool,
    /// Put the police on this `PostgreSQL` server (an administrator's `postgres://` address).
    #[arg(long, value_name = "URL")]
    pub postgres: Option<String>,
    /// Put health on this `MySQL` or `MariaDB` server (an administrator's `mysql://` address).
    #[arg(long, value_name = "URL")]
    pub mysql: Option<String>,
    /// Write the gateways' logs to the screen.
    #[arg(long)]
    pub verbose: bool,
}
