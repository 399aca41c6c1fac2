//! The decision on a case, its closing, and what the referrer is told.

use std::sync::Arc;

use axum::extract::{Path, State};
use stile_exchange::hub::Hub;
use stile_exchange::hub::desk::Decide;
use stile_model::id::CaseId;
use stile_model::redact::Redacted;

use super::case_form::{CaseForm, Questions, account, choose, seen};
use super::check::{Check, none};
use super::part::{joined, paragraph, paragraphs};
use crate::component::{Content, Faults, SummaryList, SummaryRow};
use crate::form::Fields;
use crate::trouble::{Paged, Trouble};
use crate::visit::Signed;

/// The form of the decision.
pub(crate) async fn form(
    visit: Signed,
    State(hub): State<Arc<Hub>>,
    Path(case): Path<CaseId>,
) -> Paged {
    let form = CaseForm::new(&hub, &visit, &case, "decide");
    page(form, &Fields::default(), &none(&form.shown())).await
}

async fn page(form: CaseForm<'_>, typed: &Fields, faults: &Faults) -> Paged {
    form.show(typed, faults, |shown, opened| {
        let outcomes = shown.vocabulary().outcomes.iter();
        let outcomes = outcomes.map(|term| (term.code.to_string(), shown.outcome(&term.code)));
        let waits = opened.answers.agencies.len() - opened.answers.answered();
        let mut intro = vec![paragraph(&shown.say("case-decide-what"))];
        if waits > 0 {
            let words = shown.words().count("case-decide-waits", "number", waits);
            intro.push(paragraph(&words));
        }
        Questions {
            intro: joined(intro),
            fields: vec![
                choose(shown, typed, faults, "outcome", "case-outcome", outcomes),
                account(shown, typed, faults, "reasoning", "case-reasoning"),
                account(shown, typed, faults, "actions", "case-actions"),
            ],
            button: Some(shown.say("case-decide-send")),
        }
    })
    .await
}

/// Decides.
pub(crate) async fn decide(
    visit: Signed,
    State(hub): State<Arc<Hub>>,
    Path(case): Path<CaseId>,
    fields: Fields,
) -> Paged {
    let form = CaseForm::new(&hub, &visit, &case, "decide");
    let mut check = Check::new(form.shown(), &fields);
    let outcome = check.code("outcome");
    let reasoning = check.text("reasoning", 20..=8_000);
    let actions: Vec<_> = fields
        .text("actions")
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    let is_fit = |line: &&str| (3..=500).contains(&line.chars().count());
    if actions.len() > 20 || !actions.iter().all(is_fit) {
        check.fault("actions", "case-actions-fault");
    }
    if let (Some(outcome), true) = (outcome, check.faults.is_empty()) {
        let decide = Decide {
            outcome,
            reasoning,
            actions: actions
                .into_iter()
                .map(|line| Redacted::new(line.to_owned()))
                .collect(),
        };
        let doing = hub.decide_case(&visit.person, &case, &decide, seen(&fields)?);
        if let Some(done) = form.send(&mut check, doing, "").await? {
            return Ok(done);
        }
    }
    page(form, &fields, &check.faults).await
}

/// The page that asks whether to close.
pub(crate) async fn close_form(
    visit: Signed,
    State(hub): State<Arc<Hub>>,
    Path(case): Path<CaseId>,
) -> Paged {
    let form = CaseForm::new(&hub, &visit, &case, "close");
    close_page(form, &Fields::default(), &none(&form.shown())).await
}

async fn close_page(form: CaseForm<'_>, typed: &Fields, faults: &Faults) -> Paged {
    form.show(typed, faults, |shown, opened| {
        let decision = opened.page.work.decision();
        let words = match decision {
            Some((decision, ..)) => shown.words().about(
                "case-close-what",
                "outcome",
                &shown.outcome(&decision.outcome),
            ),
            None => shown.say("case-close-not-decided"),
        };
        Questions {
            intro: paragraph(&words),
            fields: Vec::new(),
            button: decision.map(|_| shown.say("case-form-close")),
        }
    })
    .await
}

/// Closes it with the outcome that was decided.
pub(crate) async fn close(
    visit: Signed,
    State(hub): State<Arc<Hub>>,
    Path(case): Path<CaseId>,
    fields: Fields,
) -> Paged {
    let form = CaseForm::new(&hub, &visit, &case, "close");
    let mut check = Check::new(form.shown(), &fields);
    let doing = hub.close_decided(&visit.person, &case, seen(&fields)?);
    if let Some(done) = form.send(&mut check, doing, "").await? {
        return Ok(done);
    }
    close_page(form, &fields, &check.faults).await
}

/// What each referrer would be told: the first who waits for it.
pub(crate) async fn feedback_form(
    visit: Signed,
    State(hub): State<Arc<Hub>>,
    Path(case): Path<CaseId>,
) -> Paged {
    let form = CaseForm::new(&hub, &visit, &case, "feedback");
    feedback_page(form, &Fields::default(), none(&form.shown())).await
}

async fn feedback_page(form: CaseForm<'_>, typed: &Fields, faults: Faults) -> Paged {
    let CaseForm {
        hub, visit, case, ..
    } = form;
    // Composed only where somebody waits for it: composing is a reading that is recorded.
    let waiting = hub
        .case_page(&visit.person, case)
        .await?
        .work
        .feedback_due();
    let feedback = match waiting.first() {
        Some(number) => {
            let mut check = Check::new(form.shown(), typed);
            check.faults = faults;
            match hub.feedback(&visit.person, case, *number).await {
                Ok(feedback) => (Some(feedback), check.faults),
                Err(error) => {
                    check.refused(error)?;
                    (None, check.faults)
                }
            }
        }
        None => (None, faults),
    };
    let (feedback, faults) = feedback;
    form.show(typed, &faults, |shown, _| {
        let Some(feedback) = feedback else {
            return Questions {
                intro: paragraph(&shown.say("case-feedback-none")),
                fields: Vec::new(),
                button: None,
            };
        };
        let who = &feedback.referrer;
        let row = |key: &str, value: Content| SummaryRow::new(shown.say(key), value);
        let rows = vec![
            row("case-referrer", who.name.reveal().into()),
            row("case-phones", who.telephone.reveal().into()),
            row("case-email", who.email.reveal().into()),
            row("case-feedback-text", paragraphs(feedback.text.reveal())),
        ];
        let number = super::part::Hidden::of("referral", &feedback.referral.to_string());
        Questions {
            intro: paragraph(&shown.say("case-feedback-what")),
            fields: vec![SummaryList::new(rows).into(), number.into()],
            button: Some(shown.say("case-feedback-send")),
        }
    })
    .await
}

/// Records that the referrer was told exactly this.
pub(crate) async fn feedback(
    visit: Signed,
    State(hub): State<Arc<Hub>>,
    Path(case): Path<CaseId>,
    fields: Fields,
) -> Paged {
    let form = CaseForm::new(&hub, &visit, &case, "feedback");
    let mut check = Check::new(form.shown(), &fields);
    let referral = fields.text("referral").parse();
    let referral = referral.map_err(|_| Trouble::NotTheForm)?;
    let doing = hub.feedback_sent(&visit.person, &case, referral, seen(&fields)?);
    if let Some(done) = form.send(&mut check, doing, "/log").await? {
        return Ok(done);
    }
    feedback_page(form, &fields, check.faults).await
}
