//! How far a matter is that goes through fixed steps.

use askama::Template;
use askama::filters::HtmlSafe;

use super::{Component, Content};
use crate::words::Words;

/// Where a step stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Progress {
    /// Still to come.
    Ahead,
    /// Done.
    Done,
    /// Now.
    Now,
}

/// One step.
#[derive(Clone, Debug)]
pub struct Step {
    detail: Content,
    progress: Progress,
    title: Content,
}

impl Step {
    /// A step with who or what it waits for.
    pub fn new(progress: Progress, title: impl Into<Content>, detail: impl Into<Content>) -> Self {
        Self {
            detail: detail.into(),
            progress,
            title: title.into(),
        }
    }
}

/// Fixed steps in their order.
#[derive(Clone, Debug, Template)]
#[template(path = "component/steps.html")]
pub struct Steps {
    done: String,
    steps: Vec<Step>,
}

impl Steps {
    /// The steps in this order.
    pub fn new(steps: Vec<Step>, words: &Words) -> Self {
        Self {
            done: words.say("common-step-done"),
            steps,
        }
    }
}

impl HtmlSafe for Steps {}
impl Component for Steps {}
