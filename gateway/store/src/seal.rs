//! Sealing: AES-256-GCM under a data key per case, each wrapped by the epoch key.
//!
//! Associated data binds every sealed value to its origin and place, so that one cannot be moved.
//! Nonces are random: a key may seal 2^32 values (NIST SP 800-38D §8.3), far beyond a ledger's life.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::rand::{SecureRandom, SystemRandom};
use stile_ledger::frame::{Record, Sealed};
use stile_model::id::CaseId;
use zeroize::Zeroizing;

use crate::config::EpochKey;
use crate::error::StoreError;

/// The label of the key for what belongs to no case.
pub(crate) const GENERAL: &[u8] = b"general";
/// Unwrapped keys kept in memory before all are forgotten and read again.
const CACHED: usize = 4_096;

/// A data key ready for use.
#[derive(Clone)]
pub(crate) struct DataKey {
    pub(crate) id: [u8; 16],
    key: Arc<LessSafeKey>,
}

/// The epoch key and the data keys unwrapped so far.
pub(crate) struct Keyring {
    origin: String,
    epoch: LessSafeKey,
    random: SystemRandom,
    cached: Mutex<HashMap<[u8; 16], DataKey>>,
    labels: Mutex<HashMap<Vec<u8>, [u8; 16]>>,
}

/// What a sealed value is, and where it stands.
pub(crate) enum Place<'a> {
    Body(u64),
    Key { id: &'a [u8; 16], label: &'a [u8] },
    State { tree: u8, key: &'a [u8] },
}

impl Keyring {
    pub(crate) fn new(origin: &str, epoch: &EpochKey) -> Result<Self, StoreError> {
        let epoch = aes(epoch.bytes())?;
        let (cached, labels) = (Mutex::default(), Mutex::default());
        Ok(Self {
            origin: origin.to_owned(),
            epoch,
            random: SystemRandom::new(),
            cached,
            labels,
        })
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
        let aad = self.aad(&Place::Key { id: &id, label });
        let wrapped = self.encrypt(&self.epoch, &aad, secret.as_slice())?;
        let key = DataKey {
            id,
            key: Arc::new(aes(&secret)?),
        };
        Ok((
            key,
            Record::WrappedKey {
                id,
                label: label.to_vec(),
                wrapped,
            },
        ))
    }

    /// Unwraps the data key in `record`.
    pub(crate) fn unwrap_record(&self, record: &Record) -> Result<DataKey, StoreError> {
        let Record::WrappedKey { id, label, wrapped } = record else {
            return Err(StoreError::Sealed);
        };
        let aad = self.aad(&Place::Key { id, label });
        let secret = Zeroizing::new(decrypt(&self.epoch, &aad, wrapped)?);
        let secret: &[u8; 32] = secret
            .as_slice()
            .try_into()
            .map_err(|_| StoreError::Sealed)?;
        Ok(DataKey {
            id: *id,
            key: Arc::new(aes(secret)?),
        })
    }

    /// Remembers a key that is durable.
    pub(crate) fn remember(&self, label: &[u8], key: &DataKey) {
        let mut labels = self.labels.lock().unwrap_or_else(PoisonError::into_inner);
        let mut cached = self.cached.lock().unwrap_or_else(PoisonError::into_inner);
        if cached.len() >= CACHED {
            cached.clear();
            labels.clear();
        }
        labels.insert(label.to_vec(), key.id);
        cached.insert(key.id, key.clone());
    }

    pub(crate) fn cached(&self, id: &[u8; 16]) -> Option<DataKey> {
        self.cached
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(id)
            .cloned()
    }

    pub(crate) fn cached_label(&self, label: &[u8]) -> Option<DataKey> {
        let labels = self.labels.lock().unwrap_or_else(PoisonError::into_inner);
        let id = *labels.get(label)?;
        drop(labels);
        self.cached(&id)
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

fn aes(bytes: &[u8; 32]) -> Result<LessSafeKey, StoreError> {
    UnboundKey::new(&AES_256_GCM, bytes)
        .map(LessSafeKey::new)
        .map_err(|_| StoreError::Sealed)
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
        Keyring::new(origin, &EpochKey::from_bytes([epoch; 32])).unwrap()
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
}
