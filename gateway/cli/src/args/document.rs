//! `stile case document`.

use std::path::PathBuf;

use clap::Args;

use super::Connect;

/// Make a numbered copy of the product for one recipient, or fetch one again.
#[derive(Debug, Args)]
pub struct Document {
    /// Which gateway, and as whom.
    #[command(flatten)]
    pub connect: Connect,
    /// The case.
    pub id: String,
    /// File that says for whom: `audience`, `[recipient]` with `role` and `name`, and `language` and
    /// `form` where they are not `en` and `pdf`.
    #[arg(required_unless_present = "number")]
    pub wanted: Option<PathBuf>,
    /// Fetch the copy of this number again instead.
    #[arg(long, conflicts_with = "wanted")]
    pub number: Option<u32>,
    /// File to write; it must not exist.
    #[arg(long, short)]
    pub output: PathBuf,
}
