//! The rules of what an officer is writing, one by one: a list, and a form for one rule. What the form
//! says is put into the text, whose comments stay; the text is saved only if it can be read with it.

mod form;

use std::sync::Arc;

use axum::extract::{Path, State};
use stile_exchange::agency::Agency;
use stile_exchange::error::ExchangeError;
use stile_exchange::policy::RuleParts;
use stile_model::digest::Digest;
use stile_model::id::RuleId;
use stile_policy::PolicyError;

use super::edit::way;
use super::sheet::{Form, Sheet, english_list, is_first, no_faults};
use crate::component::{
    Button, ButtonLink, Cell, Content, Details, Faults, InsetText, Link, Paragraph, Table,
};
use crate::form::Fields;
use crate::trouble::{Paged, Refusal, Trouble};
use crate::visit::Signed;
use crate::words::Words;

/// Every rule, with the way to its form.
pub(super) async fn page(visit: Signed, State(agency): State<Arc<Agency>>) -> Paged {
    let words = &visit.words;
    let sheet = Sheet::new(&visit, words.say("policy-rules-own"))
        .back(words.say("policy-propose-back"), visit.to("/policy/edit"));
    let rules = match agency.sketch_rules(&visit.person).await {
        Ok(rules) => rules,
        Err(ExchangeError::Policy(error)) => {
            let all: Vec<_> = error.to_string().lines().map(ToOwned::to_owned).collect();
            let wrong = Content::from(Paragraph::new(words.say("policy-rules-not-yet")));
            let wrong = wrong.then(english_list(words, &all));
            return sheet
                .part(InsetText::new(wrong))
                .part(way(&visit))
                .shown(&visit);
        }
        Err(error) => return Err(error.into()),
    };
    let head = ["rule", "verb", "fields", "as", "why"]
        .map(|key| Cell::new(words.say(&format!("policy-head-{key}"))));
    let rows = rules.iter().map(|rule| row(&visit, rule)).collect();
    let new = ButtonLink::new(
        words.say("policy-rule-new"),
        visit.to("/policy/edit/new-rule"),
    );
    let table = Table::new(words.say("policy-rules-own"), head.into(), rows).hidden_caption();
    sheet.part(table.scrolling()).part(new).shown(&visit)
}

fn row(visit: &Signed, rule: &RuleParts) -> Vec<Cell> {
    let words = &visit.words;
    let id = rule.part("id");
    let verb = words.of_code("policy-verb", rule.part("verb"));
    vec![
        Cell::new(Link::new(id, visit.to(&format!("/policy/edit/rules/{id}")))),
        Cell::new(verb.unwrap_or_else(|| rule.part("verb").to_owned())),
        Cell::new(rule.part("fields")),
        Cell::new(rule.part("as")),
        Cell::new(rule.part("why")),
    ]
}

/// The form of a new rule.
pub(super) async fn new(visit: Signed, State(agency): State<Arc<Agency>>) -> Paged {
    // Not before the text can be read: there would be nowhere to put it.
    if agency.sketch_rules(&visit.person).await.is_err() {
        return Ok(visit.go("/policy/edit/rules"));
    }
    let faults = no_faults(&visit.words);
    show(
        &visit,
        &agency,
        None,
        &form::Typed::default(),
        &faults,
        None,
    )
}

/// The form of one rule.
pub(super) async fn one(
    visit: Signed,
    State(agency): State<Arc<Agency>>,
    Path(rule): Path<RuleId>,
) -> Paged {
    let Ok(rules) = agency.sketch_rules(&visit.person).await else {
        return Ok(visit.go("/policy/edit/rules"));
    };
    let found = named(rules, &rule).ok_or(Trouble::NotFound)?;
    let typed = form::Typed::of(&found);
    let of = Some((&rule, found.version()));
    show(&visit, &agency, of, &typed, &no_faults(&visit.words), None)
}

fn named(rules: Vec<RuleParts>, id: &RuleId) -> Option<RuleParts> {
    rules.into_iter().find(|one| one.part("id") == id.as_str())
}

/// Puts a new rule into the text.
pub(super) async fn add(visit: Signed, State(agency): State<Arc<Agency>>, fields: Fields) -> Paged {
    put(&visit, &agency, None, &fields).await
}

/// Puts a rule into the text in place of what it was.
pub(super) async fn change(
    visit: Signed,
    State(agency): State<Arc<Agency>>,
    Path(rule): Path<RuleId>,
    fields: Fields,
) -> Paged {
    put(&visit, &agency, Some(&rule), &fields).await
}

async fn put(visit: &Signed, agency: &Agency, before: Option<&RuleId>, fields: &Fields) -> Paged {
    let typed = form::Typed::sent(fields);
    let mut faults = no_faults(&visit.words);
    let of = before.zip(Some(shown_then(fields)));
    if !is_first(visit, fields.nonce())? {
        faults.add_to_form(visit.words.say("policy-sent-again"));
        return show(visit, agency, of, &typed, &faults, None);
    }
    let parts = typed.parts();
    match agency.put_sketch_rule(&visit.person, of, &parts).await {
        Ok(()) => Ok(visit.go("/policy/edit/rules")),
        Err(ExchangeError::Policy(PolicyError::Rules { problems })) => {
            for problem in &problems {
                fault(&mut faults, problem);
            }
            show(visit, agency, of, &typed, &faults, None)
        }
        Err(error) => {
            let refusal = Refusal::of(error)?;
            again(visit, agency, before, (&typed, &refusal)).await
        }
    }
}

/// The version of the rule that a form was made from; one that no rule has where it says none.
fn shown_then(fields: &Fields) -> Digest {
    let said = fields.text("seen").parse();
    said.unwrap_or_else(|_| Digest::of(b""))
}

/// The form again with everything that was typed, and what is saved by now below it: sent once more, it
/// is saved knowingly. A rule that is gone is offered as a new one.
async fn again(
    visit: &Signed,
    agency: &Agency,
    before: Option<&RuleId>,
    (typed, refusal): (&form::Typed, &Refusal),
) -> Paged {
    let words = &visit.words;
    // A text that cannot be read by now has no rules to compare with.
    let rules = agency.sketch_rules(&visit.person).await.unwrap_or_default();
    let now = before.and_then(|id| Some((id, named(rules, id)?)));
    let mut faults = no_faults(words);
    match (refusal.code(), &now) {
        ("rule_overtaken" | "sketch_overtaken", Some(_)) => {
            faults.add_to_form(words.say("policy-rule-saved-elsewhere"));
        }
        ("rule_overtaken" | "sketch_overtaken" | "unknown_rule", None) => {
            faults.add_to_form(words.say("policy-rule-gone"));
        }
        ("sketch_outdated", _) => faults.add_to_form(words.say("policy-rule-outdated")),
        _ => faults.add_to_form(refusal.said()),
    }
    let of = now.as_ref().map(|(id, rule)| (*id, rule.version()));
    let saved = now.map(|(_, rule)| saved_now(words, &rule, &typed.parts()));
    let page = show(visit, agency, of, typed, &faults, saved)?;
    Ok(refusal.on(page))
}

/// What is saved, part by part, where it differs from what was typed.
fn saved_now(words: &Words, saved: &RuleParts, typed: &RuleParts) -> Content {
    let differs = form::COLUMNS.into_iter().filter(|name| {
        let (saved, typed) = (saved.part(name), typed.part(name));
        !form::is_alike(name, saved, typed)
    });
    let rows: Vec<_> = differs
        .map(|name| {
            let cell = |text: &str| {
                let none = || words.say("policy-rule-says-nothing");
                Cell::new(if text.trim().is_empty() {
                    none()
                } else {
                    text.to_owned()
                })
            };
            vec![
                Cell::new(form::label(words, name)),
                cell(saved.part(name)),
                cell(typed.part(name)),
            ]
        })
        .collect();
    if rows.is_empty() {
        return Paragraph::new(words.say("policy-rule-saved-same")).into();
    }
    let head = ["part", "saved", "typed"];
    let head = head.map(|key| Cell::new(words.say(&format!("policy-rule-head-{key}"))));
    Table::new(words.say("policy-rule-saved-now"), head.into(), rows).scrolling()
}

/// A mistake beside the field of its column: `rules.csv: row 14, column F "priority": …`.
fn fault(faults: &mut Faults, problem: &str) {
    let named = problem.split_once(", column ").and_then(|(_, rest)| {
        let (_, rest) = rest.split_once('"')?;
        let (column, said) = rest.split_once('"')?;
        let known = form::COLUMNS.contains(&column);
        known.then(|| (column, said.trim_start_matches(':').trim()))
    });
    match named {
        Some((column, said)) => faults.add(column, said),
        None => faults.add_to_form(problem),
    }
}

/// Takes a rule out of the text.
pub(super) async fn remove(
    visit: Signed,
    State(agency): State<Arc<Agency>>,
    Path(rule): Path<RuleId>,
    fields: Fields,
) -> Paged {
    visit.spend(fields.nonce())?;
    let shown = shown_then(&fields);
    let removed = agency.remove_sketch_rule(&visit.person, &rule, shown);
    match removed.await {
        Ok(()) => Ok(visit.go("/policy/edit/rules")),
        Err(ExchangeError::Policy(error)) => Err(Trouble::Refused {
            code: "policy_refused".to_owned(),
            status: 422,
            title: error.to_string(),
        }),
        Err(error) => {
            let refusal = Refusal::of(error)?;
            // Nothing was typed: the form shows the rule as it stands now.
            let rules = agency.sketch_rules(&visit.person).await;
            let now = named(rules.unwrap_or_default(), &rule);
            let typed = now.map_or_else(form::Typed::default, |now| form::Typed::of(&now));
            again(&visit, &agency, Some(&rule), (&typed, &refusal)).await
        }
    }
}

/// The form of a rule, or of a new one; `below` stands under it.
fn show(
    visit: &Signed,
    agency: &Agency,
    of: Option<(&RuleId, Digest)>,
    typed: &form::Typed,
    faults: &Faults,
    below: Option<Content>,
) -> Paged {
    let words = &visit.words;
    let title = match of {
        Some((rule, _)) => words.about("policy-rule-title", "rule", rule.as_str()),
        None => words.say("policy-rule-new"),
    };
    let path = match of {
        Some((rule, _)) => format!("/policy/edit/rules/{rule}"),
        None => "/policy/edit/new-rule".to_owned(),
    };
    let shown = of.map(|(_, shown)| shown.to_string());
    let mut sheet = Sheet::new(visit, title)
        .back(
            words.say("policy-rules-own"),
            visit.to("/policy/edit/rules"),
        )
        .faults(faults)
        .part(form::form(
            visit,
            agency,
            (&path, shown.as_deref()),
            typed,
            faults,
        )?)
        .parts(below);
    if let Some(shown) = shown {
        let remove = Form::post(visit, &format!("{path}/removal"))?
            .carrying("seen", shown)
            .button(Button::new(words.say("policy-rule-remove")).warning());
        sheet = sheet.part(Details::new(
            words.say("policy-rule-remove-summary"),
            remove,
        ));
    }
    if faults.is_empty() {
        sheet.shown(visit)
    } else {
        sheet.shown_again(visit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mistake_stands_beside_the_field_of_its_column() {
        let mut faults = Faults::none("problem", "Error");

        fault(
            &mut faults,
            "rules.csv: row 14, column F \"priority\": `pink` is no rating",
        );
        fault(&mut faults, "rules.csv: row 3: nothing is shared");

        assert!(faults.of("priority").is_some());
        let summary = faults.summary().unwrap().to_string();
        assert!(summary.contains("href=\"#priority\""), "{summary}");
        assert!(summary.contains("nothing is shared"), "{summary}");
    }

    fn parts(said: &[(&str, &str)]) -> RuleParts {
        let mut parts = RuleParts::default();
        for (name, text) in said {
            parts.set(name, *text);
        }
        parts
    }

    #[test]
    fn what_is_saved_by_now_stands_beside_what_was_typed_only_where_they_differ() {
        let catalogue = crate::words::Catalogue::built_in().unwrap();
        let words = catalogue.words(crate::words::Language::English);
        let saved = parts(&[
            ("as", "month"),
            ("purpose", "marac, s47_enquiry"),
            ("why", "a<b>"),
        ]);
        let typed = parts(&[
            ("as", "year"),
            ("purpose", "s47_enquiry,marac"),
            ("owner", "me"),
        ]);

        let told = saved_now(&words, &saved, &typed).to_string();

        for part in ["month", "year", "a&#60;b&#62;", "me"] {
            assert!(told.contains(part), "{part}: {told}");
        }
        assert!(!told.contains("marac"), "{told}");
    }

    #[test]
    fn rejects_a_version_that_is_none_as_one_that_no_rule_has() {
        let mut fields = Fields::default();
        fields.set("seen", "<script>");

        assert_eq!(shown_then(&fields), Digest::of(b""));
        assert_ne!(shown_then(&fields), parts(&[("id", "A-1")]).version());
    }

    #[test]
    fn rejects_a_column_that_the_form_has_not() {
        let mut faults = Faults::none("problem", "Error");

        fault(&mut faults, "x, column A \"evil\": y");

        assert!(faults.of("evil").is_none() && !faults.is_empty());
    }
}
