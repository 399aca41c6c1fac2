//! The comments of a TOML text, found by the lexer that the parser itself uses.

use toml_parser::Source;
use toml_parser::lexer::TokenKind;

/// A comment and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Comment {
    /// The byte of its `#`.
    pub at: usize,
    /// From its `#`, without blanks at the end.
    pub text: String,
    /// Something else stands before it on its line.
    pub beside: bool,
}

/// Every comment in the order of the text.
pub(super) fn comments(text: &str) -> Vec<Comment> {
    Source::new(text)
        .lex()
        .filter(|token| token.kind() == TokenKind::Comment)
        .map(|token| {
            let at = token.span().start();
            let written = text.get(at..token.span().end()).unwrap_or_default();
            Comment {
                at,
                text: written.trim_end().to_owned(),
                beside: !line_before(text, at).trim_matches(blank).is_empty(),
            }
        })
        .collect()
}

/// Is the line above the one of byte `at` blank?
pub(super) fn blank_above(text: &str, at: usize) -> bool {
    let before = text.get(..at).unwrap_or_default();
    let Some(end) = before.rfind('\n') else {
        return false;
    };
    let above = before.get(..end).unwrap_or_default();
    line_before(above, above.len())
        .trim_matches(blank)
        .is_empty()
}

/// What stands on the line of byte `at`, before it.
fn line_before(text: &str, at: usize) -> &str {
    let before = text.get(..at).unwrap_or_default();
    before.rsplit('\n').next().unwrap_or_default()
}

/// Blanks, and the mark some editors put at the start of a file.
fn blank(c: char) -> bool {
    c.is_whitespace() || c == '\u{feff}'
}
