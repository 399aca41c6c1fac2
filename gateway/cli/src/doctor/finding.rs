//! What was found of one part.

use std::fmt;

use serde::Serialize;

/// How a part stands, from well to worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// All is well.
    Good,
    /// It could not be looked at from here.
    Unknown,
    /// It works today; something must be done soon.
    Soon,
    /// The gateway cannot do its work.
    Wrong,
}

/// What was found of one part, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The part.
    pub part: &'static str,
    /// How it stands.
    pub state: State,
    /// What was found; nobody's data.
    pub found: String,
    /// What to do, where anything is to be done.
    #[serde(rename = "do", skip_serializing_if = "Option::is_none")]
    pub todo: Option<String>,
}

impl Finding {
    /// All is well.
    pub fn good(part: &'static str, found: impl fmt::Display) -> Self {
        Self {
            part,
            state: State::Good,
            found: found.to_string(),
            todo: None,
        }
    }

    /// It could not be looked at.
    pub fn unknown(part: &'static str, found: impl fmt::Display, todo: &str) -> Self {
        Self::with(part, State::Unknown, found, todo)
    }

    /// Something must be done soon.
    pub fn soon(part: &'static str, found: impl fmt::Display, todo: &str) -> Self {
        Self::with(part, State::Soon, found, todo)
    }

    /// The gateway cannot do its work.
    pub fn wrong(part: &'static str, found: impl fmt::Display, todo: &str) -> Self {
        Self::with(part, State::Wrong, found, todo)
    }

    fn with(part: &'static str, state: State, found: impl fmt::Display, todo: &str) -> Self {
        Self {
            part,
            state,
            found: found.to_string(),
            todo: Some(todo.to_owned()),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.state {
            State::Good => "good",
            State::Soon => "soon",
            State::Unknown => "unknown",
            State::Wrong => "WRONG",
        };
        write!(f, "{state:<8} {:<14} {}", self.part, self.found)?;
        match &self.todo {
            Some(todo) => write!(f, "\n{:<23} do: {todo}", ""),
            None => Ok(()),
        }
    }
}
