//! Made-up numbers with valid check digits, in ranges that are never issued to anybody.

use super::random::Random;

/// The first number that only the story's people use; everybody else stays below it.
pub const CAST_FROM: u32 = 900_000;

/// The first NHS number at or after the `index`-th of the test range `999…`, and where it was.
///
/// Modulus 11 leaves one number in eleven without a check digit; those are skipped.
/// Returns the next free index too, so that no number is given twice.
pub fn nhs_number(index: u32) -> (String, u32) {
    let mut at = index;
    loop {
        let nine = format!("999{:06}", scatter(at));
        at = at.saturating_add(1);
        if let Some(check) = nhs_check_digit(&nine) {
            return (format!("{nine}{check}"), at);
        }
    }
}

/// Modulus-11 check digit of nine digits (NHS Data Model and Dictionary, *NHS Number*).
fn nhs_check_digit(nine: &str) -> Option<u32> {
    let sum: u32 = digits(nine)
        .zip((2..=10).rev())
        .map(|(digit, weight)| digit * weight)
        .sum();
    match 11 - sum % 11 {
        11 => Some(0),
        10 => None,
        check => Some(check),
    }
}

#[cfg(test)]
/// Is `text` ten digits whose last is the right check digit?
pub fn is_nhs_number(text: &str) -> bool {
    text.len() == 10
        && text.chars().all(|c| c.is_ascii_digit())
        && text.split_at_checked(9).is_some_and(|(nine, last)| {
            nhs_check_digit(nine).is_some_and(|check| check.to_string() == last)
        })
}

/// The `index`-th unique pupil number of the fictitious authority `000`.
pub fn upn(index: u32) -> String {
    const LETTERS: &str = "ABCDEFGHJKLMNPQRTUVWXYZ";
    let twelve = format!(
        "000{:04}{:05}",
        4_000 + index % 40,
        scatter(index) % 100_000
    );
    let sum: u32 = digits(&twelve)
        .zip(2..)
        .map(|(digit, weight)| digit * weight)
        .sum();
    let at = usize::try_from(sum % 23).unwrap_or(0);
    let check = LETTERS.chars().nth(at).unwrap_or('A');
    format!("{check}{twelve}")
}

/// A police national identity in the usual shape, from the year 1900, which never had any.
pub fn pnc_id(index: u32) -> String {
    const LETTERS: &str = "ZABCDEFGHJKLMNPQRTUVWXY";
    let at = usize::try_from(index % 23).unwrap_or(0);
    format!("1900/{index:07}{}", LETTERS.chars().nth(at).unwrap_or('Z'))
}

/// A mobile number of Ofcom's range for drama, outside the story's own last hundred.
pub fn mobile(random: &mut Random) -> String {
    format!("07700 900{:03}", random.below(900))
}

/// A landline number of Ofcom's range for drama without an area.
pub fn landline(random: &mut Random) -> String {
    format!("01632 960{:03}", random.below(900))
}

fn digits(text: &str) -> impl Iterator<Item = u32> + '_ {
    text.chars().filter_map(|c| c.to_digit(10))
}

/// A permutation of 0 to 999,999: 7,919 is prime and so shares no factor with the count.
fn scatter(index: u32) -> u64 {
    u64::from(index % 1_000_000) * 7_919 % 1_000_000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_the_published_example_and_rejects_its_neighbour() {
        assert!(is_nhs_number("9434765919"));
        assert!(!is_nhs_number("9434765918"));
        assert!(!is_nhs_number("943476591"));
        assert!(!is_nhs_number("94347659é"));
    }

    #[test]
    fn gives_no_number_twice() {
        let mut seen = std::collections::BTreeSet::new();
        let mut at = 0;

        for _ in 0..5_000 {
            let (number, next) = nhs_number(at);
            assert!(is_nhs_number(&number), "{number}");
            assert!(seen.insert(number));
            at = next;
        }
    }

    #[test]
    fn pupil_number_has_the_check_letter_of_the_weighted_sum() {
        for index in 0..500 {
            let upn = upn(index);
            let sum: u32 = digits(&upn)
                .zip(2..)
                .map(|(digit, weight)| digit * weight)
                .sum();
            let letter = "ABCDEFGHJKLMNPQRTUVWXYZ"
                .chars()
                .nth(usize::try_from(sum % 23).unwrap());
            assert_eq!(upn.chars().next(), letter);
            assert_eq!(upn.len(), 13);
        }
    }
}
