//! One way of writing names, addresses, postcodes and telephone numbers, so that equal means equal.
//!
//! Every function is bounded: at most [`MAX_CHARS`] characters and [`MAX_TOKENS`] words of a name
//! are read, however long the input.

pub mod address;
pub mod name;
pub mod phone;
pub mod placeholder;
pub mod postcode;

/// Most characters of a name that are read.
pub const MAX_CHARS: usize = 64;
/// Most words of a name that are read.
pub const MAX_TOKENS: usize = 8;

/// Folds `text` to lower-case ASCII words of letters and digits, at most `chars` long in all.
///
/// Accents and scripts are transliterated, apostrophes vanish, everything else separates words.
pub(crate) fn words(text: &str, chars: usize) -> Vec<String> {
    let mut folded = String::new();
    for c in text.chars().take(chars) {
        for latin in any_ascii::any_ascii_char(c).chars() {
            match latin {
                'a'..='z' | '0'..='9' => folded.push(latin),
                'A'..='Z' => folded.push(latin.to_ascii_lowercase()),
                '\'' | '`' => {}
                _ => folded.push(' '),
            }
        }
        if folded.len() >= chars {
            break;
        }
    }
    folded.truncate(chars); // ASCII by construction, so any length is a boundary
    folded.split_ascii_whitespace().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests;
