//! `stile account`: who may set up an account with which people sign in to the pages.

use std::time::Duration;

use stile_exchange::account::{AccountLine, AccountList, Invitation};
use stile_model::id::UserId;

use crate::args::{Account, Connect};
use crate::output::{self, line};
use crate::people::Desk;
use crate::run::Failure;

const SOON: Duration = Duration::from_secs(30);

/// Runs the command.
///
/// # Errors
///
/// What the gateway refused.
pub async fn run(command: Account) -> Result<(), Failure> {
    match command {
        Account::Close { connect, user } => {
            let user = UserId::new(&user)?;
            let desk = Desk::open(&connect.person)?;
            let path = format!("/api/v1/accounts/{user}/closing");
            let () = desk.post(&path, &serde_json::Value::Null).await?;
            if !connect.json {
                line(format_args!("the account of `{user}` is closed"));
            }
            Ok(())
        }
        Account::Invite { connect, user } => invite(&connect, &UserId::new(&user)?).await,
        Account::List { connect } => {
            let desk = Desk::open(&connect.person)?;
            let list: AccountList = desk.get("/api/v1/accounts", SOON).await?;
            if connect.json {
                output::json(&list);
                return Ok(());
            }
            for account in &list.accounts {
                line(told(account));
            }
            Ok(())
        }
    }
}

/// Invites, and prints the code: the only time that anybody sees it.
async fn invite(connect: &Connect, user: &UserId) -> Result<(), Failure> {
    let desk = Desk::open(&connect.person)?;
    let path = format!("/api/v1/accounts/{user}/invitation");
    let invitation: Invitation = desk.post(&path, &serde_json::Value::Null).await?;
    if connect.json {
        output::json(&invitation);
        return Ok(());
    }
    line(format_args!("user     {}", invitation.user));
    line(format_args!("code     {}", invitation.code.as_str()));
    line(format_args!("expires  {}", invitation.expires));
    line("hand the code over in person or by telephone; it is shown only now");
    Ok(())
}

fn told(account: &AccountLine) -> String {
    let state = match (&account.since, &account.invited_until) {
        (_, Some(until)) => format!("invited until {until}"),
        (Some(since), None) => format!(
            "since {since}, {} recovery codes left",
            account.recovery_codes
        ),
        (None, None) => "closed, or the invitation has expired".to_owned(),
    };
    let listed = if account.listed {
        ""
    } else {
        "; not in the configuration, cannot sign in"
    };
    format!("{}: {state}{listed}", account.user)
}

#[cfg(test)]
mod tests {
    use stile_model::time::Timestamp;

    use super::*;

    fn account() -> AccountLine {
        AccountLine {
            user: UserId::new("h-1007").unwrap(),
            since: None,
            invited_until: None,
            recovery_codes: 0,
            listed: true,
        }
    }

    #[test]
    fn tells_who_is_invited_who_has_an_account_and_who_cannot_sign_in() {
        let when = "2026-11-22T17:00:00Z".parse::<Timestamp>().unwrap();
        let invited = AccountLine {
            invited_until: Some(when),
            ..account()
        };
        let enrolled = AccountLine {
            since: Some(when),
            recovery_codes: 9,
            ..account()
        };
        let gone = AccountLine {
            listed: false,
            ..account()
        };

        assert!(told(&invited).starts_with("h-1007: invited until 2026-11-22"));
        assert!(told(&enrolled).contains("9 recovery codes left"));
        assert!(told(&gone).ends_with("cannot sign in"));
    }
}
