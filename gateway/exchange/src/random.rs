//! The one place that draws random numbers for identifiers.

use ring::rand::{SecureRandom, SystemRandom};
use stile_model::id::EnquiryId;

use crate::error::ExchangeError;

/// A new name for an enquiry or a task: 128 random bits.
///
/// # Errors
///
/// When the operating system gives no randomness; nothing has been sent.
pub fn enquiry_id() -> Result<EnquiryId, ExchangeError> {
    let mut bytes = [0; 16];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| ExchangeError::NoRandomness)?;
    Ok(EnquiryId::from_bytes(bytes))
}
