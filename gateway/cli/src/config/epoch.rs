//! `keys.epoch`: a file, a credential of systemd, or a key in a hardware token.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use stile_store::EpochPlace;

use super::parts::beside;
use super::token::{PathOr, RawToken, Shape};
use crate::run::Failure;

/// The setting as written.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(super) struct RawEpoch(PathOr<RawTable>);

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTable {
    credential: Option<String>,
    next: Option<String>,
    pkcs11: Option<RawToken>,
}

impl Shape for RawTable {
    const SHAPE: &'static str = "a path, `{ credential = \"…\" }` or `{ pkcs11 = { … } }`";
}

impl RawEpoch {
    /// Checks the setting; paths are taken relative to the folder of `file`. `credentials` is what
    /// the service manager gave as `$CREDENTIALS_DIRECTORY`.
    pub(super) fn check(
        self,
        file: &Path,
        credentials: Option<PathBuf>,
    ) -> Result<EpochPlace, Failure> {
        let wrong = |what: &str| Failure::from(format!("{}: `keys.epoch` {what}", file.display()));
        match self.0 {
            PathOr::Path(path) => Ok(EpochPlace::File(beside(file, path))),
            PathOr::Table(RawTable {
                credential: Some(name),
                next,
                pkcs11: None,
            }) => {
                if next.as_ref() == Some(&name) {
                    return Err(wrong("has the same credential as `credential` and `next`"));
                }
                // Only what opens the key needs the service manager: `doctor` and `source check` do not.
                Ok(EpochPlace::Credential {
                    dir: credentials,
                    name,
                    next,
                })
            }
            PathOr::Table(RawTable {
                credential: None,
                next: None,
                pkcs11: Some(raw),
            }) => raw.check(file, "keys.epoch").map(EpochPlace::Token),
            PathOr::Table(_) => Err(wrong(
                "must have either `credential`, and perhaps `next`, or `pkcs11`",
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use stile_store::EpochKey;
    use stile_token::TokenPlace;

    use super::*;

    #[derive(Debug, Deserialize)]
    struct Keys {
        epoch: RawEpoch,
    }

    fn read(text: &str, credentials: Option<&str>) -> Result<EpochPlace, String> {
        let keys: Keys = toml::from_str(text).map_err(|error| error.message().to_owned())?;
        let credentials = credentials.map(PathBuf::from);
        keys.epoch
            .check(Path::new("/etc/stile/agency.toml"), credentials)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn path_credential_and_token_are_read() {
        assert_eq!(
            read("epoch = \"keys/epoch.key\"", None),
            Ok(EpochPlace::File("/etc/stile/keys/epoch.key".into()))
        );
        assert_eq!(
            read(
                "epoch = { credential = \"a\", next = \"b\" }",
                Some("/run/credentials")
            ),
            Ok(EpochPlace::Credential {
                dir: Some("/run/credentials".into()),
                name: "a".into(),
                next: Some("b".into()),
            })
        );
        let token = "epoch = { pkcs11 = { module = \"/m.so\", token = \"t\", label = \"l\", \
                     pin_file = \"pin\" } }";
        assert_eq!(
            read(token, None),
            Ok(EpochPlace::Token(TokenPlace {
                module: "/m.so".into(),
                token: "t".into(),
                label: "l".into(),
                pin_file: "/etc/stile/pin".into(),
            }))
        );
    }

    #[test]
    fn refuses_what_is_neither_or_both_and_says_what_is_wrong() {
        for (text, said) in [
            ("epoch = 5", "expected a path"),
            ("epoch = {}", "either `credential`"),
            ("epoch = { next = \"b\" }", "either `credential`"),
            ("epoch = { credential = \"a\", next = \"a\" }", "the same"),
            ("epoch = { credentials = \"a\" }", "unknown field"),
            (
                "epoch = { pkcs11 = { module = \"m\" } }",
                "missing field `token`",
            ),
            (
                "epoch = { credential = \"a\", pkcs11 = { module = \"m\", token = \"t\", label = \
                 \"l\", pin_file = \"p\" } }",
                "either `credential`",
            ),
            (
                "epoch = { pkcs11 = { module = \"m\", token = \"\", label = \"l\", pin_file = \
                 \"p\" } }",
                "must name the `token`",
            ),
        ] {
            let error = read(text, Some("/run/credentials")).unwrap_err();
            assert!(error.contains(said), "{text}: {error}");
        }
    }

    #[test]
    fn a_credential_is_read_without_a_service_manager_and_cannot_be_opened() {
        let place = read("epoch = { credential = \"a\" }", None).unwrap();

        let error = EpochKey::open(&place).map(drop).unwrap_err();
        assert!(
            error.to_string().contains("$CREDENTIALS_DIRECTORY"),
            "{error}"
        );
    }
}
