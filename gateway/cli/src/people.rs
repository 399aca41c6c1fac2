//! How a person's command line reaches their own gateway: mutual TLS with their certificate.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use hyper::{Method, StatusCode};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use stile_exchange::client::Client;
use stile_exchange::clock::Clock;
use stile_exchange::server::ALPN;
use stile_model::id::{MemberId, PartnershipId};
use stile_model::problem::Problem;
use stile_trust::directory::Endpoint;
use stile_trust::identity::{Identity, Role};
use stile_trust::tls::{TlsFiles, TlsMaterial, client_config};

use crate::run::Failure;

/// A text file.
pub(crate) fn read(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path).map_err(|error| crate::keys::named(path, &error))
}

/// What stands in a file, or with `-` on the standard input: what may name a person is never an
/// argument, which other users of the machine and the shell's history would see.
pub(crate) fn given(path: &Path) -> Result<String, Failure> {
    if path.as_os_str() != "-" {
        return read(path);
    }
    let mut text = String::new();
    std::io::stdin().take(64 * 1024).read_to_string(&mut text)?;
    Ok(text)
}

/// As [`given`], without the spaces and lines around it: a person's own words.
pub(crate) fn said(path: &Path) -> Result<String, Failure> {
    Ok(given(path)?.trim().to_owned())
}

/// A person's file as written: which gateway, and which certificate to show it. Paths are beside
/// the file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RawPerson {
    partnership: PartnershipId,
    member: MemberId,
    gateway: Role,
    endpoint: Endpoint,
    chain: PathBuf,
    key: PathBuf,
    roots: PathBuf,
    issuers: PathBuf,
    crl: PathBuf,
}

/// The partnership that a person's file names.
pub(crate) fn partnership(file: &Path) -> Result<PartnershipId, Failure> {
    let raw: RawPerson = crate::config::read(file)?;
    Ok(raw.partnership)
}

/// A person's connection to their own gateway.
#[derive(Debug)]
pub struct Desk(Client);

impl Desk {
    /// Reads the person's file and gets ready to call.
    ///
    /// # Errors
    ///
    /// Names the file and what is wrong with it.
    pub fn open(file: &Path) -> Result<Self, Failure> {
        let raw: RawPerson = crate::config::read(file)?;
        let clock = Clock::system();
        let at = |path: PathBuf| crate::config::beside(file, path);
        let files = TlsFiles {
            chain: at(raw.chain),
            key: at(raw.key).into(),
            roots: at(raw.roots),
            issuers: at(raw.issuers),
            crl: at(raw.crl),
        };
        let material = TlsMaterial::load(&files, clock.now())?;
        let expect = Identity {
            partnership: raw.partnership,
            role: raw.gateway,
            member: raw.member,
            user: None,
        };
        let tls = client_config(&material, &expect, ALPN, clock.source())?;
        Ok(Self(Client::new(raw.endpoint, tls)))
    }

    /// The same, for answers of up to `longest` bytes.
    ///
    /// # Errors
    ///
    /// As [`Desk::open`].
    pub fn open_for(file: &Path, longest: usize) -> Result<Self, Failure> {
        Ok(Self(Self::open(file)?.0.reading_up_to(longest)))
    }

    /// Sends something that is answered by bytes, not by a document.
    ///
    /// # Errors
    ///
    /// The gateway's own words when it refuses.
    pub async fn post_for_bytes(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<Vec<u8>, Failure> {
        let headers = [("content-type", "application/json".to_owned())];
        let body = serde_json::to_vec(body)?;
        let wait = Duration::from_mins(2);
        let reply = self
            .0
            .call(Method::POST, path, &headers, body, wait)
            .await?;
        if reply.status.is_success() {
            return Ok(reply.body.to_vec());
        }
        Err(refusal(reply.status, &reply.body).into())
    }

    /// Reads something that is bytes, not a document.
    ///
    /// # Errors
    ///
    /// The gateway's own words when it refuses.
    pub async fn get_bytes(&self, path: &str, wait: Duration) -> Result<Vec<u8>, Failure> {
        let reply = self
            .0
            .call(Method::GET, path, &[], Vec::new(), wait)
            .await?;
        if reply.status.is_success() {
            return Ok(reply.body.to_vec());
        }
        Err(refusal(reply.status, &reply.body).into())
    }

    /// Reads something.
    ///
    /// # Errors
    ///
    /// The gateway's own words when it refuses.
    pub async fn get<T: DeserializeOwned>(&self, path: &str, wait: Duration) -> Result<T, Failure> {
        self.call(Method::GET, path, Vec::new(), wait).await
    }

    /// Sends something.
    ///
    /// # Errors
    ///
    /// The gateway's own words when it refuses.
    pub async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, Failure> {
        self.call(
            Method::POST,
            path,
            serde_json::to_vec(body)?,
            Duration::from_mins(1),
        )
        .await
    }

    /// Sends something whose answer takes its time.
    ///
    /// # Errors
    ///
    /// The gateway's own words when it refuses.
    pub async fn post_long<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
        wait: Duration,
    ) -> Result<T, Failure> {
        self.call(Method::POST, path, serde_json::to_vec(body)?, wait)
            .await
    }

    async fn call<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Vec<u8>,
        wait: Duration,
    ) -> Result<T, Failure> {
        let headers = [("content-type", "application/json".to_owned())];
        let reply = self.0.call(method, path, &headers, body, wait).await?;
        if reply.status.is_success() {
            // An answer without a body says no more than its status.
            let body = if reply.body.is_empty() {
                b"null".as_slice()
            } else {
                &reply.body
            };
            return Ok(serde_json::from_slice(body)?);
        }
        Err(refusal(reply.status, &reply.body).into())
    }
}

/// Which kind of gateway a person's file leads to.
///
/// # Errors
///
/// Names the file and what is wrong with it.
pub fn gateway(file: &Path) -> Result<Role, Failure> {
    let raw: RawPerson = crate::config::read(file)?;
    Ok(raw.gateway)
}

/// What the gateway said, or its status when that is no problem document.
pub(crate) fn refusal(status: StatusCode, body: &[u8]) -> String {
    if let Ok(problem) = serde_json::from_slice::<Problem>(body) {
        return format!("{} ({})", problem.title, problem.code());
    }
    let text = String::from_utf8_lossy(body);
    let text: String = text.chars().filter(|c| !c.is_control()).take(200).collect();
    format!("the gateway answered {status}: {text}")
}
