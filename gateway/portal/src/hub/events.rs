//! What agencies said, item by item, in words.

use jiff::civil::Date;
use stile_product::{Event, Precision, Product};

use super::part::{lines, with_small};
use super::shown::Shown;
use crate::chart::{Event as Mapped, Lane, Lanes, Mark};
use crate::component::{Content, Timeline, TimelineItem};

/// Items one after the other; none where there are none.
pub(crate) fn timeline<'a>(
    shown: &Shown<'_>,
    product: &Product,
    events: impl Iterator<Item = &'a Event>,
) -> Option<Timeline> {
    let items: Vec<_> = events.map(|event| item(shown, product, event)).collect();
    (!items.is_empty()).then(|| Timeline::new(3, items))
}

fn item(shown: &Shown<'_>, product: &Product, event: &Event) -> TimelineItem {
    let who = format!("{}, {}", event.agency_name, event.subject_name.reveal());
    let machine = event.when.clone().unwrap_or_default();
    TimelineItem::new(event.title.as_str(), who, when(shown, event), machine)
        .content(fields(shown, product, event))
        .source(source(shown, event))
}

/// Is the item a state that holds now, rather than something that happened?
pub(crate) fn is_current(shown: &Shown<'_>, event: &Event) -> bool {
    let category = shown.vocabulary().category(&event.category);
    category.is_some_and(|category| category.event.is_none())
}

/// When something happened, as finely as the agency said.
pub(crate) fn when(shown: &Shown<'_>, event: &Event) -> String {
    let text = event.when.as_deref().unwrap_or_default();
    match event.precision {
        Precision::Undated => shown.say("case-undated"),
        Precision::Year => text.to_owned(),
        Precision::Month => {
            let mut parts = text.split('-');
            let (year, month) = (parts.next(), parts.next());
            let month = month.and_then(|month| month.parse::<i8>().ok());
            match (year, month) {
                (Some(year), Some(month)) => {
                    format!("{} {year}", shown.say(&format!("time-month-{month}")))
                }
                _ => text.to_owned(),
            }
        }
        Precision::Day => text
            .parse::<Date>()
            .map_or_else(|_| text.to_owned(), |date| shown.words().day(date)),
    }
}

/// The fields, the date of the event apart, which stands at the head.
fn fields(shown: &Shown<'_>, product: &Product, event: &Event) -> Content {
    let category = shown.vocabulary().category(&event.category);
    let date = category.and_then(|category| category.event.as_deref());
    let fields = event.fields.iter();
    let fields = fields.filter(|field| Some(field.field.as_str()) != date);
    let mut fields = fields.peekable();
    if fields.peek().is_none() && product.waits_for_more(event) {
        return Content::from(shown.say("case-held-waiting"));
    }
    if event.fields.is_empty() {
        return Content::from(shown.say("case-held-bare"));
    }
    let said = fields.map(|field| {
        let said = format!("{}: {}", field.title, field.value.reveal());
        let how = field.rule.as_ref().map(|rule| {
            let rung = shown.coded("case-rung", field.rung.as_str());
            let arguments = [("rung", rung.into()), ("rule", rule.to_string().into())];
            Content::from(shown.words().with("case-shared-under", arguments))
        });
        with_small(said, how)
    });
    lines(said)
}

/// Where it comes from, how far to trust it, and what may be done with it.
fn source(shown: &Shown<'_>, event: &Event) -> String {
    let from = &event.provenance;
    let mut words = vec![
        from.system.clone(),
        from.author.clone(),
        shown.coded("case-nature", from.nature.as_str()),
        from.verification.clone(),
    ];
    let about = |key: &str, text: &str| shown.words().about(key, "what", text);
    words.extend(
        from.grading
            .iter()
            .map(|grading| about("case-graded", grading)),
    );
    words.extend(
        from.recorded
            .iter()
            .map(|date| about("case-recorded-on", date)),
    );
    words.extend(from.handling.iter().map(|mark| mark.words.clone()));
    words.push(about("case-reference", &from.reference));
    words.retain(|part| !part.is_empty());
    words.join(" · ")
}

/// The picture of a chronology, agency by agency, with a table of the same; none where no event has a
/// day of its own or a month that stands for it.
pub(crate) fn picture(shown: &Shown<'_>, product: &Product) -> Option<Content> {
    let mut lanes: Vec<Lane> = Vec::new();
    for event in product
        .chronology
        .iter()
        .filter(|event| !is_current(shown, event))
    {
        let Some(date) = placed(event) else {
            continue;
        };
        let one = Mapped {
            date,
            shown: when(shown, event),
            mark: mark(event),
            what: format!("{} ({})", event.title, event.subject_name.reveal()),
        };
        match lanes.iter_mut().find(|lane| lane.name == event.agency_name) {
            Some(lane) => lane.events.push(one),
            None => lanes.push(Lane {
                name: event.agency_name.clone(),
                events: vec![one],
            }),
        }
    }
    let number = lanes.iter().map(|lane| lane.events.len()).sum();
    let title = shown.say("case-chronology-picture");
    let description = shown
        .words()
        .count("case-chronology-picture-what", "number", number);
    let picture = Lanes::new("chronology", title, description, &lanes, shown.words());
    picture.map(Content::from)
}

/// The day that places an event: its own, or the first of its month or year.
fn placed(event: &Event) -> Option<Date> {
    let text = event.when.as_deref()?;
    let whole = match event.precision {
        Precision::Day => text.to_owned(),
        Precision::Month => format!("{text}-01"),
        Precision::Year => format!("{text}-01-01"),
        Precision::Undated => return None,
    };
    whole.parse().ok()
}

/// The shape of an event, by the name of its category alone: what it weighs is for people to judge.
fn mark(event: &Event) -> Mark {
    let name = event.category.as_str();
    let is = |parts: &[&str]| parts.iter().any(|part| name.contains(part));
    if is(&["missed_"]) {
        Mark::Missed
    } else if is(&[
        "allegation",
        "conviction",
        "disclosure",
        "domestic",
        "emergency",
        "exclusion",
        "incident",
        "missing",
        "safeguarding",
    ]) {
        Mark::Concern
    } else {
        Mark::Contact
    }
}
