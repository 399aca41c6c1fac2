//! What other rules would have answered to past enquiries.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use stile_model::digest::Digest;
use stile_model::time::Date;
use stile_policy::{PastEnquiry, PolicySet, Replay, replay};

use super::super::guards::Texts;
use super::super::log::PastLog;
use super::super::turns::in_turn;
use super::versions::Earlier;
use super::{Covered, ReplayAsked, Replayed, beginning};
use crate::agency::Agency;
use crate::error::ExchangeError;
use crate::people::Person;

/// Most changed enquiries that are listed one by one; all are counted.
const LISTED: usize = 200;

impl Agency {
    /// Replays past enquiries with the rules of `ask`, after the reading is on record.
    ///
    /// # Errors
    ///
    /// `policy_refused` with every mistake of the rules, `out_of_bounds`, `unknown_reason`, or that it
    /// could not be recorded.
    pub async fn replayed(
        self: &Arc<Self>,
        person: &Person,
        ask: ReplayAsked,
    ) -> Result<Replayed, ExchangeError> {
        person.must_read_policy()?;
        let ReplayAsked {
            reason,
            rules,
            span,
        } = ask;
        reason.check()?;
        let limit = span.limit()?;
        let agency = Arc::clone(self);
        let since = span.since;
        let replayed = in_turn(move || {
            let (ground, today) = (&agency.governing.ground, agency.clock.now().date());
            let new = ground.prove(Texts::of(&rules), today)?;
            agency.replay_with((&agency.policy.load_full(), &new), since, limit)
        })
        .await??;
        let entries = usize::try_from(replayed.replay.enquiries).unwrap_or(usize::MAX);
        self.record_look(person, ("replayed", &reason, entries), &span)
            .await?;
        Ok(replayed)
    }

    /// What `new` would have answered to the newest `limit` enquiries since `since`, where `in_force`
    /// stands for rules that are not held. Nothing is recorded of it here.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub(in crate::policy) fn replay_with(
        &self,
        (in_force, new): (&PolicySet, &PolicySet),
        since: Option<Date>,
        limit: usize,
    ) -> Result<Replayed, ExchangeError> {
        let PastLog {
            past,
            left_out,
            erased,
            archived,
            ..
        } = self.past_log(beginning(since), limit)?;
        let mut versions: BTreeMap<Digest, Vec<&PastEnquiry>> = BTreeMap::new();
        for one in &past {
            versions.entry(one.policy).or_default().push(one);
        }
        let (mut earlier, mut unknown) = (0_u64, 0_u64);
        let mut told = Replay::default();
        for (digest, past) in versions {
            let count = u64::try_from(past.len()).unwrap_or(u64::MAX);
            let old = self.rules_of(&digest, in_force)?;
            let old = match &old {
                Earlier::InForce => in_force,
                Earlier::Held(set) => {
                    earlier = earlier.saturating_add(count);
                    &**set
                }
                Earlier::NotHeld => {
                    unknown = unknown.saturating_add(count);
                    in_force
                }
            };
            let part = replay(old, new, past, &self.vocabulary, LISTED);
            told.add(part, usize::MAX);
        }
        told.changed.sort_by_key(|one| Reverse(one.ruled));
        told.changed.truncate(LISTED);
        Ok(Replayed {
            replay: told,
            by_earlier_versions: earlier,
            by_unknown_versions: unknown,
            covered: Covered {
                since,
                left_out,
                erased,
                archived,
            },
        })
    }
}
