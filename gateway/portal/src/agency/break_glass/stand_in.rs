//! Breaking the glass over one approval, seeing what would leave, and releasing it.

use std::borrow::Cow;
use std::sync::Arc;

use axum::extract::{Path, State};
use stile_exchange::agency::{Agency, BreakGlass, GLASS_GROUNDS, GlassUse, OpenedTask, TaskState};
use stile_exchange::error::ExchangeError;
use stile_model::id::{Code, EnquiryId};

use super::super::approvals::decision::{reason, reason_field};
use super::super::approvals::item;
use crate::both::part::{Form, Sheet, choose, facts, kept_words, lines, no_faults};
use crate::component::{Button, Faults, Field};
use crate::form::Fields;
use crate::trouble::{Paged, Refusal, Trouble};
use crate::visit::Signed;

/// Asks why; or, once the glass is broken, shows what would leave.
pub(super) async fn page(
    visit: Signed,
    State(agency): State<Arc<Agency>>,
    Path(id): Path<String>,
) -> Paged {
    let id = item::read(&id)?;
    let faults = no_faults(&visit.words);
    match agency.open_in_emergency(&visit.person, id).await {
        Ok((opened, of)) => open(&visit, &agency, (&opened, &of), &Fields::default(), &faults),
        Err(error) if error.problem().code() == "glass_over" => {
            closed(&visit, &agency, id, &Fields::default(), &faults)
        }
        Err(error) => Err(error.into()),
    }
}

fn closed(
    visit: &Signed,
    agency: &Agency,
    id: EnquiryId,
    typed: &Fields,
    faults: &Faults,
) -> Paged {
    let waiting = agency.emergencies(&visit.person)?;
    let line = waiting.iter().find(|line| line.id == id);
    let line = line.ok_or(Trouble::NotFound)?;
    let words = &visit.words;
    let title = line.category.clone();
    let title = title.unwrap_or_else(|| line.purpose.clone());
    let caption = words.about("approvals-caption", "case", line.case.as_str());
    let mut sheet = Sheet::new(title).caption(caption).faults(faults);
    let roles = line.asked.iter().map(|one| one.name.as_str());
    sheet.add(facts(vec![
        (words.say("asked-hub"), Some((&line.hub).into())),
        (words.say("approvals-head-waits-for"), Some(lines(roles))),
        (
            words.say("approvals-head-due"),
            Some(words.moment(line.due).into()),
        ),
    ]));
    sheet.say(words.say("glass-before"));
    let ground = Field::new("ground", words.say("glass-ground")).error(faults.of("ground"));
    let grounds = GLASS_GROUNDS.iter().map(|(code, meaning)| {
        let said = words.of_code("glass-ground", code);
        (*code, said.map_or(Cow::Borrowed(*meaning), Cow::Owned))
    });
    let form = Form::post(visit, &format!("/break-glass/{id}"))?
        .with(choose(words, ground, grounds, typed.text("ground")))
        .with(reason_field(typed.text("reason"), words, faults))
        .with(Button::new(words.say("glass-break")).warning());
    sheet.add(form);
    sheet.page(visit, Some(faults))
}

fn open(
    visit: &Signed,
    agency: &Agency,
    (opened, of): (&OpenedTask, &GlassUse),
    typed: &Fields,
    faults: &Faults,
) -> Paged {
    let words = &visit.words;
    let sheet = item::sheet_of(visit, agency, opened).ok_or(Trouble::NotFound)?;
    let mut sheet = sheet.faults(faults);
    sheet.heading(words.say("glass-open"));
    sheet.say(words.about("glass-open-until", "moment", &words.moment(of.until)));
    if opened.task.state == TaskState::Open {
        let form = Form::post(visit, &format!("/break-glass/{}/release", of.task))?
            .with(reason_field(typed.text("reason"), words, faults))
            .with(Button::new(words.say("glass-release")).warning());
        sheet.add(form);
    } else {
        kept_words(&mut sheet, words, typed.text("reason"));
    }
    sheet.page(visit, Some(faults))
}

/// The form again with what was typed, where it still waits; else the refusal alone.
fn refused(
    visit: &Signed,
    agency: &Agency,
    (id, error): (EnquiryId, ExchangeError),
    typed: &Fields,
    mut faults: Faults,
) -> Paged {
    let refusal = Refusal::of(error)?;
    faults.add_to_form(refusal.said());
    match closed(visit, agency, id, typed, &faults) {
        Ok(page) => Ok(refusal.on(page)),
        Err(Trouble::NotFound) => Err(refusal.into()),
        Err(trouble) => Err(trouble),
    }
}

/// Breaks the glass, once the person has shown again who they are.
pub(super) async fn break_it(
    visit: Signed,
    State(agency): State<Arc<Agency>>,
    Path(id): Path<String>,
    typed: Fields,
) -> Paged {
    visit.must_be_fresh()?;
    let id = item::read(&id)?;
    let words = &visit.words;
    let mut faults = no_faults(words);
    let ground = typed.given("ground").and_then(|code| Code::new(code).ok());
    if ground.is_none() {
        faults.add("ground", words.say("approvals-choose-ground"));
    }
    let why = reason(&typed, words, &mut faults);
    let (Some(ground), Some(why)) = (ground, why) else {
        return closed(&visit, &agency, id, &typed, &faults);
    };
    visit.spend(typed.nonce())?;
    let order = BreakGlass {
        ground,
        reason: why.into(),
    };
    let Err(error) = agency.break_glass(&visit.person, id, &order).await else {
        return Ok(visit.go(&format!("/break-glass/{id}")));
    };
    refused(&visit, &agency, (id, error), &typed, faults)
}

/// Releases it, once the person has shown again who they are.
pub(super) async fn release(
    visit: Signed,
    State(agency): State<Arc<Agency>>,
    Path(id): Path<String>,
    typed: Fields,
) -> Paged {
    visit.must_be_fresh()?;
    let id = item::read(&id)?;
    let mut faults = no_faults(&visit.words);
    let Some(why) = reason(&typed, &visit.words, &mut faults) else {
        let (opened, of) = agency.open_in_emergency(&visit.person, id).await?;
        return open(&visit, &agency, (&opened, &of), &typed, &faults);
    };
    visit.spend(typed.nonce())?;
    let why = why.into();
    let released = agency.release_in_emergency(&visit.person, id, &why).await;
    let Err(error) = released else {
        return Ok(visit.go(&format!("/break-glass/{id}")));
    };
    if let Ok((opened, of)) = agency.open_in_emergency(&visit.person, id).await {
        let refusal = Refusal::of(error)?;
        faults.add_to_form(refusal.said());
        let page = open(&visit, &agency, (&opened, &of), &typed, &faults)?;
        return Ok(refusal.on(page));
    }
    refused(&visit, &agency, (id, error), &typed, faults)
}
