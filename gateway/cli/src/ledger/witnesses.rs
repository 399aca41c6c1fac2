//! `stile ledger witnesses | resume`: who vouches for this ledger, and the order that ends a halt.

use std::time::Duration;

use stile_exchange::witness::{Cause, Halt, Resume, Resumed, WitnessState, Witnesses};
use stile_model::time::Timestamp;

use super::words;
use crate::args::Connect;
use crate::output::{self, line};
use crate::people::Desk;
use crate::run::Failure;

const SOON: Duration = Duration::from_secs(30);

/// Shows the witnesses as a table.
pub(super) async fn show(connect: &Connect) -> Result<(), Failure> {
    let desk = Desk::open(&connect.person)?;
    let seen: Witnesses = desk.get("/api/v1/ledger/witnesses", SOON).await?;
    if connect.json {
        output::json(&seen);
        return Ok(());
    }
    for text in table(&seen) {
        line(text);
    }
    Ok(())
}

/// Shows the halt, or ends it when `confirm` names it.
pub(super) async fn resume(
    connect: &Connect,
    reason: String,
    confirm: Option<String>,
) -> Result<(), Failure> {
    let confirm = confirm
        .map(|code| code.parse())
        .transpose()
        .map_err(|_| "`--confirm` takes the 64 characters that this command printed")?;
    let order = Resume {
        reason: reason.into(),
        confirm,
    };
    let desk = Desk::open(&connect.person)?;
    let done: Resumed = desk.post("/api/v1/ledger/resume", &order).await?;
    if connect.json {
        output::json(&done);
        return Ok(());
    }
    for text in told(&done) {
        line(text);
    }
    Ok(())
}

fn table(seen: &Witnesses) -> Vec<String> {
    let mut lines = vec![
        format!("{}: {} entries", seen.origin, seen.size),
        match seen.witnessed_size {
            Some(size) => format!("cosigned by enough: {size} entries"),
            None => "cosigned by enough: nothing yet".to_owned(),
        },
        String::new(),
    ];
    let mut rows =
        vec![["witness", "state", "entries", "cosigned (UTC)", "asked"].map(str::to_owned)];
    let at = |at: Option<Timestamp>| at.map_or_else(|| "never".to_owned(), words::second);
    rows.extend(seen.witnesses.iter().map(|witness| {
        // Every witness is asked at least once a day: the time of day says when.
        let asked = at(witness.asked_at);
        [
            witness.member.to_string(),
            word(witness.state).to_owned(),
            witness.cosigned_size.to_string(),
            at(witness.cosigned_at),
            asked.split(' ').next_back().unwrap_or_default().to_owned(),
        ]
    }));
    lines.extend(words::table(&rows, &[]).lines().map(str::to_owned));
    if let Some(halt) = &seen.halt {
        lines.push(String::new());
        lines.extend(cause(halt));
    }
    lines
}

const fn word(state: WitnessState) -> &'static str {
    match state {
        WitnessState::Ahead => "ahead",
        WitnessState::Contradicts => "CONTRADICTS",
        WitnessState::Cosigned => "cosigned",
        WitnessState::NotAsked => "not asked",
        WitnessState::Refuses => "refuses",
        WitnessState::Unproven => "unproven",
        WitnessState::Unreachable => "unreachable",
    }
}

fn cause(halt: &Halt) -> Vec<String> {
    let mut lines = vec![format!("HALTED since {}: nothing is released", halt.since)];
    match &halt.cause {
        Cause::Contradiction {
            shown_by,
            checkpoint,
        } => {
            let by = shown_by
                .as_ref()
                .map_or("the published folder", |member| member.as_str());
            lines.push(format!(
                "{by} shows this head, which our key has signed and our ledger contradicts:"
            ));
            lines.extend(checkpoint.lines().map(|text| format!("    {text}")));
        }
        Cause::DamagedJournal { finding } => {
            lines.push("recorded bytes of the journal are not what was written:".to_owned());
            lines.push(format!("    {finding}"));
            lines.push("keep every file, put the journal back from a copy, restart".to_owned());
        }
        Cause::PublishedFile { file } => {
            lines.push(format!(
                "the published file `{file}` is not what the ledger says"
            ));
        }
        Cause::Restored {
            made,
            entries,
            root,
        } => {
            lines.push(format!(
                "the store came back from a copy made at {made}: {entries} entries, root {root}"
            ));
            lines.push(
                "what was recorded later may be lost; before you order it, ask the other"
                    .to_owned(),
            );
            lines.push(
                "members whether they hold a newer head or answers of this gateway".to_owned(),
            );
            lines.push(
                "rules, holds, accounts and which revocation list and directory count as newest"
                    .to_owned(),
            );
            lines.push(
                "are of that moment again: put right what changed since, before you order it"
                    .to_owned(),
            );
            lines.push("(docs/guide/operate.md, part 3)".to_owned());
        }
    }
    lines
}

fn told(done: &Resumed) -> Vec<String> {
    let mut lines = cause(&done.halt);
    lines.push(if done.ended {
        "ended by your order; it is recorded".to_owned()
    } else {
        format!(
            "nothing was changed; to release again, order it with --confirm {}",
            done.halt.confirm
        )
    });
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn halt() -> Halt {
        let since = "2026-03-11T10:14:00Z".parse().unwrap();
        Halt {
            since,
            cause: Cause::Contradiction {
                shown_by: Some(stile_model::id::MemberId::new("north-mash").unwrap()),
                checkpoint: "origin\n7\nroot\n".to_owned(),
            },
            confirm: stile_model::digest::Digest::of(b"halt"),
        }
    }

    #[test]
    fn an_order_without_confirmation_says_that_nothing_was_changed_and_how_to_confirm() {
        let said = told(&Resumed {
            halt: halt(),
            ended: false,
        })
        .join("\n");

        assert!(said.contains("nothing was changed"));
        assert!(said.contains(&format!("--confirm {}", halt().confirm)));
        assert!(said.contains("north-mash shows this head"));
    }

    #[test]
    fn whoever_ends_the_halt_of_a_restored_store_is_told_what_else_is_old() {
        let cause = Cause::Restored {
            made: halt().since,
            entries: 7,
            root: stile_model::digest::Digest::of(b"root"),
        };
        let said = told(&Resumed {
            halt: Halt { cause, ..halt() },
            ended: false,
        })
        .join("\n");

        for part in ["rules, holds, accounts", "before you order it", "part 3"] {
            assert!(said.contains(part), "{part}: {said}");
        }
    }

    #[test]
    fn the_table_names_every_witness_its_state_and_the_halt() {
        let seen = Witnesses {
            origin: "north.example/police".to_owned(),
            size: 12,
            witnessed_size: Some(10),
            quorum_since: halt().since,
            policy: "quorum none\n".to_owned(),
            halt: Some(halt()),
            witnesses: vec![stile_exchange::witness::WitnessLine {
                member: stile_model::id::MemberId::new("north-mash").unwrap(),
                state: WitnessState::Contradicts,
                cosigned_size: 10,
                cosigned_at: None,
                asked_at: Some(halt().since),
            }],
        };

        let said = table(&seen).join("\n");

        for part in ["12 entries", "CONTRADICTS", "north-mash", "never", "HALTED"] {
            assert!(said.contains(part), "{part}: {said}");
        }
        assert!(
            said.contains("CONTRADICTS  10       never           10:14:00"),
            "{said}"
        );
    }
}
