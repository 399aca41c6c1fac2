//! Appending again what still counts but lies in segments that are about to go: values, wrapped keys,
//! and the marks of erased ones. Sealed bytes are taken over as they are.

use std::collections::BTreeMap;

use stile_ledger::frame::Record;

use crate::batch::Batch;
use crate::error::StoreError;
use crate::index::{label_key, wrapped_key};
use crate::journal::Locator;
use crate::read::{after, past_prefix};
use crate::store::Store;

/// Rows read at once.
const PAGE: usize = 2_000;
/// Most records, and about how many bytes of them, in one frame.
const RECORDS: usize = 500;
const BYTES: u64 = 8 * 1024 * 1024;

impl Store {
    /// Appends again what lies before frame `next`. Gives how many records.
    pub(super) async fn carry(&self, next: u64) -> Result<usize, StoreError> {
        let mut carried = 0;
        // Marks of erasure first: the record of one also takes away the name of its key.
        for kind in *b"xks" {
            let mut start = vec![kind];
            loop {
                let end = past_prefix(&[kind]);
                let rows = self.merged(start..end, PAGE)?;
                let Some((last, _)) = rows.last_key_value() else {
                    break;
                };
                start = after(last);
                carried += self.carry_rows(rows, next).await?;
            }
        }
        Ok(carried)
    }

    async fn carry_rows(
        &self,
        rows: BTreeMap<Vec<u8>, Vec<u8>>,
        next: u64,
    ) -> Result<usize, StoreError> {
        let (mut own, mut weight, mut carried) = (Vec::new(), 0_u64, 0);
        for row in rows.into_values() {
            let place = Locator::from_bytes(&row).ok_or(StoreError::Index("a row is garbled"))?;
            if place.segment >= next {
                continue;
            }
            weight += u64::from(place.length);
            own.extend(self.as_it_stands(&row)?);
            carried += 1;
            if own.len() >= RECORDS || weight >= BYTES {
                self.submit(Batch::default(), std::mem::take(&mut own))
                    .await?;
                weight = 0;
            }
        }
        if !own.is_empty() {
            self.submit(Batch::default(), own).await?;
        }
        Ok(carried)
    }

    /// The record of a row; behind a mark of erasure, the key that its name stands for now.
    fn as_it_stands(&self, row: &[u8]) -> Result<Vec<Record>, StoreError> {
        let record = self.shared.record(row)?;
        let Record::KeyErased { label, .. } = &record else {
            return Ok(vec![record]);
        };
        let mut records = Vec::from([record.clone()]);
        if let Some(id) = self.shared.row(&label_key(label))? {
            let id = id
                .try_into()
                .map_err(|_| StoreError::Index("a row is garbled"))?;
            if let Some(row) = self.shared.row(&wrapped_key(&id))? {
                records.push(self.shared.record(&row)?);
            }
        }
        Ok(records)
    }
}
