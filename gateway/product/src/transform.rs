//! Shows a value at a rung: never more than the rung allows, and lower rungs are made from higher
//! ones, so a lower rung never says what a higher one would not.

mod decimal;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fmt::Write as _;

use stile_model::code::{About, FieldKind, Rung};
use stile_model::subject::Value;
use stile_model::time::Date;
use stile_model::vocabulary::Field;

use crate::fold::is_invisible;
use crate::screen::{HitKind, Screen};
use crate::shown_text;
use decimal::Decimal;

/// What stands for a value at the rung `known`.
pub const HELD: &str = "held";
/// Longest value shown, in characters; a longer one is cut at a blank after screening.
pub const SHOWN_MAX_CHARS: usize = 8_000;

/// What may be said of one value.
#[derive(Clone, PartialEq, Eq)]
pub enum Minimised {
    /// Nothing is held, or the rung is `none`.
    Nothing,
    /// The words, and the rung actually reached: never above the one asked for.
    Shown(String, Rung),
    /// Something protected is in it that redaction cannot take out for certain: refer or withhold
    /// it as `screened_text`.
    Tripped,
}

impl std::fmt::Debug for Minimised {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Nothing => f.write_str("Nothing"),
            Self::Shown(_, rung) => write!(f, "Shown(‹redacted›, {rung})"),
            Self::Tripped => f.write_str("Tripped"),
        }
    }
}

/// Shows `value` of `field` at `rung`.
///
/// A value that does not fit the field's kind (text in a date) is shown as `held` at most.
pub fn show(field: &Field, rung: Rung, value: &Value, screen: &Screen) -> Minimised {
    show_titled(field, &field.title, rung, value, screen)
}

/// As [`show`], with the category's title as the coarse word of a text.
pub(crate) fn show_titled(
    field: &Field,
    title: &str,
    rung: Rung,
    value: &Value,
    screen: &Screen,
) -> Minimised {
    if rung == Rung::None {
        return Minimised::Nothing;
    }
    let Some(held) = Held::of(value) else {
        return Minimised::Nothing;
    };
    if rung == Rung::Known {
        return known();
    }
    let minimised = match field.kind {
        FieldKind::Code => code(field, rung, &held, screen),
        FieldKind::Date => date(rung, &held),
        FieldKind::Flag => flag(&held),
        FieldKind::Location => location(rung, &held, screen),
        FieldKind::Number => number(rung, &held, screen),
        FieldKind::Person => person(field, rung, &held, screen),
        FieldKind::Text => text(field, title, rung, &held, screen),
    };
    match minimised {
        Minimised::Shown(words, reached) => Minimised::Shown(cut(&words), reached.min(rung)),
        other => other,
    }
}

/// `date` at `rung`: `2026-02-24`, `2026-02`, `2026` or `held`; `None` at `none`.
pub(crate) fn show_date(date: Date, rung: Rung) -> Option<String> {
    Some(match rung {
        Rung::None => return None,
        Rung::Known => HELD.to_owned(),
        Rung::Headline => format!("{:04}", date.year()),
        Rung::Summary => format!("{:04}-{:02}", date.year(), date.month()),
        Rung::Detail => date.to_string(),
    })
}

/// A value with something in it.
enum Held {
    Date(Date),
    Flag(bool),
    Words(String),
}

impl Held {
    fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Date(date) => Some(Self::Date(*date)),
            Value::Flag(flag) => Some(Self::Flag(*flag)),
            Value::Null => None,
            Value::Number(words) | Value::Text(words) => {
                let words = cleaned(words.reveal());
                (!words.is_empty()).then_some(Self::Words(words))
            }
        }
    }
}

fn known() -> Minimised {
    Minimised::Shown(HELD.to_owned(), Rung::Known)
}

fn code(field: &Field, rung: Rung, held: &Held, screen: &Screen) -> Minimised {
    let Held::Words(code) = held else {
        return known();
    };
    // A code that names a protected place must not pass under any other word either.
    if !screen.is_clean(code) {
        return Minimised::Tripped;
    }
    if rung == Rung::Detail {
        return Minimised::Shown(code.clone(), rung);
    }
    group(field, code).map_or_else(known, |group| Minimised::Shown(group, Rung::Headline))
}

fn group(field: &Field, code: &str) -> Option<String> {
    let same = |held: &&String| held.trim().to_lowercase() == code.trim().to_lowercase();
    field
        .groups
        .iter()
        .find(|(held, _)| same(held))
        .map(|(_, group)| group.clone())
}

fn date(rung: Rung, held: &Held) -> Minimised {
    let date = match held {
        Held::Date(date) => Some(*date),
        Held::Flag(_) => None,
        // A driver that carries dates as text: only a plain ISO date is one.
        Held::Words(words) => words.parse().ok().filter(|_| words.len() == 10),
    };
    date.and_then(|date| show_date(date, rung))
        .map_or_else(known, |shown| Minimised::Shown(shown, rung))
}

fn flag(held: &Held) -> Minimised {
    let flag = match held {
        Held::Date(_) => None,
        Held::Flag(flag) => Some(*flag),
        Held::Words(words) => match words.to_lowercase().as_str() {
            "1" | "t" | "true" | "y" | "yes" => Some(true),
            "0" | "f" | "false" | "n" | "no" => Some(false),
            _ => None,
        },
    };
    flag.map_or_else(known, |flag| {
        Minimised::Shown(if flag { "yes" } else { "no" }.to_owned(), Rung::Headline)
    })
}

fn location(rung: Rung, held: &Held, screen: &Screen) -> Minimised {
    let Held::Words(place) = held else {
        return known();
    };
    // The postcode is the field's own content; whatever else is found does not belong here.
    if screen
        .kinds(place)
        .iter()
        .any(|kind| *kind != HitKind::Postcode)
    {
        return Minimised::Tripped;
    }
    match rung {
        Rung::Detail => Minimised::Shown(place.clone(), rung),
        Rung::Summary => outward(place).map_or_else(known, |area| Minimised::Shown(area, rung)),
        Rung::None | Rung::Known | Rung::Headline => known(),
    }
}

/// The first half of the one postcode in `place`; `None` where there is doubt which it is.
fn outward(place: &str) -> Option<String> {
    let words: Vec<String> = place
        .split_whitespace()
        .map(|word| word.trim_matches([',', '.', ';']).to_uppercase())
        .collect();
    let pairs = words.windows(2).filter_map(|pair| match pair {
        [area, inward] if is_outward(area) && is_inward(inward) => Some(area.clone()),
        _ => None,
    });
    let joined = words.iter().filter_map(|word| {
        let (area, inward) = word.split_at_checked(word.len().checked_sub(3)?)?;
        (is_outward(area) && is_inward(inward)).then(|| area.to_owned())
    });
    let areas: BTreeSet<String> = pairs.chain(joined).collect();
    areas.first().filter(|_| areas.len() == 1).cloned()
}

fn is_outward(text: &str) -> bool {
    let letters = text.bytes().take_while(u8::is_ascii_uppercase).count();
    let rest = text.get(letters..).unwrap_or_default().as_bytes();
    (1..=2).contains(&letters)
        && match rest {
            [digit] => digit.is_ascii_digit(),
            [digit, last] => digit.is_ascii_digit() && last.is_ascii_alphanumeric(),
            _ => false,
        }
}

fn is_inward(text: &str) -> bool {
    matches!(text.as_bytes(), [digit, one, two]
        if digit.is_ascii_digit() && one.is_ascii_uppercase() && two.is_ascii_uppercase())
}

fn number(rung: Rung, held: &Held, screen: &Screen) -> Minimised {
    let Held::Words(words) = held else {
        return known();
    };
    if !screen.is_clean(words) {
        return Minimised::Tripped;
    }
    let Some(exact) = Decimal::parse(words) else {
        return known();
    };
    match rung {
        Rung::Detail => Minimised::Shown(exact.to_string(), rung),
        Rung::Summary => Minimised::Shown(exact.rounded().to_string(), rung),
        Rung::None | Rung::Known | Rung::Headline => {
            Minimised::Shown(exact.rounded().band(), Rung::Headline)
        }
    }
}

fn person(field: &Field, rung: Rung, held: &Held, screen: &Screen) -> Minimised {
    let Held::Words(name) = held else {
        return known();
    };
    // A column of names that holds figures holds something else.
    let figures = name.chars().any(char::is_numeric);
    // The name is the field's own content, which policy has ruled on; a telephone is not.
    if screen
        .kinds(name)
        .iter()
        .any(|kind| *kind != HitKind::ThirdPartyName)
    {
        return Minimised::Tripped;
    }
    match rung {
        _ if figures => known(),
        Rung::Detail => Minimised::Shown(name.clone(), rung),
        Rung::Summary => initials(name).map_or_else(
            || Minimised::Shown(role_word(field.about).to_owned(), Rung::Headline),
            |initials| Minimised::Shown(initials, rung),
        ),
        Rung::None | Rung::Known | Rung::Headline => {
            Minimised::Shown(role_word(field.about).to_owned(), Rung::Headline)
        }
    }
}

/// `Carys Ann Testwood` as `C. A. T.`; at most four. `None` where there is no letter.
fn initials(name: &str) -> Option<String> {
    let words = name.split(|c: char| c.is_whitespace() || matches!(c, '-' | ',' | '/' | '.'));
    let mut initials = String::new();
    for first in words
        .filter_map(|word| word.chars().find(|c| c.is_alphabetic()))
        .take(4)
    {
        let blank = if initials.is_empty() { "" } else { " " };
        let letter = first.to_uppercase().next().unwrap_or(first);
        // Writing to a string cannot fail.
        let _ = write!(initials, "{blank}{letter}.");
    }
    (!initials.is_empty()).then_some(initials)
}

const fn role_word(about: About) -> &'static str {
    match about {
        About::Complainant => "the person who reported it",
        About::Professional => "a professional",
        About::Subject => "the subject",
        About::ThirdParty => "another person",
    }
}

fn text(field: &Field, title: &str, rung: Rung, held: &Held, screen: &Screen) -> Minimised {
    let Held::Words(text) = held else {
        return known();
    };
    // Even where only a coarse word is shown, a doubtful text is a person's to judge.
    if screen.trips_hard(text) {
        return Minimised::Tripped;
    }
    if rung < Rung::Summary {
        let word = group(field, text).unwrap_or_else(|| title.to_owned());
        return Minimised::Shown(word, Rung::Headline);
    }
    let redaction = screen.redact(text);
    // Whom to ring: a professional's telephone is the field's own content, as long as it is alone.
    let telephone = redaction.hits == [HitKind::Phone] && redaction.text == HitKind::Phone.marker();
    if telephone && rung == Rung::Detail && field.about == About::Professional {
        return Minimised::Shown(text.clone(), rung);
    }
    let redacted = redaction.text;
    if screen.trips_hard(&redacted) {
        return Minimised::Tripped;
    }
    if rung == Rung::Detail {
        return Minimised::Shown(redacted, rung);
    }
    let plain = shown_text::without_names_and_places(&redacted, screen);
    Minimised::Shown(screen.redact(&plain).text, rung)
}

/// `text` without control, invisible and direction-changing characters; line breaks stay.
pub(crate) fn cleaned(text: &str) -> String {
    // NFD text keeps its accents: combining marks are invisible to the screen, not to a reader.
    let mark = |c: char| matches!(c, '\u{0300}'..='\u{036f}');
    let kept = text.chars().filter(|c| mark(*c) || !is_invisible(*c));
    let plain: String = kept
        .map(|c| {
            if c.is_control() && c != '\n' || matches!(c, '\u{2028}' | '\u{2029}') {
                ' '
            } else {
                c
            }
        })
        .collect();
    plain.trim().to_owned()
}

/// At most [`SHOWN_MAX_CHARS`] characters, cut at a blank.
fn cut(words: &str) -> String {
    let Some((end, _)) = words.char_indices().nth(SHOWN_MAX_CHARS) else {
        return words.to_owned();
    };
    let kept = words.get(..end).unwrap_or_default();
    let kept = kept
        .rsplit_once(char::is_whitespace)
        .map_or(kept, |(kept, _)| kept);
    format!("{kept} [cut]")
}
