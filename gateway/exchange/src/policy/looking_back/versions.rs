//! The rules of an earlier time, found by the digest of their text.

use stile_model::digest::Digest;
use stile_model::time::Timestamp;
use stile_policy::PolicySet;

use super::super::bundle::Bundle;
use super::super::guards::Texts;
use super::super::kept;
use crate::agency::Agency;
use crate::error::ExchangeError;

/// The rules of an earlier time.
pub(super) enum Earlier {
    InForce,
    Held(Box<PolicySet>),
    NotHeld,
}

impl Agency {
    /// The rules of this digest, if they are those taken as `in_force`, or their text is held, verifies
    /// and is written for this vocabulary.
    pub(super) fn rules_of(
        &self,
        digest: &Digest,
        in_force: &PolicySet,
    ) -> Result<Earlier, ExchangeError> {
        if in_force.digest() == *digest {
            return Ok(Earlier::InForce);
        }
        let Some(version) = self.version_of(digest, self.clock.now())? else {
            return Ok(Earlier::NotHeld);
        };
        let Some(bundle) = self.earlier(version)? else {
            return Ok(Earlier::NotHeld);
        };
        if bundle.digests.vocabulary != self.vocabulary.digest {
            return Ok(Earlier::NotHeld);
        }
        // What was once served and is not read as a policy any more must not stop a look at the rest.
        let today = self.clock.now().date();
        let proved = self.governing.ground.prove(Texts::of(&bundle.rules), today);
        match proved {
            Ok(set) => Ok(Earlier::Held(Box::new(set))),
            Err(ExchangeError::Policy(_)) => Ok(Earlier::NotHeld),
            Err(error) => Err(error),
        }
    }

    /// The version with the rules of this digest that was in force at an instant: the same rules may
    /// have come into force again since.
    pub(super) fn version_of(
        &self,
        digest: &Digest,
        at: Timestamp,
    ) -> Result<Option<u64>, ExchangeError> {
        let newest = self.governing.standing().bundle.version;
        let mut found = None;
        for version in (1..=newest).rev() {
            // What was only proposed or approved never ruled on anything.
            let key = kept::key(kept::ACTIVATED, version);
            let Some(activated) = kept::read::<kept::Activated>(&self.store, &key)? else {
                continue;
            };
            if self
                .earlier(version)?
                .is_some_and(|bundle| bundle.digests.rules == *digest)
            {
                found = Some(version);
                if activated.since <= at {
                    break;
                }
            }
        }
        Ok(found)
    }

    /// The bundle of a version, if it verifies. One that does not must not stop a look at the rest; it
    /// counts for nothing.
    fn earlier(&self, version: u64) -> Result<Option<Bundle>, ExchangeError> {
        match self.governing.ground.signed(version) {
            Ok((bundle, _)) => Ok(Some(bundle)),
            Err(error @ ExchangeError::PolicyUnusable { .. }) => {
                tracing::error!(version, %error, "an earlier policy is not held any more");
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}
