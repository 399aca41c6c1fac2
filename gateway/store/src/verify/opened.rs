//! Does an epoch key open what a journal holds?

use std::collections::HashMap;

use stile_ledger::frame::{Frame, Record};

use crate::error::StoreError;
use crate::keys::{EpochId, EpochKey, epoch_of};
use crate::seal::{GENERAL, INDEX, Keyring};

/// The keys that a journal leaves, read frame by frame.
#[derive(Default)]
pub(super) struct Keys {
    /// Of every data key that is not erased, what it was wrapped under last; none where its record is
    /// no wrapped key.
    wrapped_under: HashMap<[u8; 16], Option<EpochId>>,
    /// The store's own two, as they were wrapped last.
    general: Option<Record>,
    index: Option<Record>,
}

impl Keys {
    pub(super) fn take(&mut self, frame: &Frame) {
        for record in &frame.records {
            match record {
                Record::KeyErased { id, .. } => {
                    self.wrapped_under.remove(id);
                }
                Record::WrappedKey { id, label, wrapped } => {
                    let epoch = epoch_of(wrapped).ok().map(|(epoch, _)| epoch);
                    self.wrapped_under.insert(*id, epoch);
                    match label.as_slice() {
                        GENERAL => self.general = Some(record.clone()),
                        INDEX => self.index = Some(record.clone()),
                        _ => {}
                    }
                }
                Record::Body { .. } | Record::Entry(_) | Record::State { .. } => {}
            }
        }
    }

    /// Makes sure that `keys` are those that everything was wrapped under last, by opening the store's
    /// own two.
    pub(super) fn opened_by(&self, origin: &str, keys: EpochKey) -> Result<(), StoreError> {
        let on_hand = keys.ids();
        let is_on_hand = |epoch: &Option<EpochId>| epoch.is_some_and(|id| on_hand.contains(&id));
        if !self.wrapped_under.values().all(is_on_hand) {
            return Err(StoreError::WrongEpochKey);
        }
        let keyring = Keyring::new(origin, keys)?;
        for own in [&self.general, &self.index] {
            let record = own.as_ref().ok_or(StoreError::WrongEpochKey)?;
            let opened = keyring.unwrap_record(record);
            opened.map_err(|_| StoreError::WrongEpochKey)?;
        }
        Ok(())
    }
}
