//! Numbers that authorities give to people, with their check digits.
//!
//! A passing check digit is not an identity: one in eleven random numbers passes, numbers get
//! merged, and siblings' numbers get swapped.

use stile_model::id::Code;
use stile_model::redact::Redacted;
use stile_model::subject::Sex;
use stile_model::time::Date;

use crate::normalise::postcode;

/// Most letters and digits of an identifier that are read.
const MAX_CHARS: usize = 64;

/// Letters a UPN's check character is chosen from, by remainder.
const UPN_LETTERS: &str = "ABCDEFGHJKLMNPQRTUVWXYZ";

/// The ten digits of a valid NHS number, however spaced.
///
/// Scotland's CHI and Northern Ireland's H&C numbers share the form. `None` for a failing check
/// digit, ten equal digits, any other length, and a CHI number whose first six digits are no date.
/// The test range 999… is valid, so that an installation can be rehearsed.
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
    if is_chi(&digits) && chi_days(&digits).is_none() {
        return None;
    }
    let sum: u32 = body
        .iter()
        .zip((2..=10).rev())
        .map(|(digit, weight)| digit * weight)
        .sum();
    ((11 - sum % 11) % 11 == *check).then_some(digits.into())
}

/// Does the number begin with a day of the month, as only Scotland's do?
fn is_chi(digits: &str) -> bool {
    digits
        .get(..2)
        .is_some_and(|day| ("01"..="31").contains(&day))
}

/// The dates of birth, one a century, that a CHI number can carry in its first six digits; `None`
/// for other numbers and for days that are in no calendar.
fn chi_days(digits: &str) -> Option<Vec<Date>> {
    let part = |at: usize| digits.get(at..at + 2)?.parse::<i8>().ok();
    let (day, month, year) = (part(0)?, part(2)?, part(4)?);
    let days: Vec<Date> = [1800_i16, 1900, 2000]
        .iter()
        .filter_map(|century| Date::new(century + i16::from(year), month, day).ok())
        .collect();
    (is_chi(digits) && !days.is_empty()).then_some(days)
}

/// Does a CHI number contradict the date of birth or the sex recorded beside it?
///
/// Its ninth digit is odd for males. Other numbers carry neither, and contradict nothing.
pub(crate) fn contradicts(number: &str, born: Option<Date>, sex: Option<Sex>) -> bool {
    let Some(days) = chi_days(number) else {
        return false;
    };
    let ninth = number.get(8..9).and_then(|digit| digit.parse::<u8>().ok());
    let other_sex = sex
        .zip(ninth)
        .is_some_and(|(sex, digit)| (digit % 2 == 1) != (sex == Sex::Male));
    other_sex || born.is_some_and(|born| !days.contains(&born))
}

/// Is it a number that carries a date of birth, and so may contradict the one recorded?
pub(crate) fn carries_birthday(number: &str) -> bool {
    chi_days(number).is_some()
}

/// The thirteen characters of a valid unique pupil number, upper case.
///
/// A letter in the last place marks a temporary number. The local authority is not checked: lists
/// of authorities age. `None` for a failing check character, any other length, and all zeros.
pub fn upn(text: &str) -> Option<Redacted<String>> {
    let upper = solid(text);
    let mut chars = upper.chars();
    let check = chars.next()?;
    let rest: Vec<char> = chars.collect();
    if rest.len() != 12 || rest.iter().take(11).any(|c| !c.is_ascii_digit()) {
        return None;
    }
    if rest.iter().all(|c| *c == '0') {
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
    /// Its check digits hold, but it carries another date of birth or sex than is recorded.
    Doubted,
    /// A pupil number given for the time being: another one is no contradiction.
    Temporary,
    /// It has none.
    Plain,
}

/// An identifier in comparable form; `None` when it is empty, a filler, or fails its check.
pub(crate) fn canonical(scheme: &Code, text: &str) -> Option<(Strength, String)> {
    match scheme.as_str() {
        "nhs_number" => nhs_number(text).map(|number| (Strength::Checked, number.into_inner())),
        "upn" => upn(text).map(|number| {
            let number = number.into_inner();
            if number.ends_with(|c: char| c.is_ascii_digit()) {
                (Strength::Checked, number)
            } else {
                (Strength::Temporary, number)
            }
        }),
        _ => {
            let plain = solid(text);
            (plain.len() >= 4 && !is_filler(&plain)).then_some((Strength::Plain, plain))
        }
    }
}

/// Words without a number (`UNKNOWN`), one digit over and over (`XX0000`), `12345678`.
fn is_filler(plain: &str) -> bool {
    let digits: Vec<u8> = plain.bytes().filter(u8::is_ascii_digit).collect();
    let counts = |up: u8| {
        digits.len() == plain.len()
            && digits.windows(2).all(|pair| match pair {
                [a, b] => (a - b'0' + up) % 10 == b - b'0',
                _ => false,
            })
    };
    let mut all = plain.bytes();
    let first = all.next();
    let same = all.all(|byte| Some(byte) == first);
    same || digits.iter().all(|digit| *digit == b'0') || counts(1)
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
    postcode::solid(text, MAX_CHARS).into_iter().collect()
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
            "4444444444",
        ] {
            assert!(nhs_number(text).is_none(), "{text}");
        }
        for text in [
            "A801200005001",
            "B801200005002",
            "B80120000500",
            "1801200005001",
            "BX01200005001",
            "A000000000000",
            "",
        ] {
            assert!(upn(text).is_none(), "{text}");
        }
    }

    /// The valid number that begins with these nine digits; `None` where the check would be 10.
    fn with_check(nine: &str) -> Option<String> {
        (0..10)
            .map(|check| format!("{nine}{check}"))
            .find(|number| {
                let sum: u32 = (2..=10)
                    .rev()
                    .zip(number.chars())
                    .map(|(weight, c)| weight * c.to_digit(10).unwrap())
                    .sum();
                (sum + number[9..].parse::<u32>().unwrap()).is_multiple_of(11)
            })
    }

    #[test]
    fn refuses_every_check_digit_where_it_would_be_ten() {
        let nine = (0..100).map(|end| format!("4000000{end:02}"));
        let without: Vec<String> = nine.filter(|nine| with_check(nine).is_none()).collect();

        assert!(!without.is_empty());
        for nine in without {
            assert!(
                (0..10).all(|check| nhs_number(&format!("{nine}{check}")).is_none()),
                "{nine}"
            );
        }
    }

    #[test]
    fn test_numbers_are_valid_so_that_an_installation_can_be_rehearsed() {
        assert!(nhs_number("999 000 0018").is_some());
    }

    #[test]
    fn a_scottish_number_begins_with_a_real_date() {
        let real = with_check("070309123")
            .or_else(|| with_check("070309133"))
            .unwrap();
        let unreal = with_check("310209123")
            .or_else(|| with_check("310209133"))
            .unwrap();

        assert!(nhs_number(&real).is_some());
        assert!(nhs_number(&unreal).is_none());
    }

    #[test]
    fn a_scottish_number_contradicts_another_birthday_and_another_sex() {
        let number = with_check("070309123")
            .or_else(|| with_check("070309143"))
            .unwrap();
        let female = number.as_bytes()[8].is_multiple_of(2);
        let (own, other) = if female {
            (Sex::Female, Sex::Male)
        } else {
            (Sex::Male, Sex::Female)
        };
        let day = |year, month, day| Some(Date::new(year, month, day).unwrap());

        assert!(!contradicts(&number, day(2009, 3, 7), Some(own)));
        assert!(!contradicts(&number, day(1909, 3, 7), None));
        assert!(!contradicts(&number, None, None));
        assert!(contradicts(&number, day(2009, 3, 8), Some(own)));
        assert!(contradicts(&number, day(2009, 3, 7), Some(other)));
    }

    #[test]
    fn an_english_number_contradicts_no_birthday() {
        let day = Date::new(1980, 5, 5).unwrap();

        assert!(!contradicts("9434765919", Some(day), Some(Sex::Male)));
        assert!(!contradicts("4010232137", Some(day), Some(Sex::Female)));
    }

    #[test]
    fn pupil_numbers_for_the_time_being_are_told_apart() {
        let scheme = Code::new("upn").unwrap();
        let temporary: String = "ABCDEFGHJKLMNPQRTUVWXYZ"
            .chars()
            .map(|check| format!("{check}80120000500A"))
            .find(|number| upn(number).is_some())
            .unwrap();

        assert!(canonical(&scheme, "B801200005001").unwrap().0 == Strength::Checked);
        assert!(canonical(&scheme, &temporary).unwrap().0 == Strength::Temporary);
    }

    #[test]
    fn fillers_in_a_local_scheme_are_missing() {
        let scheme = Code::new("local").unwrap();

        for text in [
            "UNKNOWN",
            "none",
            "0000",
            "XX000000",
            "123456",
            "1234567890",
            "N/A",
            "77777",
            "12",
        ] {
            assert!(canonical(&scheme, text).is_none(), "{text}");
        }
        for text in ["AB123456C", "QQ12 34 56 A", "2009-0317", "H4", "10203040"] {
            assert_eq!(canonical(&scheme, text).is_some(), text.len() > 2, "{text}");
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
