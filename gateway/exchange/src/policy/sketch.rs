//! Texts that an officer is still writing: kept for them alone, so that nothing typed is lost, and
//! governing nobody. Saved, checked against what is in force, and then proposed or dropped.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use stile_model::redact::Redacted;
use stile_model::time::Timestamp;
use stile_policy::Effect;
use stile_store::{Batch, Put, StoreError, Tree};

use super::base::Wanted;
use super::bundle::Origin;
use super::kept;
use super::proposal::{Propose, Proposed, Remark};
use super::propose::LONGEST;
use super::quorum::Needed;
use crate::agency::Agency;
use crate::error::{ExchangeError, refuse};
use crate::people::Person;
use crate::stored::every;

/// Two texts in the making.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sketch {
    /// The version in force when it was begun, or when it was last saved beside a newer one.
    pub base: u64,
    /// The text of `rules.toml`, at most 1 MiB; whatever was typed, right or wrong.
    pub rules: String,
    /// The text of `cases.toml`, at most 1 MiB.
    pub cases: String,
    /// When it was saved; none for the texts in force, which nobody has changed yet.
    pub saved: Option<Timestamp>,
}

/// What a page was made from that an officer writes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MadeFrom {
    /// The version in force that it knew of.
    pub base: u64,
    /// When the texts that it showed had been saved.
    pub saved: Option<Timestamp>,
}

impl Sketch {
    /// What a page that shows it is made from.
    pub const fn made_from(&self) -> MadeFrom {
        MadeFrom {
            base: self.base,
            saved: self.saved,
        }
    }
}

/// What a sketch would change; nobody is bound by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    /// What it does to what is disclosed.
    pub effect: Effect,
    /// A category is closed or opened.
    pub existence: bool,
    /// What changes, in words.
    pub differences: Vec<String>,
    /// Whose approvals it would need, in words.
    pub needs: &'static str,
}

/// What the checks say of a sketch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SketchChecked {
    /// What it would change; none where a remark stops it.
    pub tried: Option<Tried>,
    /// Everything a person should know.
    pub remarks: Vec<Remark>,
}

impl Agency {
    /// What this officer is writing; the texts in force where they have not begun.
    ///
    /// # Errors
    ///
    /// `role_missing`, or when the store cannot be read.
    pub fn policy_sketch(&self, person: &Person) -> Result<Sketch, ExchangeError> {
        person.must_change_policy()?;
        if let Some(sketch) = kept::read(&self.store, &kept::sketch(&person.user))? {
            return Ok(sketch);
        }
        let standing = self.governing.standing();
        Ok(Sketch {
            base: standing.bundle.version,
            rules: standing.bundle.rules.clone(),
            cases: standing.bundle.cases.clone().unwrap_or_default(),
            saved: None,
        })
    }

    /// Keeps what this officer is writing, in place of what they wrote before. The texts may be wrong.
    /// Texts saved since what `from` says are not overwritten, and none are kept that know of an older
    /// version only than is in force: they would take back what it changed, and nobody would see it.
    ///
    /// # Errors
    ///
    /// `role_missing`, `sketch_overtaken`, `sketch_outdated`, `out_of_bounds` for texts above 1 MiB, or
    /// when the store cannot be written.
    pub async fn keep_policy_sketch(
        &self,
        person: &Person,
        from: MadeFrom,
        rules: String,
        cases: String,
    ) -> Result<(), ExchangeError> {
        let before = self.policy_sketch(person)?;
        let over = from.saved;
        if before.saved != over {
            return Err(overtaken());
        }
        up_to_date(from.base, self.base().await?.standing.bundle.version)?;
        if rules.len() > LONGEST || cases.len() > LONGEST {
            let much = "`rules` and `cases` are at most 1 MiB each";
            return Err(refuse("out_of_bounds", 422, much));
        }
        let now = self.clock.now();
        let sketch = Sketch {
            base: from.base,
            rules,
            cases,
            // Never twice the same moment: it tells one saving from the next.
            saved: Some(over.map_or(now, |over| now.max(next(over)))),
        };
        let key = kept::sketch(&person.user);
        let mut puts = vec![kept::put(key.clone(), &sketch)?];
        // Another gateway on this store may be saving, too.
        let first = match over {
            Some(over) => {
                let followed = kept::followed(&person.user, over);
                puts.push(kept::bytes(followed.clone(), Some(Vec::from(b"saved"))));
                followed
            }
            None => key,
        };
        self.write_sketch(puts, vec![(Tree::Policies, first)]).await
    }

    /// Drops what this officer was writing.
    ///
    /// # Errors
    ///
    /// `role_missing`, or when the store cannot be written.
    pub async fn drop_policy_sketch(&self, person: &Person) -> Result<(), ExchangeError> {
        person.must_change_policy()?;
        self.write_sketch(self.forgotten(person)?, Vec::new()).await
    }

    /// What forgets what this officer was writing.
    fn forgotten(&self, person: &Person) -> Result<Vec<Put>, ExchangeError> {
        let marks = every(
            &self.store,
            Tree::Policies,
            &kept::all_followed(&person.user),
        )?;
        let mut puts = vec![kept::bytes(kept::sketch(&person.user), None)];
        puts.extend(marks.into_iter().map(|(key, _)| kept::bytes(key, None)));
        Ok(puts)
    }

    /// Proposes what this officer is writing. It is forgotten in the very batch that keeps the proposal,
    /// so that neither is done without the other, and only if nobody saved it anew meanwhile.
    ///
    /// # Errors
    ///
    /// `sketch_overtaken` for texts saved since `over`, `sketch_outdated` where another version came into
    /// force since they were, and what [`Agency::propose_policy`] refuses; what was written stays.
    pub async fn propose_policy_sketch(
        self: &Arc<Self>,
        person: &Person,
        over: Option<Timestamp>,
        reason: Redacted<String>,
        active_from: Option<Timestamp>,
    ) -> Result<Proposed, ExchangeError> {
        let sketch = self.policy_sketch(person)?;
        if sketch.saved != over {
            return Err(overtaken());
        }
        let saved_anew = over.map(|over| (Tree::Policies, kept::followed(&person.user, over)));
        let with = Batch {
            puts: self.forgotten(person)?,
            require_absent: saved_anew.into_iter().collect(),
            ..Batch::default()
        };
        let order = Propose {
            rules: sketch.rules,
            cases: sketch.cases,
            reason,
            active_from,
        };
        self.propose_with(person, order, Some(sketch.base), with)
            .await
    }

    async fn write_sketch(
        &self,
        puts: Vec<Put>,
        require_absent: Vec<(Tree, Vec<u8>)>,
    ) -> Result<(), ExchangeError> {
        let batch = Batch {
            puts,
            require_absent,
            ..Batch::default()
        };
        match self.store.commit(batch).await {
            Err(StoreError::AlreadyThere(Tree::Policies)) => Err(overtaken()),
            other => {
                other?;
                Ok(())
            }
        }
    }

    /// What would come of proposing this officer's sketch. Looks at no past enquiry and keeps nothing.
    ///
    /// # Errors
    ///
    /// `role_missing`, `policy_unchanged`, or that the gateway could not go on.
    pub async fn check_policy_sketch(
        self: &Arc<Self>,
        person: &Person,
    ) -> Result<SketchChecked, ExchangeError> {
        let sketch = self.policy_sketch(person)?;
        let wanted = Wanted {
            rules: sketch.rules,
            cases: Some(sketch.cases),
            origin: Origin::Proposal,
            why: Redacted::new(String::new()),
            active_from: None,
        };
        let base = self.base().await?;
        Ok(match self.compared(&base, &wanted).await? {
            Err(remarks) => SketchChecked {
                tried: None,
                remarks,
            },
            Ok(compared) => {
                let needed = Needed {
                    effect: compared.effect,
                    existence: compared.existence,
                    fewer_cases: compared.fewer_cases,
                };
                let tried = Tried {
                    effect: compared.effect,
                    existence: compared.existence,
                    differences: compared.differences,
                    needs: needed.words(),
                };
                SketchChecked {
                    tried: Some(tried),
                    remarks: compared.remarks,
                }
            }
        })
    }
}

/// The moment right after.
fn next(of: Timestamp) -> Timestamp {
    Timestamp::from_millis(of.millis().saturating_add(1))
}

/// Refuses texts that know of another version than is in force.
///
/// # Errors
///
/// `sketch_outdated`.
pub(super) fn up_to_date(base: u64, in_force: u64) -> Result<(), ExchangeError> {
    if base == in_force {
        return Ok(());
    }
    let title = format!(
        "these texts were begun from version {base} of the policy, and version {in_force} is in force by \
         now; look at both, take over what changed, then save the texts again"
    );
    Err(refuse("sketch_outdated", 409, title))
}

/// These texts were saved again since whoever saves them now opened them.
pub(super) fn overtaken() -> ExchangeError {
    refuse(
        "sketch_overtaken",
        409,
        "what you are writing was saved from another page since you opened this one; look at both, then \
         save again",
    )
}
