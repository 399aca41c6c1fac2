//! Connections: certificates, members, agreements, sources, rules and store, for those who run the
//! gateway. Times and counts; never anybody's data.

use std::sync::Arc;

use axum::extract::FromRef;
use stile_exchange::connections::{Connections, DialledState, FilesState, Soundness, SourceState};
use stile_exchange::hub::DeliveryStanding;
use stile_model::time::Timestamp;

use super::part::{Sheet, coded, english, facts, lines};
use crate::component::{Cell, Content, Table, Tag, Tint};
use crate::doors::{Doors, Part, Who};
use crate::site::Site;
use crate::trouble::Paged;
use crate::visit::{Signed, Visit};
use crate::words::Words;

/// Who runs the gateway, and those who answer for what it does.
pub(crate) const WHO: Who = Who::OneOf(&[
    Part::Auditor,
    Part::IgLead,
    Part::InformationGovernance,
    Part::ItAdmin,
]);

/// The door of connections.
pub(crate) fn doors<S>() -> Doors<S>
where
    S: Clone + Send + Sync + 'static,
    Arc<Site>: FromRef<S>,
{
    Doors::default().get("/connections", WHO, page)
}

async fn page(visit: Signed) -> Paged {
    let state = visit.site.gateway.connections(&visit.person)?;
    let words = &visit.words;
    let mut sheet = Sheet::new(words.say("connections-title"));
    sheet.say(words.say("connections-what"));
    add_papers(&mut sheet, words, &state);
    add_agreements(&mut sheet, words, &state);
    add_dialled(&mut sheet, words, &state);
    if let Some(policy) = &state.policy {
        sheet.heading(words.say("connections-policy"));
        let standing = if policy.suspended {
            Tag::new(words.say("connections-suspended"), Tint::Red)
        } else {
            Tag::new(words.say("connections-in-force"), Tint::Green)
        };
        let until = policy.until.map_or_else(
            || words.say("connections-no-last-day"),
            |day| words.day(day),
        );
        sheet.add(facts(vec![
            (words.say("connections-state"), Some(standing.into())),
            (words.say("connections-until"), Some(until.into())),
            (
                words.say("connections-digest"),
                Some((&policy.digest).into()),
            ),
        ]));
        add_sources(&mut sheet, &visit, &state);
    }
    add_deliveries(&mut sheet, words, &state);
    add_store(&mut sheet, words, &state);
    sheet.page(&visit, None)
}

/// Days left, as word and colour; papers that ended are said to have.
fn until(words: &Words, now: Timestamp, end: Timestamp) -> Content {
    let days = end.since_millis(now) / 86_400_000;
    let moment = words.moment(end);
    if end <= now {
        let tag = Tag::new(words.say("connections-ended"), Tint::Red);
        return lines([Content::from(tag), moment.into()]);
    }
    let tint = match days {
        ..=6 => Tint::Red,
        7..=29 => Tint::Orange,
        30.. => Tint::Green,
    };
    let span = words.span(end.since_millis(now) / 1_000);
    let tag = Tag::new(words.about("parts-left", "span", &span), tint);
    lines([Content::from(tag), moment.into()])
}

/// As [`until`] for a list that is renewed every few days.
fn list_until(words: &Words, now: Timestamp, end: Timestamp) -> Content {
    let left_s = end.since_millis(now) / 1_000;
    let tint = match left_s {
        ..=86_400 => Tint::Red,
        86_401..=172_800 => Tint::Orange,
        _ => Tint::Green,
    };
    let tag = if left_s <= 0 {
        Tag::new(words.say("connections-ended"), Tint::Red)
    } else {
        Tag::new(words.about("parts-left", "span", &words.span(left_s)), tint)
    };
    lines([Content::from(tag), words.moment(end).into()])
}

fn add_papers(sheet: &mut Sheet, words: &Words, state: &Connections) {
    let Connections {
        now,
        certificate,
        revocations,
        directory,
        ..
    } = state;
    let age = words.span(now.since_millis(revocations.issued) / 1_000);
    sheet.heading(words.say("connections-certificate"));
    sheet.add(facts(vec![
        (
            words.say("connections-holder"),
            Some((&certificate.holder).into()),
        ),
        (
            words.say("connections-serial"),
            Some((&certificate.serial).into()),
        ),
        (
            words.say("connections-until"),
            Some(until(words, *now, certificate.until)),
        ),
    ]));
    sheet.heading(words.say("connections-revocations"));
    sheet.add(facts(vec![
        (words.say("connections-age"), Some(age.into())),
        (
            words.say("connections-until"),
            Some(list_until(words, *now, revocations.expires)),
        ),
        (
            words.say("connections-revoked"),
            Some(revocations.revoked.to_string().into()),
        ),
    ]));
    sheet.heading(words.say("connections-directory"));
    sheet.add(facts(vec![
        (
            words.say("connections-version"),
            Some(directory.version.to_string().into()),
        ),
        (
            words.say("connections-members"),
            Some(directory.members.to_string().into()),
        ),
        (
            words.say("connections-until"),
            Some(until(words, *now, directory.valid_until)),
        ),
    ]));
}

fn add_agreements(sheet: &mut Sheet, words: &Words, state: &Connections) {
    sheet.heading(words.say("connections-agreements"));
    if state.agreements.is_empty() {
        sheet.say(words.say("connections-no-agreements"));
        return;
    }
    let today = state.now.date();
    let rows = state.agreements.iter().map(|one| {
        let (word, tint) = if today < one.from {
            ("connections-not-yet", Tint::Grey)
        } else if today > one.until {
            ("connections-ended", Tint::Red)
        } else {
            ("connections-in-force", Tint::Green)
        };
        vec![
            Cell::new(one.with.as_str()),
            Cell::new(one.reference.as_str()),
            Cell::new(words.day(one.from)),
            Cell::new(words.day(one.until)),
            Cell::new(one.purposes.to_string()).numeric(),
            Cell::new(Tag::new(words.say(word), tint)),
        ]
    });
    let head = ["with", "reference", "from", "to", "purposes", "state"];
    let head = head.map(|key| Cell::new(words.say(&format!("connections-head-{key}"))));
    let caption = words.say("connections-agreements");
    let table = Table::new(caption, head.into(), rows.collect());
    sheet.add(table.hidden_caption().scrolling());
}

/// Who is dialled, or dials; nothing where nobody does.
fn add_dialled(sheet: &mut Sheet, words: &Words, state: &Connections) {
    if state.dialled.is_empty() {
        return;
    }
    sheet.heading(words.say("connections-dialled"));
    let head = ["with", "state", "open", "since"];
    let head = head.map(|key| Cell::new(words.say(&format!("connections-head-{key}"))));
    let rows = state.dialled.iter().map(|one| dialled(words, one));
    let caption = words.say("connections-dialled");
    let table = Table::new(caption, head.into(), rows.collect());
    sheet.add(table.hidden_caption().scrolling());
}

fn dialled(words: &Words, one: &DialledState) -> Vec<Cell> {
    let (word, tint) = match (one.open, one.wanted) {
        (0, _) => ("connections-dialled-none", Tint::Red),
        (open, Some(wanted)) if open < wanted => ("connections-dialled-few", Tint::Orange),
        _ => ("connections-dialled-open", Tint::Green),
    };
    let mut standing = vec![Content::from(Tag::new(words.say(word), tint))];
    let fault = one.fault.iter();
    standing.extend(fault.map(|code| coded(words, "connections-dial-fault", code).into()));
    vec![
        Cell::new(one.with.as_str()),
        Cell::new(lines(standing)),
        Cell::new(one.open.to_string()).numeric(),
        Cell::new(
            one.since
                .map_or_else(String::new, |since| words.moment(since)),
        ),
    ]
}

fn add_sources(sheet: &mut Sheet, visit: &Visit, state: &Connections) {
    let words = &visit.words;
    sheet.heading(words.say("connections-sources"));
    if state.sources.is_empty() {
        sheet.say(words.say("connections-no-sources"));
        return;
    }
    let head = ["system", "state", "categories", "people", "files"];
    let head = head.map(|key| Cell::new(words.say(&format!("connections-head-{key}"))));
    let rows = state.sources.iter();
    let rows = rows.map(|one| source(visit, state.now, one));
    let caption = words.say("connections-sources");
    let table = Table::new(caption, head.into(), rows.collect());
    sheet.add(table.hidden_caption().scrolling());
}

fn source(visit: &Visit, now: Timestamp, one: &SourceState) -> Vec<Cell> {
    let words = &visit.words;
    let standing = if one.resting {
        Tag::new(words.say("connections-resting"), Tint::Red)
    } else {
        Tag::new(words.say("connections-answers"), Tint::Green)
    };
    let titles = one.categories.iter().map(|id| {
        let known = visit.site.gateway.vocabulary().category(id);
        known.map_or_else(|| id.to_string(), |known| known.title.clone())
    });
    let people = match &one.held {
        Some(held) => {
            let age = words.span(now.since_millis(held.read) / 1_000);
            let number = held.people.to_string();
            lines([
                words.about("connections-held", "number", &number),
                words.about("connections-read", "span", &age),
            ])
        }
        None => words.say("connections-looked-up").into(),
    };
    vec![
        Cell::new(lines([one.system.clone(), one.name.clone()])),
        Cell::new(standing),
        Cell::new(lines(titles)),
        Cell::new(people),
        Cell::new(files(words, one.files.as_ref())),
    ]
}

/// How old the files of a copy are, in words before the colour; too old, nothing is answered from them.
fn files(words: &Words, state: Option<&FilesState>) -> Content {
    let Some(state) = state else {
        return words.say("connections-files-none").into();
    };
    let hours = |number: i64| words.span(number.saturating_mul(3_600));
    let age = words.span(i64::try_from(state.age_s).unwrap_or(i64::MAX));
    let standing = if state.too_old() {
        Tag::new(words.say("connections-files-too-old"), Tint::Red)
    } else if state.problem.is_some() {
        Tag::new(words.say("connections-files-refused"), Tint::Orange)
    } else {
        Tag::new(words.say("connections-files-in-force"), Tint::Green)
    };
    let most = hours(i64::from(state.age_max_h));
    let mut all = vec![
        Content::from(standing),
        words.about("connections-files-age", "span", &age).into(),
        words.about("connections-files-most", "span", &most).into(),
    ];
    all.extend(state.problem.as_deref().map(|why| english(words, why)));
    lines(all)
}

/// Where copies go, and what did not arrive; nothing where none is configured.
fn add_deliveries(sheet: &mut Sheet, words: &Words, state: &Connections) {
    if state.deliveries.is_empty() {
        return;
    }
    sheet.heading(words.say("connections-deliveries"));
    let head = ["system", "state", "waiting", "given-up", "key"];
    let head = head.map(|key| Cell::new(words.say(&format!("connections-head-{key}"))));
    let rows = state.deliveries.iter().map(|one| delivery(words, one));
    let caption = words.say("connections-deliveries");
    let table = Table::new(caption, head.into(), rows.collect());
    sheet.add(table.hidden_caption().scrolling());
}

fn delivery(words: &Words, one: &DeliveryStanding) -> Vec<Cell> {
    let (word, tint) = match (one.given_up, &one.fault) {
        (0, None) => ("connections-delivers", Tint::Green),
        (0, Some(_)) => ("connections-delivery-fails", Tint::Orange),
        _ => ("connections-undelivered", Tint::Red),
    };
    let fault = one.fault.iter();
    let fault = fault.map(|code| coded(words, "delivery-fault", code));
    let mut standing = vec![Content::from(Tag::new(words.say(word), tint))];
    standing.extend(fault.map(Content::from));
    let mut waiting = vec![Content::from(one.waiting.to_string())];
    let since = one.oldest.map(|oldest| words.moment(oldest));
    waiting.extend(since.map(|when| words.about("connections-since", "when", &when).into()));
    vec![
        Cell::new(lines([one.title.clone(), one.name.to_string()])),
        Cell::new(lines(standing)),
        Cell::new(lines(waiting)),
        Cell::new(one.given_up.to_string()).numeric(),
        Cell::new(one.key.clone().unwrap_or_default()).classes("gw-text"),
    ]
}

fn add_store(sheet: &mut Sheet, words: &Words, state: &Connections) {
    let store = &state.store;
    sheet.heading(words.say("connections-store"));
    let tint = match store.health {
        Soundness::Damaged => Tint::Red,
        Soundness::IndexDamaged => Tint::Orange,
        Soundness::Checking | Soundness::Unchecked => Tint::Blue,
        Soundness::Sound => Tint::Green,
    };
    let standing = if store.poisoned {
        Tag::new(words.say("connections-poisoned"), Tint::Red)
    } else {
        Tag::new(
            coded(words, "connections-health", store.health.word()),
            tint,
        )
    };
    sheet.add(facts(vec![
        (words.say("connections-state"), Some(standing.into())),
        (
            words.say("connections-entries"),
            Some(store.entries.to_string().into()),
        ),
        (
            words.say("connections-archived"),
            Some(store.archived.to_string().into()),
        ),
    ]));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::{Catalogue, Language};

    fn said(age_s: u64, problem: Option<&str>) -> String {
        let words = Catalogue::built_in().unwrap().words(Language::English);
        let state = FilesState {
            age_s,
            age_max_h: 48,
            problem: problem.map(ToOwned::to_owned),
        };
        files(&words, Some(&state)).to_string()
    }

    #[test]
    fn files_say_how_old_they_are_and_when_they_are_too_old() {
        let fresh = said(48 * 3_600, None);
        let old = said(48 * 3_600 + 1, None);

        assert!(
            fresh.contains("In force") && fresh.contains("2 days"),
            "{fresh}"
        );
        assert!(!fresh.contains("Too old"), "{fresh}");
        assert!(old.contains("Too old: nothing is answered"), "{old}");
        assert!(!old.contains("In force"), "{old}");
    }

    #[test]
    fn rejected_files_are_said_with_the_reason_and_the_old_ones_stay() {
        let refused = said(60, Some("people.csv: line 3: `born` is <no> date"));

        assert!(refused.contains("Newer files were not taken"), "{refused}");
        assert!(refused.contains("people.csv: line 3"), "{refused}");
        assert!(refused.contains("&#60;no&#62;"), "{refused}");
    }

    #[test]
    fn a_system_that_is_asked_itself_has_no_files() {
        let words = Catalogue::built_in().unwrap().words(Language::English);

        assert_eq!(files(&words, None).to_string(), "Asked itself");
    }
}
