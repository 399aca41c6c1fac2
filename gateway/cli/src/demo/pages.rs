//! Where the pages of the demonstration are, who signs in there, and what their apps show.

use std::io::BufRead;
use std::thread;

use stile_exchange::clock::Clock;
use stile_model::id::MemberId;
use tokio::sync::mpsc;

use super::accounts::{self, Account, PASSWORD};
use super::partnership::{
    APPROVER, AUDITOR, DECIDER, HUB, IT, LEAD, MANAGER, OFFICER, RESEARCHER, Running, member,
};
use super::world::Kind;
use crate::config::{AgencyConfig, HubConfig};
use crate::output::line;
use crate::run::Failure;

/// Who signs in at the hub, and what for.
const AT_THE_HUB: [(&str, &str); 5] = [
    (RESEARCHER, "takes referrals and asks agencies"),
    (MANAGER, "gives cases to researchers"),
    (DECIDER, "decides on cases"),
    (AUDITOR, "reads the disclosure log"),
    (IT, "looks after the gateway"),
];
/// Who signs in at an agency, and what for.
const AT_AN_AGENCY: [(&str, &str); 5] = [
    (APPROVER, "approves what leaves, and resolves matches"),
    (OFFICER, "writes the sharing rules"),
    (LEAD, "leads information governance"),
    (AUDITOR, "reads the disclosure log, and approves rules"),
    (IT, "looks after the gateway"),
];

/// One member's pages, and who can sign in there.
struct Place {
    name: &'static str,
    accounts: Vec<Account>,
}

/// The pages of the demonstration while it runs.
pub(super) struct Pages(Vec<Place>);

/// Sets the accounts up, and says where each person signs in.
///
/// # Errors
///
/// What could not be set up.
pub(super) async fn tell(running: &Running, clock: &Clock) -> Result<Pages, Failure> {
    let places = [
        ("the hub", MemberId::new(HUB)?, AT_THE_HUB),
        ("the police", member(Kind::Police)?, AT_AN_AGENCY),
        ("health", member(Kind::Health)?, AT_AN_AGENCY),
    ];
    line("\nin a browser, step by step: docs/guide/tour.md");
    let mut pages = Vec::new();
    for (name, member, people) in places {
        let users = people.map(|(user, _)| user);
        let accounts = accounts::set_up(running, &member, &users, clock).await?;
        line(format_args!(
            "  {name:<11} {}",
            origin(running, member.as_str())?
        ));
        for (user, what) in people {
            line(format_args!("    {user:<10} {what}"));
        }
        pages.push(Place { name, accounts });
    }
    line(format_args!("  password    {PASSWORD}"));
    line("  code        press Enter here, and their apps show it");
    line(format_args!(
        "  certificate of the demonstration's own authority, {}",
        running.dir.join("ca").join("root.pem").display()
    ));
    Ok(Pages(pages))
}

impl Pages {
    /// Shows everybody's codes each time that somebody presses Enter; ends when there is no more to
    /// read.
    pub(super) async fn show_codes(&self, clock: &Clock) {
        let mut pressed = presses();
        while pressed.recv().await.is_some() {
            line(format_args!(
                "codes for the next {} s, each good once:",
                accounts::seconds_left(clock)
            ));
            for Place { name, accounts } in &self.0 {
                let codes = accounts
                    .iter()
                    .map(|account| format!("{} {}", account.user, account.code(clock)));
                let codes: Vec<_> = codes.collect();
                line(format_args!("  {name:<11} {}", codes.join("  ")));
            }
        }
        // Nobody can press anything: there is nothing to show.
        std::future::pending::<()>().await;
    }
}

/// A word for each line of the standard input. Read by a thread of its own, which the program's end
/// does not wait for.
fn presses() -> mpsc::Receiver<()> {
    let (press, pressed) = mpsc::channel(1);
    thread::spawn(move || {
        for line in std::io::stdin().lock().lines() {
            if line.is_err() || press.blocking_send(()).is_err() {
                return;
            }
        }
    });
    pressed
}

/// Where a member's pages are, as people type it.
fn origin(running: &Running, at: &str) -> Result<String, Failure> {
    let own = running.dir.join(at);
    let parts = if at == HUB {
        HubConfig::read(&own.join("hub.toml"))?.parts
    } else {
        AgencyConfig::read(&own.join("agency.toml"))?.parts
    };
    let pages = parts.pages.ok_or("this member has no pages for browsers")?;
    Ok(pages.origin)
}
