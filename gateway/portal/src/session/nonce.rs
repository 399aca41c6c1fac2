//! Nonces: each form of a session can be sent once.

use std::collections::VecDeque;

use data_encoding::BASE64URL_NOPAD;
use ring::hmac;
use stile_exchange::error::ExchangeError;
use stile_exchange::random;
use stile_model::digest::Digest;
use stile_model::id::UserId;

/// Nonces of a session that are remembered, issued and spent; the oldest are forgotten first.
const REMEMBERED: usize = 128;
/// Random bytes of a nonce, and bytes of the hash beside them.
const RANDOM: usize = 16;
/// Longest address that is remembered as the answer to a form.
const LOCATION_MOST: usize = 512;

/// What a form carries so that it can be sent once, and only by the session it was made for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nonce(String);

/// Makes nonces that say, to this gateway alone, for whom they were made: so a form that comes when its
/// session is forgotten, after a restart or a night, is still known to be somebody's.
#[derive(Debug)]
pub struct Nonces(hmac::Key);

impl Nonces {
    /// With this gateway's secret.
    pub fn new(secret: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret))
    }

    /// A new one for a user: 128 random bits, and 128 bits of a keyed hash of them and the user.
    ///
    /// # Errors
    ///
    /// When the operating system gives no randomness.
    pub fn draw(&self, user: &UserId) -> Result<Nonce, ExchangeError> {
        let random: [u8; RANDOM] = random::bytes()?;
        let tag = hmac::sign(&self.0, &said(&random, user));
        let tag = tag.as_ref().iter().take(RANDOM);
        let bytes: Vec<u8> = random.iter().chain(tag).copied().collect();
        Ok(Nonce(BASE64URL_NOPAD.encode(&bytes)))
    }

    /// Was it made for this user? It is not thereby good: that is the session's to say.
    pub fn is_of(&self, nonce: &str, user: &UserId) -> bool {
        let Ok(bytes) = BASE64URL_NOPAD.decode(nonce.as_bytes()) else {
            return false;
        };
        let Some((random, tag)) = bytes.split_at_checked(RANDOM) else {
            return false;
        };
        let right = hmac::sign(&self.0, &said(random, user));
        let right = right.as_ref().get(..RANDOM).unwrap_or_default();
        // Digests are compared, so that the time says nothing of how much is alike.
        Digest::of(right) == Digest::of(tag)
    }
}

fn said(random: &[u8], user: &UserId) -> Vec<u8> {
    [random, user.as_str().as_bytes()].concat()
}

impl Nonce {
    /// From bytes.
    pub fn from_bytes(bytes: &[u8; 16]) -> Self {
        Self(BASE64URL_NOPAD.encode(bytes))
    }

    /// As the form carries it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What came of spending a nonce.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Spent {
    /// It was spent before; the answer is at this address, where it is known already.
    Again(Option<String>),
    /// It is spent now, for the first time.
    First,
    /// It was never issued to this session, or too long ago.
    Unknown,
}

/// The nonces of one session.
#[derive(Debug, Default)]
pub(super) struct Issued(VecDeque<(Nonce, State)>);

#[derive(Debug)]
enum State {
    Issued,
    Spent { answer: Option<String> },
}

impl Issued {
    pub(super) fn issue(&mut self, nonce: Nonce) -> Nonce {
        if self.0.len() >= REMEMBERED {
            self.0.pop_front();
        }
        self.0.push_back((nonce.clone(), State::Issued));
        nonce
    }

    pub(super) fn spend(&mut self, nonce: &str) -> Spent {
        match self.state(nonce) {
            None => Spent::Unknown,
            Some(State::Spent { answer }) => Spent::Again(answer.clone()),
            Some(state) => {
                *state = State::Spent { answer: None };
                Spent::First
            }
        }
    }

    /// A form that was refused may be sent again: nothing came of it.
    pub(super) fn give_back(&mut self, nonce: &str) {
        if let Some(state @ State::Spent { answer: None }) = self.state(nonce) {
            *state = State::Issued;
        }
    }

    pub(super) fn answered(&mut self, nonce: &str, location: &str) {
        if let Some(State::Spent { answer }) = self.state(nonce)
            && location.len() <= LOCATION_MOST
        {
            *answer = Some(location.to_owned());
        }
    }

    fn state(&mut self, nonce: &str) -> Option<&mut State> {
        let found = self.0.iter_mut().find(|(known, _)| known.0 == nonce);
        found.map(|(_, state)| state)
    }
}
