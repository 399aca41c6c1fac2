//! From a request to an answer: who is let in, and what becomes of what goes wrong behind the door.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use axum::extract::Request;
use axum::http::header;
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use futures_util::FutureExt;

use crate::doors::Who;
use crate::layout;
use crate::sent::{Fate, Sent};
use crate::site::Site;
use crate::trouble::Trouble;
use crate::visit::{Visit, arrive};

/// Lets a visitor in, if the door is theirs, and makes a page of what went wrong behind it.
pub(crate) async fn admit(who: Who, request: Request, next: Next) -> Response {
    let Some(site) = request.extensions().get::<Arc<Site>>().cloned() else {
        return Trouble::Broken.into();
    };
    let (visit, begun) = match arrive(site, &request) {
        Ok(arrived) => arrived,
        Err(trouble) => return trouble.into(),
    };
    if let (Some((before, _)), Some(after), Some(person)) = (&begun, &visit.token, &visit.person)
        && let Some(before) = before
    {
        visit.take_along(before, after, &person.user).await;
    }
    let mut response = open(who, visit, request, next).await;
    if let Some((_, cookie)) = begun {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

async fn open(who: Who, visit: Visit, request: Request, next: Next) -> Response {
    let (sent, mut request) = match Sent::of(request).await {
        Ok(read) => read,
        Err(trouble) => return layout::trouble(&visit, &trouble, Fate::Nothing),
    };
    if !who.admits(visit.person.as_ref()) {
        return match visit.person {
            None => sent.to_sign_in(&visit).await,
            Some(_) => layout::trouble(&visit, &Trouble::NotAllowed, Fate::Nothing),
        };
    }
    request.extensions_mut().insert(visit.clone());
    let mut response = caught(next.run(request)).await;
    let trouble = response.extensions_mut().remove::<Trouble>();
    match trouble.or_else(|| Trouble::of_blank(sent.method(), &response)) {
        Some(Trouble::Answered(at)) => Redirect::to(&at).into_response(),
        Some(Trouble::NotFresh) => sent.to_sign_in(&visit).await,
        Some(trouble) => {
            let (trouble, fate) = visit.ended_badly(trouble, &sent).await;
            let mut page = layout::trouble(&visit, &trouble, fate);
            if let Some(methods) = response.headers_mut().remove(header::ALLOW) {
                page.headers_mut().insert(header::ALLOW, methods);
            }
            page
        }
        None => {
            visit.remember_answer(&response);
            if response.status().is_redirection() {
                sent.arrived(&visit).await;
            }
            response
        }
    }
}

/// What a handler answers; one that stops by a fault in the program has answered, too.
async fn caught(answer: impl Future<Output = Response>) -> Response {
    let caught = AssertUnwindSafe(answer).catch_unwind().await;
    caught.unwrap_or_else(|_| Trouble::Broken.into())
}

/// Makes a page of what went wrong before any door: what another site sent, above all. Nobody's page,
/// since whoever is signed in did not ask for it.
pub(crate) async fn whole(request: Request, next: Next) -> Response {
    let Some(site) = request.extensions().get::<Arc<Site>>().cloned() else {
        return Trouble::Broken.into();
    };
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let mut response = caught(next.run(request)).await;
    let trouble = response.extensions_mut().remove::<Trouble>();
    match trouble.or_else(|| Trouble::of_blank(&method, &response)) {
        Some(trouble) => layout::trouble(&Visit::of_nobody(site, &uri), &trouble, Fate::Nothing),
        None => response,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_fault_in_the_program_is_an_answer_like_any_other() {
        let broken = async { panic!("a fault of a test") };
        let mut response = caught(broken).await;

        assert_eq!(response.status().as_u16(), 500);
        let trouble = response.extensions_mut().remove::<Trouble>();
        assert_eq!(trouble, Some(Trouble::Broken));
    }
}
