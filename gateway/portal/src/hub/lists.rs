//! What did not come, what is awaited and what was not checked, as tables.

use stile_model::code::MatchStatus;
use stile_model::id::CaseId;
use stile_product::Product;

use super::part::{link, with_small};
use super::shown::Shown;
use crate::component::{Cell, Content, Table};

fn head<const N: usize>(shown: &Shown<'_>, parts: [&str; N]) -> Vec<Cell> {
    parts
        .into_iter()
        .map(|part| Cell::new(shown.say(&format!("case-head-{part}"))))
        .collect()
}

fn some(caption: String, head: Vec<Cell>, rows: Vec<Vec<Cell>>) -> Option<Content> {
    (!rows.is_empty()).then(|| Table::new(caption, head, rows).hidden_caption().scrolling())
}

/// What agencies withheld and listed, with why and what would change it.
pub(super) fn withheld(shown: &Shown<'_>, case: &CaseId, product: &Product) -> Option<Content> {
    let rows = product.withheld.iter().map(|line| {
        let why = shown.words().of_code("case-withhold", &line.why.code);
        let why = why.unwrap_or_else(|| line.why.words.clone());
        let mut more = vec![Content::from(shown.words().about(
            "case-code",
            "code",
            &line.why.code,
        ))];
        if !line.would_change.is_empty() {
            let what = shown.words().about(
                "case-would-change",
                "what",
                line.would_change.trim_end_matches('.'),
            );
            more.insert(0, Content::from(what));
        }
        let to = format!(
            "/cases/{case}/escalate?agency={}&reason=disagreement",
            line.agency
        );
        let review = Content::from(shown.say("case-do-review"));
        let about = format!("{}, {}", line.agency_name, line.title);
        vec![
            Cell::new(&line.agency_name),
            Cell::new(with_small(
                line.title.as_str(),
                [
                    Content::from(&line.what),
                    Content::from(line.subject_name.reveal()),
                ],
            )),
            Cell::new(with_small(why, more)),
            Cell::new(link(shown.visit.to(&to), review.hidden(&about))),
        ]
    });
    let head = head(shown, ["agency", "what", "why", "action"]);
    some(shown.say("case-withheld"), head, rows.collect())
}

/// What people in agencies must still decide.
pub(super) fn referred(shown: &Shown<'_>, product: &Product) -> Option<Content> {
    let rows = product.referred.iter().map(|line| {
        let who: Vec<_> = line
            .approvers
            .iter()
            .map(|one| one.words.as_str())
            .collect();
        let due = shown.words().moment(line.due);
        let due = if line.overdue {
            shown.words().about("case-overdue-since", "when", &due)
        } else {
            due
        };
        vec![
            Cell::new(&line.agency_name),
            Cell::new(with_small(
                line.title.as_str(),
                [
                    Content::from(line.fields.join(", ")),
                    Content::from(line.subject_name.reveal()),
                ],
            )),
            Cell::new(who.join(", ")),
            Cell::new(due),
        ]
    });
    let head = head(shown, ["agency", "what", "decider", "due"]);
    some(shown.say("case-referred"), head, rows.collect())
}

/// Whom agencies may know: their own people must say.
pub(super) fn matches(shown: &Shown<'_>, product: &Product) -> Option<Content> {
    let rows = product.agencies.iter().flat_map(|section| {
        let possible = section.matches.iter();
        let possible = possible.filter(|line| line.status == MatchStatus::Possible);
        possible.map(|line| {
            vec![
                Cell::new(&section.name),
                Cell::new(line.subject_name.reveal()),
                Cell::new(shown.matched(line.status)),
            ]
        })
    });
    let head = head(shown, ["agency", "person", "status"]);
    some(shown.say("case-tab-matches"), head, rows.collect())
}

/// Whether each agency knows each person.
pub(super) fn all_matches(shown: &Shown<'_>, product: &Product) -> Option<Content> {
    let rows = product.agencies.iter().flat_map(|section| {
        section.matches.iter().map(|line| {
            let weak = line.weak.iter().map(|word| Content::from(&word.words));
            let unasked = line.weak.as_ref();
            let unasked = unasked.filter(|word| word.code == "not_looked_for");
            let status = match unasked {
                Some(word) => shown.coded("hub-match", &word.code),
                None => shown.matched(line.status),
            };
            vec![
                Cell::new(&section.name),
                Cell::new(line.subject_name.reveal()),
                Cell::new(with_small(status, weak.collect::<Vec<_>>())),
            ]
        })
    });
    let head = head(shown, ["agency", "person", "status"]);
    some(shown.say("case-matches-all"), head, rows.collect())
}

/// What was not checked, and why.
pub(super) fn gaps(shown: &Shown<'_>, case: &CaseId, product: &Product) -> Option<Content> {
    let rows = product.gaps.iter().map(|gap| {
        let who = gap
            .subject_name
            .iter()
            .map(|name| Content::from(name.reveal()));
        let next = gap.next.map(|next| {
            let when = shown.words().moment(next);
            Content::from(shown.words().about("case-next", "when", &when))
        });
        let to = format!("/cases/{case}/told?agency={}", gap.agency);
        let words = Content::from(shown.say("case-do-telephone"));
        vec![
            Cell::new(&gap.agency_name),
            Cell::new(with_small(gap.what.as_str(), who.collect::<Vec<_>>())),
            Cell::new(with_small(gap.why.words.as_str(), next)),
            Cell::new(link(shown.visit.to(&to), words.hidden(&gap.agency_name))),
        ]
    });
    let head = head(shown, ["agency", "what", "why", "action"]);
    some(shown.say("case-gaps"), head, rows.collect())
}

/// What was checked with nothing to show.
pub(super) fn nothing_held(shown: &Shown<'_>, product: &Product) -> Option<Content> {
    let rows = product.no_record.iter().map(|line| {
        vec![
            Cell::new(&line.agency_name),
            Cell::new(line.subject_name.reveal()),
            Cell::new(&line.title),
            Cell::new(&line.words),
        ]
    });
    let head = head(shown, ["agency", "person", "what", "said"]);
    some(shown.say("case-nothing-held"), head, rows.collect())
}
