//! Whether what the directory says of how this agency is reached fits its own configuration: else no
//! hub could ever ask it, and nobody would know why.

use stile_trust::directory::{Directory, Reach};

use crate::config::Parts;
use crate::run::Failure;

/// Can hubs reach the agency in the way that the directory tells them?
///
/// # Errors
///
/// Names the directory's file, and what to change.
pub(super) fn check_reach(
    directory: &Directory,
    parts: &Parts,
    dials: bool,
) -> Result<(), Failure> {
    let Some(member) = directory.member(&parts.member) else {
        return Ok(());
    };
    let wrong = |what: String| Err(format!("{}: {what}", parts.directory.file.display()).into());
    match &member.endpoint {
        Reach::DialsOut if !dials => wrong(format!(
            "the directory says that `{}` dials its hubs; the configuration has no `[dial_out]`",
            parts.member
        )),
        Reach::At(endpoint) if parts.listen.peers.is_none() => wrong(format!(
            "the directory says that `{}` is reached at `{endpoint}`; the configuration has no \
             `listen.peers`",
            parts.member
        )),
        Reach::At(_) if dials => {
            tracing::warn!(
                "hubs are dialled, and keep no such connection while the directory lists this agency \
                 with an address; they call it there"
            );
            Ok(())
        }
        Reach::At(_) | Reach::DialsOut => Ok(()),
    }
}
