//! What spreadsheets do to cells, undone where it can be proved and refused where not.

use stile_model::time::Date;

/// First characters that make a cell a formula.
const FORMULA: [char; 4] = ['=', '+', '-', '@'];
const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// The cell for `text`: with `'` in front where a spreadsheet would make something else of it.
pub(super) fn guard(text: &str) -> String {
    let begins = text.trim_start().starts_with(FORMULA) || text.starts_with('\'');
    if begins || failed(text) || turns(text) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

/// Would a spreadsheet take the text for a number, a day or a truth value, and write it otherwise?
fn turns(text: &str) -> bool {
    let text = text.trim();
    let lower = text.to_ascii_lowercase();
    let whole = text.len() <= 15 && text.chars().all(|c| c.is_ascii_digit());
    if text.is_empty() || (whole && (text == "0" || !text.starts_with('0'))) {
        return false;
    }
    let mostly_digits = text
        .chars()
        .all(|c| c.is_ascii_digit() || "-/.,:% eE".contains(c));
    let month = MONTHS.iter().any(|month| {
        let short = month.get(..3).unwrap_or(month);
        lower
            .split(|c: char| !c.is_ascii_alphabetic())
            .any(|word| word == short || word == *month || (word == "sept" && short == "sep"))
    });
    lower == "true"
        || lower == "false"
        || (mostly_digits && text.contains(|c: char| c.is_ascii_digit()))
        || (month && text.contains(|c: char| c.is_ascii_digit()) && text.len() <= 20)
}

/// Is it what a formula leaves when it fails?
fn failed(cell: &str) -> bool {
    let text = cell.trim();
    text.starts_with('#') && (text.ends_with(['!', '?']) || text.eq_ignore_ascii_case("#n/a"))
}

/// The text of a free cell.
///
/// # Errors
///
/// For a formula and for what a formula leaves when it fails.
pub(super) fn free(cell: &str) -> Result<String, String> {
    if let Some(text) = cell.strip_prefix('\'') {
        return Ok(text.to_owned());
    }
    let start = cell.trim_start();
    if start.starts_with(FORMULA) {
        return Err("a formula cannot stand here; write the text itself, with ' in front if it begins with =, +, - or @".to_owned());
    }
    if failed(cell) {
        return Err(format!(
            "`{}` is what a spreadsheet leaves when a formula fails; write the text itself",
            start.trim_end()
        ));
    }
    Ok(cell.to_owned())
}

/// The word or words of a cell, without what word processors add: blanks that do not break, marks
/// of no width, quotation marks around; words on lines of their own become a list.
///
/// # Errors
///
/// As for [`free`].
pub(super) fn words(cell: &str) -> Result<String, String> {
    let plain: String = cell
        .chars()
        .filter(|c| !"\u{200b}\u{200e}\u{200f}\u{2060}\u{feff}".contains(*c))
        .map(|c| match c {
            '\n' | '\r' => ',',
            c if c.is_whitespace() => ' ',
            c => c,
        })
        .collect();
    let plain = plain.trim();
    let plain = plain.strip_prefix('’').unwrap_or(plain);
    let text = free(plain)?;
    Ok(text
        .trim_matches(|c: char| c == ' ' || "\"“”„‘’".contains(c))
        .to_owned())
}

/// The words of a list.
pub(super) fn list(text: &str) -> Vec<String> {
    text.split([',', ';', '|'])
        .map(|word| word.trim_matches(|c: char| c == ' ' || "\"“”„‘’".contains(c)))
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Yes or no.
///
/// # Errors
///
/// For anything else.
pub(super) fn yes(text: &str) -> Result<bool, String> {
    match text.to_lowercase().as_str() {
        "yes" | "true" => Ok(true),
        "no" | "false" => Ok(false),
        _ => Err(format!("`{text}` must be `yes` or `no`, or nothing for no")),
    }
}

/// A day, where it can only be read one way.
///
/// # Errors
///
/// For a day that could be another, for a number that stands for one, and for what is none.
pub(super) fn day(text: &str) -> Result<Date, String> {
    let bare = text
        .strip_suffix(" 00:00:00")
        .or_else(|| text.strip_suffix("T00:00:00"))
        .or_else(|| text.strip_suffix(" 00:00"))
        .unwrap_or(text);
    let none = || {
        format!(
            "`{text}` is no date; write it as 2027-03-31, with ' in front so that the spreadsheet leaves it alone"
        )
    };
    if !bare.is_empty() && bare.chars().all(|c| c.is_ascii_digit()) {
        return Err(format!(
            "`{text}` is how a spreadsheet counts days; give the column the format \"text\" and write 2027-03-31"
        ));
    }
    let parts: Vec<&str> = bare
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|part| !part.is_empty())
        .collect();
    let [one, two, three] = parts.as_slice() else {
        return Err(none());
    };
    let number = |part: &str| {
        let short = part.len() <= 2 && part.chars().all(|c| c.is_ascii_digit());
        short.then(|| part.parse::<i8>().ok()).flatten()
    };
    let year = |part: &str| {
        let long = part.len() == 4 && part.chars().all(|c| c.is_ascii_digit());
        long.then(|| part.parse::<i16>().ok()).flatten()
    };
    let date = |year: i16, month: i8, day: i8| Date::new(year, month, day).map_err(|_| none());
    if let (Some(year), Some(month), Some(day)) = (year(one), number(two), number(three)) {
        return date(year, month, day);
    }
    let Some(year) = year(three) else {
        return Err(none());
    };
    match (number(one), number(two), month(one), month(two)) {
        (Some(day), None, None, Some(month)) | (None, Some(day), Some(month), None) => {
            date(year, month, day)
        }
        (Some(one), Some(two), ..) if one == two || two > 12 => date(year, one, two),
        (Some(one), Some(two), ..) if one > 12 => date(year, two, one),
        (Some(one), Some(two), ..) => Err(format!(
            "`{text}` could be {year}-{two:02}-{one:02} or {year}-{one:02}-{two:02}; write the one you mean in this form"
        )),
        _ => Err(none()),
    }
}

/// The month of an English name or its first three letters.
fn month(word: &str) -> Option<i8> {
    let word = word.to_ascii_lowercase();
    let place = MONTHS
        .iter()
        .position(|month| *month == word || month.get(..3) == Some(word.as_str()))?;
    i8::try_from(place + 1).ok()
}

/// A number that a spreadsheet may have shortened: `4.1` from `4.10`.
pub(super) fn shortened<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let value: f64 = decimal(word)?;
    known
        .filter(|other| *other != word)
        .find(|other| decimal(other).is_some_and(|other| other.to_bits() == value.to_bits()))
}

fn decimal(word: &str) -> Option<f64> {
    let plain = word.chars().all(|c| c.is_ascii_digit() || c == '.');
    plain.then(|| word.parse().ok()).flatten()
}
