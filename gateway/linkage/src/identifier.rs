//! Numbers that authorities give to people, with their check digits.
//!
//! A passing check digit is not an identity: one in eleven random numbers passes, numbers get
//! merged, and siblings' numbers get swapped.

use stile_model::id::Code;
use stile_model::redact::Redacted;

/// Letters a UPN's check character is chosen from, by remainder.
const UPN_LETTERS: &str = "ABCDEFGHJKLMNPQRTUVWXYZ";

/// The ten digits of a valid NHS number, however spaced.
///
/// `None` for a failing check digit, ten equal digits, and any other length.
pub fn nhs_number(text: &str) -> Option<Redacted<String>> {
    let digits = solid(text);
    let values: Vec<u32> = digits
        .chars()
        .map(|c| c.to_digit(10))
        .collect::<Option<_>>()?;
    let (check, body) = values.split_last()?;
    if body.len() != 9 || body.iter().all(|digit| digit == check) {
        return None;
    }
    let sum: u32 = body
        .iter()
        .zip((2..=10).rev())
        .map(|(digit, weight)| digit * weight)
        .sum();
    ((11 - sum % 11) % 11 == *check).then_some(digits.into())
}

/// The thirteen characters of a valid unique pupil number, upper case.
///
/// A letter in the last place marks a temporary number. The local authority is not checked: lists
/// of authorities age.
pub fn upn(text: &str) -> Option<Redacted<String>> {
    let upper = solid(text);
    let mut chars = upper.chars();
    let check = chars.next()?;
    let rest: Vec<char> = chars.collect();
    if rest.len() != 12 || rest.iter().take(11).any(|c| !c.is_ascii_digit()) {
        return None;
    }
    let values: Vec<usize> = rest.iter().map(|c| upn_value(*c)).collect::<Option<_>>()?;
    let sum: usize = values
        .iter()
        .zip(2..)
        .map(|(value, weight)| value * weight)
        .sum();
    (UPN_LETTERS.chars().nth(sum % 23) == Some(check)).then_some(upper.into())
}

/// How far an identifier can be trusted to have been written down as issued.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Strength {
    /// It has check digits and they hold.
    Checked,
    /// It has none.
    Plain,
}

/// An identifier in comparable form; `None` when it is empty, a filler, or fails its check.
pub(crate) fn canonical(scheme: &Code, text: &str) -> Option<(Strength, String)> {
    match scheme.as_str() {
        "nhs_number" => nhs_number(text).map(|number| (Strength::Checked, number.into_inner())),
        "upn" => upn(text).map(|number| (Strength::Checked, number.into_inner())),
        _ => {
            let plain = solid(text);
            let mut chars = plain.chars();
            let first = chars.next();
            let filler = chars.all(|c| Some(c) == first);
            (plain.len() >= 4 && !filler).then_some((Strength::Plain, plain))
        }
    }
}

/// Spellings under which a source may hold the identifier, as far as equality can find them.
pub(crate) fn spellings(scheme: &Code, text: &str) -> Vec<String> {
    let Some((_, plain)) = canonical(scheme, text) else {
        return Vec::new();
    };
    let mut all = vec![
        text.trim().chars().take(64).collect(),
        plain.to_ascii_lowercase(),
    ];
    if let ("nhs_number", Some(a), Some(b), Some(c)) = (
        scheme.as_str(),
        plain.get(..3),
        plain.get(3..6),
        plain.get(6..),
    ) {
        all.push(format!("{a} {b} {c}"));
        all.push(format!("{a}-{b}-{c}"));
    }
    all.push(plain);
    all.sort();
    all.dedup();
    all
}

fn solid(text: &str) -> String {
    text.chars()
        .take(64)
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_uppercase())
        .collect()
}

fn upn_value(c: char) -> Option<usize> {
    match c.to_digit(10) {
        Some(digit) => usize::try_from(digit).ok(),
        None => UPN_LETTERS.chars().position(|letter| letter == c),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn accepts_numbers_whose_check_digits_hold() {
        assert!(nhs_number("943 476 5919").is_some());
        assert!(nhs_number("401-023-2137").is_some());
        assert!(upn("B801200005001").is_some());
        assert!(upn("b80120000500 1").is_some());
    }

    #[test]
    fn refuses_failing_check_digits_fillers_and_wrong_lengths() {
        for text in [
            "9434765918",
            "0000000000",
            "1111111111",
            "9999999999",
            "943476591",
            "94347659190",
            "",
            "abcdefghij",
        ] {
            assert!(nhs_number(text).is_none(), "{text}");
        }
        for text in [
            "A801200005001",
            "B801200005002",
            "B80120000500",
            "1801200005001",
            "BX01200005001",
            "",
        ] {
            assert!(upn(text).is_none(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn one_wrong_digit_is_always_caught(place in 0_usize..10, step in 1_u32..10) {
            let wrong: String = "9434765919".chars().enumerate().map(|(i, c)| match c.to_digit(10) {
                Some(digit) if i == place => char::from_digit((digit + step) % 10, 10).unwrap(),
                _ => c,
            }).collect();
            prop_assert!(nhs_number(&wrong).is_none());
        }

        #[test]
        fn reading_never_panics(text in "\\PC{0,80}") {
            let _ = (nhs_number(&text), upn(&text));
        }
    }
}
