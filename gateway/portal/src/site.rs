//! What every page of one gateway shares.

use std::sync::Arc;

use axum::extract::FromRef;
use stile_exchange::agency::Agency;
use stile_exchange::gateway::Gateway;
use stile_exchange::hub::Hub;
use stile_exchange::provider::Provider;
use stile_model::id::UserId;

use crate::session::{Limits, Nonces, Sessions};
use crate::sign_in::Steps;
use crate::words::{Catalogue, WordsError};

/// What a member sets for its pages.
#[derive(Debug, Clone)]
pub struct PagesSettings {
    /// Shown in the header: `Riverside multi-agency safeguarding hub`.
    pub member_name: String,
    /// How long people stay signed in.
    pub limits: Limits,
    /// The member's identity provider, if there is one.
    pub provider: Option<Arc<Provider>>,
}

/// The pages of one gateway.
#[derive(Debug)]
pub struct Site {
    /// The use cases behind the pages.
    pub gateway: Gateway,
    /// The words of both languages.
    pub catalogue: Catalogue,
    /// Who is signed in.
    pub sessions: Sessions,
    /// Makes the numbers of forms.
    pub(crate) nonces: Nonces,
    /// Who is on the way to signing in.
    pub(crate) steps: Steps,
    /// What the member set.
    pub settings: PagesSettings,
}

impl Site {
    /// The pages of this gateway.
    ///
    /// # Errors
    ///
    /// When the words inside the program cannot be read.
    pub fn new(gateway: Gateway, settings: PagesSettings) -> Result<Self, WordsError> {
        Ok(Self {
            catalogue: Catalogue::built_in()?,
            sessions: Sessions::new(settings.limits),
            nonces: Nonces::new(&gateway.page_secret("nonces")),
            steps: Steps::default(),
            gateway,
            settings,
        })
    }

    /// How a user is shown to people of this member.
    pub fn shown(&self, user: &UserId) -> String {
        self.gateway.people().name(user)
    }
}

/// State of a hub's pages.
#[derive(Debug, Clone)]
pub struct HubSite {
    /// What all pages share.
    pub site: Arc<Site>,
    /// The hub.
    pub hub: Arc<Hub>,
}

/// State of an agency's pages.
#[derive(Debug, Clone)]
pub struct AgencySite {
    /// What all pages share.
    pub site: Arc<Site>,
    /// The agency.
    pub agency: Arc<Agency>,
}

impl FromRef<HubSite> for Arc<Site> {
    fn from_ref(state: &HubSite) -> Self {
        Self::clone(&state.site)
    }
}

impl FromRef<HubSite> for Arc<Hub> {
    fn from_ref(state: &HubSite) -> Self {
        Self::clone(&state.hub)
    }
}

impl FromRef<AgencySite> for Arc<Site> {
    fn from_ref(state: &AgencySite) -> Self {
        Self::clone(&state.site)
    }
}

impl FromRef<AgencySite> for Arc<Agency> {
    fn from_ref(state: &AgencySite) -> Self {
        Self::clone(&state.agency)
    }
}
