use std::io::Read;
use std::path::{Path as FilePath, PathBuf};

use axum::http::HeaderName;
use axum::response::Response;
use serde::Deserialize;

use super::*;

fn accepting(value: &'static str) -> HeaderMap {
    HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(value))])
}

fn header_of(response: &Response, name: HeaderName) -> Option<&str> {
    response.headers().get(name)?.to_str().ok()
}

async fn ask(digest: &str, name: &str, headers: HeaderMap) -> Response {
    serve(Path((digest.to_owned(), name.to_owned())), headers).await
}

async fn bytes(response: Response) -> Vec<u8> {
    let body = axum::body::to_bytes(response.into_body(), 1 << 20).await;
    body.unwrap().to_vec()
}

#[tokio::test]
async fn a_file_is_kept_for_ever_under_its_digest() {
    let response = ask(&ASSETS.digest, "app.css", HeaderMap::new()).await;

    assert_eq!(response.status(), StatusCode::OK);
    let cache = header_of(&response, header::CACHE_CONTROL);
    assert_eq!(cache, Some("public, max-age=31536000, immutable"));
    let kind = header_of(&response, header::CONTENT_TYPE);
    assert_eq!(kind, Some("text/css; charset=utf-8"));
    assert!(header_of(&response, header::CONTENT_ENCODING).is_none());
    assert_eq!(bytes(response).await, &*Files::get("app.css").unwrap().data);
}

#[tokio::test]
async fn a_browser_that_takes_gzip_gets_the_same_bytes_compressed() {
    let response = ask(&ASSETS.digest, "govuk-moj.css", accepting("br, gzip")).await;

    assert_eq!(header_of(&response, header::CONTENT_ENCODING), Some("gzip"));
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(bytes(response).await.as_slice())
        .read_to_end(&mut plain)
        .unwrap();
    assert_eq!(plain, &*Files::get("govuk-moj.css").unwrap().data);
}

#[tokio::test]
async fn the_digest_of_another_day_leads_to_the_file_of_today() {
    let response = ask("0123456789abcdef", "app.js", HeaderMap::new()).await;

    assert_eq!(response.status(), StatusCode::TEMPORARY_REDIRECT);
    let to = header_of(&response, header::LOCATION).unwrap().to_owned();
    assert_eq!(to, address("app.js"));
    assert_ne!(
        header_of(&response, header::CACHE_CONTROL),
        Some("public, max-age=31536000, immutable")
    );
}

#[tokio::test]
async fn refuses_names_that_are_no_files_of_the_pages() {
    for name in ["", "../VENDORED.toml", "vendor.sh", "images", "app.css/"] {
        let response = ask(&ASSETS.digest, name, HeaderMap::new()).await;

        assert_eq!(response.status(), StatusCode::NOT_FOUND, "`{name}`");
    }
}

#[test]
fn gzip_is_sent_only_where_it_is_wanted() {
    for yes in ["gzip", "br;q=1.0, gzip;q=0.5", "*", "x-gzip"] {
        assert!(takes_gzip(&accepting(yes)), "{yes}");
    }
    for no in ["", "br", "gzip;q=0", "gzip; q=0.0", "identity", "gzipped"] {
        assert!(!takes_gzip(&accepting(no)), "{no}");
    }
}

#[test]
fn what_a_first_visit_loads_fits_the_budget() {
    let first: usize = ["govuk-moj.css", "app.css", "govuk-frontend.min.js"]
        .into_iter()
        .chain(["app.js", "live.js", "enabled.js", "images/gateway-icon.svg"])
        .map(|name| ASSETS.files[name].gzip.len())
        .sum();

    // 60 kB in all, of which a page itself may take 15.
    assert!(first <= 45_000, "{first} bytes compressed");
}

/// One file that comes from a package, as `VENDORED.toml` lists it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vendored {
    path: PathBuf,
    package: String,
    version: String,
    licence: String,
    sha256: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    file: Vec<Vendored>,
}

fn crate_folder() -> &'static FilePath {
    FilePath::new(env!("CARGO_MANIFEST_DIR"))
}

fn vendored() -> Vec<Vendored> {
    let list = std::fs::read_to_string(crate_folder().join("assets/VENDORED.toml")).unwrap();
    toml::from_str::<List>(&list).unwrap().file
}

#[test]
fn every_vendored_file_is_what_the_list_says() {
    for file in vendored() {
        let bytes = std::fs::read(crate_folder().join(&file.path)).unwrap();
        let digest = ring::digest::digest(&SHA256, &bytes);

        assert_eq!(
            data_encoding::HEXLOWER.encode(digest.as_ref()),
            file.sha256,
            "{} was changed by hand: run assets/vendor.sh",
            file.path.display()
        );
        assert_eq!(file.licence, "MIT");
        assert!(!file.package.is_empty() && !file.version.is_empty());
    }
}

#[test]
fn every_served_file_is_vendored_or_our_own() {
    let own = [
        "app.css",
        "app.js",
        "enabled.js",
        "live.js",
        "images/gateway-icon.svg",
    ];
    let listed: Vec<PathBuf> = vendored().into_iter().map(|file| file.path).collect();

    for name in Files::iter() {
        let path = FilePath::new("assets/served").join(name.as_ref());
        assert!(
            own.contains(&name.as_ref()) || listed.contains(&path),
            "{name} is neither ours nor in VENDORED.toml"
        );
    }
    for package in ["govuk-frontend", "moj-frontend"] {
        let licence = crate_folder().join(format!("assets/LICENSES/{package}.txt"));
        let licence = std::fs::read_to_string(licence).unwrap();
        assert!(
            licence.contains("Permission is hereby granted"),
            "{package}"
        );
    }
}

#[test]
fn nothing_served_has_a_foreign_address_font_crown_or_crest() {
    for name in Files::iter() {
        let file = Files::get(&name).unwrap();
        let text = String::from_utf8(file.data.into_owned()).unwrap();
        let lower = text.to_lowercase();

        for forbidden in [
            "@font-face",
            "gds transport",
            "crest",
            "frutiger",
            "@import",
            "sourcemappingurl",
        ] {
            assert!(!lower.contains(forbidden), "{name} has `{forbidden}`");
        }
        for address in [
            "url(http",
            "url(//",
            "url('http",
            "from \"http",
            "src=\"http",
        ] {
            assert!(!lower.contains(address), "{name} loads `{address}`");
        }
        // A stylesheet's addresses are all relative to itself, and all there.
        for part in text
            .split("url(")
            .skip(1)
            .filter(|_| name.ends_with(".css"))
        {
            let to = part.split(')').next().unwrap().trim_matches(['"', '\'']);
            let to = to.strip_prefix("./").unwrap_or(to);
            assert!(Files::get(to).is_some(), "{name} asks for `{to}`");
        }
    }
    assert!(Files::iter().all(|name| !name.contains("crown") && !name.contains("crest")));
}

#[test]
fn our_scripts_make_markup_in_one_place_only() {
    for name in ["app.js", "enabled.js", "live.js"] {
        let text = String::from_utf8(Files::get(name).unwrap().data.into_owned()).unwrap();

        for forbidden in [
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
            ".style",
        ] {
            assert!(!text.contains(forbidden), "{name} has `{forbidden}`");
        }
        let policies = text.matches("createPolicy(").count();
        assert_eq!(policies, usize::from(name == "live.js"), "{name}");
    }
}
