//! The inspection pack of a case: one archive that proves itself.

use axum::http::header;
use axum::response::IntoResponse;
use stile_exchange::audit::PackAsked;
use stile_model::id::CaseId;

use crate::both::fields;
use crate::both::part::{Form, Sheet, no_faults};
use crate::component::{Checkboxes, Choice, Faults, Group};
use crate::form::Fields;
use crate::trouble::{Paged, Refusal};
use crate::visit::Signed;

pub(super) async fn page(visit: Signed) -> Paged {
    let faults = no_faults(&visit.words);
    shown(&visit, &Fields::default(), &faults)
}

fn shown(visit: &Signed, typed: &Fields, faults: &Faults) -> Paged {
    let words = &visit.words;
    let mut sheet = Sheet::new(words.say("log-pack-title")).faults(faults);
    sheet.say(words.say("log-pack-what"));
    let group = Group::new("without_bodies", words.say("log-pack-bodies"))
        .error(faults.of("without_bodies"));
    let without =
        Choice::new("yes", words.say("log-pack-without")).hint(words.say("log-pack-without-hint"));
    let boxes = Checkboxes::new(group, vec![without.into()]).values(typed.list("without_bodies"));
    let form = Form::post(visit, "/log/pack")?
        .with(fields::reason_field(typed.text("reason"), words, faults))
        .with(fields::line("case", "log-case", typed, words, faults))
        .with(boxes)
        .button(words, "log-pack-make");
    sheet.add(form);
    sheet.page(visit, Some(faults))
}

/// Makes the pack, once the person has shown again who they are and the reading is on record.
pub(super) async fn make(visit: Signed, typed: Fields) -> Paged {
    visit.must_be_fresh()?;
    let words = &visit.words;
    let mut faults = no_faults(words);
    let reason = fields::reason(&typed, words, &mut faults);
    let case = CaseId::new(typed.text("case"));
    if case.is_err() {
        faults.add("case", words.say("log-no-case"));
    }
    let (Some(reason), Ok(case)) = (reason, case) else {
        return shown(&visit, &typed, &faults);
    };
    visit.spend(typed.nonce())?;
    let ask = PackAsked {
        reason,
        case,
        without_bodies: typed.has("without_bodies", "yes"),
        earlier: Vec::new(),
    };
    let made = match visit.site.gateway.pack(&visit.person, &ask).await {
        Ok(made) => made,
        Err(error) => {
            let refusal = Refusal::of(error)?;
            match refusal.code() {
                "unknown_case" => faults.add("case", words.say("log-pack-unknown-case")),
                "archived" => faults.add("case", words.say("log-pack-archived")),
                "pack_too_large" => {
                    faults.add("without_bodies", words.say("log-pack-too-large"));
                }
                _ => faults.add_to_form(refusal.said()),
            }
            return Ok(refusal.on(shown(&visit, &typed, &faults)?));
        }
    };
    let headers = [
        (header::CONTENT_TYPE, "application/zip"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"inspection-pack.zip\"",
        ),
    ];
    Ok((headers, made.archive).into_response())
}
