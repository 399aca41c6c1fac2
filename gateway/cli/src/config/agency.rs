//! `config/agency.toml`.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use stile_exchange::agency::AgencySettings;
use stile_exchange::retention::Schedule;
use stile_linkage::{Thresholds, WeightsFile};
use stile_model::digest::Digest;
use stile_model::id::{Code, MemberId, PartnershipId};

use super::parts::{
    Listen, Parts, RawDirectory, RawKeys, RawLedger, RawParts, RawPerson, RawRetention, RawStore,
    RawTls, beside,
};
use super::presence::RawPresence;
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
    policy: RawPolicy,
    presence: Option<RawPresence>,
    #[serde(default)]
    matching: RawMatching,
    #[serde(default)]
    retention: RawRetention,
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
    automatic: f64,
    possible: f64,
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
            automatic: usual.automatic,
            possible: usual.possible,
            candidates_shown: usual.shown,
            always_human: usual.always_human,
            match_hours: 4,
        }
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

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawMatching {
    weights: Option<PathBuf>,
    digest: Option<Digest>,
}

impl RawMatching {
    /// The rates in force. A file is taken only by its digest, so that what an officer saw is what
    /// takes effect.
    fn check(&self, file: &Path) -> Result<WeightsFile, Failure> {
        let (weights, digest) = match (&self.weights, &self.digest) {
            (None, None) => return Ok(WeightsFile::default()),
            (Some(weights), Some(digest)) => (beside(file, weights.clone()), digest),
            _ => {
                return Err(format!(
                    "{}: `matching.weights` and `matching.digest` go together: `stile source \
                     match-tune` shows the digest of the file it writes",
                    file.display()
                )
                .into());
            }
        };
        let read: WeightsFile = super::read(&weights)?;
        if read.digest() == *digest {
            return Ok(read);
        }
        Err(format!(
            "{}: `matching.digest` is not that of `{}`, which is {}; put in force only what was \
             looked at",
            file.display(),
            weights.display(),
            read.digest()
        )
        .into())
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
        let settings = AgencySettings {
            retention: raw.retention.check(file)?,
            presence: raw
                .presence
                .map(|presence| presence.check(file))
                .transpose()?,
            ..settings(file, &raw.answer, raw.sealed_contact)?
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

fn settings(file: &Path, raw: &RawAnswer, sealed_contact: Code) -> Result<AgencySettings, Failure> {
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
    if !(0.99..=1.0).contains(&raw.automatic) || !(0.001..=0.5).contains(&raw.possible) {
        return Err(format!(
            "{}: `answer.automatic` must be 0.99 to 1 and `answer.possible` 0.001 to 0.5",
            file.display()
        )
        .into());
    }
    Ok(AgencySettings {
        release_grid_ms: raw.release_grid_ms,
        fresh_s: raw.fresh_s,
        ahead_s: raw.ahead_s,
        hourly_budget: raw.hourly_budget,
        thresholds: Thresholds {
            automatic: raw.automatic,
            possible: raw.possible,
            shown: raw.candidates_shown,
            always_human: raw.always_human,
        },
        match_hours: raw.match_hours,
        sealed_contact,
        retention: Schedule::default(),
        presence: None,
    })
}
