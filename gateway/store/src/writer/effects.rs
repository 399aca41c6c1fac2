//! What a group changes for the groups after it, while readers cannot see it yet.

use std::collections::{HashMap, HashSet};

use stile_ledger::frame::Record;

use crate::index::state_key;
use crate::seal::DataKey;

/// The changes of one frame that decide about later batches: keys of the state, and data keys.
#[derive(Default)]
pub(crate) struct Effects {
    present: HashSet<Vec<u8>>,
    absent: HashSet<Vec<u8>>,
    /// Data keys made here, by label; remembered by all only once they are durable.
    pub(crate) keys: HashMap<Vec<u8>, DataKey>,
    /// Labels whose data key is erased here, and which have none since.
    erased: HashSet<Vec<u8>>,
}

/// What is known of the data key of a label.
pub(crate) enum Known<'a> {
    /// This one.
    Key(&'a DataKey),
    /// There is none any more.
    Erased,
}

impl Effects {
    /// Takes in which of the keys `asked` have a row.
    pub(crate) fn know(&mut self, asked: &[Vec<u8>], present: Vec<Vec<u8>>) {
        self.present.extend(present);
        let absent = asked.iter().filter(|key| !self.present.contains(*key));
        self.absent.extend(absent.cloned());
    }

    /// Takes in what a record changes; later records win.
    pub(crate) fn add(&mut self, record: &Record) {
        match record {
            Record::State { tree, key, value } => {
                let key = state_key(*tree, key);
                let (now, was) = if value.is_some() {
                    (&mut self.present, &mut self.absent)
                } else {
                    (&mut self.absent, &mut self.present)
                };
                was.remove(&key);
                now.insert(key);
            }
            Record::KeyErased { label, .. } => {
                self.keys.remove(label);
                self.erased.insert(label.clone());
            }
            Record::Body { .. } | Record::Entry(_) | Record::WrappedKey { .. } => {}
        }
    }

    /// Does the key of the state have a value? `None` when this group says nothing of it.
    pub(crate) fn is_present(&self, key: &[u8]) -> Option<bool> {
        let known = self.present.contains(key) || self.absent.contains(key);
        known.then(|| self.present.contains(key))
    }

    /// The data key of `label`; `None` when this group says nothing of it.
    pub(crate) fn key(&self, label: &[u8]) -> Option<Known<'_>> {
        match self.keys.get(label) {
            Some(key) => Some(Known::Key(key)),
            None => self.erased.contains(label).then_some(Known::Erased),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::EpochKey;
    use crate::seal::Keyring;

    fn state(key: &[u8], value: bool) -> Record {
        Record::State {
            tree: 1,
            key: key.to_vec(),
            value: value.then(|| stile_ledger::frame::Sealed {
                key: [0; 16],
                bytes: Vec::new(),
            }),
        }
    }

    #[test]
    fn later_record_of_a_key_wins_and_other_keys_are_not_spoken_of() {
        let mut effects = Effects::default();
        effects.add(&state(b"kept", true));
        effects.add(&state(b"gone", true));
        effects.add(&state(b"gone", false));
        effects.add(&state(b"back", false));
        effects.add(&state(b"back", true));

        let of = |key: &[u8]| effects.is_present(&state_key(1, key));
        assert_eq!(of(b"kept"), Some(true));
        assert_eq!(of(b"gone"), Some(false));
        assert_eq!(of(b"back"), Some(true));
        assert_eq!(of(b"other"), None);
    }

    #[test]
    fn erased_data_key_is_not_used_for_what_comes_after_until_there_is_a_new_one() {
        let ring = Keyring::new("here", EpochKey::from_bytes([1; 32])).unwrap();
        let (key, _) = ring.make(b"case/1").unwrap();
        let mut effects = Effects::default();
        assert!(effects.key(b"case/1").is_none());
        effects.keys.insert(b"case/1".to_vec(), key.clone());

        effects.add(&Record::KeyErased {
            id: key.id,
            label: b"case/1".to_vec(),
        });
        assert!(matches!(effects.key(b"case/1"), Some(Known::Erased)));

        let (new, _) = ring.make(b"case/1").unwrap();
        effects.keys.insert(b"case/1".to_vec(), new.clone());
        assert!(matches!(effects.key(b"case/1"), Some(Known::Key(known)) if known.id == new.id));
    }
}
