//! Everything that a gateway takes while it runs, changed each second, each kind beside the others.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use stile_exchange::clock::Clock;
use stile_exchange::gateway::Gateway;
use stile_exchange::policy::{Because, PolicyText, Proposal, ProposalState, Propose, Proposed};
use stile_trust::authority::Authority;
use stile_trust::directory::Directory;
use stile_trust::signing::SigningKey;
use stile_trust::tls::TlsMaterial;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};

use crate::config::{AgencyConfig, Parts};
use crate::demo::partnership::{AUDITOR, LEAD, OFFICER, Started};
use crate::gateway::reload::read_again;
use crate::people::Desk;
use crate::run::Failure;

const EVERY: Duration = Duration::from_secs(1);
const SOON: Duration = Duration::from_secs(30);
/// A cap on a priority under which nothing is shared anyway: each change is a real one, and none
/// changes an answer that is counted.
const CAP: &str = r#"
[[rule]]
id = "BENCH-01"
never_above = "police.*"
as = "none"
when = { purpose = ["adult_safeguarding"], priority = ["blue"] }
why = "a change that is measured"
clause = "1.1"
owner = "Head of public protection"
"#;

/// How many of each kind came into force.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Counts {
    pub(super) directories: usize,
    pub(super) lists: usize,
    pub(super) policies: usize,
}

/// What changes, and where.
pub(super) struct Changes {
    authority: Authority,
    clock: Clock,
    dir: PathBuf,
    gateway: Gateway,
    operator: SigningKey,
    parts: Parts,
    tls: Arc<TlsMaterial>,
}

impl Changes {
    pub(super) fn of(dir: &Path, started: &Started, clock: &Clock) -> Result<Self, Failure> {
        let member = started.gateway.me().as_str();
        let config = AgencyConfig::read(&dir.join(member).join("agency.toml"))?;
        Ok(Self {
            authority: Authority::open(&dir.join("ca"))?,
            clock: clock.clone(),
            gateway: started.gateway.clone(),
            operator: SigningKey::load(&dir.join("operator/operator.key"))?,
            parts: config.parts,
            tls: Arc::clone(&started.tls),
            dir: dir.to_owned(),
        })
    }

    /// The next version of the directory is signed, put in place and read as after SIGHUP.
    async fn directory(&self) -> Result<(), Failure> {
        let file = self.dir.join("directory.jws");
        let text = fs::read_to_string(&file)?;
        let now = self.clock.now();
        let mut next = Directory::verify(text.trim(), self.operator.verifying_key(), 0, now)?;
        next.version += 1;
        next.issued = now;
        fs::write(&file, next.sign(&self.operator)?)?;
        match read_again(&self.parts, &self.gateway, &self.clock).await? {
            Some(_) => Ok(()),
            None => Err("the directory was not taken".into()),
        }
    }

    /// The authority publishes the next list, and every file of TLS is read again.
    fn list(&self) -> Result<(), Failure> {
        self.authority.refresh_crl(self.clock.now(), 7)?;
        self.tls.reload(self.clock.now())?;
        Ok(())
    }

    /// One officer proposes, others approve until it is in force; every other time back again.
    async fn policy(&self) -> Result<(), Failure> {
        let [officer, lead, auditor] = [OFFICER, LEAD, AUDITOR].map(|user| self.desk(user));
        let officer = officer?;
        let held: PolicyText = officer.get("/api/v1/policy/rules", SOON).await?;
        let rules = match held.rules.strip_suffix(CAP) {
            Some(before) => before.to_owned(),
            None => format!("{}{CAP}", held.rules),
        };
        let propose = Propose {
            rules,
            cases: held.cases.unwrap_or_default(),
            reason: reason(),
            active_from: None,
        };
        let path = "/api/v1/policy/proposals";
        let proposed: Proposed = officer.post(path, &propose).await?;
        let Some(mut proposal) = proposed.proposal else {
            return Err(format!("the policy was not proposed: {:?}", proposed.remarks).into());
        };
        let path = format!("{path}/{}/approval", proposal.version);
        for approver in [lead?, auditor?] {
            if !matches!(proposal.state, ProposalState::Waiting { .. }) {
                break;
            }
            let because = Because { reason: reason() };
            proposal = approver.post::<Proposal>(&path, &because).await?;
        }
        match proposal.state {
            ProposalState::InForce { .. } => Ok(()),
            other => Err(format!("the policy is not in force: {other:?}").into()),
        }
    }

    fn desk(&self, user: &str) -> Result<Desk, Failure> {
        let member = self.dir.join(self.gateway.me().as_str());
        Desk::open(&member.join("people").join(user).join("person.toml"))
    }
}

fn reason() -> stile_model::redact::Redacted<String> {
    "a change that is measured".to_owned().into()
}

/// Changes under way.
pub(super) struct Changing {
    stop: watch::Sender<bool>,
    task: JoinHandle<Result<Counts, String>>,
}

impl Changing {
    /// Begins; each kind of change waits for none of the others.
    pub(super) fn begin(changes: Changes) -> Self {
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(async move {
            let [directories, lists, policies] = tokio::join!(
                each(stopped.clone(), || changes.directory()),
                each(stopped.clone(), || async { changes.list() }),
                each(stopped, || changes.policy()),
            )
            .into();
            Ok(Counts {
                directories: directories?,
                lists: lists?,
                policies: policies?,
            })
        });
        Self { stop, task }
    }

    /// Ends after the changes under way; a change that was refused is told here.
    pub(super) async fn end(self) -> Result<Counts, Failure> {
        let _ = self.stop.send(true);
        Ok(self.task.await??)
    }
}

/// Changes again and again, once a second or as soon as the one before is done.
async fn each<T>(stop: watch::Receiver<bool>, change: impl Fn() -> T) -> Result<usize, String>
where
    T: Future<Output = Result<(), Failure>>,
{
    let mut count = 0;
    while !*stop.borrow() {
        let next = Instant::now() + EVERY;
        change().await.map_err(|error| error.to_string())?;
        count += 1;
        sleep_until(next).await;
    }
    Ok(count)
}
