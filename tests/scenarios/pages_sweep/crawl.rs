//! Reads links and forms out of a page, as a browser would.

use std::collections::BTreeSet;

use harness::Page;
use hyper::Method;
use stile_portal::doors::Rule;

/// A form as it stands in a page.
#[derive(Debug, Clone)]
pub(super) struct Form {
    /// Where it is sent, without what stands behind `?`.
    pub(super) action: String,
    inputs: Vec<Input>,
}

#[derive(Debug, Clone)]
struct Input {
    name: String,
    value: String,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Button,
    Checkbox,
    Hidden,
    Number,
    Radio,
    Select,
    Text,
}

impl Form {
    /// Every name it sends something under.
    pub(super) fn names(&self) -> impl Iterator<Item = String> {
        self.inputs.iter().map(|input| input.name.clone())
    }

    /// The form filled in: `text` wherever something can be typed, in fields for numbers a number when
    /// `numbers`; the first of each choice; the first button.
    pub(super) fn filled(&self, text: &str, numbers: bool) -> Vec<(String, String)> {
        let (mut fields, mut chosen) = (Vec::new(), BTreeSet::new());
        for input in &self.inputs {
            let value = match input.kind {
                Kind::Hidden => input.value.clone(),
                Kind::Text => text.to_owned(),
                Kind::Number if numbers => "1".to_owned(),
                Kind::Number => text.to_owned(),
                Kind::Checkbox => input.value.clone(),
                Kind::Button | Kind::Radio | Kind::Select => {
                    if !chosen.insert(&input.name) {
                        continue;
                    }
                    input.value.clone()
                }
            };
            fields.push((input.name.clone(), value));
        }
        fields
    }
}

/// Addresses of this site that the page leads to, in English; what is a file or ends the session is
/// left out.
pub(super) fn links(page: &Page) -> Vec<String> {
    let found = tags(&page.html).filter(|tag| tag.name == "a");
    let paths = found.filter_map(|tag| tag.value("href"));
    let ours = |path: &String| {
        let elsewhere = ["//", "/cy", "/assets", "/sign-out"];
        path.starts_with('/') && !elsewhere.iter().any(|start| path.starts_with(start))
    };
    paths.filter(ours).collect()
}

/// The forms that a page sends with `post`, once for every place to which one of its buttons sends it.
pub(super) fn forms(page: &Page) -> Vec<Form> {
    let read = read(page).into_iter();
    let each = read.flat_map(|(form, elsewhere, here)| {
        let mut all: Vec<Form> = elsewhere
            .into_iter()
            .map(|action| Form {
                action,
                ..form.clone()
            })
            .collect();
        all.extend(here.then_some(form));
        all
    });
    each.collect()
}

/// Each form, where its buttons send it instead, and whether one of them sends it to its own place.
fn read(page: &Page) -> Vec<(Form, Vec<String>, bool)> {
    let mut all: Vec<(Form, Vec<String>, bool)> = Vec::new();
    let (mut inside, mut select) = (false, String::new());
    for tag in tags(&page.html) {
        match tag.name {
            "form" => {
                inside = tag.value("method").as_deref() == Some("post");
                if inside {
                    let action = tag.value("action").unwrap();
                    let action = action.split('?').next().unwrap().to_owned();
                    let inputs = Vec::new();
                    all.push((Form { action, inputs }, Vec::new(), false));
                }
            }
            "/form" => inside = false,
            "select" => select = tag.value("name").unwrap_or_default(),
            "input" | "textarea" | "button" | "option" if inside => {
                let name = match tag.name {
                    "option" => Some(select.clone()),
                    _ => tag.value("name"),
                };
                let value = tag.value("value").unwrap_or_default();
                // The first of a list is often "choose one".
                let nothing = tag.name == "option" && value.is_empty();
                let Some((form, elsewhere, here)) = all.last_mut().filter(|_| !nothing) else {
                    continue;
                };
                if tag.name == "button" {
                    match tag.value("formaction") {
                        Some(action) => elsewhere.push(action),
                        None => *here = true,
                    }
                }
                if let Some(name) = name {
                    let kind = tag.kind();
                    form.inputs.push(Input { name, value, kind });
                }
            }
            _ => {}
        }
    }
    all
}

/// Is this an address of the door?
pub(super) fn is_at(door: &str, path: &str) -> bool {
    let (door, path): (Vec<_>, Vec<_>) = (door.split('/').collect(), path.split('/').collect());
    let same = |(one, other): (&&str, &&str)| one.starts_with('{') || one == other;
    door.len() == path.len() && door.iter().zip(&path).all(same)
}

/// What pages of one door have in common, whatever they are about: its own path, and what is asked.
pub(super) fn shape(path: &str, rules: &[Rule]) -> String {
    let (path, asked) = path.split_once('?').unwrap_or((path, ""));
    let pages = rules.iter().filter(|rule| rule.method == Method::GET);
    let doors = pages.map(|rule| rule.path).filter(|door| is_at(door, path));
    // The door that says most of it by itself.
    let door = doors.min_by_key(|door| door.matches('{').count());
    let names = asked.split('&').map(|pair| pair.split('=').next().unwrap());
    let names: BTreeSet<_> = names.collect();
    format!("{}?{names:?}", door.unwrap_or(path))
}

struct Tag<'a> {
    name: &'a str,
    rest: &'a str,
}

impl Tag<'_> {
    fn value(&self, name: &str) -> Option<String> {
        let at = self.rest.find(&format!(" {name}=\""))? + name.len() + 3;
        let value = self.rest[at..].split('"').next()?;
        Some(plain(value))
    }

    fn kind(&self) -> Kind {
        let numeric = self.value("inputmode").as_deref() == Some("numeric");
        match (self.name, self.value("type").as_deref()) {
            ("button", _) => Kind::Button,
            ("option", _) => Kind::Select,
            ("input", Some("hidden")) => Kind::Hidden,
            ("input", Some("radio")) => Kind::Radio,
            ("input", Some("checkbox")) => Kind::Checkbox,
            ("input", _) if numeric => Kind::Number,
            _ => Kind::Text,
        }
    }
}

fn tags(html: &str) -> impl Iterator<Item = Tag<'_>> {
    let parts = html.split('<').skip(1);
    parts.filter_map(|part| {
        let inside = part.split('>').next()?;
        let end = inside.find(char::is_whitespace).unwrap_or(inside.len());
        let (name, rest) = inside.split_at(end);
        Some(Tag { name, rest })
    })
}

fn plain(text: &str) -> String {
    text.replace("&#60;", "<")
        .replace("&#62;", ">")
        .replace("&#34;", "\"")
        .replace("&#39;", "'")
        .replace("&#38;", "&")
}
