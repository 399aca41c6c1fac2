//! Erasing cases: their keys are wrapped no more, and the epoch key that wrapped them is destroyed.
//!
//! Deleting is not erasing: a deleted row stays in an index's files, and a journal is never rewritten.
//! So what is destroyed is the one key outside the store that everything written before can be opened
//! with. Order of effects, each durable before the next; after a crash the same steps go on:
//!
//! ```text
//! 1 the next epoch key is made; new keys are wrapped under it from here on
//! 2 one frame: the run, the erased keys, a new index key, removal of the cases' values
//! 3 survivors' keys are wrapped again under the next epoch key, 500 a frame
//! 4 one frame: the erasure entry, and the run stands at "destroy"
//! 5 the old epoch key is destroyed
//! 6 one frame: the run is over, and an entry says that the old key is gone
//! ```
//!
//! The tree is not touched: every entry stays, and every proof verifies. The index is built anew at the
//! next start, because its key has changed; until then its rows name nobody that can still be read.

mod run;

use std::collections::BTreeSet;
use std::time::Duration;

use stile_ledger::Entry;
use stile_ledger::frame::Record;
use stile_model::id::{CaseId, Code};
use stile_model::time::Timestamp;

use crate::backing::Backing;
use crate::batch::{Batch, PendingEntry, Put, Tree};
use crate::check::Health;
use crate::error::StoreError;
use crate::index::{label_key, wrapped_key};
use crate::keys::{Destroyed, epoch_of};
use crate::read::{after, past_prefix};
use crate::seal::{INDEX, label};
use crate::store::Store;
use run::{Phase, Run};

/// Keys wrapped again, or values removed, in one frame.
const BATCH: usize = 500;
/// Rows read at once.
const PAGE: usize = 2_000;
/// Most cases of one erasure.
const MOST_CASES: usize = 1_000;

/// What is to be erased, and the entry that says so.
#[derive(Debug, Clone)]
pub struct Erasure {
    /// The cases, 1 to 1,000; each must have something kept under its own key.
    pub cases: Vec<CaseId>,
    /// Who, when and why. The store adds the counts `erased_keys`, `kept_keys` and `removed_values`.
    pub entry: Entry,
    /// Sealed under the key for what belongs to no case, which survives: so no case, no person.
    pub body: Vec<u8>,
}

/// What an erasure did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Erased {
    /// Index of its entry in the ledger; `None` after a crash just when it was recorded.
    pub index: Option<u64>,
    /// Keys that nothing opens any more.
    pub erased_keys: u32,
    /// Keys wrapped again under the new epoch key.
    pub kept_keys: u32,
    /// Values taken out of the store's state.
    pub removed_values: u32,
    /// Is the old epoch key gone? Until it is, the erasure is unfinished.
    pub destroyed: Destroyed,
}

/// One walk over all keys; the last finds every one wrapped, and counts them.
#[derive(Debug, Default)]
pub(crate) struct Pass {
    from: Option<Vec<u8>>,
    changed: bool,
    kept: u32,
}

impl Store {
    /// Erases whole cases. Blocks other erasures, not other commits.
    ///
    /// # Errors
    ///
    /// [`StoreError::NothingToErase`] when a case has nothing here, and [`StoreError::Config`] when the
    /// epoch key cannot be changed: nothing has happened. On any other error the erasure has begun, and
    /// [`Store::resume_erasure`] goes on.
    pub async fn erase(&self, erasure: &Erasure) -> Result<Erased, StoreError> {
        let _one = self.shared.erasing.lock().await;
        if self.run()?.is_some() {
            return Err(StoreError::Config(
                "an earlier erasure is unfinished; take the old credential away if the epoch key is \
                 one, and restart the gateway",
            ));
        }
        self.begin(erasure).await?;
        let mut pass = Pass::default();
        loop {
            if let Some(erased) = self.step(&mut pass, erasure.entry.time).await? {
                return Ok(erased);
            }
        }
    }

    /// Goes on with an erasure that a crash, or a credential still in place, left unfinished. To be
    /// called at start, before serving. `None` when there is none.
    ///
    /// # Errors
    ///
    /// As [`Store::erase`].
    pub async fn resume_erasure(&self, now: Timestamp) -> Result<Option<Erased>, StoreError> {
        let _one = self.shared.erasing.lock().await;
        let Some(run) = self.run()? else {
            return Ok(None);
        };
        self.shared.keyring.use_epoch(run.new)?;
        let mut pass = Pass::default();
        loop {
            if let Some(erased) = self.step(&mut pass, now).await? {
                return Ok(Some(erased));
            }
        }
    }

    /// Is anything kept under a key of this case's own?
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub fn has_case(&self, case: &CaseId) -> Result<bool, StoreError> {
        Ok(self.labelled(&label(Some(case)))?.is_some())
    }

    /// Is an erasure unfinished?
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub fn erasure_unfinished(&self) -> Result<bool, StoreError> {
        Ok(self.run()?.is_some())
    }

    /// Steps 1 and 2.
    pub(crate) async fn begin(&self, erasure: &Erasure) -> Result<(), StoreError> {
        if erasure.cases.is_empty() || erasure.cases.len() > MOST_CASES {
            return Err(StoreError::Batch("an erasure is of 1 to 1,000 cases"));
        }
        let cases: BTreeSet<_> = erasure.cases.iter().collect();
        let mut keys = Vec::new();
        for case in cases {
            let label = label(Some(case));
            let id = self.labelled(&label)?.ok_or(StoreError::NothingToErase)?;
            keys.push((id, label));
        }
        let index = self
            .labelled(INDEX)?
            .ok_or(StoreError::Index("it does not know its own key"))?;
        let (old, new) = self.shared.keyring.begin_epoch()?;
        let values = self.values_under(&keys)?;
        let mut run = Run::new(old, new, &keys, erasure)?;
        let first = values.get(..values.len().min(BATCH)).unwrap_or_default();
        run.removed_values = count(first.len());
        keys.push((index, INDEX.to_vec()));
        let mut own: Vec<_> = keys
            .into_iter()
            .map(|(id, label)| Record::KeyErased { id, label })
            .collect();
        own.push(self.shared.keyring.make_index_key()?);
        own.extend(removals(first));
        let begun = self.submit(one(run.put()?), own).await;
        if begun.is_err() {
            // What was wrapped under the next key meanwhile opens as long as that key is there.
            self.shared.keyring.use_epoch(old)?;
        }
        begun.map(|_| ())
    }

    /// One durable step of the run; what was done when it was the last.
    pub(crate) async fn step(
        &self,
        pass: &mut Pass,
        now: Timestamp,
    ) -> Result<Option<Erased>, StoreError> {
        let run = self
            .run()?
            .ok_or(StoreError::Config("no erasure is under way"))?;
        match run.phase {
            Phase::Wrap => self.wrap_some(run, pass).await.map(|()| None),
            Phase::Destroy { index } => self.destroy(run, index, now).await.map(Some),
        }
    }

    /// Step 3 as far as one frame goes, and step 4 when a whole pass found nothing left to do.
    async fn wrap_some(&self, mut run: Run, pass: &mut Pass) -> Result<(), StoreError> {
        let own = self.keys_to_wrap(&run, pass)?;
        if !own.is_empty() {
            pass.changed = true;
            return self.submit(Batch::default(), own).await.map(|_| ());
        }
        if pass.changed {
            *pass = Pass::default();
            return Ok(());
        }
        let values = self.values_under(&run.keys)?;
        if values.is_empty() {
            self.must_hold().await?;
            return self.record_erasure(run, pass.kept).await;
        }
        let some = values.get(..values.len().min(BATCH)).unwrap_or_default();
        run.removed_values = run.removed_values.saturating_add(count(some.len()));
        let removed = removals(some).collect();
        *pass = Pass::default();
        self.submit(one(run.put()?), removed).await.map(|_| ())
    }

    /// Waits for the check after the start, and refuses unless it found the files whole: a key that the
    /// index had lost was not wrapped again, and would be destroyed with the old epoch key.
    async fn must_hold(&self) -> Result<(), StoreError> {
        let Backing::Files { index, .. } = &self.shared.backing else {
            return Ok(());
        };
        loop {
            match self.health() {
                Health::Sound { .. } if !index.is_marked() => return Ok(()),
                Health::Checking { .. } => {
                    // No timer: callers may have a runtime without one.
                    let pause = || std::thread::sleep(Duration::from_millis(20));
                    let _ = tokio::task::spawn_blocking(pause).await;
                }
                _ => return Err(StoreError::Unverified),
            }
        }
    }

    /// Step 4. Nothing is left under the old epoch key: [`Store::wrap_some`] has just looked.
    async fn record_erasure(&self, mut run: Run, kept: u32) -> Result<(), StoreError> {
        let mut entry = run.entry()?;
        run.kept_keys = kept;
        for (name, count) in [
            ("erased_keys", count(run.keys.len())),
            ("kept_keys", kept),
            ("removed_values", run.removed_values),
        ] {
            let name = Code::new(name).map_err(|_| StoreError::Batch("a count has no name"))?;
            entry.counts.insert(name, count);
        }
        run.phase = Phase::Destroy { index: None };
        let batch = Batch {
            entries: vec![PendingEntry {
                entry,
                body: run.body(),
                case: None,
                subjects: Vec::new(),
            }],
            puts: vec![run.put()?],
            ..Batch::default()
        };
        let committed = self.submit(batch, Vec::new()).await?;
        let index = committed.receipts.first().map(crate::Receipt::index);
        run.phase = Phase::Destroy { index };
        self.submit(one(run.put()?), Vec::new()).await.map(|_| ())
    }

    /// Steps 5 and 6.
    async fn destroy(
        &self,
        run: Run,
        index: Option<u64>,
        now: Timestamp,
    ) -> Result<Erased, StoreError> {
        let destroyed = self.shared.keyring.end_epoch(run.old, run.new)?;
        if destroyed == Destroyed::Yes {
            let batch = Batch {
                entries: vec![run.epoch_entry(index, now)?],
                ..one(Run::over())
            };
            self.submit(batch, Vec::new()).await?;
        }
        Ok(Erased {
            index,
            erased_keys: count(run.keys.len()),
            kept_keys: run.kept_keys,
            removed_values: run.removed_values,
            destroyed,
        })
    }

    fn run(&self) -> Result<Option<Run>, StoreError> {
        let bytes = self.get(Tree::Erasures, run::KEY)?;
        bytes.map(|bytes| Run::read(&bytes)).transpose()
    }

    /// The id of the key for `label`.
    fn labelled(&self, label: &[u8]) -> Result<Option<[u8; 16]>, StoreError> {
        let row = self.shared.row(&label_key(label))?;
        row.map(|id| {
            id.try_into()
                .map_err(|_| self.shared.broken("a row is garbled"))
        })
        .transpose()
    }

    /// The next keys that the new epoch key does not wrap yet, wrapped; none when the pass is over.
    ///
    /// Every key with a row is taken, whatever label it once had: what is left out here is lost.
    fn keys_to_wrap(&self, run: &Run, pass: &mut Pass) -> Result<Vec<Record>, StoreError> {
        let mut records = Vec::new();
        let prefix = wrapped_key_prefix();
        let end = past_prefix(&prefix);
        let mut start = pass.from.take().unwrap_or(prefix);
        while records.is_empty() {
            let rows = self.merged(start.clone()..end.clone(), BATCH)?;
            let Some((last, _)) = rows.last_key_value() else {
                break;
            };
            start = after(last);
            for row in rows.values() {
                let record = self.shared.record(row)?;
                let Record::WrappedKey { wrapped, .. } = &record else {
                    return Err(self.shared.broken("a row points beside its record"));
                };
                if epoch_of(wrapped)?.0 == run.new {
                    pass.kept = pass.kept.saturating_add(1);
                } else {
                    records.push(self.shared.keyring.wrap_again(&record)?);
                }
            }
        }
        pass.from = Some(start);
        Ok(records)
    }

    /// State that is sealed under one of `keys`.
    fn values_under(&self, keys: &[([u8; 16], Vec<u8>)]) -> Result<Vec<(u8, Vec<u8>)>, StoreError> {
        let ids: BTreeSet<_> = keys.iter().map(|(id, _)| *id).collect();
        let mut found = Vec::new();
        let prefix = b"s".to_vec();
        let (mut start, end) = (prefix.clone(), past_prefix(&prefix));
        loop {
            let rows = self.merged(start..end.clone(), PAGE)?;
            let Some((last, _)) = rows.last_key_value() else {
                return Ok(found);
            };
            start = after(last);
            for row in rows.values() {
                match self.shared.record(row)? {
                    Record::State {
                        tree,
                        key,
                        value: Some(sealed),
                    } if ids.contains(&sealed.key) => found.push((tree, key)),
                    Record::State { .. } => {}
                    _ => return Err(self.shared.broken("a row points beside its record")),
                }
            }
        }
    }
}

fn wrapped_key_prefix() -> Vec<u8> {
    let mut key = wrapped_key(&[0; 16]);
    key.truncate(1);
    key
}

fn removals(values: &[(u8, Vec<u8>)]) -> impl Iterator<Item = Record> {
    values.iter().map(|(tree, key)| Record::State {
        tree: *tree,
        key: key.clone(),
        value: None,
    })
}

fn one(put: Put) -> Batch {
    Batch {
        puts: vec![put],
        ..Batch::default()
    }
}

fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
