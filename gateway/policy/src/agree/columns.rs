//! The cells of which Casbin's answers say nothing: who approves, and until when.
//!
//! Other tools read them, and [`publish::in_force`] goes by the last one, so they are held to the
//! rules cell by cell.

use stile_model::id::Code;

use crate::error::PolicyError;
use crate::publish::{self, Row};
use crate::rules::{Rule, Rules};

/// Has every rule its row, with its approvers and its last day, and no row more?
///
/// # Errors
///
/// The first rule or row of which that is not so.
pub(super) fn confirm(rows: &[Row], rules: &Rules) -> Result<(), PolicyError> {
    if rows.len() != rules.rules.len() {
        return Err(other("how many rules there are", rows.len().to_string()));
    }
    for rule in &rules.rules {
        let row = rows
            .iter()
            .find(|row| row.first().is_some_and(|id| id == rule.id.as_str()))
            .ok_or_else(|| other(rule.id.as_str(), "no row".to_owned()))?;
        let [.., approver, until] = row.as_slice() else {
            return Err(other(rule.id.as_str(), "a row too short".to_owned()));
        };
        if !asks(approver, rule) {
            return Err(other(
                &format!("who approves by {}", rule.id),
                approver.clone(),
            ));
        }
        if publish::last_day(row) != rule.until || (until == "-") != rule.until.is_none() {
            return Err(other(
                &format!("the last day of {}", rule.id),
                until.clone(),
            ));
        }
    }
    Ok(())
}

/// Does the cell name the rule's approvers, and whether one is enough?
fn asks(cell: &str, rule: &Rule) -> bool {
    let roles = &rule.approvers.roles;
    let between = if rule.approvers.any_of { '|' } else { '&' };
    if roles.is_empty() {
        return cell == "-";
    }
    cell.split(between).eq(roles.iter().map(Code::as_str))
}

fn other(question: &str, casbin: String) -> PolicyError {
    PolicyError::Disagreement {
        question: question.to_owned(),
        casbin,
    }
}
