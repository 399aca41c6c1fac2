//! Opening: is the server fit, are the tables there, and is the ledger in them ours and whole?

use std::collections::BTreeMap;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};

use stile_ledger::frame::{Frame, Record};
use stile_ledger::tile::{self, Edge};
use stile_ledger::tree::leaf_hash;
use stile_ledger::verify::Chain;
use stile_ledger::{Checkpoint, KeyName, LedgerError, LedgerKey, Tree, Vkey};
use stile_model::digest::Digest;

use super::commit::{Ended, Writing, finish};
use super::head::{HeadRow, decode, frames};
use super::link::{Link, Session, database};
use super::{Pg, PostgresConfig, fit, schema, writer};
use crate::backing::Backing;
use crate::config::{IndexState, OpenReport};
use crate::error::StoreError;
use crate::index::{
    entry_place, frames_up_to, index_origin, label_key, rows_of, tile_hashes, tile_key, wrapped_key,
};
use crate::journal::Locator;
use crate::keys::epoch_of;
use crate::read::Tiles;
use crate::seal::{GENERAL, INDEX, Keyring};
use crate::store::{Shared, Store, View};
use crate::writer::signed_head;

/// Frames whose chain is verified at start; `stile ledger verify` does all.
const VERIFIED: u64 = 64;

/// Opens the store; see [`Store::open_postgres`].
pub(crate) fn open(config: PostgresConfig) -> Result<(Store, OpenReport), StoreError> {
    let vkey = config
        .ledger_key
        .vkey(&KeyName::new(config.origin.as_str())?);
    let keyring = Keyring::new(&config.origin, config.epoch_key.clone())?;
    let link = Link::new(&config.url_file)?;
    let single_node = config.single_node;
    link.read(move |session| async move {
        fit::check(&session, single_node).await?;
        schema::check(&session).await
    })?;
    let key = Arc::new(config.ledger_key);
    genesis(&link, &vkey, &key, &keyring)?;
    let found = {
        let vkey = vkey.clone();
        link.read(move |session| {
            let vkey = vkey.clone();
            async move { recover(&session, vkey).await }
        })?
    };
    start(link, vkey, key, keyring, found)
}

fn start(
    link: Arc<Link>,
    vkey: Vkey,
    key: Arc<LedgerKey>,
    keyring: Keyring,
    found: Found,
) -> Result<(Store, OpenReport), StoreError> {
    let Found { chain, note } = found;
    let head = chain
        .head()
        .cloned()
        .ok_or(StoreError::Unfit("its ledger holds no head"))?;
    let report = OpenReport {
        head: head.clone(),
        frames: chain.next_number(),
        torn: None,
        index: IndexState::Current,
    };
    let tree = chain.tree().clone();
    let pg = Pg {
        link,
        next: AtomicU64::new(chain.next_number()),
        chain: Mutex::new(chain),
    };
    own_keys(&pg, &keyring)?;
    let edge = edge(&pg, tree.size())?;
    let view = View {
        tree,
        edge,
        head,
        note,
        overlay: BTreeMap::new(),
    };
    let shared = Arc::new(Shared::new(
        (Backing::Postgres(Box::new(pg)), keyring, vkey, None),
        view,
    ));
    check_tree(&shared)?;
    shared.may_sign(&key);
    let threads = writer::start(&shared, key)?;
    Ok((Store::new(shared, threads), report))
}

/// What one snapshot of the database holds.
struct Found {
    chain: Chain,
    note: String,
}

/// Verifies the newest frames and that the head row is theirs, in one snapshot: beside a writer,
/// two looks would not fit each other.
async fn recover(session: &Session, vkey: Vkey) -> Result<Found, StoreError> {
    let snapshot = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
    let begun = session.client.batch_execute(snapshot).await;
    begun.map_err(database("begin a transaction"))?;
    let row = HeadRow::read(session).await?;
    let from = row.next.saturating_sub(VERIFIED);
    let (mut chain, mut note) = (None, String::new());
    frames(session, from, row.next, |number, bytes| {
        let decoded = decode(number, &bytes)?;
        note.clone_from(&decoded.frame.head.checkpoint);
        let stepped = match &mut chain {
            None if number == 0 => {
                let mut first = Chain::start(vkey.clone());
                let stepped = first.step(&decoded);
                chain = Some(first);
                stepped.map(|_| ())
            }
            None => Chain::after(vkey.clone(), &decoded).map(|after| chain = Some(after)),
            Some(chain) => chain.step(&decoded).map(|_| ()),
        };
        stepped.map_err(foreign_or_damaged)
    })
    .await?;
    let chain = chain.ok_or(StoreError::Unfit("its ledger holds no frame"))?;
    let same = chain.next_number() == row.next
        && *chain.previous() == row.hash
        && chain.tree().size() == row.size;
    if !same {
        return Err(StoreError::Unfit(
            "its head row is not that of the last frame; change nothing, restore it from a copy",
        ));
    }
    if row.rows != index_origin(chain.vkey().name()).as_bytes() {
        return Err(StoreError::Unfit(
            "its rows are of another format than this program writes; run `stile store migrate --rebuild`",
        ));
    }
    let ended = session.client.batch_execute("COMMIT").await;
    ended.map_err(database("end a transaction"))?;
    Ok(Found { chain, note })
}

fn foreign_or_damaged(fault: LedgerError) -> StoreError {
    match fault {
        LedgerError::Signature | LedgerError::Origin { .. } => StoreError::WrongLedgerKey,
        other => {
            tracing::error!(fault = %other, "a frame in the database does not hold");
            StoreError::Unfit(
                "its frames do not continue one another; run `stile ledger verify` to see where",
            )
        }
    }
}

/// The right edge of the tree of `size` entries. Rows of entries that are in never change, so that
/// this needs no snapshot.
fn edge(pg: &Pg, size: u64) -> Result<Edge, StoreError> {
    let leaf = |entry| {
        let row = pg.last(frames_up_to(entry)).ok()??;
        let bytes = pg.read(entry_place(&row, entry)?.leaf).ok()?;
        match Record::decode(&bytes).ok()? {
            Record::Entry(leaf) => Some(leaf_hash(&leaf)),
            _ => None,
        }
    };
    Edge::load(size, |level, place| match level.checked_sub(1) {
        None => leaf(place),
        Some(below) => tile::subtree_root(&tile_hashes(&pg.row(&tile_key(below, place)).ok()??)?),
    })
    .ok_or(StoreError::Unfit(
        "its rows lack hashes of the tree; run `stile store migrate --rebuild`",
    ))
}

/// Do the rows know the same tree as the verified frames?
fn check_tree(shared: &Shared) -> Result<(), StoreError> {
    let view = shared.view();
    let mut peaks = view.tree.placed_peaks();
    let tiles = Tiles::under(shared, &view);
    if peaks.all(|(level, place, peak)| tiles.node(level, place) == Some(peak)) {
        Ok(())
    } else {
        Err(StoreError::Unfit(
            "its rows are not those of its frames; run `stile store migrate --rebuild`",
        ))
    }
}

/// Proves the epoch key by unwrapping the general key, and takes in the index key.
fn own_keys(pg: &Pg, keyring: &Keyring) -> Result<(), StoreError> {
    let wrapped = |label: &[u8]| {
        let missing = || StoreError::Unfit("its rows do not know the store's own keys");
        let id = pg.row(&label_key(label))?.ok_or_else(missing)?;
        let id = id.try_into().map_err(|_| missing())?;
        let row = pg.row(&wrapped_key(&id))?.ok_or_else(missing)?;
        let place = Locator::from_bytes(&row).ok_or_else(missing)?;
        Ok::<_, StoreError>(Record::decode(&pg.read(place)?)?)
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

/// Writes the first frame of an empty ledger, unless another replica has.
fn genesis(
    link: &Arc<Link>,
    vkey: &Vkey,
    key: &Arc<LedgerKey>,
    keyring: &Keyring,
) -> Result<(), StoreError> {
    let empty = link.read(|session| async move { Ok(HeadRow::read(&session).await?.next == 0) })?;
    if !empty {
        return Ok(());
    }
    let (_, general) = keyring.make(GENERAL)?;
    let head = signed_head(vkey, key, &Tree::new())?;
    let checkpoint = Checkpoint {
        origin: vkey.name().clone(),
        size: 0,
        root: head.root,
    };
    let frame = Frame {
        number: 0,
        previous: Digest::from_bytes([0; 32]),
        records: vec![general, keyring.make_index_key()?],
        head,
    };
    let encoded = frame.encode(key)?;
    let rows = rows_of(&frame.records, &encoded.spans, (0, 0), 0, &mut Edge::new());
    let writing = Arc::new(Writing {
        number: 0,
        encoded,
        rows,
        head: checkpoint,
    });
    let other = Arc::clone(link);
    link.read(move |session| {
        let (link, writing) = (Arc::clone(&other), Arc::clone(&writing));
        async move {
            let begun = session.client.batch_execute("BEGIN").await;
            begun.map_err(database("begin a transaction"))?;
            if HeadRow::lock(&session).await?.next > 0 {
                let ended = session.client.batch_execute("ROLLBACK").await;
                return ended.map_err(database("end a transaction"));
            }
            match finish(&session, &link, &writing).await {
                Ended::Durable => Ok(()),
                Ended::Nothing(error) => Err(error),
                Ended::Unknown => Err(StoreError::Unwritable),
            }
        }
    })
}
