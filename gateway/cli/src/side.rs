//! A subject and a candidate side by side, as text for the agency's own people.

use stile_exchange::agency::{AskedPerson, CandidateView, RowView};
use stile_model::subject::{Born, NameKind, Sex};

/// Characters of the column of what was asked.
const ASKED: usize = 34;

/// One candidate beside the subject, with what speaks for and against.
pub fn candidate(place: usize, asked: &AskedPerson, seen: &CandidateView) -> Vec<String> {
    let mut lines = vec![format!(
        "\ncandidate {place}: probability {:.3}, and at most 1 in {} strangers agrees as well",
        seen.probability,
        rounded(seen.coincidence)
    )];
    for row in &seen.rows {
        lines.extend(beside(asked, row));
    }
    for (part, level, bits) in &seen.waterfall {
        lines.push(format!("    {bits:>+7.2}  {part}: {level}"));
    }
    let sum: f64 = seen.waterfall.iter().map(|(_, _, bits)| bits).sum();
    lines.push(format!("    {sum:>+7.2}  in all, in bits"));
    if let Some(guard) = &seen.guard {
        lines.push(format!("    held back: {guard}"));
    }
    for (part, here, there) in &seen.differs {
        lines.push(format!(
            "    unlike the best other: {part} {here}, there {there}"
        ));
    }
    if !seen.settled_by.is_empty() {
        lines.push(format!(
            "    would settle it: {}",
            seen.settled_by.join("; ")
        ));
    }
    lines
}

/// What was asked beside what one row holds; a line that is empty on both sides is left out.
fn beside(asked: &AskedPerson, row: &RowView) -> Vec<String> {
    let protected = if row.protected { " (protected)" } else { "" };
    let mut lines = vec![pair("", "asked", &format!("{}{protected}", row.source))];
    let names = asked.names.iter().map(|name| {
        let kind = match name.kind {
            NameKind::Alias => "also known as",
            NameKind::Current => "name",
            NameKind::Former => "former name",
        };
        let text = format!("{} {}", name.forenames.reveal(), name.surname.reveal());
        (kind, text)
    });
    let mut held = vec![format!(
        "{} {}",
        row.forenames.reveal(),
        row.surname.reveal()
    )];
    held.extend(
        row.aliases
            .iter()
            .map(|alias| alias.reveal().replace('|', " ")),
    );
    lines.extend(zipped("name", names.collect(), held));
    lines.push(pair(
        "born",
        &asked.born.map_or_else(String::new, born),
        &row.born.map_or_else(String::new, |born| born.to_string()),
    ));
    let sex = asked.sex.map_or("", |sex| match sex {
        Sex::Female => "female",
        Sex::Male => "male",
    });
    let held = row.sex.as_ref().map_or("", |sex| sex.reveal());
    lines.push(pair("sex", sex, held));
    let addresses = asked.addresses.iter().map(|place| {
        let text = joined(place.line.reveal(), place.postcode.reveal());
        ("address", text)
    });
    let held = joined(row.address.reveal(), row.postcode.reveal());
    lines.extend(zipped("address", addresses.collect(), vec![held]));
    let phones = asked
        .phones
        .iter()
        .map(|phone| ("telephone", phone.reveal().clone()));
    let held = vec![row.phone.reveal().clone()];
    lines.extend(zipped("telephone", phones.collect(), held));
    lines.extend(numbers(asked, row));
    lines.retain(|line| !line.is_empty());
    lines
}

/// Identifiers, one line a scheme.
fn numbers(asked: &AskedPerson, row: &RowView) -> Vec<String> {
    let mut schemes: Vec<&str> = Vec::new();
    let ours = asked.identifiers.iter().map(|one| one.scheme.as_str());
    let theirs = row.identifiers.iter().map(|(scheme, _)| scheme.as_str());
    for scheme in ours.chain(theirs) {
        if !schemes.contains(&scheme) {
            schemes.push(scheme);
        }
    }
    let of = |scheme: &str| {
        let ours = asked.identifiers.iter();
        let ours = ours.filter(|one| one.scheme.as_str() == scheme);
        let theirs = row.identifiers.iter();
        let theirs = theirs.filter(|(other, _)| other.as_str() == scheme);
        let ours: Vec<_> = ours.map(|one| one.value.reveal().as_str()).collect();
        let theirs: Vec<_> = theirs.map(|(_, value)| value.reveal().as_str()).collect();
        pair(scheme, &ours.join(", "), &theirs.join(", "))
    };
    schemes.into_iter().map(of).collect()
}

fn born(born: Born) -> String {
    match born {
        Born::Approximate { date, years } => format!("about {date}, {years} years either way"),
        Born::Exact(date) => date.to_string(),
        Born::Expected(date) => format!("expected {date}"),
        Born::Month { year, month } => format!("{year}-{month:02}"),
        Born::Year(year) => year.to_string(),
    }
}

fn joined(line: &str, postcode: &str) -> String {
    let parts = [line.trim(), postcode.trim()];
    let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join(", ")
}

/// Several of ours beside several of theirs, as far as either goes.
fn zipped(word: &str, ours: Vec<(&str, String)>, theirs: Vec<String>) -> Vec<String> {
    let count = ours.len().max(theirs.len());
    let (mut ours, mut theirs) = (ours.into_iter(), theirs.into_iter());
    let line = |_| {
        let (kind, ours) = ours.next().unwrap_or((word, String::new()));
        pair(kind, &ours, &theirs.next().unwrap_or_default())
    };
    (0..count).map(line).collect()
}

fn pair(word: &str, ours: &str, theirs: &str) -> String {
    let (ours, theirs) = (plain(ours), plain(theirs));
    if ours.trim().is_empty() && theirs.trim().is_empty() {
        return String::new();
    }
    let line = format!("  {word:<15} {:<ASKED$} | {}", ours.trim(), theirs.trim());
    line.trim_end().to_owned()
}

/// Without what could begin a line of its own, move the cursor or turn the direction of writing:
/// what a hub or a source wrote must not look like a weight.
fn plain(text: &str) -> String {
    let is_plain = |sign: char| {
        let turns = matches!(sign, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        !turns && !sign.is_control()
    };
    text.chars()
        .map(|sign| if is_plain(sign) { sign } else { ' ' })
        .collect()
}

/// A large number to two digits: `1 in 5,300,000`.
pub fn rounded(number: f64) -> String {
    if number >= 1e15 {
        return "1,000,000,000,000,000".to_owned();
    }
    let step = 10_f64.powf((number.max(1.0).log10().floor() - 1.0).max(0.0));
    let text = format!("{:.0}", (number / step).floor() * step);
    let mut grouped = String::new();
    for (place, digit) in text.chars().enumerate() {
        if place > 0 && (text.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_large_numbers_to_two_digits_and_never_above_the_true_one() {
        for (number, text) in [
            (1.0, "1"),
            (42.9, "42"),
            (1_234.0, "1,200"),
            (5_399_999.0, "5,300,000"),
            (f64::INFINITY, "1,000,000,000,000,000"),
        ] {
            assert_eq!(rounded(number), text);
        }
    }

    #[test]
    fn what_was_asked_cannot_write_a_line_of_its_own() {
        for forged in [
            "Asha\n    +24.00  NHS number: same",
            "Asha\u{1b}[2J",
            "Asha\u{202e}",
            "A\r",
        ] {
            for line in [pair("name", forged, "x"), pair("name", "x", forged)] {
                assert!(
                    !line.contains(['\n', '\r', '\u{1b}', '\u{202e}']),
                    "{line:?}"
                );
                assert!(line.contains('A'), "{line:?}");
            }
        }
    }

    #[test]
    fn leaves_out_what_neither_side_has() {
        assert_eq!(pair("sex", " ", ""), "");
        assert!(pair("sex", "female", "").starts_with("  sex"));
        assert_eq!(zipped("telephone", Vec::new(), vec![String::new()]), [""]);
    }
}
