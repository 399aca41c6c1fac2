//! What is known of consent changes: given, refused, withdrawn, or another reason to go ahead without.

use std::sync::Arc;

use axum::extract::{Path, State};
use stile_exchange::hub::Hub;
use stile_exchange::hub::desk::ChangeConsent;
use stile_model::code::ConsentState;
use stile_model::enquiry::Consent;
use stile_model::id::{CaseId, Code};
use stile_model::vocabulary::Term;

use super::case_form::{CaseForm, Questions, account, choose, seen};
use super::check::{Check, none};
use super::history;
use super::part::{joined, paragraph};
use super::shown::Shown;
use crate::component::{Content, Faults};
use crate::form::Fields;
use crate::trouble::Paged;
use crate::visit::Signed;

/// The form, with what the case says now.
pub(crate) async fn form(
    visit: Signed,
    State(hub): State<Arc<Hub>>,
    Path(case): Path<CaseId>,
) -> Paged {
    let form = CaseForm::new(&hub, &visit, &case, "consent");
    page(form, &Fields::default(), &none(&form.shown())).await
}

/// What the case says now, as fields.
fn written(now: &Consent) -> Fields {
    let code = |code: &Option<Code>| code.as_ref().map_or("", Code::as_str).to_owned();
    let mut typed = Fields::default();
    typed.set("consent", now.state.as_str());
    typed.set("override", code(&now.override_reason));
    typed.set("parents", code(&now.parents_informed));
    typed
}

async fn page(form: CaseForm<'_>, typed: &Fields, faults: &Faults) -> Paged {
    form.show(typed, faults, |shown, opened| {
        let consent = &opened.page.case.matter.consent;
        let now = history::consent(shown, consent);
        let before = written(consent);
        let is_blank = *typed == Fields::default();
        let typed = if is_blank { &before } else { typed };
        let states = ConsentState::ALL.iter();
        let states = states.map(|one| (one.as_str().to_owned(), shown.consent(*one)));
        let vocabulary = shown.vocabulary();
        let list = |name: &str, key: &str, codes: Vec<(String, String)>| -> Content {
            choose(shown, typed, faults, name, key, codes)
        };
        Questions {
            intro: joined([
                paragraph(&shown.say("case-consent-what")),
                paragraph(&shown.words().about("case-consent-now", "what", &now)),
            ]),
            fields: vec![
                list("consent", "case-consent", states.collect()),
                list(
                    "override",
                    "referral-override",
                    words(&vocabulary.overrides, |code| shown.without_consent(code)),
                ),
                list(
                    "parents",
                    "referral-parents",
                    words(&vocabulary.parents_informed, |code| shown.parents(code)),
                ),
                account(shown, typed, faults, "why", "case-why"),
            ],
            button: Some(shown.say("case-form-consent")),
        }
    })
    .await
}

fn words(terms: &[Term], of: impl Fn(&Code) -> String) -> Vec<(String, String)> {
    let terms = terms.iter();
    let words = terms.map(|term| (term.code.to_string(), of(&term.code)));
    words.collect()
}

/// Changes it.
pub(crate) async fn change(
    visit: Signed,
    State(hub): State<Arc<Hub>>,
    Path(case): Path<CaseId>,
    fields: Fields,
) -> Paged {
    let form = CaseForm::new(&hub, &visit, &case, "consent");
    let mut check = Check::new(Shown::new(&visit, &hub), &fields);
    let state = fields.text("consent").parse::<ConsentState>().ok();
    if state.is_none() {
        check.fault("consent", "hub-fault-choose");
    }
    let why = check.text("why", 10..=2_000);
    if let (Some(state), true) = (state, check.faults.is_empty()) {
        let code = |name: &str| fields.given(name).and_then(|code| Code::new(code).ok());
        let to = Consent {
            state,
            override_reason: code("override"),
            parents_informed: code("parents"),
        };
        let change = ChangeConsent { to, why };
        let doing = hub.change_consent(&visit.person, &case, &change, seen(&fields)?);
        if let Some(done) = form.send(&mut check, doing, "/request").await? {
            return Ok(done);
        }
    }
    page(form, &fields, &check.faults).await
}
