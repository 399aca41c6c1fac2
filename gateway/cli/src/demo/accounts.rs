//! Accounts of the demonstration's people: set up as each of them would, with an app that this program
//! plays.

use std::net::Ipv4Addr;

use stile_exchange::account::{Invitation, Password, Seed, Source, Verdict};
use stile_exchange::clock::Clock;
use stile_exchange::gateway::Gateway;
use stile_model::id::MemberId;

use super::partnership::{IT, Running};
use crate::people::Desk;
use crate::run::Failure;

/// The password of everybody. They are made up, and so is what they guard.
pub(super) const PASSWORD: &str = "three made-up words";
/// How long a code is shown, in seconds (RFC 6238 §5.2).
const STEP_S: i64 = 30;

/// What somebody of the demonstration signs in with.
pub(super) struct Account {
    /// Whose.
    pub(super) user: &'static str,
    seed: Seed,
}

impl Account {
    /// What their app shows now.
    pub(super) fn code(&self, clock: &Clock) -> String {
        self.seed.at(clock.now()).as_str().to_owned()
    }
}

/// For how many seconds the codes of this moment are shown.
pub(super) fn seconds_left(clock: &Clock) -> i64 {
    STEP_S - (clock.now().millis() / 1_000).rem_euclid(STEP_S)
}

/// Has IT invite these people of a member, and sets up an account for each.
///
/// # Errors
///
/// What the gateway refused.
pub(super) async fn set_up(
    running: &Running,
    member: &MemberId,
    users: &[&'static str],
    clock: &Clock,
) -> Result<Vec<Account>, Failure> {
    let gateway = running
        .gateway(member)
        .ok_or_else(|| format!("`{member}` does not run"))?;
    let it = Desk::open(&running.person(member.as_str(), IT))?;
    let mut accounts = Vec::new();
    for user in users.iter().copied() {
        let path = format!("/api/v1/accounts/{user}/invitation");
        let invitation: Invitation = it.post(&path, &serde_json::Value::Null).await?;
        let seed = enrol(gateway, &invitation, clock).await?;
        accounts.push(Account { user, seed });
    }
    Ok(accounts)
}

async fn enrol(gateway: &Gateway, invitation: &Invitation, clock: &Clock) -> Result<Seed, Failure> {
    let (accounts, here) = (gateway.accounts(), Source::of(Ipv4Addr::LOCALHOST.into()));
    let user = invitation.user.as_str();
    let begun = accounts.begin(user, invitation.code.as_str(), here)?;
    let Verdict::Right(enrolling) = begun else {
        return Err(format!("the invitation of `{user}` was not taken").into());
    };
    // The code before the present one is right, too; so the present one can be signed in with at once.
    let digits = enrolling.seed.at(clock.now().plus_s(-STEP_S));
    let password = Password::new(PASSWORD);
    let done = accounts.enrol(&enrolling, &password, &digits, here).await?;
    match done {
        Verdict::Right(_) => Ok(enrolling.seed),
        Verdict::Wait(_) | Verdict::Wrong => {
            Err(format!("the account of `{user}` was not set up").into())
        }
    }
}
