//! What speaks for and against one candidate, in words, in a picture and in an equal table.

use stile_exchange::agency::CandidateView;

use super::waterfall::{Bar, Waterfall};
use crate::both::part::{Sheet, bullets, facts};
use crate::component::{Cell, Content, Table};
use crate::words::Words;

/// Adds everything about candidate `number`, from 1.
pub(super) fn add(sheet: &mut Sheet, words: &Words, number: usize, candidate: &CandidateView) {
    sheet.heading(words.count("matches-candidate", "number", number));
    let guard = candidate.guard.as_deref();
    sheet.add(facts(vec![
        (
            words.say("matches-probability"),
            Some(probability(words, candidate.probability).into()),
        ),
        (
            words.say("matches-coincidence"),
            Some(
                words
                    .about(
                        "matches-one-in",
                        "number",
                        &strangers(candidate.coincidence),
                    )
                    .into(),
            ),
        ),
        (
            words.say("matches-guard"),
            guard.map(|guard| coded(words, "matches-guard", guard).into()),
        ),
    ]));
    let bars: Vec<_> = candidate
        .waterfall
        .iter()
        .map(|(part, level, bits)| Bar {
            name: coded(words, "matches-evidence", part),
            level: coded(words, "matches-level", level),
            bits: *bits,
        })
        .collect();
    let title = words.count("matches-waterfall", "number", number);
    sheet.add(Waterfall::new(
        title.clone(),
        words.say("matches-waterfall-what"),
        format!("waterfall-{number}"),
        &bars,
    ));
    sheet.add(table(words, &title, &bars));
    if !candidate.differs.is_empty() {
        sheet.say(words.say("matches-differs"));
        sheet.add(bullets(candidate.differs.iter().map(
            |(part, here, there)| {
                words.with(
                    "matches-differs-line",
                    [
                        ("part", coded(words, "matches-evidence", part).into()),
                        ("here", coded(words, "matches-level", here).into()),
                        ("there", coded(words, "matches-level", there).into()),
                    ],
                )
            },
        )));
    }
    if !candidate.settled_by.is_empty() {
        sheet.say(words.say("matches-settled-by"));
        let by = candidate.settled_by.iter();
        sheet.add(bullets(by.map(|one| coded(words, "matches-settled", one))));
    }
}

/// Words of matching, which are plain English with spaces, in the page's language where it has them.
fn coded(words: &Words, prefix: &str, said: &str) -> String {
    let key: String = said
        .chars()
        .map(|letter| {
            if letter.is_ascii_alphanumeric() {
                letter.to_ascii_lowercase()
            } else {
                '-'
            }
        })
        .collect();
    let known = words.of_code(prefix, &key);
    known.unwrap_or_else(|| said.replace('_', " "))
}

fn table(words: &Words, title: &str, bars: &[Bar]) -> Content {
    let head = ["part", "level", "bits"];
    let head = head.map(|key| Cell::new(words.say(&format!("matches-bits-{key}"))));
    let mut rows: Vec<_> = bars
        .iter()
        .map(|bar| {
            vec![
                Cell::new(&bar.name),
                Cell::new(&bar.level),
                Cell::new(signed(bar.bits)).numeric(),
            ]
        })
        .collect();
    let sum: f64 = bars.iter().map(|bar| bar.bits).sum();
    rows.push(vec![
        Cell::new(words.say("matches-bits-sum")),
        Cell::new(""),
        Cell::new(signed(sum)).numeric(),
    ]);
    Table::new(title, head.into(), rows)
        .hidden_caption()
        .scrolling()
}

/// `+3.2`, `−1.0`.
pub(super) fn signed(bits: f64) -> String {
    let sign = if bits < 0.0 { '−' } else { '+' };
    format!("{sign}{:.1}", bits.abs())
}

/// A share as people say it; never "certain" where it is not.
fn probability(words: &Words, share: f64) -> String {
    let percent = share * 100.0;
    if percent >= 99.9 {
        words.say("matches-over-999")
    } else if percent < 0.1 {
        words.say("matches-under-1")
    } else {
        words.about("matches-in-100", "number", &format!("{percent:.1}"))
    }
}

/// A number with thousands apart; what is beyond a billion says no more than that.
fn strangers(coincidence: f64) -> String {
    let whole = format!("{:.0}", coincidence.clamp(1.0, 1e9));
    let digits: Vec<char> = whole.chars().collect();
    let mut said = String::new();
    for (place, digit) in digits.iter().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            said.push(',');
        }
        said.push(*digit);
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::{Catalogue, Language};

    #[test]
    fn numbers_of_strangers_have_their_thousands_apart() {
        assert_eq!(strangers(1.0), "1");
        assert_eq!(strangers(999.6), "1,000");
        assert_eq!(strangers(1_234_567.0), "1,234,567");
        assert_eq!(strangers(f64::INFINITY), "1,000,000,000");
    }

    #[test]
    fn a_share_is_never_rounded_to_certainty() {
        let words = Catalogue::built_in().unwrap().words(Language::English);

        assert!(!probability(&words, 0.999_99).contains("100.0"));
        assert!(!probability(&words, 0.000_01).contains("0.0"));
        assert!(probability(&words, 0.5).contains("50.0"));
    }
}
