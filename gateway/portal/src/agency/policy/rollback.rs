//! Back to an earlier version, as a new one.

use std::sync::Arc;

use axum::extract::{Path, State};
use stile_exchange::agency::Agency;
use stile_exchange::policy::{Remark, RollBack};
use stile_model::redact::Redacted;

use super::propose::{reason, refused, why};
use super::remarks::told;
use super::sheet::{Form, Sheet, is_first, no_faults};
use crate::component::{Block, Button, Faults, Paragraph};
use crate::form::Fields;
use crate::trouble::Paged;
use crate::visit::Signed;

/// What going back means, and the form.
pub(super) async fn page(
    visit: Signed,
    State(agency): State<Arc<Agency>>,
    Path(version): Path<u64>,
) -> Paged {
    // Whoever may not, or asks for a version that never was, gets no form.
    agency.policy_text(&visit.person, Some(version))?;
    let faults = no_faults(&visit.words);
    show(&visit, version, &Fields::default(), &faults, &[])
}

/// Goes back: at once where nothing more leaves, otherwise by a proposal.
pub(super) async fn roll_back(
    visit: Signed,
    State(agency): State<Arc<Agency>>,
    Path(version): Path<u64>,
    fields: Fields,
) -> Paged {
    visit.must_be_fresh()?;
    let words = &visit.words;
    let mut faults = no_faults(words);
    reason(words, &fields, &mut faults);
    if faults.is_empty() && !is_first(&visit, fields.nonce())? {
        faults.add_to_form(words.say("policy-sent-again"));
    }
    let mut remarks = Vec::new();
    if faults.is_empty() {
        let order = RollBack {
            to: version,
            reason: Redacted::new(fields.text("why").to_owned()),
        };
        match agency.roll_back_policy(&visit.person, order).await {
            Ok(done) => {
                if let Some(proposal) = done.proposal {
                    return Ok(visit.go(&format!("/policy/changes/{}", proposal.version)));
                }
                faults.add_to_form(words.say("policy-rollback-stopped"));
                remarks = done.remarks;
            }
            Err(error) => refused(error, &mut faults)?,
        }
    }
    show(&visit, version, &fields, &faults, &remarks)
}

fn show(
    visit: &Signed,
    version: u64,
    fields: &Fields,
    faults: &Faults,
    remarks: &[Remark],
) -> Paged {
    let words = &visit.words;
    let title = words.about("policy-rollback-title", "version", &version.to_string());
    let path = format!("/policy/history/{version}/rollback");
    let form = Form::post(visit, &path)?
        .field(why(words, "policy-rollback-why", fields, faults))
        .button(Button::new(words.say("policy-rollback-button")).warning());
    let mut sheet = Sheet::new(visit, title)
        .back(
            words.say("policy-changes-title"),
            visit.to("/policy/changes"),
        )
        .faults(faults)
        .part(Paragraph::new(words.say("policy-rollback-what")));
    if !remarks.is_empty() {
        let all = told(words, remarks, false);
        sheet = sheet.part(Block::new("remarks", words.say("policy-remarks"), all));
    }
    let sheet = sheet.part(form);
    if faults.is_empty() {
        sheet.shown(visit)
    } else {
        sheet.shown_again(visit)
    }
}
