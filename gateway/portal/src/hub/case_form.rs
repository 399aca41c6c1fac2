//! A form about a case: under the head of the case, with everything that was typed.
//!
//! A form remembers how much of the case its reader had seen (`seen`). Where somebody else changed the
//! case meanwhile nothing is done: the form comes again with what was typed and with what changed.

use askama::Template;
use axum::response::Response;
use stile_exchange::error::ExchangeError;
use stile_exchange::hub::Hub;
use stile_exchange::hub::desk::Seen;
use stile_model::id::CaseId;

use super::case::{Head, Opened, Place, title};
use super::check::Check;
use super::history;
use super::part::{Hidden, joined, lines};
use super::shown::Shown;
use crate::component::{
    Alert, AlertKind, Button, Choosable, Content, ErrorSummary, Faults, Field, Select, Textarea,
};
use crate::form::Fields;
use crate::trouble::{Paged, Trouble};
use crate::visit::Signed;

/// What a form asks.
pub(super) struct Questions {
    /// What stands above the fields: explanations.
    pub(super) intro: Content,
    /// The fields.
    pub(super) fields: Vec<Content>,
    /// What the button says; none where there is nothing to send.
    pub(super) button: Option<String>,
}

#[derive(Template)]
#[template(path = "hub/case-form.html")]
struct FormPage {
    head: Head,
    summary: Option<ErrorSummary>,
    changed: Option<Content>,
    heading: String,
    to: String,
    hidden: Hidden,
    questions: Questions,
    button: Option<Button>,
    back: (String, String),
}

/// One form of one case, for somebody.
#[derive(Clone, Copy)]
pub(super) struct CaseForm<'a> {
    pub(super) hub: &'a Hub,
    pub(super) visit: &'a Signed,
    pub(super) case: &'a CaseId,
    /// Its address, and with `case-form-` before it its heading.
    word: &'a str,
}

impl<'a> CaseForm<'a> {
    pub(super) const fn new(
        hub: &'a Hub,
        visit: &'a Signed,
        case: &'a CaseId,
        word: &'a str,
    ) -> Self {
        Self {
            hub,
            visit,
            case,
            word,
        }
    }

    pub(super) fn shown(self) -> Shown<'a> {
        Shown::new(self.visit, self.hub)
    }

    /// Shows it with what was typed and what is wrong.
    pub(super) async fn show(
        self,
        typed: &Fields,
        faults: &Faults,
        questions: impl FnOnce(&Shown<'_>, &Opened) -> Questions,
    ) -> Paged {
        let Self {
            hub,
            visit,
            case,
            word,
        } = self;
        let opened = Opened::of(hub, visit, case).await?;
        let shown = self.shown();
        let heading = shown.say(&format!("case-form-{word}"));
        let whole = format!("{heading}, {}", title(&shown, &opened, Place::Form));
        let questions = questions(&shown, &opened);
        let seen = opened.page.work.seen().0.to_string();
        let body = FormPage {
            head: Head::new(&shown, visit, &opened, Place::Form)?,
            summary: faults.summary(),
            changed: changed(&shown, &opened, typed),
            to: visit.to(&format!("/cases/{case}/{word}")),
            hidden: Hidden::nonce(visit)?.and("seen", &seen),
            button: questions.button.clone().map(Button::new),
            questions,
            back: (
                visit.to(&format!("/cases/{case}")),
                shown.say("case-back-to-case"),
            ),
            heading,
        };
        visit.page(&faults.mark(&whole), &body)
    }

    /// Does what the form asks for, once nothing typed is wrong, and goes to a page of the case. What
    /// is refused is told at the top of the form: none then.
    ///
    /// # Errors
    ///
    /// The trouble of a form that was sent before, or of what is no fault of the form.
    pub(super) async fn send<T>(
        self,
        check: &mut Check<'_>,
        doing: impl Future<Output = Result<T, ExchangeError>>,
        then: &str,
    ) -> Result<Option<Response>, Trouble> {
        self.visit.spend(check.fields.nonce())?;
        match doing.await {
            Ok(_) => Ok(Some(self.visit.go(&format!("/cases/{}{then}", self.case)))),
            Err(error) => {
                check.refused(error)?;
                Ok(None)
            }
        }
    }
}

/// How much of the case the sender of a form had seen.
///
/// # Errors
///
/// [`Trouble::NotTheForm`] where it does not say.
pub(super) fn seen(fields: &Fields) -> Result<Seen, Trouble> {
    let seen = fields.text("seen").parse();
    seen.map(Seen).map_err(|_| Trouble::NotTheForm)
}

/// What was done on the case since the sender of a form saw it.
fn changed(shown: &Shown<'_>, opened: &Opened, typed: &Fields) -> Option<Content> {
    let since = opened.page.work.since(seen(typed).ok()?);
    let said = since.iter().map(|step| history::line(shown, step).into());
    (!since.is_empty()).then(|| {
        let said = joined([
            super::part::paragraph(&shown.say("case-changed-since")),
            lines(said),
        ]);
        Alert::new(AlertKind::Warning, shown.say("case-changed"), said).into()
    })
}

/// A text of several lines.
pub(super) fn account(
    shown: &Shown<'_>,
    typed: &Fields,
    faults: &Faults,
    name: &str,
    key: &str,
) -> Content {
    let field = Field::new(name, shown.say(key))
        .hint(shown.say(&format!("{key}-hint")))
        .error(faults.of(name));
    Textarea::new(field).value(typed.text(name)).into()
}

/// One of a list of codes with their words; nothing is chosen beforehand.
pub(super) fn choose(
    shown: &Shown<'_>,
    typed: &Fields,
    faults: &Faults,
    name: &str,
    key: &str,
    codes: impl IntoIterator<Item = (String, String)>,
) -> Content {
    let mut items = vec![Choosable::new("", shown.say("hub-choose"))];
    let codes = codes.into_iter();
    items.extend(codes.map(|(code, words)| Choosable::new(code, words)));
    let field = Field::new(name, shown.say(key)).error(faults.of(name));
    Select::new(field, items).value(typed.text(name)).into()
}
