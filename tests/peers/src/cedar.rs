//! The published rows as Cedar policies.

use std::collections::HashMap;
use std::fmt::Write as _;

use cedar_policy::{
    Authorizer, Context, Decision, Entities, EntityUid, PolicySet, Request, RestrictedExpression,
};
use stile_model::code::Rung;

use crate::Failure;

/// The words of a request before `ask` and `level`, as the model names them.
const WORDS: [&str; 11] = [
    "item",
    "kind",
    "about",
    "purpose",
    "priority",
    "consent",
    "subject",
    "age",
    "recency",
    "requester",
    "hub",
];

/// One policy in Cedar.
pub struct Cedar {
    authorizer: Authorizer,
    policies: PolicySet,
    entities: Entities,
    anybody: EntityUid,
    release: EntityUid,
    field: EntityUid,
}

impl Cedar {
    /// Reads the rows of a published policy.
    pub fn new(csv: &str) -> Result<Self, Failure> {
        let mut text = String::new();
        for row in csv.lines().filter_map(|line| line.strip_prefix("p, ")) {
            let cells: Vec<&str> = row.split(", ").collect();
            let [id, eft, verb, upto, rest @ ..] = cells.as_slice() else {
                return Err(format!("not a row: {row}").into());
            };
            let level = upto.chars().next().unwrap_or('0');
            let (effect, edge) = match (*eft, *verb) {
                ("allow", "share") => ("permit", format!("context.level <= {level}")),
                ("allow", _) => ("permit", format!("context.ask && context.level <= {level}")),
                ("deny", "ask_above") => {
                    ("forbid", format!("!context.ask && context.level > {level}"))
                }
                _ => ("forbid", format!("context.level > {level}")),
            };
            let mut when = String::new();
            for (word, cell) in WORDS.iter().zip(rest) {
                when.push_str(&condition(word, cell));
            }
            writeln!(
                text,
                "@id(\"{id}\") {effect}(principal, action, resource) when {{ {when}{edge} }};"
            )?;
        }
        Ok(Self {
            authorizer: Authorizer::new(),
            policies: text.parse()?,
            entities: Entities::empty(),
            anybody: "Hub::\"any\"".parse()?,
            release: "Action::\"release\"".parse()?,
            field: "Field::\"any\"".parse()?,
        })
    }

    /// `(auto, approved)`, by halving the ladder.
    pub fn rungs(&self, words: &[String]) -> Result<(Rung, Rung), Failure> {
        let highest = |ask: bool| -> Result<Rung, Failure> {
            let allows = |level| self.allows(words, ask, level);
            Ok(match allows(2)? {
                true if !allows(3)? => Rung::Headline,
                true if allows(4)? => Rung::Detail,
                true => Rung::Summary,
                false if allows(1)? => Rung::Known,
                false => Rung::None,
            })
        };
        Ok((highest(false)?, highest(true)?))
    }

    fn allows(&self, words: &[String], ask: bool, level: i64) -> Result<bool, Failure> {
        let mut pairs: HashMap<String, RestrictedExpression> = WORDS
            .iter()
            .zip(words)
            .map(|(name, word)| {
                let word = RestrictedExpression::new_string(word.clone());
                ((*name).to_owned(), word)
            })
            .collect();
        pairs.insert("ask".to_owned(), RestrictedExpression::new_bool(ask));
        pairs.insert("level".to_owned(), RestrictedExpression::new_long(level));
        let request = Request::new(
            self.anybody.clone(),
            self.release.clone(),
            self.field.clone(),
            Context::from_pairs(pairs)?,
            None,
        )?;
        let response = self
            .authorizer
            .is_authorized(&request, &self.policies, &self.entities);
        // Cedar passes over a policy that fails, a `forbid` too.
        if let Some(error) = response.diagnostics().errors().next() {
            return Err(error.to_string().into());
        }
        Ok(response.decision() == Decision::Allow)
    }
}

/// One conjunct with its `&&`; nothing where any word fits.
fn condition(word: &str, cell: &str) -> String {
    if cell == "*" {
        return String::new();
    }
    if word == "item" {
        return match cell.strip_suffix('*') {
            Some(_) => format!("context.item like \"{cell}\" && "),
            None => format!("context.item == \"{cell}\" && "),
        };
    }
    let words: Vec<String> = cell.split('|').map(|word| format!("\"{word}\"")).collect();
    format!("[{}].contains(context.{word}) && ", words.join(", "))
}
