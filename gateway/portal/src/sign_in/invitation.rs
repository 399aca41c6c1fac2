//! The first page of setting up an account: user name and the code of the invitation.

use askama::Template;
use stile_exchange::account::Verdict;

use super::fields::Fields;
use super::password::go_on;
use super::step::Step;
use super::{no_faults, shown_again, wait};
use crate::component::{Button, ErrorSummary, Faults, Field, Input};
use crate::trouble::Paged;
use crate::visit::Visit;
use crate::words::Words;

#[derive(Template)]
#[template(path = "sign-in/invitation.html")]
struct Page<'a> {
    words: &'a Words,
    title: &'a str,
    summary: Option<ErrorSummary>,
    action: String,
    user: Input,
    code: Input,
    button: Button,
}

/// Asks for user name and invitation code.
pub(super) async fn page(visit: Visit) -> Paged {
    show(&visit, "", &no_faults(&visit))
}

/// Checks them, and goes on to password and app.
pub(super) async fn check(visit: Visit, fields: Fields) -> Paged {
    let (user, code) = (fields.text("user"), fields.text("code"));
    let mut faults = no_faults(&visit);
    if user.trim().is_empty() {
        faults.add("user", visit.words.say("sign-in-user-missing"));
    }
    if code.trim().is_empty() {
        faults.add("code", visit.words.say("sign-in-invitation-missing"));
    }
    if !faults.is_empty() {
        return show(&visit, user, &faults);
    }
    let accounts = visit.site.gateway.accounts();
    match accounts.begin(user, code, visit.origin())? {
        Verdict::Right(enrolling) => go_on(&visit, Step::SetUp(enrolling), "/sign-in/set-up"),
        Verdict::Wait(seconds) => {
            faults.add("user", wait(&visit, seconds));
            show(&visit, user, &faults)
        }
        Verdict::Wrong => {
            faults.add("user", visit.words.say("sign-in-invitation-wrong"));
            show(&visit, user, &faults)
        }
    }
}

fn show(visit: &Visit, user: &str, faults: &Faults) -> Paged {
    let words = &visit.words;
    let title = words.say("sign-in-invitation-title");
    let code = Field::new("code", words.say("sign-in-invitation"))
        .hint(words.say("sign-in-invitation-hint"));
    let page = Page {
        summary: faults.summary(),
        action: visit.to("/sign-in/invitation"),
        user: Input::new(Field::new("user", words.say("sign-in-user")).error(faults.of("user")))
            .value(user)
            .width(20)
            .autocapitalize("none")
            .spelling(false)
            .autocomplete("username"),
        code: Input::new(code.error(faults.of("code")))
            .width(30)
            .spelling(false)
            .autocomplete("off"),
        button: Button::new(words.say("sign-in-continue")),
        title: &title,
        words,
    };
    let shown = visit.page(&faults.mark(&title), &page)?;
    Ok(shown_again(shown, faults))
}
