//! Approving, rejecting and bringing forward. Whoever does it has shown a moment ago who they are; who
//! may do what is the use case's question, and its refusal stands at the top of the form.

use std::sync::Arc;

use axum::extract::{Path, State};
use stile_exchange::agency::Agency;
use stile_exchange::error::ExchangeError;
use stile_exchange::policy::{Because, Proposal, ProposalState};
use stile_model::redact::Redacted;

use super::super::propose::{reason, refused, why};
use super::super::sheet::{Form, is_first, no_faults};
use super::show;
use crate::component::{Block, Button, Content, Faults, InsetText, Paragraph};
use crate::form::Fields;
use crate::trouble::{Paged, Trouble};
use crate::visit::Signed;

/// The forms that fit where the proposal stands.
pub(super) fn forms(
    visit: &Signed,
    proposal: &Proposal,
    fields: &Fields,
    faults: &Faults,
) -> Result<Vec<Content>, Trouble> {
    let words = &visit.words;
    let own = proposal.proposed.by == visit.person.user;
    let path = |step: &str| format!("/policy/changes/{}/{step}", proposal.version);
    let form = |step: &str, label: &str| -> Result<Form, Trouble> {
        Ok(Form::post(visit, &path(step))?.field(why(words, label, fields, faults)))
    };
    let block = |id: &str, heading: &str, content: Content| -> Content {
        Block::new(id, words.say(heading), content).into()
    };
    let (section, content) = match &proposal.state {
        ProposalState::Waiting { .. } if own => {
            let told = Content::from(InsetText::new(words.say("policy-own-proposal")));
            let take = form("rejection", "policy-withdraw-why")?
                .button(Button::new(words.say("policy-withdraw")).secondary());
            ("policy-withdraw-heading", told.then(take))
        }
        ProposalState::Waiting { .. } => {
            let decide = form("approval", "policy-decide-why")?
                .button(Button::new(words.say("policy-approve")))
                .button(
                    Button::new(words.say("policy-reject"))
                        .secondary()
                        .attribute("formaction", &visit.to(&path("rejection"))),
                );
            ("policy-decide", decide.into())
        }
        ProposalState::Approved { .. } => {
            let what = Content::from(Paragraph::new(words.say("policy-activate-what")));
            let now = Form::post(visit, &path("activation"))?
                .button(Button::new(words.say("policy-activate")));
            let take = form("rejection", "policy-take-back-why")?
                .button(Button::new(words.say("policy-take-back")).secondary());
            ("policy-activate-heading", what.then(now).then(take))
        }
        ProposalState::Failed { .. }
        | ProposalState::InForce { .. }
        | ProposalState::Rejected { .. }
        | ProposalState::Stale
        | ProposalState::Superseded { .. } => return Ok(Vec::new()),
    };
    Ok(vec![block("decide", section, content)])
}

/// Approves it.
pub(in super::super) async fn approve(
    visit: Signed,
    State(agency): State<Arc<Agency>>,
    Path(version): Path<u64>,
    fields: Fields,
) -> Paged {
    let asked = match asked(&visit, &fields)? {
        Ok(because) => {
            agency
                .approve_policy(&visit.person, version, &because)
                .await
        }
        Err(faults) => return show(&visit, &agency, version, &fields, &faults),
    };
    done(&visit, &agency, version, &fields, asked)
}

/// Rejects it, or takes it back.
pub(in super::super) async fn reject(
    visit: Signed,
    State(agency): State<Arc<Agency>>,
    Path(version): Path<u64>,
    fields: Fields,
) -> Paged {
    let asked = match asked(&visit, &fields)? {
        Ok(because) => agency.reject_policy(&visit.person, version, &because).await,
        Err(faults) => return show(&visit, &agency, version, &fields, &faults),
    };
    done(&visit, &agency, version, &fields, asked)
}

/// Brings it into force before its moment.
pub(in super::super) async fn activate(
    visit: Signed,
    State(agency): State<Arc<Agency>>,
    Path(version): Path<u64>,
    fields: Fields,
) -> Paged {
    visit.must_be_fresh()?;
    visit.spend(fields.nonce())?;
    let activated = agency.activate_policy(&visit.person, version).await;
    done(&visit, &agency, version, &fields, activated)
}

/// Why, once the form is right and sent for the first time.
fn asked(visit: &Signed, fields: &Fields) -> Result<Result<Because, Faults>, Trouble> {
    visit.must_be_fresh()?;
    let mut faults = no_faults(&visit.words);
    reason(&visit.words, fields, &mut faults);
    if faults.is_empty() && !is_first(visit, fields.nonce())? {
        faults.add_to_form(visit.words.say("policy-sent-again"));
    }
    if !faults.is_empty() {
        return Ok(Err(faults));
    }
    Ok(Ok(Because {
        reason: Redacted::new(fields.text("why").to_owned()),
    }))
}

fn done(
    visit: &Signed,
    agency: &Agency,
    version: u64,
    fields: &Fields,
    decided: Result<Proposal, ExchangeError>,
) -> Paged {
    match decided {
        Ok(_) => Ok(visit.go(&format!("/policy/changes/{version}"))),
        Err(error) => {
            let mut faults = no_faults(&visit.words);
            refused(error, &mut faults)?;
            show(visit, agency, version, fields, &faults)
        }
    }
}
