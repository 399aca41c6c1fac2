//! Whether what a directory says fits the configuration: else no hub could ever ask this gateway, or it
//! could ask no hub, and nobody would know why. Asked at start, and of each directory that is fetched or
//! that the gateway is told to read: what would keep the next start from coming up must not be taken.

use stile_model::id::MemberId;
use stile_trust::directory::{Directory, Endpoint, Reach};
use stile_trust::identity::Role;

/// What the configuration says of this gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Footing {
    /// This member.
    pub member: MemberId,
    /// The hub that is asked for renewals, lists and directories, if any.
    pub asks: Option<MemberId>,
    /// How an agency is reached; not asked of a hub.
    pub ways: Option<Ways>,
}

/// How hubs can reach an agency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ways {
    /// Has it a listener for peers?
    pub listens: bool,
    /// Does it dial its hubs?
    pub dials: bool,
}

/// Why a directory that holds cannot be worked from here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// Hubs would wait to be dialled, by a gateway that dials nobody.
    #[error("the directory says that `{0}` dials its hubs; the configuration has no `[dial_out]`")]
    DialsOut(MemberId),
    /// The hub that is asked has no address.
    #[error("`renewal.hub`: the directory gives no address of hub `{0}`")]
    NoAddress(MemberId),
    /// The hub that is asked is none.
    #[error("`renewal.hub`: the directory lists no hub `{0}`")]
    NoHub(MemberId),
    /// Hubs would call where nobody listens.
    #[error(
        "the directory says that `{member}` is reached at `{endpoint}`; the configuration has no \
         `listen.peers`"
    )]
    NotListening {
        /// This member.
        member: MemberId,
        /// Where hubs would call.
        endpoint: Endpoint,
    },
}

impl Footing {
    /// Can hubs reach this member as the directory tells them, and it the hub that it asks?
    ///
    /// # Errors
    ///
    /// What does not fit, and what to change.
    pub fn check(&self, directory: &Directory) -> Result<(), Unfit> {
        if let Some(hub) = &self.asks {
            place_of(directory, hub)?;
        }
        let (Some(ways), Some(listed)) = (self.ways, directory.member(&self.member)) else {
            return Ok(());
        };
        let member = self.member.clone();
        match &listed.endpoint {
            Reach::DialsOut if !ways.dials => Err(Unfit::DialsOut(member)),
            Reach::At(endpoint) if !ways.listens => Err(Unfit::NotListening {
                member,
                endpoint: endpoint.clone(),
            }),
            Reach::At(_) if ways.dials => {
                tracing::warn!(
                    "hubs are dialled, and keep no such connection while the directory lists this \
                     agency with an address; they call it there"
                );
                Ok(())
            }
            Reach::At(_) | Reach::DialsOut => Ok(()),
        }
    }
}

/// Where the directory says that a hub is.
pub(super) fn place_of<'a>(
    directory: &'a Directory,
    hub: &MemberId,
) -> Result<&'a Endpoint, Unfit> {
    let listed = directory.member(hub);
    let listed = listed.filter(|member| member.role == Role::Hub);
    let listed = listed.ok_or_else(|| Unfit::NoHub(hub.clone()))?;
    let endpoint = listed.endpoint.endpoint();
    endpoint.ok_or_else(|| Unfit::NoAddress(hub.clone()))
}
