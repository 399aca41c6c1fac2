//! One proposed change: how far it has come, what it changes, what the checks said, and the decisions
//! that the visitor may take on it.

mod decide;

use std::sync::Arc;

use axum::extract::{Path, State};
use stile_exchange::agency::Agency;
use stile_exchange::policy::{Looked, Origin, Proposal, ProposalState};

use super::CHANGES;
use super::changes::{did, state};
use super::edit::{counted, effect};
use super::remarks::told;
use super::sheet::{Bullets, Sheet, english, english_list, no_faults};
use crate::component::{
    Block, Content, Faults, Link, Paragraph, Progress, Step, Steps, SummaryList, SummaryRow,
};
use crate::form::Fields;
use crate::trouble::Paged;
use crate::visit::Signed;
use crate::words::Words;

pub(super) use decide::{activate, approve, reject};

/// The change.
pub(super) async fn page(
    visit: Signed,
    State(agency): State<Arc<Agency>>,
    Path(version): Path<u64>,
) -> Paged {
    let faults = no_faults(&visit.words);
    show(&visit, &agency, version, &Fields::default(), &faults)
}

fn show(visit: &Signed, agency: &Agency, version: u64, fields: &Fields, faults: &Faults) -> Paged {
    let words = &visit.words;
    let proposal = agency.policy_proposal(&visit.person, version)?;
    let title = words.about("policy-change-title", "version", &version.to_string());
    let mut sheet = Sheet::new(visit, title)
        .under(state(visit, &proposal.state))
        .back(
            words.say("policy-changes-title"),
            visit.to("/policy/changes"),
        )
        .faults(faults)
        .part(Steps::new(steps(visit, &proposal), words))
        .part(summary(visit, &proposal))
        .part(Block::new(
            "changes",
            words.say("policy-changes-heading"),
            differences(words, &proposal),
        ))
        .part(Block::new(
            "past",
            words.say("policy-past"),
            looked(words, proposal.past.as_ref()),
        ))
        .part(Block::new(
            "remarks",
            words.say("policy-remarks"),
            told(words, &proposal.remarks, false),
        ));
    if CHANGES.admits(Some(&visit.person)) {
        sheet = sheet.parts(decide::forms(visit, &proposal, fields, faults)?);
    }
    if faults.is_empty() {
        sheet.shown(visit)
    } else {
        sheet.shown_again(visit)
    }
}

/// Proposed, checked, approved, in force: who or what each step waits for.
fn steps(visit: &Signed, proposal: &Proposal) -> Vec<Step> {
    use Progress::{Ahead, Done, Now};
    let words = &visit.words;
    let said = |key: &str| words.say(key);
    let (approving, force) = match &proposal.state {
        ProposalState::Approved { .. } | ProposalState::Failed { .. } => (Done, Now),
        ProposalState::InForce { .. } | ProposalState::Superseded { .. } => (Done, Done),
        ProposalState::Rejected { .. } | ProposalState::Stale | ProposalState::Waiting { .. } => {
            (Now, Ahead)
        }
    };
    let checked = match &proposal.past {
        Some(past) => changed(words, past),
        None => said("policy-step-checked-none"),
    };
    vec![
        Step::new(
            Done,
            said("policy-step-proposed"),
            did(visit, &proposal.proposed),
        ),
        Step::new(Done, said("policy-step-checked"), checked),
        Step::new(
            approving,
            said("policy-step-approved"),
            approvals(visit, proposal),
        ),
        Step::new(
            force,
            said("policy-step-in-force"),
            force_when(visit, proposal),
        ),
    ]
}

fn approvals(visit: &Signed, proposal: &Proposal) -> Content {
    let words = &visit.words;
    match &proposal.state {
        ProposalState::Waiting { needs } => Content::from(words.say("policy-needs"))
            .then(" ")
            .then(english(words, needs)),
        ProposalState::Rejected { act } => words
            .about("policy-rejected-by", "who", &did(visit, act))
            .into(),
        ProposalState::Stale => words.say("policy-stale-what").into(),
        ProposalState::Approved { .. }
        | ProposalState::Failed { .. }
        | ProposalState::InForce { .. }
        | ProposalState::Superseded { .. } => {
            let names = proposal.approvals.iter();
            let names: Vec<_> = names.map(|one| visit.site.shown(&one.act.by)).collect();
            if names.is_empty() {
                words.say("policy-approved-by-nobody").into()
            } else {
                names.join(", ").into()
            }
        }
    }
}

fn force_when(visit: &Signed, proposal: &Proposal) -> Content {
    let words = &visit.words;
    match &proposal.state {
        ProposalState::Approved { active_from } => words.moment(*active_from).into(),
        ProposalState::Failed { why, .. } => Content::from(words.say("policy-failed"))
            .then(" ")
            .then(english(words, why)),
        ProposalState::InForce { since } | ProposalState::Superseded { since, .. } => {
            words.moment(*since).into()
        }
        ProposalState::Rejected { .. } | ProposalState::Stale => {
            words.say("policy-never-in-force").into()
        }
        ProposalState::Waiting { .. } => match proposal.wanted_from {
            Some(from) => words.moment(from).into(),
            None => words.say("policy-once-approved").into(),
        },
    }
}

/// Who, why, and where the texts are; every approval with its reason.
fn summary(visit: &Signed, proposal: &Proposal) -> SummaryList {
    let words = &visit.words;
    let row = |key: &str, value: Content| SummaryRow::new(words.say(key), value);
    let origin = match proposal.origin {
        Origin::Rollback(to) => words.about("policy-origin-rollback", "version", &to.to_string()),
        Origin::Founding => words.say("policy-by-founding"),
        Origin::NewVocabulary => words.say("policy-origin-vocabulary"),
        Origin::Proposal => words.about(
            "policy-origin-proposal",
            "version",
            &proposal.base.to_string(),
        ),
    };
    let mut rows = vec![
        row(
            "policy-head-effect",
            effect(words, proposal.effect.as_str()).into(),
        ),
        row("policy-head-origin", origin.into()),
        row(
            "policy-head-proposed",
            did(visit, &proposal.proposed).into(),
        ),
        row("policy-head-why", proposal.proposed.why.reveal().into()),
    ];
    for one in &proposal.approvals {
        let by = did(visit, &one.act);
        let said = Content::from(by).then(": ").then(one.act.why.reveal());
        rows.push(row("policy-head-approved", said));
    }
    if let ProposalState::Rejected { act } = &proposal.state {
        let said = Content::from(did(visit, act))
            .then(": ")
            .then(act.why.reveal());
        rows.push(row("policy-head-rejected", said));
    }
    let path = format!("/policy/rules?version={}", proposal.version);
    let rules = Link::new(words.say("policy-read-rules"), visit.to(&path));
    rows.push(row("policy-head-read", rules.into()));
    SummaryList::new(rows)
}

fn differences(words: &Words, proposal: &Proposal) -> Content {
    let mut content = if proposal.differences.is_empty() {
        Content::from(Paragraph::new(words.say("policy-no-difference")))
    } else {
        english_list(words, &proposal.differences)
    };
    if proposal.existence {
        content = content.then(Paragraph::new(words.say("policy-existence")));
    }
    content
}

/// `3 of 41 past enquiries would be answered otherwise`.
fn changed(words: &Words, past: &Looked) -> String {
    let different = past
        .more
        .saturating_add(past.less)
        .saturating_add(past.both);
    let numbers = [
        ("changed", different.to_string().into()),
        ("all", past.enquiries.to_string().into()),
    ];
    words.with("policy-past-changed", numbers)
}

fn looked(words: &Words, past: Option<&Looked>) -> Content {
    let Some(past) = past else {
        return Paragraph::new(words.say("policy-past-none")).into();
    };
    let counts = [
        ("policy-past-more", past.more),
        ("policy-past-less", past.less),
        ("policy-past-both", past.both),
        ("policy-past-left-out", past.left_out),
        ("policy-past-erased", past.erased),
    ];
    let items = counts.into_iter().filter(|(_, count)| *count > 0);
    let items = items.map(|(key, count)| Content::from(counted(words, key, count)));
    Content::from(Paragraph::new(changed(words, past))).then(Bullets::new(items))
}
