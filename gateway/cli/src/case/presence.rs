//! `stile case presence`: which agencies know a person, and whom to ask first.

use std::time::Duration;

use stile_exchange::hub::{AgencyPresence, CasePresence, CheckPresence, PresenceStatus};
use stile_model::id::CaseId;

use crate::args::Connect;
use crate::output::{self, line};
use crate::people::Desk;
use crate::run::Failure;

const SOON: Duration = Duration::from_secs(30);
/// A hub waits up to two minutes for an agency.
const PATIENCE: Duration = Duration::from_mins(3);

/// Checks now.
pub(super) async fn check(
    connect: &Connect,
    id: &CaseId,
    ask: &CheckPresence,
) -> Result<(), Failure> {
    let path = format!("/api/v1/cases/{id}/presence");
    let desk = Desk::open(&connect.person)?;
    let found: CasePresence = desk.post_long(&path, ask, PATIENCE).await?;
    if connect.json {
        output::json(&found);
    } else {
        line(words(&found));
    }
    Ok(())
}

/// Shows what the newest checks came to.
pub(super) async fn last(connect: &Connect, id: &CaseId) -> Result<(), Failure> {
    let path = format!("/api/v1/cases/{id}/presence");
    let found: Vec<CasePresence> = Desk::open(&connect.person)?.get(&path, SOON).await?;
    if connect.json {
        output::json(&found);
    } else if found.is_empty() {
        line("nobody of this case was checked");
    } else {
        for one in &found {
            line(words(one));
        }
    }
    Ok(())
}

fn words(found: &CasePresence) -> String {
    let wide = |text: &dyn Fn(&AgencyPresence) -> usize| found.agencies.iter().map(text).max();
    let first = wide(&|one| one.agency.as_str().len()).unwrap_or(0);
    let second = wide(&|one| status(one).chars().count()).unwrap_or(0);
    let mut lines = vec![format!(
        "{}, {}, for {}, checked {}",
        found.case, found.subject, found.purpose, found.checked
    )];
    for one in &found.agencies {
        let text = format!(
            "{:<first$}  {:<second$}  {}",
            one.agency.as_str(),
            status(one),
            one.contact
        );
        lines.push(text.trim_end().to_owned());
    }
    lines.push(whom_to_ask(found));
    lines.join("\n")
}

/// One line: whom to ask first, or that nobody was found to know the person.
fn whom_to_ask(found: &CasePresence) -> String {
    let first: Vec<_> = found.ask_first.iter().map(ToString::to_string).collect();
    if first.is_empty() {
        "nobody was found to know them, which is not absence: ask as without a check".to_owned()
    } else {
        format!("ask first: {}; others may know them, too", first.join(", "))
    }
}

fn status(one: &AgencyPresence) -> String {
    match one.status {
        PresenceStatus::Known => "known".to_owned(),
        PresenceStatus::MayKnow => "known, or a possible match".to_owned(),
        PresenceStatus::Possibly => "possibly known".to_owned(),
        PresenceStatus::NoMatch if one.by_name => "no match (not absence)".to_owned(),
        PresenceStatus::NoMatch => "no token match (not absence)".to_owned(),
        PresenceStatus::NotOffered => "not offered".to_owned(),
        PresenceStatus::NotChecked => {
            let named = if one.by_name { ", asked by name" } else { "" };
            let code = one.code.as_deref().unwrap_or("unexplained");
            format!("not checked: {code}{named}")
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn found() -> CasePresence {
        let line = |agency: &str, status: &str, code: Option<&str>| {
            let mut line = json!({
                "agency": agency, "name": agency, "contact": "desk", "status": status,
            });
            if let Some(code) = code {
                line["code"] = code.into();
            }
            line
        };
        serde_json::from_value(json!({
            "case": "MASH-2026-00417",
            "subject": "s1",
            "purpose": "s47_enquiry",
            "checked": "2026-03-11T10:14:00.000Z",
            "agencies": [
                line("health", "may_know", None),
                line("housing", "known", None),
                line("police", "no_match", None),
                line("school", "not_checked", Some("set_stale")),
            ],
            "ask_first": ["housing", "health"],
        }))
        .unwrap()
    }

    #[test]
    fn every_line_says_what_was_found_and_a_miss_is_never_called_absence() {
        let text = words(&found());

        assert!(text.contains("housing  known "), "{text}");
        assert!(
            text.contains("health   known, or a possible match"),
            "{text}"
        );
        assert!(
            text.contains("police   no token match (not absence)"),
            "{text}"
        );
        assert!(text.contains("not checked: set_stale"), "{text}");
        assert!(text.ends_with("ask first: housing, health; others may know them, too"));
    }

    #[test]
    fn says_where_the_person_was_named_though_nothing_was_found() {
        let mut found = found();
        for one in &mut found.agencies {
            one.by_name = true;
        }
        let text = words(&found);

        assert!(text.contains("police   no match (not absence)"), "{text}");
        assert!(
            text.contains("not checked: set_stale, asked by name"),
            "{text}"
        );
    }

    #[test]
    fn says_that_nobody_found_is_not_absence() {
        let none = CasePresence {
            ask_first: Vec::new(),
            ..found()
        };

        assert!(whom_to_ask(&none).contains("not absence"));
    }
}
