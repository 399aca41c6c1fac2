//! Opening: lock, verify, cut a torn tail, bring the index up to date.
//!
//! Nothing is changed before everything that could be a reason to refuse has been looked at, except
//! that a broken index is set aside: it holds no truth.

mod replay;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::thread::Builder;

use stile_ledger::frame::{Frame, Record};
use stile_ledger::{KeyName, Tree, Vkey};

use crate::archive::Base;
use crate::backing::Backing;
use crate::check::{self, Health};
use crate::config::{IndexState, OpenReport, Progress, StoreConfig, private_folder};
use crate::error::StoreError;
use crate::index::{Applied, INDEX_KEY, Index, Row, label_key, rows_of, wrapped_key};
use crate::journal::{Journal, Locator};
use crate::keys::epoch_of;
use crate::lock::FolderLock;
use crate::seal::{GENERAL, INDEX, Keyring};
use crate::space::Space;
use crate::store::{Shared, Store, View};
use crate::writer::{self, Start, Tail, signed_head};
use replay::{Fault, Replayed, replay};

/// Opens the store; see [`Store::open`].
pub(crate) fn open(
    config: StoreConfig,
    mut progress: impl FnMut(Progress),
) -> Result<(Store, OpenReport), StoreError> {
    check_settings(&config)?;
    let vkey = config
        .ledger_key
        .vkey(&KeyName::new(config.origin.as_str())?);
    private_folder(&config.dir)?;
    let lock = FolderLock::take(&config.dir)?;
    let journal = Journal::new(&config.dir);
    journal.make_folder()?;
    let keyring = Keyring::new(&config.origin, config.epoch_key.clone())?;

    let base = Base::newest(&config.dir, &vkey)?;
    let mut recovered = || recover(&config.dir, &journal, &vkey, base.as_ref(), &mut progress);
    let (mut index, mut state, mut done) = recovered()?;
    let known = check_epoch_key(&index, &journal, &keyring, &done);
    if matches!(known, Err(StoreError::Index(_)))
        && !matches!(state, IndexState::Made | IndexState::Rebuilt)
    {
        tracing::warn!("the index lacks the store's own keys and is rebuilt from the journal");
        drop(index);
        set_aside(&config.dir.join("index"), &config.dir.join("set-aside"))?;
        (index, _, done) = recovered()?;
        state = IndexState::Rebuilt;
        check_epoch_key(&index, &journal, &keyring, &done)?;
    } else {
        known?;
    }
    if is_of_another_key(&index, &keyring)? {
        // Its rows name persons by a secret that an erasure has ended.
        tracing::info!("the index is built anew, as an erasure asks for");
        drop(index);
        fs::remove_dir_all(config.dir.join("index")).map_err(StoreError::io("remove the index"))?;
        (index, _, done) = recovered()?;
        state = IndexState::Rebuilt;
    }
    if let Some(torn) = &done.torn {
        tracing::warn!(
            segment = torn.segment,
            offset = torn.offset,
            "cut a torn tail"
        );
        journal.cut(torn, &config.dir.join("set-aside"))?;
    }
    let done = if done.chain.next_number() == 0 {
        genesis(&config, &journal, &index, &keyring, done)?
    } else {
        done
    };
    keep_key(&index, &keyring)?;
    let (store, report) = start(config, (journal, index, keyring, vkey, lock), state, done)?;
    store.shared.archive(base.map_or(0, |base| base.size()));
    Ok((store, report))
}

/// Were persons named by another secret in this index?
fn is_of_another_key(index: &Index, keyring: &Keyring) -> Result<bool, StoreError> {
    let row = index.row(INDEX_KEY)?;
    Ok(row.is_some_and(|id| keyring.index_key_id().is_none_or(|known| id != known)))
}

fn keep_key(index: &Index, keyring: &Keyring) -> Result<(), StoreError> {
    let id = keyring
        .index_key_id()
        .ok_or(StoreError::Index("it does not know its own key"))?;
    index.apply(&[Row {
        key: INDEX_KEY.to_vec(),
        value: Some(id.to_vec()),
    }])
}

fn check_settings(config: &StoreConfig) -> Result<(), StoreError> {
    if !(4 * 1024..=1024 * 1024 * 1024).contains(&config.segment_bytes) {
        return Err(StoreError::Config("a segment is 4 KiB to 1 GiB"));
    }
    Ok(())
}

/// Replays the journal into the index; a broken or foreign index is set aside and made anew.
fn recover(
    dir: &Path,
    journal: &Journal,
    vkey: &Vkey,
    base: Option<&Base>,
    progress: &mut impl FnMut(Progress),
) -> Result<(Index, IndexState, Replayed), StoreError> {
    let path = dir.join("index");
    let was_there = path.exists();
    if was_there {
        let opened = Index::open(&path).and_then(|index| Ok((index.applied()?, index)));
        let tried = opened.map_err(Fault::from).and_then(|(applied, index)| {
            let done = replay(journal, &index, applied, vkey, base, progress)?;
            Ok((index, done))
        });
        match tried {
            Ok((index, done)) => {
                let state = match done.applied {
                    0 => IndexState::Current,
                    frames => IndexState::Replayed(frames),
                };
                return Ok((index, state, done));
            }
            Err(Fault::Refuse(error)) => return Err(error),
            Err(Fault::Rebuild(reason)) => {
                tracing::warn!(
                    reason,
                    "the index is set aside and rebuilt from the journal"
                );
                set_aside(&path, &dir.join("set-aside"))?;
            }
        }
    }
    let index = Index::open(&path)?;
    match replay(journal, &index, None, vkey, base, progress) {
        Ok(done) => {
            let state = if was_there {
                IndexState::Rebuilt
            } else {
                IndexState::Made
            };
            Ok((index, state, done))
        }
        Err(Fault::Refuse(error)) => Err(error),
        Err(Fault::Rebuild(reason)) => Err(StoreError::Index(reason)),
    }
}

fn set_aside(index: &Path, aside: &Path) -> Result<(), StoreError> {
    private_folder(aside)?;
    let free = (0..u32::MAX)
        .map(|n| aside.join(format!("index-{n}")))
        .find(|path| !path.exists());
    let free = free.ok_or(StoreError::Config(
        "the folder `set-aside` is full; empty it",
    ))?;
    fs::rename(index, free).map_err(StoreError::io("set the broken index aside"))
}

/// Proves the epoch key by unwrapping the general key, and takes in the index key.
fn check_epoch_key(
    index: &Index,
    journal: &Journal,
    keyring: &Keyring,
    done: &Replayed,
) -> Result<(), StoreError> {
    if done.chain.next_number() == 0 {
        return Ok(());
    }
    let wrapped = |label: &[u8]| {
        let missing = || StoreError::Index("it does not know the store's own keys");
        let id = index.row(&label_key(label))?.ok_or_else(missing)?;
        let id = id.try_into().map_err(|_| missing())?;
        let row = index.row(&wrapped_key(&id))?.ok_or_else(missing)?;
        let place = Locator::from_bytes(&row).ok_or_else(missing)?;
        Ok::<_, StoreError>(Record::decode(&journal.read(place)?)?)
    };
    let general = wrapped(GENERAL)?;
    if let Record::WrappedKey { wrapped, .. } = &general {
        keyring.use_epoch(epoch_of(wrapped)?.0)?;
    }
    let key = keyring
        .unwrap_record(&general)
        .map_err(|_| StoreError::WrongEpochKey)?;
    keyring.remember(GENERAL, &key);
    keyring.use_index_key(&wrapped(INDEX)?)
}

/// Writes the first frame of a new journal: the general key, the index key, and the signed empty head.
fn genesis(
    config: &StoreConfig,
    journal: &Journal,
    index: &Index,
    keyring: &Keyring,
    mut done: Replayed,
) -> Result<Replayed, StoreError> {
    use std::os::unix::fs::FileExt;
    let vkey = done.chain.vkey().clone();
    let (key, record) = keyring.make(GENERAL)?;
    let index_key = keyring.make_index_key()?;
    keyring.use_index_key(&index_key)?;
    let (number, previous) = (0, *done.chain.previous());
    let head = signed_head(&vkey, &config.ledger_key, &Tree::new())?;
    let frame = Frame {
        number,
        previous,
        records: vec![record, index_key],
        head,
    };
    let encoded = frame.encode(&config.ledger_key)?;
    let file = match done.file.take() {
        Some(file) => file,
        None => journal.create(0, config.segment_bytes)?,
    };
    file.write_all_at(&encoded.bytes, 0)
        .and_then(|()| file.sync_data())
        .map_err(StoreError::io("write the journal's first frame"))?;
    let decoded = Frame::decode(&encoded.bytes)?;
    done.chain.step(&decoded)?;
    let mut rows = rows_of(&frame.records, &encoded.spans, (0, 0), 0, &mut done.edge);
    rows.push(Applied::of(&vkey, &decoded, 0).row());
    index.apply(&rows)?;
    keyring.remember(GENERAL, &key);
    done.capacity = file
        .metadata()
        .map_err(StoreError::io("look at a segment"))?
        .len();
    done.offset = u64::try_from(encoded.bytes.len()).unwrap_or(u64::MAX);
    done.note = frame.head.checkpoint;
    done.file = Some(file);
    Ok(done)
}

/// Starts the threads over what was recovered.
fn start(
    config: StoreConfig,
    parts: (Journal, Index, Keyring, Vkey, FolderLock),
    index: IndexState,
    done: Replayed,
) -> Result<(Store, OpenReport), StoreError> {
    let chain = &done.chain;
    let head = chain
        .head()
        .cloned()
        .ok_or(StoreError::Config("the journal holds no head"))?;
    let frames = chain.next_number();
    let torn = done.torn;
    let report = OpenReport {
        head: head.clone(),
        frames,
        torn,
        index,
    };
    let tail = Tail {
        file: done.file,
        segment: done.segment,
        offset: done.offset,
        capacity: done.capacity,
        number: frames,
        previous: *chain.previous(),
    };
    let view = View {
        tree: chain.tree().clone(),
        edge: done.edge,
        head,
        note: done.note,
        overlay: BTreeMap::new(),
    };
    let space = Space::new(&config.dir, config.low_space_bytes);
    space.restore();
    let (key, segment_bytes) = (Arc::new(config.ledger_key), config.segment_bytes);
    let (journal, index, keyring, vkey, lock) = parts;
    let (journal, index) = (Arc::new(journal), Arc::new(index));
    let backing = Backing::Files {
        journal: Arc::clone(&journal),
        index: Arc::clone(&index),
    };
    let shared = Arc::new(Shared::new((backing, keyring, vkey, Some(lock)), view));
    shared.may_sign(&key);
    let checked = (Arc::clone(&journal), Arc::clone(&index));
    let from = Start {
        journal,
        key,
        tail,
        space,
        segment_bytes,
    };
    let mut threads = writer::start(&shared, index, from)?;
    shared.say_health(Health::Checking { entries: 0 });
    let (for_check, stop) = (Arc::clone(&shared), Arc::clone(&threads.stop));
    let checking = Builder::new()
        .name("stile-check".to_owned())
        .spawn(move || check::run(&for_check, &checked.0, &checked.1, frames, &stop))
        .map_err(StoreError::io("start the check"))?;
    threads.handles.push(checking);
    Ok((Store::new(shared, threads), report))
}
