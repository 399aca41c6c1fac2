//! Taking in what other replicas have written: each frame is verified as a journal's would be.

use std::sync::atomic::Ordering;
use std::sync::{MutexGuard, PoisonError, TryLockError};

use stile_ledger::frame::{Decoded, Record};
use stile_ledger::verify::Chain;

use super::Pg;
use super::head::{HeadRow, decode, frames};
use super::link::{Session, aside};
use crate::backing::Backing;
use crate::error::StoreError;
use crate::keys::epoch_of;
use crate::seal::{GENERAL, INDEX};
use crate::store::{Shared, View};
use crate::writer::erased_in;

/// What is said when the database is not the one that was seen before.
const GONE_BACK: StoreError = StoreError::Unfit(
    "it has gone back behind, or differs from, what this gateway has already seen: it was restored, \
     or failed over to a standby that lagged; stop every gateway of this ledger and compare with the \
     heads that others hold",
);

impl Shared {
    /// Brings what readers see of the head up to date with other replicas.
    ///
    /// # Errors
    ///
    /// When the database does not answer, or does not continue what was seen.
    pub(crate) fn refresh(&self) -> Result<(), StoreError> {
        self.follow(None)
    }

    /// As [`Shared::refresh`], for what lies under a head of `size` entries alone: while the chain is in
    /// use, as by a commit of our own, and that many were seen, nobody waits for it. What was seen was
    /// durable and verified, and nothing that comes after changes it.
    ///
    /// # Errors
    ///
    /// As [`Shared::refresh`].
    pub(crate) fn refresh_to(&self, size: u64) -> Result<(), StoreError> {
        self.follow(Some(size))
    }

    fn follow(&self, enough: Option<u64>) -> Result<(), StoreError> {
        let Backing::Postgres(pg) = &self.backing else {
            return Ok(());
        };
        // A commit holds the chain while it waits for the head's lock, the disk and the standby.
        aside(|| {
            if pg.look()?.next == pg.next.load(Ordering::SeqCst) {
                return Ok(());
            }
            match pg.free_chain() {
                Some(chain) => self.take_in_all(pg, chain),
                None if enough.is_some_and(|size| size <= self.view().head.size) => Ok(()),
                None => self.take_in_all(pg, pg.chain()),
            }
        })
    }

    /// Takes in what others wrote. With the chain in hand no commit of our own is under way.
    fn take_in_all(&self, pg: &Pg, mut chain: MutexGuard<'_, Chain>) -> Result<(), StoreError> {
        let seen = pg.look()?;
        let (from, to) = (chain.next_number(), seen.next);
        let fresh = pg.link.read(move |session| async move {
            let mut fresh = Vec::new();
            frames(
                &session,
                from,
                to.min(from.saturating_add(MOST)),
                |number, bytes| {
                    fresh.push(decode(number, &bytes)?);
                    Ok(())
                },
            )
            .await?;
            Ok(fresh)
        })?;
        for decoded in &fresh {
            self.take_in(pg, &mut chain, decoded)?;
        }
        if to.saturating_sub(from) > MOST {
            drop(chain);
            return self.refresh();
        }
        self.agree(&chain, &seen)
    }

    /// As [`Shared::refresh`], on the writer's own connection and under the head's lock.
    pub(super) async fn catch_up(
        &self,
        pg: &Pg,
        chain: &mut Chain,
        session: &Session,
        seen: &HeadRow,
    ) -> Result<(), StoreError> {
        if chain.next_number() < seen.next {
            frames(session, chain.next_number(), seen.next, |number, bytes| {
                self.take_in(pg, chain, &decode(number, &bytes)?)
            })
            .await?;
        }
        self.agree(chain, seen)
    }

    /// Takes in the next frame: checks it, then shows it to readers.
    pub(super) fn take_in(
        &self,
        pg: &Pg,
        chain: &mut Chain,
        decoded: &Decoded,
    ) -> Result<(), StoreError> {
        let step = chain.step(decoded).map_err(|fault| {
            tracing::error!(%fault, "a frame in the database does not continue the ledger");
            self.poison();
            GONE_BACK
        })?;
        self.take_keys(&decoded.frame.records)?;
        let mut view = self.view_mut();
        for leaf in step.leaves {
            view.edge.append(leaf);
        }
        show(&mut view, chain, decoded);
        drop(view);
        pg.next.store(chain.next_number(), Ordering::SeqCst);
        Ok(())
    }

    /// Takes in what became of keys. After another replica's erasure the store's own keys stand under
    /// another epoch key: a gateway that does not hold it may seal nothing more.
    fn take_keys(&self, records: &[Record]) -> Result<(), StoreError> {
        self.keyring.forget_erased(&erased_in(records));
        for record in records {
            let Record::WrappedKey { label, wrapped, .. } = record else {
                continue;
            };
            // Only these two are wrapped again when an epoch begins; a case's key just after another
            // replica's frame may still be under the one that ends.
            if label != GENERAL && label != INDEX {
                continue;
            }
            let (epoch, _) = epoch_of(wrapped)?;
            if epoch != self.keyring.epoch() && self.keyring.use_epoch(epoch).is_err() {
                tracing::error!("another gateway has begun a new epoch key; restart this one");
                self.poison();
                return Err(StoreError::WrongEpochKey);
            }
            if label == INDEX {
                self.keyring.use_index_key(record)?;
            } else {
                self.keyring
                    .remember(GENERAL, &self.keyring.unwrap_record(record)?);
            }
        }
        Ok(())
    }

    /// Is the chain now where the database says the ledger is?
    fn agree(&self, chain: &Chain, seen: &HeadRow) -> Result<(), StoreError> {
        let same = chain.next_number() == seen.next
            && *chain.previous() == seen.hash
            && chain.tree().size() == seen.size;
        if same {
            return Ok(());
        }
        tracing::error!("the database's head is not the one its frames lead to");
        self.poison();
        Err(GONE_BACK)
    }
}

/// Frames taken in at once by a reader.
const MOST: u64 = 256;

impl Pg {
    pub(super) fn chain(&self) -> MutexGuard<'_, Chain> {
        self.chain.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The chain, unless somebody has it.
    fn free_chain(&self) -> Option<MutexGuard<'_, Chain>> {
        match self.chain.try_lock() {
            Ok(chain) => Some(chain),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    fn look(&self) -> Result<HeadRow, StoreError> {
        self.link
            .read(|session| async move { HeadRow::read(&session).await })
    }
}

/// Shows the chain's newest head; the edge is the caller's to bring up to date.
pub(super) fn show(view: &mut View, chain: &Chain, decoded: &Decoded) {
    view.tree = chain.tree().clone();
    if let Some(head) = chain.head() {
        view.head = head.clone();
    }
    view.note.clone_from(&decoded.frame.head.checkpoint);
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;
    use std::sync::Mutex;
    use std::sync::atomic::AtomicU64;

    use stile_ledger::tile::Edge;
    use stile_ledger::{Checkpoint, KeyName, LedgerKey, Tree};

    use super::super::link::Link;
    use super::*;
    use crate::keys::EpochKey;
    use crate::seal::Keyring;

    /// A store on a database that is never asked; its note says `first`.
    fn shared(folder: &Path) -> Shared {
        let url = folder.join("url");
        std::fs::write(&url, "postgres://nobody@127.0.0.1:1/none").unwrap();
        std::fs::set_permissions(&url, std::fs::Permissions::from_mode(0o600)).unwrap();
        let origin = KeyName::new("here").unwrap();
        let vkey = LedgerKey::from_seed(&[1; 32]).unwrap().vkey(&origin);
        let tree = Tree::new();
        let view = View {
            head: Checkpoint {
                origin,
                size: 0,
                root: tree.root(),
            },
            tree,
            edge: Edge::new(),
            note: "first".to_owned(),
            overlay: BTreeMap::new(),
        };
        let pg = Pg {
            link: Link::new(&url).unwrap(),
            chain: Mutex::new(Chain::start(vkey.clone())),
            next: AtomicU64::new(0),
        };
        let keyring = Keyring::new("here", EpochKey::from_bytes([2; 32])).unwrap();
        let backing = Backing::Postgres(Box::new(pg));
        Shared::new((backing, keyring, vkey, None), view)
    }

    #[test]
    fn whoever_reads_rows_keeps_nobody_from_showing_another_head() {
        let folder = tempfile::tempdir().unwrap();
        let shared = shared(folder.path());

        let reading = shared.reading();
        shared.view_mut().note = "later".to_owned();

        assert_eq!(reading.note, "first");
        assert_eq!(shared.reading().note, "later");
    }

    #[test]
    fn a_chain_that_somebody_has_is_not_free_until_they_let_go() {
        let folder = tempfile::tempdir().unwrap();
        let shared = shared(folder.path());
        let Backing::Postgres(pg) = &shared.backing else {
            panic!("it is on a database");
        };

        let held = pg.chain();

        assert!(pg.free_chain().is_none());
        drop(held);
        assert!(pg.free_chain().is_some());
    }
}
