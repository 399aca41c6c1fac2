//! Signing in and out, and what people do with their own account.
//!
//! ```text
//! /sign-in ─password right─► /sign-in/code ─code right─► signed in ─► back where they were
//! /sign-in/invitation ─code right─► /sign-in/set-up ─password, app─► /sign-in/recovery-codes
//! ```
//!
//! Between two pages the browser holds a cookie of its own for the step it has come to, good for ten
//! minutes. Signing in always gives a new session; what somebody typed while the old one ran out is
//! theirs again.

mod again;
mod code;
mod fields;
mod invitation;
mod leave;
mod own;
mod password;
mod provider;
mod qr;
mod set_up;
mod step;

use std::sync::Arc;

use axum::extract::FromRef;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use stile_model::id::UserId;
use stile_model::time::Timestamp;

pub(crate) use step::Steps;

use crate::component::Faults;
use crate::doors::{Doors, Who};
use crate::session::{COOKIE, Means, Token};
use crate::site::Site;
use crate::trouble::Trouble;
use crate::visit::{Visit, clear_cookie, set_cookie, set_known};
use step::STEP_COOKIE;

/// Doors of signing in, and of one's own account.
pub(crate) fn doors<S>() -> Doors<S>
where
    S: Clone + Send + Sync + 'static,
    Arc<Site>: FromRef<S>,
{
    Doors::default()
        .get("/sign-in", Who::Anyone, password::page)
        .post("/sign-in", Who::Anyone, password::check)
        .get("/sign-in/code", Who::Anyone, code::page)
        .post("/sign-in/code", Who::Anyone, code::check)
        .get("/sign-in/recovery", Who::Anyone, code::recovery_page)
        .post("/sign-in/recovery", Who::Anyone, code::recovery_check)
        .get("/sign-in/invitation", Who::Anyone, invitation::page)
        .post("/sign-in/invitation", Who::Anyone, invitation::check)
        .get("/sign-in/set-up", Who::Anyone, set_up::page)
        .post("/sign-in/set-up", Who::Anyone, set_up::finish)
        .get("/sign-in/provider", Who::Anyone, provider::there)
        .get("/sign-in/provider/back", Who::Anyone, provider::back)
        .get("/sign-in/recovery-codes", Who::SignedIn, own::codes_page)
        .get("/sign-in/kept", Who::SignedIn, again::page)
        .post("/sign-in/kept", Who::SignedIn, again::discard)
        .get("/sign-out", Who::Anyone, leave::page)
        .post("/sign-out", Who::Anyone, leave::leave)
        .get("/account", Who::SignedIn, own::page)
        .get("/account/password", Who::SignedIn, own::password_page)
        .post("/account/password", Who::SignedIn, own::change_password)
        .get("/account/recovery", Who::SignedIn, own::recovery_page)
        .post("/account/recovery", Who::SignedIn, own::renew_recovery)
        .get("/account/sessions", Who::SignedIn, own::sessions_page)
        .post("/account/sessions", Who::SignedIn, own::end_session)
}

/// Begins the session of somebody who has shown everything that is asked for, the last of it at `shown`,
/// and sends them where they were going: to the forms that were kept for them, else to `back`.
async fn begin(
    visit: &Visit,
    user: &UserId,
    means: Means,
    shown: Timestamp,
    back: &str,
) -> Result<Response, Trouble> {
    let (sessions, now) = (&visit.site.sessions, visit.now());
    let token = Token::draw()?;
    sessions.begin(visit.token.as_ref(), &token, user.clone(), means, now);
    sessions.refresh(&token, means, shown);
    if let Some(before) = &visit.token {
        visit.take_along(before, &token, user).await;
    }
    let kept = visit.site.gateway.late_forms().of(token.secret(), user)?;
    let to = if kept.is_empty() {
        safe_back(back).map_or_else(|| visit.to("/"), ToOwned::to_owned)
    } else {
        visit.to("/sign-in/kept")
    };
    let mut response = Redirect::to(&to).into_response();
    let headers = response.headers_mut();
    headers.append(header::SET_COOKIE, set_cookie(COOKIE, token.as_str()));
    headers.append(header::SET_COOKIE, clear_cookie(STEP_COOKIE));
    headers.append(header::SET_COOKIE, clear_cookie(leave::LEFT_COOKIE));
    if let Means::Account(_) = means {
        let accounts = visit.site.gateway.accounts();
        let known = accounts.remembering(&visit.known, user)?;
        headers.append(header::SET_COOKIE, set_known(&known));
    }
    Ok(response)
}

/// The path to go back to, if it is one of ours and no page of signing in: nobody is sent elsewhere by
/// a link to our own sign-in page.
fn safe_back(back: &str) -> Option<&str> {
    let inside = back.strip_prefix('/')?;
    let plain = |sign: char| sign.is_ascii_graphic() && sign != '\\';
    let elsewhere = inside.starts_with('/') || back.len() > 512 || !back.chars().all(plain);
    let (_, path) = crate::words::Language::of_path(back);
    let signing = ["/sign-in", "/sign-out"]
        .iter()
        .any(|ours| path.starts_with(ours));
    (!elsewhere && !signing).then_some(back)
}

/// Nothing wrong yet, in the page's language.
fn no_faults(visit: &Visit) -> Faults {
    Faults::of_page(&visit.words)
}

/// What to say of having to wait.
fn wait(visit: &Visit, seconds: u32) -> String {
    let minutes = usize::try_from(seconds.div_ceil(60)).unwrap_or(1);
    visit.words.count("sign-in-wait", "minutes", minutes)
}

/// A form shown again because of what is wrong with it.
fn shown_again(mut page: Response, faults: &Faults) -> Response {
    if !faults.is_empty() {
        *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    }
    page
}
