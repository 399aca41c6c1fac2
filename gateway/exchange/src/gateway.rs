//! A gateway of either role, for what hub and agency do alike: questions to the ledger, corrections,
//! keeping and erasing.

use std::sync::Arc;

use axum::extract::FromRef;
use axum::http::Extensions;
use stile_model::id::MemberId;
use stile_model::time::Timestamp;
use stile_model::vocabulary::Vocabulary;
use stile_store::Store;
use stile_trust::directory::Directory;
use stile_trust::peer::Peer;

use crate::agency::Agency;
use crate::error::ExchangeError;
use crate::evidence::Scribe;
use crate::hub::Hub;
use crate::people::{People, Person};
use crate::trace::Traces;
use crate::witness::Witnessing;

/// One member's gateway.
#[derive(Debug, Clone)]
pub enum Gateway {
    /// An agency's.
    Agency(Arc<Agency>),
    /// A hub's.
    Hub(Arc<Hub>),
}

impl FromRef<Arc<Agency>> for Gateway {
    fn from_ref(agency: &Arc<Agency>) -> Self {
        Self::Agency(Arc::clone(agency))
    }
}

impl FromRef<Arc<Hub>> for Gateway {
    fn from_ref(hub: &Arc<Hub>) -> Self {
        Self::Hub(Arc::clone(hub))
    }
}

impl Gateway {
    pub(crate) fn store(&self) -> &Store {
        match self {
            Self::Agency(agency) => &agency.store,
            Self::Hub(hub) => &hub.store,
        }
    }

    /// Who works here.
    pub fn people(&self) -> &People {
        match self {
            Self::Agency(agency) => &agency.people,
            Self::Hub(hub) => &hub.people,
        }
    }

    /// The person whose certificate the connection of a request proved; `None` where nobody was asked
    /// for one.
    ///
    /// # Errors
    ///
    /// `not_a_person` or `unknown_person`.
    pub fn person_by_certificate(
        &self,
        request: &Extensions,
    ) -> Option<Result<Person, ExchangeError>> {
        let peer = request.get::<Peer>()?;
        Some(self.people().person(peer))
    }

    /// The shared words.
    pub fn vocabulary(&self) -> &Vocabulary {
        match self {
            Self::Agency(agency) => &agency.vocabulary,
            Self::Hub(hub) => &hub.vocabulary,
        }
    }

    /// This member.
    pub fn me(&self) -> &MemberId {
        match self {
            Self::Agency(agency) => &agency.me,
            Self::Hub(hub) => &hub.me,
        }
    }

    /// The directory in use.
    pub(crate) fn directory(&self) -> Arc<Directory> {
        match self {
            Self::Agency(agency) => agency.directory.load_full(),
            Self::Hub(hub) => hub.directory.load_full(),
        }
    }

    pub(crate) fn witnessing(&self) -> &Witnessing {
        match self {
            Self::Agency(agency) => &agency.witnessing,
            Self::Hub(hub) => &hub.witnessing,
        }
    }

    pub(crate) fn pseudonym_key(&self) -> &[u8; 32] {
        match self {
            Self::Agency(agency) => &agency.pseudonym_key,
            Self::Hub(hub) => &hub.pseudonym_key,
        }
    }

    /// How long each step takes, for this member's collector.
    pub fn traces(&self) -> &Traces {
        match self {
            Self::Agency(agency) => &agency.traces,
            Self::Hub(hub) => &hub.traces,
        }
    }

    /// What the clock says.
    pub fn now(&self) -> Timestamp {
        match self {
            Self::Agency(agency) => agency.clock.now(),
            Self::Hub(hub) => hub.clock.now(),
        }
    }

    pub(crate) fn scribe(&self) -> Scribe<'_> {
        Scribe {
            vocabulary: self.vocabulary(),
            pseudonym_key: self.pseudonym_key(),
        }
    }
}
