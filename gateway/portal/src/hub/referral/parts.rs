//! The parts of the form: what is written as fields, what was typed as what is written, and the fields.

use jiff::civil::Time;
use stile_exchange::hub::desk::{Channel, REFERRERS, Referral, Said};
use stile_exchange::hub::{uk_civil, uk_instant};
use stile_model::code::{ConsentState, Priority};
use stile_model::id::Code;
use stile_model::redact::Redacted;

use super::super::case_form::choose;
use super::super::check::Check;
use super::super::shown::Shown;
use super::super::told::{date, typed_date};
use super::{Step, people, seen};
use crate::component::{Choice, Content, Faults, Field, Group, Input, Item, Radios, Textarea};
use crate::form::Fields;

const CHANNELS: [(Channel, &str); 4] = [
    (Channel::Telephone, "telephone"),
    (Channel::Form, "form"),
    (Channel::Email, "email"),
    (Channel::InPerson, "in_person"),
];
const SAID: [(Said, &str); 3] = [
    (Said::Yes, "yes"),
    (Said::No, "no"),
    (Said::Unknown, "unknown"),
];

/// Longest single line.
pub(super) const LINE: usize = 200;
/// Longest account.
pub(super) const ACCOUNT: usize = 8_000;

/// Everything written so far, as fields.
pub(super) fn write(referral: &Referral) -> Fields {
    let mut typed = Fields::default();
    let Referral {
        referrer,
        channel,
        received,
        needs,
        ..
    } = referral;
    for (name, text) in [
        ("name", &referrer.name),
        ("role", &referrer.role),
        ("organisation", &referrer.organisation),
        ("telephone", &referrer.telephone),
        ("email", &referrer.email),
        ("concern", &referral.concern),
        ("household", &referral.household),
        ("responsibility", &referral.parental_responsibility),
        ("language", &needs.language),
        ("needs", &needs.account),
    ] {
        typed.set(name, text.reveal().as_str());
    }
    let code = |code: &Option<Code>| code.as_ref().map_or("", Code::as_str).to_owned();
    for (name, text) in [
        ("referrer-kind", code(&referrer.kind)),
        ("case-kind", code(&referral.kind)),
        ("purpose", code(&referral.purpose)),
        ("override", code(&referral.override_reason)),
        ("parents", code(&referral.parents_informed)),
    ] {
        typed.set(name, text);
    }
    for (name, answer) in [
        ("may-be-named", referrer.may_be_named),
        ("may-be-told", referrer.may_be_told),
        ("danger", referral.immediate_danger),
        ("interpreter", needs.interpreter),
        ("disability", needs.disability),
    ] {
        typed.set(name, said_word(answer));
    }
    typed.set("channel", channel.map_or("", channel_word));
    typed.set("priority", referral.priority.map_or("", Priority::as_str));
    typed.set("consent", referral.consent.map_or("", ConsentState::as_str));
    if let Some(at) = received {
        let civil = uk_civil(*at);
        typed.set("received-day", civil.day().to_string());
        typed.set("received-month", civil.month().to_string());
        typed.set("received-year", civil.year().to_string());
        typed.set(
            "received-time",
            format!("{:02}:{:02}", civil.hour(), civil.minute()),
        );
    }
    seen::write(referral, &mut typed);
    people::write(referral, &mut typed);
    typed
}

/// The word of an answer; none where the question was left open.
pub(in crate::hub) fn said_word(said: Option<Said>) -> &'static str {
    let found = SAID.iter().find(|(one, _)| Some(*one) == said);
    found.map_or("", |(_, word)| word)
}

/// The word of a way to refer.
pub(in crate::hub) fn channel_word(channel: Channel) -> &'static str {
    let found = CHANNELS.iter().find(|(one, _)| *one == channel);
    found.map_or("", |(_, word)| word)
}

/// Puts what was typed in one step into what is written.
pub(super) fn read(check: &mut Check<'_>, step: Step, referral: &mut Referral) {
    match step {
        Step::Referrer => read_referrer(check, referral),
        Step::Concern => {
            referral.concern = check.text("concern", 0..=ACCOUNT);
            referral.immediate_danger = said(check.fields, "danger");
            referral.observations = seen::read(check);
        }
        Step::People => referral.subjects = people::read(check),
        Step::Home => {
            referral.household = check.text("household", 0..=ACCOUNT);
            referral.parental_responsibility = check.text("responsibility", 0..=ACCOUNT);
            referral.needs.language = check.text("language", 0..=LINE);
            referral.needs.interpreter = said(check.fields, "interpreter");
            referral.needs.disability = said(check.fields, "disability");
            referral.needs.account = check.text("needs", 0..=ACCOUNT);
        }
        Step::Consent => {
            let fields = check.fields;
            referral.kind = code(fields, "case-kind");
            referral.priority = fields.text("priority").parse().ok();
            referral.purpose = code(fields, "purpose");
            referral.consent = fields.text("consent").parse().ok();
            referral.override_reason = code(fields, "override");
            referral.parents_informed = code(fields, "parents");
        }
        Step::Call => {}
    }
}

fn read_referrer(check: &mut Check<'_>, referral: &mut Referral) {
    let fields = check.fields;
    let way = CHANNELS
        .iter()
        .find(|(_, word)| *word == fields.text("channel"));
    referral.channel = way.map(|(one, _)| *one);
    referral.received = received(check);
    let who = &mut referral.referrer;
    who.name = check.text("name", 0..=LINE);
    who.role = check.text("role", 0..=LINE);
    who.organisation = check.text("organisation", 0..=LINE);
    who.telephone = check.text("telephone", 0..=LINE);
    who.email = check.text("email", 0..=LINE);
    who.kind = code(fields, "referrer-kind");
    who.may_be_named = said(fields, "may-be-named");
    who.may_be_told = said(fields, "may-be-told");
}

/// When it came; none where nothing is said of it.
fn received(check: &mut Check<'_>) -> Option<stile_model::time::Timestamp> {
    let Ok(date) = typed_date(check.fields, "received")? else {
        check.fault("received-day", "hub-fault-date");
        return None;
    };
    let time = check.fields.given("received-time").unwrap_or("00:00");
    if let Ok(time) = time.parse::<Time>() {
        return Some(uk_instant(date.to_datetime(time)));
    }
    check.fault("received-time", "hub-fault-time");
    None
}

pub(super) fn code(fields: &Fields, name: &str) -> Option<Code> {
    Code::new(fields.text(name)).ok()
}

fn said(fields: &Fields, name: &str) -> Option<Said> {
    let found = SAID.iter().find(|(_, word)| *word == fields.text(name));
    found.map(|(one, _)| *one)
}

/// The fields of one step.
pub(super) fn show(shown: &Shown<'_>, step: Step, typed: &Fields, faults: &Faults) -> Vec<Content> {
    let form = Form {
        shown: *shown,
        typed,
        faults,
    };
    match step {
        Step::Referrer => referrer_fields(&form),
        Step::Concern => {
            let mut all = vec![form.question("danger"), form.account("concern")];
            all.extend(seen::show(&form));
            all
        }
        Step::People => people::show(&form),
        Step::Home => vec![
            form.account("household"),
            form.account("responsibility"),
            form.line("language"),
            form.question("interpreter"),
            form.question("disability"),
            form.account("needs"),
        ],
        Step::Consent => consent_fields(&form),
        Step::Call => Vec::new(),
    }
}

fn referrer_fields(form: &Form<'_>) -> Vec<Content> {
    let Form {
        shown,
        typed,
        faults,
    } = *form;
    let ways = CHANNELS.map(|(_, word)| word);
    let kinds = REFERRERS.iter().map(|code| {
        (
            (*code).to_owned(),
            shown.coded("referral-referrer-kind", code),
        )
    });
    vec![
        form.radios("channel", &ways, "referral-channel"),
        date(&shown, typed, faults, "received", "referral-received"),
        form.line("received-time"),
        form.line("name"),
        form.line("role"),
        form.line("organisation"),
        form.line("telephone"),
        form.line("email"),
        choose(
            &shown,
            typed,
            faults,
            "referrer-kind",
            "referral-referrer-kind",
            kinds,
        ),
        form.question("may-be-named"),
        form.question("may-be-told"),
    ]
}

fn consent_fields(form: &Form<'_>) -> Vec<Content> {
    let Form {
        shown,
        typed,
        faults,
    } = *form;
    let vocabulary = shown.vocabulary();
    let pick = |name: &str, key: &str, codes: Vec<(String, String)>| {
        choose(&shown, typed, faults, name, key, codes)
    };
    let kinds = vocabulary.case_kinds.iter();
    let purposes = vocabulary.purposes.iter();
    let overrides = vocabulary.overrides.iter();
    let parents = vocabulary.parents_informed.iter();
    vec![
        pick(
            "case-kind",
            "hub-kind",
            kinds
                .map(|one| (one.code.to_string(), shown.kind(&one.code)))
                .collect(),
        ),
        pick(
            "priority",
            "hub-priority",
            Priority::ALL
                .iter()
                .rev()
                .map(|one| (one.to_string(), shown.priority(*one)))
                .collect(),
        ),
        pick(
            "purpose",
            "case-purpose",
            purposes
                .map(|one| (one.code.to_string(), shown.purpose(&one.code)))
                .collect(),
        ),
        pick(
            "consent",
            "case-consent",
            ConsentState::ALL
                .iter()
                .map(|one| (one.to_string(), shown.consent(*one)))
                .collect(),
        ),
        pick(
            "override",
            "referral-override",
            overrides
                .map(|one| (one.code.to_string(), shown.without_consent(&one.code)))
                .collect(),
        ),
        pick(
            "parents",
            "referral-parents",
            parents
                .map(|one| (one.code.to_string(), shown.parents(&one.code)))
                .collect(),
        ),
    ]
}

/// Fields of one page, with what was typed and what is wrong.
#[derive(Clone, Copy)]
pub(super) struct Form<'a> {
    pub(super) shown: Shown<'a>,
    pub(super) typed: &'a Fields,
    pub(super) faults: &'a Faults,
}

impl Form<'_> {
    /// One line, under the words `referral-<name>`.
    pub(super) fn line(&self, name: &str) -> Content {
        self.line_as(name, &format!("referral-{name}"))
    }

    pub(super) fn line_as(&self, name: &str, key: &str) -> Content {
        let field = Field::new(name, self.shown.say(key)).error(self.faults.of(name));
        Input::new(field)
            .width(characters(key))
            .value(self.typed.text(name))
            .into()
    }

    /// Several lines, with a hint.
    pub(super) fn account(&self, name: &str) -> Content {
        self.account_as(name, &format!("referral-{name}"))
    }

    pub(super) fn account_as(&self, name: &str, key: &str) -> Content {
        let hint = self.shown.say(&format!("{key}-hint"));
        let field = Field::new(name, self.shown.say(key))
            .hint(hint)
            .error(self.faults.of(name));
        Textarea::new(field).value(self.typed.text(name)).into()
    }

    /// Yes, no, or not known.
    pub(super) fn question(&self, name: &str) -> Content {
        self.radios(name, &SAID.map(|(_, word)| word), "referral-said")
    }

    /// One of a few words.
    pub(super) fn radios(&self, name: &str, words: &[&str], prefix: &str) -> Content {
        self.radios_as(name, &format!("referral-{name}"), words, prefix)
    }

    pub(super) fn radios_as(&self, name: &str, key: &str, words: &[&str], prefix: &str) -> Content {
        let items = words
            .iter()
            .map(|word| Item::from(Choice::new(*word, self.shown.coded(prefix, word))));
        let group = Group::new(name, self.shown.say(key)).error(self.faults.of(name));
        let radios = Radios::new(group, items.collect());
        radios.inline().value(self.typed.text(name)).into()
    }
}

/// A text as it is kept.
pub(super) fn kept(text: &str) -> Redacted<String> {
    Redacted::new(text.to_owned())
}

/// How much is normally typed there: the width of a field says how long an answer is meant to be.
fn characters(key: &str) -> u8 {
    match key {
        "referral-person-about" | "referral-received-time" => 5,
        "referral-person-postcode" => 10,
        "referral-person-nhs-number" | "referral-person-phone" | "referral-telephone" => 20,
        _ => 30,
    }
}
