//! `[traces]`: where a gateway sends how long its steps take.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use stile_exchange::trace::{Collector, TraceSettings};

use super::parts::beside;
use crate::run::Failure;

/// The table as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawTraces {
    otlp: String,
    roots: Option<PathBuf>,
    #[serde(default = "all")]
    sample_percent: u8,
}

const fn all() -> u8 {
    100
}

impl RawTraces {
    /// Checks what is written; paths are taken relative to the folder of `file`.
    pub(super) fn check(self, file: &Path) -> Result<TraceSettings, Failure> {
        let wrong = |key: &str, what: &str| -> Failure {
            format!("{}: `traces.{key}` {what}", file.display()).into()
        };
        let collector: Collector = self
            .otlp
            .parse()
            // Without what is written there: it may hold a password.
            .map_err(|error| wrong("otlp", &format!("is no address of a collector: {error}")))?;
        match (collector.is_tls(), &self.roots) {
            (true, None) => {
                let what =
                    "is missing: a PEM file of the roots that the collector's certificate leads to";
                return Err(wrong("roots", what));
            }
            (false, Some(_)) => {
                return Err(wrong(
                    "roots",
                    "goes with `https`; `traces.otlp` has no TLS",
                ));
            }
            (true, Some(_)) | (false, None) => {}
        }
        if !(1..=100).contains(&self.sample_percent) {
            let what = format!(
                "is {}; it must be 1 to 100: take the whole table out to send nothing",
                self.sample_percent
            );
            return Err(wrong("sample_percent", &what));
        }
        Ok(TraceSettings {
            collector,
            roots: self.roots.map(|roots| beside(file, roots)),
            sample_percent: self.sample_percent,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) -> Result<TraceSettings, String> {
        let raw: RawTraces = toml::from_str(text).map_err(|error| error.message().to_owned())?;
        raw.check(Path::new("/etc/stile/hub.toml"))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn sends_every_trace_unless_told_otherwise() {
        let traces = check("otlp = \"http://127.0.0.1:4318/v1/traces\"").unwrap();

        assert_eq!(traces.sample_percent, 100);
        assert_eq!(traces.roots, None);
    }

    #[test]
    fn roots_are_taken_from_the_folder_of_the_file() {
        let traces =
            check("otlp = \"https://otel.example/v1/traces\"\nroots = \"otel.pem\"").unwrap();

        assert_eq!(traces.roots.unwrap(), Path::new("/etc/stile/otel.pem"));
    }

    #[test]
    fn rejects_an_open_line_roots_without_use_and_bounds() {
        let here = "otlp = \"http://127.0.0.1:4318/v1/traces\"";
        let there = "otlp = \"https://otel.example/v1/traces\"";
        for (text, part) in [
            (
                "otlp = \"http://10.20.0.9:4318/v1/traces\"".to_owned(),
                "`traces.otlp` is no address of a collector: without TLS only",
            ),
            ("otlp = \"127.0.0.1:4318\"".to_owned(), "`traces.otlp`"),
            (there.to_owned(), "`traces.roots` is missing"),
            (
                format!("{here}\nroots = \"otel.pem\""),
                "`traces.roots` goes with `https`",
            ),
            (
                format!("{here}\nsample_percent = 0"),
                "take the whole table out",
            ),
            (
                format!("{here}\nsample_percent = 101"),
                "`traces.sample_percent`",
            ),
            (format!("{here}\nheaders = \"a=b\""), "unknown field"),
            ("sample_percent = 10".to_owned(), "missing field `otlp`"),
        ] {
            let error = check(&text).unwrap_err();
            assert!(error.contains(part), "{error}");
        }
    }
}
