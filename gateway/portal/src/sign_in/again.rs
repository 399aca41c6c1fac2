//! "What you typed is still here": what somebody sent that could not be taken then.

use askama::Template;

use super::fields::Fields;
use crate::component::{Button, Component, Details};
use crate::sent::{KEPT_FIELD, fields};
use crate::trouble::{Paged, Trouble};
use crate::visit::Signed;
use crate::words::Words;

#[derive(Template)]
#[template(path = "sign-in/kept.html")]
struct Page<'a> {
    words: &'a Words,
    title: &'a str,
    forms: Vec<Kept>,
    discard_action: String,
    discard_nonce: String,
    discard: Button,
}

/// One form.
struct Kept {
    heading: String,
    action: String,
    /// As it is sent again.
    fields: Vec<(String, String)>,
    /// What a person may have typed, for them to read or copy.
    typed: Option<Details>,
    nonce: String,
    send: Button,
    handle: String,
}

#[derive(Template)]
#[template(path = "sign-in/typed.html")]
struct Typed<'a> {
    texts: &'a [String],
}

impl askama::filters::HtmlSafe for Typed<'_> {}
impl Component for Typed<'_> {}

/// Shows which forms are here, and sends one with one button.
pub(super) async fn page(visit: Signed) -> Paged {
    let token = visit.token.as_ref().ok_or(Trouble::NotAllowed)?;
    let late = visit.site.gateway.late_forms();
    let kept = late.of(token.secret(), &visit.person.user)?;
    if kept.is_empty() {
        return Ok(visit.go("/"));
    }
    let words = &visit.words;
    let mut forms = Vec::new();
    for form in kept {
        let sent = fields(&form.body);
        let typed = sent.iter().map(|(_, value)| value.trim().to_owned());
        // Words; what was chosen from a list is a code.
        let texts: Vec<_> = typed.filter(|text| text.contains(' ')).collect();
        forms.push(Kept {
            heading: words.about("sign-in-kept-when", "when", &words.moment(form.at)),
            typed: (!texts.is_empty())
                .then(|| Details::new(words.say("sign-in-kept-typed"), Typed { texts: &texts })),
            nonce: visit.nonce()?,
            send: Button::new(words.say("sign-in-kept-send")),
            action: form.path,
            handle: form.handle,
            fields: sent,
        });
    }
    let title = words.count("sign-in-kept-title", "number", forms.len());
    let page = Page {
        title: &title,
        forms,
        discard_nonce: visit.nonce()?,
        discard_action: visit.to("/sign-in/kept"),
        discard: Button::new(words.say("sign-in-kept-discard")).secondary(),
        words,
    };
    visit.page(&title, &page)
}

/// Drops one form.
pub(super) async fn discard(visit: Signed, fields: Fields) -> Paged {
    visit.spend(fields.text("nonce"))?;
    if let Some(token) = &visit.token {
        let late = visit.site.gateway.late_forms();
        let which = fields.text(KEPT_FIELD);
        late.forget(token.secret(), Some(which)).await?;
    }
    Ok(visit.go("/sign-in/kept"))
}
