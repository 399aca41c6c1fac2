//! What would have become of past enquiries under the texts an officer is writing. The looking is on
//! record, with the reason they give.

use std::sync::Arc;

use axum::extract::State;
use stile_exchange::agency::Agency;
use stile_exchange::error::ExchangeError;
use stile_exchange::policy::looking_back::{ReplayAsked, Replayed, Span};

use super::edit::{counted, head, texts};
use super::remarks::numbered;
use super::sheet::{Bullets, Form, Sheet, english_list, is_first, no_faults};
use crate::both::fields;
use crate::component::{Block, Button, Content, Faults, InsetText, Paragraph};
use crate::form::Fields;
use crate::trouble::Paged;
use crate::visit::Signed;
use crate::words::Words;

/// Asks why; nothing is looked at yet.
pub(super) async fn page(visit: Signed) -> Paged {
    let faults = no_faults(&visit.words);
    why(&visit, &Fields::default(), &faults)?.shown(&visit)
}

/// Looks, once why is on record, and shows what came of it above the texts.
pub(super) async fn show(visit: Signed, State(agency): State<Arc<Agency>>, typed: Fields) -> Paged {
    let words = &visit.words;
    let mut faults = no_faults(words);
    let reason = fields::reason(&typed, words, &mut faults);
    if faults.is_empty() && !is_first(&visit, typed.nonce())? {
        faults.add_to_form(words.say("policy-sent-again"));
    }
    let Some(reason) = reason.filter(|_| faults.is_empty()) else {
        return why(&visit, &typed, &faults)?.shown_again(&visit);
    };
    let sketch = agency.policy_sketch(&visit.person)?;
    let ask = ReplayAsked {
        reason,
        rules: sketch.rules.clone(),
        span: Span::default(),
    };
    let sheet = head(&visit, &agency, &sketch)?;
    let (sheet, wrong) = match agency.replayed(&visit.person, ask).await {
        Ok(replayed) => (sheet.part(would_change(words, &replayed)), false),
        Err(ExchangeError::Policy(error)) => {
            let message = words.say("policy-past-not-yet");
            let lines: Vec<_> = error.to_string().lines().map(ToOwned::to_owned).collect();
            let said = Content::from(Paragraph::new(message)).then(english_list(words, &lines));
            (sheet.part(InsetText::new(said)), true)
        }
        Err(error) => return Err(error.into()),
    };
    let sheet = texts(
        &visit,
        sheet,
        (&sketch, sketch.base),
        (&sketch.rules, &sketch.cases),
    )?;
    if wrong {
        sheet
            .part(numbered(words, &sketch.rules, &sketch.cases))
            .shown(&visit)
    } else {
        sheet.shown(&visit)
    }
}

fn why(visit: &Signed, typed: &Fields, faults: &Faults) -> Result<Sheet, crate::trouble::Trouble> {
    let words = &visit.words;
    let form = Form::post(visit, "/policy/edit/past")?
        .field(fields::reason_field(typed.text("reason"), words, faults))
        .button(Button::new(words.say("policy-edit-past")));
    Ok(Sheet::new(visit, words.say("policy-past"))
        .under(words.say("policy-past-why"))
        .back(words.say("policy-edit-title"), visit.to("/policy/edit"))
        .faults(faults)
        .part(form))
}

/// `3 of 41 past enquiries would be answered otherwise`, and how.
fn would_change(words: &Words, replayed: &Replayed) -> Content {
    let replay = &replayed.replay;
    let numbers = [
        ("changed", replay.different().to_string().into()),
        ("all", replay.enquiries.to_string().into()),
    ];
    let line = words.with("policy-past-changed", numbers);
    let counts = [
        ("policy-past-more", replay.more),
        ("policy-past-less", replay.less),
        ("policy-past-both", replay.both),
        ("policy-past-same", replay.same),
        ("policy-past-erased", replayed.covered.erased),
    ];
    let items = counts.into_iter().filter(|(_, count)| *count > 0);
    let items = items.map(|(key, count)| Content::from(counted(words, key, count)));
    let content = Content::from(Paragraph::new(line)).then(Bullets::new(items));
    let content = content.then(Paragraph::new(words.say("policy-past-recorded")).quiet());
    Block::new("past", words.say("policy-past"), content).into()
}
