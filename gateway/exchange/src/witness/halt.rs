//! Halt: while our own key has signed what our ledger contradicts, the journal under the ledger does
//! not hold, or the store came back from a copy, nothing is released.
//!
//! Either an older copy of the store was put back, or two gateways write under one key, or recorded
//! bytes were changed. Which copy is right is for people to find out; until an officer says so,
//! enquiries are refused, and the refusals recorded.
//!
//! **Order of effects:** halt in memory, then the durable mark with its entry, then tell others. A
//! mark that cannot be written still halts this process.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use stile_ledger::note::SignedNote;
use stile_ledger::{Checkpoint, Entry, EntryKind, Pseudonym};
use stile_model::digest::Digest;
use stile_model::id::{Code, MemberId};
use stile_model::redact::Redacted;
use stile_model::time::Timestamp;
use stile_store::{Batch, Health, Put, Store, Tree};
use tokio::sync::watch;
use utoipa::ToSchema;

use super::Witnessing;
use super::ask::pause;
use crate::error::{ExchangeError, refuse};
use crate::people::Person;

/// Key of the durable mark.
const MARK: &[u8] = b"ledger/halt";
/// Keys of the contradictions an officer has dealt with, by digest.
const DEALT_WITH: &str = "ledger/dealt-with/";
/// How soon a halt by another gateway on the same store is heeded.
const HEED: std::time::Duration = std::time::Duration::from_secs(1);
/// How long a reason may be, in characters.
const REASON: std::ops::RangeInclusive<usize> = 10..=500;

/// Why nothing is released, and since when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Halt {
    /// Since when.
    pub since: Timestamp,
    /// Why.
    pub cause: Cause,
    /// Names this halt when it is ended.
    pub confirm: Digest,
}

/// What is wrong with the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Cause {
    /// Our own key has signed a head that is longer than the ledger, or of another history.
    Contradiction {
        /// Who showed it; nobody when it was in the published folder.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        shown_by: Option<MemberId>,
        /// The signed head.
        checkpoint: String,
    },
    /// Recorded bytes of the journal are not what was written.
    DamagedJournal {
        /// Where, and what.
        finding: String,
    },
    /// A file of the published folder is not what the ledger says.
    PublishedFile {
        /// The file, within the folder.
        file: String,
    },
    /// The store was put back from a copy; what was recorded after it was made may be lost.
    Restored {
        /// When the copy was made.
        made: Timestamp,
        /// Entries that it holds.
        entries: u64,
        /// Root of the tree over them.
        root: Digest,
    },
}

impl Cause {
    /// The same for the same head, whoever shows it.
    fn digest(&self) -> Digest {
        match self {
            Self::Contradiction { checkpoint, .. } => {
                let text = SignedNote::parse(checkpoint).map_or(checkpoint.as_str(), |n| n.text);
                Digest::of_parts(&[b"contradiction\n", text.as_bytes()])
            }
            Self::DamagedJournal { finding } => {
                Digest::of_parts(&[b"damaged journal\n", finding.as_bytes()])
            }
            Self::PublishedFile { file } => {
                Digest::of_parts(&[b"published file\n", file.as_bytes()])
            }
            Self::Restored {
                made,
                entries,
                root,
            } => Digest::of_parts(&[
                b"restored\n",
                made.to_string().as_bytes(),
                &entries.to_be_bytes(),
                root.as_bytes(),
            ]),
        }
    }

    const fn code(&self) -> &'static str {
        match self {
            Self::Contradiction { .. } => "contradiction",
            Self::DamagedJournal { .. } => "damaged_journal",
            Self::PublishedFile { .. } => "published_file",
            Self::Restored { .. } => "restored",
        }
    }

    fn shown_by(&self) -> Option<&MemberId> {
        match self {
            Self::Contradiction { shown_by, .. } => shown_by.as_ref(),
            Self::DamagedJournal { .. } | Self::PublishedFile { .. } | Self::Restored { .. } => {
                None
            }
        }
    }
}

/// An order to release again.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Resume {
    /// Why, 10 to 500 characters; kept sealed.
    pub reason: Redacted<String>,
    /// The `confirm` of the halt, once it has been read; without it nothing is changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirm: Option<Digest>,
}

/// What became of the order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Resumed {
    /// The halt, to be read before it is confirmed, or as it was ended.
    pub halt: Halt,
    /// Has it been ended?
    pub ended: bool,
}

#[derive(Serialize)]
struct ResumeBody<'a> {
    halt: &'a Halt,
    reason: &'a str,
}

impl Witnessing {
    /// Why nothing is released, if so.
    pub fn halted(&self) -> Option<Arc<Halt>> {
        self.0.halt.load_full()
    }

    /// May anything leave?
    ///
    /// # Errors
    ///
    /// `ledger_halted`.
    pub(crate) fn may_release(&self) -> Result<(), ExchangeError> {
        // The damage is asked for here, too: it counts before the halt is recorded, and after an
        // order that ended a halt without mending the journal.
        if self.halted().is_none() && !self.parts().store.is_damaged() {
            return Ok(());
        }
        Err(refuse(
            "ledger_halted",
            503,
            "this gateway releases nothing: its ledger is not what its own key has signed, or came \
             back from a copy",
        ))
    }

    /// Heeds the durable mark until `stop` turns true: another gateway on the same store may have
    /// halted, or its officer ended the halt. Halts when the store finds its journal damaged.
    pub(super) async fn heed_until(&self, mut stop: watch::Receiver<bool>) {
        while !pause(&mut stop, HEED).await {
            if let Err(error) = self.heed().await {
                tracing::error!(%error, "the mark of a halt cannot be read");
            }
            if let Health::Damaged { finding } = self.parts().store.health() {
                self.halt(Cause::DamagedJournal { finding }).await;
            }
        }
    }

    async fn heed(&self) -> Result<(), ExchangeError> {
        let mut durable = self.0.halting.lock().await;
        match kept(&self.parts().store)? {
            Some(halt) if self.halted().as_deref() != Some(&halt) => {
                tracing::error!(cause = halt.cause.code(), "releases are halted");
                self.0.halt.store(Some(Arc::new(halt)));
                *durable = true;
            }
            // A halt that could not be recorded holds without its mark.
            None if *durable => {
                self.0.halt.store(None);
                *durable = false;
            }
            Some(_) | None => {}
        }
        Ok(())
    }

    /// Halts if `note`, signed by our own key, contradicts the ledger and was not dealt with.
    ///
    /// Says whether it contradicts; a note that our key has not signed never does.
    pub(super) async fn weigh(
        &self,
        note: &str,
        shown_by: Option<&MemberId>,
    ) -> Result<bool, ExchangeError> {
        let Ok(head) = Checkpoint::open(note, self.vkey()) else {
            return Ok(false);
        };
        let store = self.parts().store.clone();
        // Every tile on the way may be read from the disk.
        let weighed = tokio::task::spawn_blocking(move || store.contradicts(&head)).await;
        let contradicts = weighed.map_err(|_| ExchangeError::Stored("tree"))??;
        if contradicts {
            self.halt(Cause::Contradiction {
                shown_by: shown_by.cloned(),
                checkpoint: note.to_owned(),
            })
            .await;
        }
        Ok(contradicts)
    }

    /// Halts because the store came back from a copy, unless it is halted already: whether or not
    /// anybody could be asked, later entries may be lost. On `Ok` the halt is durable.
    ///
    /// To be called after [`Self::check_at_start`], which may know a graver cause, and before
    /// anything else is recorded or released.
    ///
    /// # Errors
    ///
    /// When the halt could not be recorded; then the gateway must not serve.
    pub async fn halt_restored(
        &self,
        made: Timestamp,
        entries: u64,
        root: Digest,
    ) -> Result<(), ExchangeError> {
        let cause = Cause::Restored {
            made,
            entries,
            root,
        };
        self.halt(cause).await;
        match kept(&self.parts().store)? {
            Some(_) => Ok(()),
            None => Err(ExchangeError::Stored("halt")),
        }
    }

    /// Halts, unless an officer has dealt with this very cause.
    pub(super) async fn halt(&self, cause: Cause) {
        let mut durable = self.0.halting.lock().await;
        if self.halted().is_some() || matches!(self.dealt_with(&cause), Ok(true)) {
            return;
        }
        let since = self.parts().clock.now();
        let confirm = Digest::of_parts(&[cause.digest().as_bytes(), since.to_string().as_bytes()]);
        let halt = Halt {
            since,
            cause,
            confirm,
        };
        self.0.halt.store(Some(Arc::new(halt.clone())));
        tracing::error!(
            cause = halt.cause.code(),
            shown_by = halt.cause.shown_by().map_or("nobody", MemberId::as_str),
            "the ledger is not what its own key has signed, or came back from a copy; releases are \
             halted"
        );
        match self.mark(&halt).await {
            Ok(()) => *durable = true,
            Err(error) => {
                tracing::error!(%error, "the halt was not recorded; it holds until the gateway stops");
            }
        }
        self.tell_of(&halt);
    }

    async fn mark(&self, halt: &Halt) -> Result<(), ExchangeError> {
        let value = serde_json::to_vec(halt).map_err(|_| ExchangeError::Stored("halt"))?;
        let entry = Entry {
            member: halt.cause.shown_by().cloned(),
            digest: Some(halt.cause.digest()),
            reason: Code::new(halt.cause.code()).ok(),
            ..Entry::new(EntryKind::Halt, halt.since)
        };
        let mut batch = Batch::entry(entry, value.clone(), None);
        batch.puts = Batch::put(Tree::Meta, MARK, Some(value)).puts;
        // It says that nothing is disclosed, so it may use the space kept back.
        batch.refusal_only = true;
        self.parts().store.commit(batch).await?;
        Ok(())
    }

    fn dealt_with(&self, cause: &Cause) -> Result<bool, ExchangeError> {
        let key = format!("{DEALT_WITH}{}", cause.digest());
        Ok(self
            .parts()
            .store
            .get(Tree::Meta, key.as_bytes())?
            .is_some())
    }

    /// Shows the halt, and ends it when `order` confirms exactly that one; recorded with the reason.
    ///
    /// # Errors
    ///
    /// `not_halted`, `reason_missing`, or `confirm_differs` when another halt has come meanwhile.
    pub(crate) async fn resume(
        &self,
        person: &Person,
        order: &Resume,
    ) -> Result<Resumed, ExchangeError> {
        let reason = order.reason.reveal();
        if !REASON.contains(&reason.chars().count()) {
            return Err(refuse(
                "reason_missing",
                422,
                "a reason of 10 to 500 characters is needed",
            ));
        }
        let mut durable = self.0.halting.lock().await;
        let halt = self
            .halted()
            .ok_or_else(|| refuse("not_halted", 409, "releases are not halted"))?;
        let halt = Halt::clone(&halt);
        match &order.confirm {
            None => return Ok(Resumed { halt, ended: false }),
            Some(confirm) if *confirm != halt.confirm => {
                return Err(refuse(
                    "confirm_differs",
                    409,
                    "this confirms another halt than the one in force; read that one first",
                ));
            }
            Some(_) => {}
        }
        self.end(person, &halt, reason).await?;
        *durable = false;
        self.0.halt.store(None);
        tracing::warn!("releases go on by an officer's order");
        Ok(Resumed { halt, ended: true })
    }

    async fn end(&self, person: &Person, halt: &Halt, reason: &str) -> Result<(), ExchangeError> {
        let now = self.parts().clock.now();
        let body = serde_json::to_vec(&ResumeBody { halt, reason })
            .map_err(|_| ExchangeError::Stored("halt"))?;
        let entry = Entry {
            digest: Some(halt.cause.digest()),
            reason: Code::new(halt.cause.code()).ok(),
            actor: Some(Pseudonym::of(&self.parts().pseudonym_key, &person.user)),
            ..Entry::new(EntryKind::Resume, now)
        };
        let mut batch = Batch::entry(entry, body, None);
        let gone = Put {
            tree: Tree::Meta,
            key: MARK.to_vec(),
            value: None,
            case: None,
        };
        batch.puts.push(gone);
        // A file of the folder or the journal can be put right, and then must be; a signature cannot.
        if let Cause::Contradiction { .. } = halt.cause {
            batch.puts.push(Put {
                tree: Tree::Meta,
                key: format!("{DEALT_WITH}{}", halt.cause.digest()).into_bytes(),
                value: Some(now.to_string().into_bytes()),
                case: None,
            });
        }
        self.parts().store.commit(batch).await?;
        Ok(())
    }
}

/// The durable mark.
pub(super) fn kept(store: &Store) -> Result<Option<Halt>, ExchangeError> {
    store
        .get(Tree::Meta, MARK)?
        .map(|bytes| serde_json::from_slice(&bytes).map_err(|_| ExchangeError::Stored("halt")))
        .transpose()
}
