//! Identifiers, each its own type with a checked constructor.

use std::fmt;
use std::str::FromStr;

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::schema;

/// Why a text is not the identifier it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} must be {shape}")]
pub struct IdError {
    what: &'static str,
    shape: &'static str,
}

/// Is `text` one to `longest` characters of `a-z`, `0-9` and `extra`, starting with a letter or digit?
fn is_slug(text: &str, longest: usize, extra: &[char]) -> bool {
    let mut chars = text.chars();
    chars
        .next()
        .is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
        && text.len() <= longest
        && chars.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || extra.contains(&c))
}

fn is_case_number(text: &str) -> bool {
    (3..=40).contains(&text.len())
        && text
            .chars()
            .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '-')
}

fn is_dotted(text: &str, parts: usize) -> bool {
    text.len() <= 100
        && text.split('.').count() == parts
        && text.split('.').all(|part| is_slug(part, 40, &['_']))
}

fn is_rule(text: &str) -> bool {
    (1..=40).contains(&text.len())
        && text
            .chars()
            .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '-')
}

fn is_user(text: &str) -> bool {
    is_slug(text, 40, &['-', '.'])
}

fn is_member(text: &str) -> bool {
    is_slug(text, 40, &['-'])
}

fn is_word(text: &str) -> bool {
    is_slug(text, 40, &['_'])
}

fn is_clause(text: &str) -> bool {
    text.len() <= 20
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || ".()-".contains(c))
}

fn is_category(text: &str) -> bool {
    is_dotted(text, 2)
}

fn is_field(text: &str) -> bool {
    is_dotted(text, 3)
}

/// Is this a word, rather than a date of birth, an NHS or telephone number, or the number of a case?
/// It has a letter, and at most 4 digits in a row: a year, as in `ca1989_s47`, fits. Only such codes
/// and rules may stand in the open part of the ledger.
pub fn is_open_word(text: &str) -> bool {
    let mut digits = text.split(|c: char| !c.is_ascii_digit());
    digits.all(|run| run.len() <= 4) && text.chars().any(|c| c.is_ascii_alphabetic())
}

/// What [`is_open_word`] asks, for whoever chose the word.
pub const OPEN_WORD: &str = "it needs a letter and at most 4 digits in a row, so that it can stand in the ledger; rename it";

// One macro rather than nine copies of the same seven impls.
macro_rules! text_id {
    (
        $(#[doc = $doc:literal])+
        $name:ident, $what:literal, $shape:literal, $check:path, $pattern:literal, $example:literal
    ) => {
        $(#[doc = $doc])+
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(into = "String", try_from = "String")]
        pub struct $name(String);

        impl $name {
            #[doc = concat!("Checks that `text` is ", $shape, ".")]
            ///
            /// # Errors
            ///
            /// Says which shape was expected; never repeats the text.
            pub fn new(text: impl Into<String>) -> Result<Self, IdError> {
                let text = text.into();
                if $check(&text) {
                    Ok(Self(text))
                } else {
                    Err(IdError { what: $what, shape: $shape })
                }
            }

            /// The identifier as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::new(text)
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;

            fn try_from(text: String) -> Result<Self, IdError> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                schema::text(concat!($($doc),+), $pattern, $example)
            }
        }

        impl ToSchema for $name {}
    };
}

text_id!(
    /// The partnership bound by one information-sharing agreement.
    PartnershipId, "a partnership",
    "1 to 40 of a-z, 0-9 and -, starting with a letter or digit",
    is_member, "^[a-z0-9][a-z0-9-]{0,39}$", "riverside"
);
text_id!(
    /// One organisation of a partnership, hub or agency.
    MemberId, "a member",
    "1 to 40 of a-z, 0-9 and -, starting with a letter or digit",
    is_member, "^[a-z0-9][a-z0-9-]{0,39}$", "riverside-police"
);
text_id!(
    /// A person who works for a member, as their certificate names them.
    UserId, "a user",
    "1 to 40 of a-z, 0-9, - and ., starting with a letter or digit",
    is_user, "^[a-z0-9][a-z0-9.-]{0,39}$", "j.okafor"
);
text_id!(
    /// One matter at the hub, such as `MASH-2026-00417`. Holds no personal data.
    CaseId, "a case number",
    "3 to 40 of A-Z, 0-9 and -",
    is_case_number, "^[A-Z0-9-]{3,40}$", "MASH-2026-00417"
);
text_id!(
    /// A person of a case, by place and not by name: `s1`, `s2`.
    SubjectId, "a subject",
    "1 to 40 of a-z, 0-9 and _",
    is_word, "^[a-z0-9][a-z0-9_]{0,39}$", "s1"
);
text_id!(
    /// A kind of information an agency holds: `police.domestic_incident`.
    CategoryId, "a category",
    "two words of a-z, 0-9 and _ joined by a dot",
    is_category, "^[a-z0-9][a-z0-9_]{0,39}\\.[a-z0-9][a-z0-9_]{0,39}$", "police.domestic_incident"
);
text_id!(
    /// A part of a category: `police.domestic_incident.date`.
    FieldId, "a field",
    "three words of a-z, 0-9 and _ joined by dots",
    is_field, "^[a-z0-9][a-z0-9_]{0,39}\\.[a-z0-9][a-z0-9_]{0,39}\\.[a-z0-9][a-z0-9_]{0,39}$", "police.domestic_incident.date"
);
text_id!(
    /// One rule of an agency's policy: `S47-04`.
    RuleId, "a rule",
    "1 to 40 of A-Z, 0-9 and -",
    is_rule, "^[A-Z0-9-]{1,40}$", "S47-04"
);
text_id!(
    /// A coded word of the vocabulary: a purpose, role, outcome, withhold code or approver role.
    Code, "a code",
    "1 to 40 of a-z, 0-9 and _, starting with a letter or digit",
    is_word, "^[a-z0-9][a-z0-9_]{0,39}$", "s47_enquiry"
);

text_id!(
    /// A clause of the partnership's information-sharing agreement: `4.2`, `Annex-B.3`.
    ClauseId, "a clause",
    "1 to 20 of A-Z, a-z, 0-9, ., ( ) and -, starting with a letter or digit",
    is_clause, "^[A-Za-z0-9][A-Za-z0-9.()-]{0,19}$", "4.2"
);

impl CategoryId {
    /// The agency kind before the dot: `police`.
    pub fn agency_kind(&self) -> &str {
        self.0.split_once('.').map_or("", |(kind, _)| kind)
    }

    /// The field `name` of this category.
    ///
    /// # Errors
    ///
    /// When `name` is not one word of a-z, 0-9 and _.
    pub fn field(&self, name: &str) -> Result<FieldId, IdError> {
        FieldId::new(format!("{}.{name}", self.0))
    }
}

impl FieldId {
    /// The category before the last dot.
    pub fn category(&self) -> CategoryId {
        CategoryId(
            self.0
                .rsplit_once('.')
                .map_or(String::new(), |(category, _)| category.to_owned()),
        )
    }

    /// The word after the last dot: `date`.
    pub fn name(&self) -> &str {
        self.0.rsplit_once('.').map_or("", |(_, name)| name)
    }
}

/// 128 random bits that name one enquiry (or approval); also the idempotency key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct EnquiryId([u8; 16]);

impl EnquiryId {
    /// Takes 16 random bytes.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The 16 bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for EnquiryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for EnquiryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl FromStr for EnquiryId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let error = IdError {
            what: "an enquiry",
            shape: "32 lower-case hexadecimal digits",
        };
        let bytes = HEXLOWER
            .decode(text.as_bytes())
            .map_err(|_| error.clone())?;
        Ok(Self(bytes.try_into().map_err(|_| error)?))
    }
}

impl TryFrom<String> for EnquiryId {
    type Error = IdError;

    fn try_from(text: String) -> Result<Self, IdError> {
        text.parse()
    }
}

impl From<EnquiryId> for String {
    fn from(id: EnquiryId) -> Self {
        id.to_string()
    }
}

impl PartialSchema for EnquiryId {
    fn schema() -> RefOr<Schema> {
        schema::text(
            "128 random bits that name one enquiry, or one task, in lower-case hexadecimal.",
            "^[0-9a-f]{32}$",
            "5f0c2f7f8f7a4a1e9d0b3c6a7e214d58",
        )
    }
}

impl ToSchema for EnquiryId {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn field_knows_its_category_and_agency_kind() {
        let field = FieldId::new("police.domestic_incident.date").unwrap();

        assert_eq!(field.category().as_str(), "police.domestic_incident");
        assert_eq!(field.category().agency_kind(), "police");
        assert_eq!(field.name(), "date");
    }

    #[test]
    fn rejects_identifiers_that_could_carry_a_path_or_markup() {
        for text in ["", "../etc", "A b", "a/b", "<b>", "é", "a\u{0}"] {
            assert!(MemberId::new(text).is_err(), "{text:?}");
            assert!(CaseId::new(text).is_err(), "{text:?}");
            assert!(CategoryId::new(text).is_err(), "{text:?}");
        }
    }

    /// Texts near the edge of every shape.
    fn near() -> impl Strategy<Value = String> {
        let part = "[a-zA-Z0-9_.-]{0,42}";
        prop_oneof![
            "[A-Za-z0-9.()-]{0,22}",
            "[A-Z0-9-]{0,42}",
            "[a-z0-9_.-]{0,42}",
            (part, part).prop_map(|(one, two)| format!("{one}.{two}")),
            "[a-z0-9_]{1,41}\\.[a-z0-9_]{1,41}(\\.[a-z0-9_]{1,41})?",
            any::<String>(),
        ]
    }

    /// Does the published schema accept `text`?
    fn published<T: ToSchema>(text: &str) -> bool {
        let RefOr::T(Schema::Object(schema)) = T::schema() else {
            panic!("{} is not published as a text", T::name());
        };
        let pattern = regex::Regex::new(&schema.pattern.unwrap()).unwrap();
        pattern.is_match(text) && text.len() <= schema.max_length.unwrap()
    }

    proptest! {
        #[test]
        fn published_shapes_accept_exactly_what_the_constructors_accept(text in near()) {
            prop_assert_eq!(published::<MemberId>(&text), MemberId::new(&text).is_ok());
            prop_assert_eq!(published::<UserId>(&text), UserId::new(&text).is_ok());
            prop_assert_eq!(published::<CaseId>(&text), CaseId::new(&text).is_ok());
            prop_assert_eq!(published::<CategoryId>(&text), CategoryId::new(&text).is_ok());
            prop_assert_eq!(published::<FieldId>(&text), FieldId::new(&text).is_ok());
            prop_assert_eq!(published::<RuleId>(&text), RuleId::new(&text).is_ok());
            prop_assert_eq!(published::<Code>(&text), Code::new(&text).is_ok());
            prop_assert_eq!(published::<ClauseId>(&text), ClauseId::new(&text).is_ok());
            prop_assert_eq!(published::<EnquiryId>(&text), text.parse::<EnquiryId>().is_ok());
        }
    }

    #[test]
    fn published_shapes_accept_their_own_examples() {
        assert!(published::<FieldId>("police.domestic_incident.date"));
        assert!(published::<EnquiryId>("5f0c2f7f8f7a4a1e9d0b3c6a7e214d58"));
        assert!(!published::<FieldId>(
            &["a".repeat(40), "b".repeat(40), "c".repeat(40)].join(".")
        ));
    }

    #[test]
    fn error_never_repeats_the_text() {
        let error = CaseId::new("Mali Testwood").unwrap_err();

        assert!(!error.to_string().contains("Mali"));
    }
}
