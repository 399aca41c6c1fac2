//! Posts a copy to a system of the partnership, signed so that it can tell who sent what.
//!
//! ```text
//! POST /inbox HTTP/1.1
//! content-type: application/json
//! webhook-id: msg_…              the same at every try: a receiver takes each once
//! webhook-timestamp: 1773224040  seconds since 1970, of this try
//! webhook-signature: v1a,…       Ed25519 over id "." timestamp "." body
//!
//! {"type":"product.copy","timestamp":"…","data":{"case":…,"copy":3,…,"content":"<base64>"}}
//! ```
//!
//! Any status of 200 to 299 means taken. Redirects are not followed, the answer's body is not read, and
//! its head may take 16 KiB.
//!
//! **Source:** Standard Webhooks 1.0.0.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use data_encoding::BASE64;
use http_body_util::Full;
use hyper::client::conn::http1;
use hyper::{Method, Request, StatusCode, header};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use serde_json::json;
use stile_model::time::Timestamp;
use stile_trust::webhook::WebhookKey;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::address::WebAddress;
use super::{Fault, Parcel};

/// Longest head of an answer, in bytes.
const HEAD: usize = 16 * 1024;

/// Where a copy goes, and how.
pub(super) struct Call<'a> {
    pub(super) address: &'a WebAddress,
    pub(super) key: &'a WebhookKey,
    pub(super) tls: &'a Arc<ClientConfig>,
    pub(super) deadline: Duration,
}

/// Tries once.
pub(super) async fn post(
    call: &Call<'_>,
    parcel: &Parcel<'_>,
    now: Timestamp,
) -> Result<(), Fault> {
    let request = request(call, parcel, now)?;
    let sent = tokio::time::timeout(call.deadline, send(call, request)).await;
    let status = sent.map_err(|_| Fault::from("deadline"))??;
    if status.is_success() {
        Ok(())
    } else if status.is_redirection() {
        Err("redirected".into())
    } else if status.is_client_error() {
        Err("refused_by_receiver".into())
    } else {
        Err("failed_at_receiver".into())
    }
}

async fn send(call: &Call<'_>, request: Request<Full<Bytes>>) -> Result<StatusCode, Fault> {
    let address = (call.address.host(), call.address.port());
    let stream = TcpStream::connect(address).await;
    let stream = stream.map_err(|_| Fault::from("unreachable"))?;
    let name = call.address.server_name().clone();
    let stream = TlsConnector::from(Arc::clone(call.tls))
        .connect(name, stream)
        .await
        .map_err(|_| Fault::from("not_trusted"))?;
    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(HEAD)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(|_| Fault::from("broken_off"))?;
    let connection = tokio::spawn(connection);
    let answer = sender.send_request(request).await;
    // What it says beyond its head is nobody's.
    connection.abort();
    let answer = answer.map_err(|_| Fault::from("broken_off"))?;
    Ok(answer.status())
}

/// The body: what it is, and the copy itself; the same bytes at every try.
fn body(parcel: &Parcel<'_>) -> Vec<u8> {
    let line = &parcel.copy.line;
    let said = json!({
        "type": "product.copy",
        "timestamp": line.made,
        "data": {
            "case": parcel.case,
            "copy": line.number,
            "audience": line.audience,
            "language": line.language,
            "form": line.form,
            "media_type": line.form.media_type(),
            "sha256": line.digest,
            "content": BASE64.encode(&parcel.copy.bytes),
        },
    });
    said.to_string().into_bytes()
}

fn request(
    call: &Call<'_>,
    parcel: &Parcel<'_>,
    now: Timestamp,
) -> Result<Request<Full<Bytes>>, Fault> {
    let seconds = now.millis().div_euclid(1_000);
    let body = body(parcel);
    Request::builder()
        .method(Method::POST)
        .uri(call.address.path())
        .header(header::HOST, call.address.authority())
        .header(header::CONTENT_TYPE, "application/json")
        .header("webhook-id", &parcel.id)
        .header("webhook-timestamp", seconds.to_string())
        .header(
            "webhook-signature",
            call.key.sign(&parcel.id, seconds, &body),
        )
        .body(Full::new(Bytes::from(body)))
        .map_err(|_| Fault::from("broken_off"))
}
