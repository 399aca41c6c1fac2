//! The hub's pages: the work queue, cases, enquiries, products.

mod agencies;
mod ask;
mod case;
mod case_form;
mod check;
mod consent;
mod contact;
mod copies;
mod decide;
mod deliver;
mod direct;
mod events;
mod figures;
mod history;
mod lists;
mod live;
mod log;
mod overview;
mod part;
mod presence;
mod product;
mod queue;
mod referral;
mod request;
mod sheet;
mod shown;
mod told;
mod warnings;

use std::sync::Arc;

use axum::Router;
use stile_exchange::gateway::Gateway;
use stile_exchange::hub::Hub;

use crate::both;
use crate::doors::{Doors, Part, Who};
use crate::layout::Section;
use crate::site::{HubSite, PagesSettings, Site};
use crate::words::WordsError;

/// The navigation.
pub(crate) const SECTIONS: &[Section] = &[
    Section {
        key: "hub-queue",
        path: "/queue",
        who: Who::CASES,
    },
    Section {
        key: "referral-title",
        path: "/referrals",
        who: Who::OneOf(&[Part::Researcher]),
    },
    Section {
        key: "figures-title",
        path: "/figures",
        who: ABOVE,
    },
    both::LOG,
    both::SUBJECT_ACCESS,
    both::RETENTION,
    both::WITNESSES,
    both::CONNECTIONS,
];

/// Who stands above the researchers.
const ABOVE: Who = Who::OneOf(&[Part::DecisionMaker, Part::HubManager]);

/// Every door of a hub's pages.
pub fn doors() -> Doors<HubSite> {
    both::doors()
        .merge(cases())
        .merge(forms())
        .merge(referrals())
}

/// The queue and the pages of a case.
fn cases() -> Doors<HubSite> {
    let researcher = Who::OneOf(&[Part::Researcher]);
    Doors::default()
        .get("/queue", Who::CASES, queue::page)
        .get("/figures", ABOVE, figures::page)
        .get("/figures/csv", ABOVE, figures::csv)
        .get("/cases/{case}", Who::CASES, overview::page)
        .get("/cases/{case}/answers", Who::CASES, live::fragment)
        .get("/cases/{case}/live", Who::CASES, live::events)
        .get("/cases/{case}/chronology", Who::CASES, product::chronology)
        .get("/cases/{case}/findings", Who::CASES, product::findings)
        .get("/cases/{case}/withheld", Who::CASES, product::withheld)
        .get("/cases/{case}/matches", Who::CASES, product::matches)
        .get("/cases/{case}/gaps", Who::CASES, product::gaps)
        .get("/cases/{case}/request", Who::CASES, request::page)
        .get("/cases/{case}/log", Who::CASES, log::page)
        .get("/cases/{case}/product", Who::CASES, sheet::page)
        .post("/cases/{case}/read", Who::CASES, contact::read)
        .post("/cases/{case}/take", researcher, queue::take)
}

/// Referrals, from the first word to a case.
fn referrals() -> Doors<HubSite> {
    let researcher = Who::OneOf(&[Part::Researcher]);
    Doors::default()
        .get("/referrals", researcher, referral::list)
        .post("/referrals/new", researcher, referral::begin)
        .get("/referrals/{draft}/check", researcher, referral::check_page)
        .post("/referrals/{draft}/submit", researcher, referral::submit)
        .post("/referrals/{draft}/add", researcher, referral::add)
        .post("/referrals/{draft}/advice", researcher, referral::advice)
        .post("/referrals/{draft}/discard", researcher, referral::discard)
        .get("/referrals/{draft}/{step}", researcher, referral::step)
        .post("/referrals/{draft}/{step}", researcher, referral::save)
}

/// The forms of a case.
fn forms() -> Doors<HubSite> {
    let researcher = Who::OneOf(&[Part::Researcher]);
    let manager = Who::OneOf(&[Part::HubManager]);
    let decider = Who::OneOf(&[Part::DecisionMaker]);
    Doors::default()
        .get("/cases/{case}/allocate", manager, direct::allocate_form)
        .post("/cases/{case}/allocate", manager, direct::allocate)
        .get("/cases/{case}/priority", ABOVE, direct::priority_form)
        .post("/cases/{case}/priority", ABOVE, direct::priority)
        .get("/cases/{case}/escalate", Who::CASES, direct::escalate_form)
        .post("/cases/{case}/escalate", Who::CASES, direct::escalate)
        .get("/cases/{case}/consent", Who::CASES, consent::form)
        .post("/cases/{case}/consent", Who::CASES, consent::change)
        .get("/cases/{case}/ask", researcher, ask::form)
        .post("/cases/{case}/ask", researcher, ask::ask)
        .get("/cases/{case}/copies", Who::CASES, copies::form)
        .post("/cases/{case}/copies", Who::CASES, copies::issue)
        .get(
            "/cases/{case}/copies/{number}",
            Who::CASES,
            copies::download,
        )
        .get("/cases/{case}/deliver", Who::CASES, deliver::form)
        .post("/cases/{case}/deliver", Who::CASES, deliver::send)
        .get("/cases/{case}/presence", researcher, presence::form)
        .post("/cases/{case}/presence", researcher, presence::check)
        .get("/cases/{case}/told", Who::CASES, told::form)
        .post("/cases/{case}/told", Who::CASES, told::record)
        .get("/cases/{case}/decide", decider, decide::form)
        .post("/cases/{case}/decide", decider, decide::decide)
        .get("/cases/{case}/feedback", Who::CASES, decide::feedback_form)
        .post("/cases/{case}/feedback", Who::CASES, decide::feedback)
        .get("/cases/{case}/close", ABOVE, decide::close_form)
        .post("/cases/{case}/close", ABOVE, decide::close)
}

/// A hub's pages.
///
/// # Errors
///
/// When the words inside the program cannot be read.
pub fn hub_pages(
    hub: Arc<Hub>,
    settings: PagesSettings,
) -> Result<(Arc<Site>, Router), WordsError> {
    let site = Arc::new(Site::new(Gateway::Hub(Arc::clone(&hub)), settings)?);
    let state = HubSite {
        site: Arc::clone(&site),
        hub,
    };
    Ok((site, doors().finish(state)))
}
