//! Ordering a delivery: by a person, or by a decision where the configuration says so.

use std::sync::Mutex;

use stile_model::id::{CaseId, Code};
use stile_model::time::Timestamp;
use stile_product::Recipient;
use stile_store::Put;

use super::queue::{self, Kept};
use super::{Deliver, DeliveryLine, DeliverySettings, DeliveryState};
use crate::error::{ExchangeError, refuse};
use crate::hub::{Hub, IssueCopy};
use crate::people::Person;

/// The office that copies for a system name; its name is the delivery's.
const OFFICE: &str = "Case management system";

impl Hub {
    /// Makes a copy for a system of the partnership and keeps it to be delivered, in one batch. Ordering
    /// the same again, while the product says the same, is the same delivery; one that was given up is
    /// tried again.
    ///
    /// # Errors
    ///
    /// `unknown_delivery`, `audience_not_delivered`, and what [`Hub::issue_copy`] refuses; nothing is
    /// delivered.
    pub async fn deliver(
        &self,
        person: &Person,
        case: &CaseId,
        order: &Deliver,
    ) -> Result<DeliveryLine, ExchangeError> {
        person.must_work_on_cases()?;
        self.must_be_open_to(order)?;
        let now = self.clock.now();
        let line = Mutex::new(None);
        let beside = |copy: &super::super::CopyLine| {
            let origin = queue::ordered(&order.to, copy.number);
            let before = self.kept_delivery(case, &origin)?;
            let (kept, puts) = match before {
                Some(kept) if !is_given_up(&kept.line) => (kept, Vec::new()),
                _ => {
                    let mut line = new_line(case, order, person, now);
                    line.number = Some(copy.number);
                    let kept = Kept { origin, line };
                    let puts = kept.puts()?;
                    (kept, puts)
                }
            };
            if let Ok(mut line) = line.lock() {
                *line = Some(kept.line);
            }
            Ok(puts)
        };
        let wanted = self.wanted(order);
        self.issue_copy_beside(person, case, &wanted, &beside)
            .await?;
        self.changed(case);
        let line = line.into_inner().ok().flatten();
        line.ok_or(ExchangeError::Stored("delivery"))
    }

    /// How the deliveries of a case stand, oldest first; the reading is recorded before they are shown.
    ///
    /// # Errors
    ///
    /// `role_missing`, `unknown_case`, or that the reading could not be recorded.
    pub async fn deliveries(
        &self,
        person: &Person,
        case: &CaseId,
    ) -> Result<Vec<DeliveryLine>, ExchangeError> {
        person.must_work_on_cases()?;
        let whole = self.case(case)?;
        let lines = self.delivery_lines(case)?;
        let read = self.case_read(person, &whole, "copies", self.clock.now())?;
        self.record(read).await?;
        Ok(lines)
    }

    /// How the deliveries of a case stand, oldest first, for somebody whose reading is recorded.
    pub(in crate::hub) fn delivery_lines(
        &self,
        case: &CaseId,
    ) -> Result<Vec<DeliveryLine>, ExchangeError> {
        let kept = self.kept_deliveries(case)?.into_iter();
        let mut lines: Vec<_> = kept.map(|kept| kept.line).collect();
        lines.sort_by_key(|line| line.since);
        Ok(lines)
    }

    /// What a decision brings about, to be kept with it: `step` is its number among the case's steps.
    pub(in crate::hub) fn deliveries_on(
        &self,
        person: &Person,
        case: &CaseId,
        outcome: &Code,
        step: usize,
        now: Timestamp,
    ) -> Result<Vec<Put>, ExchangeError> {
        let mut puts = Vec::new();
        for settings in &self.settings.deliveries {
            let rule = settings.on_decision.as_ref();
            if let Some(rule) = rule.filter(|rule| rule.outcomes.contains(outcome)) {
                let order = Deliver {
                    to: settings.name.clone(),
                    audience: rule.audience,
                    language: rule.language,
                    form: rule.form,
                };
                let kept = Kept {
                    origin: queue::decided(&settings.name, step),
                    line: new_line(case, &order, person, now),
                };
                puts.extend(kept.puts()?);
            }
        }
        Ok(puts)
    }

    /// The copy that an order asks for: its recipient is the system, by its configured name.
    pub(super) fn wanted(&self, order: &Deliver) -> IssueCopy {
        IssueCopy {
            audience: order.audience,
            recipient: Recipient {
                role: OFFICE.to_owned(),
                name: order.to.to_string().into(),
                member: Some(self.me.clone()),
            },
            language: order.language,
            form: order.form,
        }
    }

    /// The system of this name.
    pub(super) fn delivery(&self, name: &Code) -> Option<&DeliverySettings> {
        self.settings
            .deliveries
            .iter()
            .find(|one| one.name == *name)
    }

    pub(super) fn must_be_open_to(&self, order: &Deliver) -> Result<(), ExchangeError> {
        let settings = self.delivery(&order.to).ok_or_else(|| {
            refuse(
                "unknown_delivery",
                404,
                "the hub's configuration has no `[[delivery]]` of this name",
            )
        })?;
        if settings.audiences.contains(&order.audience) {
            return Ok(());
        }
        Err(refuse(
            "audience_not_delivered",
            422,
            "this system gets no copies for this audience; `audiences` of its `[[delivery]]` lists \
             those it gets",
        ))
    }
}

const fn is_given_up(line: &DeliveryLine) -> bool {
    match line.state {
        DeliveryState::GivenUp { .. } => true,
        DeliveryState::Delivered { .. } | DeliveryState::Waiting { .. } => false,
    }
}

fn new_line(case: &CaseId, order: &Deliver, person: &Person, now: Timestamp) -> DeliveryLine {
    DeliveryLine {
        case: case.clone(),
        order: order.clone(),
        by: person.user.clone(),
        since: now,
        number: None,
        tries: 0,
        state: DeliveryState::Waiting {
            next: now,
            fault: None,
        },
    }
}
