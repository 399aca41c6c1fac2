//! What both roles configure alike.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;
use stile_exchange::people::{Duty, People};
use stile_exchange::trace::TraceSettings;
use stile_exchange::witness::WitnessSettings;
use stile_model::id::{MemberId, PartnershipId, UserId};
use stile_trust::directory::Published;
use stile_trust::tls::TlsFiles;

use super::epoch::RawEpoch;
use super::log::{Log, RawLog};
use super::metrics::{Metrics, RawMetrics};
use super::pages::{Pages, RawPages};
use super::token::{PathOr, RawTlsKey};
use super::traces::RawTraces;
use crate::keys::KeyFiles;
use crate::run::Failure;

/// Where the gateway listens.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listen {
    /// For other gateways; none for an agency that dials its hubs.
    pub peers: Option<SocketAddr>,
    /// For this member's people.
    pub people: SocketAddr,
    /// At a hub, for gateways that have no certificate yet; none where none enrol.
    pub enrolment: Option<SocketAddr>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawTls {
    chain: PathBuf,
    key: PathOr<RawTlsKey>,
    roots: PathBuf,
    issuers: PathBuf,
    crl: PathBuf,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawKeys {
    signing: PathBuf,
    ledger: PathBuf,
    epoch: RawEpoch,
    pseudonym: PathBuf,
    witness: PathBuf,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawDirectory {
    file: PathBuf,
    operator: PathBuf,
}

impl RawDirectory {
    pub(super) fn published(&self, file: &Path) -> Published {
        Published {
            file: beside(file, self.file.clone()),
            operator: beside(file, self.operator.clone()),
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawStore {
    dir: Option<PathBuf>,
    postgres: Option<PathBuf>,
    #[serde(default)]
    postgres_single_node: bool,
    origin: String,
    #[serde(default = "low_space_mib")]
    low_space_mib: u64,
    #[serde(default = "segment_mib")]
    segment_mib: u64,
}

impl RawStore {
    fn kept(&self, file: &Path) -> Result<Kept, Failure> {
        let wrong = |what: &str| Err(format!("{}: [store] {what}", file.display()).into());
        match (self.dir.clone(), self.postgres.clone()) {
            (Some(_), None) if self.postgres_single_node => {
                wrong("`postgres_single_node` goes with `postgres`, not with `dir`")
            }
            (Some(dir), None) => Ok(Kept::Dir(beside(file, dir))),
            (None, Some(url_file)) => Ok(Kept::Postgres {
                url_file: beside(file, url_file),
                single_node: self.postgres_single_node,
            }),
            (Some(_), Some(_)) => {
                wrong("has both `dir` and `postgres`; the ledger is in one place")
            }
            (None, None) => {
                wrong("needs `dir`, a folder, or `postgres`, a file with the database's URL")
            }
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct RawLedger {
    publish: Option<PathBuf>,
    witness_s: u64,
    witness_wait_ms: u64,
    quorum_alarm_min: u64,
}

impl Default for RawLedger {
    fn default() -> Self {
        Self {
            publish: None,
            witness_s: 10,
            witness_wait_ms: 3_000,
            quorum_alarm_min: 15,
        }
    }
}

impl RawLedger {
    fn check(self, file: &Path, store: Option<&Path>) -> Result<WitnessSettings, Failure> {
        let bounds = [
            ("witness_s", self.witness_s, 1, 3_600),
            ("witness_wait_ms", self.witness_wait_ms, 100, 30_000),
            ("quorum_alarm_min", self.quorum_alarm_min, 1, 10_080),
        ];
        for (key, value, least, most) in bounds {
            if !(least..=most).contains(&value) {
                return Err(format!(
                    "{}: `ledger.{key}` is {value}; it must be {least} to {most}",
                    file.display()
                )
                .into());
            }
        }
        let publish = self.publish.map(|dir| beside(file, dir));
        if let (Some(dir), Some(store)) = (&publish, store)
            && (dir.starts_with(store) || store.starts_with(dir))
        {
            return Err(format!(
                "{}: `ledger.publish` and `store.dir` must not lie in one another",
                file.display()
            )
            .into());
        }
        Ok(WitnessSettings {
            publish,
            every: Duration::from_secs(self.witness_s),
            patience: Duration::from_millis(self.witness_wait_ms),
            alarm_after: Duration::from_secs(self.quorum_alarm_min * 60),
        })
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPerson {
    user: UserId,
    roles: Vec<String>,
    name: Option<String>,
    subject: Option<String>,
}

fn low_space_mib() -> u64 {
    256
}

fn segment_mib() -> u64 {
    64
}

/// Where the ledger is kept.
#[derive(Debug, Clone)]
pub enum Kept {
    /// In a folder of this machine.
    Dir(PathBuf),
    /// In a database that replicas of this gateway share.
    Postgres {
        /// A file with the connection's URL.
        url_file: PathBuf,
        /// Is this server all there is?
        single_node: bool,
    },
}

impl Kept {
    /// The folder, where it is one.
    pub fn dir(&self) -> Option<&Path> {
        match self {
            Self::Dir(dir) => Some(dir),
            Self::Postgres { .. } => None,
        }
    }
}

/// Where the ledger is and how it is kept.
#[derive(Debug, Clone)]
pub struct StoreFiles {
    /// Folder or database.
    pub kept: Kept,
    /// The ledger's name.
    pub origin: String,
    /// Below this many free bytes only refusals are recorded.
    pub low_space_bytes: u64,
    /// Bytes of a journal segment.
    pub segment_bytes: u64,
}

/// What both roles configure alike, checked.
#[derive(Debug)]
pub struct Parts {
    /// The partnership.
    pub partnership: PartnershipId,
    /// This member.
    pub member: MemberId,
    /// Addresses.
    pub listen: Listen,
    /// Certificate, key, roots, issuers and revocation lists.
    pub tls: TlsFiles,
    /// Own keys.
    pub keys: KeyFiles,
    /// Directory.
    pub directory: Published,
    /// Vocabulary.
    pub vocabulary: PathBuf,
    /// Store.
    pub store: StoreFiles,
    /// How the ledger is published and witnessed.
    pub ledger: WitnessSettings,
    /// The pages for browsers, if there are any without certificates.
    pub pages: Option<Pages>,
    /// Where it tells how it is, if anywhere.
    pub metrics: Option<Metrics>,
    /// Where it sends how long its steps take, if anywhere.
    pub traces: Option<TraceSettings>,
    /// How it logs.
    pub log: Log,
    /// Who works here.
    pub people: People,
}

/// What both roles' files have in common, as written.
pub(super) struct RawParts {
    pub(super) partnership: PartnershipId,
    pub(super) member: MemberId,
    pub(super) listen: Listen,
    pub(super) tls: RawTls,
    pub(super) keys: RawKeys,
    pub(super) directory: RawDirectory,
    pub(super) vocabulary: PathBuf,
    pub(super) store: RawStore,
    pub(super) ledger: RawLedger,
    pub(super) pages: Option<RawPages>,
    pub(super) metrics: Option<RawMetrics>,
    pub(super) traces: Option<RawTraces>,
    pub(super) log: RawLog,
    pub(super) person: Vec<RawPerson>,
}

impl RawParts {
    /// Checks the parts; paths are taken relative to the folder of `file`.
    pub(super) fn check(self, file: &Path) -> Result<Parts, Failure> {
        let at = |path: PathBuf| beside(file, path);
        if !(1..=1_048_576).contains(&self.store.low_space_mib)
            || !(1..=1_024).contains(&self.store.segment_mib)
        {
            return Err(format!(
                "{}: `store.low_space_mib` must be 1 to 1048576 and `store.segment_mib` 1 to 1024",
                file.display()
            )
            .into());
        }
        let people = people(file, &self.member, self.person)?;
        let pages = self.pages.map(|pages| pages.check(file)).transpose()?;
        let metrics = self
            .metrics
            .map(|metrics| metrics.check(file))
            .transpose()?;
        let traces = self.traces.map(|traces| traces.check(file)).transpose()?;
        let kept = self.store.kept(file)?;
        let ledger = self.ledger.check(file, kept.dir())?;
        Ok(Parts {
            partnership: self.partnership,
            member: self.member,
            listen: self.listen,
            tls: TlsFiles {
                chain: at(self.tls.chain),
                key: self.tls.key.key_place(file)?,
                roots: at(self.tls.roots),
                issuers: at(self.tls.issuers),
                crl: at(self.tls.crl),
            },
            keys: KeyFiles {
                signing: at(self.keys.signing),
                ledger: at(self.keys.ledger),
                epoch: self.keys.epoch.check(
                    file,
                    std::env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from),
                )?,
                pseudonym: at(self.keys.pseudonym),
                witness: at(self.keys.witness),
            },
            directory: self.directory.published(file),
            vocabulary: at(self.vocabulary),
            store: StoreFiles {
                kept,
                origin: self.store.origin,
                low_space_bytes: self.store.low_space_mib * 1_048_576,
                segment_bytes: self.store.segment_mib * 1_048_576,
            },
            ledger,
            pages,
            metrics,
            traces,
            log: self.log.check(file),
            people,
        })
    }
}

fn people(file: &Path, member: &MemberId, raw: Vec<RawPerson>) -> Result<People, Failure> {
    let mut seen = BTreeSet::new();
    let (mut people, mut called) = (Vec::new(), Vec::new());
    for person in raw {
        if !seen.insert(person.user.clone()) {
            return Err(format!(
                "{}: [[person]] `{}` is listed twice",
                file.display(),
                person.user
            )
            .into());
        }
        let duties: Result<BTreeSet<Duty>, _> =
            person.roles.iter().map(|role| role.parse()).collect();
        let duties = duties.map_err(|error| {
            format!(
                "{}: [[person]] `{}`, key `roles`: {error}",
                file.display(),
                person.user
            )
        })?;
        people.push((person.user.clone(), duties));
        called.push(person);
    }
    let mut subjects = BTreeSet::new();
    let mut all = People::new(member.clone(), people);
    for person in called {
        let wrong = |key: &str, what: &str| -> Failure {
            let (file, user) = (file.display(), &person.user);
            format!("{file}: [[person]] `{user}`, key `{key}`: {what}").into()
        };
        if let Some(name) = &person.name {
            if !is_line(name, 100) {
                return Err(wrong("name", "expected 1 to 100 characters on one line"));
            }
            all = all.named(person.user.clone(), name);
        }
        if let Some(subject) = &person.subject {
            if !is_line(subject, 200) {
                return Err(wrong("subject", "expected 1 to 200 characters on one line"));
            }
            if !subjects.insert(subject.clone()) {
                return Err(wrong("subject", "another person has the same one"));
            }
            all = all.known_as(person.user.clone(), subject);
        }
    }
    Ok(all)
}

/// A path as the file's folder sees it.
pub(crate) fn beside(file: &Path, path: PathBuf) -> PathBuf {
    match file.parent() {
        Some(folder) if path.is_relative() => folder.join(path),
        Some(_) | None => path,
    }
}

/// One line that says something.
fn is_line(text: &str, most: usize) -> bool {
    let length = text.chars().count();
    (1..=most).contains(&length) && !text.chars().any(char::is_control) && text.trim() == text
}
