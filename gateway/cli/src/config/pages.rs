//! `[pages]`: where browsers reach the pages without a client certificate, and how long people stay
//! signed in.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use stile_exchange::clock::Clock;
use stile_exchange::provider::{IdentifyBy, Provider, ProviderSettings};
use stile_portal::session::Limits;
use stile_trust::tls::outside_config;

use super::beside;
use crate::run::Failure;

/// As written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPages {
    listen: SocketAddr,
    origin: String,
    chain: PathBuf,
    key: PathBuf,
    #[serde(default = "idle_min")]
    idle_min: i64,
    #[serde(default = "longest_min")]
    longest_min: i64,
    #[serde(default = "fresh_min")]
    fresh_min: i64,
    oidc: Option<RawOidc>,
}

/// `[pages.oidc]` as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawOidc {
    issuer: String,
    client_id: String,
    secret_file: Option<PathBuf>,
    roots: PathBuf,
    #[serde(default)]
    identify_by: RawIdentifyBy,
    #[serde(default)]
    amr: Vec<String>,
    #[serde(default)]
    acr: Vec<String>,
}

#[derive(Debug, Default, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum RawIdentifyBy {
    #[default]
    Sub,
    TidOid,
}

fn idle_min() -> i64 {
    15
}

fn longest_min() -> i64 {
    720
}

fn fresh_min() -> i64 {
    5
}

/// The pages for browsers, checked.
#[derive(Debug, Clone)]
pub struct Pages {
    /// Address and port.
    pub listen: SocketAddr,
    /// What people type: `https://` with a host name, and a port unless it is 443.
    pub origin: String,
    /// The certificate that browsers are shown, own first.
    pub chain: PathBuf,
    /// Its private key.
    pub key: PathBuf,
    /// How long people stay signed in.
    pub limits: Limits,
    /// The identity provider, if there is one.
    pub oidc: Option<Oidc>,
}

/// The identity provider, checked; its secret is read when the gateway starts.
#[derive(Debug, Clone)]
pub struct Oidc {
    settings: ProviderSettings,
    secret: Option<PathBuf>,
    roots: PathBuf,
}

impl Oidc {
    /// The provider, reached with the roots of its file.
    ///
    /// # Errors
    ///
    /// Names the file that cannot be read.
    pub fn provider(&self, clock: &Clock) -> Result<Provider, Failure> {
        let mut settings = self.settings.clone();
        if let Some(file) = &self.secret {
            let secret = crate::people::read(file)?.trim().to_owned();
            if secret.is_empty() {
                return Err(format!("{}: the secret is empty", file.display()).into());
            }
            settings.secret = Some(secret.into());
        }
        let tls = outside_config(&self.roots, clock.source())?;
        Ok(Provider::new(settings, tls))
    }
}

impl RawOidc {
    fn check(self, file: &Path, origin: &str, max_age_s: i64) -> Result<Oidc, Failure> {
        let is_written = |text: &str| {
            (1..=500).contains(&text.len()) && text.chars().all(|sign| sign.is_ascii_graphic())
        };
        if !self.issuer.starts_with("https://") || !is_written(&self.issuer) {
            let form = "must be an `https://` address, exactly as the provider writes it";
            return Err(wrong(file, "oidc.issuer", form));
        }
        if !is_written(&self.client_id) {
            let form = "must be 1 to 500 characters without spaces";
            return Err(wrong(file, "oidc.client_id", form));
        }
        Ok(Oidc {
            settings: ProviderSettings {
                issuer: self.issuer,
                client_id: self.client_id,
                secret: None,
                redirect: format!("{origin}/sign-in/provider/back"),
                identify_by: match self.identify_by {
                    RawIdentifyBy::Sub => IdentifyBy::Subject,
                    RawIdentifyBy::TidOid => IdentifyBy::TenantAndObject,
                },
                amr: self.amr,
                acr: self.acr,
                max_age_s,
            },
            secret: self.secret_file.map(|path| beside(file, path)),
            roots: beside(file, self.roots),
        })
    }
}

impl RawPages {
    /// Checks what is written; paths are taken relative to the folder of `file`.
    pub(super) fn check(self, file: &Path) -> Result<Pages, Failure> {
        let bounds = [
            ("idle_min", self.idle_min, 1, 60),
            ("longest_min", self.longest_min, 10, 1_440),
            ("fresh_min", self.fresh_min, 1, 60),
        ];
        for (key, value, least, most) in bounds {
            if !(least..=most).contains(&value) {
                return Err(wrong(
                    file,
                    key,
                    &format!("is {value}; it must be {least} to {most}"),
                ));
            }
        }
        if self.longest_min < self.idle_min {
            let least = self.idle_min;
            return Err(wrong(
                file,
                "longest_min",
                &format!("is less than `idle_min`, {least}"),
            ));
        }
        if !is_origin(&self.origin) {
            let form = "must be `https://` and a host name, with a port unless it is 443, and no \
                        path: \"https://gateway.riverside.example\"";
            return Err(wrong(file, "origin", form));
        }
        // Nobody is signed in at the provider for longer than they could be here.
        let max_age_s = self.longest_min * 60;
        let oidc = self
            .oidc
            .map(|oidc| oidc.check(file, &self.origin, max_age_s));
        Ok(Pages {
            oidc: oidc.transpose()?,
            listen: self.listen,
            origin: self.origin,
            chain: beside(file, self.chain),
            key: beside(file, self.key),
            limits: Limits {
                idle_s: self.idle_min * 60,
                absolute_s: self.longest_min * 60,
                fresh_s: self.fresh_min * 60,
                ..Limits::default()
            },
        })
    }
}

fn wrong(file: &Path, key: &str, what: &str) -> Failure {
    format!("{}: `pages.{key}` {what}", file.display()).into()
}

/// A scheme, a host, perhaps a port; nothing else, and nothing that a browser writes otherwise.
fn is_origin(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("https://") else {
        return false;
    };
    let (host, port) = rest.rsplit_once(':').unwrap_or((rest, "443"));
    let is_label = |label: &str| {
        let letters =
            |sign: char| sign.is_ascii_lowercase() || sign.is_ascii_digit() || sign == '-';
        !label.is_empty() && label.chars().all(letters)
    };
    let port = port
        .parse::<u16>()
        .is_ok_and(|number| number > 0 && !port.starts_with('0'));
    let written = rest.contains(':') && rest.ends_with(":443");
    port && !written && host.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Result<Pages, String> {
        let raw: RawPages = toml::from_str(text).map_err(|error| error.message().to_owned())?;
        raw.check(Path::new("/etc/stile/hub.toml"))
            .map_err(|error| error.to_string())
    }

    const GOOD: &str = "listen = \"10.20.0.9:7445\"\norigin = \"https://gateway.riverside.example\"\n\
                        chain = \"pages/chain.pem\"\nkey = \"pages/key.pem\"\n";

    #[test]
    fn takes_defaults_and_paths_beside_the_file() {
        let pages = check(GOOD).unwrap();

        assert_eq!(pages.limits, Limits::default());
        assert_eq!(pages.chain, Path::new("/etc/stile/pages/chain.pem"));
    }

    #[test]
    fn rejects_times_out_of_bounds_and_says_which() {
        for (line, key) in [
            ("idle_min = 0", "idle_min"),
            ("idle_min = 61", "idle_min"),
            ("longest_min = 1441", "longest_min"),
            ("idle_min = 30\nlongest_min = 20", "longest_min"),
            ("fresh_min = 0", "fresh_min"),
        ] {
            let error = check(&format!("{GOOD}{line}\n")).unwrap_err();
            assert!(error.contains(&format!("`pages.{key}`")), "{line}: {error}");
        }
    }

    #[test]
    fn rejects_an_origin_that_no_browser_would_send() {
        for (origin, good) in [
            ("https://gateway.riverside.example", true),
            ("https://localhost:8443", true),
            ("https://127.0.0.1:8443", true),
            ("http://gateway.riverside.example", false),
            ("https://gateway.riverside.example/", false),
            ("https://gateway.riverside.example:443", false),
            ("https://Gateway.riverside.example", false),
            ("https://user@gateway.example", false),
            ("https://", false),
            ("https://a..b", false),
            ("https://a:08", false),
        ] {
            assert_eq!(is_origin(origin), good, "{origin}");
        }
    }

    const OIDC: &str =
        "[oidc]\nissuer = \"https://id.example/t\"\nclient_id = \"stile\"\nroots = \"ca.pem\"\n";

    #[test]
    fn sends_people_back_from_the_provider_to_the_origin() {
        let oidc = check(&format!("{GOOD}{OIDC}")).unwrap().oidc.unwrap();

        assert_eq!(
            oidc.settings.redirect,
            "https://gateway.riverside.example/sign-in/provider/back"
        );
        assert_eq!(oidc.settings.identify_by, IdentifyBy::Subject);
    }

    #[test]
    fn rejects_a_provider_without_tls_and_an_unknown_way_to_identify() {
        for (from, to, part) in [
            ("https://id.example/t", "http://id.example/t", "oidc.issuer"),
            ("\"stile\"", "\"\"", "oidc.client_id"),
            ("roots = ", "identify_by = \"email\"\nroots = ", "email"),
        ] {
            let text = format!("{GOOD}{}", OIDC.replace(from, to));
            let error = check(&text).unwrap_err();
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn rejects_a_key_that_is_not_known() {
        assert!(check(&format!("{GOOD}password = \"x\"\n")).is_err());
    }
}
