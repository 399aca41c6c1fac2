//! Carries the calls to the identity provider: HTTPS alone, no redirect, short answers, a deadline.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::Request;
use hyper::client::conn::http1;
use hyper::header::{HOST, HeaderValue};
use hyper_util::rt::TokioIo;
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

const DEADLINE: Duration = Duration::from_secs(10);
/// Longest answer: keys and metadata of a large provider are some 20 KiB.
const LONGEST: usize = 256 * 1024;

/// Why a call to the provider gave no answer; holds nothing of either.
#[derive(Debug, thiserror::Error)]
pub(super) enum FetchError {
    /// Not an `https` address.
    #[error("the address is not `https` with a host name")]
    Address,
    /// No connection, no trust, or it broke off.
    #[error("the connection failed while {0}")]
    Broken(&'static str),
    /// No answer in time.
    #[error("there was no answer in 10 seconds")]
    Deadline,
}

/// Carries calls over one TLS configuration.
#[derive(Debug)]
pub(super) struct Fetcher {
    tls: Arc<ClientConfig>,
}

impl Fetcher {
    pub(super) const fn new(tls: Arc<ClientConfig>) -> Self {
        Self { tls }
    }

    /// Makes one call on a connection of its own.
    pub(super) async fn fetch(&self, request: HttpRequest) -> Result<HttpResponse, FetchError> {
        tokio::time::timeout(DEADLINE, self.fetch_once(request))
            .await
            .unwrap_or(Err(FetchError::Deadline))
    }

    async fn fetch_once(&self, request: HttpRequest) -> Result<HttpResponse, FetchError> {
        let broken = FetchError::Broken;
        let uri = request.uri().clone();
        let host = uri.host().filter(|_| uri.scheme_str() == Some("https"));
        let host = host.ok_or(FetchError::Address)?.to_owned();
        let name = ServerName::try_from(host.trim_matches(['[', ']']).to_owned());
        let name = name.map_err(|_| FetchError::Address)?;
        let address = (host.as_str(), uri.port_u16().unwrap_or(443));
        let stream = TcpStream::connect(address).await;
        let stream = stream.map_err(|_| broken("connecting"))?;
        let stream = TlsConnector::from(Arc::clone(&self.tls))
            .connect(name, stream)
            .await
            .map_err(|_| broken("agreeing on TLS 1.3 and its certificate"))?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
            .await
            .map_err(|_| broken("beginning to talk"))?;
        tokio::spawn(async move {
            // The answer is whole or an error by itself.
            let _ = connection.await;
        });
        let answer = sender.send_request(on_the_wire(request)?).await;
        let (parts, body) = answer.map_err(|_| broken("waiting"))?.into_parts();
        let body = Limited::new(body, LONGEST).collect().await;
        let body = body.map_err(|_| broken("reading"))?.to_bytes();
        Ok(HttpResponse::from_parts(parts, body.to_vec()))
    }
}

impl<'c> AsyncHttpClient<'c> for Fetcher {
    type Error = FetchError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, FetchError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.fetch(request))
    }
}

/// With the path alone in its first line and the host in its header (RFC 9112 §3.2).
fn on_the_wire(request: HttpRequest) -> Result<Request<Full<Bytes>>, FetchError> {
    let (mut parts, body) = request.into_parts();
    let authority = parts.uri.authority().ok_or(FetchError::Address)?;
    let host = HeaderValue::from_str(authority.as_str()).map_err(|_| FetchError::Address)?;
    parts.headers.insert(HOST, host);
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    parts.uri = path.parse().map_err(|_| FetchError::Address)?;
    Ok(Request::from_parts(parts, Full::new(Bytes::from(body))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(uri: &str) -> HttpRequest {
        Request::builder().uri(uri).body(Vec::new()).unwrap()
    }

    #[test]
    fn sends_the_path_and_names_the_host() {
        let sent = on_the_wire(request("https://id.example:8443/a/b?c=d")).unwrap();

        assert_eq!(sent.uri(), "/a/b?c=d");
        assert_eq!(sent.headers()[HOST], "id.example:8443");
    }

    #[tokio::test]
    async fn refuses_an_address_without_tls() {
        let roots = rustls::RootCertStore::empty();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let fetcher = Fetcher::new(Arc::new(tls));

        for uri in ["http://id.example/", "/only/a/path", "ftp://id.example/"] {
            let error = fetcher.fetch(request(uri)).await.unwrap_err();
            assert!(matches!(error, FetchError::Address), "{uri}");
        }
    }
}
