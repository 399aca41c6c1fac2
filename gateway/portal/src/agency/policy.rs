//! The policy pages: what is shared and for what, and how that changes.
//!
//! ```text
//! matrix ─► behind a cell      try (made-up details)
//! edit ─► propose ─► change: approve, reject, bring forward ─► in force ─► roll back
//! read: rules as sentences, cases, who can see a field, what each rule was needed for
//! ```

mod attempt;
mod cases;
mod cell;
mod change;
mod changes;
mod edit;
mod enquiry;
mod matrix;
mod past;
mod propose;
mod reading;
mod remarks;
mod review;
mod rollback;
mod rules;
mod sheet;
mod who;

use crate::doors::{Doors, Part, Who};
use crate::site::AgencySite;

/// Who may read the policy.
pub(super) const READS: Who =
    Who::OneOf(&[Part::Auditor, Part::IgLead, Part::InformationGovernance]);

/// Who may write, propose and approve one.
pub(super) const CHANGES: Who = Who::OneOf(&[Part::IgLead, Part::InformationGovernance]);

/// The policy's doors.
pub(super) fn doors() -> Doors<AgencySite> {
    Doors::default()
        .get("/policy", READS, matrix::page)
        .get("/policy/cells/{category}/{purpose}", READS, cell::page)
        .get("/policy/try", READS, attempt::page)
        .get("/policy/rules", READS, reading::page)
        .get("/policy/casbin/{version}/{file}", READS, reading::file)
        .get("/policy/cases", READS, cases::page)
        .get("/policy/who", READS, who::page)
        .get("/policy/review", READS, review::page)
        .post("/policy/review", READS, review::show)
        .get("/policy/enquiry", READS, enquiry::page)
        .post("/policy/enquiry", READS, enquiry::show)
        .merge(changing())
}

/// The doors of whoever changes it.
fn changing() -> Doors<AgencySite> {
    Doors::default()
        .get("/policy/edit", CHANGES, edit::page)
        .post("/policy/edit", CHANGES, edit::save)
        .post("/policy/edit/drop", CHANGES, edit::drop)
        .get("/policy/edit/past", CHANGES, past::page)
        .post("/policy/edit/past", CHANGES, past::show)
        .get("/policy/edit/rules", CHANGES, rules::page)
        .get("/policy/edit/rules/{rule}", CHANGES, rules::one)
        .post("/policy/edit/rules/{rule}", CHANGES, rules::change)
        .post("/policy/edit/rules/{rule}/removal", CHANGES, rules::remove)
        .get("/policy/edit/new-rule", CHANGES, rules::new)
        .post("/policy/edit/new-rule", CHANGES, rules::add)
        .get("/policy/propose", CHANGES, propose::page)
        .post("/policy/propose", CHANGES, propose::propose)
        .get("/policy/changes", READS, changes::page)
        .get("/policy/changes/{version}", READS, change::page)
        .post(
            "/policy/changes/{version}/approval",
            CHANGES,
            change::approve,
        )
        .post(
            "/policy/changes/{version}/rejection",
            CHANGES,
            change::reject,
        )
        .post(
            "/policy/changes/{version}/activation",
            CHANGES,
            change::activate,
        )
        .get(
            "/policy/history/{version}/rollback",
            CHANGES,
            rollback::page,
        )
        .post(
            "/policy/history/{version}/rollback",
            CHANGES,
            rollback::roll_back,
        )
}
