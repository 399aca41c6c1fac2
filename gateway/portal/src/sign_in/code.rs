//! The second page of signing in: the code of the app, or one of the recovery codes.

use askama::Template;
use axum::http::HeaderMap;
use stile_exchange::account::Verdict;

use super::fields::{Fields, step};
use super::step::Step;
use super::{begin, no_faults, shown_again, wait};
use crate::component::{Button, ErrorSummary, Faults, Field, Input};
use crate::session::Means;
use crate::trouble::Paged;
use crate::visit::Visit;
use crate::words::Words;

/// Which of the two is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    App,
    Recovery,
}

#[derive(Template)]
#[template(path = "sign-in/code.html")]
struct Page<'a> {
    words: &'a Words,
    title: &'a str,
    summary: Option<ErrorSummary>,
    action: String,
    code: Input,
    button: Button,
    other: String,
    other_words: String,
}

/// Asks for the code of the app.
pub(super) async fn page(visit: Visit, headers: HeaderMap) -> Paged {
    ask(&visit, &headers, Asked::App)
}

/// Asks for a recovery code.
pub(super) async fn recovery_page(visit: Visit, headers: HeaderMap) -> Paged {
    ask(&visit, &headers, Asked::Recovery)
}

/// Checks the code of the app, and signs in.
pub(super) async fn check(visit: Visit, headers: HeaderMap, fields: Fields) -> Paged {
    check_either(&visit, &headers, &fields, Asked::App).await
}

/// Checks a recovery code, and signs in.
pub(super) async fn recovery_check(visit: Visit, headers: HeaderMap, fields: Fields) -> Paged {
    check_either(&visit, &headers, &fields, Asked::Recovery).await
}

fn ask(visit: &Visit, headers: &HeaderMap, asked: Asked) -> Paged {
    match step(visit, headers) {
        Some((_, Step::Code { .. })) => show(visit, asked, &no_faults(visit)),
        // Nobody is here without a password that was right.
        Some((_, Step::Codes(..) | Step::Provider { .. } | Step::SetUp(_))) | None => {
            Ok(visit.go("/sign-in"))
        }
    }
}

async fn check_either(visit: &Visit, headers: &HeaderMap, fields: &Fields, asked: Asked) -> Paged {
    let Some((token, Step::Code { right, back })) = step(visit, headers) else {
        return Ok(visit.go("/sign-in"));
    };
    let mut faults = no_faults(visit);
    let code = fields.text("code");
    if code.trim().is_empty() {
        faults.add("code", visit.words.say("sign-in-code-missing"));
        return show(visit, asked, &faults);
    }
    let accounts = visit.site.gateway.accounts();
    match accounts.check_code(&right, code, visit.origin()).await? {
        Verdict::Right(signed_in) => {
            visit.site.steps.done(&token);
            let means = Means::Account(signed_in.footing);
            begin(visit, &signed_in.user, means, visit.now(), &back).await
        }
        Verdict::Wait(seconds) => {
            faults.add("code", wait(visit, seconds));
            show(visit, asked, &faults)
        }
        Verdict::Wrong => {
            faults.add("code", visit.words.say("sign-in-code-wrong"));
            show(visit, asked, &faults)
        }
    }
}

fn show(visit: &Visit, asked: Asked, faults: &Faults) -> Paged {
    let words = &visit.words;
    let (title, label, hint) = match asked {
        Asked::App => ("sign-in-code-title", "sign-in-code", "sign-in-code-hint"),
        Asked::Recovery => (
            "sign-in-recovery-title",
            "sign-in-recovery",
            "sign-in-recovery-hint",
        ),
    };
    let (other, other_words) = match asked {
        Asked::App => ("/sign-in/recovery", "sign-in-code-lost"),
        Asked::Recovery => ("/sign-in/code", "sign-in-recovery-not"),
    };
    let field = Field::new("code", words.say(label)).hint(words.say(hint));
    let input = Input::new(field.error(faults.of("code"))).spelling(false);
    let (action, code) = match asked {
        Asked::App => (
            "/sign-in/code",
            input.numeric().width(10).autocomplete("one-time-code"),
        ),
        Asked::Recovery => ("/sign-in/recovery", input.width(20).autocomplete("off")),
    };
    let title = words.say(title);
    let page = Page {
        summary: faults.summary(),
        action: visit.to(action),
        button: Button::new(words.say("sign-in-button")),
        other: visit.to(other),
        other_words: words.say(other_words),
        title: &title,
        words,
        code,
    };
    let shown = visit.page(&faults.mark(&title), &page)?;
    Ok(shown_again(shown, faults))
}
