//! How identifiers agree, scheme by scheme.

use rapidfuzz::distance::osa;

use crate::identifier::Strength;
use crate::person::Numbered;
use crate::weights::NumberLevel;

/// The word of a scheme in a waterfall.
pub(super) fn scheme_word(scheme: &str) -> &'static str {
    match scheme {
        "nhs_number" => "NHS number",
        "upn" => "unique pupil number",
        _ => "identifier",
    }
}

/// The best agreement within each scheme that both have.
pub(crate) fn number_levels<'a>(
    ours: &'a [Numbered],
    theirs: &[Numbered],
) -> Vec<(&'a str, NumberLevel)> {
    let mut levels: Vec<(&str, NumberLevel)> = Vec::new();
    for a in ours {
        for b in theirs.iter().filter(|b| b.scheme == a.scheme) {
            let Some(level) = number_level(a, b) else {
                continue;
            };
            match levels
                .iter_mut()
                .find(|(scheme, _)| *scheme == a.scheme.as_str())
            {
                Some((_, best)) => *best = level.min(*best),
                None => levels.push((a.scheme.as_str(), level)),
            }
        }
    }
    levels
}

/// `None` when one of them is a number for the time being and they differ: that says nothing.
fn number_level(a: &Numbered, b: &Numbered) -> Option<NumberLevel> {
    let either = |strength| a.strength == strength || b.strength == strength;
    if a.value == b.value {
        return Some(if either(Strength::Doubted) {
            NumberLevel::Doubted
        } else {
            NumberLevel::Same
        });
    }
    if either(Strength::Temporary) {
        return None;
    }
    let plain = a.strength == Strength::Plain;
    let slip = || a.value.len() >= 5 && osa::distance(a.value.bytes(), b.value.bytes()) <= 1;
    Some(if either(Strength::Doubted) {
        NumberLevel::Different
    } else if !plain {
        NumberLevel::Conflict
    } else if slip() {
        NumberLevel::Slip
    } else {
        NumberLevel::Different
    })
}
