//! Finding an entry's place in the row of its frame.

use std::ops::Range;

use super::{KeyValue, frame_key};
use crate::journal::Locator;

/// Where an entry and its body lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct EntryPlace {
    pub(crate) leaf: Locator,
    pub(crate) body: Option<Locator>,
}

/// The place of entry `index` from the row of its frame; `None` when the frame does not hold it.
pub(crate) fn entry_place((key, value): &KeyValue, index: u64) -> Option<EntryPlace> {
    let first = u64::from_be_bytes(key.get(1..)?.try_into().ok()?);
    let (segment, rest) = value.split_first_chunk::<8>()?;
    let (offset, rest) = rest.split_first_chunk::<8>()?;
    let nth = usize::try_from(index.checked_sub(first)?).ok()?;
    let (entries, _) = rest.as_chunks::<16>();
    let (numbers, _) = entries.get(nth)?.as_chunks::<4>();
    let [leaf, leaf_length, body, body_length] = numbers else {
        return None;
    };
    let place = |start: &[u8; 4], length: &[u8; 4]| Locator {
        segment: u64::from_be_bytes(*segment),
        offset: u64::from_be_bytes(*offset).saturating_add(u32::from_be_bytes(*start).into()),
        length: u32::from_be_bytes(*length),
    };
    let body = place(body, body_length);
    Some(EntryPlace {
        leaf: place(leaf, leaf_length),
        body: (body.length > 0).then_some(body),
    })
}

/// The rows among which the last is that of the frame with entry `index`.
pub(crate) fn frames_up_to(index: u64) -> Range<Vec<u8>> {
    frame_key(0)..[frame_key(index).as_slice(), &[0]].concat()
}
