//! Signing out.

use askama::Template;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::Response;

use super::step::STEP_COOKIE;
use crate::component::{Button, ButtonLink};
use crate::session::{COOKIE, Token};
use crate::trouble::Paged;
use crate::visit::{Visit, clear_cookie, set_cookie};
use crate::words::Words;

/// Name of the cookie that says that somebody signed out at this browser; gone with the browser's
/// window, or when somebody signs in.
pub(super) const LEFT_COOKIE: &str = "__Host-stile-left";

#[derive(Template)]
#[template(path = "sign-in/leave.html")]
struct Ask<'a> {
    words: &'a Words,
    title: &'a str,
    action: String,
    button: Button,
}

#[derive(Template)]
#[template(path = "sign-in/left.html")]
struct Left<'a> {
    words: &'a Words,
    title: &'a str,
    certified: bool,
    again: ButtonLink,
}

/// Signs out whoever follows a link of our own pages; asks first whoever comes from elsewhere. Says
/// "signed out" to whoever is not signed in.
pub(super) async fn page(visit: Visit, headers: HeaderMap) -> Paged {
    let from = headers.get("sec-fetch-site");
    if visit.session.is_none() || from.is_some_and(|from| from == "same-origin") {
        return left(visit).await;
    }
    let words = &visit.words;
    let title = words.say("sign-in-leave-title");
    let page = Ask {
        action: visit.to("/sign-out"),
        button: Button::new(words.say("sign-in-leave-button")),
        title: &title,
        words,
    };
    visit.page(&title, &page)
}

/// Ends the session here and everything the browser holds of it.
pub(super) async fn leave(visit: Visit) -> Paged {
    if let Some(token) = &visit.token {
        end(&visit, token).await;
    }
    let mut response = visit.go("/sign-out");
    forget(&mut response);
    Ok(response)
}

/// Ends the session, and what is kept for it.
async fn end(visit: &Visit, token: &Token) {
    visit.site.sessions.end(token);
    let forms = visit.site.gateway.late_forms();
    if let Err(error) = forms.forget(token.secret(), None).await {
        // The browser forgets the token, and nobody opens them without it.
        tracing::warn!(%error, "forms of somebody who signed out are still kept");
    }
}

async fn left(mut visit: Visit) -> Paged {
    if let Some(token) = visit.token.take() {
        end(&visit, &token).await;
    }
    (visit.person, visit.session) = (None, None);
    let words = &visit.words;
    let title = words.say("sign-in-left-title");
    let page = Left {
        certified: visit.certified,
        again: ButtonLink::new(words.say("sign-in-left-again"), visit.to("/sign-in")),
        title: &title,
        words,
    };
    let mut response = visit.page(&title, &page)?;
    forget(&mut response);
    Ok(response)
}

fn forget(response: &mut Response) {
    let headers = response.headers_mut();
    headers.append(header::SET_COOKIE, clear_cookie(COOKIE));
    headers.append(header::SET_COOKIE, clear_cookie(STEP_COOKIE));
    headers.append(header::SET_COOKIE, set_cookie(LEFT_COOKIE, "1"));
    headers.insert(
        HeaderName::from_static("clear-site-data"),
        // Not the cookies: that would sign people out of every other system of their organisation's
        // domain. Ours are taken back one by one above.
        HeaderValue::from_static("\"cache\", \"storage\""),
    );
}
