//! One proposal to erase, and the word of another officer. What is erased, nothing brings back.

use axum::extract::Path;
use stile_exchange::error::ExchangeError;
use stile_exchange::retention::{Proposal, ProposalState};
use stile_model::id::EnquiryId;

use super::state;
use crate::both::part::{Form, Sheet, bullets, coded, facts, no_faults};
use crate::component::{Button, Content, Faults};
use crate::form::Fields;
use crate::trouble::{Paged, Refusal, Trouble};
use crate::visit::Signed;

pub(super) async fn page(visit: Signed, Path(id): Path<String>) -> Paged {
    let faults = no_faults(&visit.words);
    shown(&visit, read(&id)?, &faults)
}

fn read(id: &str) -> Result<EnquiryId, Trouble> {
    id.parse().map_err(|_| Trouble::NotFound)
}

fn shown(visit: &Signed, id: EnquiryId, faults: &Faults) -> Paged {
    let words = &visit.words;
    let all = visit.site.gateway.proposals(&visit.person)?.proposals;
    let one = all.into_iter().find(|one| one.id == id);
    let one = one.ok_or(Trouble::NotFound)?;
    let mut sheet = Sheet::new(words.say("retention-proposal-title")).faults(faults);
    sheet.add(facts(vec![
        (
            words.say("retention-proposal-state"),
            Some(state(words, &one.state).into()),
        ),
        (
            words.say("retention-proposal-proposed"),
            Some(words.moment(one.proposed_at).into()),
        ),
        (
            words.say("retention-proposal-by"),
            Some(visit.site.shown(&one.proposed_by).into()),
        ),
        (
            words.say("retention-proposal-reason"),
            Some(coded(words, "retention-erase", one.reason.word()).into()),
        ),
        (
            words.say("retention-proposal-count"),
            Some(one.count.to_string().into()),
        ),
        (words.say("retention-decided"), decided(visit, &one)),
    ]));
    if !one.cases.is_empty() {
        sheet.heading(words.say("retention-cases"));
        sheet.add(bullets(one.cases.iter().map(ToString::to_string)));
    }
    if one.state == ProposalState::Open {
        sheet.heading(words.say("retention-decide"));
        let path = format!("/retention/erasures/{id}");
        if one.proposed_by == visit.person.user {
            sheet.say(words.say("retention-own"));
        } else {
            sheet.say(words.say("retention-for-good"));
            let erase = Button::new(words.say("retention-approve")).warning();
            sheet.add(Form::post(visit, &format!("{path}/approval"))?.with(erase));
        }
        let no = Button::new(words.say("retention-refuse")).secondary();
        sheet.add(Form::post(visit, &format!("{path}/refusal"))?.with(no));
    }
    sheet.page(visit, Some(faults))
}

/// Who decided, and when.
fn decided(visit: &Signed, one: &Proposal) -> Option<Content> {
    let (by, at) = match &one.state {
        ProposalState::Approved { by, at }
        | ProposalState::Done { by, at, .. }
        | ProposalState::Refused { by, at } => (by, *at),
        ProposalState::Open => return None,
    };
    let words = &visit.words;
    let said = words.with(
        "retention-decided-by",
        [
            ("user", visit.site.shown(by).into()),
            ("moment", words.moment(at).into()),
        ],
    );
    Some(said.into())
}

/// Agrees, and erases.
pub(super) async fn approve(visit: Signed, Path(id): Path<String>, typed: Fields) -> Paged {
    visit.must_be_fresh()?;
    let id = read(&id)?;
    visit.spend(typed.nonce())?;
    let came = visit.site.gateway.approve(&visit.person, id).await;
    done(&visit, id, came)
}

/// Says no.
pub(super) async fn refuse(visit: Signed, Path(id): Path<String>, typed: Fields) -> Paged {
    visit.must_be_fresh()?;
    let id = read(&id)?;
    visit.spend(typed.nonce())?;
    let came = visit.site.gateway.refuse_proposal(&visit.person, id).await;
    done(&visit, id, came)
}

fn done(visit: &Signed, id: EnquiryId, came: Result<Proposal, ExchangeError>) -> Paged {
    let Err(error) = came else {
        return Ok(visit.go(&format!("/retention/erasures/{id}")));
    };
    let refusal = Refusal::of(error)?;
    let mut faults = no_faults(&visit.words);
    faults.add_to_form(refusal.said());
    Ok(refusal.on(shown(visit, id, &faults)?))
}
