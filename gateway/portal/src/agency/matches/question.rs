//! A question of identity: the subject and every candidate side by side.

use stile_exchange::agency::{Agency, CandidateView, MatchQuestion, OpenedTask, RowView};
use stile_model::redact::Redacted;
use stile_model::subject::Sex;

use super::super::approvals::item::state;
use super::super::asked::Told;
use super::{decision, evidence};
use crate::both::part::{Sheet, coded, facts, kept_words, left, lines};
use crate::component::{Cell, Content, Faults, Table};
use crate::form::Fields;
use crate::trouble::Paged;
use crate::visit::Signed;

pub(super) fn page(
    visit: &Signed,
    agency: &Agency,
    (opened, question): (&OpenedTask, &MatchQuestion),
    (typed, faults): (&Fields, &Faults),
) -> Paged {
    let told = Told {
        visit: &visit.visit,
        agency,
    };
    let (words, task) = (&visit.words, &opened.task);
    let caption = words.about("approvals-caption", "case", task.case.as_str());
    let mut sheet = Sheet::new(words.say("matches-question"))
        .caption(caption)
        .faults(faults);
    sheet.say(words.say("matches-question-what"));
    let moment = Content::from(words.moment(task.due));
    let left_s = task.due.since_millis(opened.now) / 1_000;
    let due = match &task.ended {
        Some(_) => moment,
        None => lines([Content::from(left(words, left_s)), moment]),
    };
    let ended = task.ended.as_ref();
    let by = ended.and_then(|ended| ended.by.as_ref());
    let standing = coded(words, "approvals-state", state(task.state));
    sheet.add(facts(vec![
        (words.say("approvals-state"), Some(standing.into())),
        (words.say("approvals-due"), Some(due)),
        (
            words.say("approvals-ended"),
            ended.map(|ended| words.moment(ended.at).into()),
        ),
        (
            words.say("approvals-decided-by"),
            by.map(|user| visit.site.shown(user).into()),
        ),
    ]));
    sheet.heading(words.say("matches-side-by-side"));
    sheet.add(beside(told, question).scrolling());
    for (number, candidate) in (1..).zip(&question.candidates) {
        evidence::add(&mut sheet, words, number, candidate);
    }
    if let Some(asking) = &opened.asking {
        sheet.heading(words.say("approvals-who-asks"));
        sheet.add(told.request(asking));
    }
    if ended.is_none() && task.due > opened.now {
        sheet.heading(words.say("matches-decide"));
        sheet.add(decision::choose(visit, opened, question, (typed, faults))?);
    } else {
        kept_words(&mut sheet, words, typed.text("reason"));
    }
    sheet.page(visit, Some(faults))
}

/// One row for each part of a person, one column for the subject and each candidate.
fn beside(told: Told<'_>, question: &MatchQuestion) -> Table {
    let words = &told.visit.words;
    let mut head = vec![
        Cell::new(words.say("matches-part")),
        Cell::new(words.say("matches-asked")),
    ];
    let numbers = 1..=question.candidates.len();
    head.extend(
        numbers.map(|number| Cell::new(words.count("matches-candidate", "number", number))),
    );
    let rows = parts(told, question);
    let rows = rows.into_iter().map(|(key, asked, of)| {
        let mut row = vec![Cell::new(words.say(key)), cell(told, asked)];
        let candidates = question.candidates.iter();
        row.extend(candidates.map(|one| cell(told, each(one, &of))));
        row
    });
    let caption = words.say("matches-side-by-side");
    Table::new(caption, head, rows.collect()).hidden_caption()
}

/// What one row says of a part.
type Of = Box<dyn Fn(&RowView) -> Vec<String>>;

type Part = (&'static str, Vec<String>, Of);

fn parts(told: Told<'_>, question: &MatchQuestion) -> Vec<Part> {
    let asked = &question.asked;
    let revealed = |all: &[Redacted<String>]| -> Vec<String> {
        all.iter().map(|one| one.reveal().clone()).collect()
    };
    let sex = asked.sex.map(|sex| {
        told.say(match sex {
            Sex::Female => "matches-female",
            Sex::Male => "matches-male",
        })
    });
    let words = told.visit.words.clone();
    let ids = asked.identifiers.iter();
    let ids = ids.map(|id| format!("{} {}", id.scheme, id.value.reveal()));
    let places = |part: fn(&stile_model::subject::Address) -> &Redacted<String>| -> Vec<String> {
        let all = asked.addresses.iter();
        all.map(|one| part(one).reveal().clone()).collect()
    };
    vec![
        (
            "matches-part-name",
            told.names(asked),
            Box::new(|row| {
                let whole = format!("{} {}", row.forenames.reveal(), row.surname.reveal());
                vec![whole.trim().to_owned()]
            }),
        ),
        (
            "matches-part-other-names",
            Vec::new(),
            Box::new(|row| {
                let all = row.aliases.iter();
                all.map(|one| one.reveal().replace('|', " ")).collect()
            }),
        ),
        (
            "matches-part-born",
            told.born(asked).into_iter().collect(),
            Box::new(move |row| row.born.map(|day| words.day(day)).into_iter().collect()),
        ),
        (
            "matches-part-sex",
            sex.into_iter().collect(),
            Box::new(move |row| revealed(row.sex.as_slice())),
        ),
        (
            "matches-part-address",
            places(|one| &one.line),
            unless_protected(told, |row| &row.address),
        ),
        (
            "matches-part-postcode",
            places(|one| &one.postcode),
            unless_protected(told, |row| &row.postcode),
        ),
        (
            "matches-part-phone",
            asked
                .phones
                .iter()
                .map(|one| one.reveal().clone())
                .collect(),
            unless_protected(told, |row| &row.phone),
        ),
        (
            "matches-part-school",
            Vec::new(),
            unless_protected(told, |row| &row.school),
        ),
        (
            "matches-part-identifiers",
            ids.collect(),
            Box::new(|row| {
                let all = row.identifiers.iter();
                all.map(|(scheme, value)| format!("{scheme} {}", value.reveal()))
                    .collect()
            }),
        ),
        (
            "matches-part-source",
            Vec::new(),
            Box::new(|row| vec![row.source.clone()]),
        ),
        ("matches-part-protected", Vec::new(), {
            let said = told.say("matches-protected");
            Box::new(move |row| row.protected.then(|| said.clone()).into_iter().collect())
        }),
    ]
}

/// Where somebody is, unless they are protected: then that it is held back, also from the reviewer, who
/// sees from the evidence whether it agrees.
fn unless_protected(told: Told<'_>, of: fn(&RowView) -> &Redacted<String>) -> Of {
    let said = told.say("matches-not-shown");
    Box::new(move |row| {
        vec![if row.protected {
            said.clone()
        } else {
            of(row).reveal().clone()
        }]
    })
}

/// What the rows of one candidate say of a part, each once.
fn each(candidate: &CandidateView, of: &dyn Fn(&RowView) -> Vec<String>) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for value in candidate.rows.iter().flat_map(of) {
        if !value.is_empty() && !all.contains(&value) {
            all.push(value);
        }
    }
    all
}

fn cell(told: Told<'_>, mut values: Vec<String>) -> Cell {
    values.retain(|value| !value.is_empty());
    if values.is_empty() {
        return Cell::new(told.say("matches-not-held"));
    }
    Cell::new(lines(values))
}
