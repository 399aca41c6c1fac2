//! Where uses are kept, sealed under their case's key. No row is ever written twice, so that gateways
//! on one store cannot undo each other's: the use, its review and that it is late each have their own.
//!
//! ```text
//! break-glass/<task>          the use, as it was made         absent before: one use of an approval
//! break-glass-review/<task>   its review                      absent before: one review
//! break-glass-late/<task>     it was not reviewed in time     absent before: said once
//! break-glass-waits/<user>    a use of theirs has no review   absent before: one at a time; review drops it
//! ```

use serde::Serialize;
use stile_model::id::{EnquiryId, UserId};
use stile_store::{Put, Tree};

use super::{GlassReview, GlassUse};
use crate::agency::Agency;
use crate::error::ExchangeError;
use crate::stored::every;

const USES: &[u8] = b"break-glass/";
const REVIEWS: &[u8] = b"break-glass-review/";
const LATE: &[u8] = b"break-glass-late/";
const WAITS: &[u8] = b"break-glass-waits/";

/// Rows to write, and keys that must be absent.
pub(super) type Step = (Vec<Put>, Vec<(Tree, Vec<u8>)>);

impl Agency {
    /// The use over one approval, if there was one.
    pub(super) fn glass_use(&self, id: EnquiryId) -> Result<Option<GlassUse>, ExchangeError> {
        let bytes = self.store.get(Tree::Meta, &key(USES, id))?;
        let made = bytes.map(|bytes| read(&bytes)).transpose()?;
        made.map(|made| self.as_it_stands(made)).transpose()
    }

    /// Every use that is still kept.
    pub(super) fn glass_uses_kept(&self) -> Result<Vec<GlassUse>, ExchangeError> {
        let rows = every(&self.store, Tree::Meta, USES)?;
        rows.iter()
            .map(|(_, value)| self.as_it_stands(read(value)?))
            .collect()
    }

    /// With what came after it was made.
    fn as_it_stands(&self, made: GlassUse) -> Result<GlassUse, ExchangeError> {
        let review = self.store.get(Tree::Meta, &key(REVIEWS, made.task))?;
        let review = review.map(|bytes| {
            serde_json::from_slice(&bytes).map_err(|_| ExchangeError::Stored("break-glass"))
        });
        let late = self.store.get(Tree::Meta, &key(LATE, made.task))?;
        Ok(GlassUse {
            review: review.transpose()?,
            alarmed: late.is_some(),
            ..made
        })
    }
}

/// A use is made: the only one over its approval, and the only one of this person without a review.
pub(super) fn made(of: &GlassUse) -> Result<Step, ExchangeError> {
    let (this, waits) = (key(USES, of.task), waits(&of.by));
    let puts = vec![
        put(of, this.clone(), Some(of))?,
        put(of, waits.clone(), Some(&of.task))?,
    ];
    Ok((puts, vec![(Tree::Meta, this), (Tree::Meta, waits)]))
}

/// A use is reviewed, once.
pub(super) fn reviewed(of: &GlassUse, review: &GlassReview) -> Result<Step, ExchangeError> {
    let this = key(REVIEWS, of.task);
    let puts = vec![
        put(of, this.clone(), Some(review))?,
        put::<()>(of, waits(&of.by), None)?,
    ];
    Ok((puts, vec![(Tree::Meta, this)]))
}

/// A use was not reviewed in time: said once, and not where it has been reviewed meanwhile.
pub(super) fn late(of: &GlassUse) -> Result<Step, ExchangeError> {
    let this = key(LATE, of.task);
    let puts = vec![put(of, this.clone(), Some(&of.review_by))?];
    let absent = vec![(Tree::Meta, this), (Tree::Meta, key(REVIEWS, of.task))];
    Ok((puts, absent))
}

fn put<T: Serialize>(of: &GlassUse, key: Vec<u8>, value: Option<&T>) -> Result<Put, ExchangeError> {
    let value = value.map(serde_json::to_vec).transpose();
    Ok(Put {
        tree: Tree::Meta,
        key,
        value: value.map_err(|_| ExchangeError::Stored("break-glass"))?,
        case: Some(of.case.clone()),
    })
}

fn read(bytes: &[u8]) -> Result<GlassUse, ExchangeError> {
    serde_json::from_slice(bytes).map_err(|_| ExchangeError::Stored("break-glass"))
}

fn key(before: &[u8], id: EnquiryId) -> Vec<u8> {
    [before, id.as_bytes()].concat()
}

fn waits(user: &UserId) -> Vec<u8> {
    [WAITS, user.as_str().as_bytes()].concat()
}
