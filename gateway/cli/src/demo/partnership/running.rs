//! Gateways of a partnership running in this process.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use stile_exchange::clock::Clock;
use stile_exchange::gateway::Gateway;
use stile_model::id::MemberId;
use stile_trust::tls::TlsMaterial;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::Partnership;
use crate::config::{AgencyConfig, HubConfig};
use crate::gateway::{self, Bound};
use crate::run::Failure;

/// A running partnership.
#[derive(Debug)]
pub struct Running {
    /// The folder.
    pub dir: PathBuf,
    pub(super) stop: watch::Sender<bool>,
    pub(super) gateways: BTreeMap<MemberId, Started>,
}

/// One gateway that runs in this process.
#[derive(Debug)]
pub struct Started {
    /// Its use cases.
    pub gateway: Gateway,
    /// Its certificate, and whose it takes; read again while it runs.
    pub tls: Arc<TlsMaterial>,
    /// Ends when it has stopped.
    pub task: JoinHandle<Result<(), Failure>>,
}

/// Starts one member's gateway in this process, reading its own configuration.
///
/// # Errors
///
/// What keeps it from starting, naming its file.
pub async fn start_gateway(
    dir: &Path,
    member: &MemberId,
    bound: Bound,
    clock: &Clock,
    stop: watch::Receiver<bool>,
) -> Result<Started, Failure> {
    let folder = dir.join(member.as_str());
    let file = folder.join("hub.toml");
    if file.exists() {
        let config = HubConfig::read(&file)?;
        let doors = (bound, config.parts.pages.clone());
        let (hub, tls) = Box::pin(gateway::assemble_hub(config, clock.clone())).await?;
        Ok(Started {
            gateway: Gateway::Hub(Arc::clone(&hub)),
            tls: Arc::clone(&tls),
            task: tokio::spawn(gateway::run_hub(hub, tls, doors, stop)),
        })
    } else {
        let config = AgencyConfig::read(&folder.join("agency.toml"))?;
        let doors = (bound, config.parts.pages.clone());
        let (agency, tls) = Box::pin(gateway::assemble_agency(config, clock.clone())).await?;
        Ok(Started {
            gateway: Gateway::Agency(Arc::clone(&agency)),
            tls: Arc::clone(&tls),
            task: tokio::spawn(gateway::run_agency(agency, tls, doors, stop)),
        })
    }
}

impl Partnership {
    /// As [`Partnership::start`], without those who are `away`; what is given back beside holds their ports.
    ///
    /// # Errors
    ///
    /// As [`Partnership::start`].
    pub async fn start_but(
        self,
        away: &[MemberId],
        clock: &Clock,
    ) -> Result<(Running, Vec<Bound>), Failure> {
        let (stop, stopped) = watch::channel(false);
        let dir = self.dir.clone();
        let (mut gateways, mut held) = (BTreeMap::new(), Vec::new());
        for (member, bound) in self.into_bound() {
            if away.contains(&member) {
                held.push(bound);
                continue;
            }
            let gateway = start_gateway(&dir, &member, bound, clock, stopped.clone()).await?;
            gateways.insert(member, gateway);
        }
        let running = Running {
            dir,
            stop,
            gateways,
        };
        Ok((running, held))
    }
}

impl Running {
    /// The file by which a person of a member reaches their gateway.
    pub fn person(&self, member: &str, user: &str) -> PathBuf {
        self.dir
            .join(member)
            .join("people")
            .join(user)
            .join("person.toml")
    }

    /// A member's gateway.
    pub fn started(&self, member: &MemberId) -> Option<&Started> {
        self.gateways.get(member)
    }

    /// The use cases of a member's gateway.
    pub fn gateway(&self, member: &MemberId) -> Option<&Gateway> {
        self.gateways.get(member).map(|started| &started.gateway)
    }

    /// Every member's folder and ledger key, for verification from bytes alone.
    ///
    /// # Errors
    ///
    /// When a file cannot be read.
    pub fn ledgers(&self) -> Result<Vec<(MemberId, PathBuf, String)>, Failure> {
        let mut ledgers = Vec::new();
        for member in self.gateways.keys() {
            let folder = self.dir.join(member.as_str());
            let vkey = fs::read_to_string(folder.join("ledger.vkey"))?
                .trim()
                .to_owned();
            ledgers.push((member.clone(), folder.join("store"), vkey));
        }
        Ok(ledgers)
    }

    /// Stops every gateway, letting requests under way finish.
    ///
    /// # Errors
    ///
    /// When one had failed before.
    pub async fn stop(self) -> Result<(), Failure> {
        let _ = self.stop.send(true);
        for (_, gateway) in self.gateways {
            let Started { gateway, tls, task } = gateway;
            // What is held here must not outlive it: a gateway that has stopped has closed its store.
            drop((gateway, tls));
            task.await??;
        }
        Ok(())
    }
}
