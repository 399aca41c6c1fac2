//! Words that go into the ledger as they are, refused here rather than at the first enquiry.

use super::super::Purpose;
use super::Reader;
use crate::id::{Code, OPEN_WORD, is_open_word};

impl Reader<'_> {
    /// Purposes and terms are written into the ledger's open part as they are.
    pub(super) fn open_word(&mut self, at: usize, code: &Code) {
        if !is_open_word(code.as_str()) {
            self.report(at, &format!("`{code}` cannot be used: {OPEN_WORD}"));
        }
    }

    /// The first legal gateway is written into the ledger's open part as a code.
    pub(super) fn open_gateway(&mut self, at: usize, purpose: &Purpose) {
        if let Some(gateway) = purpose.gateway_code()
            && !is_open_word(gateway.as_str())
        {
            self.report(
                at,
                &format!(
                    "purpose `{}`: its first legal gateway becomes the code `{gateway}`, which cannot \
                     be used: {OPEN_WORD}",
                    purpose.code
                ),
            );
        }
    }
}
