//! The pages beside the API, for this member's people.

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use stile_exchange::agency::{Agency, routes as agency_routes};
use stile_exchange::clock::Clock;
use stile_exchange::hub::{Hub, routes as hub_routes};
use stile_exchange::metrics::{Door, Meters};
use stile_model::id::MemberId;
use stile_portal::session::Limits;
use stile_portal::{PagesSettings, agency_pages, hub_pages};
use stile_trust::directory::Directory;
use tower::ServiceExt;
use tower_http::csrf::CsrfLayer;

use crate::config::Pages;
use crate::run::Failure;

/// What this member's people reach.
pub(super) struct Faces {
    /// With their certificates: `/api` and the pages.
    pub(super) people: Router,
    /// In a browser without one: the same pages, and the same sessions.
    pub(super) browsers: Router,
}

/// An agency's.
pub(super) fn of_agency(
    agency: &Arc<Agency>,
    pages: Option<&Pages>,
    meters: &Meters,
) -> Result<Faces, Failure> {
    let settings = settings(&agency.directory.load(), &agency.me, pages, &agency.clock)?;
    let (_, browsers) = agency_pages(Arc::clone(agency), settings)?;
    let browsers = meters.watch(Door::Pages, browsers);
    let api = meters.watch(Door::Api, agency_routes::people_routes(Arc::clone(agency)));
    Ok(Faces {
        people: beside(api, browsers.clone()),
        browsers,
    })
}

/// A hub's.
pub(super) fn of_hub(
    hub: &Arc<Hub>,
    pages: Option<&Pages>,
    meters: &Meters,
) -> Result<Faces, Failure> {
    let settings = settings(&hub.directory.load(), &hub.me, pages, &hub.clock)?;
    let (_, browsers) = hub_pages(Arc::clone(hub), settings)?;
    let browsers = meters.watch(Door::Pages, browsers);
    let api = meters.watch(Door::Api, hub_routes::people_routes(Arc::clone(hub)));
    Ok(Faces {
        people: beside(api, browsers.clone()),
        browsers,
    })
}

/// Both on one listener. Chosen by hand and not by a route of its own, which would give the API's
/// handlers a variable part of the address that none of them knows.
fn beside(api: Router, pages: Router) -> Router {
    // Browsers hold certificates here: another site must not act with them. Programs send none of the
    // headers that browsers do, and pass.
    let api = api.layer(CsrfLayer::new());
    pages.layer(from_fn(move |request: Request, next: Next| {
        let api = request
            .uri()
            .path()
            .starts_with("/api/")
            .then(|| api.clone());
        async move {
            match api {
                Some(api) => api.oneshot(request).await,
                None => Ok(next.run(request).await),
            }
        }
    }))
}

fn settings(
    directory: &Directory,
    me: &MemberId,
    pages: Option<&Pages>,
    clock: &Clock,
) -> Result<PagesSettings, Failure> {
    let member = directory.member(me);
    let oidc = pages.and_then(|pages| pages.oidc.as_ref());
    let provider = oidc.map(|oidc| oidc.provider(clock)).transpose()?;
    Ok(PagesSettings {
        member_name: member.map_or_else(|| me.to_string(), |member| member.name.clone()),
        limits: pages.map_or_else(Limits::default, |pages| pages.limits),
        provider: provider.map(Arc::new),
    })
}
