//! For whom a blind request asked: the hub's auditor opens it, anybody verifies the opening.

use std::path::Path;

use serde_json::Value;
use stile_exchange::audit::Reason;
use stile_exchange::hub::{Opening, OpeningAsked, Verified};
use stile_model::id::{Code, EnquiryId};

use super::asking::{create, forget, put};
use crate::args::{Connect, PresenceAudit};
use crate::output::{self, line};
use crate::people::{Desk, read};
use crate::run::Failure;

/// Runs the command.
///
/// # Errors
///
/// What the gateway refused, a file that cannot be read or written, or that the request did not ask
/// for the person of the opening.
pub(super) async fn run(command: PresenceAudit) -> Result<(), Failure> {
    match command {
        PresenceAudit::PresenceOpening {
            connect,
            reason,
            id,
            out,
        } => {
            let reason = Code::new(reason)?.into();
            open(&connect, reason, id.parse()?, &out).await
        }
        PresenceAudit::PresenceVerify { opening, request } => verify(&opening, &request),
    }
}

async fn open(connect: &Connect, reason: Reason, id: EnquiryId, out: &Path) -> Result<(), Failure> {
    let desk = Desk::open(&connect.person)?;
    // Made before anything is asked: what cannot be kept is not to be read.
    let mut file = create(out)?;
    let path = format!("/api/v1/ledger/presence/{id}/opening");
    let opening: Result<Opening, _> = desk.post(&path, &OpeningAsked { reason }).await;
    let opening = opening.inspect_err(|_| forget(out))?;
    put(&mut file, out, &serde_json::to_vec_pretty(&opening)?)?;
    if connect.json {
        output::json(&serde_json::json!({ "request": id, "agency": opening.agency }));
    } else {
        line(format_args!(
            "wrote {}: it names the person asked about; for the auditor of {}, who checks it with \
             `stile ledger presence-verify`",
            out.display(),
            opening.agency
        ));
    }
    Ok(())
}

fn verify(opening: &Path, request: &Path) -> Result<(), Failure> {
    let opening: Opening = serde_json::from_str(&read(opening)?)
        .map_err(|_| format!("{} is not an opening", opening.display()))?;
    match opening.verify(&compact(&read(request)?))? {
        Verified::About => {
            line(format_args!(
                "verified: request {} of {} asked {} about exactly this person, and about nobody else",
                opening.request, opening.hub, opening.agency
            ));
            Ok(())
        }
        Verified::NotAbout => Err(
            "NOT VERIFIED: the opening fits the request, but the request asked about somebody \
             else, or about more than this person"
                .into(),
        ),
        Verified::NotOpened => {
            Err("NOT VERIFIED: the opening does not fit the elements of the request".into())
        }
    }
}

/// The request's compact JWS, alone in the file or somewhere in what `ledger show` wrote.
fn compact(text: &str) -> String {
    fn within(value: &Value) -> Option<String> {
        match value {
            Value::String(text) => match serde_json::from_str::<Value>(text) {
                Ok(inner @ Value::Object(_)) => within(&inner),
                _ => {
                    (text.split('.').count() == 3 && text.starts_with("eyJ")).then(|| text.clone())
                }
            },
            Value::Object(map) => map.values().find_map(within),
            _ => None,
        }
    }
    let found = serde_json::from_str(text).ok().as_ref().and_then(within);
    found.unwrap_or_else(|| text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_request_alone_and_in_an_entry_as_shown() {
        let jws = "eyJh.eyJi.c2ln";
        let body = serde_json::json!({ "request": jws, "known": null }).to_string();
        let shown = serde_json::json!({ "leaf": "{\"v\":1}", "body": body }).to_string();
        let plain = serde_json::json!({ "leaf": "{\"v\":1}", "body": jws }).to_string();

        for text in [format!("{jws}\n"), shown, plain] {
            assert_eq!(compact(&text), jws);
        }
    }
}
