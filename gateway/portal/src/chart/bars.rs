//! A few numbers side by side.

use askama::Template;
use askama::filters::HtmlSafe;

use super::{lines, units};
use crate::component::{Cell, Component, Content, Details, Table};
use crate::words::Words;

/// Where bars begin, and the longest ends.
const LEFT: f64 = 220.0;
const LONGEST: f64 = 440.0;
/// Height of one row.
const ROW: f64 = 36.0;

/// One number with its name.
#[derive(Clone, Debug)]
pub struct Bar {
    /// What is counted.
    pub name: String,
    /// The number as people read it: `12`, `1 to 4`, `2 hr 5 min`.
    pub shown: String,
    /// The length; `None` where the number is not told (too small), which draws no bar.
    pub value: Option<u64>,
}

/// A few numbers as bars, with a table of the same.
#[derive(Clone, Debug, Template)]
#[template(path = "chart/bars.html")]
pub struct Bars {
    description: String,
    drawn: Vec<DrawnBar>,
    height: String,
    id: String,
    table: Details,
    title: String,
}

#[derive(Clone, Debug)]
struct DrawnBar {
    name: Vec<(f64, String)>,
    shown: String,
    width: f64,
    y: f64,
}

impl Bars {
    /// The numbers in this order; `None` when there is not one. `head` names the table's columns.
    pub fn new(
        id: &str,
        title: impl Into<String>,
        description: impl Into<String>,
        head: [String; 2],
        bars: &[Bar],
        words: &Words,
    ) -> Option<Self> {
        let most = bars.iter().filter_map(|bar| bar.value).max().unwrap_or(0);
        let title = title.into();
        let tops = std::iter::successors(Some(8.0), |y| Some(y + ROW));
        let drawn: Vec<DrawnBar> = bars
            .iter()
            .zip(tops)
            .map(|(bar, y)| draw(bar, y, most))
            .collect();
        let last = drawn.last()?.y;
        Some(Self {
            description: description.into(),
            height: units(last + ROW),
            drawn,
            id: id.to_owned(),
            table: table(id, &title, head, bars, words),
            title,
        })
    }
}

impl HtmlSafe for Bars {}
impl Component for Bars {}

impl DrawnBar {
    fn text_x(&self) -> f64 {
        LEFT + self.width + 8.0
    }

    fn text_y(&self) -> f64 {
        self.y + 17.0
    }
}

fn draw(bar: &Bar, y: f64, most: u64) -> DrawnBar {
    let name = lines(&bar.name, 27);
    let first = if name.len() > 1 { y + 9.0 } else { y + 17.0 };
    DrawnBar {
        name: [first, first + 16.0].into_iter().zip(name).collect(),
        shown: bar.shown.clone(),
        width: LONGEST * share(bar.value.unwrap_or(0), most),
        y,
    }
}

/// `value` of `most`, from 0 to 1, to a thousandth.
fn share(value: u64, most: u64) -> f64 {
    let thousandths = u128::from(value) * 1000 / u128::from(most.max(1));
    u32::try_from(thousandths.min(1000)).map_or(1.0, f64::from) / 1000.0
}

fn table(id: &str, title: &str, head: [String; 2], bars: &[Bar], words: &Words) -> Details {
    let [name, number] = head;
    let head = vec![Cell::new(name), Cell::new(number).numeric()];
    let rows = bars
        .iter()
        .map(|bar| vec![Cell::new(&bar.name), Cell::new(&bar.shown).numeric()]);
    let table: Content = Table::new(title, head, rows.collect()).into();
    Details::new(words.say("common-chart-as-table"), table).id(&format!("{id}-table"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::{Catalogue, Language};

    fn drawn(values: &[Option<u64>]) -> Option<Bars> {
        let words = Catalogue::built_in().unwrap().words(Language::English);
        let bars: Vec<Bar> = values
            .iter()
            .map(|value| Bar {
                name: "Schools & nurseries".to_owned(),
                shown: value.map_or("1 to 4".to_owned(), |value| value.to_string()),
                value: *value,
            })
            .collect();
        let head = ["Who".to_owned(), "Cases".to_owned()];
        Bars::new("b", "Referrals", "Schools refer most", head, &bars, &words)
    }

    #[test]
    fn the_longest_bar_is_the_largest_number_and_none_is_longer() {
        let bars = drawn(&[Some(10), Some(40), Some(0)]).unwrap();

        let widths: Vec<f64> = bars.drawn.iter().map(|bar| bar.width).collect();
        assert_eq!(widths, [LONGEST / 4.0, LONGEST, 0.0]);
        assert!(drawn(&[Some(u64::MAX), Some(1)]).unwrap().drawn[0].width <= LONGEST);
    }

    #[test]
    fn a_suppressed_number_has_words_and_no_length() {
        let bars = drawn(&[None, Some(30)]).unwrap();

        assert!(bars.drawn[0].width.abs() < f64::EPSILON);
        let picture = bars.to_string();
        assert_eq!(picture.matches("1 to 4").count(), 2, "picture and table");
        assert!(picture.contains("Schools &#38; nurseries") && !picture.contains("style="));
    }

    #[test]
    fn nothing_but_noughts_is_drawn_without_bars_and_nothing_not_at_all() {
        assert!(drawn(&[Some(0)]).unwrap().drawn[0].width.abs() < f64::EPSILON);
        assert!(drawn(&[]).is_none());
    }
}
