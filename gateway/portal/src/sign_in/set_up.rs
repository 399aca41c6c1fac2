//! The second page of setting up an account: a password, and an app that shows codes.

use askama::Template;
use axum::http::HeaderMap;
use axum::http::header;
use stile_exchange::account::{
    Digits, Enrolling, PASSWORD_LEAST, PASSWORD_MOST, Password, PasswordFault, Verdict,
};
use stile_model::id::UserId;

use super::fields::{Fields, step};
use super::qr::Squares;
use super::step::{STEP_COOKIE, Step};
use super::{begin, no_faults, shown_again, wait};
use crate::component::{Button, ErrorSummary, Faults, Field, Input};
use crate::session::Means;
use crate::trouble::Paged;
use crate::visit::{Visit, set_cookie};
use crate::words::Words;

#[derive(Template)]
#[template(path = "sign-in/set-up.html")]
struct Page<'a> {
    words: &'a Words,
    title: &'a str,
    summary: Option<ErrorSummary>,
    action: String,
    user: &'a str,
    first: Input,
    second: Input,
    squares: Option<Squares>,
    seed: String,
    code: Input,
    button: Button,
}

/// Shows the picture for the app, and asks for a password and the first code.
pub(super) async fn page(visit: Visit, headers: HeaderMap) -> Paged {
    match step(&visit, &headers) {
        Some((_, Step::SetUp(enrolling))) => show(&visit, &enrolling, &no_faults(&visit)),
        Some((_, Step::Code { .. } | Step::Codes(..) | Step::Provider { .. })) | None => {
            Ok(visit.go("/sign-in/invitation"))
        }
    }
}

/// Makes the account, signs in with it, and goes on to the recovery codes.
pub(super) async fn finish(visit: Visit, headers: HeaderMap, fields: Fields) -> Paged {
    let Some((token, Step::SetUp(enrolling))) = step(&visit, &headers) else {
        return Ok(visit.go("/sign-in/invitation"));
    };
    let mut faults = no_faults(&visit);
    let password = fields.password("password");
    check_new(&visit, &enrolling.user, &fields, &mut faults);
    let digits = Digits::read(fields.text("code"));
    let (true, Some(digits)) = (faults.is_empty(), digits) else {
        if Digits::read(fields.text("code")).is_none() {
            faults.add("code", visit.words.say("sign-in-code-missing"));
        }
        return show(&visit, &enrolling, &faults);
    };
    let accounts = visit.site.gateway.accounts();
    let done = accounts.enrol(&enrolling, &password, &digits, visit.origin());
    match done.await? {
        Verdict::Right(enrolled) => {
            visit.site.steps.done(&token);
            let means = Means::Account(enrolled.signed_in.footing);
            let user = &enrolled.signed_in.user;
            let codes = Step::Codes(user.clone(), enrolled.recovery);
            let shown = visit.site.steps.keep(codes, visit.source(), visit.now())?;
            let mut response = begin(&visit, user, means, visit.now(), "/").await?;
            lead_to_codes(&visit, &mut response, shown.as_str());
            Ok(response)
        }
        Verdict::Wait(seconds) => {
            faults.add("code", wait(&visit, seconds));
            show(&visit, &enrolling, &faults)
        }
        Verdict::Wrong => {
            faults.add("code", visit.words.say("sign-in-code-wrong"));
            show(&visit, &enrolling, &faults)
        }
    }
}

/// To the page that shows new recovery codes once.
pub(super) fn lead_to_codes(visit: &Visit, response: &mut axum::response::Response, token: &str) {
    let headers = response.headers_mut();
    headers.append(header::SET_COOKIE, set_cookie(STEP_COOKIE, token));
    if let Ok(to) = visit.to("/sign-in/recovery-codes").try_into() {
        headers.insert(header::LOCATION, to);
    }
}

/// What is wrong with a new password and its repetition.
pub(super) fn check_new(visit: &Visit, user: &UserId, fields: &Fields, faults: &mut Faults) {
    let (first, second): (Password, Password) = (
        fields.password("password"),
        fields.password("password-again"),
    );
    let words = &visit.words;
    if let Err(fault) = first.check(user) {
        let text = match fault {
            PasswordFault::HoldsUser => words.say("sign-in-new-holds-user"),
            PasswordFault::TooCommon => words.say("sign-in-new-common"),
            PasswordFault::TooLong => words.count("sign-in-new-long", "most", PASSWORD_MOST),
            PasswordFault::TooShort => words.count("sign-in-new-short", "least", PASSWORD_LEAST),
        };
        faults.add("password", text);
    } else if !first.is_repeated_by(&second) {
        faults.add("password-again", words.say("sign-in-new-differs"));
    }
}

/// The two fields of a new password.
pub(super) fn new_password(words: &Words, faults: &Faults) -> [Input; 2] {
    let hint = words.count("sign-in-new-hint", "least", PASSWORD_LEAST);
    let first = Field::new("password", words.say("sign-in-new")).hint(hint);
    let second = Field::new("password-again", words.say("sign-in-new-again"));
    [(first, "password"), (second, "password-again")].map(|(field, id)| {
        Input::new(field.error(faults.of(id)))
            .password()
            .width(20)
            .autocomplete("new-password")
    })
}

fn show(visit: &Visit, enrolling: &Enrolling, faults: &Faults) -> Paged {
    let words = &visit.words;
    let title = words.say("sign-in-set-up-title");
    let gateway = visit.site.gateway.me().as_str();
    let user = enrolling.user.as_str();
    let [first, second] = new_password(words, faults);
    let code = Field::new("code", words.say("sign-in-set-up-code"));
    let page = Page {
        summary: faults.summary(),
        action: visit.to("/sign-in/set-up"),
        squares: Squares::of(&enrolling.seed.address(gateway, user)),
        seed: enrolling.seed.text(),
        code: Input::new(code.error(faults.of("code")))
            .numeric()
            .width(10)
            .spelling(false)
            .autocomplete("one-time-code"),
        button: Button::new(words.say("sign-in-set-up-button")),
        title: &title,
        words,
        user,
        first,
        second,
    };
    let shown = visit.page(&faults.mark(&title), &page)?;
    Ok(shown_again(shown, faults))
}
