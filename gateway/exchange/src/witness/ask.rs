//! Asking: our newest head goes to every witness; theirs of ours are compared with the ledger.
//!
//! A witness that says it holds another head is asked for it. Only a head with our own signature
//! counts, and then it is the ledger that decides ([`Witnessing::weigh`]).

use std::time::Duration;

use futures_util::future::join_all;
use hyper::{Method, StatusCode};
use stile_ledger::note::{SignatureLine, attach};
use stile_ledger::witness::AddCheckpoint;
use stile_ledger::{Checkpoint, CosignerVkey, KeyName};
use stile_model::id::MemberId;
use stile_model::time::Timestamp;
use stile_store::{Batch, Tree};
use stile_trust::directory::Member;
use tokio::sync::watch;

use super::people::WitnessState;
use super::quorum::policy_of;
use super::{WITNESSED, Witnessing, locked};
use crate::client::{Client, Reply};
use crate::error::ExchangeError;

/// An unchanged head is cosigned again after this long: it shows that the ledger still stands.
const IDLE_S: i64 = 86_400;
/// Tries of one submission: the size that the witness holds is learnt from its first refusal.
const TRIES: u8 = 3;

/// How we stand with one witness.
#[derive(Debug, Clone)]
pub(super) struct Contact {
    /// Size of our head that it cosigned last.
    pub(super) size: u64,
    /// When it cosigned, by its own clock.
    pub(super) cosigned: Option<Timestamp>,
    /// When it was asked last.
    pub(super) asked: Option<Timestamp>,
    /// What came of it.
    pub(super) state: WitnessState,
}

impl Contact {
    const NEW: Self = Self {
        size: 0,
        cosigned: None,
        asked: None,
        state: WitnessState::NotAsked,
    };
}

/// What a witness holds of our ledger.
enum Holds {
    /// A head that contradicts the ledger; releases are halted.
    Contradicts,
    /// A head of our ledger, of this size; 0 for none.
    Fits(u64),
    /// Nothing that it can show.
    Unproven,
    /// It did not say.
    Unreachable,
}

impl Witnessing {
    /// Asks every member, all at once, for the newest head of ours it holds; a contradiction halts.
    ///
    /// To be called before anything is recorded or released. When nobody answers, the gateway goes
    /// on, and looks again with every submission.
    pub async fn check_at_start(&self) {
        if self.parts().store.head().size == 0 {
            // Nothing was ever signed that this ledger could contradict.
            return;
        }
        let others = match self.others() {
            Ok(others) => others,
            Err(error) => {
                tracing::error!(%error, "no member was asked what it holds of this ledger");
                return;
            }
        };
        let others: Vec<_> = others
            .into_iter()
            .filter(|one| self.can_call(one))
            .collect();
        let held = join_all(others.iter().map(|member| self.holds(member))).await;
        let silent = |holds: &Holds| matches!(holds, Holds::Unreachable);
        if !others.is_empty() && held.iter().all(silent) {
            tracing::warn!(
                "no member could be asked what it holds of this ledger; \
                 asked again with every submission"
            );
        }
    }

    /// Submits in turn until `stop` turns true.
    pub(super) async fn submit_until(&self, mut stop: watch::Receiver<bool>) {
        let every = self.parts().settings.every;
        while !pause(&mut stop, every).await {
            tokio::select! {
                biased;
                _ = stop.wait_for(|stop| *stop) => return,
                () = self.round() => {}
            }
        }
    }

    /// Tells what waits to be told, and submits the newest head to every witness that has not
    /// cosigned it yet, or not for a day.
    pub(super) async fn round(&self) {
        self.tell().await;
        if self.halted().is_some() {
            return;
        }
        if let Err(error) = self.submit().await {
            tracing::error!(%error, "no witness was asked to cosign");
        }
    }

    async fn submit(&self) -> Result<(), ExchangeError> {
        let note = self.parts().store.signed_head();
        let head = Checkpoint::open(&note, self.vkey())
            .map_err(|_| ExchangeError::Stored("checkpoint"))?;
        if head.size == 0 {
            return Ok(());
        }
        let now = self.parts().clock.now();
        let witnesses = self.others()?.into_iter().filter_map(|member| {
            let vkey: CosignerVkey = member.witness_key.as_deref()?.parse().ok()?;
            let due = self.can_call(&member) && self.is_due(&member.id, head.size, now);
            due.then_some((member, vkey))
        });
        let witnesses: Vec<_> = witnesses.collect();
        let asked = witnesses
            .iter()
            .map(|(member, vkey)| self.submit_to(member, vkey, &head, &note));
        let lines: String = join_all(asked).await.into_iter().flatten().collect();
        self.gather(&head, &note, &lines).await
    }

    fn is_due(&self, member: &MemberId, size: u64, now: Timestamp) -> bool {
        locked(&self.0.contacts).get(member).is_none_or(|contact| {
            contact.size < size
                || contact.state != WitnessState::Cosigned
                || contact
                    .cosigned
                    .is_none_or(|at| now.since_millis(at) > IDLE_S * 1_000)
        })
    }

    /// Asks one witness; gives its signature line when it is good.
    async fn submit_to(
        &self,
        member: &Member,
        vkey: &CosignerVkey,
        head: &Checkpoint,
        note: &str,
    ) -> Option<String> {
        let (line, contact) = match self.cosigned_by(member, vkey, head, note).await {
            Ok((line, at)) => {
                let contact = Contact {
                    size: head.size,
                    cosigned: Some(at),
                    asked: Some(self.parts().clock.now()),
                    state: WitnessState::Cosigned,
                };
                (Some(line), contact)
            }
            Err(state) => {
                tracing::warn!(member = %member.id, ?state, "a witness has not cosigned");
                let before = locked(&self.0.contacts).get(&member.id).cloned();
                let contact = Contact {
                    asked: Some(self.parts().clock.now()),
                    state,
                    ..before.unwrap_or(Contact::NEW)
                };
                (None, contact)
            }
        };
        locked(&self.0.contacts).insert(member.id.clone(), contact);
        line
    }

    async fn cosigned_by(
        &self,
        member: &Member,
        vkey: &CosignerVkey,
        head: &Checkpoint,
        note: &str,
    ) -> Result<(String, Timestamp), WitnessState> {
        let client = self.client(member).map_err(|_| WitnessState::Unreachable)?;
        let mut old = self.cosigned_size(&member.id);
        for _ in 0..TRIES {
            let reply = self.add_checkpoint_at(&client, old, head, note).await?;
            match reply.status {
                StatusCode::OK => {
                    return cosignature(&reply, vkey, note).ok_or(WitnessState::Unproven);
                }
                StatusCode::CONFLICT | StatusCode::UNPROCESSABLE_ENTITY => {
                    match self.holds(member).await {
                        Holds::Contradicts => return Err(WitnessState::Contradicts),
                        Holds::Fits(size) if size != old && size <= head.size => old = size,
                        // It has seen a newer head than the one that is being submitted.
                        Holds::Fits(size) if size > head.size => return Err(WitnessState::Ahead),
                        Holds::Fits(_) | Holds::Unproven => return Err(WitnessState::Unproven),
                        Holds::Unreachable => return Err(WitnessState::Unreachable),
                    }
                }
                _ => return Err(WitnessState::Refuses),
            }
        }
        Err(WitnessState::Unproven)
    }

    fn cosigned_size(&self, member: &MemberId) -> u64 {
        let contacts = locked(&self.0.contacts);
        contacts.get(member).map_or(0, |contact| contact.size)
    }

    async fn add_checkpoint_at(
        &self,
        client: &Client,
        old: u64,
        head: &Checkpoint,
        note: &str,
    ) -> Result<Reply, WitnessState> {
        let proof = self.parts().store.consistency_to(old, head.size);
        let request = AddCheckpoint {
            old,
            proof: proof.map_err(|_| WitnessState::Unproven)?,
            checkpoint: note.to_owned(),
        };
        let body = request.text().into_bytes();
        let patience = self.parts().settings.patience;
        let path = "/v1/witness/add-checkpoint";
        client
            .call(Method::POST, path, &[], body, patience)
            .await
            .map_err(|_| WitnessState::Unreachable)
    }

    /// Asks a member for the newest head of ours it holds, and weighs it.
    async fn holds(&self, member: &Member) -> Holds {
        let path = format!(
            "/v1/witness/checkpoint?origin={}",
            in_query(self.vkey().name())
        );
        let Ok(client) = self.client(member) else {
            return Holds::Unreachable;
        };
        let patience = self.parts().settings.patience;
        let reply = client
            .call(Method::GET, &path, &[], Vec::new(), patience)
            .await;
        let note = match reply {
            Ok(reply) if reply.status == StatusCode::OK => reply.body,
            Ok(reply) if reply.status == StatusCode::NOT_FOUND => return Holds::Fits(0),
            Ok(_) | Err(_) => return Holds::Unreachable,
        };
        let note = String::from_utf8_lossy(&note).into_owned();
        let Ok(head) = Checkpoint::open(&note, self.vkey()) else {
            tracing::error!(member = %member.id, "a witness shows a head that we never signed; not believed");
            return Holds::Unproven;
        };
        match self.weigh(&note, Some(&member.id)).await {
            Ok(true) => Holds::Contradicts,
            Ok(false) => Holds::Fits(head.size),
            Err(error) => {
                tracing::error!(%error, "a witness's head could not be held against the ledger");
                Holds::Unreachable
            }
        }
    }

    /// Adds new cosignatures to those there are, and keeps the head once it reaches the quorum.
    async fn gather(
        &self,
        head: &Checkpoint,
        note: &str,
        lines: &str,
    ) -> Result<(), ExchangeError> {
        let policy = policy_of(&*self.directory()?).map_err(|error| {
            tracing::error!(%error, "the directory's quorum cannot be read");
            ExchangeError::Stored("quorum")
        })?;
        let gathered = {
            let mut gathered = locked(&self.0.gathered);
            let before = match &gathered.newest {
                Some((newest, note)) if newest == head => note.clone(),
                Some(_) | None => note.to_owned(),
            };
            let note = if lines.is_empty() {
                before
            } else {
                attach(&before, lines).map_err(|_| ExchangeError::Stored("checkpoint"))?
            };
            gathered.newest = Some((head.clone(), note.clone()));
            note
        };
        let reached = policy.satisfied(&gathered).is_ok();
        if reached {
            self.keep_witnessed(head, &gathered).await?;
        }
        let now = self.parts().clock.now();
        let limit = self.parts().settings.alarm_after;
        let alarm = locked(&self.0.gathered)
            .quorum
            .after_round(reached, now, limit);
        if alarm {
            tracing::error!("too few witnesses have cosigned for too long; releases go on");
            self.record_no_quorum().await;
        }
        Ok(())
    }

    async fn keep_witnessed(&self, head: &Checkpoint, note: &str) -> Result<(), ExchangeError> {
        let same = locked(&self.0.gathered)
            .witnessed
            .as_ref()
            .is_some_and(|(_, kept)| kept == note);
        if same {
            return Ok(());
        }
        let kept = Batch::put(Tree::Meta, WITNESSED, Some(note.as_bytes().to_vec()));
        self.parts().store.commit(kept).await?;
        locked(&self.0.gathered).witnessed = Some((head.clone(), note.to_owned()));
        Ok(())
    }
}

/// The witness's line, when the answer holds one that verifies; other lines are left out.
fn cosignature(reply: &Reply, vkey: &CosignerVkey, note: &str) -> Option<(String, Timestamp)> {
    let text = std::str::from_utf8(&reply.body).ok()?;
    let lines = SignatureLine::parse_all(text).ok()?;
    let own = lines
        .into_iter()
        .find(|line| line.name == vkey.name().as_str() && line.key_hash == vkey.key_hash())?;
    let own = format!("{own}\n");
    let at = vkey.cosigned(&attach(note, &own).ok()?).ok()??;
    Some((own, at))
}

/// A name as a value in a query (RFC 3986 §3.4).
fn in_query(name: &KeyName) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~/".contains(&b);
    name.as_str()
        .bytes()
        .map(|b| {
            if plain(b) {
                char::from(b).to_string()
            } else {
                format!("%{b:02X}")
            }
        })
        .collect()
}

/// Waits; says whether it is time to stop.
pub(super) async fn pause(stop: &mut watch::Receiver<bool>, length: Duration) -> bool {
    tokio::time::timeout(length, stop.wait_for(|stop| *stop))
        .await
        .is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_goes_into_a_query_without_changing_it() {
        let name = KeyName::new("north.example/police&x=1#ü%").unwrap();

        assert_eq!(in_query(&name), "north.example/police%26x%3D1%23%C3%BC%25");
    }
}
