//! Each resource once, as it is now.
//!
//! Several searches may bring one resource, and a server may change it between two of them. A type and
//! an id are one resource, and of its versions the one of the later `meta.lastUpdated` is current (FHIR
//! R4, Resource: `id`, Meta: `lastUpdated`). `meta.versionId` only tells versions apart: it need not be
//! in any order. Where neither is later, nobody can say which of the two is true.

use std::collections::HashMap;

use jiff::Timestamp;
use serde_json::Value;

use crate::backend::Fault;
use crate::backend::web::refused;

/// The current version of every resource, in the order in which they first came. One without an id
/// stays: whoever reads it finds that it has none.
///
/// # Errors
///
/// When two of one type and id differ and neither is later.
pub(super) fn current(resources: Vec<Value>) -> Result<Vec<Value>, Fault> {
    let mut all: Vec<Value> = Vec::with_capacity(resources.len());
    let mut places: HashMap<(String, String), usize> = HashMap::new();
    for resource in resources {
        let Some(name) = name(&resource) else {
            all.push(resource);
            continue;
        };
        let next = all.len();
        let place = *places.entry(name).or_insert(next);
        match all.get_mut(place) {
            None => all.push(resource),
            Some(held) => {
                if let Some(newer) = later(held, resource)? {
                    *held = newer;
                }
            }
        }
    }
    Ok(all)
}

fn name(resource: &Value) -> Option<(String, String)> {
    let text = |key| resource.get(key).and_then(Value::as_str).map(str::to_owned);
    Some((text("resourceType")?, text("id")?))
}

/// `other`, where it is later than what is held.
fn later(held: &Value, other: Value) -> Result<Option<Value>, Fault> {
    if *held == other {
        return Ok(None);
    }
    match (updated(held), updated(&other)) {
        (Some(before), Some(after)) if before < after => Ok(Some(other)),
        (Some(before), Some(after)) if before > after => Ok(None),
        _ => Err(refused(
            "two versions of one resource of which neither is later",
        )),
    }
}

fn updated(resource: &Value) -> Option<Timestamp> {
    let instant = resource.get("meta")?.get("lastUpdated")?.as_str()?;
    instant.parse().ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn patient(family: &str, updated: Option<&str>) -> Value {
        let mut patient = json!({ "resourceType": "Patient", "id": "p1", "family": family });
        if let Some(updated) = updated {
            patient["meta"] = json!({ "lastUpdated": updated });
        }
        patient
    }

    #[test]
    fn the_later_version_counts_whichever_came_first() {
        let old = patient("Old", Some("2026-03-01T12:30:00+01:00"));
        let new = patient("New", Some("2026-03-01T11:30:00.001Z"));
        let other = json!({ "resourceType": "Condition", "id": "p1" });

        for order in [[&old, &other, &new], [&new, &other, &old]] {
            let all = current(order.into_iter().cloned().collect()).unwrap();
            assert_eq!(all, [new.clone(), other.clone()]);
        }
    }

    #[test]
    fn one_that_came_twice_is_one() {
        let one = patient("Testwood", None);
        let nameless = json!({ "resourceType": "Patient" });

        let all = current(vec![one.clone(), nameless.clone(), one.clone(), nameless]);

        assert_eq!(
            all.unwrap().len(),
            3,
            "without an id nobody knows whether it is the same"
        );
    }

    #[test]
    fn refuses_two_versions_of_which_neither_is_later() {
        for (one, other) in [
            (None, None),
            (Some("2026-03-01T12:30:00Z"), None),
            (
                Some("2026-03-01T12:30:00Z"),
                Some("2026-03-01T13:30:00+01:00"),
            ),
            (Some("2026-03-01T12:30:00Z"), Some("yesterday")),
        ] {
            let two = vec![patient("One", one), patient("Other", other)];

            let fault = current(two).unwrap_err();

            assert!(matches!(fault, Fault::Refused(what) if what.contains("neither is later")));
        }
    }
}
