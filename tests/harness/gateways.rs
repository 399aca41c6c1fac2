//! The gateways of a lab, each started and stopped by itself.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use stile_cli::config::{AgencyConfig, HubConfig};
use stile_cli::demo::partnership::start_gateway;
use stile_cli::gateway::Bound;
use stile_cli::run::Failure;
use stile_exchange::clock::Clock;
use stile_model::id::MemberId;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// One running gateway.
struct One {
    stop: watch::Sender<bool>,
    task: JoinHandle<Result<(), Failure>>,
}

/// Every gateway of a lab.
pub struct Gateways {
    dir: PathBuf,
    clock: Clock,
    members: Vec<MemberId>,
    running: BTreeMap<MemberId, One>,
}

impl Gateways {
    /// Starts every member on its bound ports.
    pub async fn start(dir: &Path, bound: BTreeMap<MemberId, Bound>, clock: &Clock) -> Self {
        let mut gateways = Self {
            dir: dir.to_owned(),
            clock: clock.clone(),
            members: bound.keys().cloned().collect(),
            running: BTreeMap::new(),
        };
        for (member, bound) in bound {
            gateways.start_on(&member, bound).await;
        }
        gateways
    }

    /// Every member, running or not.
    pub fn members(&self) -> &[MemberId] {
        &self.members
    }

    /// Starts a stopped member again on the ports in its file.
    pub async fn start_one(&mut self, member: &MemberId) {
        let own = self.dir.join(member.as_str());
        let parts = if own.join("hub.toml").exists() {
            HubConfig::read(&own.join("hub.toml")).unwrap().parts
        } else {
            AgencyConfig::read(&own.join("agency.toml")).unwrap().parts
        };
        let bound = Bound::of(&parts).await.unwrap();
        self.start_on(member, bound).await;
    }

    async fn start_on(&mut self, member: &MemberId, bound: Bound) {
        let (stop, stopped) = watch::channel(false);
        let started = start_gateway(&self.dir, member, bound, &self.clock, stopped)
            .await
            .unwrap();
        let task = started.task;
        self.running.insert(member.clone(), One { stop, task });
    }

    /// Stops one; requests under way finish.
    pub async fn stop_one(&mut self, member: &MemberId) {
        let one = self.running.remove(member).unwrap();
        one.end().await;
    }

    /// Stops every one that runs.
    pub async fn stop(&mut self) {
        for one in self.running.values() {
            let _ = one.stop.send(true);
        }
        for (_, one) in std::mem::take(&mut self.running) {
            one.end().await;
        }
    }
}

impl One {
    async fn end(self) {
        let _ = self.stop.send(true);
        self.task.await.unwrap().unwrap();
    }
}
