//! The work queue: every open case, most urgent first.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use stile_exchange::hub::Hub;
use stile_exchange::hub::desk::{Queue, QueueFilter, QueueLine, Which};
use stile_exchange::people::Duty;
use stile_model::code::Priority;
use stile_model::id::{CaseId, Code};

use super::part::{Hidden, Tab, lines, link, tabs, with_small};
use super::shown::Shown;
use crate::component::{
    Button, Cell, Choosable, Content, Field, Input, PageItem, PageLink, Pagination, Rag, Select,
    SubNavigation, Table, Tag, Tint,
};
use crate::form::{Asked, Fields};
use crate::trouble::Paged;
use crate::visit::Signed;

/// Cases of one page.
const PER_PAGE: u32 = 25;

#[derive(Template)]
#[template(path = "hub/queue.html")]
struct QueuePage {
    title: String,
    tabs: SubNavigation,
    here: String,
    which: &'static str,
    number: Input,
    priority: Select,
    kind: Select,
    filter: Button,
    clear: String,
    clear_words: String,
    total: String,
    none: Option<String>,
    hidden: Hidden,
    table: Content,
    pages: Option<Pagination>,
    /// Nothing was filtered out that a reader might look for.
    is_filtered: bool,
}

/// The queue, filtered as its address says.
pub(crate) async fn page(visit: Signed, State(hub): State<Arc<Hub>>, Asked(asked): Asked) -> Paged {
    let filter = filter(&asked);
    let queue = hub.queue(&visit.person, &filter).await?;
    let shown = Shown::new(&visit, &hub);
    let title = shown.say("hub-queue");
    let words = &visit.words;
    let body = QueuePage {
        tabs: sorts(&shown, &queue, filter.which),
        here: visit.to("/queue"),
        which: word(filter.which),
        number: number_field(&shown, &asked),
        priority: priority_field(&shown, &asked),
        kind: kind_field(&shown, &asked),
        filter: Button::new(shown.say("hub-queue-filter")).secondary(),
        clear: visit.to(&format!("/queue?which={}", word(filter.which))),
        clear_words: shown.say("hub-queue-clear"),
        total: words.count("hub-queue-total", "number", queue.total),
        none: queue.lines.is_empty().then(|| shown.say("hub-queue-none")),
        hidden: Hidden::nonce(&visit)?,
        table: table(&shown, &visit, &queue),
        pages: pages(&shown, &queue, &asked, filter.which),
        is_filtered: ["number", "priority", "kind"]
            .iter()
            .any(|name| asked.given(name).is_some()),
        title: title.clone(),
    };
    visit.page(&title, &body)
}

/// Takes a case on which nobody works.
pub(crate) async fn take(
    visit: Signed,
    State(hub): State<Arc<Hub>>,
    Path(case): Path<CaseId>,
    fields: Fields,
) -> Paged {
    visit.spend(fields.nonce())?;
    hub.take_case(&visit.person, &case).await?;
    Ok(visit.go(&format!("/cases/{case}")))
}

fn filter(asked: &Fields) -> QueueFilter {
    let which = match asked.text("which") {
        "at_risk" => Which::AtRisk,
        "mine" => Which::Mine,
        "unallocated" => Which::Unallocated,
        _ => Which::All,
    };
    QueueFilter {
        which,
        priority: asked.text("priority").parse().ok(),
        kind: Code::new(asked.text("kind")).ok(),
        number: asked.text("number").to_owned(),
        page: asked.text("page").parse().unwrap_or(1),
        per_page: PER_PAGE,
    }
}

const fn word(which: Which) -> &'static str {
    match which {
        Which::All => "all",
        Which::AtRisk => "at_risk",
        Which::Mine => "mine",
        Which::Unallocated => "unallocated",
    }
}

fn sorts(shown: &Shown<'_>, queue: &Queue, chosen: Which) -> SubNavigation {
    let counts = queue.counts;
    let sorts = [
        (Which::All, counts.all),
        (Which::Mine, counts.mine),
        (Which::Unallocated, counts.unallocated),
        (Which::AtRisk, counts.at_risk),
    ];
    let all = sorts.into_iter().map(|(which, number)| Tab {
        words: shown.words().count(
            &format!("hub-queue-{}", word(which).replace('_', "-")),
            "number",
            number,
        ),
        to: shown.visit.to(&format!("/queue?which={}", word(which))),
        here: which == chosen,
    });
    tabs(shown.say("hub-queue-sorts"), all)
}

fn number_field(shown: &Shown<'_>, asked: &Fields) -> Input {
    Input::new(Field::new("number", shown.say("hub-queue-number")))
        .width(20)
        .spelling(false)
        .value(asked.text("number"))
}

fn priority_field(shown: &Shown<'_>, asked: &Fields) -> Select {
    let mut items = vec![Choosable::new("", shown.say("hub-queue-any"))];
    let all = Priority::ALL.iter().rev();
    items.extend(all.map(|one| Choosable::new(one.as_str(), shown.priority(*one))));
    let field = Field::new("priority", shown.say("hub-priority"));
    Select::new(field, items).value(asked.text("priority"))
}

fn kind_field(shown: &Shown<'_>, asked: &Fields) -> Select {
    let mut items = vec![Choosable::new("", shown.say("hub-queue-any"))];
    let kinds = shown.vocabulary().case_kinds.iter();
    items.extend(kinds.map(|kind| Choosable::new(kind.code.as_str(), shown.kind(&kind.code))));
    let field = Field::new("kind", shown.say("hub-kind"));
    Select::new(field, items).value(asked.text("kind"))
}

fn table(shown: &Shown<'_>, visit: &Signed, queue: &Queue) -> Content {
    let head = [
        "priority",
        "case",
        "time-left",
        "agencies",
        "worker",
        "needs-you",
    ];
    let head = head.map(|part| Cell::new(shown.say(&format!("hub-queue-head-{part}"))));
    let rows = queue.lines.iter().map(|line| row(shown, visit, line));
    Table::new(shown.say("hub-queue"), head.into(), rows.collect())
        .hidden_caption()
        .without_row_names()
        .scrolling()
}

fn row(shown: &Shown<'_>, visit: &Signed, line: &QueueLine) -> Vec<Cell> {
    vec![
        Cell::new(Rag::new(line.priority, shown.words())),
        Cell::new(case(shown, line)),
        Cell::new(time(shown, line)),
        Cell::new(agencies(shown, line)),
        Cell::new(match &line.allocated {
            Some(user) => Content::from(shown.user(user)),
            None => shown.say("hub-queue-nobody").into(),
        }),
        Cell::new(needs(shown, visit, line)),
    ]
}

fn case(shown: &Shown<'_>, line: &QueueLine) -> Content {
    let number = line.case.as_str();
    let mut who = match &line.subject {
        Some(name) => name.reveal().clone(),
        None => shown.say("hub-name-unknown"),
    };
    if let Some(age) = line.age {
        who = format!("{who}, {}", shown.age(age));
    }
    if line.others > 0 {
        let others = shown
            .words()
            .count("hub-queue-others", "number", line.others);
        who = format!("{who} {others}");
    }
    let opens = link(shown.visit.to(&format!("/cases/{number}")), number);
    let mut more = vec![Content::from(who), shown.kind(&line.kind).into()];
    if line.in_danger {
        more.push(Tag::new(shown.say("hub-queue-danger"), Tint::Red).into());
    }
    if line.unread > 0 {
        let words = shown
            .words()
            .count("hub-queue-unread", "number", line.unread);
        more.push(Tag::new(words, Tint::Yellow).into());
    }
    with_small(opens, more)
}

fn time(shown: &Shown<'_>, line: &QueueLine) -> Content {
    let due = line.due.map(|due| {
        let due = shown.words().moment(due);
        Content::from(shown.words().about("hub-due", "when", &due))
    });
    with_small(shown.timing(line.timing), due)
}

fn agencies(shown: &Shown<'_>, line: &QueueLine) -> Content {
    let counts = line.agencies;
    if counts.asked == 0 {
        return shown.say("hub-queue-not-asked").into();
    }
    let answered = shown.words().with(
        "hub-answered-of",
        [
            ("answered", counts.answered.into()),
            ("asked", counts.asked.into()),
        ],
    );
    let more = [
        ("hub-to-confirm", counts.to_confirm),
        ("hub-offline", counts.offline),
        ("hub-refused", counts.refused),
    ];
    let more = more.into_iter().filter(|(_, number)| *number > 0);
    let more = more.map(|(key, number)| {
        let number = usize::try_from(number).unwrap_or(usize::MAX);
        Content::from(shown.words().count(key, "number", number))
    });
    with_small(answered, more.collect::<Vec<_>>())
}

/// What the case needs; taking it is a button, the rest is done on its page.
fn needs(shown: &Shown<'_>, visit: &Signed, line: &QueueLine) -> Content {
    let said = line.needs.iter().filter_map(|need| {
        let is_button = need.word() == "take";
        (!is_button).then(|| Content::from(shown.coded("hub-need", need.word())))
    });
    let said: Vec<_> = said.collect();
    let may_take = line.allocated.is_none() && visit.person.duties.contains(&Duty::Researcher);
    let button = may_take.then(|| {
        let words = Content::from(shown.say("hub-take")).hidden(line.case.as_str());
        let to = shown.visit.to(&format!("/cases/{}/take", line.case));
        Content::from(
            Button::new(words)
                .secondary()
                .classes("govuk-!-margin-bottom-0")
                .attribute("formaction", &to),
        )
    });
    lines(said.into_iter().chain(button))
}

fn pages(shown: &Shown<'_>, queue: &Queue, asked: &Fields, which: Which) -> Option<Pagination> {
    if queue.pages < 2 {
        return None;
    }
    let kept: String = ["number", "priority", "kind"]
        .iter()
        .filter_map(|name| {
            let value = asked.given(name)?;
            let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
            value
                .chars()
                .all(is_plain)
                .then(|| format!("&{name}={value}"))
        })
        .collect();
    let to = |page: usize| {
        let which = word(which);
        shown
            .visit
            .to(&format!("/queue?which={which}{kept}&page={page}"))
    };
    let number = |page: u32| usize::try_from(page).unwrap_or(usize::MAX);
    let spoken = |page: usize| shown.words().count("hub-page", "number", page);
    let items = Pagination::numbers(number(queue.page), number(queue.pages));
    let items = items.into_iter().map(|one| match one {
        Some(page) => {
            PageItem::new(page, spoken(page), to(page)).current(page == number(queue.page))
        }
        None => PageItem::gap(),
    });
    let beside = |key: &str, page: usize| PageLink::new(shown.say(key), to(page));
    let (here, last) = (number(queue.page), number(queue.pages));
    Some(Pagination::new(
        shown.say("hub-pages"),
        (here > 1).then(|| beside("hub-page-before", here - 1)),
        items.collect(),
        (here < last).then(|| beside("hub-page-after", here + 1)),
    ))
}
