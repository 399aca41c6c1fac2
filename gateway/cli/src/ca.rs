//! `stile ca`: the partnership's certificate authority.

mod approved;
mod requests;

use std::fs;
use std::path::Path;

use stile_exchange::clock::Clock;
use stile_exchange::enrol::InviteGateway;
use stile_model::digest::Digest;
use stile_model::id::{MemberId, PartnershipId, UserId};
use stile_trust::authority::{Authority, describe};
use stile_trust::identity::{Identity, Role};

use self::approved::Approved;
use self::requests::Signing;
use crate::args::{Ca, Connect};
use crate::output::line;
use crate::run::{Failure, block_on};

/// Runs the command.
///
/// # Errors
///
/// What could not be made, and what to change.
pub fn run(command: Ca) -> Result<(), Failure> {
    let now = Clock::system().now();
    match command {
        Ca::Approve {
            connect,
            dir,
            id,
            pin,
            member,
            role,
            names,
            chain,
            renewals: _,
            days,
        } => {
            let one = approved(id, pin, member, role, names)?;
            approve(&connect, &dir, one, chain.as_deref(), days)
        }
        Ca::Refuse { connect, id } => block_on(requests::refuse(&connect, &id)),
        Ca::Requests { connect, save } => block_on(requests::list(&connect, save.as_deref())),
        Ca::Token {
            connect,
            role,
            member,
            names,
            out,
        } => {
            let invite = InviteGateway {
                member: MemberId::new(member)?,
                role: role.parse()?,
                names,
            };
            block_on(requests::invite(&connect, &invite, out.as_deref()))
        }
        Ca::Init { dir, partnership } => {
            let authority = Authority::init(&dir, &PartnershipId::new(partnership)?, now)?;
            line(format_args!(
                "made the authority of `{}` in {}",
                authority.partnership(),
                dir.display()
            ));
            line("keep root.key offline; gateways need root.pem, issuing.pem and crl.pem");
            Ok(())
        }
        Ca::Issue {
            dir,
            role,
            member,
            user,
            names,
            days,
            request,
            out,
        } => {
            let authority = Authority::open(&dir)?;
            let identity = identity(&authority, &role, &member, user.as_deref())?;
            fs::create_dir_all(&out)?;
            let (chain, key) = (out.join("chain.pem"), out.join("key.pem"));
            let serial = if let Some(request) = request {
                let text = fs::read_to_string(&request)?;
                let signed = authority.issue_for_request(&text, &identity, &names, days, now)?;
                fs::write(&chain, &signed.chain_pem)?;
                signed.serial
            } else {
                let issued = authority.issue(&identity, &names, days, now)?;
                issued.save(&chain, &key)?;
                issued.serial
            };
            line(format_args!(
                "issued {identity}, serial {serial}, for {days} days, in {}",
                out.display()
            ));
            Ok(())
        }
        Ca::Refresh { dir, days } => {
            Authority::open(&dir)?.refresh_crl(now, days)?;
            line(format_args!(
                "wrote a revocation list good for {days} days; copy crl.pem to every gateway"
            ));
            Ok(())
        }
        Ca::Revoke { dir, serial } => {
            let serial = serial.parse()?;
            for other in Authority::open(&dir)?.revoke(serial, now)? {
                if other != serial {
                    line(format_args!("revoked {other}, of the same key"));
                }
            }
            line(format_args!(
                "revoked {serial}; copy crl.pem to every gateway"
            ));
            Ok(())
        }
        Ca::Show { dir, file } => show(&dir, file.as_deref(), now),
    }
}

/// What the operator typed of one request; the arguments have all of it, or it is about renewals.
fn approved(
    id: Option<String>,
    pin: Option<Digest>,
    member: Option<String>,
    role: Option<String>,
    names: Vec<String>,
) -> Result<Option<(String, Approved)>, Failure> {
    let (Some(id), Some(pin), Some(member), Some(role)) = (id, pin, member, role) else {
        return Ok(None);
    };
    let approved = Approved {
        member: MemberId::new(member)?,
        role: role.parse()?,
        names: names.into_iter().collect(),
        pin,
    };
    Ok(Some((id, approved)))
}

fn approve(
    connect: &Connect,
    dir: &Path,
    one: Option<(String, Approved)>,
    chain: Option<&Path>,
    days: u32,
) -> Result<(), Failure> {
    if let (Some((id, approved)), Some(chain)) = (&one, chain) {
        return block_on(requests::hand_over_chain(connect, id, approved, chain));
    }
    let authority = Authority::open(dir)?;
    let signing = Signing {
        authority: &authority,
        days,
        now: Clock::system().now(),
    };
    match one {
        Some((id, approved)) => block_on(signing.one(connect, &id, &approved)),
        None => block_on(signing.renewals(connect)),
    }
}

fn identity(
    authority: &Authority,
    role: &str,
    member: &str,
    user: Option<&str>,
) -> Result<Identity, Failure> {
    let role = match role {
        "agency" => Role::Agency,
        "hub" => Role::Hub,
        "person" => Role::Person,
        _ => return Err("`--role` must be `hub`, `agency` or `person`".into()),
    };
    let user = user.map(UserId::new).transpose()?;
    if (role == Role::Person) != user.is_some() {
        return Err("`--user` goes with `--role person`, and only with it".into());
    }
    Ok(Identity {
        partnership: authority.partnership().clone(),
        role,
        member: MemberId::new(member)?,
        user,
    })
}

fn show(
    dir: &std::path::Path,
    file: Option<&std::path::Path>,
    now: stile_model::time::Timestamp,
) -> Result<(), Failure> {
    if let Some(file) = file {
        let summary = describe(&fs::read_to_string(file)?)?;
        let holder = summary.identity.as_ref().map_or_else(
            || {
                if summary.authority {
                    "a certificate authority".to_owned()
                } else {
                    "nobody".to_owned()
                }
            },
            ToString::to_string,
        );
        line(format_args!("holder      {holder}"));
        line(format_args!("serial      {}", summary.serial));
        line(format_args!("issuer      {}", summary.issuer));
        line(format_args!("names       {}", summary.names.join(", ")));
        line(format_args!("from        {}", summary.not_before));
        line(format_args!(
            "until       {} ({} days left)",
            summary.not_after,
            summary.days_left(now)
        ));
        line(format_args!("pin         {}", summary.spki_digest));
        line(format_args!("digest      {}", summary.digest));
        if let Some(refusal) = summary.refusal.filter(|_| !summary.authority) {
            line(format_args!("REFUSED     {refusal}"));
        }
        return Ok(());
    }
    let authority = Authority::open(dir)?;
    line(format_args!("authority of `{}`", authority.partnership()));
    for issued in authority.issued()? {
        let state = issued
            .revoked_at
            .map_or_else(|| "good".to_owned(), |at| format!("revoked {at}"));
        line(format_args!(
            "{}  {}  until {}  {state}",
            issued.serial, issued.uri, issued.not_after
        ));
    }
    Ok(())
}
