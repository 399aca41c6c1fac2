//! The rules as sentences an officer can read and sign.

use std::fmt::Write as _;

use stile_model::code::{About, FieldKind, Rung};
use stile_model::id::{CategoryId, ClauseId, Code, RuleId};
use stile_model::vocabulary::{Recency, Term, Vocabulary};

use crate::ladder;
use crate::rules::{Rule, Rules, Target, Verb, fields_of};

/// The rules in Markdown, in the order of the file.
pub(crate) fn render(rules: &Rules, vocabulary: &Vocabulary) -> String {
    let words = Words { rules, vocabulary };
    let mut text = format!("# {}: sharing rules in plain English\n\n", words.agency());
    text.push_str(
        "Generated from `rules.toml`; do not edit. What no rule lets out is withheld. The order of \
         the rules does not matter: a limit always beats a grant. A value that is not known counts \
         against sharing. A number of months is how long ago the event was.\n\n",
    );
    match rules.until {
        Some(until) => {
            let _ = writeln!(text, "Nothing is shared after {until}.\n");
        }
        None => text.push_str("These rules have no last day of their own.\n\n"),
    }
    let _ = writeln!(
        text,
        "An approver has {} hours unless a rule says otherwise.",
        rules.approval_hours
    );
    if let Some(contact) = &rules.sealed_contact {
        let _ = writeln!(
            text,
            "The {} is told when an enquiry touches something that must not be shown to exist, unless a rule names another.",
            words.approver(contact)
        );
    }
    if !rules.closed.is_empty() {
        let titles: Vec<String> = rules.closed.iter().map(|id| words.title(id)).collect();
        let _ = writeln!(
            text,
            "\nThis agency never says whether anything is held of: {}. Where no rule shares, such a category looks as if nothing were held.",
            titles.join(", ")
        );
    }
    text.push('\n');
    for rule in &rules.rules {
        let _ = writeln!(
            text,
            "* **{}** {} *{}*{}",
            rule.id,
            words.sentence(rule),
            rule.why,
            ends(rule)
        );
    }
    let silent: Vec<String> = fields_of(vocabulary, &rules.agency)
        .filter(|field| {
            !rules
                .rules
                .iter()
                .any(|rule| rule.verb.grants() && rule.covers(field))
        })
        .map(|field| format!("`{}`", field.id))
        .collect();
    if !silent.is_empty() {
        let _ = writeln!(text, "\nNo rule ever lets out: {}.", silent.join(", "));
    }
    text
}

fn ends(rule: &Rule) -> String {
    let mut text = String::new();
    match rule.clauses.as_slice() {
        [] => {}
        [one] => {
            let _ = write!(text, " Agreement, clause {one}.");
        }
        several => {
            let clauses: Vec<&str> = several.iter().map(ClauseId::as_str).collect();
            let _ = write!(text, " Agreement, clauses {}.", clauses.join(", "));
        }
    }
    if let Some(owner) = &rule.owner {
        let _ = write!(text, " Looked after by {owner}.");
    }
    if let Some(until) = rule.until {
        let _ = write!(text, " Until {until}.");
    }
    text
}

/// One rule as a sentence.
pub(crate) fn sentence(rules: &Rules, vocabulary: &Vocabulary, rule: &Rule) -> String {
    Words { rules, vocabulary }.sentence(rule)
}

/// A rule as officers read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleSays {
    /// The rule.
    pub rule: RuleId,
    /// What it says, as one sentence in English.
    pub says: String,
    /// Its ground, as its author wrote it.
    pub why: String,
}

/// Every rule as a sentence, in the order of the file.
pub(crate) fn sentences(rules: &Rules, vocabulary: &Vocabulary) -> Vec<RuleSays> {
    let words = Words { rules, vocabulary };
    let says = rules.rules.iter().map(|rule| RuleSays {
        rule: rule.id.clone(),
        says: words.sentence(rule),
        why: rule.why.clone(),
    });
    says.collect()
}

struct Words<'a> {
    rules: &'a Rules,
    vocabulary: &'a Vocabulary,
}

impl Words<'_> {
    fn agency(&self) -> String {
        let kind = &self.rules.agency;
        let known = self
            .vocabulary
            .agencies
            .iter()
            .find(|agency| &agency.kind == kind);
        known.map_or(kind.to_string(), |agency| agency.name.clone())
    }

    fn sentence(&self, rule: &Rule) -> String {
        let what = self.what(rule);
        let any = what.replace("every ", "any ");
        let how = self.how(rule);
        let when = self.when(rule);
        let who = self.who(rule);
        match rule.verb {
            Verb::Ask => {
                format!("Ask {who}before sharing {what}; if they agree, share {how}{when}.")
            }
            Verb::AskAbove => {
                format!("Unless {who}agrees, share no more of {any} than {how}{when}.")
            }
            Verb::NeverAbove if rule.rung == Rung::None => {
                format!("Never share {any}{when}.")
            }
            Verb::NeverAbove => format!("Never share more of {any} than {how}{when}."),
            Verb::Seal if who.is_empty() => format!("Never show whether {any} is held{when}."),
            Verb::Seal => format!("Never show whether {any} is held{when}; tell {who}of a hit."),
            Verb::Share => format!("Share {what}: {how}{when}."),
        }
    }

    fn title(&self, id: &CategoryId) -> String {
        let category = self.vocabulary.category(id);
        category.map_or(id.to_string(), |category| lower(&category.title))
    }

    fn what(&self, rule: &Rule) -> String {
        let mut text = match &rule.target {
            Target::Agency(_) => "every field of every category".to_owned(),
            Target::Category(id) => format!("every field of {}", self.title(id)),
            Target::Field(id) => {
                let category = self.vocabulary.category(&id.category());
                let title = category.map_or("", |category| category.title.as_str());
                let field = category.and_then(|category| category.field(id.name()));
                format!(
                    "{} ({})",
                    lower(field.map_or("", |field| field.title.as_str())),
                    lower(title)
                )
            }
        };
        if !rule.kinds.is_empty() {
            let kinds: Vec<&str> = rule.kinds.iter().map(|kind| kind.as_str()).collect();
            let _ = write!(text, " that holds a {}", kinds.join(" or a "));
        }
        if !rule.abouts.is_empty() {
            let abouts: Vec<&str> = rule.abouts.iter().map(|about| whom(*about)).collect();
            let _ = write!(text, " about {}", abouts.join(" or "));
        }
        text
    }

    /// What the rung shows, in the field's own terms where all fields are of one kind.
    fn how(&self, rule: &Rule) -> &'static str {
        let mut kinds: Vec<FieldKind> = fields_of(self.vocabulary, &self.rules.agency)
            .filter(|field| rule.covers(field))
            .map(|field| field.kind)
            .collect();
        kinds.dedup();
        match kinds.as_slice() {
            [kind] => ladder::meaning(rule.rung, Some(*kind)),
            _ => ladder::meaning(rule.rung, None),
        }
    }

    fn who(&self, rule: &Rule) -> String {
        let roles: Vec<String> = rule
            .approvers
            .roles
            .iter()
            .map(|role| format!("the {}", self.approver(role)))
            .collect();
        let between = if rule.approvers.any_of {
            " or "
        } else {
            " and "
        };
        if roles.is_empty() {
            String::new()
        } else {
            format!("{} ", roles.join(between))
        }
    }

    fn approver(&self, role: &Code) -> String {
        lower(&name_of(&self.vocabulary.approvers, role))
    }

    fn when(&self, rule: &Rule) -> String {
        let when = &rule.when;
        let vocabulary = self.vocabulary;
        let mut parts = Vec::new();
        if !when.purpose.is_empty() {
            let names = when.purpose.iter().map(|code| {
                vocabulary
                    .purpose(code)
                    .map_or(code.to_string(), |purpose| lower(&purpose.name))
            });
            parts.push(format!("for {}", either(names)));
        }
        if !when.priority.is_empty() {
            parts.push(format!(
                "rated {}",
                either(when.priority.iter().map(ToString::to_string))
            ));
        }
        if !when.consent.is_empty() {
            let states = when
                .consent
                .iter()
                .map(|state| state.as_str().replace('_', " "));
            parts.push(format!("where consent was {}", either(states)));
        }
        if !when.subject.is_empty() {
            let roles = when
                .subject
                .iter()
                .map(|role| lower(&name_of(&vocabulary.subject_roles, role)));
            parts.push(format!("in the role of {}", either(roles)));
        }
        if !when.age.is_empty() {
            let ages = when.age.iter().map(|band| band.as_str().replace('_', " "));
            parts.push(format!("of {}", either(ages)));
        }
        if let Some(within) = when.within {
            parts.push(match within.months() {
                Some(months) => format!("from the last {months} months"),
                None if within == Recency::Older => "however long ago".to_owned(),
                None => "whenever".to_owned(),
            });
        }
        if !when.requester.is_empty() {
            let roles = when
                .requester
                .iter()
                .map(|role| lower(&name_of(&vocabulary.officer_roles, role)));
            parts.push(format!("asked by {}", either(roles)));
        }
        if !when.hub.is_empty() {
            parts.push(format!(
                "to {}",
                either(when.hub.iter().map(ToString::to_string))
            ));
        }
        if !when.agency.is_empty() {
            parts.push(format!(
                "where {} holds it",
                either(when.agency.iter().map(ToString::to_string))
            ));
        }
        if parts.is_empty() {
            String::new()
        } else {
            format!(", {}", parts.join(", "))
        }
    }
}

fn whom(about: About) -> &'static str {
    match about {
        About::Complainant => "whoever complained",
        About::Professional => "a professional",
        About::Subject => "the subject",
        About::ThirdParty => "somebody else",
    }
}

fn name_of(terms: &[Term], code: &Code) -> String {
    terms
        .iter()
        .find(|term| &term.code == code)
        .map_or(code.to_string(), |term| term.name.clone())
}

fn either(words: impl Iterator<Item = String>) -> String {
    words.collect::<Vec<_>>().join(" or ")
}

/// The phrase as it stands within a sentence; abbreviations keep their capitals.
pub(crate) fn lower(text: &str) -> String {
    let mut chars = text.chars();
    match (chars.next(), chars.clone().next()) {
        (Some(first), Some(second)) if !second.is_uppercase() => {
            first.to_lowercase().chain(chars).collect()
        }
        _ => text.to_owned(),
    }
}
