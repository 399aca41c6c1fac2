//! Sealing: AES-256-GCM under a data key per case, each wrapped by the epoch key.
//!
//! Associated data binds every sealed value to its origin and place, so that one cannot be moved.
//! Nonces are random: a key may seal 2^32 values (NIST SP 800-38D §8.3), far beyond a ledger's life.
//!
//! One more secret is wrapped like a data key, under the label `index`: it keys the rows by which a
//! person is found again ([`Keyring::subject_token`]). It changes with every erasure, so that an index
//! kept from before tells nothing; the index must then be built anew.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use ring::aead::{Aad, LessSafeKey, Nonce};
use ring::hmac;
use ring::rand::{SecureRandom, SystemRandom};
use stile_ledger::frame::{Record, Sealed};
use stile_model::id::CaseId;
use zeroize::Zeroizing;

use crate::error::StoreError;
use crate::keys::{Destroyed, EpochId, EpochKey, Kek, aes, epoch_of};

/// The label of the key for what belongs to no case.
pub(crate) const GENERAL: &[u8] = b"general";
/// The label of the secret that keys the index; it seals nothing.
pub(crate) const INDEX: &[u8] = b"index";
/// Unwrapped keys kept in memory before all are forgotten and read again.
const CACHED: usize = 4_096;

/// A data key ready for use.
#[derive(Clone)]
pub(crate) struct DataKey {
    pub(crate) id: [u8; 16],
    key: Arc<LessSafeKey>,
}

/// The epoch keys on hand and the data keys unwrapped so far.
pub(crate) struct Keyring {
    origin: String,
    random: SystemRandom,
    epochs: RwLock<Epochs>,
    index: Mutex<Option<IndexKey>>,
    cached: Mutex<Cached>,
}

struct Epochs {
    keys: EpochKey,
    /// Under which new keys are wrapped.
    current: EpochId,
}

struct IndexKey {
    id: [u8; 16],
    key: hmac::Key,
}

#[derive(Default)]
struct Cached {
    keys: HashMap<[u8; 16], DataKey>,
    labels: HashMap<Vec<u8>, [u8; 16]>,
    /// Never given out again by this process.
    erased: HashSet<[u8; 16]>,
}

/// What a sealed value is, and where it stands.
pub(crate) enum Place<'a> {
    Body(u64),
    Key { id: &'a [u8; 16], label: &'a [u8] },
    State { tree: u8, key: &'a [u8] },
}

impl Keyring {
    /// Wraps new keys under the first epoch key on hand until [`Keyring::use_epoch`].
    pub(crate) fn new(origin: &str, keys: EpochKey) -> Result<Self, StoreError> {
        let current = keys
            .first()
            .ok_or(StoreError::Config("there is no epoch key"))?
            .id();
        Ok(Self {
            origin: origin.to_owned(),
            random: SystemRandom::new(),
            epochs: RwLock::new(Epochs { keys, current }),
            index: Mutex::default(),
            cached: Mutex::default(),
        })
    }

    /// Wraps new keys under this epoch key from now on.
    pub(crate) fn use_epoch(&self, id: EpochId) -> Result<(), StoreError> {
        let mut epochs = self.epochs.write().unwrap_or_else(PoisonError::into_inner);
        epochs.keys.of_id(id).ok_or(StoreError::WrongEpochKey)?;
        epochs.current = id;
        Ok(())
    }

    /// Makes or finds the key of the next epoch, and wraps new keys under it from now on. Gives the
    /// old and the new.
    pub(crate) fn begin_epoch(&self) -> Result<(EpochId, EpochId), StoreError> {
        let mut epochs = self.epochs.write().unwrap_or_else(PoisonError::into_inner);
        let old = epochs.current;
        let new = epochs.keys.prepare_next(old)?;
        if old == new {
            return Err(StoreError::Config(
                "the next epoch key is the same as the one in use; give another",
            ));
        }
        epochs.current = new;
        Ok((old, new))
    }

    /// Destroys the epoch key `old`.
    pub(crate) fn end_epoch(&self, old: EpochId, new: EpochId) -> Result<Destroyed, StoreError> {
        let mut epochs = self.epochs.write().unwrap_or_else(PoisonError::into_inner);
        epochs.keys.retire(old, new)
    }

    /// The epoch key that new keys are wrapped under.
    pub(crate) fn epoch(&self) -> EpochId {
        self.epochs
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .current
    }

    pub(crate) fn random<const N: usize>(&self) -> Result<[u8; N], StoreError> {
        let mut bytes = [0; N];
        self.random
            .fill(&mut bytes)
            .map_err(|_| StoreError::Sealed)?;
        Ok(bytes)
    }

    /// A new data key for `label`, and the record that keeps it.
    pub(crate) fn make(&self, label: &[u8]) -> Result<(DataKey, Record), StoreError> {
        let id = self.random()?;
        let secret = Zeroizing::new(self.random::<32>()?);
        let record = self.wrap(id, label, &secret)?;
        let key = Arc::new(aes(&secret));
        Ok((DataKey { id, key }, record))
    }

    /// The same key wrapped under the epoch key now in use.
    pub(crate) fn wrap_again(&self, record: &Record) -> Result<Record, StoreError> {
        let (id, label, secret) = self.secret_of(record)?;
        self.wrap(*id, label, &secret)
    }

    fn wrap(&self, id: [u8; 16], label: &[u8], secret: &[u8; 32]) -> Result<Record, StoreError> {
        let aad = self.aad(&Place::Key { id: &id, label });
        let wrapped = self.kek(self.epoch())?.wrap(self.random()?, &aad, secret)?;
        Ok(Record::WrappedKey {
            id,
            label: label.to_vec(),
            wrapped,
        })
    }

    fn kek(&self, id: EpochId) -> Result<Kek, StoreError> {
        let epochs = self.epochs.read().unwrap_or_else(PoisonError::into_inner);
        epochs.keys.of_id(id).cloned().ok_or(StoreError::Sealed)
    }

    /// Unwraps the data key in `record`.
    pub(crate) fn unwrap_record(&self, record: &Record) -> Result<DataKey, StoreError> {
        let (id, _, secret) = self.secret_of(record)?;
        let key = Arc::new(aes(&secret));
        Ok(DataKey { id: *id, key })
    }

    #[expect(
        clippy::type_complexity,
        reason = "the three parts of one record, named where they are taken"
    )]
    fn secret_of<'a>(
        &self,
        record: &'a Record,
    ) -> Result<(&'a [u8; 16], &'a [u8], Zeroizing<[u8; 32]>), StoreError> {
        let Record::WrappedKey { id, label, wrapped } = record else {
            return Err(StoreError::Sealed);
        };
        if self.is_erased(id) {
            return Err(StoreError::Erased);
        }
        let aad = self.aad(&Place::Key { id, label });
        let (epoch, _) = epoch_of(wrapped)?;
        Ok((id, label, self.kek(epoch)?.unwrap(&aad, wrapped)?))
    }

    /// A new secret for the index, and the record that keeps it.
    pub(crate) fn make_index_key(&self) -> Result<Record, StoreError> {
        let secret = Zeroizing::new(self.random::<32>()?);
        self.wrap(self.random()?, INDEX, &secret)
    }

    /// Keys the index by the secret in `record`.
    pub(crate) fn use_index_key(&self, record: &Record) -> Result<(), StoreError> {
        let (id, label, secret) = self.secret_of(record)?;
        if label != INDEX {
            return Err(StoreError::Index("its key is not the index key"));
        }
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_slice());
        *self.index.lock().unwrap_or_else(PoisonError::into_inner) =
            Some(IndexKey { id: *id, key });
        Ok(())
    }

    /// Names the secret that keys the index; `None` before it is known. Rows made under another
    /// are useless: build the index anew.
    pub(crate) fn index_key_id(&self) -> Option<[u8; 16]> {
        let index = self.index.lock().unwrap_or_else(PoisonError::into_inner);
        index.as_ref().map(|index| index.id)
    }

    /// The index's word for a person: HMAC-SHA-256 under the index secret of
    /// "stile-subject-token-v1" LF ‖ the subject's digest.
    ///
    /// # Errors
    ///
    /// When the index secret is not known yet.
    pub(crate) fn subject_token(&self, subject: &[u8; 32]) -> Result<[u8; 32], StoreError> {
        let index = self.index.lock().unwrap_or_else(PoisonError::into_inner);
        let index = index
            .as_ref()
            .ok_or(StoreError::Index("it does not know its own key"))?;
        let text = [b"stile-subject-token-v1\n".as_slice(), subject].concat();
        let mut token = [0; 32];
        token.copy_from_slice(hmac::sign(&index.key, &text).as_ref());
        Ok(token)
    }

    fn cache(&self) -> MutexGuard<'_, Cached> {
        self.cached.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers a key that is durable.
    pub(crate) fn remember(&self, label: &[u8], key: &DataKey) {
        let mut cache = self.cache();
        if cache.erased.contains(&key.id) {
            return;
        }
        if cache.keys.len() >= CACHED {
            cache.keys.clear();
            cache.labels.clear();
        }
        cache.labels.insert(label.to_vec(), key.id);
        cache.keys.insert(key.id, key.clone());
    }

    /// Never gives these keys out again.
    pub(crate) fn forget_erased(&self, erased: &[([u8; 16], Vec<u8>)]) {
        for (id, label) in erased {
            self.forget(*id, label);
        }
    }

    /// Never gives this key out again; whoever holds it already finishes.
    pub(crate) fn forget(&self, id: [u8; 16], label: &[u8]) {
        let mut cache = self.cache();
        cache.keys.remove(&id);
        if cache.labels.get(label) == Some(&id) {
            cache.labels.remove(label);
        }
        cache.erased.insert(id);
    }

    pub(crate) fn is_erased(&self, id: &[u8; 16]) -> bool {
        self.cache().erased.contains(id)
    }

    pub(crate) fn cached(&self, id: &[u8; 16]) -> Option<DataKey> {
        self.cache().keys.get(id).cloned()
    }

    pub(crate) fn cached_label(&self, label: &[u8]) -> Option<DataKey> {
        let cache = self.cache();
        let id = cache.labels.get(label)?;
        cache.keys.get(id).cloned()
    }

    pub(crate) fn seal(
        &self,
        key: &DataKey,
        place: &Place<'_>,
        plain: &[u8],
    ) -> Result<Sealed, StoreError> {
        let bytes = self.encrypt(&key.key, &self.aad(place), plain)?;
        Ok(Sealed { key: key.id, bytes })
    }

    pub(crate) fn open(
        &self,
        key: &DataKey,
        place: &Place<'_>,
        sealed: &Sealed,
    ) -> Result<Vec<u8>, StoreError> {
        decrypt(&key.key, &self.aad(place), &sealed.bytes)
    }

    fn encrypt(&self, key: &LessSafeKey, aad: &[u8], plain: &[u8]) -> Result<Vec<u8>, StoreError> {
        let nonce = self.random::<12>()?;
        let mut bytes = Vec::with_capacity(12 + plain.len() + 16);
        bytes.extend_from_slice(&nonce);
        bytes.extend_from_slice(plain);
        let text = bytes.get_mut(12..).unwrap_or_default();
        let tag = key
            .seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::from(aad), text)
            .map_err(|_| StoreError::Sealed)?;
        bytes.extend_from_slice(tag.as_ref());
        Ok(bytes)
    }

    /// origin ‖ 0 ‖ kind ‖ place; the origin holds no zero byte and kinds differ in one byte.
    fn aad(&self, place: &Place<'_>) -> Vec<u8> {
        let mut aad = self.origin.as_bytes().to_vec();
        aad.push(0);
        match place {
            Place::Body(index) => {
                aad.push(b'b');
                aad.extend_from_slice(&index.to_be_bytes());
            }
            Place::Key { id, label } => {
                aad.push(b'k');
                aad.extend_from_slice(*id);
                aad.extend_from_slice(label);
            }
            Place::State { tree, key } => {
                aad.extend_from_slice(&[b's', *tree]);
                aad.extend_from_slice(key);
            }
        }
        aad
    }
}

/// The label of the key for `case`.
pub(crate) fn label(case: Option<&CaseId>) -> Vec<u8> {
    case.map_or_else(
        || GENERAL.to_vec(),
        |case| format!("case/{case}").into_bytes(),
    )
}

fn decrypt(key: &LessSafeKey, aad: &[u8], bytes: &[u8]) -> Result<Vec<u8>, StoreError> {
    let (nonce, text) = bytes.split_at_checked(12).ok_or(StoreError::Sealed)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| StoreError::Sealed)?;
    let mut text = text.to_vec();
    let length = key
        .open_in_place(nonce, Aad::from(aad), &mut text)
        .map_err(|_| StoreError::Sealed)?
        .len();
    text.truncate(length);
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keyring(origin: &str, epoch: u8) -> Keyring {
        Keyring::new(origin, EpochKey::from_bytes([epoch; 32])).unwrap()
    }

    #[test]
    fn sealed_value_opens_only_in_its_own_place() {
        let ring = keyring("here", 1);
        let (key, _) = ring.make(GENERAL).unwrap();
        let place = Place::State { tree: 2, key: b"k" };

        let sealed = ring.seal(&key, &place, b"value").unwrap();

        assert_eq!(ring.open(&key, &place, &sealed).unwrap(), b"value");
        for other in [
            Place::State { tree: 3, key: b"k" },
            Place::State { tree: 2, key: b"l" },
            Place::Body(0),
        ] {
            assert!(ring.open(&key, &other, &sealed).is_err());
        }
        assert!(keyring("there", 1).open(&key, &place, &sealed).is_err());
    }

    #[test]
    fn another_epoch_key_does_not_unwrap_a_data_key() {
        let (_, record) = keyring("here", 1).make(GENERAL).unwrap();

        assert!(keyring("here", 1).unwrap_record(&record).is_ok());
        assert!(matches!(
            keyring("here", 2).unwrap_record(&record),
            Err(StoreError::Sealed)
        ));
        assert!(matches!(
            keyring("there", 1).unwrap_record(&record),
            Err(StoreError::Sealed)
        ));
    }

    #[test]
    fn refuses_a_sealed_value_with_any_byte_changed() {
        let ring = keyring("here", 1);
        let (key, _) = ring.make(GENERAL).unwrap();
        let sealed = ring.seal(&key, &Place::Body(4), b"body").unwrap();

        for byte in 0..sealed.bytes.len() {
            let mut changed = sealed.clone();
            changed.bytes[byte] ^= 1;

            assert!(ring.open(&key, &Place::Body(4), &changed).is_err());
        }
    }

    #[test]
    fn person_is_a_different_word_under_every_index_key() {
        let ring = keyring("here", 1);
        assert!(ring.subject_token(&[7; 32]).is_err());

        ring.use_index_key(&ring.make_index_key().unwrap()).unwrap();
        let (first, id) = (ring.subject_token(&[7; 32]).unwrap(), ring.index_key_id());
        assert_eq!(ring.subject_token(&[7; 32]).unwrap(), first);
        assert_ne!(ring.subject_token(&[8; 32]).unwrap(), first);

        ring.use_index_key(&ring.make_index_key().unwrap()).unwrap();
        assert_ne!(ring.index_key_id(), id);
        assert_ne!(ring.subject_token(&[7; 32]).unwrap(), first);
    }

    #[test]
    fn data_key_does_not_key_the_index() {
        let ring = keyring("here", 1);
        let (_, record) = ring.make(GENERAL).unwrap();

        assert!(ring.use_index_key(&record).is_err());
    }

    #[test]
    fn forgotten_key_is_neither_remembered_nor_unwrapped_again() {
        let ring = keyring("here", 1);
        let (key, record) = ring.make(b"case/1").unwrap();
        ring.remember(b"case/1", &key);

        ring.forget(key.id, b"case/1");
        ring.remember(b"case/1", &key);

        assert!(ring.cached(&key.id).is_none());
        assert!(ring.cached_label(b"case/1").is_none());
        assert!(matches!(
            ring.unwrap_record(&record),
            Err(StoreError::Erased)
        ));
    }
}
