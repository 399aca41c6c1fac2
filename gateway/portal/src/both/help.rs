//! Pages for everybody: help, the accessibility statement, and what is recorded of whom.

use std::sync::Arc;

use axum::extract::FromRef;

use super::part::{Sheet, bullets};
use crate::doors::{Doors, Who};
use crate::site::Site;
use crate::trouble::Paged;
use crate::visit::Visit;

/// The doors of these pages.
pub(crate) fn doors<S>() -> Doors<S>
where
    S: Clone + Send + Sync + 'static,
    Arc<Site>: FromRef<S>,
{
    Doors::default()
        .get("/help", Who::Anyone, help)
        .get("/accessibility", Who::Anyone, accessibility)
        .get("/privacy", Who::Anyone, privacy)
}

async fn help(visit: Visit) -> Paged {
    said(
        &visit,
        "help",
        &[
            ("find", &["queue", "approvals", "matches", "log"]),
            ("wrong", &["code", "nothing", "support"]),
            ("safe", &["share", "leave", "doubt"]),
        ],
    )
}

async fn accessibility(visit: Visit) -> Paged {
    said(
        &visit,
        "access",
        &[
            ("can", &["keyboard", "zoom", "colour", "script", "welsh"]),
            ("tested", &["rules", "browser", "not-people"]),
            ("known", &["tables", "welsh-draft", "partnership"]),
            ("report", &["tell"]),
        ],
    )
}

async fn privacy(visit: Visit) -> Paged {
    said(
        &visit,
        "privacy",
        &[
            ("staff", &["opened", "decided", "sessions", "cookie"]),
            ("people", &["purpose", "minimum", "sealed", "rights"]),
            ("others", &["members", "witnesses", "nobody"]),
        ],
    )
}

/// A page of headings with points below each, all from the catalogue:
/// `help-<page>-title`, `-what`, `-<heading>`, `-<heading>-<point>`.
fn said(visit: &Visit, page: &str, all: &[(&str, &[&str])]) -> Paged {
    let words = &visit.words;
    let mut sheet = Sheet::new(words.say(&format!("help-{page}-title")));
    sheet.say(words.say(&format!("help-{page}-what")));
    for (heading, points) in all {
        sheet.heading(words.say(&format!("help-{page}-{heading}")));
        let key = |point: &&str| words.say(&format!("help-{page}-{heading}-{point}"));
        sheet.add(bullets(points.iter().map(key)));
    }
    sheet.page(visit, None)
}
