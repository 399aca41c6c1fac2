//! Codes, people, agencies and times of a hub in the words of the page.

use stile_exchange::hub::Hub;
use stile_exchange::hub::desk::{Age, Timing};
use stile_model::code::{ConsentState, MatchStatus, Priority};
use stile_model::id::{CategoryId, Code, MemberId, UserId};
use stile_model::subject::{Born, Name, NameKind, Subject};
use stile_model::vocabulary::{Term, Vocabulary};

use crate::visit::Visit;
use crate::words::Words;

/// What a page of the hub needs to put things in words.
#[derive(Clone, Copy)]
pub(crate) struct Shown<'a> {
    pub(crate) visit: &'a Visit,
    pub(crate) hub: &'a Hub,
}

impl<'a> Shown<'a> {
    pub(crate) const fn new(visit: &'a Visit, hub: &'a Hub) -> Self {
        Self { visit, hub }
    }

    pub(crate) const fn words(&self) -> &'a Words {
        &self.visit.words
    }

    pub(crate) fn vocabulary(&self) -> &'a Vocabulary {
        &self.hub.vocabulary
    }

    pub(crate) fn say(&self, key: &str) -> String {
        self.words().say(key)
    }

    /// A word of the partnership's vocabulary: translated where the catalogue has it, otherwise as
    /// the partnership wrote it.
    fn term(&self, prefix: &str, code: &Code, name: Option<&str>) -> String {
        let translated = self.words().of_code(prefix, code.as_str());
        translated.unwrap_or_else(|| name.unwrap_or(code.as_str()).to_owned())
    }

    fn of(&self, prefix: &str, terms: &[Term], code: &Code) -> String {
        let term = terms.iter().find(|term| term.code == *code);
        self.term(prefix, code, term.map(|term| term.name.as_str()))
    }

    pub(crate) fn kind(&self, code: &Code) -> String {
        let kind = self.vocabulary().case_kind(code);
        self.term("hub-kind", code, kind.map(|kind| kind.name.as_str()))
    }

    pub(crate) fn purpose(&self, code: &Code) -> String {
        let purpose = self.vocabulary().purpose(code);
        self.term("hub-purpose", code, purpose.map(|one| one.name.as_str()))
    }

    pub(crate) fn category(&self, id: &CategoryId) -> String {
        let category = self.vocabulary().category(id);
        category.map_or_else(|| id.to_string(), |category| category.title.clone())
    }

    pub(crate) fn outcome(&self, code: &Code) -> String {
        self.of("hub-outcome", &self.vocabulary().outcomes, code)
    }

    pub(crate) fn role(&self, code: &Code) -> String {
        self.of("hub-role", &self.vocabulary().subject_roles, code)
    }

    pub(crate) fn without_consent(&self, code: &Code) -> String {
        self.of("hub-override", &self.vocabulary().overrides, code)
    }

    pub(crate) fn parents(&self, code: &Code) -> String {
        self.of("hub-parents", &self.vocabulary().parents_informed, code)
    }

    pub(crate) fn consent(&self, state: ConsentState) -> String {
        self.coded("hub-consent", state.as_str())
    }

    pub(crate) fn priority(&self, priority: Priority) -> String {
        self.coded("hub-priority", priority.as_str())
    }

    pub(crate) fn matched(&self, status: MatchStatus) -> String {
        self.coded("hub-match", status.as_str())
    }

    /// A word of the program's own codes.
    pub(crate) fn coded(&self, prefix: &str, code: &str) -> String {
        let known = self.words().of_code(prefix, code);
        known.unwrap_or_else(|| code.replace('_', " "))
    }

    pub(crate) fn member(&self, id: &MemberId) -> String {
        let directory = self.hub.directory.load();
        let member = directory.member(id);
        member.map_or_else(|| id.to_string(), |member| member.name.clone())
    }

    pub(crate) fn user(&self, user: &UserId) -> String {
        self.visit.site.shown(user)
    }

    /// How old somebody is.
    pub(crate) fn age(&self, age: Age) -> String {
        let number = |key: &str, number: u32| {
            let number = usize::try_from(number).unwrap_or(usize::MAX);
            self.words().count(key, "number", number)
        };
        match age {
            Age::Months(months) => number("hub-age-months", months),
            Age::Unborn(day) => {
                let day = self.words().day(day);
                self.words().about("hub-age-unborn", "day", &day)
            }
            Age::Years(years) => number("hub-age-years", years),
            Age::YearsAbout(years) => number("hub-age-years-about", years),
        }
    }

    /// When somebody was born, as well as it is known.
    pub(crate) fn born(&self, born: Option<Born>) -> String {
        let words = self.words();
        match born {
            None => self.say("hub-born-unknown"),
            Some(Born::Exact(date)) => words.about("hub-born-exact", "date", &words.day(date)),
            Some(Born::Expected(date)) => {
                words.about("hub-born-expected", "date", &words.day(date))
            }
            Some(Born::Approximate { date, years }) => words.with(
                "hub-born-about",
                [
                    ("year", date.year().to_string().into()),
                    ("years", u32::from(years).into()),
                ],
            ),
            Some(Born::Month { year, month }) => {
                let month = self.say(&format!("time-month-{month}"));
                words.about("hub-born-month", "month", &format!("{month} {year}"))
            }
            Some(Born::Year(year)) => words.about("hub-born-year", "year", &year.to_string()),
        }
    }

    /// The name that somebody goes by.
    pub(crate) fn name(&self, subject: &Subject) -> String {
        let of = |kind| subject.names.iter().find(move |name| name.kind == kind);
        let name = of(NameKind::Current).or_else(|| subject.names.first());
        let whole = name.map(whole_name).unwrap_or_default();
        if whole.is_empty() {
            self.say("hub-name-unknown")
        } else {
            whole
        }
    }

    /// How the clock stands, in words.
    pub(crate) fn timing(&self, timing: Timing) -> String {
        let words = self.words();
        match timing {
            Timing::DecidedInTime => self.say("hub-timing-in-time"),
            Timing::DecidedLate => self.say("hub-timing-late"),
            Timing::NoClock => self.say("hub-timing-none"),
            Timing::Overdue { by_s } => {
                words.about("hub-timing-overdue", "span", &words.span(by_s))
            }
            Timing::Running { left_s, .. } => words.span(left_s),
        }
    }
}

/// Forenames and surname in one line.
pub(crate) fn whole_name(name: &Name) -> String {
    let whole = format!("{} {}", name.forenames.reveal(), name.surname.reveal());
    whole.split_whitespace().collect::<Vec<_>>().join(" ")
}
