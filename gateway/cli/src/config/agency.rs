//! `config/agency.toml`.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use stile_exchange::agency::{AgencySettings, GlassSettings, LoadSettings};
use stile_exchange::enrol::RenewalSettings;
use stile_exchange::retention::Schedule;
use stile_linkage::{Thresholds, WeightsFile};
use stile_model::id::{Code, MemberId, PartnershipId};

use super::dial::{RawDialOut, check_listens};
use super::load::RawLoad;
use super::log::RawLog;
use super::matching::RawMatching;
use super::metrics::RawMetrics;
use super::pages::RawPages;
use super::parts::{
    Listen, Parts, RawDirectory, RawKeys, RawLedger, RawParts, RawPerson, RawStore, RawTls, beside,
};
use super::presence::RawPresence;
use super::renewal::RawRenewal;
use super::retention::RawRetention;
use super::traces::RawTraces;
use crate::run::Failure;

/// The file as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAgency {
    partnership: PartnershipId,
    member: MemberId,
    kind: Code,
    vocabulary: PathBuf,
    rules: PathBuf,
    cases: Option<PathBuf>,
    sources: PathBuf,
    sealed_contact: Code,
    listen: Listen,
    tls: RawTls,
    keys: RawKeys,
    directory: RawDirectory,
    store: RawStore,
    #[serde(default)]
    ledger: RawLedger,
    #[serde(default)]
    answer: RawAnswer,
    #[serde(default)]
    load: RawLoad,
    #[serde(default)]
    policy: RawPolicy,
    presence: Option<RawPresence>,
    break_glass: Option<RawGlass>,
    dial_out: Option<RawDialOut>,
    #[serde(default)]
    matching: RawMatching,
    #[serde(default)]
    retention: RawRetention,
    #[serde(default)]
    renewal: RawRenewal,
    pages: Option<RawPages>,
    metrics: Option<RawMetrics>,
    traces: Option<RawTraces>,
    #[serde(default)]
    log: RawLog,
    #[serde(default)]
    person: Vec<RawPerson>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawAnswer {
    release_grid_ms: u64,
    fresh_s: i64,
    ahead_s: i64,
    hourly_budget: u32,
    candidates_shown: usize,
    always_human: bool,
    match_hours: u32,
}

impl Default for RawAnswer {
    fn default() -> Self {
        let usual = Thresholds::default();
        Self {
            release_grid_ms: 250,
            fresh_s: 900,
            ahead_s: 30,
            hourly_budget: 600,
            candidates_shown: usual.shown,
            always_human: usual.always_human,
            match_hours: 4,
        }
    }
}

/// `[break_glass]` as written; without it nobody stands in for anybody.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawGlass {
    open_min: u32,
    review_h: u32,
}

impl Default for RawGlass {
    fn default() -> Self {
        Self {
            open_min: 30,
            review_h: 24,
        }
    }
}

impl RawGlass {
    /// The settings, every number within its bounds.
    fn check(&self, file: &Path) -> Result<GlassSettings, Failure> {
        for (key, value, least, most) in [
            ("open_min", self.open_min, 5, 240),
            ("review_h", self.review_h, 1, 168),
        ] {
            if !(least..=most).contains(&value) {
                return Err(Failure::from(format!(
                    "{}: `break_glass.{key}` is {value}; it must be {least} to {most}",
                    file.display()
                )));
            }
        }
        Ok(GlassSettings {
            minutes: self.open_min,
            review_h: self.review_h,
        })
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawPolicy {
    shadow_every: u32,
}

impl Default for RawPolicy {
    fn default() -> Self {
        Self {
            shadow_every: 1_000,
        }
    }
}

impl RawPolicy {
    /// How many rulings there are to each one that Casbin is asked about.
    fn check(&self, file: &Path) -> Result<u32, Failure> {
        if (1..=1_000_000).contains(&self.shadow_every) {
            return Ok(self.shadow_every);
        }
        Err(Failure::from(format!(
            "{}: `policy.shadow_every` is {}; it must be 1 to 1000000, and cannot be turned off",
            file.display(),
            self.shadow_every
        )))
    }
}

/// An agency's configuration, checked.
#[derive(Debug)]
pub struct AgencyConfig {
    /// What both roles configure.
    pub parts: Parts,
    /// Kind of agency.
    pub kind: Code,
    /// Rules with which it begins; afterwards only approved ones count.
    pub rules: PathBuf,
    /// Their cases.
    pub cases: Option<PathBuf>,
    /// Withhold everything under a new vocabulary, instead of refusing to start; ordered on the
    /// command line, never in the file.
    pub withhold_until_approved: bool,
    /// Mapping of source systems.
    pub sources: PathBuf,
    /// Rates of matching in force: the shipped ones, or those of a file that is named by its digest.
    pub weights: WeightsFile,
    /// One ruling in so many is put to Casbin.
    pub shadow_every: u32,
    /// Settings.
    pub settings: AgencySettings,
}

impl AgencyConfig {
    /// Reads and checks the file.
    ///
    /// # Errors
    ///
    /// Names the file, and the key with its bounds.
    pub fn read(file: &Path) -> Result<Self, Failure> {
        let raw: RawAgency = super::read(file)?;
        check_listens(file, &raw.listen, raw.dial_out.is_some())?;
        if raw.listen.enrolment.is_some() {
            let file = file.display();
            return Err(format!("{file}: `listen.enrolment` is a hub's alone; take it out").into());
        }
        let settings = AgencySettings {
            retention: raw.retention.check(file)?,
            presence: raw
                .presence
                .map(|presence| presence.check(file))
                .transpose()?,
            break_glass: raw.break_glass.map(|glass| glass.check(file)).transpose()?,
            dial_out: raw.dial_out.map(|dial| dial.check(file)).transpose()?,
            renewal: raw.renewal.check(file, &raw.directory)?,
            load: raw.load.check(file)?,
            ..settings(
                file,
                &raw.answer,
                raw.matching.thresholds(file)?,
                raw.sealed_contact,
            )?
        };
        let parts = RawParts {
            partnership: raw.partnership,
            member: raw.member,
            listen: raw.listen,
            tls: raw.tls,
            keys: raw.keys,
            directory: raw.directory,
            vocabulary: raw.vocabulary,
            store: raw.store,
            ledger: raw.ledger,
            pages: raw.pages,
            metrics: raw.metrics,
            traces: raw.traces,
            log: raw.log,
            person: raw.person,
        };
        Ok(Self {
            parts: parts.check(file)?,
            kind: raw.kind,
            rules: beside(file, raw.rules),
            cases: raw.cases.map(|cases| beside(file, cases)),
            withhold_until_approved: false,
            sources: beside(file, raw.sources),
            weights: raw.matching.check(file)?,
            shadow_every: raw.policy.check(file)?,
            settings,
        })
    }
}

fn settings(
    file: &Path,
    raw: &RawAnswer,
    thresholds: Thresholds,
    sealed_contact: Code,
) -> Result<AgencySettings, Failure> {
    let within = |key: &str, value: u64, least: u64, most: u64| {
        if (least..=most).contains(&value) {
            Ok(())
        } else {
            let file = file.display();
            Err(Failure::from(format!(
                "{file}: `answer.{key}` is {value}; it must be {least} to {most}"
            )))
        }
    };
    let whole = |value: i64| u64::try_from(value).unwrap_or(u64::MAX);
    within("release_grid_ms", raw.release_grid_ms, 0, 10_000)?;
    within("fresh_s", whole(raw.fresh_s), 60, 86_400)?;
    within("ahead_s", whole(raw.ahead_s), 0, 300)?;
    within("hourly_budget", raw.hourly_budget.into(), 1, 1_000_000)?;
    within("match_hours", raw.match_hours.into(), 1, 2_160)?;
    within(
        "candidates_shown",
        u64::try_from(raw.candidates_shown).unwrap_or(u64::MAX),
        1,
        10,
    )?;
    Ok(AgencySettings {
        release_grid_ms: raw.release_grid_ms,
        fresh_s: raw.fresh_s,
        ahead_s: raw.ahead_s,
        hourly_budget: raw.hourly_budget,
        thresholds: Thresholds {
            shown: raw.candidates_shown,
            always_human: raw.always_human,
            ..thresholds
        },
        match_hours: raw.match_hours,
        sealed_contact,
        retention: Schedule::default(),
        presence: None,
        break_glass: None,
        dial_out: None,
        renewal: RenewalSettings::default(),
        load: LoadSettings::default(),
    })
}
