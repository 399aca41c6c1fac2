//! The doors: no page without a rule that says who may open it.

use std::convert::Infallible;
use std::sync::Arc;

use axum::Router;
use axum::extract::{FromRef, Request};
use axum::handler::Handler;
use axum::http::Method;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::{MethodRouter, get, post};
use stile_exchange::people::{Duty, Person};
use tower_http::csrf::CsrfLayer;

use crate::admit::{admit, whole};
use crate::headers;
use crate::site::Site;
use crate::trouble::Trouble;

/// A duty without its particulars: any approver is an approver at the door; which items are theirs to
/// decide is the use case's question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Decides what policy refers to some approver role.
    Approver,
    /// Reads the ledger.
    Auditor,
    /// Decides at the hub on the product.
    DecisionMaker,
    /// Authorises enquiries at the hub.
    HubManager,
    /// Leads information governance.
    IgLead,
    /// Holds, erases, proposes and approves.
    InformationGovernance,
    /// Runs the gateway.
    ItAdmin,
    /// Decides on possible matches.
    MatchReviewer,
    /// Opens cases and raises enquiries.
    Researcher,
}

impl Part {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Approver,
        Self::Auditor,
        Self::DecisionMaker,
        Self::HubManager,
        Self::IgLead,
        Self::InformationGovernance,
        Self::ItAdmin,
        Self::MatchReviewer,
        Self::Researcher,
    ];

    /// The part of a duty.
    pub const fn of(duty: &Duty) -> Self {
        match duty {
            Duty::Approver(_) => Self::Approver,
            Duty::Auditor => Self::Auditor,
            Duty::DecisionMaker => Self::DecisionMaker,
            Duty::HubManager => Self::HubManager,
            Duty::IgLead => Self::IgLead,
            Duty::InformationGovernance => Self::InformationGovernance,
            Duty::ItAdmin => Self::ItAdmin,
            Duty::MatchReviewer => Self::MatchReviewer,
            Duty::Researcher => Self::Researcher,
        }
    }

    /// The word of its message: `common-part-<word>`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Approver => "approver",
            Self::Auditor => "auditor",
            Self::DecisionMaker => "decision-maker",
            Self::HubManager => "hub-manager",
            Self::IgLead => "ig-lead",
            Self::InformationGovernance => "information-governance",
            Self::ItAdmin => "it-admin",
            Self::MatchReviewer => "match-reviewer",
            Self::Researcher => "researcher",
        }
    }
}

/// Who may open a door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Everybody, signed in or not: signing in itself, help.
    Anyone,
    /// Who has one of these duties.
    OneOf(&'static [Part]),
    /// Who is signed in.
    SignedIn,
}

impl Who {
    /// Who works on the hub's cases.
    pub const CASES: Self = Self::OneOf(&[Part::DecisionMaker, Part::HubManager, Part::Researcher]);

    /// May this person open it?
    pub fn admits(self, person: Option<&Person>) -> bool {
        match (self, person) {
            (Self::Anyone, _) | (Self::SignedIn, Some(_)) => true,
            (Self::OneOf(parts), Some(person)) => person
                .duties
                .iter()
                .any(|duty| parts.contains(&Part::of(duty))),
            (Self::SignedIn | Self::OneOf(_), None) => false,
        }
    }
}

/// One page or form, and who may open it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// `GET` or `POST`.
    pub method: Method,
    /// The English path as registered, with its variable parts.
    pub path: &'static str,
    /// Who may.
    pub who: Who,
}

/// Pages under construction.
pub struct Doors<S> {
    router: Router<S>,
    rules: Vec<Rule>,
}

impl<S> Default for Doors<S>
where
    S: Clone + Send + Sync + 'static,
{
    fn default() -> Self {
        Self {
            router: Router::new(),
            rules: Vec::new(),
        }
    }
}

impl<S> Doors<S>
where
    S: Clone + Send + Sync + 'static,
    Arc<Site>: FromRef<S>,
{
    /// A page, in both languages.
    pub fn get<H, T>(self, path: &'static str, who: Who, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        self.door(Method::GET, path, who, get(handler))
    }

    /// A form's target, in both languages.
    pub fn post<H, T>(self, path: &'static str, who: Who, handler: H) -> Self
    where
        H: Handler<T, S>,
        T: 'static,
    {
        self.door(Method::POST, path, who, post(handler))
    }

    /// The doors of another part of the pages.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.rules.extend(other.rules);
        self.router = self.router.merge(other.router);
        self
    }

    fn door(
        mut self,
        method: Method,
        path: &'static str,
        who: Who,
        handler: MethodRouter<S, Infallible>,
    ) -> Self {
        let guard = move |request: Request, next: Next| admit(who, request, next);
        let handler = handler.layer(from_fn(guard));
        let welsh = if path == "/" {
            "/cy".to_owned()
        } else {
            format!("/cy{path}")
        };
        self.router = self
            .router
            .route(path, handler.clone())
            .route(&welsh, handler);
        self.rules.push(Rule { method, path, who });
        self
    }

    /// Who may open what, for the test that tries everybody at every door.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The finished pages: posts of other sites are refused before anything looks at them, and every
    /// answer carries the headers that all pages carry. Every error is a page.
    pub fn finish(self, state: S) -> Router {
        let site = Arc::<Site>::from_ref(&state);
        let unknown = move |request: Request, next: Next| admit(Who::Anyone, request, next);
        let lost: MethodRouter<S> = get(nothing_here).post(nothing_here).layer(from_fn(unknown));
        self.router
            .fallback_service(lost.with_state(state.clone()))
            .with_state(state)
            .layer(CsrfLayer::new())
            .layer(from_fn(whole))
            .layer(axum::Extension(site))
            .layer(from_fn(headers::on_every_answer))
    }
}

async fn nothing_here() -> Response {
    Trouble::NotFound.into()
}
