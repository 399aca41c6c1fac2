//! Epoch keys as systemd credentials: files that the service manager puts into a folder of its own,
//! read only. They cannot be destroyed from here: an erasure goes from one credential to the next, and
//! is finished by the first start without the old one.

use std::path::{Path, PathBuf};

use super::{Destroyed, EpochId, Kek, file};
use crate::error::StoreError;

/// The files of the credentials.
#[derive(Debug, Clone)]
pub(super) struct Names {
    current: PathBuf,
    next: Option<PathBuf>,
}

impl Names {
    pub(super) fn new(dir: &Path, name: &str, next: Option<&str>) -> Result<Self, StoreError> {
        let plain = |name: &str| {
            let fits = (1..=255).contains(&name.len())
                && !name.starts_with('.')
                && name
                    .bytes()
                    .all(|byte| byte.is_ascii_graphic() && byte != b'/');
            if fits {
                Ok(dir.join(name))
            } else {
                Err(StoreError::Config(
                    "a credential's name is 1 to 255 visible characters without `/`, not starting \
                     with a dot",
                ))
            }
        };
        Ok(Self {
            current: plain(name)?,
            next: next.map(plain).transpose()?,
        })
    }

    pub(super) fn read(&self) -> Result<Vec<Kek>, StoreError> {
        let mut keys = vec![file::read(&self.current)?];
        if let Some(next) = &self.next {
            keys.push(file::read(next)?);
        }
        Ok(keys)
    }

    pub(super) fn next(&self) -> Result<Kek, StoreError> {
        let next = self.next.as_ref().ok_or(StoreError::Config(
            "to erase, give the gateway a second credential, name it as `next`, and restart",
        ))?;
        file::read(next)
    }

    /// Done only when no credential holds the old key any more.
    pub(super) fn retire(&self, old: EpochId) -> Result<Destroyed, StoreError> {
        let there = [Some(&self.current), self.next.as_ref()];
        for path in there.into_iter().flatten() {
            if path.exists() && file::read(path)?.id() == old {
                return Ok(Destroyed::RemoveCredential);
            }
        }
        Ok(Destroyed::Yes)
    }
}
