//! The hub of the configuration, called where the directory in use says that it is: it may move while
//! the gateway runs.

use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use stile_model::id::MemberId;
use stile_trust::directory::{Directory, Endpoint};
use stile_trust::identity::Identity;
use stile_trust::tls::{TlsMaterial, client_config};

use super::footing::place_of;
use crate::client::{Client, Watch};
use crate::clock::Clock;
use crate::error::ExchangeError;
use crate::server::{ALPN, Guard};

/// What asking a hub needs.
#[derive(Debug, Clone)]
pub struct AskedParts {
    /// The hub.
    pub hub: MemberId,
    /// Who belongs to the partnership; replaced whole.
    pub directory: Arc<ArcSwap<Directory>>,
    /// Our certificate, and the lists.
    pub tls: Arc<TlsMaterial>,
    /// The clock.
    pub clock: Clock,
}

/// The one hub that a gateway asks for its certificate, newer lists and directories.
#[derive(Debug)]
pub struct AskedHub {
    parts: AskedParts,
    kept: Mutex<Option<(Endpoint, Arc<Client>)>>,
}

impl AskedHub {
    /// Takes the parts.
    ///
    /// # Errors
    ///
    /// When the directory in use does not say where the hub is, or the certificate makes no client.
    pub fn new(parts: AskedParts) -> Result<Self, ExchangeError> {
        let asked = Self {
            parts,
            kept: Mutex::default(),
        };
        asked.client()?;
        Ok(asked)
    }

    /// The client of the hub, at its address in the directory in use.
    pub(crate) fn client(&self) -> Result<Arc<Client>, ExchangeError> {
        let directory = self.parts.directory.load();
        let endpoint = place_of(&directory, &self.parts.hub)?;
        // It is replaced whole, right also when another thread stopped while it held it.
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, client)) = kept.as_ref()
            && at == endpoint
        {
            return Ok(Arc::clone(client));
        }
        let AskedParts {
            hub, tls, clock, ..
        } = &self.parts;
        let expect = Identity::hub(directory.partnership.clone(), hub.clone());
        let config = client_config(tls, &expect, ALPN, clock.source())?;
        let watch = Watch {
            guard: Guard {
                revocations: Arc::clone(tls.revocations()),
                clock: clock.clone(),
            },
            directory: Arc::clone(&self.parts.directory),
        };
        let client = Arc::new(Client::watched(endpoint.clone(), config, watch));
        *kept = Some((endpoint.clone(), Arc::clone(&client)));
        Ok(client)
    }
}
