//! What was done on a case, step by step, in words.

use stile_exchange::hub::desk::{Done, Step, Work};
use stile_model::enquiry::Consent;

use super::part::{paragraphs, with_small};
use super::shown::Shown;
use crate::component::{Cell, Content, Table};

/// One step in a line: who did what, and when.
pub(super) fn line(shown: &Shown<'_>, step: &Step) -> String {
    let arguments = [
        ("who", shown.user(&step.by).into()),
        ("what", what(shown, &step.done).into()),
        ("when", shown.words().moment(step.at).into()),
    ];
    shown.words().with("case-step", arguments)
}

/// Everything that was done, the newest first; none where nothing was.
pub(super) fn table(shown: &Shown<'_>, work: &Work) -> Option<Content> {
    let head = ["when", "who", "did"];
    let head = head.map(|part| Cell::new(shown.say(&format!("case-head-{part}"))));
    let rows = work.steps.iter().rev().map(|step| {
        vec![
            Cell::new(shown.words().moment(step.at)),
            Cell::new(shown.user(&step.by)),
            Cell::new(with_small(what(shown, &step.done), why(&step.done))),
        ]
    });
    let rows: Vec<_> = rows.collect();
    (!rows.is_empty()).then(|| {
        Table::new(shown.say("case-history"), head.into(), rows)
            .hidden_caption()
            .scrolling()
    })
}

fn what(shown: &Shown<'_>, done: &Done) -> String {
    let words = shown.words();
    match done {
        Done::Allocated { to, .. } => words.about("case-step-allocated", "to", &shown.user(to)),
        Done::Closed { outcome } => {
            words.about("case-step-closed", "outcome", &shown.outcome(outcome))
        }
        Done::ConsentChanged { from, to, .. } => words.with(
            "case-step-consent",
            [
                ("from", consent(shown, from).into()),
                ("to", consent(shown, to).into()),
            ],
        ),
        Done::ContactAdded { .. } => shown.say("case-step-contact"),
        Done::ContactRead { .. } => shown.say("case-step-contact-read"),
        Done::Decided(decision) => words.about(
            "case-step-decided",
            "outcome",
            &shown.outcome(&decision.outcome),
        ),
        Done::Escalated(escalated) => {
            words.about("case-step-escalated", "to", escalated.to.reveal())
        }
        Done::FeedbackSent { .. } => shown.say("case-step-feedback"),
        Done::PriorityChanged { from, to, .. } => words.with(
            "case-step-priority",
            [
                ("from", shown.priority(*from).into()),
                ("to", shown.priority(*to).into()),
            ],
        ),
    }
}

/// What is known of consent, in one line.
pub(super) fn consent(shown: &Shown<'_>, consent: &Consent) -> String {
    let state = Some(shown.consent(consent.state));
    let reason = consent.override_reason.as_ref();
    let parents = consent.parents_informed.as_ref();
    let said = [
        state,
        reason.map(|code| shown.without_consent(code)),
        parents.map(|code| shown.parents(code)),
    ];
    said.into_iter().flatten().collect::<Vec<_>>().join("; ")
}

/// Why somebody did it, in their words.
fn why(done: &Done) -> Option<Content> {
    let text = match done {
        Done::ConsentChanged { why, .. } | Done::PriorityChanged { why, .. } => why,
        Done::Decided(decision) => &decision.reasoning,
        Done::Escalated(escalated) => &escalated.note,
        Done::FeedbackSent { text, .. } => text,
        Done::Allocated { .. }
        | Done::Closed { .. }
        | Done::ContactAdded { .. }
        | Done::ContactRead { .. } => return None,
    };
    Some(paragraphs(text.reveal()))
}
