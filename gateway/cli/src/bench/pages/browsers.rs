//! Browsers: each with a connection and a session of its own.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::http::{Method, StatusCode};
use stile_exchange::client::{Client, Reply};
use stile_exchange::clock::Clock;
use stile_exchange::server::ALPN;
use stile_model::id::{MemberId, PartnershipId};
use stile_portal::session::{COOKIE, Token};
use stile_trust::directory::Endpoint;
use stile_trust::identity::{Identity, Role};
use stile_trust::tls::{TlsMaterial, client_config};
use tokio::task::JoinSet;

use super::super::figures::Laps;
use crate::config::HubConfig;
use crate::demo::partnership::{HUB, PARTNERSHIP};
use crate::run::Failure;

const DEADLINE: Duration = Duration::from_secs(30);

/// Everybody who opens pages.
pub(super) struct Visitors {
    tls: TlsMaterial,
    identity: Identity,
    clock: Clock,
    cookies: Vec<String>,
}

/// What came of opening a page for a while.
pub(super) struct Seen {
    pub(super) laps: Laps,
}

/// What a browser is sent that was never here.
pub(super) struct First {
    /// The page.
    pub(super) page: Bytes,
    /// Bytes of its style sheets and scripts, compressed as they are sent.
    pub(super) files: usize,
}

impl Visitors {
    /// A browser for each session.
    pub(super) fn of(file: &Path, clock: &Clock, tokens: &[Token]) -> Result<Self, Failure> {
        let parts = HubConfig::read(file)?.parts;
        let tls = TlsMaterial::load(&parts.tls, clock.now())?;
        // The hub's pages show its own certificate.
        let identity = Identity {
            partnership: PartnershipId::new(PARTNERSHIP)?,
            role: Role::Hub,
            member: MemberId::new(HUB)?,
            user: None,
        };
        let cookie = |token: &Token| format!("{COOKIE}={}", token.as_str());
        Ok(Self {
            clock: clock.clone(),
            tls,
            identity,
            cookies: tokens.iter().map(cookie).collect(),
        })
    }

    fn client(&self, at: &Endpoint) -> Result<Client, Failure> {
        let source = self.clock.source();
        let tls = client_config(&self.tls, &self.identity, ALPN, source)?;
        Ok(Client::new(at.clone(), tls))
    }

    /// Opens a page and every file that it names, as a browser does the first time.
    pub(super) async fn first_time(&self, at: &Endpoint, path: &str) -> Result<First, Failure> {
        let client = self.client(at)?;
        let cookie = self.cookies.first().ok_or("nobody is signed in")?;
        let page = open(&client, path, cookie).await?.body;
        let text = String::from_utf8_lossy(&page).into_owned();
        let named = text.split('"').filter(|part| part.starts_with("/assets/"));
        let mut files = 0;
        for file in named.collect::<BTreeSet<_>>() {
            files += open(&client, file, cookie).await?.body.len();
        }
        Ok(First { page, files })
    }

    /// Has all browsers open a page again and again for `time`, each with a `rest` between.
    pub(super) async fn open(
        &self,
        at: &Endpoint,
        path: &str,
        time: Duration,
        rest: Duration,
    ) -> Result<Seen, Failure> {
        let ends = Instant::now() + time;
        let mut browsers = JoinSet::new();
        for (number, cookie) in self.cookies.iter().cloned().enumerate() {
            let client = self.client(at)?;
            let path = path.to_owned();
            // Not all at the same moment.
            let number = u32::try_from(number).unwrap_or(u32::MAX);
            let all = u32::try_from(self.cookies.len()).unwrap_or(u32::MAX);
            let wait = rest / all.max(1) * number;
            browsers.spawn(async move {
                let mut laps = Laps::default();
                // The first opens the connection; it does not count.
                open(&client, &path, &cookie).await?;
                tokio::time::sleep(wait).await;
                while Instant::now() < ends {
                    let sent = Instant::now();
                    open(&client, &path, &cookie).await?;
                    laps.add(sent.elapsed());
                    tokio::time::sleep(rest).await;
                }
                Ok::<_, Failure>(laps)
            });
        }
        let mut laps = Laps::default();
        while let Some(ended) = browsers.join_next().await {
            laps.join(ended??);
        }
        Ok(Seen { laps })
    }
}

async fn open(client: &Client, path: &str, cookie: &str) -> Result<Reply, Failure> {
    let headers = [
        ("cookie", cookie.to_owned()),
        ("accept-encoding", "gzip".to_owned()),
    ];
    let called = client.call(Method::GET, path, &headers, Vec::new(), DEADLINE);
    let reply = called.await?;
    if reply.status == StatusCode::OK {
        Ok(reply)
    } else {
        Err(format!("`{path}` was answered {}", reply.status).into())
    }
}
