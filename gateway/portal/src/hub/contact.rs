//! A further contact on a case: whoever works on it says that they have read it.

use std::sync::Arc;

use axum::extract::{Path, State};
use stile_exchange::hub::Hub;
use stile_exchange::people::Duty;
use stile_model::id::CaseId;

use super::case::Opened;
use super::part::Hidden;
use super::shown::Shown;
use crate::component::Button;
use crate::form::Fields;
use crate::trouble::{Paged, Trouble};
use crate::visit::Signed;

/// The button below a contact that was not read.
pub(super) struct Unread {
    pub(super) words: String,
    pub(super) form: Option<(String, Hidden, Button)>,
}

/// What stands below this referral; nothing once it was read.
///
/// # Errors
///
/// When there is no session for its form.
pub(super) fn unread(
    shown: &Shown<'_>,
    visit: &Signed,
    opened: &Opened,
    referral: u32,
) -> Result<Option<Unread>, Trouble> {
    let work = &opened.page.work;
    if !opened.is_open() || !work.unread().contains(&referral) {
        return Ok(None);
    }
    let mine = work.allocated().map(|(user, _)| user) == Some(&visit.person.user);
    let may = mine || visit.person.duties.contains(&Duty::HubManager);
    let form = if may {
        let to = shown.visit.to(&format!("/cases/{}/read", opened.id()));
        let hidden = Hidden::nonce(visit)?.and("referral", &referral.to_string());
        Some((to, hidden, Button::new(shown.say("case-contact-read"))))
    } else {
        None
    };
    Ok(Some(Unread {
        words: shown.say("case-contact-unread"),
        form,
    }))
}

/// Records that it was read.
pub(crate) async fn read(
    visit: Signed,
    State(hub): State<Arc<Hub>>,
    Path(case): Path<CaseId>,
    fields: Fields,
) -> Paged {
    let referral = fields.text("referral").parse();
    let referral = referral.map_err(|_| Trouble::NotTheForm)?;
    visit.spend(fields.nonce())?;
    hub.read_contact(&visit.person, &case, referral).await?;
    Ok(visit.go(&format!("/cases/{case}/request")))
}
