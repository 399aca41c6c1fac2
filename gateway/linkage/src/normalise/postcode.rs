//! UK postcodes.

use any_ascii::any_ascii_char;

/// The forms a district can have: `A` a letter, `9` a digit.
const FORMS: &[&str] = &["A9", "A99", "A9A", "AA9", "AA99", "AA9A"];

/// A UK postcode in its usual spelling.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Postcode {
    outward: String,
    inward: String,
}

impl Postcode {
    /// `SW1A 1AA`.
    pub fn full(&self) -> String {
        format!("{} {}", self.outward, self.inward)
    }

    /// The part before the space, a district: `SW1A`.
    pub fn outward(&self) -> &str {
        &self.outward
    }

    /// District and first inward digit: `SW1A 1`.
    pub fn sector(&self) -> String {
        format!(
            "{} {}",
            self.outward,
            self.inward.get(..1).unwrap_or_default()
        )
    }
}

/// Reads a UK postcode however spaced, repairing O and 0, I and 1 where only one of them can stand.
///
/// `None` for anything else, for what could be repaired in two ways, and for the dummies `ZZ99 …`
/// (no fixed abode, overseas) and `BF1 …` (forces).
pub fn postcode(text: &str) -> Option<Postcode> {
    let solid = solid(text, 8);
    let cut = solid
        .len()
        .checked_sub(3)
        .filter(|cut| (2..=4).contains(cut))?;
    let (before, after) = solid.split_at_checked(cut)?;
    let inward = inward(after)?;
    let outward = outward(before)?;
    let dummy = outward == "ZZ99" || outward == "BF1";
    (!dummy).then_some(Postcode { outward, inward })
}

/// The first `most` letters and digits, upper case, of any script.
pub(crate) fn solid(text: &str, most: usize) -> Vec<char> {
    text.chars()
        .take(super::MAX_CHARS)
        .flat_map(|c| any_ascii_char(c).chars())
        .filter(char::is_ascii_alphanumeric)
        .take(most)
        .map(|c| c.to_ascii_uppercase())
        .collect()
}

fn inward(after: &[char]) -> Option<String> {
    let [digit, first, second] = *after else {
        return None;
    };
    let digit = as_digit(digit)?;
    // Neither O nor I is ever one of the two letters: a 0 or 1 there cannot be repaired.
    let letters = first.is_ascii_uppercase() && second.is_ascii_uppercase();
    letters.then(|| [digit, first, second].iter().collect())
}

/// The district, by the form that needs the fewest repairs; `None` where two forms need as few.
fn outward(before: &[char]) -> Option<String> {
    let mut best: Option<(usize, String)> = None;
    let mut tied = false;
    for form in FORMS.iter().filter(|form| form.len() == before.len()) {
        let Some(read) = shaped(before, form) else {
            continue;
        };
        let repairs = read.chars().zip(before).filter(|(a, b)| a != *b).count();
        match &best {
            Some((fewest, _)) if *fewest < repairs => {}
            Some((fewest, _)) if *fewest == repairs => tied = true,
            _ => {
                best = Some((repairs, read));
                tied = false;
            }
        }
    }
    best.filter(|_| !tied).map(|(_, read)| read)
}

/// `before` in one form, as far as it can have it. No district has an I as its second letter, an O
/// or I as its last, or a number that begins with 0 and goes on.
fn shaped(before: &[char], form: &str) -> Option<String> {
    let read: String = before
        .iter()
        .zip(form.chars().enumerate())
        .map(|(c, (at, kind))| match kind {
            '9' => as_digit(*c),
            _ => as_letter(*c).filter(|letter| match at {
                0 => true,
                1 => *letter != 'I',
                _ => !matches!(letter, 'I' | 'O'),
            }),
        })
        .collect::<Option<_>>()?;
    let numbered_from_zero = form.ends_with("99") && read.chars().rev().nth(1) == Some('0');
    (!numbered_from_zero).then_some(read)
}

fn as_digit(c: char) -> Option<char> {
    match c {
        'I' => Some('1'),
        'O' => Some('0'),
        _ => c.is_ascii_digit().then_some(c),
    }
}

fn as_letter(c: char) -> Option<char> {
    match c {
        '0' => Some('O'),
        '1' => Some('I'),
        _ => c.is_ascii_uppercase().then_some(c),
    }
}
