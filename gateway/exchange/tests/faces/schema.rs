//! Does a JSON value fit a published schema? The part of JSON Schema that our documents use; a
//! keyword this does not know fails the test.

use serde_json::{Map, Value};

/// Keywords that say something to people and nothing about validity.
const SAID: &[&str] = &["description", "examples", "title", "default", "format"];

/// Every place where `value` does not fit, as a path and a reason.
pub fn misfits(document: &Value, schema: &Value, value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let check = Check { document };
    check.fits(schema, value, "$", &mut found);
    found
}

struct Check<'a> {
    document: &'a Value,
}

impl Check<'_> {
    fn fits(&self, schema: &Value, value: &Value, at: &str, found: &mut Vec<String>) {
        let schema = schema.as_object().expect("a schema is an object");
        for (keyword, wanted) in schema {
            match keyword.as_str() {
                "$ref" => self.fits(resolve(self.document, wanted), value, at, found),
                "allOf" => {
                    for part in wanted.as_array().unwrap() {
                        self.fits(part, value, at, found);
                    }
                }
                "oneOf" => self.one_of(wanted.as_array().unwrap(), value, at, found),
                "type" => {
                    if !is_of(wanted, value) {
                        found.push(format!("{at}: not of type {wanted}"));
                    }
                }
                "enum" => {
                    if !wanted.as_array().unwrap().contains(value) {
                        found.push(format!("{at}: not one of {wanted}"));
                    }
                }
                "pattern" => {
                    let pattern = regex::Regex::new(wanted.as_str().unwrap()).unwrap();
                    if value.as_str().is_some_and(|text| !pattern.is_match(text)) {
                        found.push(format!("{at}: does not match {wanted}"));
                    }
                }
                "items" | "prefixItems" => self.items(schema, value, at, found),
                "minItems" | "maxItems" | "minimum" | "maximum" | "minLength" | "maxLength" => {
                    if !within(keyword, wanted, value) {
                        found.push(format!("{at}: breaks {keyword} {wanted}"));
                    }
                }
                "properties" | "required" | "additionalProperties" => {
                    self.object(schema, value, at, found);
                }
                "propertyNames" => {
                    for key in value.as_object().into_iter().flat_map(Map::keys) {
                        self.fits(wanted, &Value::from(key.as_str()), at, found);
                    }
                }
                said => assert!(SAID.contains(&said), "unknown keyword `{said}` at {at}"),
            }
        }
    }

    fn one_of(&self, parts: &[Value], value: &Value, at: &str, found: &mut Vec<String>) {
        let fitting = parts.iter().filter(|part| {
            let mut inner = Vec::new();
            self.fits(part, value, at, &mut inner);
            inner.is_empty()
        });
        if fitting.count() != 1 {
            found.push(format!("{at}: does not fit exactly one of the choices"));
        }
    }

    fn items(&self, schema: &Map<String, Value>, value: &Value, at: &str, found: &mut Vec<String>) {
        let Some(items) = value.as_array() else {
            return;
        };
        let first = schema.get("prefixItems").and_then(Value::as_array);
        let first: &[Value] = first.map_or(&[], Vec::as_slice);
        for (place, item) in items.iter().enumerate() {
            let at = format!("{at}[{place}]");
            match first.get(place).or_else(|| schema.get("items")) {
                Some(Value::Bool(false)) => found.push(format!("{at}: one too many")),
                Some(part) => self.fits(part, item, &at, found),
                None => {}
            }
        }
    }

    fn object(
        &self,
        schema: &Map<String, Value>,
        value: &Value,
        at: &str,
        found: &mut Vec<String>,
    ) {
        let Some(object) = value.as_object() else {
            return;
        };
        let required = schema.get("required").and_then(Value::as_array);
        for key in required.into_iter().flatten() {
            if !object.contains_key(key.as_str().unwrap()) {
                found.push(format!("{at}: lacks {key}"));
            }
        }
        for (key, value) in object {
            let at = format!("{at}.{key}");
            let own = schema.get("properties").and_then(|all| all.get(key));
            match own.or_else(|| schema.get("additionalProperties")) {
                Some(Value::Bool(false)) => found.push(format!("{at}: is not published")),
                Some(part) => self.fits(part, value, &at, found),
                None => {}
            }
        }
    }
}

/// What a `$ref` points at.
pub fn resolve<'a>(document: &'a Value, reference: &Value) -> &'a Value {
    let reference = reference.as_str().expect("a reference is a text");
    let pointer = reference
        .strip_prefix('#')
        .expect("references stay in the document");
    document
        .pointer(pointer)
        .unwrap_or_else(|| panic!("`{reference}` leads nowhere"))
}

fn is_of(wanted: &Value, value: &Value) -> bool {
    let is = |name: &str| match name {
        "array" => value.is_array(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "null" => value.is_null(),
        "number" => value.is_number(),
        "object" => value.is_object(),
        "string" => value.is_string(),
        other => panic!("unknown type `{other}`"),
    };
    match wanted {
        Value::String(name) => is(name),
        names => names
            .as_array()
            .unwrap()
            .iter()
            .any(|name| is(name.as_str().unwrap())),
    }
}

fn within(keyword: &str, limit: &Value, value: &Value) -> bool {
    let limit = limit.as_f64().unwrap();
    let size = match keyword {
        "minItems" | "maxItems" => value.as_array().map(Vec::len),
        "minLength" | "maxLength" => value.as_str().map(|text| text.chars().count()),
        _ => None,
    };
    let size = size.map(|size| f64::from(u32::try_from(size).unwrap()));
    match size.or_else(|| value.as_f64()) {
        None => true,
        Some(size) if keyword.starts_with("min") => size >= limit,
        Some(size) => size <= limit,
    }
}

#[test]
fn refuses_what_is_not_published_and_what_is_missing() {
    let schema = serde_json::json!({
        "type": "object",
        "required": ["a"],
        "properties": { "a": { "type": "string", "pattern": "^[a-z]$" } },
        "additionalProperties": false,
    });
    let all = |value| misfits(&Value::Null, &schema, &value).len();

    assert_eq!(all(serde_json::json!({ "a": "x" })), 0);
    assert_ne!(all(serde_json::json!({ "a": "X" })), 0);
    assert_ne!(all(serde_json::json!({ "a": "x", "b": 1 })), 0);
    assert_ne!(all(serde_json::json!({})), 0);
    assert_ne!(all(serde_json::json!("x")), 0);
}
