//! `stile ca token`, `requests`, `approve` and `refuse`: gateways that ask the hub for certificates, and
//! the authority that signs for them elsewhere.

use std::path::Path;
use std::time::Duration;

use stile_exchange::enrol::{
    EnrolmentId, EnrolmentLine, EnrolmentList, EnrolmentState, InviteGateway, InvitedGateway,
    SignedChain,
};
use stile_model::time::Timestamp;
use stile_trust::authority::{Authority, SignedRequest, describe};
use stile_trust::request::CertificateRequest;
use stile_trust::serial::Serial;

use super::approved::Approved;
use crate::args::Connect;
use crate::output::{self, line};
use crate::people::Desk;
use crate::run::Failure;

const SOON: Duration = Duration::from_secs(30);
const AT: &str = "/api/v1/enrolments";

/// Invites a gateway; the token is seen this once.
pub(super) async fn invite(
    connect: &Connect,
    invite: &InviteGateway,
    out: Option<&Path>,
) -> Result<(), Failure> {
    let desk = Desk::open(&connect.person)?;
    let invited: InvitedGateway = desk.post(AT, invite).await?;
    if let Some(out) = out {
        let text = format!("{}\n", invited.token.as_str());
        crate::keys::private_file(out, text.as_bytes())?;
    }
    if connect.json {
        output::json(&invited);
        return Ok(());
    }
    line(format_args!("request  {}", invited.id));
    match out {
        Some(out) => line(format_args!("token    in {}", out.display())),
        None => line(format_args!("token    {}", invited.token.as_str())),
    }
    line(format_args!("expires  {}", invited.expires));
    line("give the token to the member's IT alone; whoever shows it first asks in their name");
    Ok(())
}

/// Lists every request; those that wait are written into a folder where one is given.
pub(super) async fn list(connect: &Connect, save: Option<&Path>) -> Result<(), Failure> {
    let desk = Desk::open(&connect.person)?;
    let list: EnrolmentList = desk.get(AT, SOON).await?;
    if let Some(folder) = save {
        std::fs::create_dir_all(folder)?;
        for one in &list.enrolments {
            if let Some(request) = &one.request {
                std::fs::write(folder.join(format!("{}.csr", one.id)), request)?;
            }
        }
    }
    if connect.json {
        output::json(&list);
        return Ok(());
    }
    for one in &list.enrolments {
        line(told(one));
    }
    line(format_args!("{} in all", list.enrolments.len()));
    Ok(())
}

/// Refuses a request.
pub(super) async fn refuse(connect: &Connect, id: &str) -> Result<(), Failure> {
    let id: EnrolmentId = id.parse()?;
    let desk = Desk::open(&connect.person)?;
    let () = desk
        .post(&format!("{AT}/{id}/refusal"), &serde_json::Value::Null)
        .await?;
    if !connect.json {
        line(format_args!("refused {id}"));
    }
    Ok(())
}

/// The authority while it signs.
pub(super) struct Signing<'a> {
    pub(super) authority: &'a Authority,
    pub(super) days: u32,
    pub(super) now: Timestamp,
}

impl Signing<'_> {
    /// Signs one request that a person has compared with what the member says. What is signed is what
    /// was approved, whatever the hub says.
    pub(super) async fn one(
        &self,
        connect: &Connect,
        id: &str,
        approved: &Approved,
    ) -> Result<(), Failure> {
        let desk = Desk::open(&connect.person)?;
        let asked = compared(&desk, id, approved).await?;
        self.check_names(&asked, approved)?;
        let names: Vec<String> = approved.names.iter().cloned().collect();
        let signed = self.authority.issue_for_request(
            waiting(&asked)?,
            &approved.identity(self.authority.partnership()),
            &names,
            self.days,
            self.now,
        )?;
        hand_over(&desk, &asked, signed).await
    }

    /// Signs every renewal for a key that stays the same; says of each that was not signed why.
    pub(super) async fn renewals(&self, connect: &Connect) -> Result<(), Failure> {
        let desk = Desk::open(&connect.person)?;
        let list: EnrolmentList = desk.get(AT, SOON).await?;
        let waits = |one: &&EnrolmentLine| {
            one.state == EnrolmentState::Waiting && one.renews.is_some() && !one.other_key
        };
        let mut refused = 0_usize;
        for asked in list.enrolments.iter().filter(waits) {
            if let Err(error) = self.renewal(&desk, asked).await {
                output::problem(format_args!("request {}: {error}", asked.id));
                refused += 1;
            }
        }
        if refused > 0 {
            return Err(format!("renewals that were not signed: {refused}").into());
        }
        Ok(())
    }

    async fn renewal(&self, desk: &Desk, asked: &EnrolmentLine) -> Result<(), Failure> {
        let serial = renewed(asked)?.ok_or("it renews nothing")?;
        let signed = self
            .authority
            .renew(waiting(asked)?, serial, self.days, self.now)?;
        hand_over(desk, asked, signed).await
    }

    /// Of a renewal, the names are those of the certificate that it renews, in the authority's register.
    fn check_names(&self, asked: &EnrolmentLine, approved: &Approved) -> Result<(), Failure> {
        let Some(serial) = renewed(asked)? else {
            return approved.has_names("the request", &asked.names);
        };
        let issued = self.authority.issued()?;
        let held = issued.iter().find(|one| one.serial == serial);
        let held =
            held.ok_or("this authority did not issue the certificate that is to be renewed")?;
        approved.continues(held, self.authority.partnership(), self.now)
    }
}

/// Hands over what an authority of the partnership's own signed, for a request that a person has
/// compared, when it says what was approved.
pub(super) async fn hand_over_chain(
    connect: &Connect,
    id: &str,
    approved: &Approved,
    chain: &Path,
) -> Result<(), Failure> {
    let partnership = crate::people::partnership(&connect.person)?;
    let chain_pem = crate::people::read(chain)?;
    let said = describe(&chain_pem)?;
    approved.is_said_by(&said, &partnership)?;
    let desk = Desk::open(&connect.person)?;
    let asked = compared(&desk, id, approved).await?;
    let serial = said.serial;
    hand_over(&desk, &asked, SignedRequest { chain_pem, serial }).await
}

/// The request of this name, when it waits and is for the member, role and key that were approved.
async fn compared(desk: &Desk, id: &str, approved: &Approved) -> Result<EnrolmentLine, Failure> {
    let id: EnrolmentId = id.parse()?;
    let list: EnrolmentList = desk.get(AT, SOON).await?;
    let found = list.enrolments.into_iter().find(|one| one.id == id);
    let asked = found.ok_or("the hub has no such request; `stile ca requests` lists them")?;
    // What the hub says of the pin is nobody's word.
    if CertificateRequest::read(waiting(&asked)?)?.pin() != approved.pin {
        return Err(
            "the request is for another key than the one with this pin; compare again, or refuse it"
                .into(),
        );
    }
    approved.is_for(&asked)?;
    Ok(asked)
}

async fn hand_over(
    desk: &Desk,
    asked: &EnrolmentLine,
    signed: SignedRequest,
) -> Result<(), Failure> {
    let path = format!("{AT}/{}/certificate", asked.id);
    let chain = SignedChain {
        chain: signed.chain_pem,
    };
    let handed: Result<(), Failure> = desk.post(&path, &chain).await;
    handed.map_err(|error| {
        format!(
            "certificate {} was signed, and the hub did not take it: {error}; revoke it",
            signed.serial
        )
    })?;
    line(format_args!(
        "issued {} {}, serial {}, to request {}",
        asked.role, asked.member, signed.serial, asked.id
    ));
    Ok(())
}

fn waiting(asked: &EnrolmentLine) -> Result<&str, Failure> {
    asked
        .request
        .as_deref()
        .ok_or_else(|| "the request does not wait; `stile ca requests` lists those that do".into())
}

fn renewed(asked: &EnrolmentLine) -> Result<Option<Serial>, Failure> {
    Ok(asked
        .renews
        .as_ref()
        .map(|serial| serial.parse())
        .transpose()?)
}

fn told(one: &EnrolmentLine) -> String {
    let state = match one.state {
        EnrolmentState::Invited => "invited",
        EnrolmentState::Issued => "issued",
        EnrolmentState::Refused => "refused",
        EnrolmentState::Waiting => "WAITING",
    };
    let kind = match (&one.renews, one.other_key) {
        (None, _) => "first certificate",
        (Some(_), false) => "renewal",
        (Some(_), true) => "renewal for another key",
    };
    let names = match (&one.renews, one.names.as_slice()) {
        (Some(_), _) => "names as before".to_owned(),
        (None, []) => "no names".to_owned(),
        (None, names) => format!("names {}", names.join(", ")),
    };
    let pin = one
        .pin
        .map_or_else(String::new, |pin| format!("  pin {pin}"));
    format!(
        "{}  {state}  {} {}  {kind}  {names}  since {}{pin}",
        one.id, one.role, one.member, one.since
    )
}
