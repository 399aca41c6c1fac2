//! The signed directory as a file, and the operator who must have signed it.

use std::path::PathBuf;

use stile_model::id::MemberId;
use stile_model::time::Timestamp;

use super::{Directory, DirectoryFault};
use crate::TrustError;
use crate::files::{self, PUBLIC};
use crate::signing::VerifyingKey;

/// Where a gateway keeps the signed directory. Whoever sends a newer one need not be trusted: the
/// operator's key is here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// The signed directory.
    pub file: PathBuf,
    /// The operator's public key, a JWK.
    pub operator: PathBuf,
}

impl Published {
    /// The signed text of the directory in use, to be given to other members; none while the file holds
    /// another one, which nobody has taken into use yet.
    ///
    /// # Errors
    ///
    /// When a file cannot be read, or does not hold.
    pub fn text_of(&self, used: &Directory, now: Timestamp) -> Result<Option<String>, TrustError> {
        let text = files::read(&self.file)?;
        let text = text.trim();
        let written = Directory::verify(text, &self.operator()?, 0, now)?;
        Ok((written == *used).then(|| text.to_owned()))
    }

    /// What the file holds: signed by the operator and in force, whether it is in use or not.
    ///
    /// # Errors
    ///
    /// When a file cannot be read, or does not hold.
    pub fn written(&self, now: Timestamp) -> Result<Directory, TrustError> {
        let text = files::read(&self.file)?;
        Directory::verify(text.trim(), &self.operator()?, 0, now)
    }

    /// The directory in `text`, if it is to take the place of the one `held`: signed by the operator, in
    /// force, of the same partnership, of a higher version, and with `me` in it. None when it is the
    /// one held. Nothing is written.
    ///
    /// # Errors
    ///
    /// What does not hold; the one held stays.
    pub fn newer(
        &self,
        text: &str,
        held: &Directory,
        me: &MemberId,
        now: Timestamp,
    ) -> Result<Option<Directory>, TrustError> {
        let fresh = Directory::verify(text, &self.operator()?, held.version, now)?;
        if fresh.partnership != held.partnership {
            return Err(TrustError::WrongPartnership {
                expected: held.partnership.clone(),
                found: fresh.partnership,
            });
        }
        if fresh == *held {
            return Ok(None);
        }
        if fresh.version == held.version {
            return Err(DirectoryFault::Reissued(fresh.version).into());
        }
        if fresh.member(me).is_none() {
            return Err(DirectoryFault::NotAMember(me.clone()).into());
        }
        Ok(Some(fresh))
    }

    /// Puts the text of a directory that [`Self::newer`] gave in the place of the file, whole or not at
    /// all.
    ///
    /// # Errors
    ///
    /// When it cannot be written; then the file is as it was.
    pub fn keep(&self, text: &str) -> Result<(), TrustError> {
        files::write(&self.file, text, PUBLIC)
    }

    /// Puts an operator's public key in its place, whole or not at all.
    ///
    /// # Errors
    ///
    /// When it cannot be written; then the file is as it was.
    pub fn keep_operator(&self, text: &str) -> Result<(), TrustError> {
        files::write(&self.operator, text, PUBLIC)
    }

    fn operator(&self) -> Result<VerifyingKey, TrustError> {
        let text = files::read(&self.operator)?;
        serde_json::from_str(&text).map_err(|_| TrustError::Pem {
            path: self.operator.clone(),
            expected: "an operator's public key, as a JWK",
        })
    }
}

#[cfg(test)]
mod tests {
    use stile_model::id::PartnershipId;

    use super::super::tests::sample;
    use super::*;
    use crate::signing::SigningKey;

    struct Place {
        folder: tempfile::TempDir,
        operator: SigningKey,
        held: Directory,
    }

    impl Place {
        fn new() -> Self {
            let place = Self {
                folder: tempfile::tempdir().unwrap(),
                operator: SigningKey::generate().unwrap(),
                held: sample(),
            };
            let key = serde_json::to_string(place.operator.verifying_key()).unwrap();
            std::fs::write(place.published().operator, key).unwrap();
            place.published().keep(&place.signed(&place.held)).unwrap();
            place
        }

        fn published(&self) -> Published {
            Published {
                file: self.folder.path().join("directory.jws"),
                operator: self.folder.path().join("operator.jwk"),
            }
        }

        fn signed(&self, directory: &Directory) -> String {
            directory.sign(&self.operator).unwrap()
        }

        fn next(&self) -> Directory {
            let mut next = self.held.clone();
            next.version += 1;
            next
        }

        fn newer(&self, text: &str) -> Result<Option<Directory>, TrustError> {
            let now = self.held.issued.plus_s(60);
            let me = &self.held.members[0].id;
            self.published().newer(text, &self.held, me, now)
        }
    }

    #[test]
    fn takes_the_next_version_that_the_operator_signed_and_nothing_for_the_same() {
        let place = Place::new();
        let next = place.next();

        assert_eq!(place.newer(&place.signed(&next)).unwrap(), Some(next));
        assert_eq!(place.newer(&place.signed(&place.held)).unwrap(), None);
    }

    #[test]
    fn refuses_a_forged_an_older_a_reissued_a_foreign_and_an_expired_one() {
        let place = Place::new();
        let forged = place.next().sign(&SigningKey::generate().unwrap()).unwrap();
        let mut older = place.held.clone();
        older.version -= 1;
        let mut reissued = place.held.clone();
        reissued.valid_until = reissued.valid_until.plus_s(1);
        let mut foreign = place.next();
        foreign.partnership = PartnershipId::new("elsewhere").unwrap();
        let mut expired = place.next();
        expired.valid_until = expired.issued.plus_s(1);

        let refused = |text: &str| place.newer(text).unwrap_err();

        assert!(matches!(refused(&forged), TrustError::Jws(_)));
        assert!(matches!(refused("not signed"), TrustError::Jws(_)));
        let fault = |directory: &Directory| match refused(&place.signed(directory)) {
            TrustError::Directory(fault) => fault,
            other => panic!("{other:?}"),
        };
        assert!(matches!(fault(&older), DirectoryFault::Rollback { .. }));
        assert_eq!(
            fault(&reissued),
            DirectoryFault::Reissued(place.held.version)
        );
        assert!(matches!(fault(&expired), DirectoryFault::Expired(_)));
        assert!(matches!(
            refused(&place.signed(&foreign)),
            TrustError::WrongPartnership { .. }
        ));
    }

    #[test]
    fn refuses_one_that_no_longer_lists_this_member() {
        let place = Place::new();
        let mut without = place.next();
        let me = without.members.remove(0).id;
        without.agreements.clear();

        let refused = place.newer(&place.signed(&without)).unwrap_err();

        assert!(
            matches!(refused, TrustError::Directory(DirectoryFault::NotAMember(who)) if who == me)
        );
    }

    #[test]
    fn gives_others_the_text_in_use_and_none_that_nobody_has_taken_yet() {
        let place = Place::new();
        let (published, now) = (place.published(), place.held.issued.plus_s(60));

        let given = published.text_of(&place.held, now).unwrap();
        published.keep(&place.signed(&place.next())).unwrap();
        let other = published.text_of(&place.held, now).unwrap();

        assert!(given.is_some());
        assert_eq!(other, None);
    }
}
