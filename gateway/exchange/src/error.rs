//! What can go wrong, and the one function that turns each into an answer for a peer.

use stile_model::problem::Problem;

/// Why an exchange did not happen. In every case nothing has left this gateway.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// The peer, the enquiry or the person asking is refused; the reason is coded.
    #[error("refused: {}", .0.code())]
    Refused(Box<Problem>),
    /// The durable record could not be written, so nothing was released.
    #[error("the ledger could not keep the entry, so nothing was released: {0}")]
    Unrecorded(#[from] stile_store::StoreError),
    /// A certificate, signature or directory is not to be trusted.
    #[error(transparent)]
    Untrusted(#[from] stile_trust::TrustError),
    /// Rules or cases are wrong, or do not pass the guards; what was in force stays so.
    #[error(transparent)]
    Policy(#[from] stile_policy::PolicyError),
    /// A policy that was approved may not serve. Nothing is answered under it.
    #[error("policy version {version} may not serve: {reason}")]
    PolicyUnusable {
        /// Its version.
        version: u64,
        /// Why, and what to do.
        reason: String,
    },
    /// A newer program has written to this store. This one must not read it.
    #[error(
        "it was written by a newer program, in format `{found}`; this one knows up to `{known}`: start \
         the newer one"
    )]
    Newer {
        /// The format in the store.
        found: u32,
        /// The newest that this program knows.
        known: u32,
    },
    /// The directory does not fit the configuration, so it is not worked from.
    #[error(transparent)]
    Unfit(#[from] crate::directory::Unfit),
    /// The operating system gave no randomness.
    #[error("the operating system gives no random numbers")]
    NoRandomness,
    /// Something stored cannot be read back as what it should be.
    #[error("a stored {0} cannot be read back")]
    Stored(&'static str),
    /// The peer could not be reached in time.
    #[error("{0}")]
    Unreachable(#[from] crate::client::ClientError),
}

/// A refusal with a stable code; see `docs/reference/problems.md`.
pub fn refuse(code: &'static str, status: u16, title: impl Into<String>) -> ExchangeError {
    ExchangeError::Refused(Box::new(Problem::new(code, status, title)))
}

impl ExchangeError {
    /// The problem document a peer or a person is shown; holds no personal data.
    pub fn problem(&self) -> Problem {
        match self {
            Self::Refused(problem) => (**problem).clone(),
            Self::Unrecorded(stile_store::StoreError::DiskFull) => Problem::new(
                "disk_full",
                503,
                "the disk is full, so nothing can be recorded and nothing is released",
            ),
            Self::Unrecorded(stile_store::StoreError::Archived(_)) => Problem::new(
                "archived",
                410,
                "the entry lies in an archived part of the ledger; look in the archive, or ask anew \
                 under a new id",
            ),
            Self::Unrecorded(_) => Problem::new(
                "unrecorded",
                503,
                "the ledger could not keep the entry, so nothing is released",
            ),
            Self::Untrusted(error) => Problem::new("untrusted", 403, error.to_string()),
            Self::Policy(error @ stile_policy::PolicyError::Question { .. }) => {
                Problem::new("unknown_word", 422, error.to_string())
            }
            Self::Policy(error) => Problem::new("policy_refused", 422, error.to_string()),
            Self::PolicyUnusable { .. } => Problem::new("policy_unusable", 503, self.to_string()),
            Self::NoRandomness | Self::Stored(_) | Self::Newer { .. } | Self::Unfit(_) => {
                Problem::new("internal", 500, self.to_string())
            }
            Self::Unreachable(error) => Problem::new(error.code(), 502, error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use stile_store::StoreError;

    use super::*;

    #[test]
    fn what_lies_in_the_archive_is_told_apart_from_what_could_not_be_recorded() {
        let told = |error: StoreError| {
            let problem = ExchangeError::from(error).problem();
            (problem.status, problem.code().to_owned())
        };

        assert_eq!(told(StoreError::Archived(3)), (410, "archived".to_owned()));
        assert_eq!(told(StoreError::DiskFull), (503, "disk_full".to_owned()));
        assert_eq!(told(StoreError::NoEntry(3)), (503, "unrecorded".to_owned()));
    }
}
