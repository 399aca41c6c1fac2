//! What nobody may miss who opens a case: danger, whom not to tell, what nobody has read yet.

use stile_exchange::hub::desk::{KeptReferral, Said};

use super::case::Opened;
use super::part::{joined, link};
use super::shown::Shown;
use crate::component::{Alert, AlertKind, Content, WarningText};

/// The warnings of a case, danger first.
pub(super) fn of(shown: &Shown<'_>, opened: &Opened) -> Vec<Content> {
    let mut all = Vec::new();
    all.extend(danger(shown, opened));
    all.extend(unread(shown, opened));
    let warn = |words: String| Content::from(WarningText::new(shown.say("case-warning"), words));
    let unnamed = |kept: &KeptReferral| kept.referral.referrer.may_be_named == Some(Said::No);
    if opened.page.referrals.iter().any(unnamed) {
        all.push(warn(shown.say("case-warn-unnamed")));
    }
    let parents = opened.page.case.matter.consent.parents_informed.as_ref();
    if let Some(why) = parents.filter(|code| code.as_str() != "informed") {
        let why = shown.parents(why);
        all.push(warn(shown.words().about("case-warn-parents", "why", &why)));
    }
    all
}

/// Somebody said that somebody is in danger: said until the case is closed.
fn danger(shown: &Shown<'_>, opened: &Opened) -> Option<Content> {
    let since = opened.page.work.danger().filter(|_| opened.is_open())?;
    let when = shown.words().moment(since);
    let words = shown.words().about("case-danger", "when", &when);
    let name = shown.say("case-danger-word");
    Some(Alert::new(AlertKind::Error, name, words).into())
}

/// Contacts that nobody who works on it has read.
fn unread(shown: &Shown<'_>, opened: &Opened) -> Option<Content> {
    let unread = opened.page.work.unread();
    let first = unread.first().filter(|_| opened.is_open())?;
    let words = shown.words().count("case-unread", "number", unread.len());
    let to = format!("/cases/{}/request#contact-{first}", opened.id());
    let read = link(shown.visit.to(&to), shown.say("case-unread-see"));
    let said = joined([
        Content::from(words.as_str()),
        Content::from(" "),
        Content::from(read),
    ]);
    Some(Alert::new(AlertKind::Warning, shown.say("case-warning"), said).into())
}
