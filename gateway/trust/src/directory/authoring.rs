//! `directory.toml`: the form an operator writes and reviews before it is signed.
//!
//! ```toml
//! partnership = "north"
//! version = 3
//! issued = 2026-03-01T09:00:00Z
//! valid_until = 2026-06-01T00:00:00Z
//!
//! [[member]]
//! id = "north-police"
//! role = "agency"
//! kind = "police"
//! …
//!
//! [[agreement]]
//! id = "isa_4"
//! from = 2026-04-01
//! …
//! ```

use std::fmt;
use std::str::FromStr;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use stile_model::id::{Code, MemberId, PartnershipId};
use stile_model::time::{Date, Timestamp};
use toml::Spanned;
use toml::value::Datetime;

use super::check::Place;
use super::{Agreement, Directory, Member};
use crate::TrustError;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawDirectory {
    partnership: PartnershipId,
    version: u64,
    #[serde(deserialize_with = "instant")]
    issued: Timestamp,
    #[serde(deserialize_with = "instant")]
    valid_until: Timestamp,
    #[serde(default)]
    quorum: Option<String>,
    #[serde(default)]
    member: Vec<Spanned<Member>>,
    #[serde(default)]
    agreement: Vec<Spanned<RawAgreement>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAgreement {
    id: Code,
    hub: MemberId,
    agency: MemberId,
    purposes: Vec<Code>,
    #[serde(deserialize_with = "day")]
    from: Date,
    #[serde(deserialize_with = "day")]
    until: Date,
    reference: String,
}

/// Reads `directory.toml` and shows the line of the first mistake.
pub fn from_toml(text: &str, file: &str) -> Result<Directory, TrustError> {
    let raw: RawDirectory = toml::from_str(text).map_err(|error| at_place(file, text, &error))?;
    let members: Vec<usize> = raw
        .member
        .iter()
        .map(|member| member.span().start)
        .collect();
    let agreements: Vec<usize> = raw.agreement.iter().map(|one| one.span().start).collect();
    let directory = Directory {
        partnership: raw.partnership,
        version: raw.version,
        issued: raw.issued,
        valid_until: raw.valid_until,
        quorum: raw.quorum,
        members: raw.member.into_iter().map(Spanned::into_inner).collect(),
        agreements: raw
            .agreement
            .into_iter()
            .map(|one| one.into_inner().into())
            .collect(),
    };
    directory.check().map_err(|finding| {
        let offset = match finding.place {
            Place::Agreement(at) => agreements.get(at).copied(),
            Place::Member(at) => members.get(at).copied(),
            Place::Whole => None,
        };
        authoring(file, text, offset.unwrap_or(0), finding.fault.to_string())
    })?;
    Ok(directory)
}

/// A TOML mistake with file, line and column.
pub fn at_place(file: &str, text: &str, error: &toml::de::Error) -> TrustError {
    let offset = error.span().map_or(0, |span| span.start);
    authoring(
        file,
        text,
        offset,
        error.message().trim_end().replace('\n', ", "),
    )
}

fn authoring(file: &str, text: &str, offset: usize, message: String) -> TrustError {
    let at = stile_model::place::Place::of(text, offset);
    TrustError::Authoring {
        file: file.to_owned(),
        line: at.line,
        column: at.column,
        message,
    }
}

impl From<RawAgreement> for Agreement {
    fn from(raw: RawAgreement) -> Self {
        let RawAgreement {
            id,
            hub,
            agency,
            purposes,
            from,
            until,
            reference,
        } = raw;
        Self {
            id,
            hub,
            agency,
            purposes,
            from,
            until,
            reference,
        }
    }
}

fn instant<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    parse(deserializer, "an instant such as 2026-03-11T10:14:00Z")
}

fn day<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Date, D::Error> {
    let text = deserializer.deserialize_any(Text("a date such as 2026-03-11"))?;
    // A date parser may also take the date out of an instant; a day is a day only.
    if text.len() != 10 {
        return Err(D::Error::custom("expected a date such as 2026-03-11"));
    }
    text.parse()
        .map_err(|_| D::Error::custom("expected a date such as 2026-03-11"))
}

fn parse<'de, D: Deserializer<'de>, T: FromStr>(
    deserializer: D,
    expected: &'static str,
) -> Result<T, D::Error> {
    let text = deserializer.deserialize_any(Text(expected))?;
    text.parse()
        .map_err(|_| D::Error::custom(format!("expected {expected}")))
}

/// Takes a TOML date or instant, bare or quoted, as text.
struct Text(&'static str);

impl<'de> Visitor<'de> for Text {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<String, E> {
        Ok(text.to_owned())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<String, A::Error> {
        Datetime::deserialize(MapAccessDeserializer::new(map)).map(|value| value.to_string())
    }
}
