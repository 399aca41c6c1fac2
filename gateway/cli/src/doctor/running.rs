//! The gateway that runs, by what it says of itself on its metrics address.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use stile_model::time::Timestamp;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::Finding;
use crate::config::{Metrics, Parts};

/// Longest that the gateway may take to say how it is.
const PATIENCE: Duration = Duration::from_secs(5);
/// More than it ever says.
const LARGEST: u64 = 4 << 20;
/// Longest without a quorum of witnesses before it is said, in seconds.
const QUORUM_S: f64 = 900.0;

/// Every sample by its name with its labels, as written.
type Samples = BTreeMap<String, f64>;

/// Asks the gateway that runs, if it has an address for that.
pub(super) async fn examine(parts: &Parts, now: Timestamp) -> Vec<Finding> {
    let Some(metrics) = &parts.metrics else {
        let todo = "add `[metrics]` with `listen` to the configuration to have witnesses, policy and \
                    people in memory looked at, too";
        return vec![Finding::unknown(
            "gateway",
            "it has no metrics address",
            todo,
        )];
    };
    let mut findings = match read(metrics.listen).await {
        Ok(text) => judge(&samples(&text), now),
        Err(error) => {
            let found = format!("it does not run, or not here: {}: {error}", metrics.listen);
            let todo = "start it; the last line of its log says what keeps it from starting";
            vec![Finding::unknown("gateway", found, todo)]
        }
    };
    findings.extend(open_to_all(metrics));
    findings
}

fn open_to_all(metrics: &Metrics) -> Option<Finding> {
    let found = format!(
        "`metrics.listen` is {}: whoever reaches this machine can read it, without TLS",
        metrics.listen
    );
    let todo = "name loopback, or this machine's address in the inside network";
    metrics
        .is_open()
        .then(|| Finding::soon("metrics", found, todo))
}

async fn read(address: SocketAddr) -> std::io::Result<String> {
    let asked = async {
        let mut stream = TcpStream::connect(address).await?;
        let request = format!("GET /metrics HTTP/1.0\r\nHost: {address}\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut text = String::new();
        stream.take(LARGEST).read_to_string(&mut text).await?;
        Ok(text)
    };
    tokio::time::timeout(PATIENCE, asked).await?
}

/// The samples of an answer in the Prometheus text format; everything else is passed over.
fn samples(text: &str) -> Samples {
    let lines = text.lines().filter(|line| line.starts_with("stile_"));
    let samples = lines.filter_map(|line| {
        let (name, value) = line.rsplit_once(' ')?;
        Some((name.to_owned(), value.parse().ok()?))
    });
    samples.collect()
}

fn judge(samples: &Samples, now: Timestamp) -> Vec<Finding> {
    let set = |name: &str| samples.get(name).is_some_and(|value| *value > 0.0);
    let mut findings = Vec::new();
    if set("stile_ledger_halted") {
        findings.push(Finding::wrong(
            "gateway",
            "releases are halted: its ledger is not what its own key has signed, or came back from a copy",
            "`stile ledger witnesses` says why; an officer ends it (`stile ledger resume`)",
        ));
    } else if set("stile_ready") {
        findings.push(Finding::good("gateway", "it runs and is ready"));
    } else {
        let todo = "read the last lines of its log";
        findings.push(Finding::wrong("gateway", "it runs and is not ready", todo));
    }
    if set("stile_tls_key_failing") {
        let found = "the hardware token with its TLS key refused the last signature";
        let todo =
            "put the token back; the gateway looks for it at the next connection, or restart it";
        findings.push(Finding::wrong("gateway", found, todo));
    }
    findings.extend(witnesses(samples, now));
    findings.extend(
        samples
            .iter()
            .filter_map(|(name, value)| notice(name, *value)),
    );
    findings.extend(
        samples
            .iter()
            .filter_map(|(name, value)| held(name, *value)),
    );
    findings
}

fn witnesses(samples: &Samples, now: Timestamp) -> Option<Finding> {
    let value = |name: &str| samples.get(name).copied();
    let entries = value("stile_ledger_entries_total")?;
    let witnessed = value("stile_ledger_witnessed_entries")?;
    let since = value("stile_ledger_quorum_timestamp_seconds")?;
    let now = std::time::Duration::from_millis(u64::try_from(now.millis()).ok()?).as_secs_f64();
    let found = format!("{witnessed:.0} of {entries:.0} entries are cosigned");
    Some(if now - since > QUORUM_S {
        let todo = "find out which members do not answer (`stile ledger witnesses`)";
        Finding::soon("witnesses", found, todo)
    } else {
        Finding::good("witnesses", found)
    })
}

/// A notice that officers should have read.
fn notice(name: &str, value: f64) -> Option<Finding> {
    let code = name.strip_prefix("stile_policy_notice{code=\"")?;
    let code = code.strip_suffix("\"}")?;
    if value <= 0.0 {
        return None;
    }
    let found = format!("`{code}`");
    let todo = "tell the policy's officers; `stile policy status` has the words";
    Some(match code {
        "expired" | "suspended" | "new_vocabulary" => Finding::wrong("policy", found, todo),
        _ => Finding::soon("policy", found, todo),
    })
}

/// People in memory that were not brought up to date.
fn held(name: &str, value: f64) -> Option<Finding> {
    let source = name.strip_prefix("stile_held_people_stale{source=\"")?;
    let source = source.strip_suffix("\"}")?;
    (value > 0.0).then(|| {
        Finding::wrong(
            "people",
            format_args!("those of `{source}` in memory are too old, so they are \"not checked\""),
            "see in the log why they were not brought up to date",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::State;

    const WELL: &str = "HTTP/1.0 200 OK\r\n\r\n# TYPE stile_ready gauge\nstile_ready 1\n\
                        stile_ledger_halted 0\nstile_ledger_entries_total 12\n\
                        stile_ledger_witnessed_entries 12\n\
                        stile_ledger_quorum_timestamp_seconds 1000\n\
                        stile_policy_notice{code=\"expired\"} 0\n";

    fn states(text: &str, second: i64) -> Vec<(&'static str, State)> {
        let found = judge(&samples(text), Timestamp::from_millis(second * 1_000));
        found.iter().map(|one| (one.part, one.state)).collect()
    }

    #[test]
    fn a_gateway_that_says_that_all_is_well_is_believed() {
        assert_eq!(
            states(WELL, 1_010),
            [("gateway", State::Good), ("witnesses", State::Good)]
        );
    }

    #[test]
    fn a_halt_late_witnesses_a_policy_that_ran_out_and_old_people_are_each_told() {
        let ill = WELL
            .replace("stile_ledger_halted 0", "stile_ledger_halted 1")
            .replace("\"expired\"} 0", "\"expired\"} 1")
            + "stile_policy_notice{code=\"expires_soon\"} 1\n\
               stile_held_people_stale{source=\"niche\"} 1\n";

        assert_eq!(
            states(&ill, 2_000),
            [
                ("gateway", State::Wrong),
                ("witnesses", State::Soon),
                ("policy", State::Wrong),
                ("policy", State::Soon),
                ("people", State::Wrong),
            ]
        );
    }

    #[test]
    fn an_answer_without_samples_is_not_ready() {
        assert_eq!(
            states("HTTP/1.0 404 Not Found\r\n", 0),
            [("gateway", State::Wrong)]
        );
    }
}
