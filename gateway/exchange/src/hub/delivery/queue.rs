//! What is kept of deliveries.
//!
//! ```text
//! send/<case>\0<what brought it about>      a delivery, sealed under the case's key
//! due/<to>\0<case>\0<…>                     present while it waits
//! lost/<to>\0<case>\0<…>                    present while it is given up and nobody ordered it again
//! ```

use stile_model::id::{CaseId, Code};
use stile_store::{Put, Tree};

use super::{Deliver, DeliveryLine, DeliveryState};
use crate::error::ExchangeError;
use crate::hub::Hub;
use crate::stored::every;

/// Before the keys of deliveries that wait.
const DUE: &str = "due/";
/// Before the keys of deliveries that are given up.
const LOST: &str = "lost/";

/// A delivery with what tells it from others of its case.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    /// What brought it about, as keys have it.
    pub(super) origin: Vec<u8>,
    pub(super) line: DeliveryLine,
}

/// A person ordered it: one delivery for each system and copy.
pub(super) fn ordered(to: &Code, number: u32) -> Vec<u8> {
    let number = number.to_be_bytes();
    [b"copy/", to.as_str().as_bytes(), b"\0", &number].concat()
}

/// A decision brought it about: one delivery for each system and decision.
pub(super) fn decided(to: &Code, step: usize) -> Vec<u8> {
    let step = u32::try_from(step).unwrap_or(u32::MAX).to_be_bytes();
    [b"step/", to.as_str().as_bytes(), b"\0", &step].concat()
}

impl Kept {
    /// How it is to stand: itself, and whether it waits or is given up.
    pub(super) fn puts(&self) -> Result<Vec<Put>, ExchangeError> {
        let value =
            serde_json::to_vec(&self.line).map_err(|_| ExchangeError::Stored("delivery"))?;
        let (waits, lost) = match self.line.state {
            DeliveryState::Delivered { .. } => (false, false),
            DeliveryState::GivenUp { .. } => (false, true),
            DeliveryState::Waiting { .. } => (true, false),
        };
        let mark = |is: bool| is.then(|| b"1".to_vec());
        let key = send_key(&self.line.case, &self.origin);
        Ok(vec![
            self.put(key, Some(value)),
            self.put(self.mark_key(DUE), mark(waits)),
            self.put(self.mark_key(LOST), mark(lost)),
        ])
    }

    fn put(&self, key: Vec<u8>, value: Option<Vec<u8>>) -> Put {
        Put {
            tree: Tree::Copies,
            key,
            value,
            case: Some(self.line.case.clone()),
        }
    }

    fn mark_key(&self, space: &str) -> Vec<u8> {
        let Deliver { to, .. } = &self.line.order;
        let case = self.line.case.as_str().as_bytes();
        [&marks(space, to), case, b"\0", &self.origin].concat()
    }
}

impl Hub {
    /// The deliveries of a case.
    pub(super) fn kept_deliveries(&self, case: &CaseId) -> Result<Vec<Kept>, ExchangeError> {
        let space = send_key(case, b"");
        let rows = every(&self.store, Tree::Copies, &space)?;
        let rows = rows.into_iter().map(|(key, bytes)| {
            Ok(Kept {
                origin: key.get(space.len()..).unwrap_or_default().to_vec(),
                line: read(&bytes)?,
            })
        });
        rows.collect()
    }

    /// One delivery of a case.
    pub(super) fn kept_delivery(
        &self,
        case: &CaseId,
        origin: &[u8],
    ) -> Result<Option<Kept>, ExchangeError> {
        let bytes = self.store.get(Tree::Copies, &send_key(case, origin))?;
        let line = bytes.map(|bytes| read(&bytes)).transpose()?;
        Ok(line.map(|line| Kept {
            origin: origin.to_vec(),
            line,
        }))
    }

    /// The deliveries to a system that wait.
    pub(super) fn waiting(&self, to: &Code) -> Result<Vec<Kept>, ExchangeError> {
        self.marked(DUE, to)
    }

    /// The deliveries to a system that are given up.
    pub(super) fn lost(&self, to: &Code) -> Result<Vec<Kept>, ExchangeError> {
        self.marked(LOST, to)
    }

    fn marked(&self, space: &str, to: &Code) -> Result<Vec<Kept>, ExchangeError> {
        let space = marks(space, to);
        let mut all = Vec::new();
        for (key, _) in every(&self.store, Tree::Copies, &space)? {
            let rest = key.get(space.len()..).unwrap_or_default();
            let send = [SEND, rest].concat();
            if let Some(bytes) = self.store.get(Tree::Copies, &send)? {
                let origin = rest.iter().position(|byte| *byte == 0);
                let origin = origin.and_then(|end| rest.get(end.saturating_add(1)..));
                all.push(Kept {
                    origin: origin.unwrap_or_default().to_vec(),
                    line: read(&bytes)?,
                });
            }
        }
        Ok(all)
    }
}

/// Before the keys of deliveries.
const SEND: &[u8] = b"send/";

fn marks(space: &str, to: &Code) -> Vec<u8> {
    [space.as_bytes(), to.as_str().as_bytes(), b"\0"].concat()
}

fn send_key(case: &CaseId, origin: &[u8]) -> Vec<u8> {
    [SEND, case.as_str().as_bytes(), b"\0", origin].concat()
}

fn read(bytes: &[u8]) -> Result<DeliveryLine, ExchangeError> {
    serde_json::from_slice(bytes).map_err(|_| ExchangeError::Stored("delivery"))
}
