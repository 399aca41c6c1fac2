//! Settings that are either a path or a table, and a key in a hardware token among them.

use std::fmt;
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use stile_token::TokenPlace;
use stile_trust::key::KeyPlace;

use super::parts::beside;
use crate::run::Failure;

/// A setting as written: a path, or a table.
#[derive(Debug)]
pub(super) enum PathOr<T> {
    Path(PathBuf),
    Table(T),
}

/// A table that may stand for a path.
pub(super) trait Shape {
    /// What may be written, for whoever wrote something else.
    const SHAPE: &'static str;
}

impl<'de, T: Deserialize<'de> + Shape> Deserialize<'de> for PathOr<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // By hand, so that a mistake inside the table is named as such.
        deserializer.deserialize_any(Either(PhantomData))
    }
}

struct Either<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de> + Shape> Visitor<'de> for Either<T> {
    type Value = PathOr<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::SHAPE)
    }

    fn visit_str<E: serde::de::Error>(self, path: &str) -> Result<PathOr<T>, E> {
        Ok(PathOr::Path(PathBuf::from(path)))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<PathOr<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(PathOr::Table)
    }
}

/// `pkcs11 = { … }` as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawToken {
    module: PathBuf,
    token: String,
    label: String,
    pin_file: PathBuf,
}

impl RawToken {
    /// Checks the table of the setting `key`; paths are taken relative to the folder of `file`.
    pub(super) fn check(self, file: &Path, key: &str) -> Result<TokenPlace, Failure> {
        if self.token.is_empty() || self.label.is_empty() {
            return Err(format!(
                "{}: `{key}` must name the `token` and the `label` of the key",
                file.display()
            )
            .into());
        }
        Ok(TokenPlace {
            module: beside(file, self.module),
            token: self.token,
            label: self.label,
            pin_file: beside(file, self.pin_file),
        })
    }
}

/// The table of `tls.key`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawTlsKey {
    pkcs11: RawToken,
}

impl Shape for RawTlsKey {
    const SHAPE: &'static str = "a path or `{ pkcs11 = { … } }`";
}

impl PathOr<RawTlsKey> {
    /// Checks `tls.key`.
    pub(super) fn key_place(self, file: &Path) -> Result<KeyPlace, Failure> {
        match self {
            Self::Path(path) => Ok(KeyPlace::File(beside(file, path))),
            Self::Table(RawTlsKey { pkcs11 }) => pkcs11.check(file, "tls.key").map(KeyPlace::Token),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct Tls {
        key: PathOr<RawTlsKey>,
    }

    fn read(text: &str) -> Result<KeyPlace, String> {
        let tls: Tls = toml::from_str(text).map_err(|error| error.message().to_owned())?;
        tls.key
            .key_place(Path::new("/etc/stile/agency.toml"))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_tls_key_is_a_path_or_in_a_token() {
        assert_eq!(
            read("key = \"tls/key.pem\""),
            Ok(KeyPlace::File("/etc/stile/tls/key.pem".into()))
        );
        let token = "key = { pkcs11 = { module = \"/m.so\", token = \"t\", label = \"l\", \
                     pin_file = \"pin\" } }";
        assert_eq!(
            read(token),
            Ok(KeyPlace::Token(TokenPlace {
                module: "/m.so".into(),
                token: "t".into(),
                label: "l".into(),
                pin_file: "/etc/stile/pin".into(),
            }))
        );
    }

    #[test]
    fn refuses_a_tls_key_that_is_neither_and_one_without_a_label() {
        for (text, said) in [
            ("key = 5", "a path or `{ pkcs11"),
            ("key = {}", "missing field `pkcs11`"),
            ("key = { credential = \"a\" }", "unknown field"),
            (
                "key = { pkcs11 = { module = \"m\", token = \"t\", label = \"l\", pin = \"6\" } }",
                "unknown field `pin`",
            ),
            (
                "key = { pkcs11 = { module = \"m\", token = \"t\", label = \"\", pin_file = \
                 \"p\" } }",
                "`tls.key` must name the `token`",
            ),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(said), "{text}: {error}");
        }
    }
}
