//! Reading whole spaces of keys, page by page.

use stile_store::{Store, Tree};

use crate::error::ExchangeError;

const PAGE: usize = 1_000;

/// A key and its value.
pub(crate) type Row = (Vec<u8>, Vec<u8>);

/// Every key with this prefix, in order; none of the values is opened.
pub(crate) fn every_key(
    store: &Store,
    tree: Tree,
    prefix: &[u8],
) -> Result<Vec<Vec<u8>>, ExchangeError> {
    let mut all: Vec<Vec<u8>> = Vec::new();
    loop {
        let page = store.keys(tree, prefix, all.last().map(Vec::as_slice), PAGE)?;
        let last = page.len() < PAGE;
        all.extend(page);
        if last {
            return Ok(all);
        }
    }
}

/// Every key with this prefix and its value, in order of the keys.
pub(crate) fn every(store: &Store, tree: Tree, prefix: &[u8]) -> Result<Vec<Row>, ExchangeError> {
    let mut all: Vec<Row> = Vec::new();
    loop {
        let after = all.last().map(|(key, _)| key.clone());
        let page = store.scan(tree, prefix, after.as_deref(), PAGE)?;
        let last = page.len() < PAGE;
        all.extend(page);
        if last {
            return Ok(all);
        }
    }
}
