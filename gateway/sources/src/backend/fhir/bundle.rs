//! What a server answers: a bundle of resources, or that something went wrong.

use serde_json::Value;

use crate::backend::Fault;
use crate::backend::web::refused;

/// Takes the resources out of a bundle; gives the address of the next page.
///
/// # Errors
///
/// When it is no bundle, an entry holds no resource, or something went wrong there: a part of a list
/// is none.
pub(super) fn taken(
    bundle: &mut Value,
    resources: &mut Vec<Value>,
) -> Result<Option<String>, Fault> {
    if kind(bundle) != Some("Bundle") {
        return Err(refused("no bundle"));
    }
    let entries: &mut [Value] = match bundle.get_mut("entry") {
        None | Some(Value::Null) => &mut [],
        Some(Value::Array(entries)) => entries.as_mut_slice(),
        Some(_) => return Err(refused("a bundle whose `entry` is no list")),
    };
    for entry in entries {
        let resource = entry.get_mut("resource").map(Value::take);
        let resource = resource.filter(|resource| kind(resource).is_some());
        let resource = resource.ok_or_else(|| refused("an entry without a resource"))?;
        resources.push(sound(resource)?);
    }
    let links = bundle.get("link").and_then(Value::as_array);
    let next = links
        .into_iter()
        .flatten()
        .find(|link| link.get("relation").and_then(Value::as_str) == Some("next"));
    next.map(|link| {
        let address = link.get("url").and_then(Value::as_str);
        let address = address.ok_or_else(|| refused("a next page without an address"))?;
        Ok(address.to_owned())
    })
    .transpose()
}

/// An answer, if it is not one that says what went wrong.
pub(super) fn sound(answer: Value) -> Result<Value, Fault> {
    match failure(&answer) {
        None => Ok(answer),
        Some("") => Err(refused("operation outcome")),
        Some(code) => Err(Fault::Refused(format!("operation outcome ({code})"))),
    }
}

fn kind(resource: &Value) -> Option<&str> {
    resource.get("resourceType").and_then(Value::as_str)
}

/// Codes of issues (FHIR R4, `IssueType`) that say of what stands beside them that it may not be all,
/// however little the server makes of it.
const NOT_ALL: &[&str] = &[
    "exception",
    "incomplete",
    "lock-error",
    "suppressed",
    "throttled",
    "timeout",
    "too-costly",
    "transient",
];

/// What a server says of why it could not do, or not wholly do, what it was asked: one of [`NOT_ALL`] or
/// an empty text, since anything else that it says may repeat a value.
fn failure(resource: &Value) -> Option<&'static str> {
    if kind(resource) != Some("OperationOutcome") {
        return None;
    }
    let Some(issues) = resource.get("issue").and_then(Value::as_array) else {
        return Some("");
    };
    let text = |issue: &Value, key| issue.get(key).and_then(Value::as_str).map(str::to_owned);
    let mut found = None;
    for issue in issues {
        let code = text(issue, "code");
        let known = NOT_ALL.iter().find(|known| code.as_deref() == Some(known));
        let severity = text(issue, "severity");
        let is_small = matches!(severity.as_deref(), Some("warning" | "information"));
        if let Some(known) = known {
            return Some(known);
        }
        if !is_small {
            found = Some("");
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn outcome(severity: &str, code: &str) -> Value {
        json!({
            "resourceType": "OperationOutcome",
            "issue": [{ "severity": severity, "code": code, "diagnostics": "Testwood" }],
        })
    }

    fn read(entry: &Value) -> Result<usize, Fault> {
        let mut resources = Vec::new();
        let mut bundle = json!({ "resourceType": "Bundle", "entry": entry });
        taken(&mut bundle, &mut resources).map(|_| resources.len())
    }

    #[test]
    fn a_warning_passes_unless_it_says_that_the_list_may_not_be_whole() {
        let patient = json!({ "resource": { "resourceType": "Patient", "id": "p1" } });
        let beside = |severity: &str, code: &str| {
            let issue = outcome(severity, code);
            let issue = json!({ "resource": issue, "search": { "mode": "outcome" } });
            read(&json!([patient.clone(), issue]))
        };

        // As in HL7's own example of a search.
        assert_eq!(beside("warning", "not-found"), Ok(2));
        assert_eq!(beside("information", "informational"), Ok(2));
        let failure = Err(refused("operation outcome"));
        assert_eq!(beside("error", "not-found"), failure);
        for &code in NOT_ALL {
            for severity in ["information", "warning", "error"] {
                let failure = Fault::Refused(format!("operation outcome ({code})"));
                assert_eq!(beside(severity, code), Err(failure));
            }
        }
    }

    #[test]
    fn refuses_an_entry_without_a_resource() {
        for entry in [
            json!({ "fullUrl": "https://fhir.example/R4/Patient/p1" }),
            json!({ "resource": null }),
            json!({ "resource": { "id": "p1" } }),
            json!({ "resource": [] }),
            Value::Null,
        ] {
            let told = read(&json!([entry]));
            assert_eq!(told, Err(refused("an entry without a resource")));
        }
        assert!(read(&json!({ "resource": {} })).is_err());
        assert_eq!(read(&json!([])), Ok(0));
        assert_eq!(read(&Value::Null), Ok(0));
    }
}
