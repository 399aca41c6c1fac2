//! One's own account: how one is signed in and where, password, recovery codes.

use askama::Template;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Redirect};
use stile_exchange::account::{Password, Verdict};

use super::fields::{Fields, step};
use super::set_up::{check_new, lead_to_codes, new_password};
use super::step::{STEP_COOKIE, Step};
use super::{begin, no_faults, shown_again, wait};
use crate::component::{
    Button, ButtonLink, Cell, Content, ErrorSummary, Faults, Field, Input, SummaryList, SummaryRow,
    Table,
};
use crate::session::{Listed, Means};
use crate::trouble::{Paged, Trouble};
use crate::visit::{Signed, Visit, clear_cookie};
use crate::words::Words;

#[derive(Template)]
#[template(path = "sign-in/own.html")]
struct Own<'a> {
    words: &'a Words,
    title: &'a str,
    list: SummaryList,
    account: bool,
    password: String,
    recovery: String,
    sessions: String,
}

/// What there is to one's account.
pub(super) async fn page(visit: Signed) -> Paged {
    let (words, user) = (&visit.words, &visit.person.user);
    let accounts = visit.site.gateway.accounts();
    let account = accounts.footing(user)?.is_some() && !visit.certified;
    let means = match visit.session.as_ref().map(|session| session.means) {
        _ if visit.certified => "account-by-certificate",
        Some(Means::Provider) => "account-by-provider",
        Some(Means::Account(_) | Means::Certificate) | None => "account-by-password",
    };
    let mut rows = vec![
        SummaryRow::new(words.say("account-name"), visit.site.shown(user)),
        SummaryRow::new(words.say("account-user"), user.to_string()),
        SummaryRow::new(words.say("account-means"), words.say(means)),
    ];
    if account {
        let left = accounts.recovery_codes(user)?;
        let left = words.count("account-recovery-left", "count", left);
        rows.push(SummaryRow::new(words.say("account-recovery-codes"), left));
    }
    let title = words.say("account-title");
    let page = Own {
        list: SummaryList::new(rows),
        password: visit.to("/account/password"),
        recovery: visit.to("/account/recovery"),
        sessions: visit.to("/account/sessions"),
        title: &title,
        words,
        account,
    };
    visit.page(&title, &page)
}

#[derive(Template)]
#[template(path = "sign-in/own-form.html")]
struct OwnForm<'a> {
    title: &'a str,
    why: String,
    summary: Option<ErrorSummary>,
    action: String,
    nonce: String,
    user: &'a str,
    inputs: Vec<Input>,
    button: Button,
}

/// Asks for the present and a new password.
pub(super) async fn password_page(visit: Signed) -> Paged {
    visit.must_be_fresh()?;
    show_password(&visit, &no_faults(&visit))
}

/// Changes the password; every other session of the user ends.
pub(super) async fn change_password(visit: Signed, fields: Fields) -> Paged {
    visit.must_be_fresh()?;
    let mut faults = no_faults(&visit);
    let present = present_password(&visit, &fields, &mut faults);
    check_new(&visit, &visit.person.user, &fields, &mut faults);
    if !faults.is_empty() {
        return show_password(&visit, &faults);
    }
    visit.spend(fields.text("nonce"))?;
    let accounts = visit.site.gateway.accounts();
    let (new, origin) = (fields.password("password"), visit.origin());
    match accounts
        .change_password(&visit.person, &present, &new, origin)
        .await?
    {
        Verdict::Right(footing) => {
            let user = &visit.person.user;
            visit.site.sessions.end_all(user, visit.token.as_ref());
            let (means, back) = (Means::Account(footing), visit.to("/account"));
            begin(&visit, user, means, visit.now(), &back).await
        }
        Verdict::Wait(seconds) => {
            faults.add("present", wait(&visit, seconds));
            show_password(&visit, &faults)
        }
        Verdict::Wrong => {
            faults.add("present", visit.words.say("account-password-wrong"));
            show_password(&visit, &faults)
        }
    }
}

fn present_password(visit: &Visit, fields: &Fields, faults: &mut Faults) -> Password {
    let present = fields.password("present");
    if present.is_empty() {
        faults.add("present", visit.words.say("account-password-missing"));
    }
    present
}

fn present_input(words: &Words, faults: &Faults) -> Input {
    let field = Field::new("present", words.say("account-password-present"));
    Input::new(field.error(faults.of("present")))
        .password()
        .width(20)
        .autocomplete("current-password")
}

fn show_password(visit: &Signed, faults: &Faults) -> Paged {
    let words = &visit.words;
    let title = words.say("account-password-title");
    let [first, second] = new_password(words, faults);
    let page = OwnForm {
        why: words.say("account-password-why"),
        summary: faults.summary(),
        action: visit.to("/account/password"),
        nonce: visit.nonce()?,
        user: visit.person.user.as_str(),
        inputs: vec![present_input(words, faults), first, second],
        button: Button::new(words.say("account-password-button")),
        title: &title,
    };
    let shown = visit.page(&faults.mark(&title), &page)?;
    Ok(shown_again(shown, faults))
}

/// Asks for the password before new recovery codes are made.
pub(super) async fn recovery_page(visit: Signed) -> Paged {
    visit.must_be_fresh()?;
    show_recovery(&visit, &no_faults(&visit))
}

/// Makes new recovery codes, and leads to where they are shown once.
pub(super) async fn renew_recovery(visit: Signed, fields: Fields) -> Paged {
    visit.must_be_fresh()?;
    let mut faults = no_faults(&visit);
    let present = present_password(&visit, &fields, &mut faults);
    if !faults.is_empty() {
        return show_recovery(&visit, &faults);
    }
    visit.spend(fields.text("nonce"))?;
    let accounts = visit.site.gateway.accounts();
    match accounts
        .renew_recovery(&visit.person, &present, visit.origin())
        .await?
    {
        Verdict::Right(codes) => {
            let step = Step::Codes(visit.person.user.clone(), codes);
            let shown = visit.site.steps.keep(step, visit.source(), visit.now())?;
            let mut response = visit.go("/sign-in/recovery-codes");
            lead_to_codes(&visit, &mut response, shown.as_str());
            Ok(response)
        }
        Verdict::Wait(seconds) => {
            faults.add("present", wait(&visit, seconds));
            show_recovery(&visit, &faults)
        }
        Verdict::Wrong => {
            faults.add("present", visit.words.say("account-password-wrong"));
            show_recovery(&visit, &faults)
        }
    }
}

fn show_recovery(visit: &Signed, faults: &Faults) -> Paged {
    let words = &visit.words;
    let title = words.say("account-recovery-title");
    let page = OwnForm {
        why: words.say("account-recovery-why"),
        summary: faults.summary(),
        action: visit.to("/account/recovery"),
        nonce: visit.nonce()?,
        user: visit.person.user.as_str(),
        inputs: vec![present_input(words, faults)],
        button: Button::new(words.say("account-recovery-button")),
        title: &title,
    };
    let shown = visit.page(&faults.mark(&title), &page)?;
    Ok(shown_again(shown, faults))
}

#[derive(Template)]
#[template(path = "sign-in/codes.html")]
struct CodesPage<'a> {
    words: &'a Words,
    title: &'a str,
    codes: &'a [String],
    on: ButtonLink,
}

/// Shows new recovery codes, this once: whoever comes to the desk later does not see them again.
pub(super) async fn codes_page(visit: Signed, headers: HeaderMap) -> Paged {
    let theirs = match step(&visit, &headers) {
        Some((token, Step::Codes(user, codes))) if user == visit.person.user => {
            visit.site.steps.done(&token);
            Some(codes)
        }
        Some(_) | None => None,
    };
    let Some(codes) = theirs else {
        let mut response = visit.go("/account");
        let cookies = response.headers_mut();
        cookies.append(header::SET_COOKIE, clear_cookie(STEP_COOKIE));
        return Ok(response);
    };
    let words = &visit.words;
    let title = words.say("sign-in-codes-title");
    let page = CodesPage {
        codes: &codes,
        on: ButtonLink::new(words.say("sign-in-codes-on"), visit.to("/")),
        title: &title,
        words,
    };
    visit.page(&title, &page)
}

#[derive(Template)]
#[template(path = "sign-in/sessions.html")]
struct Sessions<'a> {
    words: &'a Words,
    title: &'a str,
    table: Content,
    action: String,
    nonce: String,
    others: Option<Button>,
}

#[derive(Template)]
#[template(path = "sign-in/end-one.html")]
struct EndOne<'a> {
    action: &'a str,
    nonce: &'a str,
    button: Button,
}

impl askama::filters::HtmlSafe for EndOne<'_> {}
impl crate::component::Component for EndOne<'_> {}

/// Lists one's own sessions.
pub(super) async fn sessions_page(visit: Signed) -> Paged {
    let token = visit.token.as_ref().ok_or(Trouble::NotAllowed)?;
    let (words, action) = (&visit.words, visit.to("/account/sessions"));
    let all = visit
        .site
        .sessions
        .list(&visit.person.user, token, visit.now());
    let nonce = visit.nonce()?;
    let rows = all.iter().map(|one| row(&visit, one, &action, &nonce));
    let head = ["began", "seen", "what"];
    let head = head.map(|part| Cell::new(head_words(words, part)));
    let title = words.say("account-sessions-title");
    let table = Table::new(title.clone(), head.into(), rows.collect()).hidden_caption();
    let page = Sessions {
        table: table.scrolling(),
        others: (all.len() > 1).then(|| {
            Button::new(words.say("account-sessions-end-others"))
                .warning()
                .sends("session", "others")
        }),
        title: &title,
        nonce,
        action: action.clone(),
        words,
    };
    visit.page(&title, &page)
}

fn head_words(words: &Words, part: &str) -> String {
    match part {
        "began" => words.say("account-sessions-began"),
        "seen" => words.say("account-sessions-seen"),
        _ => words.say("account-sessions-what"),
    }
}

fn row(visit: &Signed, one: &Listed, action: &str, nonce: &str) -> Vec<Cell> {
    let words = &visit.words;
    let what: Content = if one.own {
        words.say("account-sessions-own").into()
    } else {
        let began = words.moment(one.session.began);
        let label = Content::from(words.say("account-sessions-end")).hidden(&began);
        EndOne {
            button: Button::new(label).secondary().sends("session", &one.handle),
            action,
            nonce,
        }
        .into()
    };
    vec![
        Cell::new(words.moment(one.session.began)),
        Cell::new(words.moment(one.session.seen)),
        Cell::new(what),
    ]
}

/// Ends one of one's other sessions, or all of them.
pub(super) async fn end_session(visit: Signed, fields: Fields) -> Paged {
    visit.spend(fields.text("nonce"))?;
    let (sessions, user) = (&visit.site.sessions, &visit.person.user);
    match fields.text("session") {
        "others" => sessions.end_all(user, visit.token.as_ref()),
        handle => sessions.end_one(user, handle),
    }
    Ok(Redirect::to(&visit.to("/account/sessions")).into_response())
}
