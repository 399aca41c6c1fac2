//! Why a token, or a key in it, was not used.

use std::path::PathBuf;

/// Why a token, or a key in it, was not used. Nothing was wrapped, opened or signed.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The PIN file may be read by others.
    #[error("the PIN file `{}` may be read by others; set its mode to 0600", .0.display())]
    PinExposed(PathBuf),
    /// The PIN file cannot be read, or does not hold a PIN.
    #[error("the PIN file `{}` gives no PIN: {source}", path.display())]
    PinFile {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The token refused the PIN. It is not tried again before the file changes: a token locks itself
    /// after a few wrong ones.
    #[error(
        "the token `{token}` refused the PIN in `{}`; put the right one there (it is not tried again before)",
        path.display()
    )]
    PinRefused {
        /// Which token.
        token: String,
        /// Which file.
        path: PathBuf,
    },
    /// No token has the label.
    #[error("no token is labelled `{0}`; plug it in, or correct `token`")]
    NoToken(String),
    /// Several tokens have the label.
    #[error("several tokens are labelled `{0}`; give each its own label")]
    SeveralTokens(String),
    /// There is no such key under the label.
    #[error("token `{token}` holds no {kind} labelled `{label}`; make one, or correct `label`")]
    NoKey {
        /// `AES key` or `P-256 key pair`.
        kind: &'static str,
        /// Which token.
        token: String,
        /// Which label.
        label: String,
    },
    /// Keys that cannot be told apart.
    #[error(
        "several keys labelled `{0}` cannot be told apart; leave one, or give each its own CKA_ID"
    )]
    SeveralKeys(String),
    /// There is a key under the label already; nothing was made.
    #[error("there is a key labelled `{0}` already; nothing was made")]
    KeyExists(String),
    /// The key is not of the kind in use here.
    #[error("the key labelled `{label}` is not usable: it must be {expected}")]
    KeyUnusable {
        /// Which label.
        label: String,
        /// What it must be.
        expected: &'static str,
    },
    /// The token would give the key out.
    #[error(
        "the token would give the key labelled `{0}` out; make one that is sensitive and not extractable"
    )]
    KeyLoose(String),
    /// The system gave no randomness for a `CKA_ID`.
    #[error("the system gives no random bytes")]
    Random,
    /// The module refused.
    #[error("the hardware key module refused to {doing} the token: {source}")]
    Refused {
        /// What was asked of it.
        doing: &'static str,
        /// Its answer.
        source: cryptoki::error::Error,
    },
}

/// Says what was being done.
pub(crate) fn refused(doing: &'static str) -> impl FnOnce(cryptoki::error::Error) -> TokenError {
    move |source| TokenError::Refused { doing, source }
}
