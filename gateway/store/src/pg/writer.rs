//! The one thread of this process that writes; replicas take turns by the head's lock.

use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::thread;
use std::time::{Duration, Instant};

use stile_ledger::frame::Frame;
use stile_ledger::verify::Chain;
use stile_ledger::{Checkpoint, LedgerKey};
use tokio::sync::{mpsc, watch};

use super::commit::{Ended, Writing, begin, finish, present};
use super::link::Session;
use super::{Pg, poster};
use crate::backing::Backing;
use crate::error::StoreError;
use crate::index::{Row, rows_of, state_key};
use crate::postings::POSTED;
use crate::seal::INDEX;
use crate::store::{Shared, Threads};
use crate::writer::{
    Draft, GROUP, Job, Nodes, Pending, PoisonOnPanic, Refused, Room, WAITING, again, erased_in,
    group_length, refuse, signed_head,
};

/// Longest a group is tried again while nothing of it was written.
const PATIENCE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(100);

/// The writer's own state.
pub(super) struct Writer {
    pub(super) shared: Arc<Shared>,
    pub(super) key: Arc<LedgerKey>,
    pub(super) session: Option<Session>,
    /// Told the ledger's size after every commit.
    pub(super) sizes: Sender<u64>,
}

/// Starts the writer.
pub(super) fn start(shared: &Arc<Shared>, key: Arc<LedgerKey>) -> Result<Threads, StoreError> {
    let (sizes, posting) = poster::start(Arc::clone(shared))?;
    let mut writer = Writer {
        shared: Arc::clone(shared),
        key,
        session: None,
        sizes,
    };
    // What a replica that was killed, or a rebuild, left to do.
    let _ = writer.sizes.send(shared.view().head.size);
    let (jobs, queue) = mpsc::channel(WAITING);
    let writing = thread::Builder::new()
        .name("stile-writer".to_owned())
        .spawn(move || writer.run(queue))
        .map_err(StoreError::io("start the writer"))?;
    Ok(Threads {
        jobs: Some(jobs),
        room: Room::new(),
        handles: vec![writing, posting],
        stop: Arc::default(),
        ended: watch::Sender::new(()),
    })
}

impl Writer {
    fn run(&mut self, mut queue: mpsc::Receiver<Job>) {
        // A panic in this thread must not leave a store that seems to work.
        let _guard = PoisonOnPanic(Arc::clone(&self.shared));
        let mut waiting = Vec::with_capacity(GROUP);
        while queue.blocking_recv_many(&mut waiting, GROUP) > 0 {
            while !waiting.is_empty() {
                let rest = waiting.split_off(group_length(&waiting));
                self.group(std::mem::replace(&mut waiting, rest));
            }
        }
    }

    /// Commits one group of batches and answers each.
    fn group(&mut self, mut jobs: Vec<Job>) {
        let begun = Instant::now();
        loop {
            if self.shared.is_poisoned() {
                return refuse(jobs, || StoreError::Unwritable);
            }
            let Err((left, error)) = self.attempt(jobs) else {
                return;
            };
            // Whatever the connection was in the middle of, a new one is not.
            self.session = None;
            let passing = matches!(error, StoreError::Database { .. });
            if !passing || begun.elapsed() >= PATIENCE {
                tracing::error!(%error, "nothing can be recorded");
                return answer(left, error);
            }
            tracing::warn!(%error, "nothing was written; it is tried again");
            thread::sleep(PAUSE);
            jobs = left;
        }
    }

    /// Tries once. On error nothing was written, and the jobs come back.
    fn attempt(&mut self, jobs: Vec<Job>) -> Result<(), (Vec<Job>, StoreError)> {
        let shared = Arc::clone(&self.shared);
        let Backing::Postgres(pg) = &shared.backing else {
            return Err((jobs, StoreError::Unwritable));
        };
        let session = match self.session.take() {
            Some(session) if !session.client.is_closed() => session,
            _ => match pg.link.drive(pg.link.connect()) {
                Ok(session) => session,
                Err(error) => return Err((jobs, error)),
            },
        };
        let mut chain = pg.chain();
        let asked = keys_asked(&jobs);
        let known = pg.link.drive(async {
            begin(&session, &shared, pg, &mut chain).await?;
            present(&session, &asked).await
        });
        let known = match known {
            Ok(known) => known,
            Err(error) => return Err((jobs, error)),
        };
        let mut draft = Draft::new(&shared);
        draft.effects.know(&asked, known);
        let (pending, refused) = draft.take(jobs, &shared);
        if pending.is_empty() {
            // What these rest on is durable.
            refused.into_iter().for_each(Refused::answer);
            // Each has its answer; the transaction ends with the connection if not with this.
            let ended = pg.link.drive(session.client.batch_execute("ROLLBACK"));
            self.session = ended.is_ok().then_some(session);
            return Ok(());
        }
        match self.commit(pg, &session, &mut chain, draft, &pending) {
            Ok(nodes) => {
                drop(chain);
                // They may rest on this very frame, and are told after it.
                refused.into_iter().for_each(Refused::answer);
                for job in pending {
                    job.answer(&nodes);
                }
                self.session = Some(session);
                Ok(())
            }
            Err(StoreError::Unwritable) => {
                tracing::error!(
                    "whether a frame was written cannot be learnt; restart the gateway"
                );
                shared.poison();
                refuse(again(pending, refused), || StoreError::Unwritable);
                Ok(())
            }
            Err(error) => Err((again(pending, refused), error)),
        }
    }

    /// Signs, writes and commits the draft, then shows it to readers.
    ///
    /// [`StoreError::Unwritable`] says that it may or may not have been written.
    fn commit(
        &self,
        pg: &Pg,
        session: &Session,
        chain: &mut Chain,
        draft: Draft,
        pending: &[Pending],
    ) -> Result<Arc<Nodes>, StoreError> {
        tracing::trace!(batches = pending.len(), "a group is signed");
        let shared = &self.shared;
        let head = signed_head(&shared.vkey, &self.key, &draft.tree)?;
        let (number, previous) = (chain.next_number(), *chain.previous());
        let frame = Frame {
            number,
            previous,
            records: draft.records,
            head,
        };
        let writing = self.writing(&frame, draft.size_before)?;
        match pg.link.drive(finish(session, &pg.link, &writing)) {
            Ended::Durable => {}
            Ended::Nothing(error) => return Err(error),
            Ended::Unknown => return Err(StoreError::Unwritable),
        }
        // From here on it is recorded, whatever else happens.
        let decoded = Frame::decode(&writing.encoded.bytes).map_err(|_| StoreError::Unwritable)?;
        let shown = shared.take_in(pg, chain, &decoded);
        shown.map_err(|_| StoreError::Unwritable)?;
        for (label, key) in &draft.effects.keys {
            shared.keyring.remember(label, key);
        }
        // Best effort: without postings a search looks at every entry.
        let _ = self.sizes.send(writing.head.size);
        Ok(Arc::new(Nodes {
            roots: draft.nodes,
            head: writing.head,
            note: frame.head.checkpoint,
        }))
    }

    fn writing(&self, frame: &Frame, size_before: u64) -> Result<Writing, StoreError> {
        let encoded = frame.encode(&self.key)?;
        let mut edge = self.shared.view().edge.clone();
        let at = (frame.number, 0);
        let mut rows = rows_of(&frame.records, &encoded.spans, at, size_before, &mut edge);
        if erased_in(&frame.records)
            .iter()
            .any(|(_, label)| label == INDEX)
        {
            // Persons have new words from here on: the postings are made again under them, and until
            // then whoever searches looks at every entry.
            rows.push(Row {
                key: POSTED.to_vec(),
                value: None,
            });
        }
        Ok(Writing {
            number: frame.number,
            encoded,
            rows,
            head: Checkpoint {
                origin: self.shared.vkey.name().clone(),
                size: frame.head.size,
                root: frame.head.root,
            },
        })
    }
}

/// Every key that a batch requires absent.
fn keys_asked(jobs: &[Job]) -> Vec<Vec<u8>> {
    let asked = jobs.iter().flat_map(|job| &job.batch.require_absent);
    asked
        .map(|(tree, key)| state_key(tree.number(), key))
        .collect()
}

/// Answers every job with the error; its first copy says the most.
fn answer(jobs: Vec<Job>, error: StoreError) {
    match error {
        StoreError::DiskFull => refuse(jobs, || StoreError::DiskFull),
        StoreError::Unfit(reason) => refuse(jobs, || StoreError::Unfit(reason)),
        StoreError::WrongEpochKey => refuse(jobs, || StoreError::WrongEpochKey),
        StoreError::Database { doing, code } => refuse(jobs, || StoreError::Database {
            doing,
            code: code.clone(),
        }),
        other => {
            let mut jobs = jobs.into_iter();
            if let Some(first) = jobs.next() {
                let _ = first.reply.send(Err(other));
            }
            refuse(jobs.collect(), || StoreError::Database {
                doing: "take a group of batches",
                code: "refused".to_owned(),
            });
        }
    }
}
