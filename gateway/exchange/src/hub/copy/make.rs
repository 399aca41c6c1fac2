//! What a copy holds, and when two copies say the same.

use std::sync::Arc;

use stile_model::digest::Digest;
use stile_model::id::CaseId;
use stile_model::redact::Redacted;
use stile_model::time::Timestamp;
use stile_product::{
    Audience, Document, Language, LedgerMark, PresenceLine, Product, Recipient, Word,
};

use super::typeset;
use super::{Form, IssueCopy};
use crate::error::ExchangeError;
use crate::hub::presence::PresenceStatus;
use crate::hub::{CasePresence, Hub};

/// A copy before it is typeset.
pub(super) struct Draft {
    pub(super) document: Document,
    pub(super) says: Digest,
}

impl Hub {
    /// What a copy would hold now, if it were made after `before` others.
    pub(super) fn copy_draft(
        &self,
        id: &CaseId,
        wanted: &IssueCopy,
        before: usize,
    ) -> Result<Draft, ExchangeError> {
        let product = self.product(id, wanted.audience)?;
        let presence = self.presence_lines(id, wanted.audience, &product)?;
        let says = says(wanted, &product, &presence)?;
        let number = u32::try_from(before.saturating_add(1)).unwrap_or(u32::MAX);
        let head = self.store.head();
        let directory = self.directory.load();
        let hub = directory
            .member(&self.me)
            .map_or_else(|| self.me.to_string(), |member| member.name.clone());
        let document = Document {
            v: 1,
            language: wanted.language,
            hub,
            number,
            recipient: wanted.recipient.clone(),
            ledger: LedgerMark {
                origin: head.origin.to_string(),
                size: head.size,
                root: head.root,
            },
            product_digest: product.digest(),
            presence,
            product,
        };
        Ok(Draft { document, says })
    }

    /// The bytes of a document in a form: always the same for the same document.
    pub(super) async fn bytes_of(
        &self,
        document: &Document,
        form: Form,
    ) -> Result<Vec<u8>, ExchangeError> {
        match form {
            Form::Json => Ok(document.to_bytes()),
            Form::Pdf => {
                let settings = Arc::new(self.settings.documents.clone());
                typeset::typeset(settings, document.to_bytes()).await
            }
        }
    }

    fn presence_lines(
        &self,
        id: &CaseId,
        audience: Audience,
        product: &Product,
    ) -> Result<Vec<PresenceLine>, ExchangeError> {
        match audience {
            Audience::DecisionMaker => {}
            // Who knows a family is itself information of partners, and not the receiving team's task.
            Audience::FamilySafe | Audience::ReceivingTeam | Audience::ReferrerFeedback => {
                return Ok(Vec::new());
            }
        }
        let checks = self.kept_presence(id)?;
        Ok(checks
            .iter()
            .flat_map(|check| lines(check, product))
            .collect())
    }
}

fn lines(check: &CasePresence, product: &Product) -> Vec<PresenceLine> {
    let subject = product
        .subjects
        .iter()
        .find(|subject| subject.id == check.subject);
    let name = subject.map_or_else(
        || Redacted::new(check.subject.to_string()),
        |subject| subject.name.clone(),
    );
    let line = |one: &crate::hub::AgencyPresence| PresenceLine {
        agency_name: one.name.clone(),
        subject_name: name.clone(),
        found: found(one.status),
        checked: check.checked,
    };
    check.agencies.iter().map(line).collect()
}

fn found(status: PresenceStatus) -> Word {
    let (code, words) = match status {
        PresenceStatus::Known => ("known", "Token match: the agency is likely to know them"),
        PresenceStatus::MayKnow => ("may_know", "The agency says that it may know them"),
        PresenceStatus::Possibly => ("possibly", "Weak token match: possibly known"),
        PresenceStatus::NotChecked => ("not_checked", "Not checked"),
        PresenceStatus::NoMatch => ("no_match", "No token match (not absence)"),
        PresenceStatus::NotOffered => ("not_offered", "Not offered by the agency"),
    };
    Word {
        code: code.to_owned(),
        words: words.to_owned(),
    }
}

/// A digest that two copies share if they are for the same person and say the same, whenever made.
fn says(
    wanted: &IssueCopy,
    product: &Product,
    presence: &[PresenceLine],
) -> Result<Digest, ExchangeError> {
    let undated = Product {
        made: Timestamp::from_millis(0),
        ..product.clone()
    };
    let parts: (&Recipient, Language, Form, &Product, &[PresenceLine]) = (
        &wanted.recipient,
        wanted.language,
        wanted.form,
        &undated,
        presence,
    );
    let bytes = serde_json::to_vec(&parts).map_err(|_| ExchangeError::Stored("copy"))?;
    Ok(Digest::of(&bytes))
}
