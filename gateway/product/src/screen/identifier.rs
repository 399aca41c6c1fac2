//! Identifiers by their shape, on folded text.

use std::sync::LazyLock;

use regex::Regex;

use super::{Hit, HitKind};

/// Adds every identifier in `text`.
pub(super) fn find(text: &str, hits: &mut Vec<Hit>) {
    for (kind, shape) in SHAPES.iter() {
        for found in shape.find_iter(text) {
            if is_real(*kind, found.as_str()) {
                hits.push(Hit {
                    range: found.range(),
                    kind: *kind,
                    trace: false,
                });
            }
        }
    }
}

fn is_real(kind: HitKind, found: &str) -> bool {
    match kind {
        HitKind::NhsNumber => found.starts_with("nhs") || has_nhs_check_digit(found),
        HitKind::Postcode | HitKind::VehicleRegistration => !is_section_of_an_act(found),
        _ => true,
    }
}

/// Modulus 11 with weights 10 to 2 (NHS Data Dictionary).
fn has_nhs_check_digit(found: &str) -> bool {
    let digits: Vec<u32> = found.chars().filter_map(|c| c.to_digit(10)).collect();
    let [body @ .., check] = digits.as_slice() else {
        return false;
    };
    let sum: u32 = body
        .iter()
        .zip((2..=10).rev())
        .map(|(digit, weight)| digit * weight)
        .sum();
    body.len() == 9 && (11 - sum % 11) % 11 == *check
}

/// `s47 the` and `s17 4th` are sections of the Children Act, not vehicles or postcodes.
fn is_section_of_an_act(found: &str) -> bool {
    ["s17", "s20", "s31", "s37", "s42", "s47"]
        .iter()
        .any(|section| {
            found
                .strip_prefix(section)
                .is_some_and(|rest| rest.starts_with(' '))
        })
}

#[expect(
    clippy::expect_used,
    reason = "the expressions are constants, compiled by every test"
)]
static SHAPES: LazyLock<Vec<(HitKind, Regex)>> = LazyLock::new(|| {
    EXPRESSIONS
        .iter()
        .map(|(kind, text)| {
            (
                *kind,
                Regex::new(text).expect("a constant expression compiles"),
            )
        })
        .collect()
});

const EXPRESSIONS: &[(HitKind, &str)] = &[
    (
        HitKind::Email,
        r"[a-z0-9][a-z0-9._%+'-]{0,63}\s{0,2}(?:@|[(\[]\s?at\s?[)\]])\s{0,2}[a-z0-9-]{1,63}(?:\s{0,2}(?:\.|[(\[]\s?dot\s?[)\]])\s{0,2}[a-z0-9-]{1,63})+",
    ),
    (
        HitKind::NhsNumber,
        r"nhs\s{0,2}(?:no|num|number|#)?[\s.:#]{0,4}\d(?:[\s.-]{0,2}\d){9}",
    ),
    (
        HitKind::NhsNumber,
        r"\b\d{3}[\s.-]{0,2}\d{3}[\s.-]{0,2}\d{4}\b",
    ),
    (
        HitKind::Phone,
        r"(?:\+\s?44|\b0044|\(?\b0)(?:[\s().\-/]{0,3}\d){9,11}",
    ),
    (HitKind::Phone, r"\+\d(?:[\s().-]{0,2}\d){7,14}"),
    (HitKind::Upn, r"\b[a-hj-np-rt-z]\d{11}[a-z0-9]\b"),
    (
        HitKind::NationalInsurance,
        r"\b[a-ceghj-prstw-z][a-ceghj-nprstw-z][\s-]?\d{2}[\s-]?\d{2}[\s-]?\d{2}[\s-]?[a-d]\b",
    ),
    (
        HitKind::Postcode,
        r"\b(?:gir[\s.-]{0,2}0aa|[a-z]{1,2}\d[a-z\d]?[\s.,_-]{0,3}\d[abd-hjlnp-uw-z]{2})\b",
    ),
    (
        HitKind::VehicleRegistration,
        r"\b[a-hj-y][a-hj-y]\d{2}[\s-]?[a-hj-pr-z]{3}\b",
    ),
    (
        HitKind::VehicleRegistration,
        r"\b[a-hj-y]\d{1,3}[a-hj-pr-y]{3}\b",
    ),
];
