//! Forms that came too late: kept until whoever wrote them has signed in again.
//!
//! ```text
//! form/<digest of the browser's token>/<digest of the form>    until, 12 bytes of nonce, AES-256-GCM of
//!                                                              { owner, path, at, body }
//! ```
//!
//! The key is made of the token that the browser alone holds, so a copy of the store opens no form, and
//! a form is lost for good as soon as the browser gets another token without taking its forms along. A
//! form survives a restart, since nothing but the store and the browser is needed to open it; it is
//! handed to its owner alone, whoever else signs in at that browser.

use std::fmt;

use data_encoding::HEXLOWER;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::hmac;
use serde::{Deserialize, Serialize};
use stile_model::digest::Digest;
use stile_model::id::UserId;
use stile_model::time::Timestamp;
use stile_store::{Batch, Put, Store, Tree};
use zeroize::{Zeroize, Zeroizing};

use crate::clock::Clock;
use crate::error::ExchangeError;
use crate::gateway::Gateway;
use crate::stored::every;

/// How long a form is kept, in seconds: half a day.
pub const KEPT_S: i64 = 43_200;
/// Most bytes of one form: the text of a policy, encoded, is the longest there is.
pub const KEPT_BYTES_MOST: usize = 2 * 1024 * 1024;
/// Most forms of one browser.
pub const KEPT_OF_ONE: usize = 5;
/// Most forms, and bytes, of all browsers.
const KEPT_IN_ALL: usize = 200;
const KEPT_BYTES_IN_ALL: usize = 32 * 1024 * 1024;

const ALL: &[u8] = b"form/";
const NONCE_BYTES: usize = 12;

/// A form that is kept.
#[derive(Clone, PartialEq, Eq)]
pub struct LateForm {
    /// Names it on a page; opens nothing.
    pub handle: String,
    /// Where it was sent: a path of the pages with its query.
    pub path: String,
    /// When.
    pub at: Timestamp,
    /// The fields, as a browser encodes them.
    pub body: Zeroizing<String>,
}

impl fmt::Debug for LateForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LateForm(‹redacted›)")
    }
}

/// What is sealed.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sealed {
    owner: UserId,
    path: String,
    at: Timestamp,
    body: String,
}

impl Drop for Sealed {
    fn drop(&mut self) {
        self.path.zeroize();
        self.body.zeroize();
    }
}

/// The forms that one gateway keeps.
#[derive(Clone, Copy)]
pub struct LateForms<'a> {
    store: &'a Store,
    clock: &'a Clock,
}

impl Gateway {
    /// The forms that are kept here for people who must sign in first.
    pub fn late_forms(&self) -> LateForms<'_> {
        LateForms {
            store: self.store(),
            clock: match self {
                Self::Agency(agency) => &agency.clock,
                Self::Hub(hub) => &hub.clock,
            },
        }
    }

    /// A secret of this gateway for one use of the pages, the same after a restart.
    pub fn page_secret(&self, of_use: &str) -> [u8; 32] {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.pseudonym_key());
        let tag = hmac::sign(&key, format!("stile pages\n{of_use}").as_bytes());
        let mut secret = [0; 32];
        // An HMAC-SHA-256 has 32 bytes.
        for (to, from) in secret.iter_mut().zip(tag.as_ref()) {
            *to = *from;
        }
        secret
    }
}

impl LateForms<'_> {
    /// Keeps what `owner` sent from the browser that holds `token`; says whether it is kept. It is not
    /// when it is too long, is no text, or when there are too many already.
    ///
    /// # Errors
    ///
    /// When the store cannot be read or written; then it is not kept either.
    pub async fn keep(
        &self,
        token: &[u8],
        owner: &UserId,
        path: &str,
        body: &[u8],
    ) -> Result<bool, ExchangeError> {
        let Ok(body) = std::str::from_utf8(body) else {
            return Ok(false);
        };
        let now = self.clock.now();
        let key = key(token, path, body);
        let (mut puts, mut held, mut bytes, mut own) = (Vec::new(), 0, body.len(), 0);
        for (other, row) in every(self.store, Tree::Accounts, ALL)? {
            if until(&row).is_none_or(|until| until <= now) {
                puts.push(change(other, None));
            } else if other != key {
                (held, bytes) = (held + 1, bytes + row.len());
                own += usize::from(other.starts_with(&place(token)));
            }
        }
        let has_room = held < KEPT_IN_ALL && bytes <= KEPT_BYTES_IN_ALL && own < KEPT_OF_ONE;
        if body.len() > KEPT_BYTES_MOST || !has_room {
            return Ok(false);
        }
        let sealed = Sealed {
            owner: owner.clone(),
            path: path.to_owned(),
            at: now,
            body: body.to_owned(),
        };
        let row = seal(token, &key, &sealed, now.plus_s(KEPT_S))?;
        puts.push(change(key, Some(row)));
        self.commit(puts).await?;
        Ok(true)
    }

    /// The forms of this user at this browser, in the order they came.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    pub fn of(&self, token: &[u8], user: &UserId) -> Result<Vec<LateForm>, ExchangeError> {
        let mut forms: Vec<LateForm> = self
            .rows(token)?
            .into_iter()
            .filter(|(_, _, sealed)| sealed.owner == *user)
            .map(|(key, _, mut sealed)| LateForm {
                handle: handle(&key),
                path: std::mem::take(&mut sealed.path),
                at: sealed.at,
                body: Zeroizing::new(std::mem::take(&mut sealed.body)),
            })
            .collect();
        forms.sort_by(|one, other| (one.at, &one.handle).cmp(&(other.at, &other.handle)));
        Ok(forms)
    }

    /// Drops what is kept for this browser: the form of this handle, or all of them.
    ///
    /// # Errors
    ///
    /// When the store cannot be read or written.
    pub async fn forget(&self, token: &[u8], which: Option<&str>) -> Result<(), ExchangeError> {
        let rows = every(self.store, Tree::Accounts, &place(token))?;
        let keys = rows.into_iter().map(|(key, _)| key);
        let gone = keys.filter(|key| which.is_none_or(|which| handle(key) == which));
        self.commit(gone.map(|key| change(key, None)).collect())
            .await
    }

    /// The browser has another token now, and `user` is at it: their forms come along, and those of
    /// anybody else are destroyed.
    ///
    /// # Errors
    ///
    /// When the store cannot be read or written.
    pub async fn hand_over(
        &self,
        before: &[u8],
        after: &[u8],
        user: &UserId,
    ) -> Result<(), ExchangeError> {
        let mut puts = Vec::new();
        for (key, _) in every(self.store, Tree::Accounts, &place(before))? {
            puts.push(change(key, None));
        }
        for (_, until, sealed) in self.rows(before)? {
            if sealed.owner == *user {
                let key = key(after, &sealed.path, &sealed.body);
                let row = seal(after, &key, &sealed, until)?;
                puts.push(change(key, Some(row)));
            }
        }
        self.commit(puts).await
    }

    /// What is kept for a browser and not over. What cannot be opened is not theirs.
    fn rows(&self, token: &[u8]) -> Result<Vec<(Vec<u8>, Timestamp, Sealed)>, ExchangeError> {
        let now = self.clock.now();
        let rows = every(self.store, Tree::Accounts, &place(token))?;
        let opened = rows.into_iter().filter_map(|(key, row)| {
            let until = until(&row).filter(|until| *until > now)?;
            let sealed = open(token, &key, &row)?;
            Some((key, until, sealed))
        });
        Ok(opened.collect())
    }

    async fn commit(&self, puts: Vec<Put>) -> Result<(), ExchangeError> {
        if !puts.is_empty() {
            let batch = Batch {
                puts,
                ..Batch::default()
            };
            self.store.commit(batch).await?;
        }
        Ok(())
    }
}

fn change(key: Vec<u8>, value: Option<Vec<u8>>) -> Put {
    Put {
        tree: Tree::Accounts,
        key,
        value,
        case: None,
    }
}

/// What the keys of a browser's forms begin with.
fn place(token: &[u8]) -> Vec<u8> {
    let digest = Digest::of_parts(&[b"stile late form: place\n", token]);
    let hex = HEXLOWER.encode(digest.as_bytes());
    [ALL, hex.as_bytes(), b"/"].concat()
}

/// The key of a form; the same for the same form sent twice.
fn key(token: &[u8], path: &str, body: &str) -> Vec<u8> {
    let parts: [&[u8]; 5] = [
        b"stile late form: name\n",
        token,
        path.as_bytes(),
        b"\n",
        body.as_bytes(),
    ];
    let name = HEXLOWER.encode(Digest::of_parts(&parts).as_bytes());
    [place(token), name.into_bytes()].concat()
}

/// What names a form on a page.
fn handle(key: &[u8]) -> String {
    let digest = Digest::of_parts(&[b"stile late form: handle\n", key]);
    let hex = HEXLOWER.encode(digest.as_bytes());
    hex.chars().take(16).collect()
}

fn until(row: &[u8]) -> Option<Timestamp> {
    let millis = row.first_chunk::<8>()?;
    Some(Timestamp::from_millis(i64::from_be_bytes(*millis)))
}

fn cipher(token: &[u8]) -> Result<LessSafeKey, ExchangeError> {
    let key = Digest::of_parts(&[b"stile late form: key\n", token]);
    let key = UnboundKey::new(&AES_256_GCM, key.as_bytes());
    Ok(LessSafeKey::new(
        key.map_err(|_| ExchangeError::Stored("late form"))?,
    ))
}

fn seal(
    token: &[u8],
    key: &[u8],
    sealed: &Sealed,
    until: Timestamp,
) -> Result<Vec<u8>, ExchangeError> {
    let stored = |_| ExchangeError::Stored("late form");
    let nonce: [u8; NONCE_BYTES] = crate::random::bytes()?;
    let mut text = serde_json::to_vec(sealed).map_err(|_| ExchangeError::Stored("late form"))?;
    let (nonce_used, bound) = (Nonce::assume_unique_for_key(nonce), Aad::from(key));
    cipher(token)?
        .seal_in_place_append_tag(nonce_used, bound, &mut text)
        .map_err(stored)?;
    Ok([&until.millis().to_be_bytes()[..], &nonce, &text].concat())
}

fn open(token: &[u8], key: &[u8], row: &[u8]) -> Option<Sealed> {
    let (nonce, text) = row.get(8..)?.split_at_checked(NONCE_BYTES)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    let mut text = Zeroizing::new(text.to_vec());
    let cipher = cipher(token).ok()?;
    let plain = cipher
        .open_in_place(nonce, Aad::from(key), &mut text)
        .ok()?;
    serde_json::from_slice(plain).ok()
}

#[cfg(test)]
mod tests;
