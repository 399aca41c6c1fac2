//! Carries calls to a server: no redirect, no other origin, bounded bodies, a connection for each call.

mod part;

use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST, HeaderName, HeaderValue};
use hyper::{Method, Request, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::Fault;
use super::allowance::Allowance;

/// `application/x-www-form-urlencoded`, the body of a form.
pub(super) const FORM: &str = "application/x-www-form-urlencoded";
/// `application/json`.
pub(super) const JSON: &str = "application/json";

/// A header that shows who asks; sensitive, so that nothing prints it.
pub(super) type Credential = (HeaderName, HeaderValue);

/// A token in the header `Authorization` (RFC 6750).
pub(super) fn bearer(token: &str) -> Result<Credential, &'static str> {
    credential(
        AUTHORIZATION,
        &format!("Bearer {token}"),
        "`token_file` holds what no header can carry",
    )
}

/// A whole line of a header: `X-Api-Key: secret`.
pub(super) fn header(line: &str) -> Result<Credential, &'static str> {
    const FORM: &str = "`header_file` must hold one line such as `Authorization: Bearer secret`";
    let (name, value) = line.split_once(':').ok_or(FORM)?;
    let name: HeaderName = name.trim().parse().map_err(|_| FORM)?;
    // What a connection itself needs, or what would let one answer be taken for another.
    if ["host", "content-length", "transfer-encoding", "connection"].contains(&name.as_str()) {
        return Err("`header_file` may not hold a header of the connection itself");
    }
    credential(name, value.trim(), FORM)
}

fn credential(
    name: HeaderName,
    value: &str,
    problem: &'static str,
) -> Result<Credential, &'static str> {
    let mut value = HeaderValue::from_str(value).map_err(|_| problem)?;
    if value.is_empty() {
        return Err(problem);
    }
    value.set_sensitive(true);
    Ok((name, value))
}

/// What is asked of a server.
pub(super) enum Ask<'a> {
    /// The next page, if it is on the same server; a path from the server's root, too.
    Follow(&'a str),
    Get(&'a str),
    /// A body of this type.
    Post(&'a str, &'static str, String),
}

/// What a server sent.
pub(super) struct Reply {
    pub(super) body: Value,
    /// By its headers it is only a part.
    pub(super) is_a_part: bool,
}

/// One server and how it is reached.
pub(super) struct Web {
    /// Without a slash at its end.
    base: String,
    /// Scheme, host and port.
    origin: (String, String, u16),
    tls: Option<Arc<ClientConfig>>,
    credential: Option<Credential>,
    /// The form in which answers are wanted.
    accept: &'static str,
}

impl Web {
    pub(super) fn new(
        base: &str,
        accept: &'static str,
        credential: Option<Credential>,
        tls: Option<Arc<ClientConfig>>,
    ) -> Result<Self, &'static str> {
        let origin = base.parse().ok().as_ref().and_then(origin);
        let origin = origin.ok_or("`base` is no address")?;
        if origin.0 == "https" && tls.is_none() {
            return Err("`base` is `https`, but no `roots` were read for it");
        }
        Ok(Self {
            base: base.to_owned(),
            tls: tls.filter(|_| origin.0 == "https"),
            origin,
            credential,
            accept,
        })
    }

    /// The address of a path below the base; `path` begins with a slash.
    pub(super) fn below(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    pub(super) async fn get(&self, address: &str, most: &Allowance) -> Result<Value, Fault> {
        Ok(self.ask(Ask::Get(address), most).await?.body)
    }

    /// Sends a body of the type that `kind` names.
    pub(super) async fn post(
        &self,
        address: &str,
        kind: &'static str,
        body: String,
        most: &Allowance,
    ) -> Result<Value, Fault> {
        let ask = Ask::Post(address, kind, body);
        Ok(self.ask(ask, most).await?.body)
    }

    /// The next page, if it is on the same server; `address` may be a path from the server's root.
    pub(super) async fn follow(&self, address: &str, most: &Allowance) -> Result<Value, Fault> {
        Ok(self.ask(Ask::Follow(address), most).await?.body)
    }

    /// As these three, with what the server says beside the body.
    pub(super) async fn ask(&self, ask: Ask<'_>, most: &Allowance) -> Result<Reply, Fault> {
        match ask {
            Ask::Follow(address) => {
                let address = self.followed(address)?;
                self.call(Method::GET, &address, None, most).await
            }
            Ask::Get(address) => self.call(Method::GET, address, None, most).await,
            Ask::Post(address, kind, body) => {
                let body = Some((kind, body));
                self.call(Method::POST, address, body, most).await
            }
        }
    }

    /// The whole address of a next page, if it is on the same server.
    fn followed(&self, address: &str) -> Result<String, Fault> {
        let (scheme, host, port) = &self.origin;
        let whole = if address.starts_with('/') && !address.starts_with("//") {
            let host = if host.contains(':') {
                format!("[{host}]")
            } else {
                host.clone()
            };
            format!("{scheme}://{host}:{port}{address}")
        } else {
            address.to_owned()
        };
        let same = whole
            .parse()
            .ok()
            .as_ref()
            .and_then(origin)
            .is_some_and(|origin| origin == self.origin);
        if same {
            Ok(whole)
        } else {
            Err(refused("a next page on another server"))
        }
    }

    async fn call(
        &self,
        method: Method,
        address: &str,
        body: Option<(&'static str, String)>,
        most: &Allowance,
    ) -> Result<Reply, Fault> {
        most.answer()?;
        let uri: Uri = address.parse().map_err(|_| refused("address"))?;
        let (_, host, port) = &self.origin;
        let stream = TcpStream::connect((host.as_str(), *port)).await;
        let stream = stream.map_err(|_| Fault::Unreachable)?;
        let request = self.request(&method, &uri, body)?;
        let Some(tls) = &self.tls else {
            return sent(stream, request, most).await;
        };
        let name = ServerName::try_from(host.clone()).map_err(|_| refused("host"))?;
        let connector = TlsConnector::from(Arc::clone(tls));
        let stream = connector.connect(name, stream).await;
        sent(stream.map_err(|_| Fault::Unreachable)?, request, most).await
    }

    /// With the path alone in its first line and the host in its header (RFC 9112 §3.2).
    fn request(
        &self,
        method: &Method,
        uri: &Uri,
        body: Option<(&'static str, String)>,
    ) -> Result<Request<Full<Bytes>>, Fault> {
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let authority = uri.authority().map_or("", |name| name.as_str());
        let mut request = Request::builder()
            .method(method.clone())
            .uri(path)
            .header(HOST, authority)
            .header(ACCEPT, self.accept);
        if let Some((kind, _)) = &body {
            request = request.header(CONTENT_TYPE, *kind);
        }
        if let Some((name, value)) = &self.credential {
            request = request.header(name.clone(), value.clone());
        }
        let body = body.map(|(_, body)| body).unwrap_or_default();
        request
            .body(Full::new(Bytes::from(body)))
            .map_err(|_| refused("request"))
    }
}

pub(super) fn refused(what: &str) -> Fault {
    Fault::Refused(what.to_owned())
}

async fn sent(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    request: Request<Full<Bytes>>,
    most: &Allowance,
) -> Result<Reply, Fault> {
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
        .await
        .map_err(|_| Fault::Unreachable)?;
    tokio::spawn(async move {
        // The answer is whole or an error by itself.
        let _ = connection.await;
    });
    let answer = sender.send_request(request).await;
    let (parts, body) = answer.map_err(|_| Fault::Unreachable)?.into_parts();
    match parts.status {
        StatusCode::OK => {}
        // Overloaded, or not there behind its proxy.
        StatusCode::TOO_MANY_REQUESTS
        | StatusCode::BAD_GATEWAY
        | StatusCode::SERVICE_UNAVAILABLE
        | StatusCode::GATEWAY_TIMEOUT => return Err(Fault::Unreachable),
        status => return Err(Fault::Refused(format!("http {}", status.as_u16()))),
    }
    let is_a_part = part::is_a_part(&parts.headers);
    let body = whole(body, most).await?;
    let body = serde_json::from_slice(&body).map_err(|_| refused("an answer that is no JSON"))?;
    Ok(Reply { body, is_a_part })
}

async fn whole(mut body: Incoming, most: &Allowance) -> Result<Vec<u8>, Fault> {
    let mut whole = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Fault::Unreachable)?;
        if let Some(bytes) = frame.data_ref() {
            most.bytes(whole.len(), bytes.len())?;
            whole.extend_from_slice(bytes);
        }
    }
    Ok(whole)
}

fn origin(uri: &Uri) -> Option<(String, String, u16)> {
    let scheme = uri.scheme_str()?.to_ascii_lowercase();
    let usual = match scheme.as_str() {
        "http" => 80,
        "https" => 443,
        _ => return None,
    };
    let host = uri.host()?.trim_matches(['[', ']']).to_ascii_lowercase();
    Some((scheme, host, uri.port_u16().unwrap_or(usual)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_read_from_its_line() {
        let (name, value) = header("X-Api-Key:  hunter2 ").unwrap();

        assert_eq!(name.as_str(), "x-api-key");
        assert_eq!(value.as_bytes(), b"hunter2");
        assert!(!format!("{value:?}").contains("hunter2"));
    }

    #[test]
    fn rejects_what_is_no_header_without_repeating_it() {
        for line in [
            "hunter2",
            ": hunter2",
            "X Key: hunter2",
            "X-Key:",
            "X-Key: hunter2\r\nX-Other: 1",
            "Host: hunter2",
            "Transfer-Encoding: hunter2",
        ] {
            let problem = header(line).unwrap_err();
            assert!(problem.contains("header_file"), "{line}");
            assert!(!problem.contains("hunter2"), "{line}");
        }
    }
}
