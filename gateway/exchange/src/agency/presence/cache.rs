//! The published sets on the disk, so that a restart serves them at once.
//!
//! ```text
//! <dir>/<purpose>.set = "stile presence cache 1\n" | epoch u32 | nonce 12 | AES-256-GCM(head length u32 | head | strong | weak)
//! ```
//!
//! Little-endian. The key comes of the epoch's seed, which is sealed in the store: when the seed is
//! gone the file says nothing. Nobody's particulars are in it, only the sets that hubs are given. A
//! file that cannot be read is passed over, and the sets are made anew.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hmac;
use serde::{Deserialize, Serialize};
use stile_model::digest::Digest;
use stile_model::id::{Code, MemberId};
use stile_model::time::Timestamp;
use tokio::task::spawn_blocking;

use super::super::Agency;
use super::PresenceWay;
use super::epoch::{Key, Keys, Seed};
use super::set::{OneSet, PublishedSets};
use crate::random;

const MAGIC: &[u8] = b"stile presence cache 1\n";

/// What a file says of its set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    knowable: Digest,
    built_at: Timestamp,
    valid_until: Timestamp,
    strong: usize,
    weak: usize,
}

/// What binds a file to its place.
#[derive(Debug, Clone)]
struct Place {
    me: MemberId,
    purpose: Code,
    epoch: u32,
}

impl Place {
    fn label(&self) -> Vec<u8> {
        format!("{} {} {}", self.me, self.purpose, self.epoch).into_bytes()
    }

    fn file(&self, dir: &Path) -> PathBuf {
        dir.join(format!("{}.set", self.purpose))
    }
}

impl Agency {
    /// Keeps published sets; a failure is logged, and costs time at the next start only.
    pub(super) async fn cache_sets(&self, sets: &Arc<PublishedSets>, key: &Key) {
        let Some(dir) = self.cache_dir() else { return };
        let (sets, me, seed) = (Arc::clone(sets), self.me.clone(), key.epoch.seed.clone());
        let written = spawn_blocking(move || write_all(&dir, &me, &sets, &seed)).await;
        if !matches!(written, Ok(Some(()))) {
            tracing::warn!("the presence sets could not be kept in `presence.dir`");
        }
    }

    /// Publishes the sets that were kept, where they may still be used.
    pub(super) async fn read_cached_sets(self: &Arc<Self>) {
        let (Some(dir), Ok(settings)) = (self.cache_dir(), self.presence_settings()) else {
            return;
        };
        if settings.form == PresenceWay::Asked {
            return;
        }
        let now = self.clock.now();
        let Ok(knowable) = self.knowable_ahead(&self.footing(), now.date()).await else {
            return;
        };
        let ruled = knowable.digest();
        let Ok(keys) = self.turn_epochs(ruled, settings.epoch_days, now).await else {
            return;
        };
        let (me, purposes) = (self.me.clone(), knowable.purposes().cloned().collect());
        let read = spawn_blocking(move || read_all(&dir, &me, purposes, &keys, now)).await;
        if let Ok(Some(sets)) = read
            && sets.knowable == ruled
            && now < sets.valid_until
        {
            tracing::info!(
                epoch = sets.epoch,
                "presence sets of before are served again"
            );
            self.live.presence.sets.store(Some(Arc::new(sets)));
        }
    }

    fn cache_dir(&self) -> Option<PathBuf> {
        self.settings.presence.as_ref()?.dir.clone()
    }
}

fn write_all(dir: &Path, me: &MemberId, sets: &PublishedSets, seed: &Seed) -> Option<()> {
    fs::create_dir_all(dir).ok()?;
    for (purpose, set) in &sets.of {
        let place = Place {
            me: me.clone(),
            purpose: purpose.clone(),
            epoch: sets.epoch,
        };
        let head = Head {
            knowable: sets.knowable,
            built_at: sets.built_at,
            valid_until: sets.valid_until,
            strong: set.strong.len(),
            weak: set.weak.len(),
        };
        let bytes = seal(&place, &head, set, seed)?;
        let file = place.file(dir);
        let new = file.with_extension("new");
        let mut written = fs::File::create(&new).ok()?;
        written.write_all(&bytes).ok()?;
        written.sync_all().ok()?;
        fs::rename(&new, &file).ok()?;
    }
    Some(())
}

/// The sets of all purposes, if there is one of each, all made in one round.
fn read_all(
    dir: &Path,
    me: &MemberId,
    purposes: Vec<Code>,
    keys: &Keys,
    now: Timestamp,
) -> Option<PublishedSets> {
    let mut of = BTreeMap::new();
    let mut made: Option<(u32, Head)> = None;
    for purpose in purposes {
        let bytes = fs::read(dir.join(format!("{purpose}.set"))).ok()?;
        let (epoch, _) = bytes.strip_prefix(MAGIC)?.split_first_chunk()?;
        let place = Place {
            me: me.clone(),
            purpose,
            epoch: u32::from_le_bytes(*epoch),
        };
        let key = keys.accepted(place.epoch, now)?;
        let (head, set) = open(&place, bytes, &key.epoch.seed)?;
        let first = made.get_or_insert_with(|| (place.epoch, head.clone()));
        if (first.0, first.1.knowable, first.1.built_at)
            != (place.epoch, head.knowable, head.built_at)
        {
            return None;
        }
        of.insert(place.purpose, Arc::new(set));
    }
    let (epoch, head) = made?;
    Some(PublishedSets {
        epoch,
        knowable: head.knowable,
        built_at: head.built_at,
        valid_until: head.valid_until,
        of,
    })
}

fn key_of(seed: &Seed) -> Option<LessSafeKey> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, seed.bytes());
    let derived = hmac::sign(&key, b"stile presence cache v1");
    UnboundKey::new(&AES_256_GCM, derived.as_ref())
        .ok()
        .map(LessSafeKey::new)
}

fn seal(place: &Place, head: &Head, set: &OneSet, seed: &Seed) -> Option<Vec<u8>> {
    let nonce: [u8; NONCE_LEN] = random::bytes().ok()?;
    let head = serde_json::to_vec(head).ok()?;
    let mut sealed = u32::try_from(head.len()).ok()?.to_le_bytes().to_vec();
    sealed.extend_from_slice(&head);
    sealed.extend_from_slice(&set.strong);
    sealed.extend_from_slice(&set.weak);
    let aad = Aad::from(place.label());
    key_of(seed)?
        .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad, &mut sealed)
        .ok()?;
    Some([MAGIC, &place.epoch.to_le_bytes(), &nonce, &sealed].concat())
}

fn open(place: &Place, mut bytes: Vec<u8>, seed: &Seed) -> Option<(Head, OneSet)> {
    let rest = bytes.get_mut(MAGIC.len() + size_of::<u32>()..)?;
    let (nonce, sealed) = rest.split_first_chunk_mut::<NONCE_LEN>()?;
    let nonce = Nonce::assume_unique_for_key(*nonce);
    let opened = key_of(seed)?
        .open_in_place(nonce, Aad::from(place.label()), sealed)
        .ok()?;
    let (length, rest) = opened.split_first_chunk()?;
    let (head, rest) = rest.split_at_checked(usize::try_from(u32::from_le_bytes(*length)).ok()?)?;
    let head: Head = serde_json::from_slice(head).ok()?;
    let (strong, weak) = rest.split_at_checked(head.strong)?;
    if weak.len() != head.weak {
        return None;
    }
    let set = OneSet::new(Bytes::copy_from_slice(strong), Bytes::copy_from_slice(weak));
    Some((head, set))
}

#[cfg(test)]
mod tests;
