//! What a form or an address sent, field by field, as it was typed.
//!
//! A page reads what it needs out of it and, where something is wrong, shows the same fields again
//! with everything that was typed.

use std::fmt;

use axum::extract::{Form, FromRequest, FromRequestParts, Query, Request};
use axum::http::request::Parts;
use axum::response::IntoResponse;

use crate::sent::{KEPT_FIELD, NONCE_FIELD};
use crate::trouble::Trouble;

/// Fields by name, in the order they were sent; a name may come several times.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Fields(Vec<(String, String)>);

impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fields({})", self.0.len())
    }
}

impl Fields {
    /// The field of this name without white space around it; empty where it was not sent.
    pub fn text(&self, name: &str) -> &str {
        let sent = self.0.iter().find(|(key, _)| key == name);
        sent.map_or("", |(_, value)| value.trim())
    }

    /// The field of this name, unless it is empty.
    pub fn given(&self, name: &str) -> Option<&str> {
        Some(self.text(name)).filter(|text| !text.is_empty())
    }

    /// Everything sent under this name: ticked boxes.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |(key, _)| key == name)
            .map(|(_, value)| value.trim())
    }

    /// Was this value sent under this name?
    pub fn has(&self, name: &str, value: &str) -> bool {
        self.all(name).any(|sent| sent == value)
    }

    /// Everything sent under this name, as a page's component takes it.
    pub fn list(&self, name: &str) -> Vec<String> {
        self.all(name).map(ToOwned::to_owned).collect()
    }

    /// The form's number.
    pub fn nonce(&self) -> &str {
        self.text(NONCE_FIELD)
    }

    /// Adds a field.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.push((name.into(), value.into()));
    }

    /// All fields but the form's own (its number, which button was pressed): to carry them on.
    pub fn carried(&self) -> Vec<(String, String)> {
        let own = [NONCE_FIELD, KEPT_FIELD, "do"];
        self.0
            .iter()
            .filter(|(name, _)| !own.contains(&name.as_str()))
            .cloned()
            .collect()
    }
}

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = Trouble;

    async fn from_request(request: Request, state: &S) -> Result<Self, Trouble> {
        let sent = Form::<Vec<(String, String)>>::from_request(request, state).await;
        sent.map(|Form(fields)| Self(fields))
            .map_err(|fault| Trouble::unread(fault.into_response().status()))
    }
}

/// What stands behind the `?` of an address.
#[derive(Debug, Clone, Default)]
pub struct Asked(pub Fields);

impl<S: Send + Sync> FromRequestParts<S> for Asked {
    type Rejection = Trouble;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Trouble> {
        let sent = Query::<Vec<(String, String)>>::from_request_parts(parts, state).await;
        sent.map(|Query(fields)| Self(Fields(fields)))
            .map_err(|_| Trouble::NotTheForm)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent() -> Fields {
        let mut fields = Fields::default();
        for (name, value) in [
            ("tick", "a"),
            ("why", "  it is "),
            ("tick", "b"),
            ("nonce", "n"),
        ] {
            fields.set(name, value);
        }
        fields
    }

    #[test]
    fn boxes_of_one_name_all_count() {
        assert_eq!(sent().list("tick"), ["a", "b"]);
        assert!(sent().has("tick", "b") && !sent().has("tick", "c"));
    }

    #[test]
    fn text_comes_without_white_space_around_it_and_missing_fields_are_empty() {
        assert_eq!(sent().text("why"), "it is");
        assert_eq!(sent().text("nothing"), "");
        assert_eq!(sent().given("nothing"), None);
    }

    #[test]
    fn the_number_of_a_form_is_not_carried_on() {
        let names: Vec<_> = sent().carried().into_iter().map(|(name, _)| name).collect();

        assert_eq!(names, ["tick", "why", "tick"]);
    }

    #[test]
    fn nothing_typed_is_printed() {
        assert_eq!(format!("{:?}", sent()), "Fields(4)");
    }
}
