//! The decision on an approval: one verdict, its ground as a code, and why in words.

use std::borrow::Cow;
use std::sync::Arc;

use axum::extract::{Path, State};
use stile_exchange::agency::{AGREED_FOR, Agency, Decision, OpenedTask, REFUSED_FOR, Verdict};
use stile_model::id::Code;

use super::item;
use crate::both::part::{Form, choose, no_faults};
use crate::component::{Choice, Faults, Field, Group, Radios, Textarea};
use crate::form::Fields;
use crate::trouble::{Paged, Refusal, Trouble};
use crate::visit::{Signed, Visit};
use crate::words::Words;

/// How long a reason may be, in characters; the agency checks the same.
pub(crate) const REASON: std::ops::RangeInclusive<usize> = 10..=500;

/// What was typed.
#[derive(Debug, Clone, Default)]
pub(super) struct Typed(Fields);

/// Takes a decision, once the person has shown again who they are.
pub(super) async fn decide(
    visit: Signed,
    State(agency): State<Arc<Agency>>,
    Path(id): Path<String>,
    fields: Fields,
) -> Paged {
    visit.must_be_fresh()?;
    let id = item::read(&id)?;
    let typed = Typed(fields);
    let mut faults = no_faults(&visit.words);
    let Some(decision) = typed.read(&visit.words, &mut faults) else {
        let opened = agency.open_task(&visit.person, id).await?;
        return item::shown(&visit, &agency, &opened, &typed, &faults);
    };
    visit.spend(typed.0.nonce())?;
    let Err(error) = agency.decide(&visit.person, id, &decision).await else {
        return Ok(visit.go(&format!("/approvals/{id}")));
    };
    let refusal = Refusal::of(error)?;
    faults.add_to_form(refusal.said());
    let opened = agency.open_task(&visit.person, id).await?;
    let page = item::shown(&visit, &agency, &opened, &typed, &faults)?;
    Ok(refusal.on(page))
}

impl Typed {
    /// The reason as it was typed.
    pub(super) fn reason(&self) -> &str {
        self.0.text("reason")
    }

    fn read(&self, words: &Words, faults: &mut Faults) -> Option<Decision> {
        let (verdict, list) = match self.0.text("verdict") {
            "agree" => (Some(Verdict::Agree), "agreed_for"),
            "refuse" => (Some(Verdict::Refuse), "refused_for"),
            _ => (None, ""),
        };
        if verdict.is_none() {
            faults.add("verdict", words.say("approvals-choose-verdict"));
        }
        let ground = self.0.given(list).and_then(|code| Code::new(code).ok());
        if verdict.is_some() && ground.is_none() {
            faults.add(list, words.say("approvals-choose-ground"));
        }
        let reason = reason(&self.0, words, faults);
        Some(Decision {
            verdict: verdict?,
            ground: Some(ground?),
            reason: reason?.into(),
        })
    }
}

/// The reason in words, if it is long enough and not too long.
pub(crate) fn reason(fields: &Fields, words: &Words, faults: &mut Faults) -> Option<String> {
    let text = fields.text("reason");
    if REASON.contains(&text.chars().count()) {
        return Some(text.to_owned());
    }
    faults.add("reason", words.say("approvals-reason-length"));
    None
}

/// Where the reason is typed.
pub(crate) fn reason_field(typed: &str, words: &Words, faults: &Faults) -> Textarea {
    let field = Field::new("reason", words.say("approvals-reason"))
        .hint(words.say("approvals-reason-hint"))
        .error(faults.of("reason"));
    Textarea::new(field).value(typed)
}

/// The form.
///
/// # Errors
///
/// When there is no session or no randomness.
pub(super) fn form(
    visit: &Visit,
    opened: &OpenedTask,
    typed: &Typed,
    faults: &Faults,
) -> Result<Form, Trouble> {
    let words = &visit.words;
    let grounds = |name: &'static str, all: &'static [(&'static str, &'static str)]| {
        let field = Field::new(name, words.say("approvals-ground")).error(faults.of(name));
        let said = all.iter().map(|(code, meaning)| {
            let said = words.of_code("approvals-ground", code);
            (*code, said.map_or(Cow::Borrowed(*meaning), Cow::Owned))
        });
        choose(words, field, said, typed.0.text(name))
    };
    let verdicts = vec![
        Choice::new("agree", words.say("approvals-agree"))
            .hint(words.say("approvals-agree-hint"))
            .reveals(grounds("agreed_for", &AGREED_FOR))
            .into(),
        Choice::new("refuse", words.say("approvals-refuse"))
            .hint(words.say("approvals-refuse-hint"))
            .reveals(grounds("refused_for", &REFUSED_FOR))
            .into(),
    ];
    let group = Group::new("verdict", words.say("approvals-verdict")).error(faults.of("verdict"));
    let radios = Radios::new(group, verdicts).value(typed.0.text("verdict"));
    Ok(
        Form::post(visit, &format!("/approvals/{}", opened.task.id))?
            .with(radios)
            .with(reason_field(typed.0.text("reason"), words, faults))
            .button(words, "approvals-send"),
    )
}
