//! What must be in an answer so that no row in it means that nothing is held.
//!
//! ```text
//! $.a.b[*]  $.a.b[?@.c]   the list `$.a.b`, if empty
//! $  $.a.b  $.a[0]        the node itself, if null
//! $..a  $.a[*].b  $.a[1:] nothing can be asked for: none of it may be there
//! ```

use serde_json::Value;
use serde_json_path::JsonPath;

/// What must be there where a path is to find nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ground {
    /// The list whose elements the path names.
    List(JsonPath),
    /// The one node that the path names.
    Node(JsonPath),
}

impl Ground {
    /// Of a path as the mapping writes it; `None` where nothing in an answer would tell that it was
    /// looked for in the right place.
    pub(super) fn of(path: &str) -> Option<Self> {
        let path = path.trim();
        if one_place(path) {
            return JsonPath::parse(path).ok().map(Self::Node);
        }
        let (list, elements) = split(path)?;
        let elements = elements.strip_prefix('[')?.strip_suffix(']')?.trim();
        let named = elements == "*" || elements.starts_with('?');
        let list = JsonPath::parse(list).ok().filter(|_| one_place(list));
        list.filter(|_| named).map(Self::List)
    }

    /// Is it in this answer?
    pub(crate) fn is_in(&self, answer: &Value) -> bool {
        match self {
            Self::List(path) => path.query(answer).all().iter().any(|node| node.is_array()),
            Self::Node(path) => !path.query(answer).is_empty(),
        }
    }

    /// How many elements the list has, whichever of them the path names; `None` where it is not there,
    /// or where a node is meant.
    pub(crate) fn length(&self, answer: &Value) -> Option<usize> {
        match self {
            Self::List(path) => {
                let mut nodes = path.query(answer).all().into_iter();
                nodes.find_map(Value::as_array).map(Vec::len)
            }
            Self::Node(_) => None,
        }
    }
}

/// A path and its last part, where that stands in brackets.
fn split(path: &str) -> Option<(&str, &str)> {
    let (mut depth, mut opened, mut quote, mut escaped) = (0_usize, None, None, false);
    for (at, sign) in path.char_indices() {
        if let Some(ends) = quote {
            if !escaped && sign == ends {
                quote = None;
            }
            escaped = !escaped && sign == '\\';
            continue;
        }
        match sign {
            '\'' | '"' => quote = Some(sign),
            '[' => {
                if depth == 0 {
                    opened = Some(at);
                }
                depth += 1;
            }
            ']' => depth = depth.checked_sub(1)?,
            _ if depth == 0 => opened = None,
            _ => {}
        }
    }
    path.split_at_checked(opened.filter(|_| depth == 0)?)
}

/// Does it name one place: `$`, then names and numbers alone?
fn one_place(path: &str) -> bool {
    let Some(mut rest) = path.strip_prefix('$') else {
        return false;
    };
    while !rest.is_empty() {
        let after = match (rest.strip_prefix('.'), rest.strip_prefix('[')) {
            (Some(name), _) => named(name),
            (_, Some(inside)) => bracketed(inside),
            _ => None,
        };
        let Some(after) = after else {
            return false;
        };
        rest = after;
    }
    true
}

/// What follows a name after a dot; `None` for `*` and for none, as in `..`.
fn named(text: &str) -> Option<&str> {
    let end = text.find(['.', '[']).unwrap_or(text.len());
    let (name, after) = text.split_at_checked(end)?;
    let plain = !name.is_empty() && !name.contains(['*', ' ']);
    plain.then_some(after)
}

/// What follows a quoted name or a number in brackets.
fn bracketed(text: &str) -> Option<&str> {
    let Some(quote) = text
        .chars()
        .next()
        .filter(|sign| matches!(sign, '\'' | '"'))
    else {
        let (number, after) = text.split_once(']')?;
        return number.parse::<i64>().is_ok().then_some(after);
    };
    let mut escaped = true;
    for (at, sign) in text.char_indices() {
        if !escaped && sign == quote {
            let (_, after) = text.split_at_checked(at + 1)?;
            return after.strip_prefix(']');
        }
        // The first sign is the opening quote.
        escaped = at > 0 && !escaped && sign == '\\';
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn path(text: &str) -> JsonPath {
        JsonPath::parse(text).unwrap()
    }

    #[test]
    fn a_list_or_one_node_must_be_there() {
        for (text, list) in [
            ("$.notes[*]", "$.notes"),
            (" $[*] ", "$"),
            ("$.a['x:y'][*]", "$.a['x:y']"),
            ("$['a\\'][*]'][0][*]", "$['a\\'][*]'][0]"),
            ("$.notes[?@.kind == ']x[']", "$.notes"),
            ("$.notes[?@.a[0] == 1]", "$.notes"),
        ] {
            assert_eq!(Ground::of(text), Some(Ground::List(path(list))), "{text}");
        }
        for text in ["$", "$.a.b", "$['a b'][\"c\"]", "$.a[0]", "$.a[-1].b"] {
            assert_eq!(Ground::of(text), Some(Ground::Node(path(text))), "{text}");
        }
    }

    #[test]
    fn where_a_path_may_lead_anywhere_nothing_can_be_asked_for() {
        for text in [
            "$..notes",
            "$..notes[*]",
            "$.*[*]",
            "$.a[*].b",
            "$.a[*].b[*]",
            "$.a[*][*]",
            "$.a[?@.b].c[*]",
            "$.a[1:]",
            "$.a['b','c']",
            "$['a','b'][*]",
            "",
            "notes",
        ] {
            assert_eq!(Ground::of(text), None, "{text}");
        }
    }

    #[test]
    fn an_empty_list_and_a_null_are_there_and_what_is_no_list_is_not() {
        let list = Ground::of("$.a[*]").unwrap();
        let node = Ground::of("$.a").unwrap();

        assert!(list.is_in(&json!({ "a": [] })) && node.is_in(&json!({ "a": null })));
        for answer in [
            json!({}),
            json!({ "a": null }),
            json!({ "a": {} }),
            json!([]),
        ] {
            assert!(!list.is_in(&answer), "{answer}");
        }
        assert!(!node.is_in(&json!({ "b": 1 })));
    }

    #[test]
    fn a_list_is_as_long_as_it_is_whichever_of_its_elements_are_named() {
        let answer = json!({ "a": [{ "kind": "concern" }, { "kind": "repair" }, 3] });

        for (text, length) in [
            ("$.a[*]", Some(3)),
            ("$.a[?@.kind == 'concern']", Some(3)),
            ("$.a[?@.kind == 'none']", Some(3)),
            ("$.b[*]", None),
            ("$.a", None),
        ] {
            let ground = Ground::of(text).unwrap();
            assert_eq!(ground.length(&answer), length, "{text}");
        }
    }

    proptest! {
        #[test]
        fn never_asks_for_what_is_no_path(text in "\\$?[a\\.\\[\\]\\*\\?'\"\\\\0:, @é]{0,16}") {
            let ground = Ground::of(&text);
            prop_assert!(ground.is_none() || JsonPath::parse(text.trim()).is_ok());
        }
    }
}
