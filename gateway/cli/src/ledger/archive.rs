//! `stile ledger archive`: old segments of a stopped gateway's journal go to an archive. Whoever watches
//! the gateway for misuse is told by this command, since no gateway runs.

use stile_exchange::clock::Clock;
use stile_model::time::{Date, Timestamp};
use stile_store::{Archiving, StoreError};
use stile_trust::identity::Role;

use crate::args::Archive;
use crate::config::{AgencyConfig, HubConfig, Parts};
use crate::gateway::store_config;
use crate::output::line;
use crate::run::Failure;

/// Runs the command.
///
/// # Errors
///
/// When nothing is old enough, the gateway runs, the journal is damaged, or the archive cannot be
/// written.
pub async fn run(command: &Archive) -> Result<(), Failure> {
    let (before, now) = (start_of(&command.before)?, Clock::system().now());
    if before > now {
        return Err(format!(
            "`{}` is yet to come; give a day that is past",
            command.before
        )
        .into());
    }
    let wanted = Archiving {
        before,
        to: command.to.clone(),
        now,
    };
    let (parts, role) = parts(command)?;
    let _logging = crate::log::events_alone(&parts, role)?;
    let done = stile_store::archive(store_config(&parts)?, &wanted)
        .await
        .map_err(|error| match error {
            StoreError::Locked => "the gateway is running; stop it first".into(),
            other => Failure::from(other),
        })?;
    line(format_args!(
        "archived {} entries in {} segments to {}; {} values and keys were carried forward",
        done.entries,
        done.segments,
        command.to.display(),
        done.carried
    ));
    Ok(())
}

fn start_of(day: &str) -> Result<Timestamp, Failure> {
    let day: Date = day
        .parse()
        .map_err(|_| format!("`{day}` is not a day such as `2019-01-31`"))?;
    Ok(format!("{day}T00:00:00Z").parse()?)
}

fn parts(command: &Archive) -> Result<(Parts, Role), Failure> {
    match (&command.agency, &command.hub) {
        (Some(file), None) => Ok((AgencyConfig::read(file)?.parts, Role::Agency)),
        (None, Some(file)) => Ok((HubConfig::read(file)?.parts, Role::Hub)),
        _ => Err("give either `--agency` or `--hub`".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn day_starts_at_midnight_utc() {
        let start = start_of("2019-01-31").unwrap();

        assert_eq!(start.to_string(), "2019-01-31T00:00:00.000Z");
    }

    #[test]
    fn refuses_days_that_are_none() {
        for day in [
            "",
            "2019",
            "2019-02-30",
            "31.1.2019",
            "2019-01-31T00:00:00Z ",
        ] {
            assert!(start_of(day).is_err(), "{day:?}");
        }
    }
}
