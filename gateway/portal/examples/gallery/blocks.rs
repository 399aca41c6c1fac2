//! The components in their states, under one heading each.

use jiff::civil::date;
use stile_model::code::Priority;
use stile_model::time::Timestamp;
use stile_portal::chart::{Bar, Bars, Event, Lane, Lanes, Mark};
use stile_portal::component::{
    Action, AgencyState, Alert, AlertKind, Badge, Block, Breadcrumbs, Button, Cell, CharacterCount,
    Checkboxes, Choice, Choosable, Content, Countdown, Crumb, DateInput, DatePart, Decision,
    DecisionCell, DecisionLegend, Details, Difference, Faults, Field, Group, Input, InsetText,
    Item, Label, Legend, Link, Live, PageItem, PageLink, Pagination, Paragraph, Progress, Radios,
    Rag, Select, Size, Status, Step, Steps, SummaryCard, SummaryList, SummaryRow, Table, Tag, Task,
    TaskList, Textarea, TicketPanel, Timeline, TimelineItem, Tint, WarningText,
};
use stile_portal::words::Words;

/// What is wrong with the form, for the top of the page and beside the fields.
pub(super) fn faults() -> Faults {
    let mut faults = Faults::none("There is a problem", "Error");
    faults.add("family-name", "Enter the family name");
    faults.add("why", "Say why this is necessary");
    faults.add("role", "Choose one role");
    faults.add("born", "Enter a date of birth that is not in the future");
    faults
}

/// Minutes after 11 March 2026, 10:14.
pub(super) fn at(minutes: i64) -> Timestamp {
    Timestamp::from_millis(1_773_224_040_000).plus_s(minutes * 60)
}

/// The components, grouped.
pub(super) fn blocks(words: &Words) -> Vec<Block> {
    vec![
        Block::new("states", "Agency answers", states(words)).beside("Police, 12:28"),
        Block::new("ratings", "Ratings and time", ratings(words)),
        Block::new("live", "Live", live(words)),
        Block::new("form", "Form", form()),
        Block::new("match", "Card", card()),
        Block::new("picture", "Pictures", pictures(words)),
        Block::new("events", "Timeline", timeline()),
        Block::new("policy", "Policy", policy(words)),
        Block::new("texts", "Texts", texts()),
        Block::new("lists", "Lists", lists()),
    ]
}

fn states(words: &Words) -> Content {
    let rows = AgencyState::ALL
        .into_iter()
        .zip(1..)
        .map(|(state, number)| {
            let about = format!("of agency {number}");
            vec![
                Cell::new(format!("Agency {number}")),
                Cell::new(state.tag(words)),
                Cell::new("11:02").code(),
                Cell::new(Content::from(Link::new(
                    Content::from("View").hidden(&about),
                    "/?view",
                ))),
            ]
        });
    let head = ["Agency", "Status", "Time", "Action"].map(Cell::new);
    let caption = "Status of each agency asked about this case";
    Table::new(caption, head.into(), rows.collect())
        .hidden_caption()
        .scrolling()
}

fn ratings(words: &Words) -> Content {
    let all = [
        Priority::Red,
        Priority::Amber,
        Priority::Green,
        Priority::Blue,
    ];
    let rows = all
        .into_iter()
        .zip([-20, 15, 300, 700])
        .map(|(priority, left)| {
            vec![
                Cell::new(Rag::new(priority, words)),
                Cell::new(Countdown::new(at(0), at(720), at(720 - left), words)),
                Cell::new("12").numeric(),
            ]
        });
    let head = vec![
        Cell::new("Priority"),
        Cell::new("Time left"),
        Cell::new("Items").numeric(),
    ];
    Table::new("Ratings", head, rows.collect())
        .caption_size(Size::S)
        .without_row_names()
        .into()
}

fn live(words: &Words) -> Live {
    Live::new(
        "/events",
        "/answers",
        "Last change 12:28.",
        Paragraph::new("No answer yet."),
        words,
    )
}

fn form() -> Content {
    let faults = faults();
    let name = Field::new("family-name", Label::new("Family name").size(Size::S))
        .hint("As it stands on the birth certificate")
        .error(faults.of("family-name"));
    let parts = [
        ("day", "Day", "31"),
        ("month", "Month", "3"),
        ("year", "Year", "2099"),
    ]
    .map(|(name, label, value)| DatePart::new(name, label, value).wrong(name == "year"));
    let born = Group::new("born", Legend::new("Date of birth").size(Size::S))
        .id("born")
        .error(faults.of("born"));
    let why = Field::new("why", "Is this necessary and proportionate? Say why");
    let told = Field::new("told", "What were you told?");
    Content::from(Input::new(name).spelling(false).width(20))
        .then(
            Input::new(Field::new("age", "Age"))
                .numeric()
                .width(3)
                .suffix("years")
                .value("7"),
        )
        .then(
            Input::new(Field::new("word", "Password"))
                .password()
                .autocomplete("off"),
        )
        .then(DateInput::new(born, parts))
        .then(roles(&faults))
        .then(agencies())
        .then(Select::new(
            Field::new("purpose", "Purpose"),
            vec![
                Choosable::new("s47", "Section 47 enquiry"),
                Choosable::new("s17", "Section 17"),
            ],
        ))
        .then(
            Textarea::new(why.error(faults.of("why")))
                .rows(3)
                .value("<b>not bold</b>"),
        )
        .then(CharacterCount::new(told, 200, "You can enter up to 200 characters").rows(3))
        .then(Button::new("Approve change").sends("decision", "approve"))
        .then(
            Button::new("Reject")
                .secondary()
                .sends("decision", "reject"),
        )
        .then(Button::new("Erase").warning().sends("decision", "erase"))
}

fn roles(faults: &Faults) -> Radios {
    let group = Group::new("role", "Role in the family").error(faults.of("role"));
    let other = Input::new(Field::new("other-role", "Which role?"));
    let items = vec![
        Choice::new("child", "Child")
            .hint("Under 18 on the day of the request")
            .into(),
        Choice::new("parent", "Parent or carer").into(),
        Item::divider("or"),
        Choice::new("other", "Another role").reveals(other).into(),
    ];
    Radios::new(group, items).value("parent")
}

fn agencies() -> Checkboxes {
    let group = Group::new("agencies", "Agencies to ask").hint("Choose all that may help");
    let items = vec![
        Choice::new("police", "Police").into(),
        Choice::new("health", "Health visiting")
            .hint("Answers within an hour")
            .into(),
        Item::divider("or"),
        Choice::new("none", "None of these").exclusive().into(),
    ];
    Checkboxes::new(group, items).values(vec!["police".to_owned()])
}

fn card() -> Content {
    let rows = vec![
        SummaryRow::new("Name", "Carys A. Testwood").action(Action::new("Change", "name", "/?1")),
        SummaryRow::new("Date of birth", "3 June 1994")
            .action(Action::new("Change", "date of birth", "/?2"))
            .action(Action::new("Remove", "date of birth", "/?3")),
        SummaryRow::new("Address", "14 Alder Court"),
    ];
    let card = SummaryCard::new("Housing may know Mali’s mother", 3);
    SummaryList::new(rows)
        .card(card.action(Action::new("Ask Housing", "", "/?4")))
        .into()
}

fn pictures(words: &Words) -> Content {
    let event = |day, mark, what: &str| Event {
        date: day,
        shown: format!("{day}"),
        mark,
        what: what.to_owned(),
    };
    let lanes = [
        Lane {
            name: "Police".to_owned(),
            events: vec![
                event(date(2025, 8, 4), Mark::Contact, "Missing for two hours"),
                event(date(2026, 2, 24), Mark::Concern, "Called to the home"),
            ],
        },
        Lane {
            name: "Health visiting and school nursing".to_owned(),
            events: vec![event(
                date(2025, 7, 12),
                Mark::Missed,
                "Not brought to appointment",
            )],
        },
    ];
    let bars = [
        ("Schools", 40, "40"),
        ("Police", 25, "25"),
        ("Family", 0, "1 to 4"),
    ]
    .map(|(name, value, shown): (&str, u64, &str)| Bar {
        name: name.to_owned(),
        shown: shown.to_owned(),
        value: Some(value).filter(|value| *value > 0),
    });
    let head = ["Who".to_owned(), "Referrals".to_owned()];
    let about = "Two agencies recorded something within the year.";
    Content::from(Lanes::new("lanes", "Events by agency", about, &lanes, words).unwrap()).then(
        Bars::new(
            "bars",
            "Referrals",
            "Schools refer most.",
            head,
            &bars,
            words,
        )
        .unwrap(),
    )
}

fn timeline() -> Timeline {
    let item = TimelineItem::new(
        "Police called to the home",
        "Police",
        "24 February 2026, 22:40",
        "2026-02-24",
    );
    let item = item
        .content("Neighbour reported shouting.")
        .source("PPN 26/04417, shared in full");
    Timeline::new(3, vec![item.clone(), item])
}

fn policy(words: &Words) -> Content {
    let cell = |decision, word: &str, what: &str| DecisionCell::new(decision, word).small(what);
    let cells = vec![
        cell(Decision::Share, "Share", "Goes out at once, in full"),
        cell(Decision::Less, "Summary only", "Goes out at once, cut down"),
        cell(Decision::Ask, "Ask a person", "Waits for a named person"),
        cell(Decision::Withhold, "Withhold", "The asker sees why"),
        cell(Decision::Silent, "Withhold silently", "Nobody is told"),
        cell(
            Decision::Unasked,
            "Not asked for",
            "Not open for this purpose",
        ),
        cell(Decision::Share, "Share if red", "Rule HV-06a")
            .link("/?rule")
            .draft("Draft change", "Now: ask a person"),
    ];
    let changes = [
        Difference::new("Decision", Some("Ask".to_owned()), Some("Share".to_owned())),
        Difference::new("Fields", Some("Date".to_owned()), Some("Date".to_owned())),
        Difference::new("Reason", None, Some("Nobody answered at night".to_owned())),
    ];
    let head = ["Part of the rule", "Version 12", "Draft 13"].map(Content::from);
    let steps = vec![
        Step::new(Progress::Done, "Proposed", "S. Patel"),
        Step::new(Progress::Now, "Second approver", "Waiting for you"),
        Step::new(Progress::Ahead, "In force", "From the next request"),
    ];
    Content::from(DecisionLegend::new("What the cells mean", cells))
        .then(Steps::new(steps, words))
        .then(Difference::table("Rule HV-06a", head, &changes, words))
}

fn texts() -> Content {
    Content::from(WarningText::new(
        "Warning",
        "Whoever reads this is recorded.",
    ))
    .then(InsetText::new(
        "An agency may hold more that it can neither confirm nor deny.",
    ))
    .then(Details::new(
        "See the 3 past requests",
        "Case references only.",
    ))
    .then(Alert::new(
        AlertKind::Warning,
        "Warning: not checked",
        "Ambulance is offline.",
    ))
    .then(Alert::new(
        AlertKind::Success,
        "Success: checked",
        "The proof holds.",
    ))
    .then(Alert::new(
        AlertKind::Error,
        "Error: differs",
        "The proof does not hold.",
    ))
    .then(Alert::new(
        AlertKind::Information,
        "Information: draft",
        "Nothing is sent yet.",
    ))
    .then(Paragraph::new("From the police, shared in full").quiet())
    .then(Badge::new("New").red())
    .then(Tag::new("Started", Tint::Teal))
    .then(TicketPanel::new(vec!["One".into(), "Two".into()]))
    .then(Breadcrumbs::new(
        "Breadcrumb",
        vec![Crumb::new("Cases", "/?c")],
    ))
}

fn lists() -> Content {
    let tasks = vec![
        Task::new(
            "Who is worried",
            Some("/?1".to_owned()),
            Status::plain("Completed"),
        ),
        Task::new(
            "What was seen",
            Some("/?2".to_owned()),
            Status::tag(Tag::new("Incomplete", Tint::Blue)),
        )
        .hint("First-hand or reported"),
    ];
    let items = Pagination::numbers(7, 20)
        .into_iter()
        .map(|number| match number {
            Some(number) => {
                let spoken = format!("Page {number}");
                PageItem::new(number, spoken, format!("/?page={number}")).current(number == 7)
            }
            None => PageItem::gap(),
        });
    let previous = PageLink::new("Previous", "/?page=6");
    let next = PageLink::new("Next", "/?page=8");
    Content::from(TaskList::new("tasks", tasks)).then(Pagination::new(
        "Pagination",
        Some(previous),
        items.collect(),
        Some(next),
    ))
}
