//! The calibration as a picture: what was said beside how often it was right.

use std::fmt::Write as _;

use super::tally::Tally;

const SIZE: f64 = 360.0;
const LEFT: f64 = 56.0;
const TOP: f64 = 34.0;
const LOW: f64 = 44.0;
const RIGHT: f64 = 20.0;

/// An SVG 1.1 picture that needs nothing else.
pub(super) fn svg(tally: &Tally) -> String {
    let (wide, high) = (LEFT + SIZE + RIGHT, TOP + SIZE + LOW);
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {wide} {high}\" \
         font-family=\"sans-serif\" font-size=\"11\">\n<title>Calibration of matching: {} \
         people</title>\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n\
         <text x=\"{LEFT}\" y=\"20\" font-weight=\"bold\">How often the best candidate was the right \
         one</text>\n",
        tally.people
    );
    for step in [0.0, 0.25, 0.5, 0.75, 1.0] {
        // Writing to a `String` cannot fail.
        let _ = writeln!(
            text,
            "<path d=\"M{:.1} {TOP}V{:.1}M{LEFT} {:.1}H{:.1}\" stroke=\"#ddd\"/>\
             <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{step}</text>\
             <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{step}</text>",
            x(step),
            TOP + SIZE,
            y(step),
            LEFT + SIZE,
            x(step),
            TOP + SIZE + 16.0,
            LEFT - 6.0,
            y(step) + 4.0
        );
    }
    let _ = writeln!(
        text,
        "<path d=\"M{:.1} {:.1}L{:.1} {:.1}\" stroke=\"#999\" stroke-dasharray=\"4 4\"/>\
         <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">probability said</text>",
        x(0.0),
        y(0.0),
        x(1.0),
        y(1.0),
        x(0.5),
        TOP + SIZE + 34.0
    );
    for band in &tally.calibration {
        let right = super::tally::real(band.split.right) / super::tally::real(band.split.all);
        let (low, high) = band.bounds;
        let _ = writeln!(
            text,
            "<path d=\"M{0:.1} {1:.1}V{2:.1}\" stroke=\"#1b5e8c\"/>\
             <circle cx=\"{0:.1}\" cy=\"{3:.1}\" r=\"4\" fill=\"#1b5e8c\"><title>{4} people: said \
             {5:.4}, right {6:.4}</title></circle>",
            x(band.said),
            y(low),
            y(high),
            y(right),
            band.split.all,
            band.said,
            right
        );
    }
    text.push_str("</svg>\n");
    text
}

fn x(share: f64) -> f64 {
    LEFT + share * SIZE
}

fn y(share: f64) -> f64 {
    TOP + (1.0 - share) * SIZE
}

#[cfg(test)]
mod tests {
    use super::super::tally::{Held, Said, Seen, Tally};
    use super::*;

    #[test]
    fn every_band_is_a_dot_inside_the_picture_and_an_empty_sample_has_none() {
        let seen = [0.02, 0.6, 0.999].map(|probability| Seen {
            held: Held::Fetched,
            outcome: Said::Possible,
            best_right: probability > 0.5,
            listed: true,
            probability: Some(probability),
            guard: None,
        });

        let text = svg(&Tally::of(&seen));

        assert_eq!(text.matches("<circle").count(), 3);
        for dot in text.split("<circle cx=\"").skip(1) {
            let x: f64 = dot.split('"').next().unwrap().parse().unwrap();
            assert!((LEFT..=LEFT + SIZE).contains(&x), "{x}");
        }
        let empty = svg(&Tally::of(&[]));
        assert!(!empty.contains("<circle") && !empty.contains("NaN"));
    }
}
