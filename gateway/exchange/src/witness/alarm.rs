//! Alarm: members tell each other of ledgers with two histories, with the signed heads that show it.

use serde::{Deserialize, Serialize};
use stile_ledger::{Checkpoint, Entry, EntryKind, KeyName, LedgerError, Vkey};
use stile_model::digest::Digest;
use stile_model::id::{Code, MemberId};
use stile_store::{Batch, StoreError, Tree};
use utoipa::ToSchema;

use hyper::Method;

use super::{Cause, Halt, Held, Witnessing, locked, unknown_log};
use crate::error::{ExchangeError, refuse};

/// Most alarms that wait to be told.
const WAITING: usize = 64;
/// Keys of the alarms recorded, by digest: each is recorded once.
const RECORDED: &str = "ledger/alarm/";

/// Word that a ledger has two histories. Both heads carry that ledger's own signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Alarm {
    /// The ledger's origin.
    pub origin: String,
    /// One or two signed heads, each as a C2SP checkpoint.
    #[schema(min_items = 1, max_items = 2)]
    pub checkpoints: Vec<String>,
}

impl Alarm {
    fn digest(&self) -> Digest {
        let parts: Vec<&[u8]> = self.checkpoints.iter().map(String::as_bytes).collect();
        Digest::of_parts(&parts)
    }

    /// The heads, each signed by the key of the ledger.
    fn heads(&self, vkey: &Vkey) -> Result<Vec<Checkpoint>, ExchangeError> {
        if !(1..=2).contains(&self.checkpoints.len()) {
            return Err(refuse(
                "malformed",
                400,
                "an alarm holds one or two checkpoints",
            ));
        }
        let heads = self
            .checkpoints
            .iter()
            .map(|note| Checkpoint::open(note, vkey));
        heads.collect::<Result<_, LedgerError>>().map_err(|_| {
            refuse(
                "checkpoint_unsigned",
                403,
                "a checkpoint of the alarm is not signed by the ledger's key in the directory",
            )
        })
    }
}

fn groundless() -> ExchangeError {
    refuse(
        "no_contradiction",
        422,
        "these heads can all be true of one ledger",
    )
}

impl Witnessing {
    /// Takes a member's alarm. About our own ledger it is held against the ledger itself, so that
    /// nobody's word alone can halt us.
    ///
    /// # Errors
    ///
    /// `checkpoint_unsigned`, `no_contradiction`, `unknown_log`.
    pub(super) async fn alarmed(
        &self,
        from: &MemberId,
        alarm: &Alarm,
    ) -> Result<(), ExchangeError> {
        if alarm.origin == self.vkey().name().as_str() {
            alarm.heads(self.vkey())?;
            for note in &alarm.checkpoints {
                if self.weigh(note, Some(from)).await? {
                    return Ok(());
                }
            }
            return Err(groundless());
        }
        let origin = KeyName::new(alarm.origin.as_str()).map_err(|_| unknown_log())?;
        let (member, vkey) = self.keeper_of(&origin)?.ok_or_else(unknown_log)?;
        let heads = alarm.heads(&vkey)?;
        let forked = matches!(heads.as_slice(), [one, other] if one.size == other.size && one.root != other.root);
        // A member is believed about itself; about others only what two signatures show.
        if !forked && member.id != *from {
            return Err(groundless());
        }
        let reason = if forked { "forked" } else { "halted" };
        self.record_alarm(&member.id, reason, alarm).await
    }

    /// Another member's signed head does not extend the one held: recorded, and the member told.
    pub(crate) async fn suspect(&self, member: &MemberId, held: &Held, shown: &str) {
        tracing::error!(
            member = %member,
            held = held.size,
            "a member's ledger does not extend the head held of it; it may have two histories"
        );
        let Ok(Some(origin)) = self.origin_of(member) else {
            return;
        };
        let alarm = Alarm {
            origin,
            checkpoints: vec![held.note.clone(), shown.to_owned()],
        };
        if let Err(error) = self.record_alarm(member, "inconsistent", &alarm).await {
            tracing::error!(%error, "an alarm was not recorded");
        }
        self.queue(member.clone(), alarm);
    }

    /// Tells every member that this gateway has halted, and why.
    pub(super) fn tell_of(&self, halt: &Halt) {
        let Cause::Contradiction { checkpoint, .. } = &halt.cause else {
            return;
        };
        let alarm = Alarm {
            origin: self.vkey().name().to_string(),
            checkpoints: vec![checkpoint.clone(), self.parts().store.signed_head()],
        };
        for member in self.others().unwrap_or_default() {
            self.queue(member.id, alarm.clone());
        }
    }

    fn origin_of(&self, member: &MemberId) -> Result<Option<String>, ExchangeError> {
        let directory = self.directory()?;
        let vkey = directory
            .member(member)
            .and_then(|member| member.ledger_key.parse::<Vkey>().ok());
        Ok(vkey.map(|vkey| vkey.name().to_string()))
    }

    async fn record_alarm(
        &self,
        member: &MemberId,
        reason: &str,
        alarm: &Alarm,
    ) -> Result<(), ExchangeError> {
        let body = serde_json::to_vec(alarm).map_err(|_| ExchangeError::Stored("alarm"))?;
        let entry = Entry {
            member: Some(member.clone()),
            digest: Some(alarm.digest()),
            reason: Code::new(reason).ok(),
            ..Entry::new(EntryKind::WitnessAlarm, self.parts().clock.now())
        };
        let key = format!("{RECORDED}{}", alarm.digest()).into_bytes();
        let mut batch = Batch::entry(entry, body, None);
        batch.puts = Batch::put(Tree::Meta, key.clone(), Some(vec![1])).puts;
        batch.require_absent = vec![(Tree::Meta, key)];
        batch.refusal_only = true;
        match self.parts().store.commit(batch).await {
            // The same heads again say nothing new.
            Err(StoreError::AlreadyThere(_)) => Ok(()),
            Err(error) => Err(error.into()),
            Ok(_) => {
                tracing::error!(member = %member, reason, "alarm about a member's ledger");
                Ok(())
            }
        }
    }

    /// Records that too few witnesses have cosigned for too long.
    pub(super) async fn record_no_quorum(&self) {
        let entry = Entry {
            reason: Code::new("no_quorum").ok(),
            ..Entry::new(EntryKind::WitnessAlarm, self.parts().clock.now())
        };
        if let Err(error) = self
            .parts()
            .store
            .commit(Batch::entry(entry, Vec::new(), None))
            .await
        {
            tracing::error!(%error, "an alarm was not recorded");
        }
    }

    fn queue(&self, member: MemberId, alarm: Alarm) {
        let mut outbox = locked(&self.0.outbox);
        if outbox.len() < WAITING
            && !outbox
                .iter()
                .any(|(to, what)| *to == member && *what == alarm)
        {
            outbox.push_back((member, alarm));
        }
    }

    /// Tells what waits to be told; a member that cannot be reached is told again later.
    pub(super) async fn tell(&self) {
        let waiting = std::mem::take(&mut *locked(&self.0.outbox));
        for (to, alarm) in waiting {
            if !self.told(&to, &alarm).await {
                self.queue(to, alarm);
            }
        }
    }

    async fn told(&self, to: &MemberId, alarm: &Alarm) -> bool {
        let Ok(directory) = self.directory() else {
            return false;
        };
        let Some(member) = directory.member(to) else {
            return true;
        };
        if !self.can_call(member) {
            tracing::warn!(member = %to, "an alarm was not told: only its hubs can call this member");
            return true;
        }
        let body = serde_json::to_vec(alarm).unwrap_or_default();
        let headers = [("content-type", "application/json".to_owned())];
        let Ok(client) = self.client(member) else {
            return false;
        };
        let patience = self.parts().settings.patience;
        let said = client
            .call(Method::POST, "/v1/ledger/alarm", &headers, body, patience)
            .await;
        match said {
            Ok(reply) if reply.status.is_success() => true,
            Ok(reply) if reply.status.is_client_error() => {
                tracing::warn!(member = %to, status = %reply.status, "an alarm was not believed");
                true
            }
            Ok(_) | Err(_) => false,
        }
    }
}
