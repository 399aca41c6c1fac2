//! Pages that hub and agency have alike.

pub(crate) mod connections;
pub(crate) mod fields;
mod first;
mod help;
pub(crate) mod log;
pub(crate) mod part;
pub(crate) mod retention;
mod subject_access;
pub(crate) mod witnesses;

use std::sync::Arc;

use axum::extract::FromRef;

use crate::assets;
use crate::doors::{Doors, Who};
use crate::layout::Section;
use crate::sign_in;
use crate::site::Site;

/// The disclosure log in the navigation.
pub(crate) const LOG: Section = Section {
    key: "log-title",
    path: "/log",
    who: log::WHO,
};

/// Subject access in the navigation.
pub(crate) const SUBJECT_ACCESS: Section = Section {
    key: "subject-title",
    path: "/subject-access",
    who: log::WHO,
};

/// Retention in the navigation.
pub(crate) const RETENTION: Section = Section {
    key: "retention-title",
    path: "/retention",
    who: retention::WHO,
};

/// Witnesses in the navigation.
pub(crate) const WITNESSES: Section = Section {
    key: "witnesses-title",
    path: "/witnesses",
    who: witnesses::WHO,
};

/// Connections in the navigation.
pub(crate) const CONNECTIONS: Section = Section {
    key: "connections-title",
    path: "/connections",
    who: connections::WHO,
};

/// Doors of either role.
pub(crate) fn doors<S>() -> Doors<S>
where
    S: Clone + Send + Sync + 'static,
    Arc<Site>: FromRef<S>,
{
    Doors::default()
        .get("/", Who::SignedIn, first::page)
        .get("/assets/{digest}/{*name}", Who::Anyone, assets::serve)
        .merge(sign_in::doors())
        .merge(connections::doors())
        .merge(help::doors())
        .merge(log::doors())
        .merge(retention::doors())
        .merge(subject_access::doors())
        .merge(witnesses::doors())
}
