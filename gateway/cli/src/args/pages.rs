//! `stile completions` and `stile man`: what they take.

use std::path::PathBuf;

/// Completions, on the standard output.
#[derive(Debug, clap::Args)]
pub struct Completions {
    /// The shell.
    pub shell: clap_complete::Shell,
}

/// Manual pages.
#[derive(Debug, clap::Args)]
pub struct Man {
    /// The folder; a page for each command is written into it.
    pub dir: PathBuf,
}
