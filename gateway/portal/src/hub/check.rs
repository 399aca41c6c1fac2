//! Reading a form: what is missing or too long is said beside its field, and nothing typed is lost.

use std::ops::RangeInclusive;

use stile_exchange::error::ExchangeError;
use stile_model::id::{Code, MemberId};
use stile_model::redact::Redacted;

use super::shown::Shown;
use crate::component::Faults;
use crate::form::Fields;
use crate::trouble::Trouble;

/// What `document_not_typeset` of exchange means here: nothing was done.
const NO_PDF: &str = "document_not_typeset";

/// Fields as they are read, and what is wrong with them.
pub(super) struct Check<'a> {
    pub(super) shown: Shown<'a>,
    pub(super) fields: &'a Fields,
    pub(super) faults: Faults,
}

impl<'a> Check<'a> {
    pub(super) fn new(shown: Shown<'a>, fields: &'a Fields) -> Self {
        Self {
            shown,
            fields,
            faults: none(&shown),
        }
    }

    /// A text of so many characters.
    pub(super) fn text(&mut self, name: &str, length: RangeInclusive<usize>) -> Redacted<String> {
        let text = self.fields.text(name);
        let count = text.chars().count();
        let numbers = [
            ("least", (*length.start()).into()),
            ("most", (*length.end()).into()),
        ];
        if count == 0 && !length.contains(&0) {
            self.fault(name, "hub-fault-empty");
        } else if !length.contains(&count) {
            let words = self.shown.words().with("hub-fault-length", numbers);
            self.faults.add(name, words);
        }
        Redacted::new(text.to_owned())
    }

    /// A code of a list; none, and a fault, where it is not chosen.
    pub(super) fn code(&mut self, name: &str) -> Option<Code> {
        let code = Code::new(self.fields.text(name)).ok();
        if code.is_none() {
            self.fault(name, "hub-fault-choose");
        }
        code
    }

    /// An agency, or none where none is chosen.
    pub(super) fn member(&mut self, name: &str) -> Option<MemberId> {
        let text = self.fields.given(name)?;
        let member = MemberId::new(text).ok();
        if member.is_none() {
            self.fault(name, "hub-fault-choose");
        }
        member
    }

    pub(super) fn fault(&mut self, name: &str, key: &str) {
        let words = self.shown.say(key);
        self.faults.add(name, words);
    }

    /// What the use case refused is shown at the top of the form, and so is that there is no PDF,
    /// since another form of the copy can be chosen there; what is no fault of the form is trouble.
    ///
    /// # Errors
    ///
    /// The trouble.
    pub(super) fn refused(&mut self, error: ExchangeError) -> Result<(), Trouble> {
        let problem = error.problem();
        let no_pdf = problem.code() == NO_PDF;
        if !no_pdf && !matches!(problem.status, 409 | 422) {
            return Err(error.into());
        }
        if no_pdf {
            tracing::error!(code = NO_PDF, %error, "a copy could not be made");
        }
        let known = self.shown.words().of_code("hub-problem", problem.code());
        let words = known.unwrap_or_else(|| problem.title.clone());
        self.faults.add_to_form(words);
        Ok(())
    }
}

/// Nothing wrong yet.
pub(super) fn none(shown: &Shown<'_>) -> Faults {
    Faults::of_page(shown.words())
}
