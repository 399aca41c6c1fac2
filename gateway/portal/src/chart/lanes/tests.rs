use jiff::civil::date;

use super::*;
use crate::words::{Catalogue, Language};

fn words(language: Language) -> Words {
    Catalogue::built_in().unwrap().words(language)
}

fn event(date: Date, mark: Mark) -> Event {
    Event {
        date,
        shown: date.to_string(),
        mark,
        what: format!("On {date} <i>"),
    }
}

fn two_lanes() -> Vec<Lane> {
    vec![
        Lane {
            name: "Police".to_owned(),
            events: vec![
                event(date(2026, 1, 15), Mark::Concern),
                event(date(2025, 4, 2), Mark::Contact),
            ],
        },
        Lane {
            name: "Health visiting and school nursing".to_owned(),
            events: vec![event(date(2025, 7, 31), Mark::Missed)],
        },
    ]
}

fn drawn(lanes: &[Lane]) -> Lanes {
    let words = words(Language::English);
    Lanes::new("ch", "Events <b>", "Two of a kind", lanes, &words).unwrap()
}

#[test]
fn the_picture_is_named_and_described_and_escaped() {
    let picture = drawn(&two_lanes()).to_string();

    assert!(picture.contains(r#"role="img" aria-labelledby="ch-title ch-desc""#));
    assert!(picture.contains("<title id=\"ch-title\">Events &#60;b&#62;</title>"));
    assert!(picture.contains("<desc id=\"ch-desc\">Two of a kind</desc>"));
    assert!(!picture.contains("<i>") && !picture.contains("style="));
}

#[test]
fn the_table_has_every_event_of_the_picture() {
    let picture = drawn(&two_lanes()).to_string();

    let (svg, table) = picture.split_once("<details").unwrap();
    assert_eq!(
        svg.matches("cx=").count() - 1,
        1,
        "one circle and one in the key"
    );
    for text in ["2026-01-15", "2025-04-02", "2025-07-31", "Police"] {
        assert!(table.contains(text), "{text}");
    }
    assert_eq!(table.matches("<tr").count(), 4);
    assert!(table.contains("Health visiting and school nursing"));
}

#[test]
fn events_lie_between_the_ends_in_order_of_their_days() {
    let picture = drawn(&two_lanes());

    let police: Vec<f64> = picture.drawn[0].marks.iter().map(|(_, x)| *x).collect();
    assert!(police[1] < police[0]);
    for (_, x) in picture.drawn.iter().flat_map(|lane| &lane.marks) {
        assert!((LEFT..=RIGHT).contains(x), "{x}");
    }
}

#[test]
fn there_is_no_picture_without_an_event() {
    let words = words(Language::English);
    let empty = vec![Lane {
        name: "Police".to_owned(),
        events: Vec::new(),
    }];

    assert!(Lanes::new("ch", "t", "d", &empty, &words).is_none());
    assert!(Lanes::new("ch", "t", "d", &[], &words).is_none());
}

#[test]
fn one_event_alone_is_drawn_in_its_month() {
    let lane = Lane {
        name: "Police".to_owned(),
        events: vec![event(date(2026, 2, 28), Mark::Contact)],
    };

    let picture = drawn(&[lane]);

    assert_eq!(picture.ticks.len(), 1);
    assert_eq!(picture.ticks[0].label, "Feb 26");
    let x = picture.drawn[0].marks[0].1;
    assert!(x > 700.0 && x <= RIGHT, "{x}");
}

#[test]
fn a_childhood_is_named_by_years_and_a_year_by_months() {
    let long = |from: Date, to: Date| Lane {
        name: "Police".to_owned(),
        events: vec![event(from, Mark::Contact), event(to, Mark::Contact)],
    };

    let childhood = drawn(&[long(date(2008, 3, 1), date(2026, 2, 1))]);
    let year = drawn(&[long(date(2025, 4, 2), date(2026, 3, 30))]);

    assert!(childhood.ticks.len() <= 15, "{}", childhood.ticks.len());
    assert!(
        childhood.ticks[1].label.len() == 8,
        "{}",
        childhood.ticks[1].label
    );
    let labels: Vec<&str> = year.ticks.iter().map(|tick| tick.label.as_str()).collect();
    assert_eq!(labels.len(), 12);
    assert_eq!(
        [labels[0], labels[1], labels[9]],
        ["Apr 25", "May", "Jan 26"]
    );
}

#[test]
fn the_ends_of_the_calendar_do_not_break_it() {
    let lane = Lane {
        name: "Police".to_owned(),
        events: vec![
            event(Date::MIN, Mark::Contact),
            event(Date::MAX, Mark::Contact),
        ],
    };

    for (_, x) in &drawn(&[lane]).drawn[0].marks {
        assert!(x.is_finite());
    }
}

#[test]
fn welsh_names_its_months() {
    let picture = Lanes::new("ch", "t", "d", &two_lanes(), &words(Language::Cymraeg)).unwrap();

    assert_eq!(picture.ticks[0].label, "Ebr 25");
}
