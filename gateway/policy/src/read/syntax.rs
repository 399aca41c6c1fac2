//! Mistakes of the TOML itself, told to somebody who does not write TOML every day.

/// What the parser says, as the beginning of its message, and what the reader is told.
const TOLD: &[(&str, &str)] = &[
    (
        "invalid basic string",
        "the text is not closed, or holds a character that it cannot; end it with `\"` on the same line",
    ),
    (
        "invalid literal string",
        "the text is not closed; end it with `'` on the same line",
    ),
    (
        "key with no value",
        "`=` is missing; a line is `key = value`, a header such as [[rule]], or a comment that begins with `#`",
    ),
    (
        "unclosed array table",
        "the header is not closed; write [[rule]], with two brackets on each side",
    ),
    (
        "unexpected key or value",
        "something stands after the value; write one `key = value` on a line",
    ),
    ("missing comma", "a comma is missing here"),
    ("unclosed inline table", "the `{` of this line has no `}`"),
    ("unclosed array", "the `[` of this line has no `]`"),
    (
        "missing escaped value",
        "`\\` begins a special character; for the character itself write `\\\\`",
    ),
    (
        "unexpected leading zero",
        "a number does not begin with 0; a date is written 2027-03-31",
    ),
    (
        "invalid boolean",
        "write `true` or `false`, in small letters",
    ),
    (
        "invalid unquoted key",
        "a key is made of letters, digits, `-` and `_`; a line is `key = value`",
    ),
];

/// The message for a mistake at byte `at` of `text`, of which the parser says `message`.
pub(super) fn told(text: &str, at: usize, message: &str) -> String {
    let rest = text.get(at..).unwrap_or_default();
    let rest = rest.lines().next().unwrap_or_default().trim();
    if rest.starts_with(typographic) {
        return "this is a typographic quotation mark, as word processors make them; write plain ones: \"…\"".to_owned();
    }
    if message.starts_with("string values must be quoted") {
        return bare(rest);
    }
    if message.starts_with("duplicate key") {
        return twice(text, at, rest);
    }
    let known = TOLD.iter().find(|(said, _)| message.starts_with(said));
    known.map_or_else(
        || format!("this is not TOML: {message}"),
        |(_, told)| (*told).to_owned(),
    )
}

/// A value that is neither text in quotes nor anything else.
fn bare(rest: &str) -> String {
    let word = rest
        .split(|c: char| c.is_whitespace() || ",]}#".contains(c))
        .next()
        .unwrap_or_default();
    let shown: String = word.chars().take(60).collect();
    if word.is_empty() {
        "there is no value after `=`; write one, or remove the key".to_owned()
    } else if word.starts_with(|c: char| c.is_ascii_digit()) && word.contains(['/', '.', '-']) {
        format!("`{shown}` is no date; a date is written 2027-03-31, without quotes")
    } else if ["true", "false", "yes", "no"].contains(&word.to_ascii_lowercase().as_str()) {
        "write `true` or `false`, in small letters, or text in quotes".to_owned()
    } else {
        format!("`{shown}` must stand in quotes: \"{shown}\"")
    }
}

/// A key or a table that is written a second time.
fn twice(text: &str, at: usize, rest: &str) -> String {
    let word = rest
        .split(|c: char| c.is_whitespace() || "=].".contains(c))
        .next()
        .unwrap_or_default();
    let shown: String = word.chars().take(60).collect();
    if text.get(..at).unwrap_or_default().ends_with('[') {
        format!("`{shown}` is written in two ways; write every table of many as [[{shown}]]")
    } else {
        format!("`{shown}` is written twice; keep one")
    }
}

/// A quotation mark of a word processor.
fn typographic(c: char) -> bool {
    "“”„‟«»‘’‚‛".contains(c)
}
