//! What a text that somebody wants in force is held against, away from the threads that answer hubs.
//!
//! Comparing and looking back take long and change nothing, so nobody's turn is kept for them: they are
//! done first, a few at a time, and whoever then takes the turn makes sure that the same policy is in
//! force on the same day.

use std::sync::Arc;

use stile_model::redact::Redacted;
use stile_model::time::{Date, Timestamp};
use tokio::sync::MutexGuard;

use super::bundle::Origin;
use super::compare::{Compared, compare};
use super::guards::{RULES, Texts};
use super::proposal::{Looked, Remark};
use super::propose::look_again;
use super::standing::Standing;
use super::turns::in_turn;
use crate::agency::Agency;
use crate::error::{ExchangeError, refuse};

/// Most past enquiries that a proposal is held against.
const LOOKED: usize = 10_000;

/// A text that somebody wants in force.
pub(super) struct Wanted {
    pub(super) rules: String,
    pub(super) cases: Option<String>,
    pub(super) origin: Origin,
    pub(super) why: Redacted<String>,
    pub(super) active_from: Option<Timestamp>,
}

/// The policy in force and the day on which a text is held against it.
pub(super) struct Base {
    pub(super) standing: Arc<Standing>,
    pub(super) today: Date,
}

/// A comparison, or the remarks that stop it.
type Outcome = Result<Result<Compared, Vec<Remark>>, ExchangeError>;

impl Agency {
    /// What is in force now, here or through another gateway on the same store.
    pub(super) async fn base(&self) -> Result<Base, ExchangeError> {
        self.follow_policy().await?;
        Ok(self.base_locked())
    }

    /// What is served now; for whoever has the turn and has followed.
    pub(super) fn base_locked(&self) -> Base {
        Base {
            standing: self.governing.standing(),
            today: self.clock.now().date(),
        }
    }

    /// The turn to change the policy, while `base` is still what is in force and the day the same.
    ///
    /// # Errors
    ///
    /// `policy_overtaken`.
    pub(super) async fn turn_on(&self, base: &Base) -> Result<MutexGuard<'_, ()>, ExchangeError> {
        let turn = self.governing.turn.lock().await;
        self.follow_locked().await?;
        let now = self.base_locked();
        let version = |base: &Base| base.standing.bundle.version;
        if version(&now) == version(base) && now.today == base.today {
            return Ok(turn);
        }
        Err(look_again())
    }

    /// Compares texts with `base`, once there is a place for long work.
    ///
    /// # Errors
    ///
    /// `policy_unchanged`, or that the gateway could not go on.
    pub(super) async fn compared(&self, base: &Base, wanted: &Wanted) -> Outcome {
        let compared = in_turn(self.comparison(base, wanted)?).await?;
        let bundle = &base.standing.bundle;
        let served = bundle.rules == wanted.rules && bundle.cases == wanted.cases;
        if served && matches!(compared, Ok(Ok(_))) {
            let same = "these rules and cases are in force already";
            return Err(refuse("policy_unchanged", 409, same));
        }
        compared
    }

    /// The work of comparing texts with `base`.
    pub(super) fn comparison(
        &self,
        base: &Base,
        wanted: &Wanted,
    ) -> Result<impl FnOnce() -> Outcome + Send + use<>, ExchangeError> {
        let (ground, today) = (self.governing.ground.clone(), base.today);
        let before = Arc::clone(&base.standing.policy);
        let (rules, cases) = (wanted.rules.clone(), wanted.cases.clone());
        let kept = self.cases_before(&base.standing)?;
        Ok(move || {
            let texts = Texts {
                name: RULES,
                rules: &rules,
                cases: cases.as_deref(),
            };
            compare(&ground, (&before, kept.as_deref()), texts, today)
        })
    }

    /// The cases in force; while everything is withheld under a new vocabulary, those of the policy
    /// before that.
    fn cases_before(&self, standing: &Standing) -> Result<Option<String>, ExchangeError> {
        if standing.bundle.origin != Origin::NewVocabulary {
            return Ok(standing.bundle.cases.clone());
        }
        let mut before = standing.bundle.previous.clone();
        while let Some(previous) = before {
            let (bundle, _) = self.governing.ground.signed(previous.version)?;
            if bundle.origin != Origin::NewVocabulary {
                return Ok(bundle.cases);
            }
            before = bundle.previous;
        }
        Ok(None)
    }

    /// What the policy would have answered to past enquiries, once there is a place for long work.
    /// Only counts leave this; the entry of the proposal is on record with them.
    pub(super) async fn looked_back(
        self: &Arc<Self>,
        base: &Base,
        compared: &Compared,
    ) -> Result<Looked, ExchangeError> {
        let (agency, standing) = (Arc::clone(self), Arc::clone(&base.standing));
        let policy = Arc::clone(&compared.policy);
        let replayed =
            in_turn(move || agency.replay_with((&standing.policy, &policy), None, LOOKED));
        let replayed = replayed.await??;
        let (told, covered) = (replayed.replay, replayed.covered);
        Ok(Looked {
            enquiries: told.enquiries,
            more: told.more,
            less: told.less,
            both: told.both,
            left_out: covered.left_out,
            erased: covered.erased,
        })
    }
}
