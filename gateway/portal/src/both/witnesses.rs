//! Who else holds this ledger to one history, and how it compares with what others have recorded.

use std::sync::Arc;

use axum::extract::FromRef;
use stile_exchange::reconcile::{Difference, Reconciliation};
use stile_exchange::witness::{Cause, Halt, Resume, WitnessLine, WitnessState, Witnesses};

use super::part::{Form, Sheet, bullets, coded, facts, kept_words, lines, no_faults, verbatim};
use crate::component::{Cell, Content, Faults, Field, Table, Tag, Textarea, Tint};
use crate::doors::{Doors, Part, Who};
use crate::form::Fields;
use crate::site::Site;
use crate::trouble::{Paged, Refusal, Trouble};
use crate::visit::{Signed, Visit};
use crate::words::Words;

/// Those who answer for the record, and who runs the gateway.
pub(crate) const WHO: Who = Who::OneOf(&[
    Part::Auditor,
    Part::HubManager,
    Part::IgLead,
    Part::InformationGovernance,
    Part::ItAdmin,
]);

/// The doors of witnessing.
pub(crate) fn doors<S>() -> Doors<S>
where
    S: Clone + Send + Sync + 'static,
    Arc<Site>: FromRef<S>,
{
    Doors::default().get("/witnesses", WHO, page).post(
        "/witnesses/resume",
        Who::OneOf(&[Part::InformationGovernance]),
        resume,
    )
}

async fn page(visit: Signed) -> Paged {
    let faults = no_faults(&visit.words);
    shown(&visit, &Fields::default(), &faults)
}

/// Ends a halt, once the person has shown again who they are.
async fn resume(visit: Signed, typed: Fields) -> Paged {
    visit.must_be_fresh()?;
    let words = &visit.words;
    let mut faults = no_faults(words);
    let length = typed.text("reason").chars().count();
    if !(10..=500).contains(&length) {
        faults.add("reason", words.say("witnesses-reason-length"));
        return shown(&visit, &typed, &faults);
    }
    let confirm = typed
        .text("confirm")
        .parse()
        .map_err(|_| Trouble::NotTheForm)?;
    visit.spend(typed.nonce())?;
    let order = Resume {
        reason: typed.text("reason").into(),
        confirm: Some(confirm),
    };
    let gateway = &visit.site.gateway;
    let Err(error) = gateway.resume_releases(&visit.person, &order).await else {
        return Ok(visit.go("/witnesses"));
    };
    let refusal = Refusal::of(error)?;
    match refusal.code() {
        "confirm_differs" => faults.add("reason", words.say("witnesses-other-halt")),
        "not_halted" => faults.add_to_form(words.say("witnesses-not-halted")),
        "reason_missing" => faults.add("reason", words.say("witnesses-reason-length")),
        _ => faults.add_to_form(refusal.said()),
    }
    Ok(refusal.on(shown(&visit, &typed, &faults)?))
}

fn shown(visit: &Signed, typed: &Fields, faults: &Faults) -> Paged {
    let words = &visit.words;
    let gateway = &visit.site.gateway;
    let witnesses = gateway.witnesses()?;
    let compared = gateway.reconciled(&visit.person)?;
    let mut sheet = Sheet::new(words.say("witnesses-title")).faults(faults);
    sheet.say(words.say("witnesses-what"));
    add_state(&mut sheet, words, &witnesses);
    match &witnesses.halt {
        Some(halt) => add_halt(&mut sheet, visit, halt, (typed, faults))?,
        // No form stands here any more: what was typed is theirs to copy.
        None => kept_words(&mut sheet, words, typed.text("reason")),
    }
    sheet.heading(words.say("witnesses-who"));
    if witnesses.witnesses.is_empty() {
        sheet.say(words.say("witnesses-none"));
    } else {
        let head = ["member", "state", "cosigned", "asked"];
        let head = head.map(|key| Cell::new(words.say(&format!("witnesses-head-{key}"))));
        let rows = witnesses.witnesses.iter().map(|line| row(visit, line));
        let caption = words.say("witnesses-who");
        let table = Table::new(caption, head.into(), rows.collect());
        sheet.add(table.hidden_caption().scrolling());
    }
    sheet.add(verbatim(
        words.say("witnesses-policy"),
        witnesses.policy.as_str(),
    ));
    sheet.heading(words.say("witnesses-compared"));
    if compared.reconciliations.is_empty() {
        sheet.say(words.say("witnesses-not-compared"));
    }
    for one in &compared.reconciliations {
        add_compared(&mut sheet, visit, one);
    }
    sheet.page(visit, Some(faults))
}

fn add_state(sheet: &mut Sheet, words: &Words, witnesses: &Witnesses) {
    let behind = witnesses
        .witnessed_size
        .map(|seen| witnesses.size.saturating_sub(seen));
    let standing = match (&witnesses.halt, behind) {
        (Some(_), _) => Tag::new(words.say("witnesses-halted"), Tint::Red),
        (None, Some(0)) => Tag::new(words.say("witnesses-all-seen"), Tint::Green),
        (None, Some(_)) => Tag::new(words.say("witnesses-behind"), Tint::Orange),
        (None, None) => Tag::new(words.say("witnesses-unseen"), Tint::Orange),
    };
    sheet.add(facts(vec![
        (words.say("witnesses-state"), Some(standing.into())),
        (
            words.say("witnesses-origin"),
            Some((&witnesses.origin).into()),
        ),
        (
            words.say("witnesses-size"),
            Some(witnesses.size.to_string().into()),
        ),
        (
            words.say("witnesses-seen-size"),
            witnesses.witnessed_size.map(|size| size.to_string().into()),
        ),
        (
            words.say("witnesses-quorum-since"),
            Some(words.moment(witnesses.quorum_since).into()),
        ),
    ]));
}

fn add_halt(
    sheet: &mut Sheet,
    visit: &Signed,
    halt: &Halt,
    (typed, faults): (&Fields, &Faults),
) -> Result<(), Trouble> {
    let words = &visit.words;
    sheet.heading(words.say("witnesses-halt"));
    sheet.say(words.about("witnesses-halt-since", "moment", &words.moment(halt.since)));
    match &halt.cause {
        Cause::Contradiction {
            shown_by,
            checkpoint,
        } => {
            sheet.say(words.say("witnesses-cause-contradiction"));
            if let Some(member) = shown_by {
                let name = visit.site.gateway.member_name(member);
                sheet.say(words.about("witnesses-shown-by", "member", &name));
            }
            sheet.add(verbatim(words.say("witnesses-head"), checkpoint.as_str()));
        }
        Cause::DamagedJournal { finding } => {
            sheet.say(words.say("witnesses-cause-damaged"));
            sheet.add(verbatim(words.say("witnesses-finding"), finding.as_str()));
        }
        Cause::PublishedFile { file } => {
            sheet.say(words.say("witnesses-cause-published"));
            sheet.add(verbatim(words.say("witnesses-finding"), file.as_str()));
        }
        Cause::Restored { made, entries, .. } => {
            sheet.say(words.say("witnesses-cause-restored"));
            sheet.say(words.about("witnesses-restored-made", "moment", &words.moment(*made)));
            sheet.say(words.about("witnesses-restored-entries", "count", &entries.to_string()));
            sheet.say(words.say("witnesses-restored-rules"));
        }
    }
    let mut duties = visit.person.duties.iter();
    if !duties.any(|duty| Part::of(duty) == Part::InformationGovernance) {
        sheet.say(words.say("witnesses-resume-who"));
        return Ok(());
    }
    sheet.say(words.say("witnesses-resume-what"));
    let field = Field::new("reason", words.say("witnesses-reason")).error(faults.of("reason"));
    let form = Form::post(visit, "/witnesses/resume")?
        .carrying("confirm", halt.confirm.to_string())
        .with(Textarea::new(field).value(typed.text("reason")))
        .button(words, "witnesses-resume");
    sheet.add(form);
    Ok(())
}

fn row(visit: &Visit, line: &WitnessLine) -> Vec<Cell> {
    let words = &visit.words;
    let (word, tint) = match line.state {
        WitnessState::Ahead => ("ahead", Tint::Blue),
        WitnessState::Contradicts => ("contradicts", Tint::Red),
        WitnessState::Cosigned => ("cosigned", Tint::Green),
        WitnessState::NotAsked => ("not-asked", Tint::Grey),
        WitnessState::Refuses => ("refuses", Tint::Orange),
        WitnessState::Unproven => ("unproven", Tint::Orange),
        WitnessState::Unreachable => ("unreachable", Tint::Orange),
    };
    let never = || words.say("witnesses-never");
    let cosigned = match line.cosigned_at {
        Some(at) => lines([line.cosigned_size.to_string(), words.moment(at)]),
        None => never().into(),
    };
    let asked = line.asked_at.map_or_else(never, |at| words.moment(at));
    vec![
        Cell::new(visit.site.gateway.member_name(&line.member)),
        Cell::new(Tag::new(
            words.say(&format!("witnesses-state-{word}")),
            tint,
        )),
        Cell::new(cosigned),
        Cell::new(asked),
    ]
}

/// How one reconciliation came out, and where to look.
fn add_compared(sheet: &mut Sheet, visit: &Visit, one: &Reconciliation) {
    let (words, gateway) = (&visit.words, &visit.site.gateway);
    let other = if one.hub == *gateway.me() {
        &one.agency
    } else {
        &one.hub
    };
    let tint = if one.outcome.word() == "agrees" {
        Tint::Green
    } else {
        Tint::Red
    };
    let outcome = coded(words, "witnesses-outcome", one.outcome.word());
    let number = |number: u32| Some(Content::from(number.to_string()));
    sheet.add(facts(vec![
        (
            words.say("witnesses-with"),
            Some(gateway.member_name(other).into()),
        ),
        (
            words.say("witnesses-outcome"),
            Some(Tag::new(outcome, tint).into()),
        ),
        (words.say("witnesses-at"), Some(words.moment(one.at).into())),
        (words.say("witnesses-releases"), number(one.releases)),
        (words.say("witnesses-returns"), number(one.returns)),
        (words.say("witnesses-pending"), number(one.pending)),
        (words.say("witnesses-chased"), number(one.chased)),
        (words.say("witnesses-differing"), number(one.differing)),
    ]));
    if !one.differences.is_empty() {
        sheet.add(bullets(
            one.differences.iter().map(|one| difference(words, one)),
        ));
    }
}

fn difference(words: &Words, one: &Difference) -> String {
    let mut said = vec![coded(words, "witnesses-lack", one.what.word())];
    said.extend(one.enquiry.map(|id| id.to_string()));
    said.extend(
        one.n
            .map(|n| words.about("witnesses-return", "number", &n.to_string())),
    );
    said.extend(
        one.permit
            .map(|index| words.about("log-entry-title", "number", &index.to_string())),
    );
    said.join(", ")
}
