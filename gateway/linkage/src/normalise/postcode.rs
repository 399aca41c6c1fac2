//! UK postcodes.

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

/// Reads a UK postcode however spaced, repairing O for 0 and I for 1 where only one can stand.
///
/// `None` for anything else, and for the dummies `ZZ99 …` (no fixed abode, overseas) and `BF1 …`.
pub fn postcode(text: &str) -> Option<Postcode> {
    let solid: Vec<char> = text
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(8)
        .map(|c| c.to_ascii_uppercase())
        .collect();
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

fn inward(after: &[char]) -> Option<String> {
    let [digit, first, second] = *after else {
        return None;
    };
    let repaired = [as_digit(digit), as_letter(first), as_letter(second)];
    let [digit, first, second] = repaired;
    (digit.is_ascii_digit() && first.is_ascii_uppercase() && second.is_ascii_uppercase())
        .then(|| repaired.iter().collect())
}

fn outward(before: &[char]) -> Option<String> {
    let shaped = |chars: &[char]| -> bool {
        let shape: String = chars
            .iter()
            .map(|c| if c.is_ascii_digit() { '9' } else { 'A' })
            .collect();
        ["A9", "A99", "A9A", "AA9", "AA99", "AA9A"].contains(&shape.as_str())
    };
    let mut chars = before.to_vec();
    if let Some(first) = chars.first_mut() {
        *first = as_letter(*first);
    }
    // No district ends in O or I.
    if let Some(last) = chars.last_mut() {
        *last = as_digit(*last);
    }
    shaped(&chars).then(|| chars.into_iter().collect())
}

const fn as_digit(c: char) -> char {
    match c {
        'O' => '0',
        'I' => '1',
        _ => c,
    }
}

const fn as_letter(c: char) -> char {
    match c {
        '0' => 'O',
        '1' => 'I',
        _ => c,
    }
}
