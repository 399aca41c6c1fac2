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
    /// The token refused the PIN. The same one is not tried again: a token locks itself after a few
    /// wrong ones.
    #[error(
        "the token `{token}` refused the PIN in `{}`; put the right one there, and log in with it once \
         with the token's own tool, which clears the count of wrong ones (the same is not tried again)",
        path.display()
    )]
    PinRefused {
        /// Which token.
        token: String,
        /// Which file.
        path: PathBuf,
    },
    /// The token counts wrong PINs, and nobody has logged in with the right one since. None was tried.
    #[error(
        "somebody tried a wrong PIN on token `{token}`, so that in `{}` was not tried: see that it is the \
         right one, and log in with it once with the token's own tool, which clears the count",
        path.display()
    )]
    PinDoubted {
        /// Which token.
        token: String,
        /// Which file.
        path: PathBuf,
    },
    /// Too many wrong PINs were tried.
    #[error(
        "the PIN of token `{0}` is locked after too many wrong ones; have the token's security officer \
         unlock it, then put the PIN that they set into the PIN file"
    )]
    PinLocked(String),
    /// The PIN is the right one, and must be changed.
    #[error(
        "the PIN of token `{token}` has expired; set another with the token's own tool, and put it into `{}`",
        path.display()
    )]
    PinExpired {
        /// Which token.
        token: String,
        /// Which file.
        path: PathBuf,
    },
    /// Nobody set a user PIN yet.
    #[error(
        "token `{token}` has no user PIN yet; have its security officer set one, and put it into `{}`",
        path.display()
    )]
    PinUnset {
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
    /// There is no key under the label, and one under a label that a change of keys gives.
    #[error(
        "token `{token}` holds no key labelled `{label}`, but one labelled `{found}`, of a change of keys \
         that was broken off; make none: put back the certificate of that key, or, where it is not \
         needed any more, destroy it with the token's own tool"
    )]
    KeyElsewhere {
        /// Which token.
        token: String,
        /// The label asked for.
        label: String,
        /// The label found.
        found: String,
    },
    /// Keys that cannot be told apart.
    #[error(
        "several keys labelled `{0}` cannot be told apart; leave one, or give each its own CKA_ID"
    )]
    SeveralKeys(String),
    /// There is a key under the label already; nothing was made or changed.
    #[error("there is a key labelled `{0}` already; nothing was made or changed")]
    KeyExists(String),
    /// The label that a key is to be given is taken.
    #[error(
        "a key labelled `{0}` is still there, of the last change of keys, so nothing was changed: a \
         gateway that runs destroys it when it looks at its certificate next, and its log says why not"
    )]
    KeyLeft(String),
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
    /// The key came from outside the token, or could once leave it.
    #[error(
        "the key labelled `{0}` was not always in the token alone; make one in there that is sensitive \
         and not extractable"
    )]
    KeyImported(String),
    /// A change of keys needs labels that can be changed.
    #[error(
        "the token does not let the label of the key `{label}` be changed, as a change of keys needs, and \
         the key in use stays: make the new key with the token's own tool under another label, name that \
         in the configuration, and enrol anew ({source})"
    )]
    LabelFixed {
        /// Which label.
        label: String,
        /// What the module said.
        source: cryptoki::error::Error,
    },
    /// Too many wait for the token.
    #[error(
        "{most} signatures wait for token `{token}` already; it is too slow, or does not answer"
    )]
    Busy {
        /// Which token.
        token: String,
        /// How many may wait.
        most: usize,
    },
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

impl TokenError {
    /// Must a person see to the PIN before anything tries it again?
    pub const fn is_of_pin(&self) -> bool {
        matches!(
            self,
            Self::PinRefused { .. }
                | Self::PinDoubted { .. }
                | Self::PinLocked(_)
                | Self::PinExpired { .. }
                | Self::PinUnset { .. }
        )
    }
}

/// Says what was being done.
pub(crate) fn refused(doing: &'static str) -> impl FnOnce(cryptoki::error::Error) -> TokenError {
    move |source| TokenError::Refused { doing, source }
}
