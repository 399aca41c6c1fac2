//! `stile doctor`: everything a gateway stands on, looked at without changing anything.
//!
//! ```text
//! good     all is well
//! soon     it works today; something must be done before the day that is said
//! unknown  could not be looked at from here
//! WRONG    the gateway cannot do its work until it is mended
//! ```
//!
//! Each part is looked at by itself, so that one that is broken hides no other. What is printed holds
//! paths, codes, counts and dates, and nobody's data.

mod agreements;
mod anchors;
mod finding;
mod ground;
mod running;
mod sources;
mod trust;

use stile_exchange::clock::Clock;
use stile_model::time::Timestamp;
use stile_trust::identity::Role;

pub use self::finding::{Finding, State};
pub(crate) use self::ground::free;

use crate::args;
use crate::config::{AgencyConfig, HubConfig, Parts};
use crate::output::{json, line};
use crate::run::Failure;

/// Runs the command.
///
/// # Errors
///
/// When something is wrong, after all of it was printed.
pub async fn run(asked: args::Doctor) -> Result<(), Failure> {
    let clock = Clock::system();
    let findings = match (&asked.agency, &asked.hub) {
        (Some(file), _) => match AgencyConfig::read(file) {
            Ok(config) => agency(&config, &clock).await,
            Err(error) => unreadable(&error),
        },
        (None, Some(file)) => match HubConfig::read(file) {
            Ok(HubConfig {
                parts, settings, ..
            }) => {
                let mut findings = examine(&parts, Role::Hub, clock.now()).await;
                findings.extend(anchors::fetched(&parts, Role::Hub, &settings.renewal));
                findings
            }
            Err(error) => unreadable(&error),
        },
        (None, None) => return Err("give `--agency` or `--hub`".into()),
    };
    tell(&findings, asked.json);
    match findings
        .iter()
        .filter(|one| one.state == State::Wrong)
        .count()
    {
        0 => Ok(()),
        wrong => Err(format!("{wrong} of {} parts are wrong", findings.len()).into()),
    }
}

/// Looks at an agency, its sources among the rest.
pub async fn agency(config: &AgencyConfig, clock: &Clock) -> Vec<Finding> {
    let mut findings = examine(&config.parts, Role::Agency, clock.now()).await;
    let renewal = &config.settings.renewal;
    findings.extend(anchors::fetched(&config.parts, Role::Agency, renewal));
    findings.extend(sources::examine(config, clock).await);
    findings
}

/// Looks at what both roles stand on.
pub async fn examine(parts: &Parts, role: Role, now: Timestamp) -> Vec<Finding> {
    let mut findings = vec![Finding::good("configuration", "it is read and complete")];
    findings.extend(ground::clock(parts, now));
    findings.push(anchors::examine(parts, role));
    findings.extend(trust::keys(parts));
    findings.push(trust::certificate(parts, role, now));
    findings.extend(trust::pages(parts, now));
    findings.extend(trust::revocations(parts, now));
    findings.extend(trust::directory(parts, now));
    findings.push(ground::space(parts));
    findings.push(ground::ledger(parts));
    findings.extend(running::examine(parts, now).await);
    findings
}

fn unreadable(error: &Failure) -> Vec<Finding> {
    vec![Finding::wrong(
        "configuration",
        error,
        "mend the line that is named; nothing else can be looked at before",
    )]
}

fn tell(findings: &[Finding], as_json: bool) {
    if as_json {
        let worst = findings.iter().map(|one| one.state).max();
        json(&serde_json::json!({ "state": worst, "findings": findings }));
        return;
    }
    for finding in findings {
        line(finding);
    }
}
