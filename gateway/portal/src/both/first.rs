//! The first page: where a person's work begins.

use askama::Template;

use stile_exchange::gateway::Gateway;

use crate::doors::Who;
use crate::layout;
use crate::trouble::Paged;
use crate::visit::Signed;
use crate::words::Words;

#[derive(Template)]
#[template(path = "first.html")]
struct First<'a> {
    words: &'a Words,
    sections: Vec<layout::Link>,
}

/// The parts of the site that the person may open; who works on the hub's cases begins at the queue.
pub(crate) async fn page(visit: Signed) -> Paged {
    let is_hub = matches!(visit.site.gateway, Gateway::Hub(_));
    if is_hub && Who::CASES.admits(Some(&visit.person)) {
        return Ok(visit.go("/queue"));
    }
    let sections = layout::sections(&visit);
    let first = First {
        words: &visit.words,
        sections,
    };
    visit.page(&visit.words.say("common-first"), &first)
}
