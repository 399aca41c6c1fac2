//! The stylesheets, scripts and icons of the pages: inside the program, compressed once, and kept by
//! browsers for ever, since their address changes with them.
//!
//! All share one address, `/assets/<digest>/…`, so that a stylesheet finds its icons and a script its
//! module without knowing the digest. Only these are compressed. Pages are not: they mix secrets with
//! what a person typed, and the size of such an answer tells about the secrets (BREACH, CVE-2013-3587).
//!
//! **Source:** RFC 8246 (immutable), RFC 9110 §8.4 and §12.5.3 (gzip), RFC 1952.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Write;
use std::sync::LazyLock;

use axum::body::Body;
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use ring::digest::{Context, SHA256};
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "assets/served/"]
struct Files;

/// Every file that browsers load, and the digest over all of them.
struct Assets {
    digest: String,
    files: BTreeMap<String, File>,
}

struct File {
    plain: Cow<'static, [u8]>,
    gzip: Vec<u8>,
    kind: &'static str,
}

static ASSETS: LazyLock<Assets> = LazyLock::new(Assets::load);

/// The address of a file of the pages: `/assets/<digest>/app.css`.
pub fn address(name: &str) -> String {
    format!("/assets/{}/{name}", ASSETS.digest)
}

/// Serves `/assets/{digest}/{*name}`: with the digest of another day, leads to the file of today.
pub async fn serve(Path((digest, name)): Path<(String, String)>, headers: HeaderMap) -> Response {
    let Some(file) = ASSETS.files.get(&name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    if digest != ASSETS.digest {
        // A page made before the program was renewed asks for the files of then.
        return Redirect::temporary(&address(&name)).into_response();
    }
    file.answer(takes_gzip(&headers))
}

impl Assets {
    fn load() -> Self {
        let mut context = Context::new(&SHA256);
        let mut files = BTreeMap::new();
        for name in Files::iter() {
            let Some(file) = Files::get(&name) else {
                continue;
            };
            context.update(name.as_bytes());
            context.update(&file.metadata.sha256_hash());
            files.insert(name.into_owned(), file.data);
        }
        let digest = data_encoding::HEXLOWER.encode(context.finish().as_ref());
        Self {
            digest: digest.chars().take(16).collect(),
            files: files
                .into_iter()
                .map(|(name, plain)| {
                    let file = File {
                        gzip: compressed(&plain),
                        kind: kind(&name),
                        plain,
                    };
                    (name, file)
                })
                .collect(),
        }
    }
}

impl File {
    fn answer(&self, gzip: bool) -> Response {
        // Bytes that do not shrink are sent as they are.
        let gzip = gzip && self.gzip.len() < self.plain.len();
        let body = if gzip {
            Body::from(self.gzip.clone())
        } else {
            Body::from(self.plain.to_vec())
        };
        let mut response = body.into_response();
        let headers = response.headers_mut();
        let always = [
            (header::CONTENT_TYPE, self.kind),
            (header::CACHE_CONTROL, "public, max-age=31536000, immutable"),
            (header::VARY, "accept-encoding"),
        ];
        for (name, value) in always {
            headers.insert(name, HeaderValue::from_static(value));
        }
        if gzip {
            let value = HeaderValue::from_static("gzip");
            headers.insert(header::CONTENT_ENCODING, value);
        }
        response
    }
}

/// The media type by the end of the name: only kinds that are here.
fn kind(name: &str) -> &'static str {
    match name.rsplit_once('.') {
        Some((_, "css")) => "text/css; charset=utf-8",
        Some((_, "js")) => "text/javascript; charset=utf-8",
        Some((_, "svg")) => "image/svg+xml",
        Some(_) | None => "application/octet-stream",
    }
}

/// Empty when it cannot be compressed; then the file goes as it is.
fn compressed(plain: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let written = encoder.write_all(plain);
    match written.and_then(|()| encoder.finish()) {
        Ok(bytes) => bytes,
        Err(_) => plain.to_vec(),
    }
}

fn takes_gzip(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|coding| coding.split(';').map(str::trim).collect::<Vec<_>>())
        .any(|coding| match coding.as_slice() {
            ["gzip" | "x-gzip" | "*", quality @ ..] => !quality.iter().any(|q| is_zero(q)),
            _ => false,
        })
}

/// `q=0`, `q=0.0`, …: not wanted.
fn is_zero(quality: &str) -> bool {
    quality
        .strip_prefix("q=")
        .and_then(|number| number.parse::<f32>().ok())
        .is_some_and(|number| number <= 0.0)
}

#[cfg(test)]
mod tests;
