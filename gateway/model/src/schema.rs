//! Published schemas (JSON Schema 2020-12, as `OpenAPI` 3.1 uses it) of words that are texts.

use std::fmt::Write as _;

use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};

/// Longest word of any kind, in characters.
const LONGEST: usize = 100;

/// A text of one shape.
pub(crate) fn text(description: &str, pattern: &str, example: &str) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(description.trim()))
        .pattern(Some(pattern))
        .max_length(Some(LONGEST))
        .examples([example])
        .into()
}

/// One of a closed set of words, each with its meaning.
pub(crate) fn words(description: &str, words: &[(&str, &str)]) -> RefOr<Schema> {
    let mut text = format!("{}\n", description.trim());
    for (word, meaning) in words {
        let _ = write!(text, "\n* `{word}`: {}", meaning.trim());
    }
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(text))
        .enum_values(Some(words.iter().map(|(word, _)| *word)))
        .into()
}
