//! Events by agency on a line of time.

use askama::Template;
use askama::filters::HtmlSafe;
use stile_model::time::Date;

use super::{lines, units};
use crate::component::{Cell, Component, Details, Table};
use crate::words::Words;

/// Width of the picture in its own units.
const WIDTH: f64 = 782.0;
/// Where the lines of time begin and end.
const LEFT: f64 = 160.0;
const RIGHT: f64 = 772.0;
/// Height of the axis, and of a lane.
const TOP: f64 = 24.0;
const LANE: f64 = 40.0;
/// At most so many months, quarters or years are named on the axis.
const NAMED: i32 = 14;

/// What an event is; each has a shape of its own.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Mark {
    /// Worry, harm, an incident: a red diamond.
    Concern,
    /// Contact with a service: a blue circle.
    Contact,
    /// Something that did not take place: an empty square.
    Missed,
}

impl Mark {
    /// All of them, in the order of the key.
    pub const ALL: [Self; 3] = [Self::Contact, Self::Concern, Self::Missed];

    /// Key of its words.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Concern => "common-mark-concern",
            Self::Contact => "common-mark-contact",
            Self::Missed => "common-mark-missed",
        }
    }
}

/// One event of a lane.
#[derive(Clone, Debug)]
pub struct Event {
    /// The day, which places it.
    pub date: Date,
    /// The day, and the time where it is known, as the table says it.
    pub shown: String,
    /// What it is.
    pub mark: Mark,
    /// What happened, in the table.
    pub what: String,
}

/// The events of one agency.
#[derive(Clone, Debug)]
pub struct Lane {
    /// The agency.
    pub name: String,
    /// Its events, in any order.
    pub events: Vec<Event>,
}

/// Events by agency on a line of time, with a key and a table of the same.
#[derive(Clone, Debug, Template)]
#[template(path = "chart/lanes.html")]
pub struct Lanes {
    description: String,
    drawn: Vec<DrawnLane>,
    height: String,
    id: String,
    keys: Vec<(Mark, String)>,
    table: Details,
    ticks: Vec<Tick>,
    title: String,
}

#[derive(Clone, Debug)]
struct DrawnLane {
    marks: Vec<(Mark, f64)>,
    name: Vec<(f64, String)>,
    y: f64,
}

#[derive(Clone, Debug)]
struct Tick {
    label: String,
    x: f64,
}

impl Lanes {
    /// The events of `lanes`; `None` when there is not one, since an empty picture tells nothing.
    ///
    /// `id` begins the ids of the picture's parts. `title` names the picture, `description` says what
    /// there is to see in it.
    pub fn new(
        id: &str,
        title: impl Into<String>,
        description: impl Into<String>,
        lanes: &[Lane],
        words: &Words,
    ) -> Option<Self> {
        let dates = lanes
            .iter()
            .flat_map(|lane| &lane.events)
            .map(|event| event.date);
        let (first, last) = (dates.clone().min()?, dates.max()?);
        let scale = Scale::new(first, last);
        let title = title.into();
        let heights = std::iter::successors(Some(TOP + LANE * 0.65), |y| Some(y + LANE));
        let drawn: Vec<DrawnLane> = lanes
            .iter()
            .zip(heights)
            .map(|(lane, y)| draw(lane, y, &scale))
            .collect();
        let height = drawn.last().map_or(TOP, |lane| lane.y) + LANE * 0.7;
        Some(Self {
            description: description.into(),
            drawn,
            height: units(height),
            id: id.to_owned(),
            keys: keys(lanes, words),
            table: table(id, &title, lanes, words),
            ticks: scale.ticks(words),
            title,
        })
    }

    fn bottom(&self) -> String {
        units(self.drawn.last().map_or(TOP, |lane| lane.y) + LANE * 0.5)
    }
}

impl HtmlSafe for Lanes {}
impl Component for Lanes {}

fn draw(lane: &Lane, y: f64, scale: &Scale) -> DrawnLane {
    let name = lines(&lane.name, 20);
    let first = if name.len() > 1 { y - 3.5 } else { y + 4.5 };
    DrawnLane {
        marks: lane
            .events
            .iter()
            .map(|event| (event.mark, scale.x(event.date)))
            .collect(),
        name: [first, first + 16.0].into_iter().zip(name).collect(),
        y,
    }
}

/// Only shapes that are in the picture are explained.
fn keys(lanes: &[Lane], words: &Words) -> Vec<(Mark, String)> {
    let has = |mark| {
        let mut events = lanes.iter().flat_map(|lane| &lane.events);
        events.any(|event| event.mark == mark)
    };
    Mark::ALL
        .into_iter()
        .filter(|mark| has(*mark))
        .map(|mark| (mark, words.say(mark.key())))
        .collect()
}

/// The same events, the newest first.
fn table(id: &str, title: &str, lanes: &[Lane], words: &Words) -> Details {
    let mut all: Vec<(&Lane, &Event)> = lanes
        .iter()
        .flat_map(|lane| lane.events.iter().map(move |event| (lane, event)))
        .collect();
    all.sort_by_key(|(_, event)| std::cmp::Reverse(event.date));
    let rows = all.into_iter().map(|(lane, event)| {
        vec![
            Cell::new(&event.shown),
            Cell::new(&lane.name),
            Cell::new(words.say(event.mark.key())),
            Cell::new(&event.what),
        ]
    });
    let head = ["date", "agency", "kind", "what"]
        .map(|column| Cell::new(words.say(&format!("common-chart-{column}"))));
    let table = Table::new(title, head.into(), rows.collect()).scrolling();
    Details::new(words.say("common-chart-as-table"), table).id(&format!("{id}-table"))
}

/// Days to units of the picture.
struct Scale {
    /// The first day of the first month, and of the month after the last.
    from: Date,
    months: i32,
    days: f64,
}

impl Scale {
    fn new(first: Date, last: Date) -> Self {
        let from = first.first_of_month();
        let months = month_number(last) - month_number(from) + 1;
        let end = after(from, months);
        let days = from.until(end).map_or(1, |span| span.get_days());
        Self {
            from,
            months,
            days: f64::from(days.max(1)),
        }
    }

    fn x(&self, date: Date) -> f64 {
        let days = self.from.until(date).map_or(0, |span| span.get_days());
        LEFT + (RIGHT - LEFT) * f64::from(days) / self.days
    }

    /// Every month, quarter, year or more years, so that the names do not run into one another.
    fn ticks(&self, words: &Words) -> Vec<Tick> {
        let step = [1, 3, 6, 12, 24, 60, 120]
            .into_iter()
            .find(|step| self.months / step <= NAMED)
            .unwrap_or(240);
        let mut ticks = Vec::new();
        let mut month = 0;
        while month < self.months {
            let date = after(self.from, month);
            let named = step >= 12 || ticks.is_empty() || date.month() <= step_months(step);
            ticks.push(Tick {
                label: label(date, named, step >= 12, words),
                x: self.x(date),
            });
            month += step;
        }
        ticks
    }
}

/// A year is named at the first tick and at the first of each year.
fn step_months(step: i32) -> i8 {
    i8::try_from(step.min(12)).unwrap_or(12)
}

fn label(date: Date, with_year: bool, year_only: bool, words: &Words) -> String {
    let month = words.say(&format!("common-month-short-{}", date.month()));
    match (with_year, year_only) {
        (_, true) => format!("{month} {}", date.year()),
        (true, false) => format!("{month} {:02}", date.year().rem_euclid(100)),
        (false, false) => month,
    }
}

fn month_number(date: Date) -> i32 {
    i32::from(date.year()) * 12 + i32::from(date.month())
}

/// The first of the month `months` later; the last day there is, at the end of the calendar.
fn after(from: Date, months: i32) -> Date {
    let span = jiff::Span::new().try_months(months);
    span.and_then(|span| from.checked_add(span))
        .unwrap_or(Date::MAX)
}

#[cfg(test)]
mod tests;
