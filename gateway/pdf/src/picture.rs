//! The chronology as a picture: one lane an agency, one mark an item, left to right by date.
//!
//! The picture repeats the table that follows it, and its alternative text says as much in words.

use jiff::civil::Date;
use serde::Serialize;
use stile_product::{Event, Language};

use crate::moment;
use crate::text::{Printer, Text};
use crate::words::Words;

/// Width of the picture in its own units.
const WIDTH: i64 = 1_000;
/// Shapes of marks, so that no lane is told apart by colour.
const SHAPES: usize = 4;

/// What the template draws.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Picture {
    /// The same in words.
    alt: String,
    /// First and last date, in words.
    from: String,
    to: String,
    lanes: Vec<Lane>,
}

/// One agency's lane.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Lane {
    name: Text,
    /// 0 to 3: circle, square, diamond, triangle.
    shape: usize,
    /// Places of its marks, 0 to 1,000, each once.
    marks: Vec<i64>,
}

/// The picture of the dated events; none where fewer than two days are dated.
pub(crate) fn picture(
    events: &[Event],
    language: Language,
    words: &Words,
    printer: Printer<'_>,
) -> Option<Picture> {
    let dated: Vec<(&str, Date)> = events
        .iter()
        .filter_map(|event| Some((event.agency_name.as_str(), start(event.when.as_deref()?)?)))
        .collect();
    let first = dated.iter().map(|(_, date)| *date).min()?;
    let last = dated.iter().map(|(_, date)| *date).max()?;
    let days = days_between(first, last);
    if days == 0 {
        return None;
    }
    let mut names: Vec<&str> = dated.iter().map(|(name, _)| *name).collect();
    names.sort_unstable();
    names.dedup();
    let marks = |name: &str| {
        let own = dated.iter().filter(|(whose, _)| *whose == name);
        let mut marks: Vec<i64> = own
            .map(|(_, date)| days_between(first, *date) * WIDTH / days)
            .collect();
        marks.sort_unstable();
        marks.dedup();
        marks
    };
    let lanes = names.iter().enumerate().map(|(place, name)| Lane {
        name: printer.said(name),
        shape: place % SHAPES,
        marks: marks(name),
    });
    let words_of = |date: Date| moment::as_finely(&date.to_string(), language);
    let counted: Vec<_> = names
        .iter()
        .map(|name| {
            let items = dated.iter().filter(|(whose, _)| whose == name).count();
            format!("{name}: {items}")
        })
        .collect();
    let alt = words
        .picture
        .replace("{items}", &dated.len().to_string())
        .replace("{from}", &words_of(first))
        .replace("{to}", &words_of(last));
    Some(Picture {
        alt: printer.plain(&format!("{alt} {}.", counted.join("; "))),
        from: words_of(first),
        to: words_of(last),
        lanes: lanes.collect(),
    })
}

/// The day at which an event stands: the start of its month or year where only that was shared.
fn start(when: &str) -> Option<Date> {
    let whole = match when.len() {
        4 => format!("{when}-01-01"),
        7 => format!("{when}-01"),
        _ => when.to_owned(),
    };
    whole.parse().ok()
}

fn days_between(from: Date, to: Date) -> i64 {
    from.until(to).map_or(0, |span| i64::from(span.get_days()))
}
