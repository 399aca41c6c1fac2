//! The bits of a candidate as a picture: one bar a part, from where the part before it ended.
//!
//! Positions are attributes of the drawing, which no content security policy forbids; direction tells
//! for and against without colour, and a table beside it says the same.

use askama::Template;
use askama::filters::HtmlSafe;

use super::evidence::signed;
use crate::component::Component;

/// One part's weight.
pub(super) struct Bar {
    pub(super) name: String,
    pub(super) level: String,
    pub(super) bits: f64,
}

/// The picture.
#[derive(Debug, Clone, Template)]
#[template(path = "agency/waterfall.html")]
pub(super) struct Waterfall {
    title: String,
    what: String,
    id: String,
    height: usize,
    zero: String,
    drawn: Vec<Drawn>,
}

impl HtmlSafe for Waterfall {}
impl Component for Waterfall {}

#[derive(Debug, Clone)]
struct Drawn {
    name: String,
    said: String,
    x: String,
    y: usize,
    width: String,
    text_y: usize,
    against: bool,
}

/// Left edge of the bars, their full width, and height of one row, in units of the drawing.
const LEFT: f64 = 250.0;
const WIDE: f64 = 300.0;
const ROW: usize = 28;

impl Waterfall {
    pub(super) fn new(title: String, what: String, id: String, bars: &[Bar]) -> Self {
        let ends = running(bars);
        let low = ends.iter().copied().fold(0.0, f64::min);
        let high = ends.iter().copied().fold(0.0, f64::max);
        let scale = WIDE / (high - low).max(1.0);
        let at = |bits: f64| LEFT + (bits - low) * scale;
        let mut from = 0.0;
        let drawn = bars.iter().zip(&ends).enumerate().map(|(row, (bar, to))| {
            let (start, end) = (at(f64::min(from, *to)), at(f64::max(from, *to)));
            from = *to;
            Drawn {
                name: bar.name.clone(),
                said: signed(bar.bits),
                x: format!("{start:.1}"),
                y: row * ROW + 4,
                width: format!("{:.1}", (end - start).max(1.0)),
                text_y: row * ROW + 18,
                against: bar.bits < 0.0,
            }
        });
        Self {
            title,
            what,
            id,
            height: bars.len() * ROW + 8,
            zero: format!("{:.1}", at(0.0)),
            drawn: drawn.collect(),
        }
    }
}

/// The sum after each bar.
fn running(bars: &[Bar]) -> Vec<f64> {
    let mut sum = 0.0;
    bars.iter()
        .map(|bar| {
            sum += bar.bits;
            sum
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(bits: f64) -> Bar {
        Bar {
            name: "surname".to_owned(),
            level: "identical".to_owned(),
            bits,
        }
    }

    fn drawn(all: &[f64]) -> Waterfall {
        let bars: Vec<_> = all.iter().map(|bits| bar(*bits)).collect();
        Waterfall::new("t".to_owned(), "w".to_owned(), "i".to_owned(), &bars)
    }

    #[test]
    fn each_bar_begins_where_the_one_before_ended() {
        let picture = drawn(&[8.0, -3.0, 5.0]);

        let edges: Vec<_> = picture
            .drawn
            .iter()
            .map(|one| (one.x.as_str(), one.width.as_str()))
            .collect();
        assert_eq!(
            edges,
            [("250.0", "240.0"), ("400.0", "90.0"), ("400.0", "150.0")]
        );
    }

    #[test]
    fn nothing_is_drawn_outside_whatever_the_bits() {
        for all in [&[][..], &[0.0], &[-40.0, 1.0], &[1e6, -1e6], &[0.001]] {
            for one in drawn(all).drawn {
                let (x, width): (f64, f64) = (one.x.parse().unwrap(), one.width.parse().unwrap());
                assert!(x >= LEFT - 0.1 && x + width <= LEFT + WIDE + 1.1, "{all:?}");
            }
        }
    }
}
