//! What is wrong with a form, kept while it is checked.

use super::{ErrorMessage, ErrorSummary, Fault};
use crate::words::Words;

/// What is wrong with a form: one message a field, in the order they were found.
///
/// The same words stand beside the field and, as a link to it, at the top of the page.
#[derive(Clone, Debug)]
pub struct Faults {
    found: Vec<(Option<String>, String)>,
    prefix: String,
    title: String,
}

impl Faults {
    /// Nothing wrong yet. `title` ("There is a problem") and `prefix` ("Error") are in the page's
    /// language.
    pub fn none(title: impl Into<String>, prefix: impl Into<String>) -> Self {
        Self {
            found: Vec::new(),
            prefix: prefix.into(),
            title: title.into(),
        }
    }

    /// Nothing wrong yet, in the words that every page has for it.
    pub fn of_page(words: &Words) -> Self {
        Self::none(words.say("common-problem"), words.say("common-error"))
    }

    /// The field with this id is wrong. The first message of a field stays.
    pub fn add(&mut self, field_id: &str, message: impl Into<String>) {
        if self.message(field_id).is_none() {
            self.found.push((Some(field_id.to_owned()), message.into()));
        }
    }

    /// The form as a whole is wrong.
    pub fn add_to_form(&mut self, message: impl Into<String>) {
        self.found.push((None, message.into()));
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// The message that stands beside the field with this id.
    pub fn of(&self, field_id: &str) -> Option<ErrorMessage> {
        let message = self.message(field_id)?;
        Some(ErrorMessage::new(self.prefix.clone(), message))
    }

    /// The list at the top of the page, if anything is wrong.
    pub fn summary(&self) -> Option<ErrorSummary> {
        let faults: Vec<Fault> = self
            .found
            .iter()
            .map(|(field, message)| match field {
                Some(id) => Fault::of(id, message),
                None => Fault::of_form(message),
            })
            .collect();
        (!faults.is_empty()).then(|| ErrorSummary::new(&self.title, faults))
    }

    /// The page's title, marked so that a screen reader speaks the trouble first (WCAG 2.2, 3.3.1).
    pub fn mark(&self, title: &str) -> String {
        if self.is_empty() {
            title.to_owned()
        } else {
            format!("{}: {title}", self.prefix)
        }
    }

    fn message(&self, field_id: &str) -> Option<&str> {
        self.found
            .iter()
            .find(|(field, _)| field.as_deref() == Some(field_id))
            .map(|(_, message)| message.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::Faults;

    fn two() -> Faults {
        let mut faults = Faults::none("There is a problem", "Error");
        faults.add("name", "Enter a <name>");
        faults.add("name", "Enter a shorter name");
        faults.add_to_form("Choose one agency or more");
        faults
    }

    #[test]
    fn each_message_leads_to_its_field_and_stands_beside_it() {
        let faults = two();

        let summary = faults.summary().expect("something is wrong").to_string();
        let beside = faults.of("name").expect("the name is wrong").to_string();

        assert!(summary.contains(r##"<a href="#name">Enter a &#60;name&#62;</a>"##));
        assert!(beside.contains("Enter a &#60;name&#62;") && beside.contains("Error:"));
        assert!(!summary.contains("shorter"), "one message a field");
    }

    #[test]
    fn a_form_without_faults_has_no_summary_and_no_mark() {
        let faults = Faults::none("There is a problem", "Error");

        assert!(faults.summary().is_none() && faults.of("name").is_none());
        assert_eq!(faults.mark("New referral"), "New referral");
        assert_eq!(two().mark("New referral"), "Error: New referral");
    }
}
