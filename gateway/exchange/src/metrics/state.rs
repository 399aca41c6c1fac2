//! How a gateway stands: what it knows of itself without asking anybody.

use std::collections::BTreeMap;

use stile_model::id::MemberId;
use stile_model::time::{Date, Timestamp};
use stile_store::Health;

use super::text::{Kind, Text, bit};
use crate::agency::Agency;
use crate::agency::reconcile::compared;
use crate::gateway::Gateway;
use crate::policy::NOTICES;
use crate::reconcile::{Lack, Outcome, Reconciliation};
use crate::witness::{WitnessLine, WitnessState};

impl Gateway {
    /// Writes how this gateway stands; `version` is the program's.
    pub fn write_metrics(&self, version: &str, text: &mut Text) {
        let role = match self {
            Self::Agency(_) => "agency",
            Self::Hub(_) => "hub",
        };
        let name = "stile_build_info";
        text.family(name, Kind::Gauge, "The program: always 1.");
        text.sample(name, &[("role", role), ("version", version)], 1);
        let ready = self.not_ready().is_empty();
        text.gauge("stile_ready", "Can this gateway answer?", bit(ready));
        self.write_ledger(text);
        self.write_witnesses(text);
        self.write_reconciliations(text);
        self.write_ends(text);
        self.traces().write(text);
        if let Self::Agency(agency) = self {
            agency.write_load(text);
            agency.write_policy(text);
            agency.write_sources(text);
        }
    }

    fn write_ledger(&self, text: &mut Text) {
        let entries = self.store().head_seen().size;
        let help = "Entries in the ledger.";
        text.counter("stile_ledger_entries_total", help, entries);
        let damaged = matches!(self.store().health(), Health::Damaged { .. });
        let help = "Has the check found that the journal does not hold?";
        text.gauge("stile_ledger_damaged", help, bit(damaged));
        let halted = self.witnessing().halted().is_some() || damaged;
        let help = "Is nothing released, because the ledger is not what its key has signed?";
        text.gauge("stile_ledger_halted", help, bit(halted));
    }

    fn write_witnesses(&self, text: &mut Text) {
        // Without a directory in force nobody is asked, which `stile_ready` tells.
        let Ok(standing) = self.witnessing().witnesses_seen() else {
            return;
        };
        let help = "Entries under the newest head that reached the quorum.";
        let witnessed = standing.witnessed_size.unwrap_or(0);
        text.gauge("stile_ledger_witnessed_entries", help, witnessed);
        let help = "When a head last reached the quorum, or the gateway started.";
        let since = seconds(standing.quorum_since);
        text.gauge("stile_ledger_quorum_timestamp_seconds", help, since);
        let name = "stile_witness_up";
        text.family(
            name,
            Kind::Gauge,
            "Did this witness cosign when it was asked last?",
        );
        // Who was not asked is not down: an agency that dials out is asked by its hubs alone.
        let asked = |line: &&WitnessLine| line.state != WitnessState::NotAsked;
        for line in standing.witnesses.iter().filter(asked) {
            let up = matches!(line.state, WitnessState::Cosigned | WitnessState::Ahead);
            text.sample(name, &[("member", line.member.as_str())], bit(up));
        }
    }

    /// How the last comparison with each member that could be asked came out.
    fn write_reconciliations(&self, text: &mut Text) {
        // A store that cannot be read is told by `stile_ready`. One that is away is not waited for: whoever
        // asks waits for a few seconds alone.
        if self.store().is_away() {
            return;
        }
        let Ok(compared) = compared(self.store()) else {
            return;
        };
        let directory = self.directory();
        let with = |one: Reconciliation| {
            let own = one.hub == *self.me();
            let other = if own { &one.agency } else { &one.hub };
            // With a member that has left nothing is compared any more.
            directory.member(other)?;
            Some((other.clone(), one))
        };
        let compared: Vec<_> = compared.into_iter().filter_map(with).collect();
        let name = "stile_reconciliation_agrees";
        let help = "Had both sides the same when records were last compared with this member?";
        text.family(name, Kind::Gauge, help);
        for (other, one) in &compared {
            let agrees = bit(one.outcome == Outcome::Agrees);
            text.sample(name, &[("member", other.as_str())], agrees);
        }
        let name = "stile_reconciliation_timestamp_seconds";
        let help = "When this member could last be asked for its records, by the hub's clock.";
        text.family(name, Kind::Gauge, help);
        for (other, one) in &compared {
            text.sample(name, &[("member", other.as_str())], seconds(one.at));
        }
        write_differences(&compared, text);
    }

    /// Until when what it stands on is good.
    fn write_ends(&self, text: &mut Text) {
        let tls = self.witnessing().tls();
        let help = "Last instant of this gateway's certificate.";
        let name = "stile_certificate_expiry_timestamp_seconds";
        text.gauge(name, help, seconds(tls.own().not_after));
        let help = "Did the hardware token with the TLS key refuse its last signature?";
        text.gauge("stile_tls_key_failing", help, bit(tls.key_fails()));
        let help = "First instant at which a revocation list is too old and no peer is believed.";
        let name = "stile_revocation_list_expiry_timestamp_seconds";
        text.gauge(name, help, seconds(tls.revocations().load().expires()));
        let directory = self.directory();
        let help = "Version of the directory in use.";
        text.gauge("stile_directory_version", help, directory.version);
        let help = "Last instant at which the directory may be worked from.";
        let name = "stile_directory_expiry_timestamp_seconds";
        text.gauge(name, help, seconds(directory.valid_until));
        let mut last: BTreeMap<&MemberId, Date> = BTreeMap::new();
        for one in &directory.agreements {
            let other = if one.hub == *self.me() {
                &one.agency
            } else if one.agency == *self.me() {
                &one.hub
            } else {
                continue;
            };
            let until = last.entry(other).or_insert(one.until);
            *until = (*until).max(one.until);
        }
        let name = "stile_agreement_expiry_timestamp_seconds";
        let help = "End of the last day of the last agreement with a member, in UTC.";
        text.family(name, Kind::Gauge, help);
        for (other, until) in last {
            text.sample(name, &[("member", other.as_str())], end_of(until));
        }
    }
}

impl Agency {
    fn write_policy(&self, text: &mut Text) {
        let name = "stile_policy_notice";
        let help = "What officers should know: 1 while it holds; see `stile policy status`.";
        // A store that cannot be read is told by `stile_ready`; one that is away is not waited for.
        if !self.store.is_away()
            && let Ok(notices) = self.policy_notices()
        {
            text.family(name, Kind::Gauge, help);
            for code in NOTICES {
                let holds = notices.iter().any(|notice| notice.code == code);
                text.sample(name, &[("code", code)], bit(holds));
            }
        }
        let counts = self.shadow.counts();
        let help = "Rulings served since the start.";
        text.counter("stile_policy_rulings_total", help, counts.served);
        let help = "Of those, put to Casbin.";
        text.counter("stile_policy_rulings_checked_total", help, counts.checked);
    }

    fn write_sources(&self, text: &mut Text) {
        let name = "stile_source_up";
        let help = "Is this source asked? 0 while it is left alone after failures.";
        text.family(name, Kind::Gauge, help);
        for source in &self.sources {
            let up = bit(!source.is_resting());
            text.sample(name, &[("source", source.name())], up);
        }
        let in_memory = self.sources.iter().filter_map(|source| {
            let (read_at, people) = self.held.state_of(source)?;
            let stale_after = source.index()?.stale_after_min;
            Some((source.name(), read_at, people, i64::from(stale_after)))
        });
        let in_memory: Vec<_> = in_memory.collect();
        if in_memory.is_empty() {
            return;
        }
        let name = "stile_held_people";
        text.family(name, Kind::Gauge, "People of a source held in memory.");
        for (source, _, people, _) in &in_memory {
            text.sample(name, &[("source", source)], people);
        }
        let name = "stile_held_people_read_timestamp_seconds";
        text.family(name, Kind::Gauge, "When they were last brought up to date.");
        for (source, read_at, ..) in &in_memory {
            text.sample(name, &[("source", source)], seconds(*read_at));
        }
        let name = "stile_held_people_stale";
        text.family(
            name,
            Kind::Gauge,
            "Are they too old, so that the source is not checked?",
        );
        for (source, read_at, _, minutes) in &in_memory {
            let stale = self.clock.now() > read_at.plus_s(minutes * 60);
            text.sample(name, &[("source", source)], bit(stale));
        }
    }
}

/// What one side had and the other lacked, by kind, in the last comparisons.
fn write_differences(compared: &[(MemberId, Reconciliation)], text: &mut Text) {
    let name = "stile_reconciliation_differences";
    let help = "What one side had then and the other lacked.";
    text.family(name, Kind::Gauge, help);
    for (other, one) in compared {
        match one.outcome {
            Outcome::Agrees | Outcome::Differs => {
                for what in Lack::ALL {
                    let labels = [("member", other.as_str()), ("what", what.word())];
                    text.sample(name, &labels, one.many(what));
                }
            }
            // Nothing of theirs was believed, so nothing was counted.
            Outcome::LedgerInconsistent | Outcome::LedgerRolledBack | Outcome::Unreachable => {}
        }
    }
}

/// Seconds since 1970.
fn seconds(at: Timestamp) -> i64 {
    at.millis().div_euclid(1_000)
}

/// The end of a day in UTC; 1970 for one that no calendar has.
fn end_of(day: Date) -> i64 {
    let began = day.to_zoned(jiff::tz::TimeZone::UTC);
    began.map_or(0, |began| {
        began.timestamp().as_second().saturating_add(86_400)
    })
}
