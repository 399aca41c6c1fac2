//! The request form of a decision record, filled from the enquiry, the directory and the vocabulary:
//! alike at the hub, before it asks, and at the agency, before it looks anybody up.

use stile_model::enquiry::Enquiry;
use stile_model::vocabulary::Vocabulary;
use stile_policy::{DecisionRequest, Parties, RecordGap};
use stile_trust::directory::Directory;

use crate::error::{ExchangeError, refuse};

/// The form of an enquiry.
///
/// # Errors
///
/// `decision_record_incomplete`, naming every field that is missing and who can fill it.
pub(crate) fn request(
    enquiry: &Enquiry,
    vocabulary: &Vocabulary,
    directory: &Directory,
) -> Result<DecisionRequest, ExchangeError> {
    let day = enquiry.issued.date();
    let agreement = directory.agreement(&enquiry.from, &enquiry.to, &enquiry.purpose, day);
    let holder = directory.member(&enquiry.to);
    let kind = holder.and_then(|member| member.kind.as_ref());
    let parties = Parties {
        requester: directory
            .member(&enquiry.from)
            .map_or("", |member| &member.name),
        holder: holder.map_or("", |member| &member.name),
        kind: kind.and_then(|kind| vocabulary.agency(kind)),
        // Whether one is in force is asked, and refused, by itself.
        agreement: agreement.map_or("none in force", |agreement| &agreement.reference),
    };
    DecisionRequest::of(enquiry, vocabulary, &parties).map_err(|gaps| incomplete(&gaps))
}

fn incomplete(gaps: &[RecordGap]) -> ExchangeError {
    let gaps: Vec<String> = gaps.iter().map(ToString::to_string).collect();
    refuse(
        "decision_record_incomplete",
        422,
        format!("the decision record lacks {}", gaps.join(", ")),
    )
}
