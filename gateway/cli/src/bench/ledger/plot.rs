//! The table of growth as a picture: one small chart for each figure, both axes by powers of ten.

use std::fmt::Write as _;

use super::growth::Point;

const WIDE: f64 = 340.0;
const HIGH: f64 = 220.0;
const LEFT: f64 = 58.0;
const LOW: f64 = 36.0;
const TOP: f64 = 30.0;
const RIGHT: f64 = 16.0;

/// An SVG 1.1 picture.
pub(super) fn svg(points: &[Point]) -> String {
    let charts: [(&str, Vec<f64>); 4] = [
        (
            "verify, entries per s",
            points.iter().map(|at| at.verify).collect(),
        ),
        (
            "rebuild, records per s",
            points.iter().map(|at| at.rebuild).collect(),
        ),
        (
            "proof p50, ms",
            points
                .iter()
                .map(|at| at.proof.as_secs_f64() * 1e3)
                .collect(),
        ),
        (
            "find a case p50, ms",
            points
                .iter()
                .map(|at| at.find.as_secs_f64() * 1e3)
                .collect(),
        ),
    ];
    let sizes: Vec<f64> = points.iter().map(|at| f64::from(at.entries)).collect();
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {}\" font-family=\"sans-serif\" \
         font-size=\"11\">\n<title>How the ledger grows</title>\n<rect width=\"100%\" height=\"100%\" \
         fill=\"#fff\"/>\n",
        WIDE * 2.0,
        HIGH * 2.0
    );
    for ((nth, (name, values)), (x, y)) in charts.iter().enumerate().zip(PLACES) {
        let _ = writeln!(text, "<g id=\"c{nth}\" transform=\"translate({x} {y})\">");
        chart(&mut text, name, &sizes, values);
        text.push_str("</g>\n");
    }
    text.push_str("</svg>\n");
    text
}

const PLACES: [(f64, f64); 4] = [(0.0, 0.0), (WIDE, 0.0), (0.0, HIGH), (WIDE, HIGH)];

fn chart(text: &mut String, name: &str, sizes: &[f64], values: &[f64]) {
    let (x, y) = (Axis::over(sizes), Axis::over(values));
    let (across, down) = (WIDE - LEFT - RIGHT, HIGH - TOP - LOW);
    let _ = writeln!(
        text,
        "<text x=\"{LEFT}\" y=\"18\" font-weight=\"bold\">{name}</text>"
    );
    for power in x.powers() {
        let at = LEFT + x.place(power) * across;
        let _ = writeln!(
            text,
            "<path d=\"M{at:.1} {TOP}V{:.1}\" stroke=\"#ddd\"/><text x=\"{at:.1}\" y=\"{:.1}\" \
             text-anchor=\"middle\">1e{power:.0}</text>",
            TOP + down,
            HIGH - 18.0
        );
    }
    for power in y.powers() {
        let at = TOP + (1.0 - y.place(power)) * down;
        let _ = writeln!(
            text,
            "<path d=\"M{LEFT} {at:.1}H{:.1}\" stroke=\"#ddd\"/><text x=\"{:.1}\" y=\"{:.1}\" \
             text-anchor=\"end\">1e{power:.0}</text>",
            LEFT + across,
            LEFT - 6.0,
            at + 4.0
        );
    }
    let dots: Vec<(f64, f64)> = sizes
        .iter()
        .zip(values)
        .map(|(size, value)| {
            let across = LEFT + x.place(log(*size)) * across;
            (across, TOP + (1.0 - y.place(log(*value))) * down)
        })
        .collect();
    let mut line = String::new();
    for (x, y) in &dots {
        let _ = write!(line, "{x:.1},{y:.1} ");
    }
    let _ = writeln!(
        text,
        "<polyline points=\"{}\" fill=\"none\" stroke=\"#1b5e8c\" stroke-width=\"2\"/>",
        line.trim_end()
    );
    for (x, y) in dots {
        let _ = writeln!(
            text,
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" fill=\"#1b5e8c\"/>"
        );
    }
}

/// An axis by powers of ten that holds all values.
struct Axis {
    low: f64,
    high: f64,
}

impl Axis {
    fn over(values: &[f64]) -> Self {
        let logs = || values.iter().map(|value| log(*value));
        let low = logs().fold(f64::INFINITY, f64::min).floor();
        let high = logs().fold(f64::NEG_INFINITY, f64::max).ceil();
        if low.is_finite() && high > low {
            Self { low, high }
        } else if low.is_finite() {
            let high = low + 1.0;
            Self { low, high }
        } else {
            Self {
                low: 0.0,
                high: 1.0,
            }
        }
    }

    /// From 0 at the low end to 1 at the high end.
    fn place(&self, log: f64) -> f64 {
        (log - self.low) / (self.high - self.low)
    }

    fn powers(&self) -> impl Iterator<Item = f64> {
        let (low, high) = (self.low, self.high);
        (0_u8..20)
            .map(move |step| low + f64::from(step))
            .take_while(move |at| *at <= high)
    }
}

fn log(value: f64) -> f64 {
    value.max(1e-9).log10()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn point(entries: u32) -> Point {
        Point {
            entries,
            verify: 500_000.0,
            rebuild: 300_000.0,
            proof: Duration::from_micros(40),
            find: Duration::from_millis(2),
        }
    }

    #[test]
    fn every_size_is_a_dot_in_every_chart_and_lies_inside_it() {
        let text = svg(&[point(10_000), point(100_000), point(10_000_000)]);

        assert_eq!(text.matches("<circle").count(), 12);
        for dot in text.split("<circle cx=\"").skip(1) {
            let x: f64 = dot.split('"').next().unwrap().parse().unwrap();
            assert!((LEFT..=WIDE - RIGHT).contains(&x), "{x}");
        }
    }

    #[test]
    fn one_size_or_none_is_drawn_without_a_scale_of_nothing() {
        for points in [vec![], vec![point(10_000)]] {
            assert!(!svg(&points).contains("NaN"));
        }
    }
}
