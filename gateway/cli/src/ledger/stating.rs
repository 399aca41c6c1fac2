//! `stile ledger correct | reconcile`: orders to the running gateway.

use std::time::Duration;

use stile_exchange::correct::Mistake;
use stile_exchange::hub::routes::With;
use stile_exchange::reconcile::{Difference, Outcome, Reconciliation, Reconciliations};
use stile_exchange::verbal::Noted;
use stile_model::id::{CaseId, Code, MemberId};
use stile_trust::identity::Role;

use crate::args::{Connect, Stating};
use crate::output::{self, line};
use crate::people::{self, Desk, said};
use crate::run::Failure;

const SOON: Duration = Duration::from_secs(30);
/// Ledgers of years take long to compare; one that takes longer goes on, and `--last` shows it.
const LONG: Duration = Duration::from_secs(130);
const PATH: &str = "/api/v1/reconciliations";

/// Runs the command.
///
/// # Errors
///
/// What the gateway refused, or that the two sides do not agree.
pub async fn run(command: Stating) -> Result<(), Failure> {
    match command {
        Stating::Correct {
            connect,
            index,
            reason,
            note,
            case,
        } => {
            let mistake = Mistake {
                reason: Code::new(reason)?,
                note: said(&note)?.into(),
                case: case.map(CaseId::new).transpose()?,
            };
            let path = format!("/api/v1/ledger/entries/{index}/correction");
            let noted: Noted = Desk::open(&connect.person)?.post(&path, &mistake).await?;
            if connect.json {
                output::json(&noted);
            } else {
                line(format_args!(
                    "entry {} says that entry {index} is wrong",
                    noted.index
                ));
            }
            Ok(())
        }
        Stating::Reconcile {
            connect,
            with,
            last,
        } => reconcile(&connect, with, last).await,
    }
}

async fn reconcile(connect: &Connect, with: Option<String>, last: bool) -> Result<(), Failure> {
    let desk = Desk::open(&connect.person)?;
    let only_shows = last || people::gateway(&connect.person)? == Role::Agency;
    let all: Reconciliations = if only_shows {
        desk.get(PATH, SOON).await?
    } else {
        let with = with.map(MemberId::new).transpose()?;
        desk.post_long(PATH, &With { with }, LONG).await?
    };
    if connect.json {
        output::json(&all);
    } else {
        for one in &all.reconciliations {
            line(describe(one));
        }
        if all.reconciliations.is_empty() {
            line("nothing was compared yet");
        }
    }
    let agrees = |one: &Reconciliation| one.outcome == Outcome::Agrees;
    if all.reconciliations.iter().all(agrees) {
        Ok(())
    } else {
        Err("the two sides do not agree, or could not be compared; see above".into())
    }
}

fn describe(one: &Reconciliation) -> String {
    let Reconciliation {
        hub,
        agency,
        at,
        size,
        releases,
        returns,
        pending,
        chased,
        differing,
        ..
    } = one;
    let said = match one.outcome {
        Outcome::Agrees => "both sides agree".to_owned(),
        Outcome::Differs => format!("{differing} differences"),
        Outcome::LedgerInconsistent => {
            "REFUSED: the agency's ledger does not hold what it held before".to_owned()
        }
        Outcome::LedgerRolledBack => {
            "REFUSED: the agency's ledger is shorter than it was; an older copy has been put back"
                .to_owned()
        }
        Outcome::Unreachable => "the agency could not be asked".to_owned(),
    };
    let mut lines = vec![format!("{hub} with {agency}, {at}: {said}")];
    if matches!(one.outcome, Outcome::Agrees | Outcome::Differs) {
        lines.push(format!(
            "    {size} entries, {releases} released, {returns} held, {pending} on the way, \
             {chased} acknowledged again"
        ));
    }
    lines.extend(one.differences.iter().map(difference));
    lines.join("\n")
}

fn difference(one: &Difference) -> String {
    let of = |name: &str, value: Option<String>| {
        value.map_or_else(String::new, |value| format!("  {name} {value}"))
    };
    format!(
        "    {}{}{}{}",
        one.what.word(),
        of("enquiry", one.enquiry.map(|id| id.to_string())),
        of("return", one.n.map(|n| n.to_string())),
        of("permit", one.permit.map(|index| index.to_string())),
    )
}
