//! People who sign in to the pages with an account of their own, as they would in a browser.

use data_encoding::BASE32_NOPAD;
use hyper::StatusCode;
use stile_cli::demo::partnership::IT;
use stile_cli::people::Desk;
use stile_exchange::account::{Invitation, Seed};
use stile_model::id::MemberId;
use stile_model::time::Timestamp;

use crate::{Browser, Caller, Lab, Page};

/// The password of every account that tests make.
pub const PASSWORD: &str = "tractor violet onion";

/// What somebody signs in with.
#[derive(Debug, Clone)]
pub struct Account {
    /// Who.
    pub user: String,
    /// What their app knows.
    pub seed: Seed,
    /// Their recovery codes.
    pub recovery: Vec<String>,
}

impl Account {
    /// What the app shows.
    pub fn code(&self, now: Timestamp) -> String {
        self.seed.at(now).as_str().to_owned()
    }

    /// Has this user invited by `it`, and sets the account up in `browser`, which is signed in then.
    pub async fn set_up(it: &Desk, browser: &Browser, user: &str, now: Timestamp) -> Self {
        let path = format!("/api/v1/accounts/{user}/invitation");
        let invitation: Invitation = it.post(&path, &()).await.unwrap();
        let fields = [("user", user), ("code", invitation.code.as_str())];
        let begun = browser
            .post("/sign-in/invitation", &fields, "same-origin")
            .await;
        assert_eq!(
            begun.to.as_deref(),
            Some("/sign-in/set-up"),
            "{}",
            begun.words()
        );
        let page = browser.open("/sign-in/set-up").await;
        let seed = seed_of(&page);
        let code = seed.at(now).as_str().to_owned();
        let fields = [
            ("password", PASSWORD),
            ("password-again", PASSWORD),
            ("code", &code),
        ];
        let done = browser
            .post("/sign-in/set-up", &fields, "same-origin")
            .await;
        assert_eq!(
            done.to.as_deref(),
            Some("/sign-in/recovery-codes"),
            "{}",
            done.words()
        );
        let page = browser.open("/sign-in/recovery-codes").await;
        Self {
            user: user.to_owned(),
            recovery: coded(&page),
            seed,
        }
    }

    /// Signs in; gives the answer to the last form.
    pub async fn sign_in(&self, browser: &Browser, now: Timestamp) -> Page {
        let fields = [("user", self.user.as_str()), ("password", PASSWORD)];
        let code = browser.post("/sign-in", &fields, "same-origin").await;
        assert_eq!(code.status, StatusCode::SEE_OTHER, "{}", code.words());
        let fields = [("code", self.code(now))];
        let fields = fields
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        browser.post("/sign-in/code", &fields, "same-origin").await
    }
}

/// The seed that a page shows for typing.
pub fn seed_of(page: &Page) -> Seed {
    let shown = coded(page).remove(0).replace(' ', "");
    let bytes = BASE32_NOPAD.decode(shown.as_bytes()).unwrap();
    Seed::from_bytes(bytes.try_into().unwrap())
}

/// What stands in a page's `code` elements.
fn coded(page: &Page) -> Vec<String> {
    let parts = page.html.split("<code>").skip(1);
    let codes = parts.map(|part| part.split("</code>").next().unwrap().to_owned());
    codes.collect()
}

impl Lab {
    /// A browser without a certificate and without a session.
    pub fn visitor(&self, member: &MemberId) -> Browser {
        Browser::over(Caller::careless(self.dir(), None, self.pages(member)))
    }

    /// A new account of a user, and a browser that is signed in with it. The clock is moved on by half
    /// a minute, so that the app shows a code that was not used.
    pub async fn account(&self, member: &MemberId, user: &str) -> (Browser, Account) {
        let browser = self.visitor(member);
        let it = self.desk(member.as_str(), IT);
        let account = Account::set_up(&it, &browser, user, self.time.clock().now()).await;
        self.time.advance_s(30);
        (browser, account)
    }
}
