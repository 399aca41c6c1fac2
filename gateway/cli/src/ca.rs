//! `stile ca`: the partnership's certificate authority.

use std::fs;

use stile_exchange::clock::Clock;
use stile_model::id::{MemberId, PartnershipId, UserId};
use stile_trust::authority::{Authority, describe};
use stile_trust::identity::{Identity, Role};

use crate::args::Ca;
use crate::output::line;
use crate::run::Failure;

/// Runs the command.
///
/// # Errors
///
/// What could not be made, and what to change.
pub fn run(command: Ca) -> Result<(), Failure> {
    let now = Clock::system().now();
    match command {
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
            Authority::open(&dir)?.revoke(serial.parse()?, now)?;
            line(format_args!(
                "revoked {serial}; copy crl.pem to every gateway"
            ));
            Ok(())
        }
        Ca::Show { dir, file } => show(&dir, file.as_deref(), now),
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
