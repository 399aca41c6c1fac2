//! `stile account`.

use clap::Subcommand;

use super::Connect;

/// Accounts with which people sign in to the pages.
#[derive(Debug, Subcommand)]
pub enum Account {
    /// Close an account: nobody can sign in with it, and whoever is signed in is not any more.
    Close {
        /// Which gateway, and as whom; needs the role `it_admin`.
        #[command(flatten)]
        connect: Connect,
        /// The user.
        user: String,
    },
    /// Invite a user to set up an account, and print the code they type once.
    ///
    /// Also for a user who lost password or app: what they had before is void at once.
    Invite {
        /// Which gateway, and as whom; needs the role `it_admin`.
        #[command(flatten)]
        connect: Connect,
        /// The user, as the gateway's configuration lists them.
        user: String,
    },
    /// List who has an account and who is invited.
    List {
        /// Which gateway, and as whom; needs the role `it_admin` or `auditor`.
        #[command(flatten)]
        connect: Connect,
    },
}
