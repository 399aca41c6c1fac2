//! Figures about the work of the hub: how timely, how much, from whom. Small numbers are not shown.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use stile_exchange::hub::Hub;
use stile_exchange::hub::desk::{Cell as Counted, Figures, Period};

use super::check::Check;
use super::product::{Section, section};
use super::shown::Shown;
use crate::chart::{Bar, Bars};
use crate::component::{
    Button, ButtonLink, Cell, Choosable, Content, ErrorSummary, Field, Select, Table,
};
use crate::form::Asked;
use crate::trouble::{Paged, Trouble};
use crate::visit::Signed;

#[derive(Template)]
#[template(path = "hub/figures.html")]
struct FiguresPage {
    summary: Option<ErrorSummary>,
    heading: String,
    what: String,
    here: String,
    period: Select,
    show: Button,
    export: Option<ButtonLink>,
    sections: Vec<Section>,
}

/// The figures of a period: the newest, unless another is asked for.
pub(crate) async fn page(visit: Signed, State(hub): State<Arc<Hub>>, Asked(asked): Asked) -> Paged {
    let shown = Shown::new(&visit, &hub);
    let periods = hub.periods(&visit.person)?;
    let mut check = Check::new(shown, &asked);
    let period = chosen(&mut check, &periods);
    let figures = match period {
        Some(period) => Some(hub.figures(&visit.person, period).await?),
        None => None,
    };
    let faults = check.faults;
    let heading = shown.say("figures-title");
    let choices = periods.iter().map(|one| {
        let words = between(&shown, *one);
        Choosable::new(one.from().to_string(), words)
    });
    let field = Field::new("from", shown.say("figures-period")).error(faults.of("from"));
    let now = period.map_or_else(String::new, |one| one.from().to_string());
    let body = FiguresPage {
        summary: faults.summary(),
        what: shown.say("figures-what"),
        here: visit.to("/figures"),
        period: Select::new(field, choices.collect()).value(&now),
        show: Button::new(shown.say("figures-show")).secondary(),
        export: period.map(|one| {
            let to = visit.to(&format!("/figures/csv?from={}", one.from()));
            ButtonLink::new(shown.say("figures-export"), to).secondary()
        }),
        sections: figures.map_or_else(Vec::new, |one| sections(&shown, &one)),
        heading: heading.clone(),
    };
    visit.page(&faults.mark(&heading), &body)
}

/// The figures as comma-separated values, for whoever has shown a moment ago who they are.
pub(crate) async fn csv(visit: Signed, State(hub): State<Arc<Hub>>, Asked(asked): Asked) -> Paged {
    visit.must_be_fresh()?;
    let periods = hub.periods(&visit.person)?;
    let mut check = Check::new(Shown::new(&visit, &hub), &asked);
    let period = chosen(&mut check, &periods).ok_or(Trouble::NotTheForm)?;
    let text = hub.figures_csv(&visit.person, period).await?;
    let name = format!("figures-{}-{}.csv", period.from(), period.until());
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ),
    ];
    Ok((headers, text).into_response())
}

/// The period that was asked for, or the newest; none, and a fault, for any that is not offered.
fn chosen(check: &mut Check<'_>, periods: &[Period]) -> Option<Period> {
    let Some(asked) = check.fields.given("from") else {
        return periods.first().copied();
    };
    let mut all = periods.iter().copied();
    let found = all.find(|one| one.from().to_string() == asked);
    if found.is_none() {
        check.fault("from", "hub-fault-choose");
    }
    found
}

fn between(shown: &Shown<'_>, period: Period) -> String {
    let words = shown.words();
    words.with(
        "figures-between",
        [
            ("from", words.day(period.from()).into()),
            ("until", words.day(period.until()).into()),
        ],
    )
}

fn sections(shown: &Shown<'_>, figures: &Figures) -> Vec<Section> {
    let simple = |key: &str, rows: Vec<(String, Counted)>| one_column(shown, key, rows);
    let of_outcomes = figures.outcomes.iter();
    let of_referrers = figures.referrers.iter();
    let of_workers = figures.workers.iter();
    vec![
        simple(
            "figures-cases",
            vec![
                (shown.say("figures-received"), figures.received),
                (shown.say("figures-decided"), figures.decided),
                (shown.say("figures-undecided"), figures.undecided),
            ],
        ),
        timeliness(shown, figures),
        agencies(shown, figures),
        simple(
            "figures-workload",
            of_workers
                .map(|(user, count)| {
                    let who = match user {
                        Some(user) => shown.user(user),
                        None => shown.say("hub-queue-nobody"),
                    };
                    (who, *count)
                })
                .collect(),
        ),
        simple(
            "figures-referrers",
            of_referrers
                .map(|(kind, count)| {
                    let who = match kind {
                        Some(kind) => shown.coded("referral-referrer-kind", kind.as_str()),
                        None => shown.say("figures-not-said"),
                    };
                    (who, *count)
                })
                .collect(),
        ),
        simple(
            "figures-outcomes",
            of_outcomes
                .map(|(code, count)| (shown.outcome(code), *count))
                .collect(),
        ),
    ]
}

fn number(shown: &Shown<'_>, count: Counted) -> Cell {
    match count.count() {
        Some(count) => Cell::new(count.to_string()).numeric(),
        None => Cell::new(shown.say("figures-hidden")).numeric(),
    }
}

fn head(shown: &Shown<'_>, parts: &[&str]) -> Vec<Cell> {
    parts
        .iter()
        .map(|part| Cell::new(shown.say(&format!("figures-head-{part}"))))
        .collect()
}

fn part(shown: &Shown<'_>, key: &str, head: Vec<Cell>, rows: Vec<Vec<Cell>>) -> Section {
    let heading = shown.say(key);
    let table = Table::new(heading.as_str(), head, rows).hidden_caption();
    Section {
        id: key.to_owned(),
        body: table.scrolling(),
        heading,
        note: None,
    }
}

/// Names with a number and a bar each, and a table of the same.
fn one_column(shown: &Shown<'_>, key: &str, rows: Vec<(String, Counted)>) -> Section {
    let heading = shown.say(key);
    let bars = rows.into_iter().map(|(name, count)| Bar {
        name,
        shown: match count.count() {
            Some(count) => count.to_string(),
            None => shown.say("figures-hidden"),
        },
        value: count.count().map(u64::from),
    });
    let bars: Vec<_> = bars.collect();
    let head = ["what", "cases"].map(|part| shown.say(&format!("figures-head-{part}")));
    let about = shown.say("figures-bars");
    let drawn = Bars::new(key, heading.as_str(), about, head, &bars, shown.words());
    section(
        shown,
        key,
        None,
        drawn.map(Content::from),
        "figures-nothing",
    )
}

fn timeliness(shown: &Shown<'_>, figures: &Figures) -> Section {
    let rows = figures.priorities.iter().map(|one| {
        vec![
            Cell::new(shown.priority(one.priority)),
            number(shown, one.in_time),
            number(shown, one.late),
            number(shown, one.running),
            number(shown, one.overdue),
        ]
    });
    let head = head(
        shown,
        &["priority", "in-time", "late", "running", "overdue"],
    );
    part(shown, "figures-timeliness", head, rows.collect())
}

fn agencies(shown: &Shown<'_>, figures: &Figures) -> Section {
    let rows = figures.agencies.iter().map(|one| {
        let median = one.median_s.map(|seconds| shown.words().span(seconds));
        let percent = one.in_time_percent.map(|percent| format!("{percent} %"));
        vec![
            Cell::new(shown.member(&one.agency)),
            number(shown, one.asked),
            number(shown, one.in_time),
            number(shown, one.late),
            number(shown, one.waiting),
            Cell::new(median.unwrap_or_else(|| shown.say("figures-too-few"))),
            Cell::new(percent.unwrap_or_else(|| shown.say("figures-too-few"))),
        ]
    });
    let parts = [
        "agency", "asked", "in-time", "late", "waiting", "median", "percent",
    ];
    part(
        shown,
        "figures-agencies",
        head(shown, &parts),
        rows.collect(),
    )
}
