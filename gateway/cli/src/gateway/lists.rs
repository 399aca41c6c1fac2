//! Revocation lists: what is newer counts at once and is kept in mind; what is older never comes back.

use std::sync::Arc;

use stile_exchange::clock::Clock;
use stile_exchange::enrol::{Keeping, RenewalSettings};
use stile_exchange::gateway::Gateway;
use stile_exchange::start::check_lists;
use stile_trust::tls::TlsMaterial;

use super::common::{Common, about};
use super::keep::keeping;
use super::round::Material;
use crate::config::Parts;
use crate::run::Failure;

/// Refuses lists older than those accepted before, of any gateway on this store. One that is older here
/// because it was fetched by another machine is fetched first, where a hub is asked.
///
/// # Errors
///
/// When the list in place stays older; nothing was recorded.
pub(super) async fn check_at_start(
    common: &Common,
    parts: &Parts,
    renewal: &RenewalSettings,
    clock: &Clock,
) -> Result<(), Failure> {
    let Common { tls, store, .. } = common;
    for issuer in tls.revocations().load().missing() {
        tracing::warn!(%issuer, "no revocation list of an issuing certificate; whom it certified is refused");
    }
    if check_lists(store, &tls.revocations().load()).is_ok() {
        return Ok(());
    }
    let keeping = keeping(&parts.member, &common.directory, tls, renewal, clock)?;
    if let Err(error) = keeping.fetch_lists().await {
        tracing::warn!(%error, "no revocation list was fetched from the hub");
    }
    let fetched = check_lists(store, &tls.revocations().load());
    fetched.map_err(|error| about(&parts.tls.crl, error))
}

/// Reads the files again, and keeps which lists are in use; one that another gateway of this member has
/// accepted is fetched at once, where a hub is asked.
pub(super) async fn follow(
    gateway: &Gateway,
    (tls, material): (&Arc<TlsMaterial>, &mut Material),
    keeping: &Keeping,
) {
    material.refresh(tls, gateway.now()).await;
    match gateway.note_lists().await {
        Ok(true) => keeping.look_now(),
        Ok(false) => {}
        Err(error) => {
            tracing::warn!(%error, "it was not kept which revocation lists are in use");
        }
    }
}
