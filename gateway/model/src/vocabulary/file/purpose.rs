//! Purposes as written in the file.

use std::collections::BTreeSet;

use serde::Deserialize;
use toml::Spanned;

use super::super::{LegalGround, Purpose, Unconfirmed};
use super::Reader;
use crate::code::ConsentRule;
use crate::id::Code;

/// Longest text of a purpose, in characters.
const TEXT_MAX: usize = 300;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPurpose {
    code: Spanned<Code>,
    name: String,
    legal_gateway: Vec<String>,
    consent: ConsentRule,
    general: Option<RawGround>,
    law_enforcement: Option<RawGround>,
    retention: Option<Spanned<String>>,
    #[serde(default)]
    to_confirm: Vec<Unconfirmed>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawGround {
    lawful_basis: Spanned<String>,
    condition: Spanned<String>,
    #[serde(default)]
    reason_without_consent: bool,
}

impl Reader<'_> {
    pub(super) fn purposes(&mut self, raw: Vec<RawPurpose>) -> Vec<Purpose> {
        let mut seen = BTreeSet::new();
        raw.into_iter()
            .map(|purpose| {
                let at = purpose.code.span().start;
                self.once(&mut seen, at, "purpose", purpose.code.get_ref().clone());
                self.purpose(purpose)
            })
            .collect()
    }

    fn purpose(&mut self, raw: RawPurpose) -> Purpose {
        let at = raw.code.span().start;
        let code = raw.code.into_inner();
        self.open_word(at, &code);
        if raw
            .legal_gateway
            .iter()
            .all(|gateway| gateway.trim().is_empty())
        {
            self.report(at, &format!("purpose `{code}` names no legal gateway"));
        }
        if raw.to_confirm.contains(&Unconfirmed::CompetentAuthority) {
            self.report(
                at,
                "`competent_authority` is confirmed of a kind of agency, not of a purpose",
            );
        }
        let purpose = Purpose {
            general: self.ground("general", raw.general),
            law_enforcement: self.ground("law_enforcement", raw.law_enforcement),
            retention: raw
                .retention
                .map(|text| self.told("retention", text))
                .unwrap_or_default(),
            to_confirm: raw.to_confirm,
            code,
            name: raw.name,
            legal_gateway: raw.legal_gateway,
            consent: raw.consent,
        };
        self.open_gateway(at, &purpose);
        purpose
    }

    fn ground(&mut self, table: &str, raw: Option<RawGround>) -> Option<LegalGround> {
        let raw = raw?;
        Some(LegalGround {
            lawful_basis: self.told(&format!("{table}.lawful_basis"), raw.lawful_basis),
            condition: self.told(&format!("{table}.condition"), raw.condition),
            reason_without_consent: raw.reason_without_consent,
        })
    }

    /// A text that must say something.
    pub(super) fn told(&mut self, key: &str, text: Spanned<String>) -> String {
        let length = text.get_ref().trim().chars().count();
        if !(1..=TEXT_MAX).contains(&length) {
            self.report(
                text.span().start,
                &format!("`{key}` must say in 1 to {TEXT_MAX} characters what it is; leave the key out if it is not known"),
            );
        }
        text.into_inner()
    }
}
