//! Casbin itself, fed only with text that [`publish::rows`] has read strictly.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use casbin::function_map::OperatorFunction;
use casbin::{CoreApi as _, DefaultModel, Enforcer, MgmtApi as _, StringAdapter};
use stile_model::code::Rung;

use crate::error::PolicyError;
use crate::ladder;
use crate::publish::{self, Row};
use crate::space::{DIMENSIONS, Point, Space, UNKNOWN};

/// A loaded policy. Never changed after loading: no cache, no roles, no file of its own.
pub(crate) struct Engine {
    enforcer: Enforcer,
}

impl Engine {
    /// Loads strictly read text and proves that Casbin holds exactly its rows.
    pub fn load(text: &str) -> Result<Self, PolicyError> {
        let rows = publish::rows(text)?;
        let enforcer = at_once(async {
            let model = DefaultModel::from_str(publish::MODEL).await?;
            let mut enforcer = Enforcer::new(model, StringAdapter::new(text)).await?;
            enforcer.add_function(
                "anyOf",
                OperatorFunction::Arg2(|value, cell| {
                    any_of(&value.to_string(), &cell.to_string()).into()
                }),
            );
            enforcer.add_function(
                "atMost",
                OperatorFunction::Arg2(|level, upto| {
                    at_most(&level.to_string(), &upto.to_string()).into()
                }),
            );
            Ok(enforcer)
        })?;
        let held: Vec<Row> = enforcer.get_policy();
        if held != rows {
            return Err(PolicyError::Engine {
                reason: format!(
                    "it holds {} rows where {} were published, or other ones",
                    held.len(),
                    rows.len()
                ),
            });
        }
        Ok(Self { enforcer })
    }

    /// May the field be released at `rung`? An error is not an answer and stops activation.
    pub fn allows(&self, request: &Request, ask: bool, rung: Rung) -> Result<bool, PolicyError> {
        self.enforcer
            .enforce(request.words(ask, rung))
            .map_err(refused)
    }
}

/// A question in Casbin's words, without the level.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    words: Vec<String>,
}

impl Request {
    /// The point in words; a field outside the vocabulary is asked as `stranger`.
    pub fn new(space: &Space, point: &Point, stranger: &str) -> Self {
        let place = point.field.and_then(|field| space.fields.get(field));
        let mut words = Vec::with_capacity(DIMENSIONS + 5);
        words.push(place.map_or(stranger.to_owned(), |place| place.id.to_string()));
        words.push(place.map_or(UNKNOWN.to_owned(), |place| place.kind.to_string()));
        words.push(place.map_or(UNKNOWN.to_owned(), |place| place.about.to_string()));
        for (dimension, word) in space.dimensions.iter().zip(point.words) {
            words.push(
                dimension
                    .get(word)
                    .map_or(UNKNOWN, String::as_str)
                    .to_owned(),
            );
        }
        Self { words }
    }

    /// The words before `ask` and `level`.
    pub fn into_words(self) -> Vec<String> {
        self.words
    }

    /// Every word of the published request, in its order.
    pub fn words(&self, ask: bool, rung: Rung) -> Vec<String> {
        let mut words = self.words.clone();
        words.push(if ask { "yes" } else { "no" }.to_owned());
        words.push(ladder::cell(rung).to_owned());
        words
    }
}

impl std::fmt::Display for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.words.join(", "))
    }
}

fn any_of(value: &str, cell: &str) -> bool {
    cell == "*" || cell.split('|').any(|word| word == value)
}

/// Compares leading digits 0 to 4; anything else is false, which makes a grant inert and a cap total.
fn at_most(level: &str, upto: &str) -> bool {
    let digit = |text: &str| text.chars().next().filter(|c| ('0'..='4').contains(c));
    matches!((digit(level), digit(upto)), (Some(level), Some(upto)) if level <= upto)
}

/// Runs a future that never waits: loading from memory is asynchronous in name only.
fn at_once<T>(future: impl Future<Output = Result<T, casbin::Error>>) -> Result<T, PolicyError> {
    let mut future = pin!(future);
    match future
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()))
    {
        Poll::Ready(result) => result.map_err(refused),
        Poll::Pending => Err(PolicyError::Engine {
            reason: "loading from memory waited for something".to_owned(),
        }),
    }
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the signature `map_err` wants"
)]
fn refused(error: casbin::Error) -> PolicyError {
    PolicyError::Engine {
        reason: error.to_string(),
    }
}

#[cfg(test)]
mod tests;
