//! `stile ledger due | hold | release-hold | erase`: orders to the running gateway.

use std::time::Duration;

use serde::de::DeserializeOwned;
use stile_exchange::retention::{
    DueCase, DueList, Hold, PlaceHold, Proposal, ProposalList, ProposalState, Propose, ReleaseHold,
};
use stile_model::id::{CaseId, EnquiryId};

use crate::args::{Connect, Erase, Keeping};
use crate::output::{self, line};
use crate::people::Desk;
use crate::run::Failure;

const SOON: Duration = Duration::from_secs(30);

/// Runs the command.
///
/// # Errors
///
/// What the gateway refused.
pub async fn run(command: Keeping) -> Result<(), Failure> {
    match command {
        Keeping::Due { connect, all } => due(&connect, all).await,
        Keeping::Erase(command) => erase(command).await,
        Keeping::Hold {
            connect,
            case,
            reason,
        } => {
            let order = PlaceHold {
                case: CaseId::new(case)?,
                reason: coded(&reason)?,
            };
            let desk = Desk::open(&connect.person)?;
            let hold: Hold = desk.post("/api/v1/retention/holds", &order).await?;
            if connect.json {
                output::json(&hold);
            } else {
                line(format_args!("{} is on hold", order.case));
            }
            Ok(())
        }
        Keeping::ReleaseHold {
            connect,
            case,
            reason,
        } => {
            let order = ReleaseHold {
                case: CaseId::new(case)?,
                reason: coded(&reason)?,
            };
            let desk = Desk::open(&connect.person)?;
            desk.post::<()>("/api/v1/retention/releases", &order)
                .await?;
            line(format_args!("{} is released", order.case));
            Ok(())
        }
    }
}

async fn due(connect: &Connect, all: bool) -> Result<(), Failure> {
    let path = format!("/api/v1/retention/due?all={all}");
    let list: DueList = Desk::open(&connect.person)?.get(&path, SOON).await?;
    if connect.json {
        output::json(&list);
        return Ok(());
    }
    for case in &list.cases {
        line(due_line(case));
    }
    let what = if all { "kept" } else { "due" };
    line(format_args!("{} {what}", list.cases.len()));
    Ok(())
}

async fn erase(command: Erase) -> Result<(), Failure> {
    match command {
        Erase::Approve { connect, id } => decide(&connect, &id, "approval").await,
        Erase::List { connect } => {
            let desk = Desk::open(&connect.person)?;
            let list: ProposalList = desk.get("/api/v1/erasures", SOON).await?;
            if connect.json {
                output::json(&list);
                return Ok(());
            }
            for proposal in &list.proposals {
                line(proposal_line(proposal));
            }
            if list.proposals.is_empty() {
                line("nothing was proposed");
            }
            if list.unfinished {
                line(
                    "UNFINISHED: the old epoch key is not destroyed yet; take the old credential away and restart the gateway",
                );
            }
            Ok(())
        }
        Erase::Propose {
            connect,
            cases,
            reason,
        } => {
            let cases = cases.into_iter().map(CaseId::new);
            let order = Propose {
                cases: cases.collect::<Result<_, _>>()?,
                reason: coded(&reason)?,
            };
            let desk = Desk::open(&connect.person)?;
            let proposal: Proposal = desk.post("/api/v1/erasures", &order).await?;
            tell(&connect, &proposal);
            Ok(())
        }
        Erase::Refuse { connect, id } => decide(&connect, &id, "refusal").await,
    }
}

async fn decide(connect: &Connect, id: &str, decision: &str) -> Result<(), Failure> {
    let id: EnquiryId = id.parse().map_err(
        |_| "a proposal is the 32 characters that `stile ledger erase list` shows it by",
    )?;
    let path = format!("/api/v1/erasures/{id}/{decision}");
    let proposal: Proposal = Desk::open(&connect.person)?.post(&path, &()).await?;
    tell(connect, &proposal);
    Ok(())
}

fn tell(connect: &Connect, proposal: &Proposal) {
    if connect.json {
        output::json(proposal);
    } else {
        line(proposal_line(proposal));
    }
}

/// A coded word, or which words there are.
fn coded<T: DeserializeOwned>(text: &str) -> Result<T, Failure> {
    serde_json::from_value(serde_json::Value::from(text))
        .map_err(|error| format!("`--reason`: {error}").into())
}

fn due_line(case: &DueCase) -> String {
    let due = case
        .due
        .map_or_else(|| "open".to_owned(), |due| format!("from {due}"));
    let outcome = case
        .outcome
        .as_ref()
        .map_or("no outcome known", |outcome| outcome.as_str());
    let hold = case
        .hold
        .as_ref()
        .map(|hold| format!("  ON HOLD ({hold})"))
        .unwrap_or_default();
    format!("{:<20} {due:<16} {outcome}{hold}", case.case)
}

fn proposal_line(proposal: &Proposal) -> String {
    let state = match &proposal.state {
        ProposalState::Approved { by, at } => format!("approved by {by} at {at}, under way"),
        ProposalState::Done {
            by,
            at,
            remove_credential,
            ..
        } => {
            let rest = if *remove_credential {
                "; TAKE THE OLD CREDENTIAL AWAY and restart the gateway"
            } else {
                ""
            };
            format!("erased, approved by {by} at {at}{rest}")
        }
        ProposalState::Open => "waits for another officer".to_owned(),
        ProposalState::Refused { by, at } => format!("refused by {by} at {at}"),
    };
    // The numbers go with the cases.
    let numbers = proposal.cases.iter().map(|case| format!(" {case}"));
    format!(
        "{}  {} case{}{}  proposed by {}\n    {state}",
        proposal.id,
        proposal.count,
        if proposal.count == 1 { "" } else { "s" },
        numbers.collect::<String>(),
        proposal.proposed_by,
    )
}
