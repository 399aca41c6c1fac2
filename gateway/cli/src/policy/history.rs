//! `stile policy history`: every version that was in force, and what one of them said.

use std::time::Duration;

use stile_exchange::policy::{History as Versions, Origin, Past, PolicyText};
use stile_model::time::{Date, Timestamp};

use super::saying::{approvals, origin};
use crate::args::Connect;
use crate::output::{json, line};
use crate::people::Desk;
use crate::run::Failure;

const SOON: Duration = Duration::from_secs(30);

/// Which versions.
#[derive(Debug, clap::Args)]
pub struct History {
    /// Which gateway, and as whom.
    #[command(flatten)]
    connect: Connect,
    /// The text of the version in force then: a day (its end, in UTC), or an instant.
    #[arg(long, value_name = "WHEN", conflicts_with = "version")]
    at: Option<String>,
    /// The text of this version.
    #[arg(long)]
    version: Option<u64>,
}

/// Runs the command.
///
/// # Errors
///
/// What the gateway refuses; that nothing was in force then.
pub async fn run(command: &History) -> Result<(), Failure> {
    let desk = Desk::open(&command.connect.person)?;
    let version = match &command.at {
        Some(when) => {
            let path = format!("/api/v1/policy/history?at={}", moment(when)?);
            let then: Versions = desk.get(&path, SOON).await?;
            let then = then.versions.first();
            Some(
                then.ok_or("this gateway had no policy in force then")?
                    .version,
            )
        }
        None => command.version,
    };
    if let Some(version) = version {
        let path = format!("/api/v1/policy/rules?version={version}");
        let text: PolicyText = desk.get(&path, SOON).await?;
        if command.connect.json {
            json(&text);
        } else {
            line(format_args!("# version {version}\n{}", text.rules));
        }
        return Ok(());
    }
    let all: Versions = desk.get("/api/v1/policy/history", SOON).await?;
    if command.connect.json {
        json(&all);
    } else {
        for past in &all.versions {
            line(words(past));
        }
    }
    Ok(())
}

/// Length of a day as written: `2026-03-03`.
const DAY: usize = 10;

/// A day stands for its last millisecond.
fn moment(text: &str) -> Result<Timestamp, Failure> {
    let wrong = "expected a day (`2026-03-03`) or an instant (`2026-03-03T12:00:00Z`)";
    // A date reads itself from longer texts, too, and drops their time.
    if let (DAY, Ok(day)) = (text.len(), text.parse::<Date>()) {
        let next = day.tomorrow().map_err(|_| wrong)?;
        let midnight: Timestamp = format!("{next}T00:00:00Z").parse().map_err(|_| wrong)?;
        return Ok(Timestamp::from_millis(midnight.millis() - 1));
    }
    text.parse().map_err(|_| wrong.into())
}

fn words(past: &Past) -> String {
    let until = past
        .until
        .map_or_else(|| "now".to_owned(), |until| until.to_string());
    let proposed = past.proposed.as_ref().map_or_else(String::new, |act| {
        format!("\n  proposed by {}: {}", act.by, act.why.reveal())
    });
    // Nothing was in force before the first.
    let compared = if past.origin == Origin::Founding {
        String::new()
    } else {
        let effect = past.effect.as_str();
        format!("; compared with the one before it discloses {effect}")
    };
    format!(
        "version {} ({}): {} to {until}{compared}{proposed}{}",
        past.version,
        origin(past.origin),
        past.since,
        approvals(&past.approvals)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_means_its_end_and_an_instant_itself() {
        let end = moment("2026-03-03").unwrap().to_string();

        assert_eq!(end, "2026-03-03T23:59:59.999Z");
        assert_eq!(
            moment("2026-03-03T12:00:00Z").unwrap().to_string(),
            "2026-03-03T12:00:00.000Z"
        );
    }

    #[test]
    fn rejects_what_is_no_moment() {
        for text in ["3 March", "2026-13-01", "", "2026-03-03 12:00"] {
            assert!(moment(text).is_err(), "{text}");
        }
    }
}
