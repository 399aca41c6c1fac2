//! How long is left: words first, a bar that repeats them.

use askama::Template;
use askama::filters::HtmlSafe;

use fluent_bundle::FluentValue;
use stile_model::time::Timestamp;

use super::{Component, Content};
use crate::words::Words;

/// Width of the whole bar in its own units.
const BAR: i64 = 240;

/// How long is left until a deadline.
///
/// The script counts on from what is left here, so that a wrong clock on the desk does not matter;
/// without scripts the words are those of when the page was made.
#[derive(Clone, Debug, Template)]
#[template(path = "component/countdown.html")]
pub struct Countdown {
    gone: i64,
    hours: String,
    late: String,
    left_s: i64,
    minutes: String,
    said: Content,
    whole_s: i64,
    with_bar: bool,
}

impl Countdown {
    /// From `begun` to `due`, as it stands `now`.
    pub fn new(begun: Timestamp, due: Timestamp, now: Timestamp, words: &Words) -> Self {
        let whole_s = due.since_millis(begun).max(0) / 1000;
        let left_s = due.since_millis(now) / 1000;
        let gone = (whole_s - left_s).clamp(0, whole_s);
        Self {
            gone: (gone * BAR).checked_div(whole_s).unwrap_or(BAR),
            // The script puts the numbers in.
            hours: said(words, "common-left-hours", "{h}", "{m}"),
            late: words.about("common-left-late", "time", "{t}"),
            left_s,
            minutes: said(words, "common-left-minutes", "{h}", "{m}"),
            said: left(left_s, words).into(),
            whole_s,
            with_bar: true,
        }
    }

    /// Words alone: for tables.
    pub fn without_bar(mut self) -> Self {
        self.with_bar = false;
        self
    }

    fn is_late(&self) -> bool {
        self.left_s < 0
    }

    fn colour(&self) -> &'static str {
        if self.gone * 4 >= BAR * 3 {
            "#b10e1e"
        } else {
            "#12474c"
        }
    }
}

/// "1 hr 42 min", "12 min" or "20 min late"; part of a minute that is left does not count, part of a
/// minute that is over does.
fn left(left_s: i64, words: &Words) -> String {
    let minutes = if left_s < 0 {
        -left_s.div_euclid(60)
    } else {
        left_s / 60
    };
    let (hours, rest) = (minutes / 60, minutes % 60);
    let key = if hours > 0 {
        "common-left-hours"
    } else {
        "common-left-minutes"
    };
    let time = said(words, key, &hours.to_string(), &rest.to_string());
    if left_s < 0 {
        words.about("common-left-late", "time", &time)
    } else {
        time
    }
}

fn said(words: &Words, key: &str, hours: &str, minutes: &str) -> String {
    let arguments = [
        ("hours", FluentValue::from(hours)),
        ("minutes", FluentValue::from(minutes)),
    ];
    words.with(key, arguments)
}

impl HtmlSafe for Countdown {}
impl Component for Countdown {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::{Catalogue, Language};

    fn words() -> Words {
        Catalogue::built_in().unwrap().words(Language::English)
    }

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_millis(1_770_000_000_000).plus_s(minutes * 60)
    }

    #[test]
    fn says_hours_and_minutes_and_how_late() {
        assert_eq!(left(102 * 60, &words()), "1 hr 42 min");
        assert_eq!(left(59, &words()), "0 min");
        assert_eq!(left(12 * 60 + 30, &words()), "12 min");
        assert_eq!(left(-1, &words()), "1 min late");
        assert_eq!(left(-61 * 60, &words()), "1 hr 1 min late");
    }

    #[test]
    fn the_bar_never_leaves_its_box() {
        for (begun, due, now, gone) in [
            (0, 100, 0, 0),
            (0, 100, 50, 120),
            (0, 100, 200, 240),
            (0, 100, -50, 0),
            (0, 0, 0, 240),
        ] {
            let one = Countdown::new(at(begun), at(due), at(now), &words());

            assert_eq!(one.gone, gone, "{begun} {due} {now}");
        }
    }

    #[test]
    fn the_script_gets_the_words_with_places_for_numbers() {
        let drawn = Countdown::new(at(0), at(240), at(138), &words()).to_string();

        assert!(drawn.contains(r#"data-gw-left="6120""#), "{drawn}");
        assert!(
            drawn.contains(r#"data-gw-hours="{h} hr {m} min""#),
            "{drawn}"
        );
        assert!(drawn.contains("1 hr 42 min"));
        assert!(!drawn.contains("style="));
    }
}
