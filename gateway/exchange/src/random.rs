//! The one place that draws random numbers: for identifiers, and for questions put to a policy.

use ring::rand::{SecureRandom, SystemRandom};
use stile_model::id::EnquiryId;

use crate::error::ExchangeError;

/// A new name for an enquiry or a task: 128 random bits.
///
/// # Errors
///
/// When the operating system gives no randomness; nothing has been sent.
pub fn enquiry_id() -> Result<EnquiryId, ExchangeError> {
    Ok(EnquiryId::from_bytes(draw()?))
}

/// What varies the random questions of a proof: nobody can prepare a policy for them.
///
/// # Errors
///
/// When the operating system gives no randomness; nothing was proved.
pub(crate) fn seed() -> Result<u64, ExchangeError> {
    Ok(u64::from_be_bytes(draw()?))
}

fn draw<const N: usize>() -> Result<[u8; N], ExchangeError> {
    let mut bytes = [0; N];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| ExchangeError::NoRandomness)?;
    Ok(bytes)
}

/// Random bytes for a use of their own: a salt, the token of a session.
///
/// # Errors
///
/// When the operating system gives no randomness; nothing was made with them.
pub fn bytes<const N: usize>() -> Result<[u8; N], ExchangeError> {
    draw()
}
