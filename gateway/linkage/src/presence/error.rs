//! Why bytes of a presence check were refused.

use super::{ELEMENTS, MOST_MEMBERS, MOST_PURPOSES};

/// Why bytes of a presence check were refused. Names counts and places, never content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PresenceError {
    /// The list has another length than every request has. Nothing was evaluated.
    #[error("`{found}` elements; a request has exactly `{ELEMENTS}`")]
    Count {
        /// Elements found.
        found: usize,
    },
    /// These bytes are no element of the group in its one encoding, or the identity. Nothing was
    /// evaluated.
    #[error("element `{place}` is not a ristretto255 element other than the identity (RFC 9496)")]
    Element {
        /// Place in the list, from 0.
        place: usize,
    },
    /// No key or token comes of these bytes; about one seed in 2^252 does that.
    #[error("no key comes of this seed; take another")]
    Key,
    /// The stored blinding or the opening is damaged.
    #[error("the opening is not well formed: {0}")]
    Opening(&'static str),
    /// The opening was made with other rules for keys than this build has.
    #[error(
        "the opening was made with recipe `{recipe}` and normaliser `{normaliser}`; \
         read it with the release that made it"
    )]
    Recipe {
        /// Version of the recipe.
        recipe: u32,
        /// Version of the normaliser.
        normaliser: u32,
    },
    /// A builder was asked for more purposes than it can hold apart.
    #[error("`{found}` purposes; at most `{MOST_PURPOSES}` can be offered blind")]
    Purposes {
        /// Purposes asked for.
        found: usize,
    },
    /// The set is damaged.
    #[error("the presence set is not well formed: {0}")]
    Set(&'static str),
    /// There are more members than a set may have.
    #[error("`{found}` members; a set has at most `{MOST_MEMBERS}`")]
    Size {
        /// Members found.
        found: usize,
    },
}
