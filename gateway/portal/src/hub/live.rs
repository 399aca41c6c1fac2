//! Agencies' answers as they come: a stream that says when something changed, and the part of the page
//! that is fetched again then. Both are recorded before they are shown.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{Html, IntoResponse};
use futures_util::stream;
use stile_exchange::hub::{Answers, Hub, Watched};
use stile_model::id::CaseId;

use super::agencies;
use super::part::link;
use super::shown::Shown;
use crate::component::{Live, Paragraph};
use crate::form::Asked;
use crate::trouble::Paged;
use crate::visit::Signed;

/// How long one stream lasts; a browser that still looks opens the next one, and its door checks again
/// who is there.
const LASTS: Duration = Duration::from_mins(4);
/// Longest wait for a change at a time, in seconds.
const WAIT_S: u64 = 20;
/// The version that the page shows.
const SEEN: &str = "seen";
/// The version of the last event that a browser heard of when its stream broke off (HTML Standard,
/// section 9.2, "server-sent events").
const HEARD: &str = "last-event-id";

/// The part of the page that is kept up to date.
pub(super) fn part(shown: &Shown<'_>, case: &CaseId, answers: &Answers) -> Live {
    let to = |page: &str| shown.visit.to(&format!("/cases/{case}/{page}"));
    let table = agencies::table(shown, case, answers);
    let changed = changed(shown, answers);
    let events = format!("{}?{SEEN}={}", to("live"), answers.version);
    Live::new(events, to("answers"), changed, table, shown.words())
        .heading("agencies-h", shown.say("case-agencies"))
}

/// When an agency's line changed last.
fn changed(shown: &Shown<'_>, answers: &Answers) -> String {
    let last = answers.agencies.iter().map(|one| one.since).max();
    let when = shown.words().near(last.unwrap_or(answers.at), answers.at);
    shown.words().about("case-live-changed", "when", &when)
}

/// What changed last, in words for whoever does not see it.
fn newest(shown: &Shown<'_>, answers: &Answers) -> String {
    let newest = answers.agencies.iter().max_by_key(|one| one.since);
    newest.map_or_else(String::new, |one| {
        let status = shown.say(agencies::state(one).key());
        let arguments = [
            ("agency", one.name.clone().into()),
            ("status", status.into()),
        ];
        shown.words().with("case-live-say", arguments)
    })
}

/// The part of the page by itself.
pub(crate) async fn fragment(
    visit: Signed,
    State(hub): State<Arc<Hub>>,
    Path(case): Path<CaseId>,
) -> Paged {
    let answers = hub.read_answers(&visit.person, &case).await?;
    let shown = Shown::new(&visit, &hub);
    // The rest of the page is as old as it was: here is the way to all of it.
    let whole = link(
        visit.to(&format!("/cases/{case}")),
        shown.say("case-live-whole"),
    );
    let table = agencies::table(&shown, &case, &answers).then(Paragraph::new(whole));
    let part = Live::fragment(changed(&shown, &answers), table, newest(&shown, &answers));
    Ok(Html(part.to_string()).into_response())
}

/// What a stream holds between two changes.
struct Watch {
    hub: Arc<Hub>,
    watched: Watched,
    /// Something changed between the page and its stream.
    missed: bool,
    ends: tokio::time::Instant,
}

/// Says `changed` with a version whenever an agency's line changed, and at once where that happened
/// before the stream was there.
pub(crate) async fn events(
    visit: Signed,
    State(hub): State<Arc<Hub>>,
    Path(case): Path<CaseId>,
    headers: HeaderMap,
    Asked(asked): Asked,
) -> Paged {
    let watched = hub.watch(&visit.person, &case).await?;
    let heard = headers.get(HEARD).and_then(|value| value.to_str().ok());
    let seen = heard.unwrap_or_else(|| asked.text(SEEN));
    let watch = Watch {
        hub,
        missed: !seen.is_empty() && seen != watched.version().to_string(),
        watched,
        ends: tokio::time::Instant::now() + LASTS,
    };
    let changes = stream::unfold(watch, next);
    let alive = KeepAlive::new().interval(Duration::from_secs(15));
    Ok(Sse::new(changes).keep_alive(alive).into_response())
}

async fn next(mut watch: Watch) -> Option<(Result<Event, Infallible>, Watch)> {
    if std::mem::take(&mut watch.missed) {
        return Some((Ok(changed_to(&watch.watched)), watch));
    }
    while tokio::time::Instant::now() < watch.ends {
        let wait = watch.hub.has_changed(&mut watch.watched, WAIT_S);
        // A case that was erased meanwhile ends the stream.
        if wait.await.ok()? {
            return Some((Ok(changed_to(&watch.watched)), watch));
        }
    }
    None
}

fn changed_to(watched: &Watched) -> Event {
    let version = watched.version().to_string();
    Event::default().event("changed").id(&version).data(version)
}
