//! Proposals and versions in words; the same for every command that shows one.

use std::fmt::Write as _;
use std::path::Path;

use stile_exchange::policy::{Approved, Looked, Origin, Proposal, ProposalState, Proposed, Remark};

use crate::output::{json, line};
use crate::people::said;
use crate::run::Failure;

/// The reason in a file, or with `-` on the standard input; never an argument.
pub(super) fn reason(file: &Path) -> Result<String, Failure> {
    said(file)
}

/// Prints a proposal.
pub(super) fn tell(as_json: bool, proposal: &Proposal) {
    if as_json {
        json(proposal);
    } else {
        line(words(proposal));
    }
}

/// Prints what became of an attempt; a proposal that errors stop is a failure.
pub(super) fn tell_attempt(as_json: bool, proposed: &Proposed) -> Result<(), Failure> {
    if as_json {
        json(proposed);
    } else {
        for remark in &proposed.remarks {
            line(remarked(remark));
        }
        if let Some(proposal) = &proposed.proposal {
            line(words(proposal));
        }
    }
    if proposed.proposal.is_some() {
        Ok(())
    } else {
        Err(
            "nothing was proposed: mend the errors and propose again; what was in force stays"
                .into(),
        )
    }
}

fn remarked(remark: &Remark) -> String {
    if remark.message.contains(&format!(": {}: ", remark.severity)) {
        remark.message.clone()
    } else {
        format!("{}: {}", remark.severity, remark.message)
    }
}

/// A proposal in a few lines.
fn words(proposal: &Proposal) -> String {
    let mut text = format!(
        "version {} ({}): {}\n  compared with version {}: {}",
        proposal.version,
        origin(proposal.origin),
        state(&proposal.state),
        proposal.base,
        effect(proposal),
    );
    // Writing to a String cannot fail.
    for difference in &proposal.differences {
        let _ = write!(text, "\n    {difference}");
    }
    if let Some(past) = &proposal.past {
        looked_back(&mut text, past);
    }
    let _ = write!(
        text,
        "\n  proposed by {} on {}: {}",
        proposal.proposed.by,
        proposal.proposed.at,
        proposal.proposed.why.reveal()
    );
    text.push_str(&approvals(&proposal.approvals));
    text
}

/// What a proposal would have done to past enquiries.
fn looked_back(text: &mut String, past: &Looked) {
    let _ = write!(
        text,
        "\n  {} of {} past enquiries would be answered otherwise: {} with more, {} with less, {} with \
         both",
        past.more
            .saturating_add(past.less)
            .saturating_add(past.both),
        past.enquiries,
        past.more,
        past.less,
        past.both
    );
    if past.left_out > 0 || past.erased > 0 {
        let _ = write!(
            text,
            " ({} older ones were not looked at, {} are erased)",
            past.left_out, past.erased
        );
    }
}

/// One line for each approval.
pub(super) fn approvals(approvals: &[Approved]) -> String {
    let mut text = String::new();
    for Approved { role, act } in approvals {
        let _ = write!(
            text,
            "\n  approved by {} as {role} on {}: {}",
            act.by,
            act.at,
            act.why.reveal()
        );
    }
    text
}

fn effect(proposal: &Proposal) -> String {
    let existence = if proposal.existence {
        ", and it opens or closes a category"
    } else {
        ""
    };
    format!("discloses {}{existence}", proposal.effect.in_words())
}

/// Where a version comes from.
pub(super) fn origin(origin: Origin) -> String {
    match origin {
        Origin::Founding => "from the configuration's files".to_owned(),
        Origin::NewVocabulary => "withholds everything under a new vocabulary".to_owned(),
        Origin::Proposal => "by proposal".to_owned(),
        Origin::Rollback(to) => format!("back to version {to}"),
    }
}

fn state(state: &ProposalState) -> String {
    match state {
        ProposalState::Approved { active_from } => {
            format!("approved; comes into force on {active_from}")
        }
        ProposalState::Failed { at, why } => {
            format!("DID NOT COME INTO FORCE on {at}, what was in force stays: {why}")
        }
        ProposalState::InForce { since } => format!("in force since {since}"),
        ProposalState::Rejected { act } => {
            format!("rejected by {} on {}: {}", act.by, act.at, act.why.reveal())
        }
        ProposalState::Stale => {
            "stale: another policy came into force since; propose it again".to_owned()
        }
        ProposalState::Superseded { since, until } => {
            format!("was in force from {since} until {until}")
        }
        ProposalState::Waiting { needs } => format!("waits for approval by {needs}"),
    }
}
