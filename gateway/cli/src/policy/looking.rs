//! `stile policy replay | review | record` and `explain --enquiry`: looking back over what was asked. Each is
//! on record in the agency's ledger before it is answered.

use std::path::PathBuf;

use serde::Serialize;
use serde::de::DeserializeOwned;
use stile_exchange::audit::Reason;
use stile_exchange::policy::looking_back::{
    Covered, DecisionRecords, LookAsked, PastExplained, ReplayAsked, Replayed, ReviewAsked,
    Reviewed, Span,
};
use stile_model::id::{Code, EnquiryId};
use stile_model::time::Date;
use stile_model::vocabulary::Recency;
use stile_policy::PastRuling;

use super::files::read_text;
use super::propose::LONG;
use crate::args::Connect;
use crate::output::{self, line};
use crate::people::Desk;
use crate::run::Failure;

/// Which part of the log, and why it is read.
#[derive(Debug, clap::Args)]
pub struct Back {
    /// Why, as a code: `audit`, `review`, `complaint`, ….
    #[arg(long)]
    reason: String,
    /// From this day on: `2026-09-01`; from the beginning when left out.
    #[arg(long, value_name = "DATE")]
    since: Option<Date>,
    /// At most this many enquiries, the newest: 1 to 100000.
    #[arg(long, value_name = "NUMBER")]
    limit: Option<u32>,
}

/// What to replay.
#[derive(Debug, clap::Args)]
pub struct Replay {
    /// Which gateway, and as whom.
    #[command(flatten)]
    connect: Connect,
    /// The other rules.
    #[arg(long, value_name = "FILE")]
    rules: PathBuf,
    /// How far back.
    #[command(flatten)]
    back: Back,
}

/// What to review.
#[derive(Debug, clap::Args)]
pub struct Review {
    /// Which gateway, and as whom.
    #[command(flatten)]
    connect: Connect,
    /// How far back.
    #[command(flatten)]
    back: Back,
}

/// One past enquiry.
#[derive(Debug, clap::Args)]
pub struct Look {
    /// Which gateway, and as whom.
    #[command(flatten)]
    pub connect: Connect,
    /// Why, as a code: `audit`, `complaint`, `access_request`, ….
    #[arg(long)]
    pub reason: String,
    /// The enquiry.
    #[arg(long, value_name = "ID")]
    pub enquiry: String,
}

/// Runs `stile policy replay`.
///
/// # Errors
///
/// Every mistake of the rules, or what the gateway refuses.
pub async fn replay(command: &Replay) -> Result<(), Failure> {
    let ask = ReplayAsked {
        reason: reason(&command.back.reason)?,
        rules: read_text(&command.rules)?,
        span: span(&command.back),
    };
    let replayed: Replayed = asked(&command.connect, "/api/v1/policy/replay", &ask).await?;
    if command.connect.json {
        output::json(&replayed);
        return Ok(());
    }
    for text in replayed.replay.lines() {
        line(text);
    }
    for text in covered(&replayed.covered) {
        line(text);
    }
    if replayed.by_earlier_versions > 0 {
        line(format_args!(
            "{} were ruled on by earlier versions, and are held against those.",
            replayed.by_earlier_versions
        ));
    }
    if replayed.by_unknown_versions > 0 {
        line(format_args!(
            "{} were ruled on by rules whose text is not held for this vocabulary; they are held against \
             the rules in force.",
            replayed.by_unknown_versions
        ));
    }
    Ok(())
}

/// Runs `stile policy review`.
///
/// # Errors
///
/// What the gateway refuses.
pub async fn review(command: &Review) -> Result<(), Failure> {
    let ask = ReviewAsked {
        reason: reason(&command.back.reason)?,
        span: span(&command.back),
    };
    let reviewed: Reviewed = asked(&command.connect, "/api/v1/policy/review", &ask).await?;
    if command.connect.json {
        output::json(&reviewed);
        return Ok(());
    }
    for text in reviewed.review.lines() {
        line(text);
    }
    for text in covered(&reviewed.covered) {
        line(text);
    }
    Ok(())
}

/// Runs `stile policy record`.
///
/// # Errors
///
/// What the gateway refuses.
pub async fn record(command: &Look) -> Result<(), Failure> {
    let held: DecisionRecords = look(command, "decisions").await?;
    if command.connect.json {
        output::json(&held);
        return Ok(());
    }
    if let Some(first) = held.records.first() {
        for text in first.request.lines() {
            line(text);
        }
    } else {
        line("no record of a decision on this enquiry is held");
    }
    for text in held
        .records
        .iter()
        .flat_map(stile_policy::DecisionRecord::decision_lines)
    {
        line(text);
    }
    Ok(())
}

/// Runs `stile policy explain --enquiry`.
///
/// # Errors
///
/// What the gateway refuses.
pub async fn explain(command: &Look) -> Result<(), Failure> {
    let explained: PastExplained = look(command, "explanation").await?;
    if command.connect.json {
        output::json(&explained);
        return Ok(());
    }
    let which = explained.version.map_or_else(
        || "whose text is not held for this vocabulary, so nothing can be explained".to_owned(),
        |version| format!("which are version {version}"),
    );
    line(format_args!(
        "Enquiry {}, ruled on at {} by the rules {}, {which}",
        explained.enquiry, explained.ruled, explained.policy
    ));
    for ruling in &explained.rulings {
        line(format_args!("\n{}", head(ruling)));
        for text in ruling.explanation.lines() {
            line(format_args!("  {text}"));
        }
    }
    for text in explained
        .decisions
        .iter()
        .flat_map(stile_policy::DecisionRecord::decision_lines)
    {
        line(text);
    }
    Ok(())
}

fn head(ruling: &PastRuling) -> String {
    let ages: Vec<&str> = ruling
        .recencies
        .iter()
        .filter(|band| **band != Recency::Unknown)
        .map(|band| band.as_str())
        .collect();
    let ages = if ages.is_empty() {
        String::new()
    } else {
        format!(" ({})", ages.join(", "))
    };
    format!(
        "{} of {}{ages}: {}",
        ruling.field, ruling.subject, ruling.said
    )
}

async fn look<T: DeserializeOwned>(command: &Look, what: &str) -> Result<T, Failure> {
    let id: EnquiryId = command.enquiry.parse()?;
    let ask = LookAsked {
        reason: reason(&command.reason)?,
    };
    let path = format!("/api/v1/policy/enquiries/{id}/{what}");
    asked(&command.connect, &path, &ask).await
}

async fn asked<T: DeserializeOwned>(
    connect: &Connect,
    path: &str,
    ask: &impl Serialize,
) -> Result<T, Failure> {
    let desk = Desk::open_for(&connect.person, ANSWER_MAX)?;
    desk.post_long(path, ask, LONG).await
}

/// Longest answer read, in bytes: 200 changed enquiries, or one explained field by field.
const ANSWER_MAX: usize = 64 * 1024 * 1024;

fn reason(code: &str) -> Result<Reason, Failure> {
    Ok(Code::new(code)?.into())
}

fn span(back: &Back) -> Span {
    Span {
        since: back.since,
        limit: back.limit,
    }
}

/// What was not looked at, a line each.
fn covered(covered: &Covered) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(since) = covered.since {
        lines.push(format!("Only what was asked since {since}."));
    }
    if covered.left_out > 0 {
        lines.push(format!(
            "{} older enquiries were left out; raise --limit to look at them.",
            covered.left_out
        ));
    }
    if covered.erased > 0 {
        lines.push(format!(
            "{} more were answered and their details erased since; nothing can be said of them.",
            covered.erased
        ));
    }
    if covered.archived {
        lines.push("Older entries lie in an archive and were not looked at.".to_owned());
    }
    lines
}
