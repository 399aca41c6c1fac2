//! What stands around every page: marking, header, navigation, language, footer.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use stile_exchange::gateway::Gateway;

use crate::component::{
    LanguageItem, LanguageNavigation, NavigationItem, ServiceNavigation, Standing,
};
use crate::doors::Part;
use crate::sent::Fate;
use crate::trouble::{Paged, Trouble};
use crate::visit::Visit;
use crate::words::{Language, Words};
use crate::{agency, hub};

/// Pages that stand under another part of the site than their address does: cases are found in the queue.
const BELONGS: [(&str, &str); 1] = [("/cases", "/queue")];

/// A part of the site in the navigation.
#[derive(Debug, Clone, Copy)]
pub struct Section {
    /// Key of its words.
    pub key: &'static str,
    /// Its first page; everything below it belongs to it.
    pub path: &'static str,
    /// Who may open it; others do not see it.
    pub who: crate::doors::Who,
}

#[derive(Template)]
#[template(path = "layout.html")]
struct Layout<'a> {
    words: &'a Words,
    title: &'a str,
    body: &'a str,
    home: String,
    member: &'a str,
    person: Option<Shown>,
    navigation: ServiceNavigation,
    visit: &'a Visit,
}

/// The visitor, as the header shows them.
struct Shown {
    name: String,
    parts: String,
}

/// A part of the site that the visitor may open.
pub(crate) struct Link {
    /// Its words.
    pub(crate) words: String,
    /// Its first page.
    pub(crate) to: String,
    /// Is the visitor in it?
    pub(crate) here: bool,
}

/// A finished page.
///
/// # Errors
///
/// When the layout fails.
pub(crate) fn page(visit: &Visit, title: &str, body: &str) -> Paged {
    let layout = Layout {
        words: &visit.words,
        title,
        body,
        home: visit.to("/"),
        member: &visit.site.settings.member_name,
        person: person(visit),
        navigation: navigation(visit),
        visit,
    };
    Ok(Html(layout.render()?).into_response())
}

/// `Jo Okafor`, `hub researcher`.
fn person(visit: &Visit) -> Option<Shown> {
    let person = visit.person.as_ref()?;
    let mut parts: Vec<_> = person.duties.iter().map(Part::of).collect();
    parts.dedup();
    let parts = parts
        .into_iter()
        .map(|part| visit.words.say(&format!("common-part-{}", part.word())));
    Some(Shown {
        name: visit.site.shown(&person.user),
        parts: parts.collect::<Vec<_>>().join(", "),
    })
}

/// The parts of the site, and the same page in the other language.
fn navigation(visit: &Visit) -> ServiceNavigation {
    let words = &visit.words;
    let parts = sections(visit).into_iter().map(|link| {
        NavigationItem::new(link.words, link.to).standing(if link.here {
            Standing::Within
        } else {
            Standing::Elsewhere
        })
    });
    let languages = LanguageNavigation::new(
        words.say("common-language"),
        Language::ALL.map(|language| language_link(visit, language)),
    );
    ServiceNavigation::new(
        words.say("common-service-information"),
        words.say("common-menu"),
        parts.collect(),
    )
    .end(languages)
}

/// The parts of the site that the visitor may open.
pub(crate) fn sections(visit: &Visit) -> Vec<Link> {
    let all = match visit.site.gateway {
        Gateway::Agency(_) => agency::SECTIONS,
        Gateway::Hub(_) => hub::SECTIONS,
    };
    all.iter()
        .filter(|section| visit.person.is_some() && section.who.admits(visit.person.as_ref()))
        .map(|section| Link {
            words: visit.words.say(section.key),
            to: visit.to(section.path),
            here: is_within(&visit.path, section.path),
        })
        .collect()
}

fn is_within(path: &str, section: &str) -> bool {
    let mut belonging = BELONGS.iter().filter(|(_, to)| *to == section);
    is_under(path, section) || belonging.any(|(pages, _)| is_under(path, pages))
}

fn is_under(path: &str, section: &str) -> bool {
    match path.strip_prefix(section) {
        Some(rest) => rest.is_empty() || rest.starts_with('/') || section == "/" && rest.is_empty(),
        None => false,
    }
}

fn language_link(visit: &Visit, language: Language) -> LanguageItem {
    // Exactly one slash: two would name another host.
    let path = format!("/{}", visit.path.trim_start_matches('/'));
    let to = match (language.prefix(), path.as_str()) {
        ("", path) => path.to_owned(),
        (prefix, "/") => prefix.to_owned(),
        (prefix, path) => format!("{prefix}{path}"),
    };
    // Each language names itself, on a page of either.
    let name = match language {
        Language::Cymraeg => "Cymraeg",
        Language::English => "English",
    };
    let here = visit.words.language == language;
    LanguageItem::new(name, language.tag(), to).current(here)
}

#[derive(Template)]
#[template(path = "trouble.html")]
struct TroublePage<'a> {
    title: &'a str,
    what: String,
    detail: Option<&'a str>,
    code: Option<&'a str>,
    kept: Option<String>,
    lost: bool,
    words: &'a Words,
    home: String,
}

/// The page of what went wrong, and of what became of what was typed.
pub(crate) fn trouble(visit: &Visit, trouble: &Trouble, fate: Fate) -> Response {
    let key = format!("common-trouble-{}", trouble.word());
    let title = visit.words.say(&key);
    let (code, detail) = match trouble {
        Trouble::Refused { code, title, .. } => (Some(code.as_str()), Some(title.as_str())),
        Trouble::AlreadySent
        | Trouble::Answered(_)
        | Trouble::Foreign
        | Trouble::NotFresh
        | Trouble::NotAllowed
        | Trouble::NotFound
        | Trouble::NotTheForm
        | Trouble::NotThisWay
        | Trouble::OtherSite
        | Trouble::TooLong
        | Trouble::Unsure
        | Trouble::Broken => (None, None),
    };
    let body = TroublePage {
        what: visit.words.say(&format!("{key}-what")),
        title: &title,
        detail,
        code,
        kept: (fate == Fate::Kept).then(|| visit.to("/sign-in/kept")),
        lost: fate == Fate::Lost,
        words: &visit.words,
        home: visit.to("/"),
    };
    let made = visit.page(&title, &body);
    let mut response = made.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response());
    *response.status_mut() = trouble.status();
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_stands_in_the_queue_and_in_nothing_else() {
        for path in [
            "/queue",
            "/cases/MASH-2026-00001",
            "/cases/MASH-2026-00001/log",
        ] {
            assert!(is_within(path, "/queue"), "{path}");
            assert!(!is_within(path, "/log"), "{path}");
        }
        for path in ["/casework", "/figures", "/"] {
            assert!(!is_within(path, "/queue"), "{path}");
        }
    }
}
