//! The first page of signing in: user name and password.

use askama::Template;
use axum::extract::RawQuery;
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use stile_exchange::account::Verdict;

use super::fields::{Back, Fields};
use super::provider::{Fault, value};
use super::step::{STEP_COOKIE, Step};
use super::{no_faults, safe_back, shown_again, wait};
use crate::component::{Button, ButtonLink, ErrorSummary, Faults, Field, Input, InsetText};
use crate::sent::Fate;
use crate::trouble::{Paged, Trouble};
use crate::visit::{Visit, set_cookie};
use crate::words::Words;

#[derive(Template)]
#[template(path = "sign-in/password.html")]
struct Page<'a> {
    words: &'a Words,
    title: &'a str,
    again: bool,
    note: Option<InsetText>,
    summary: Option<ErrorSummary>,
    action: String,
    back: &'a str,
    user: Input,
    password: Input,
    button: Button,
    invitation: String,
    provider: Option<ButtonLink>,
}

/// Asks for user name and password; whoever shows a certificate needs neither.
pub(super) async fn page(visit: Visit, Back(back): Back, RawQuery(query): RawQuery) -> Paged {
    if visit.certified {
        return Ok(visit.go("/"));
    }
    let user = visit
        .session
        .as_ref()
        .map(|session| session.user.to_string());
    let (mut faults, words) = (no_faults(&visit), &visit.words);
    match Fault::of_query(query.as_deref()) {
        Some(Fault::Failed) => faults.add_to_form(words.say("sign-in-provider-failed")),
        Some(Fault::Stale) => faults.add_to_form(words.say("sign-in-provider-stale")),
        Some(Fault::Unknown) => faults.add_to_form(words.say("sign-in-provider-unknown")),
        Some(Fault::Weak) => faults.add_to_form(words.say("sign-in-provider-weak")),
        None => {}
    }
    let form = value(query.as_deref(), "form").unwrap_or_default();
    let note = match Fate::of_word(&form) {
        Fate::Kept => Some(words.say("sign-in-form-kept")),
        Fate::Lost => Some(words.say("sign-in-form-lost")),
        Fate::Passwords => Some(words.say("sign-in-form-passwords")),
        Fate::Nothing => None,
    };
    let note = note.map(InsetText::new);
    show(&visit, &user.unwrap_or_default(), &back, note, &faults)
}

/// Checks them, and goes on to the code.
pub(super) async fn check(visit: Visit, fields: Fields) -> Paged {
    let (user, back) = (fields.text("user"), fields.text("back"));
    let password = fields.password("password");
    let mut faults = no_faults(&visit);
    if user.trim().is_empty() {
        faults.add("user", visit.words.say("sign-in-user-missing"));
    }
    if password.is_empty() {
        faults.add("password", visit.words.say("sign-in-password-missing"));
    }
    if !faults.is_empty() {
        return show(&visit, user, back, None, &faults);
    }
    let accounts = visit.site.gateway.accounts();
    match accounts
        .check_password(user, &password, visit.origin())
        .await?
    {
        Verdict::Right(right) => {
            let back = safe_back(back).unwrap_or_default().to_owned();
            go_on(&visit, Step::Code { right, back }, "/sign-in/code")
        }
        Verdict::Wait(seconds) => {
            faults.add("user", wait(&visit, seconds));
            show(&visit, user, back, None, &faults)
        }
        Verdict::Wrong => {
            faults.add("user", visit.words.say("sign-in-wrong"));
            show(&visit, user, back, None, &faults)
        }
    }
}

/// To the next page, with the step in the browser.
pub(super) fn go_on(visit: &Visit, step: Step, to: &str) -> Result<Response, Trouble> {
    let token = visit.site.steps.keep(step, visit.source(), visit.now())?;
    let mut response = Redirect::to(&visit.to(to)).into_response();
    let cookie = set_cookie(STEP_COOKIE, token.as_str());
    response.headers_mut().append(header::SET_COOKIE, cookie);
    Ok(response)
}

fn show(visit: &Visit, user: &str, back: &str, note: Option<InsetText>, faults: &Faults) -> Paged {
    let words = &visit.words;
    let again = visit.person.is_some();
    let title = words.say(if again {
        "sign-in-again-title"
    } else {
        "sign-in-title"
    });
    let page = Page {
        summary: faults.summary(),
        action: visit.to("/sign-in"),
        user: Input::new(Field::new("user", words.say("sign-in-user")).error(faults.of("user")))
            .value(user)
            .width(20)
            .autocapitalize("none")
            .spelling(false)
            .autocomplete("username"),
        password: Input::new(
            Field::new("password", words.say("sign-in-password")).error(faults.of("password")),
        )
        .password()
        .width(20)
        .autocomplete("current-password"),
        button: Button::new(words.say("sign-in-continue")),
        invitation: visit.to("/sign-in/invitation"),
        provider: visit.site.settings.provider.as_ref().map(|_| {
            let back: String = form_urlencoded::byte_serialize(back.as_bytes()).collect();
            let to = visit.to(&format!("/sign-in/provider?back={back}"));
            ButtonLink::new(words.say("sign-in-provider"), to)
        }),
        title: &title,
        words,
        again,
        note,
        back,
    };
    let shown = visit.page(&faults.mark(&title), &page)?;
    Ok(shown_again(shown, faults))
}
