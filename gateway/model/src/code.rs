//! The closed coded sets that the program itself branches on.
//!
//! Open sets (purposes, roles, categories) are [`crate::id::Code`]s checked against the
//! [`crate::vocabulary::Vocabulary`], so that a partnership can add to them without code.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::schema;

/// The text is none of the allowed words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("expected one of {allowed}")]
pub struct CodeError {
    allowed: String,
}

// One macro rather than eleven copies of the same six impls.
macro_rules! closed_set {
    (
        $(#[doc = $doc:literal])+
        $name:ident { $($(#[doc = $vdoc:literal])+ $variant:ident = $text:literal,)+ }
    ) => {
        $(#[doc = $doc])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[doc = $vdoc])+ #[serde(rename = $text)] $variant,)+
        }

        impl $name {
            /// Every value, in order.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The word as written in files and on the wire.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = CodeError;

            fn from_str(text: &str) -> Result<Self, CodeError> {
                Self::ALL.iter().copied().find(|value| value.as_str() == text).ok_or_else(|| {
                    let words: Vec<_> = Self::ALL.iter().map(|value| value.as_str()).collect();
                    CodeError { allowed: words.join(", ") }
                })
            }
        }

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                schema::words(concat!($($doc),+), &[$(($text, concat!($($vdoc),+)),)+])
            }
        }

        impl ToSchema for $name {}
    };
}

closed_set!(
    /// How much is said; ordered from nothing to everything.
    Rung {
        /// Nothing at all.
        None = "none",
        /// Only that something is held.
        Known = "known",
        /// A coarse word: year, coded category, role, band.
        Headline = "headline",
        /// Reduced: month, redacted text, initials, rounded, outward postcode.
        Summary = "summary",
        /// As held.
        Detail = "detail",
    }
);

closed_set!(
    /// What a field holds; decides its ladder of transforms.
    FieldKind {
        /// A coded value from the agency's own list.
        Code = "code",
        /// A calendar date.
        Date = "date",
        /// Yes or no.
        Flag = "flag",
        /// An address or place.
        Location = "location",
        /// A count or amount.
        Number = "number",
        /// A person's name.
        Person = "person",
        /// Free text.
        Text = "text",
    }
);

closed_set!(
    /// Whom a field is about; caps may name it with `of`.
    About {
        /// The person who complained or reported.
        Complainant = "complainant",
        /// A worker acting in their job.
        Professional = "professional",
        /// The person the record belongs to.
        Subject = "subject",
        /// Somebody else.
        ThirdParty = "third_party",
    }
);

closed_set!(
    /// Default handling of a category.
    Handling {
        /// `A`: released by itself where policy passes.
        Automatic = "automatic",
        /// `N`: never released by ordinary policy (statutory bar).
        Barred = "barred",
        /// `R`: a named person decides.
        Refer = "refer",
        /// `X`: not even its existence is shown.
        Sealed = "sealed",
        /// `S`: a summary or indicator is released.
        Summary = "summary",
    }
);

closed_set!(
    /// Whether an honest "no record" may be told from "withheld".
    Existence {
        /// No record, withheld and sealed look alike.
        Closed = "closed",
        /// "No record" is said at once and what is withheld is listed.
        Open = "open",
    }
);

closed_set!(
    /// The hub's rating of a case; each partnership sets the clock of each.
    Priority {
        /// Advice only; no partner sharing.
        Blue = "blue",
        /// Low-level need.
        Green = "green",
        /// Need without immediate danger.
        Amber = "amber",
        /// Significant harm.
        Red = "red",
    }
);

closed_set!(
    /// What the person, or who speaks for them, said about sharing.
    ConsentState {
        /// Agreed.
        Given = "given",
        /// Not asked; a coded reason is needed where the purpose wants consent.
        NotSought = "not_sought",
        /// Said no.
        Refused = "refused",
        /// Could not be asked.
        Unable = "unable",
        /// Agreed and then took it back.
        Withdrawn = "withdrawn",
    }
);

closed_set!(
    /// What a purpose asks of consent.
    ConsentRule {
        /// Led by the adult's capacity and wishes.
        CapacityLed = "capacity_led",
        /// Normally needed; a coded reason overrides.
        Normally = "normally",
        /// Not needed.
        NotRequired = "not_required",
        /// Needed; nothing overrides a refusal.
        Required = "required",
        /// Sought unless that raises risk; a coded reason overrides.
        SeekUnlessUnsafe = "seek_unless_unsafe",
    }
);

closed_set!(
    /// The answer to "is this person in your systems?".
    MatchStatus {
        /// One record group fits.
        Confident = "confident",
        /// No record fits.
        None = "none",
        /// A person in the agency must decide; nothing is released yet.
        Possible = "possible",
    }
);

closed_set!(
    /// What became of one category for one subject.
    CategoryStatus {
        /// Nothing is held, or nothing that may be shown to exist.
        NoRecord = "no_record",
        /// A source did not answer: neither a yes nor a no.
        NotChecked = "not_checked",
        /// Some of it came, the rest is withheld or referred.
        PartlyShared = "partly_shared",
        /// A named approver has been asked.
        Referred = "referred",
        /// All that was asked came.
        Shared = "shared",
        /// Policy does not let it out.
        Withheld = "withheld",
    }
);

closed_set!(
    /// What kind of statement a record is.
    Nature {
        /// Somebody says it happened.
        Allegation = "allegation",
        /// It happened and was recorded as such.
        Fact = "fact",
        /// A professional's view.
        Opinion = "opinion",
    }
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rungs_are_ordered_from_nothing_to_everything() {
        assert!(Rung::None < Rung::Known && Rung::Known < Rung::Headline);
        assert!(Rung::Headline < Rung::Summary && Rung::Summary < Rung::Detail);
    }

    #[test]
    fn rejects_an_unknown_word_and_lists_the_allowed_ones() {
        let error = "everything".parse::<Rung>().unwrap_err();

        assert_eq!(
            error.to_string(),
            "expected one of none, known, headline, summary, detail"
        );
    }
}
