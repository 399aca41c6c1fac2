//! Collate the returns of a case into the product.

use stile_model::id::CaseId;
use stile_product::{AgencyAsk, Answer, Audience, CaseSheet, Product, Received, assemble};
use stile_trust::directory::Directory;

use super::Hub;
use super::progress::{Sent, State};
use crate::error::ExchangeError;

impl Hub {
    /// The product of a case as it stands: what came, what was withheld, what was not checked.
    ///
    /// # Errors
    ///
    /// `unknown_case`, or when something stored cannot be read.
    pub fn product(&self, id: &CaseId, audience: Audience) -> Result<Product, ExchangeError> {
        self.witnessing.may_release()?;
        let case = self.case(id)?;
        let directory = self.directory.load();
        let mut received = Vec::new();
        let mut asks = Vec::new();
        let mut look_back_months = 0;
        let sent: Vec<_> = self
            .sent_of(id)?
            .into_iter()
            .filter(|sent| sent.state != State::Superseded)
            .collect();
        for sent in &sent {
            asks.push(AgencyAsk {
                agency: sent.enquiry.to.clone(),
                asks: sent.enquiry.asks.clone(),
            });
            look_back_months = look_back_months.max(sent.enquiry.look_back_months);
            received.extend(self.received(&directory, sent)?);
        }
        let sheet = CaseSheet {
            case: case.matter.id,
            kind: case.matter.kind,
            priority: case.matter.priority,
            purpose: case.matter.purpose,
            consent: case.matter.consent,
            opened: case.opened,
            due: case.due,
            subjects: case.matter.subjects,
            asks,
            look_back_months,
            outcome: None,
        };
        Ok(assemble(
            &sheet,
            &received,
            &self.vocabulary,
            audience,
            self.clock.now(),
        ))
    }

    fn received(
        &self,
        directory: &Directory,
        sent: &Sent,
    ) -> Result<Option<Received>, ExchangeError> {
        let Some(member) = directory.member(&sent.enquiry.to) else {
            return Ok(None);
        };
        let Some(kind) = member.kind.clone() else {
            return Ok(None);
        };
        let returns = self.returns_of(sent.enquiry.id)?;
        let answer = match &sent.state {
            State::Refused { code, title } if returns.is_empty() => Answer::Refused {
                code: code.clone(),
                title: title.clone(),
            },
            State::Unreachable {
                code,
                last_tried,
                next_try,
            } => Answer::Unreachable {
                code: code.clone(),
                last_tried: *last_tried,
                next_try: *next_try,
            },
            State::Waiting => Answer::Pending {
                due: sent.enquiry.expires,
            },
            State::Answered | State::InPart | State::Refused { .. } | State::Superseded => {
                Answer::Returned(returns)
            }
        };
        Ok(Some(Received {
            agency: member.id.clone(),
            agency_name: member.name.clone(),
            contact: member.contact.clone(),
            kind,
            answer,
        }))
    }
}
