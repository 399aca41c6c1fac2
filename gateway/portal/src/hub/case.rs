//! What every page of one case has at its head: who, how urgent, how long, how far, what it needs.

use askama::Template;
use askama::filters::HtmlSafe;
use stile_exchange::error::ExchangeError;
use stile_exchange::hub::desk::{CasePage, Need, Timing};
use stile_exchange::hub::{Answers, Hub};
use stile_exchange::people::Duty;
use stile_model::id::CaseId;

use super::part::{Hidden, Links, Tab};
use super::shown::Shown;
use crate::component::{
    BackLink, Button, ButtonLink, Component, Content, Countdown, Rag, Strip, StripItem,
    SubNavigation,
};
use crate::trouble::Trouble;
use crate::visit::Signed;

/// A case that somebody opened: recorded by the use case before it came here.
pub(super) struct Opened {
    pub(super) page: CasePage,
    pub(super) answers: Answers,
}

impl Opened {
    /// Opens a case.
    ///
    /// # Errors
    ///
    /// As `Hub::case_page`.
    pub(super) async fn of(hub: &Hub, visit: &Signed, id: &CaseId) -> Result<Self, ExchangeError> {
        let page = hub.case_page(&visit.person, id).await?;
        let answers = page.answers.clone();
        Ok(Self { page, answers })
    }

    pub(super) const fn id(&self) -> &CaseId {
        &self.page.case.matter.id
    }

    pub(super) const fn is_open(&self) -> bool {
        self.page.outcome.is_none()
    }

    /// `Mali Testwood, 7`: the first person.
    pub(super) fn name(&self, shown: &Shown<'_>) -> String {
        let first = self.page.case.matter.subjects.first();
        let Some(first) = first else {
            return shown.say("hub-name-unknown");
        };
        let name = shown.name(first);
        let on = stile_exchange::hub::uk_civil(self.page.at).date();
        match stile_exchange::hub::desk::age(first, on) {
            Some(age) => format!("{name}, {}", shown.age(age)),
            None => name,
        }
    }
}

/// A page of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Overview,
    Chronology,
    Findings,
    Withheld,
    Matches,
    Gaps,
    Request,
    Log,
    /// A form of the case: none of the pages beside each other.
    Form,
}

impl Place {
    const BESIDE: [Self; 8] = [
        Self::Overview,
        Self::Chronology,
        Self::Findings,
        Self::Withheld,
        Self::Matches,
        Self::Gaps,
        Self::Request,
        Self::Log,
    ];

    const fn word(self) -> &'static str {
        match self {
            Self::Overview => "overview",
            Self::Chronology => "chronology",
            Self::Findings => "findings",
            Self::Withheld => "withheld",
            Self::Matches => "matches",
            Self::Gaps => "gaps",
            Self::Request => "request",
            Self::Log => "log",
            Self::Form => "form",
        }
    }

    fn number(self, answers: &Answers) -> Option<usize> {
        match self {
            Self::Chronology | Self::Findings => Some(answers.sum(|one| one.items)),
            Self::Withheld => Some(answers.sum(|one| one.withheld)),
            Self::Matches => Some(answers.sum(|one| one.to_confirm)),
            Self::Gaps => Some(answers.sum(|one| one.gaps)),
            Self::Overview | Self::Request | Self::Log | Self::Form => None,
        }
    }
}

/// The head of a page of a case.
#[derive(Debug, Clone, Template)]
#[template(path = "hub/case-head.html")]
pub(super) struct Head {
    back: BackLink,
    back_words: String,
    number: String,
    name: String,
    line: String,
    closed: Option<String>,
    buttons: Vec<Content>,
    take: Option<Take>,
    warnings: Vec<Content>,
    strip: Strip,
    tabs: SubNavigation,
}

impl HtmlSafe for Head {}
impl Component for Head {}

#[derive(Debug, Clone)]
struct Take {
    to: String,
    hidden: Hidden,
    button: Button,
}

impl Head {
    /// The head of `place`.
    ///
    /// # Errors
    ///
    /// When there is no session for its form.
    pub(super) fn new(
        shown: &Shown<'_>,
        visit: &Signed,
        opened: &Opened,
        place: Place,
    ) -> Result<Self, Trouble> {
        let matter = &opened.page.case.matter;
        Ok(Self {
            back: BackLink::new(shown.say("hub-queue"), visit.to("/queue")),
            back_words: shown.say("hub-queue"),
            number: matter.id.to_string(),
            name: opened.name(shown),
            line: line(shown, opened),
            closed: closed(shown, opened),
            buttons: buttons(shown, visit, opened),
            take: take(shown, visit, opened)?,
            warnings: super::warnings::of(shown, opened),
            strip: strip(shown, opened),
            tabs: tabs(shown, visit, opened, place),
        })
    }
}

/// How urgent, how long, how far, what it needs of whoever looks.
fn strip(shown: &Shown<'_>, opened: &Opened) -> Strip {
    let case = &opened.page.case;
    let name = |part: &str| shown.say(&format!("case-strip-{part}"));
    let urgent = Rag::new(case.matter.priority, shown.words());
    let is_running = matches!(
        opened.page.timing,
        Timing::Running { .. } | Timing::Overdue { .. }
    );
    let left = match case.due.filter(|_| is_running) {
        Some(due) => Countdown::new(case.opened, due, opened.page.at, shown.words()).into(),
        None => Content::from(shown.timing(opened.page.timing)),
    };
    let due = case.due.map(|due| {
        let when = shown.words().near(due, opened.page.at);
        shown.words().about("hub-due", "when", &when)
    });
    let needs = opened.page.needs.len();
    let links = need_links(shown, opened);
    let needs = StripItem::new(
        name("needs"),
        shown.words().count("case-needs", "number", needs),
    );
    Strip::new(
        Some(case.matter.priority),
        vec![
            StripItem::new(name("priority"), urgent).small(within(shown, opened)),
            StripItem::new(name("time"), left).small(due.unwrap_or_default()),
            StripItem::new(name("agencies"), answered(shown, &opened.answers))
                .small(answered_more(shown, &opened.answers)),
            if links.is_empty() {
                needs
            } else {
                needs.small(Links::new(links))
            },
        ],
    )
}

/// What kind of case it is, who brought it, and when.
fn line(shown: &Shown<'_>, opened: &Opened) -> String {
    let words = shown.words();
    let matter = &opened.page.case.matter;
    let when = words.moment(opened.page.case.opened);
    let referrer = opened.page.referrals.first().map(|kept| {
        let who = &kept.referral.referrer;
        let named = [&who.organisation, &who.role, &who.name];
        let named = named.into_iter().map(|text| text.reveal().trim());
        named.into_iter().find(|text| !text.is_empty())
    });
    let came = match referrer.flatten() {
        Some(who) => words.with(
            "case-referred-by",
            [("who", who.to_owned().into()), ("when", when.into())],
        ),
        None => words.about("case-received", "when", &when),
    };
    format!(
        "{}, {}. {came}",
        shown.kind(&matter.kind),
        shown.purpose(&matter.purpose)
    )
}

fn closed(shown: &Shown<'_>, opened: &Opened) -> Option<String> {
    let outcome = opened.page.outcome.as_ref()?;
    let arguments = [
        ("outcome", shown.outcome(&outcome.outcome).into()),
        ("when", shown.words().moment(outcome.closed).into()),
    ];
    Some(shown.words().with("case-closed", arguments))
}

fn within(shown: &Shown<'_>, opened: &Opened) -> String {
    let clock = shown.vocabulary().clock(opened.page.case.matter.priority);
    match clock {
        Some(clock) if clock.working_hours => shown
            .words()
            .with("case-within-working", [("hours", clock.hours.into())]),
        Some(clock) => shown
            .words()
            .with("case-within", [("hours", clock.hours.into())]),
        None => shown.say("hub-timing-none"),
    }
}

fn buttons(shown: &Shown<'_>, visit: &Signed, opened: &Opened) -> Vec<Content> {
    let id = opened.id();
    let link = |key: &str, page: &str| {
        ButtonLink::new(shown.say(key), visit.to(&format!("/cases/{id}/{page}")))
    };
    let mut buttons = vec![Content::from(link("case-preview-product", "product"))];
    if opened.is_open() && visit.person.duties.contains(&Duty::Researcher) {
        let key = if opened.answers.agencies.is_empty() {
            "case-ask"
        } else {
            "case-ask-another"
        };
        buttons.push(link(key, "ask").secondary().into());
    }
    buttons
}

fn take(shown: &Shown<'_>, visit: &Signed, opened: &Opened) -> Result<Option<Take>, Trouble> {
    if !opened.page.needs.contains(&Need::Take) {
        return Ok(None);
    }
    Ok(Some(Take {
        to: visit.to(&format!("/cases/{}/take", opened.id())),
        hidden: Hidden::nonce(visit)?,
        button: Button::new(shown.say("hub-take")).secondary(),
    }))
}

pub(super) fn answered(shown: &Shown<'_>, answers: &Answers) -> String {
    if answers.agencies.is_empty() {
        return shown.say("hub-queue-not-asked");
    }
    let arguments = [
        ("answered", answers.answered().into()),
        ("asked", answers.agencies.len().into()),
    ];
    shown.words().with("hub-answered-of", arguments)
}

fn answered_more(shown: &Shown<'_>, answers: &Answers) -> String {
    use stile_exchange::hub::State;
    let count = |is: fn(&State) -> bool| {
        let agencies = answers.agencies.iter();
        agencies.filter(|one| is(&one.state)).count()
    };
    let parts = [
        (
            "hub-waiting",
            count(|state| matches!(state, State::Busy { .. } | State::Waiting)),
        ),
        (
            "hub-offline",
            count(|state| matches!(state, State::Unreachable { .. })),
        ),
        (
            "hub-refused",
            count(|state| matches!(state, State::Refused { .. })),
        ),
        ("hub-to-confirm", answers.sum(|one| one.to_confirm.min(1))),
        ("hub-deciding", answers.sum(|one| one.referred.min(1))),
    ];
    let parts = parts.into_iter().filter(|(_, number)| *number > 0);
    let parts = parts.map(|(key, number)| shown.words().count(key, "number", number));
    parts.collect::<Vec<_>>().join(", ")
}

/// What the case needs of whoever looks, each with the page where it is done.
fn need_links(shown: &Shown<'_>, opened: &Opened) -> Vec<(String, String)> {
    let links = opened.page.needs.iter().filter_map(|need| {
        let page = match need {
            Need::Allocate => "allocate",
            Need::Close => "close",
            Need::Decide => "decide",
            Need::Escalate => "escalate",
            Need::GiveFeedback => "feedback",
            Need::RaiseEnquiry => "ask",
            Need::ReadContact => "request",
            // Its button stands at the head.
            Need::Take => return None,
        };
        let to = shown.visit.to(&format!("/cases/{}/{page}", opened.id()));
        Some((to, shown.coded("hub-need", need.word())))
    });
    links.collect()
}

fn tabs(shown: &Shown<'_>, visit: &Signed, opened: &Opened, place: Place) -> SubNavigation {
    let id = opened.id();
    let all = Place::BESIDE.into_iter().map(|one| {
        let key = format!("case-tab-{}", one.word());
        let name = shown.say(&key);
        Tab {
            words: match one.number(&opened.answers) {
                Some(number) => format!("{name} ({number})"),
                None => name,
            },
            to: match one {
                Place::Overview => visit.to(&format!("/cases/{id}")),
                _ => visit.to(&format!("/cases/{id}/{}", one.word())),
            },
            here: one == place,
        }
    });
    super::part::tabs(shown.say("case-sections"), all)
}

/// `Chronology, MASH-2026-00417`: the title of a page of a case. Browsers keep titles in their history,
/// where nobody logs who reads them; so nobody's name stands in one.
pub(super) fn title(shown: &Shown<'_>, opened: &Opened, place: Place) -> String {
    let number = opened.id();
    match place {
        Place::Overview | Place::Form => number.to_string(),
        _ => {
            let key = format!("case-tab-{}", place.word());
            format!("{}, {number}", shown.say(&key))
        }
    }
}
