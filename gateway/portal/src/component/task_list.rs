//! What is done and what is left.

use askama::Template;
use askama::filters::HtmlSafe;

use super::{Attributes, Classes, Component, Content, Tag};

/// What is done and what is left.
#[derive(Clone, Debug, Template)]
#[template(path = "component/task-list.html")]
#[cfg_attr(test, derive(Default, serde::Deserialize))]
#[cfg_attr(test, serde(default, deny_unknown_fields, rename_all = "camelCase"))]
pub struct TaskList {
    attributes: Attributes,
    classes: Classes,
    id_prefix: String,
    items: Vec<Task>,
}

/// One task.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(default, deny_unknown_fields, rename_all = "camelCase"))]
pub struct Task {
    classes: Classes,
    hint: Option<Content>,
    href: Option<String>,
    status: Status,
    title: Content,
}

/// How far a task is: words, or a tag.
#[derive(Clone, Debug, Default)]
#[cfg_attr(test, derive(serde::Deserialize))]
#[cfg_attr(test, serde(default, deny_unknown_fields, rename_all = "camelCase"))]
pub struct Status {
    classes: Classes,
    content: Content,
    tag: Option<Tag>,
}

impl Status {
    /// A state that needs no attention: plain words.
    pub fn plain(words: impl Into<Content>) -> Self {
        Self {
            content: words.into(),
            ..Self::default()
        }
    }

    /// A state that needs attention.
    pub fn tag(tag: Tag) -> Self {
        Self {
            tag: Some(tag),
            ..Self::default()
        }
    }
}

impl Task {
    /// A task; with `href` it can be opened.
    pub fn new(title: impl Into<Content>, href: Option<String>, status: Status) -> Self {
        Self {
            href,
            status,
            title: title.into(),
            ..Self::default()
        }
    }

    /// With help.
    pub fn hint(mut self, hint: impl Into<Content>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl TaskList {
    /// The tasks in this order; `id` begins the ids of their parts.
    pub fn new(id: &str, tasks: Vec<Task>) -> Self {
        Self {
            attributes: Attributes::none(),
            classes: Classes::none(),
            id_prefix: id.to_owned(),
            items: tasks,
        }
    }
}

impl HtmlSafe for TaskList {}
impl Component for TaskList {}
