//! Several lines of text with a limit that is counted.

use askama::Template;
use askama::filters::HtmlSafe;

use super::field::Frame;
use super::{Attributes, Classes, Component, Content, Field, Hint, Textarea};

/// Several lines of text with a limit; what is left is counted while a person types. The server checks
/// the limit again.
#[derive(Clone, Debug, Template)]
#[template(source = "{{ self.drawn() }}", ext = "html")]
#[cfg_attr(test, derive(Default, serde::Deserialize))]
#[cfg_attr(test, serde(default, deny_unknown_fields, rename_all = "camelCase"))]
pub struct CharacterCount {
    attributes: Attributes,
    field: Field,
    maxlength: Option<u32>,
    messages: Vec<(String, String)>,
    rows: Option<u16>,
    spellcheck: Option<bool>,
    #[cfg_attr(test, serde(rename = "textareaDescriptionText"))]
    limit: Option<String>,
    threshold: Option<u8>,
    value: String,
}

impl CharacterCount {
    /// At most `limit` characters; `words` says so below the field ("You can enter up to 200
    /// characters").
    pub fn new(field: Field, limit: u32, words: impl Into<String>) -> Self {
        Self {
            attributes: Attributes::none(),
            field,
            maxlength: Some(limit),
            messages: Vec::new(),
            rows: None,
            spellcheck: None,
            limit: Some(words.into()),
            threshold: None,
            value: String::new(),
        }
    }

    /// What the script says while a person types: `under-limit.one`, `under-limit.other`, `at-limit`,
    /// `over-limit.other`, …, with `%{count}` for the number. Without these it speaks English.
    pub fn messages(mut self, messages: Vec<(String, String)>) -> Self {
        self.messages = messages;
        self
    }

    /// With what was typed before.
    pub fn value(mut self, value: impl Into<String>) -> Self {
        self.value = value.into();
        self
    }

    /// As high as `rows` lines.
    pub fn rows(mut self, rows: u16) -> Self {
        self.rows = Some(rows);
        self
    }

    fn drawn(&self) -> Textarea {
        let info = format!("{}-info", self.field.own_id());
        let below = Hint::new(self.limit.clone().unwrap_or_default())
            .with_id(&info)
            .with_class("govuk-character-count__message");
        let field = self.field.clone().framed(self.frame()).described(info);
        Textarea::counted(field, Content::made(&below), self.attributes.clone())
            .value(self.value.clone())
            .set(self.rows, self.spellcheck)
    }

    fn frame(&self) -> Frame {
        let given = self.field.frame_parts();
        let mut attributes = Attributes::none().with("data-module", "govuk-character-count");
        if let Some(limit) = self.maxlength {
            attributes = attributes.with("data-maxlength", limit.to_string());
        }
        if let Some(percent) = self.threshold {
            attributes = attributes.with("data-threshold", percent.to_string());
        }
        for (key, message) in &self.messages {
            attributes = attributes.named(format!("data-i18n.characters-{key}"), message);
        }
        Frame {
            classes: Classes::from("govuk-character-count").with(given.classes.to_string().trim()),
            attributes,
        }
    }
}

impl HtmlSafe for CharacterCount {}
impl Component for CharacterCount {}
