//! The agency's pages: approvals, matches, policy, the disclosure log, connections.

mod approvals;
mod asked;
mod break_glass;
mod matches;
mod policy;
mod told;

use std::sync::Arc;

use axum::Router;
use stile_exchange::agency::Agency;
use stile_exchange::gateway::Gateway;

use crate::both;
use crate::doors::Doors;
use crate::layout::Section;
use crate::site::{AgencySite, PagesSettings, Site};
use crate::words::WordsError;

/// The navigation.
pub(crate) const SECTIONS: &[Section] = &[
    Section {
        key: "approvals-title",
        path: "/approvals",
        who: approvals::WHO,
    },
    Section {
        key: "matches-title",
        path: "/matches",
        who: matches::WHO,
    },
    Section {
        key: "policy-section",
        path: "/policy",
        who: policy::READS,
    },
    Section {
        key: "glass-title",
        path: "/break-glass",
        who: break_glass::WHO,
    },
    Section {
        key: "told-title",
        path: "/told",
        who: told::WHO,
    },
    both::LOG,
    both::SUBJECT_ACCESS,
    both::RETENTION,
    both::WITNESSES,
    both::CONNECTIONS,
];

/// Every door of an agency's pages.
pub fn doors() -> Doors<AgencySite> {
    both::doors()
        .merge(approvals::doors())
        .merge(matches::doors())
        .merge(break_glass::doors())
        .merge(policy::doors())
        .merge(told::doors())
}

/// An agency's pages.
///
/// # Errors
///
/// When the words inside the program cannot be read.
pub fn agency_pages(
    agency: Arc<Agency>,
    settings: PagesSettings,
) -> Result<(Arc<Site>, Router), WordsError> {
    let site = Arc::new(Site::new(Gateway::Agency(Arc::clone(&agency)), settings)?);
    let state = AgencySite {
        site: Arc::clone(&site),
        agency,
    };
    Ok((site, doors().finish(state)))
}
