//! Offers and sets, fetched ahead on a timer and never because of a person.
//!
//! What is held is in memory only, and bounded.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::FutureExt;
use futures_util::future::join_all;
use hyper::{Method, StatusCode};
use stile_model::id::{Code, MemberId};
use stile_model::presence::{OfferedForm, PresenceOffer};
use stile_model::time::Timestamp;
use stile_trust::identity::Role;
use tokio::sync::{Notify, watch};

use super::super::pursue::problem;
use super::super::{Hub, Lane};
use super::VERSION;
use super::set::{HeldSet, SetFault};
use crate::error::ExchangeError;

/// Longest desk that an agency may name, in characters.
const CONTACT_MAX: usize = 200;
/// Room for a statement beside the sets themselves.
const STATEMENT_ROOM: usize = 16 * 1024;

/// What this hub holds of every agency's presence. Nothing of it survives the process.
#[derive(Debug, Default)]
pub struct Ahead {
    held: Mutex<BTreeMap<(MemberId, Code), Held>>,
    early: Notify,
}

/// What is held of one agency for one purpose.
#[derive(Debug, Default, Clone)]
struct Held {
    offer: Option<PresenceOffer>,
    /// Why the last look brought no offer.
    offer_fault: Option<String>,
    set: Option<Arc<HeldSet>>,
    /// Why the last look brought no set.
    set_fault: Option<String>,
}

/// What can be done at one agency for one purpose now.
#[derive(Debug, Clone)]
pub(super) enum Standing {
    /// Ask by name.
    Asked,
    /// Ask blind; the answer is looked up in this set.
    Blind(Arc<HeldSet>),
    /// Nothing, and that is all there is to say.
    NotOffered,
    /// It cannot be found out, and why.
    Unknown(String),
}

impl Held {
    fn standing(&self, now: Timestamp) -> Standing {
        let unknown = |code: Option<&String>, otherwise: &str| {
            Standing::Unknown(code.map_or(otherwise, String::as_str).to_owned())
        };
        let Some(offer) = self.offer.as_ref().filter(|offer| offer.until > now) else {
            return unknown(self.offer_fault.as_ref(), "offer_missing");
        };
        match offer.form {
            OfferedForm::Asked => Standing::Asked,
            OfferedForm::NotOffered => Standing::NotOffered,
            OfferedForm::Blind => {
                let fits = |set: &&Arc<HeldSet>| Some(set.statement.epoch) == offer.epoch;
                match self.set.as_ref().filter(fits) {
                    Some(set) if set.statement.valid_until > now => {
                        Standing::Blind(Arc::clone(set))
                    }
                    Some(_) => unknown(None, SetFault::Stale.code()),
                    None => unknown(self.set_fault.as_ref(), "set_missing"),
                }
            }
        }
    }
}

impl Ahead {
    /// What can be done at an agency for a purpose, and the desk that it names.
    pub(super) fn standing(
        &self,
        agency: &MemberId,
        purpose: &Code,
        now: Timestamp,
    ) -> (Standing, Option<String>) {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let none = Held::default();
        let one = held
            .get(&(agency.clone(), purpose.clone()))
            .unwrap_or(&none);
        let contact = one.offer.as_ref().map(|offer| offer.contact.clone());
        (one.standing(now), contact)
    }

    /// Looks again soon: an agency has said that what is held of it is no longer in force.
    pub(super) fn look_soon(&self) {
        self.early.notify_one();
    }

    fn copy(&self, key: &(MemberId, Code)) -> Held {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.get(key).cloned().unwrap_or_default()
    }

    fn put(&self, key: (MemberId, Code), one: Held) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.insert(key, one);
    }

    /// Forgets what no agreement opens any longer.
    fn keep_only(&self, wanted: &[(MemberId, Code)]) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.retain(|key, _| wanted.contains(key));
    }

    /// Bytes of all sets but this one's.
    pub(super) fn bytes_beside(&self, key: &(MemberId, Code)) -> usize {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let others = held.iter().filter(|(other, _)| *other != key);
        others
            .filter_map(|(_, one)| one.set.as_ref())
            .map(|set| set.bytes)
            .sum()
    }
}

impl Hub {
    /// Longest set that is read, statement included, in bytes.
    pub(in crate::hub) fn longest_set(&self) -> usize {
        self.settings
            .presence
            .sets_bytes
            .saturating_add(STATEMENT_ROOM)
    }

    /// Fetches offers and sets until `stop` turns true.
    pub async fn fetch_presence(&self, mut stop: watch::Receiver<bool>) {
        loop {
            let round = async {
                self.look_ahead().await;
                self.look_at_offers().await;
                let pause = tokio::time::sleep(self.settings.presence.refresh);
                tokio::select! {
                    () = pause => {}
                    () = self.live.presence.early.notified() => {}
                }
            };
            tokio::select! {
                biased;
                _ = stop.wait_for(|stop| *stop) => return,
                () = round => {}
            }
        }
    }

    /// One look at every agency and purpose of an agreement in force.
    pub async fn look_ahead(&self) {
        let wanted = self.agreed();
        self.live.presence.keep_only(&wanted);
        let turn = tokio::sync::Mutex::new(());
        // Side by side: an agency that is silent must not keep the others from being heard.
        let looks = wanted.iter().map(|key| self.look_at(key, &turn).boxed());
        join_all(looks.collect::<Vec<_>>()).await;
    }

    async fn look_at(&self, key: &(MemberId, Code), turn: &tokio::sync::Mutex<()>) {
        if self.look_for_offer(key).await {
            // One by one: a set is long, and what all of them take is bounded.
            let _held = turn.lock().await;
            self.look_for_set(key).await;
        }
    }

    /// Agencies and purposes that agreements in force open to this hub, in order.
    pub(in crate::hub) fn agreed(&self) -> Vec<(MemberId, Code)> {
        let directory = self.directory.load();
        let today = self.clock.now().date();
        let mut pairs: Vec<_> = directory
            .agreements
            .iter()
            .filter(|one| one.hub == self.me && one.from <= today && today <= one.until)
            .flat_map(|one| {
                let agency = one.agency.clone();
                one.purposes
                    .iter()
                    .map(move |purpose| (agency.clone(), purpose.clone()))
            })
            .filter(|(agency, _)| {
                directory
                    .member(agency)
                    .is_some_and(|member| member.role == Role::Agency)
            })
            .collect();
        pairs.sort();
        pairs.dedup();
        pairs
    }

    /// Did an offer come?
    async fn look_for_offer(&self, key: &(MemberId, Code)) -> bool {
        let mut held = self.live.presence.copy(key);
        let heard = self.fetch_offer(key).await;
        let came = heard.is_ok();
        match heard {
            Ok(offer) => {
                held.offer = Some(offer);
                held.offer_fault = None;
            }
            Err(code) => {
                tracing::warn!(agency = %key.0, purpose = %key.1, %code, "no offer of presence came");
                held.offer_fault = Some(code);
            }
        }
        self.live.presence.put(key.clone(), held);
        came
    }

    async fn look_for_set(&self, key: &(MemberId, Code)) {
        let mut held = self.live.presence.copy(key);
        let epoch = held
            .offer
            .as_ref()
            .filter(|offer| offer.form == OfferedForm::Blind)
            .and_then(|offer| offer.epoch);
        let Some(epoch) = epoch else {
            held.set = None;
            held.set_fault = None;
            self.live.presence.put(key.clone(), held);
            return;
        };
        match self.fetch_set(key, epoch, held.set.as_ref()).await {
            Ok(set) => {
                held.set = Some(set);
                held.set_fault = None;
            }
            Err(code) => {
                tracing::warn!(agency = %key.0, purpose = %key.1, %code, "no set of presence came");
                held.set_fault = Some(code);
            }
        }
        self.live.presence.put(key.clone(), held);
    }

    async fn fetch_offer(
        &self,
        (agency, purpose): &(MemberId, Code),
    ) -> Result<PresenceOffer, String> {
        let path = format!("/v1/presence/offer?purpose={purpose}");
        let body = self.read(agency, Lane::Ask, &path, &[]).await?.1;
        let offer: PresenceOffer =
            serde_json::from_slice(&body).map_err(|_| "answer_malformed".to_owned())?;
        let fits = offer.version == VERSION && offer.agency == *agency && offer.purpose == *purpose;
        if !fits {
            return Err("answer_mismatch".to_owned());
        }
        if !is_one_line(&offer.contact) {
            return Err("answer_malformed".to_owned());
        }
        Ok(offer)
    }

    async fn fetch_set(
        &self,
        key: &(MemberId, Code),
        epoch: u32,
        held: Option<&Arc<HeldSet>>,
    ) -> Result<Arc<HeldSet>, String> {
        let (agency, purpose) = key;
        let path = format!("/v1/presence/set?purpose={purpose}&epoch={epoch}");
        let same = held.filter(|set| set.statement.epoch == epoch);
        let headers: Vec<_> = same
            .map(|set| ("if-none-match", format!("\"{}\"", set.tag)))
            .into_iter()
            .collect();
        let (status, body) = self.read(agency, Lane::Sets, &path, &headers).await?;
        match (status, same) {
            (StatusCode::NOT_MODIFIED, Some(set)) => Ok(Arc::clone(set)),
            (StatusCode::NOT_MODIFIED, None) => Err(SetFault::Mismatch.code().to_owned()),
            _ => self
                .prove_set(key, epoch, body)
                .await
                .map(Arc::new)
                .map_err(|fault| fault.code().to_owned()),
        }
    }

    /// A body of an agency; a problem or a connection that broke gives its code.
    async fn read(
        &self,
        agency: &MemberId,
        lane: Lane,
        path: &str,
        headers: &[(&'static str, String)],
    ) -> Result<(StatusCode, bytes::Bytes), String> {
        let client = self
            .client(agency, lane)
            .await
            .map_err(|error| code_of(&error))?;
        let wait = match lane {
            Lane::Sets => std::time::Duration::from_mins(2),
            Lane::Ask | Lane::Wait => self.settings.agency_deadline,
        };
        let reply = client
            .call(Method::GET, path, headers, Vec::new(), wait)
            .await
            .map_err(|error| error.code().to_owned())?;
        if reply.status.is_success() || reply.status == StatusCode::NOT_MODIFIED {
            Ok((reply.status, reply.body))
        } else {
            Err(problem(&reply).0)
        }
    }
}

/// The code of an error, without anything else of it.
pub(super) fn code_of(error: &ExchangeError) -> String {
    error.problem().code().to_owned()
}

/// An agency's own words stand beside other agencies' lines: they must not look like one.
fn is_one_line(contact: &str) -> bool {
    // The others break a line, or turn the direction of what follows.
    let breaks = |c: char| {
        c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    contact.chars().count() <= CONTACT_MAX && !contact.contains(breaks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_a_desk_of_one_short_line_and_refuses_what_could_pass_for_other_lines() {
        assert!(is_one_line("duty desk, 01632 960016"));
        assert!(is_one_line(""));
        for contact in [
            "desk\nriverside-police  known",
            "desk\r",
            "\u{1b}[2Kdesk",
            "desk\u{2028}next",
            "desk\u{202e}nwonk",
            &"d".repeat(CONTACT_MAX + 1),
        ] {
            assert!(!is_one_line(contact), "{contact:?}");
        }
    }
}
