//! What we share, and for what: one cell for each kind of record and purpose, and beside it what a draft
//! would make of it.

mod rows;

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use serde::Deserialize;
use stile_exchange::agency::Agency;
use stile_exchange::error::ExchangeError;
use stile_exchange::policy::{Beside, Drafted, MatrixAsked, PolicyMatrix, ProposalState};
use stile_model::code::Priority;
use stile_model::id::Code;
use stile_model::vocabulary::Vocabulary;

use super::CHANGES;
use super::sheet::{english_list, places};
use crate::component::{
    Button, ButtonLink, Choosable, Content, DecisionLegend, Field, InsetText, Paragraph, Select,
    SubNavigation,
};
use crate::trouble::{Paged, Trouble};
use crate::visit::Signed;
use crate::words::{Language, Words};

use rows::{Body, Group};
pub(super) use rows::{alike, said};

/// The word for no draft at all.
const NONE: &str = "none";
/// The word for what the visitor is still writing.
const OWN: &str = "own";

/// What is looked at; empty words leave a dimension open.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Looked {
    version: String,
    priority: String,
    subject: String,
    /// The draft beside: a version, `own`, `none`, or empty for the newest that waits.
    with: String,
}

impl Looked {
    /// The question to the use case.
    pub(super) fn asked(&self, drafts: &[Draft]) -> Result<MatrixAsked, Trouble> {
        let chosen = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let version = chosen(&self.version).map(|text| text.parse());
        let priority = chosen(&self.priority).map(|text| text.parse::<Priority>());
        let subject = chosen(&self.subject).map(Code::new);
        Ok(MatrixAsked {
            version: version.transpose().map_err(|_| Trouble::NotFound)?,
            priority: priority.transpose().map_err(|_| Trouble::NotFound)?,
            subject: subject.transpose().map_err(|_| Trouble::NotFound)?,
            beside: self.draft(drafts).map(|draft| draft.which),
        })
    }

    /// The draft that is looked at beside. Where nobody chose, the newest that waits, unless another
    /// version than the one in force is looked at.
    pub(super) fn draft<'a>(&self, drafts: &'a [Draft]) -> Option<&'a Draft> {
        if self.with.is_empty() && self.version.is_empty() {
            let mut waiting = drafts.iter();
            return waiting.find(|draft| matches!(draft.which, Beside::Proposal(_)));
        }
        drafts.iter().find(|draft| draft.key == self.with)
    }

    /// The same as the end of an address; holds codes and numbers only.
    pub(super) fn query(asked: &MatrixAsked) -> String {
        let mut pairs = Vec::new();
        pairs.extend(asked.version.map(|version| format!("version={version}")));
        pairs.extend(asked.priority.map(|rated| format!("priority={rated}")));
        pairs.extend(asked.subject.as_ref().map(|code| format!("subject={code}")));
        pairs.push(match asked.beside {
            Some(Beside::Proposal(version)) => format!("with={version}"),
            Some(Beside::Sketch) => format!("with={OWN}"),
            None => format!("with={NONE}"),
        });
        format!("?{}", pairs.join("&"))
    }
}

/// Rules that are not in force and may be looked at beside those that are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Draft {
    /// As an address names it: `13` or `own`.
    pub(super) key: String,
    /// As people call it: `Draft 13`.
    pub(super) name: String,
    pub(super) which: Beside,
}

/// Proposals that wait or have not yet come into force, newest first, and what the visitor is writing.
pub(super) fn drafts(visit: &Signed, agency: &Agency) -> Result<Vec<Draft>, ExchangeError> {
    let words = &visit.words;
    let mut all = Vec::new();
    for one in agency.policy_proposals(&visit.person)?.proposals {
        let open = matches!(
            one.state,
            ProposalState::Waiting { .. } | ProposalState::Approved { .. }
        );
        if open {
            let key = one.version.to_string();
            all.push(Draft {
                name: words.about("policy-draft", "version", &key),
                which: Beside::Proposal(one.version),
                key,
            });
        }
    }
    let officer = CHANGES.admits(Some(&visit.person));
    if officer && agency.policy_sketch(&visit.person)?.saved.is_some() {
        all.push(Draft {
            key: OWN.to_owned(),
            name: words.say("policy-try-own"),
            which: Beside::Sketch,
        });
    }
    Ok(all)
}

#[derive(Template)]
#[template(path = "policy/matrix.html")]
struct MatrixPage<'a> {
    places: SubNavigation,
    words: &'a Words,
    title: &'a str,
    standing: String,
    beside: Vec<Content>,
    action: String,
    filters: Vec<Select>,
    show: Button,
    legend: DecisionLegend,
    columns: Vec<&'a str>,
    span: usize,
    groups: Vec<Group<'a>>,
    foreign: Option<&'static str>,
}

/// The matrix.
pub(super) async fn page(
    visit: Signed,
    State(agency): State<Arc<Agency>>,
    looked: Result<Query<Looked>, axum::extract::rejection::QueryRejection>,
) -> Paged {
    let Query(looked) = looked.map_err(|_| Trouble::NotFound)?;
    let drafts = drafts(&visit, &agency)?;
    let asked = looked.asked(&drafts)?;
    let shown = agency.policy_matrix(&visit.person, asked.clone()).await?;
    let (words, vocabulary) = (&visit.words, &*agency.vocabulary);
    let title = words.say("policy-title");
    let columns = columns(vocabulary, &shown);
    let body = Body {
        visit: &visit,
        vocabulary,
        shown: &shown,
        columns: &columns,
        asked: &asked,
        draft: looked.draft(&drafts),
    };
    let page = MatrixPage {
        places: places(&visit),
        standing: standing(words, &shown),
        beside: beside(&visit, &body),
        action: visit.to("/policy"),
        filters: filters(words, vocabulary, &looked, (&shown, &drafts)),
        show: Button::new(words.say("policy-show")).secondary(),
        legend: rows::legend(words),
        span: columns.len() + 1,
        groups: body.groups(),
        foreign: (words.language == Language::Cymraeg).then_some("en-GB"),
        title: &title,
        columns: columns.clone(),
        words,
    };
    visit.page(&title, &page)
}

/// `Policy version 12, in force since 2 February 2026.`
fn standing(words: &Words, shown: &PolicyMatrix) -> String {
    let version = words.about("policy-version", "version", &shown.version.to_string());
    let since = match shown.since {
        Some(since) => words.about("policy-since", "date", &words.day(since.date())),
        None => words.say("policy-not-in-force"),
    };
    let until = shown
        .until
        .map(|until| words.about("policy-until", "date", &words.day(until)));
    [Some(version), Some(since), until]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" ")
}

/// What stands beside, how many cells of it differ, and where to read on.
fn beside(visit: &Signed, body: &Body<'_>) -> Vec<Content> {
    let words = &visit.words;
    let (Some(draft), Some(drafted)) = (body.draft, &body.shown.beside) else {
        return Vec::new();
    };
    let mut parts: Vec<Content> = Vec::new();
    match drafted {
        Drafted::Cells(_) => {
            let arguments = [
                ("name", draft.name.as_str().into()),
                ("count", body.differing().into()),
            ];
            parts.push(Paragraph::new(words.with("policy-beside", arguments)).into());
        }
        Drafted::Wrong(mistakes) => {
            let wrong = words.about("policy-try-wrong", "name", &draft.name);
            let wrong = Content::from(Paragraph::new(wrong));
            parts.push(InsetText::new(wrong.then(english_list(words, mistakes))).into());
        }
    }
    let (to, said) = match draft.which {
        Beside::Proposal(version) => (format!("/policy/changes/{version}"), "policy-beside-look"),
        Beside::Sketch => ("/policy/edit".to_owned(), "policy-propose-back"),
    };
    let link = ButtonLink::new(words.say(said), visit.to(&to)).secondary();
    parts.push(link.into());
    parts
}

fn filters(
    words: &Words,
    vocabulary: &Vocabulary,
    looked: &Looked,
    (shown, drafts): (&PolicyMatrix, &[Draft]),
) -> Vec<Select> {
    let any = || Choosable::new("", words.say("policy-any"));
    let rated = Priority::ALL.iter().map(|priority| {
        let code = priority.to_string();
        let said = words.say(&format!("common-priority-{code}"));
        Choosable::new(code, said)
    });
    let roles = vocabulary
        .subject_roles
        .iter()
        .map(|role| Choosable::new(role.code.to_string(), role.name.clone()));
    let newest = shown.in_force.max(shown.version).max(1);
    let versions = (1..=newest).rev().map(|version| {
        let version = version.to_string();
        let said = words.about("policy-version-short", "version", &version);
        Choosable::new(version, said)
    });
    let none = Choosable::new(NONE, words.say("policy-beside-none"));
    let drafted = drafts
        .iter()
        .map(|draft| Choosable::new(&*draft.key, &*draft.name));
    let select = |name: &str, items: Vec<Choosable>, value: String| {
        let label = words.say(&format!("policy-filter-{name}"));
        Select::new(Field::new(name, label), items).value(value)
    };
    let with = looked
        .draft(drafts)
        .map_or(NONE, |draft| draft.key.as_str());
    vec![
        select("version", versions.collect(), shown.version.to_string()),
        select(
            "with",
            std::iter::once(none).chain(drafted).collect(),
            with.to_owned(),
        ),
        select(
            "priority",
            std::iter::once(any()).chain(rated).collect(),
            looked.priority.clone(),
        ),
        select(
            "subject",
            std::iter::once(any()).chain(roles).collect(),
            looked.subject.clone(),
        ),
    ]
}

fn columns<'a>(vocabulary: &'a Vocabulary, shown: &'a PolicyMatrix) -> Vec<&'a str> {
    let purposes = shown.cells.matrix.purposes.iter();
    purposes
        .map(|code| {
            let purpose = vocabulary.purpose(code);
            purpose.map_or(code.as_str(), |purpose| purpose.name.as_str())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(key: &str, which: Beside) -> Draft {
        Draft {
            key: key.to_owned(),
            name: key.to_owned(),
            which,
        }
    }

    fn drafts() -> [Draft; 3] {
        [
            draft("14", Beside::Proposal(14)),
            draft("13", Beside::Proposal(13)),
            draft(OWN, Beside::Sketch),
        ]
    }

    fn looked(version: &str, with: &str) -> Looked {
        Looked {
            version: version.to_owned(),
            with: with.to_owned(),
            ..Looked::default()
        }
    }

    #[test]
    fn the_newest_change_that_waits_stands_beside_what_is_in_force() {
        let drafts = drafts();
        let key = |version: &str, with: &str| {
            let looked = looked(version, with);
            looked.draft(&drafts).map(|draft| draft.key.clone())
        };

        assert_eq!(key("", "").as_deref(), Some("14"));
        assert_eq!(key("", "13").as_deref(), Some("13"));
        assert_eq!(key("3", OWN).as_deref(), Some(OWN));
        assert_eq!(key("3", ""), None);
        assert_eq!(key("", NONE), None);
    }

    #[test]
    fn rejects_drafts_that_are_not_open_and_words_that_are_none() {
        let own = [draft(OWN, Beside::Sketch)];

        assert_eq!(looked("", "9").draft(&own), None);
        assert_eq!(looked("", "").draft(&own), None, "only once it is proposed");
        assert!(looked("<b>", "").asked(&own).is_err());
        let pink = Looked {
            priority: "pink".to_owned(),
            ..Looked::default()
        };
        assert!(pink.asked(&own).is_err());
    }

    #[test]
    fn an_address_says_what_stands_beside_and_nothing_of_anybody() {
        let asked = looked("3", OWN).asked(&drafts()).unwrap();

        assert_eq!(Looked::query(&asked), "?version=3&with=own");
        assert_eq!(Looked::query(&MatrixAsked::default()), "?with=none");
    }
}
