//! One request as the mapping writes it: a path or a body with places for what is asked about.
//!
//! A name, a date of birth or a postcode goes only into a body: servers write addresses into their
//! logs. A key may stand in a path, since that is how such servers name one person.

use stile_model::id::Code;

use super::super::super::file::table::{Keys, Reader};

/// One request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Below the base; begins with a slash.
    pub path: Template,
    /// What is sent; `None` with `GET`.
    pub body: Option<Body>,
}

/// A body of named texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    /// As one JSON object, or else as a form.
    pub json: bool,
    /// Each with its name.
    pub fields: Vec<(String, Template)>,
}

/// A text with places for what is asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template(pub Vec<Piece>);

/// A part of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// A place for what is asked about.
    Slot(Slot),
    /// Itself.
    Text(String),
}

/// What a place of a template is for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Slot {
    /// A date of birth, as ISO 8601.
    Born,
    /// Forenames.
    Forename,
    /// An identifier of this scheme.
    Identifier(Code),
    /// The key of one person.
    Key,
    /// A telephone number.
    Phone,
    /// A postcode.
    Postcode,
    /// A surname.
    Surname,
}

impl Request {
    /// What the request has places for, each once.
    pub(crate) fn slots(&self) -> Vec<&Slot> {
        let fields = self.body.iter().flat_map(|body| &body.fields);
        let templates = fields.map(|(_, text)| text).chain([&self.path]);
        let mut slots: Vec<_> = templates.flat_map(Template::slots).collect();
        slots.sort_unstable();
        slots.dedup();
        slots
    }
}

impl Template {
    fn slots(&self) -> impl Iterator<Item = &Slot> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Slot(slot) => Some(slot),
            Piece::Text(_) => None,
        })
    }

    /// The text with each place filled by `fill`.
    pub(crate) fn filled(&self, fill: impl Fn(&Slot) -> String) -> String {
        let pieces = self.0.iter().map(|piece| match piece {
            Piece::Slot(slot) => fill(slot),
            Piece::Text(text) => text.clone(),
        });
        pieces.collect()
    }
}

/// What a request is for, which decides what it may have places for.
#[derive(Clone, Copy)]
pub(super) enum Wanted<'a> {
    Anybody,
    Person,
    /// With the schemes of identifiers that are mapped.
    Search(&'a [Code]),
}

impl Wanted<'_> {
    fn slot(self, word: &str) -> Option<Slot> {
        match self {
            Self::Anybody => None,
            Self::Person => (word == "key").then_some(Slot::Key),
            Self::Search(schemes) => match word {
                "born" => Some(Slot::Born),
                "forename" => Some(Slot::Forename),
                "phone" => Some(Slot::Phone),
                "postcode" => Some(Slot::Postcode),
                "surname" => Some(Slot::Surname),
                _ => {
                    let scheme = schemes.iter().find(|scheme| scheme.as_str() == word);
                    scheme.cloned().map(Slot::Identifier)
                }
            },
        }
    }

    fn words(self) -> Vec<String> {
        let own: &[&str] = match self {
            Self::Anybody => &[],
            Self::Person => &["key"],
            Self::Search(_) => &["born", "forename", "phone", "postcode", "surname"],
        };
        let schemes = match self {
            Self::Search(schemes) => schemes,
            Self::Anybody | Self::Person => &[],
        };
        let own = own.iter().map(|word| (*word).to_owned());
        own.chain(schemes.iter().map(|scheme| scheme.as_str().to_owned()))
            .collect()
    }
}

/// The request at `key`, if there is one.
pub(super) fn one(
    reader: &mut Reader<'_>,
    keys: &Keys<'_>,
    key: &str,
    wanted: Wanted<'_>,
) -> Option<Request> {
    let table = keys.table(reader, key, false)?;
    request(reader, &table, wanted)
}

/// The requests at `key`, at most 8.
pub(super) fn several(
    reader: &mut Reader<'_>,
    keys: &Keys<'_>,
    key: &str,
    wanted: Wanted<'_>,
) -> Vec<Request> {
    let tables = keys.tables(reader, key, 8);
    tables
        .iter()
        .filter_map(|table| request(reader, table, wanted))
        .collect()
}

fn request(reader: &mut Reader<'_>, keys: &Keys<'_>, wanted: Wanted<'_>) -> Option<Request> {
    keys.only(reader, &["form", "get", "json", "post"]);
    let method = match (keys.position("get"), keys.position("post")) {
        (Some(_), None) => "get",
        (None, Some(_)) => "post",
        _ => {
            reader.report(
                keys.at,
                "a request has one of `get` and `post`, with a path",
            );
            return None;
        }
    };
    let path = keys.text(reader, method, true)?;
    let at = keys.position(method).unwrap_or(keys.at);
    if !is_path(path) {
        let problem = format!("`{method}` must be a path below `base` that begins with `/`");
        reader.report(at, &problem);
    }
    // In an address only a key may stand.
    let in_path = match wanted {
        Wanted::Search(_) => Wanted::Anybody,
        Wanted::Anybody | Wanted::Person => wanted,
    };
    let path = template(reader, at, path, in_path);
    let body = (method == "post").then(|| body(reader, keys, wanted));
    if method == "get" && (keys.position("form").is_some() || keys.position("json").is_some()) {
        reader.report(at, "`get` sends no body; use `post` with `form` or `json`");
    }
    let request = Request {
        path: path?,
        body: match body {
            Some(body) => Some(body?),
            None => None,
        },
    };
    let complete = matches!(wanted, Wanted::Anybody) || !request.slots().is_empty();
    if !complete {
        let words = wanted.words().join("}`, `{");
        let problem = format!("the request asks about nobody; put in `{{{words}}}`");
        reader.report(at, &problem);
    }
    Some(request)
}

/// A path with perhaps a query, of signs that an address may have; braces are places.
fn is_path(path: &str) -> bool {
    let plain = path.replace(['{', '}'], "x");
    let signs = plain
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && byte != b'#');
    let uri = format!("http://x{plain}").parse::<hyper::Uri>();
    plain.starts_with('/') && !plain.starts_with("//") && signs && uri.is_ok()
}

fn body(reader: &mut Reader<'_>, keys: &Keys<'_>, wanted: Wanted<'_>) -> Option<Body> {
    let (form, json) = (keys.position("form"), keys.position("json"));
    if form.is_some() == json.is_some() {
        reader.report(keys.at, "`post` needs one of `form` and `json`");
        return None;
    }
    let key = if json.is_some() { "json" } else { "form" };
    let table = keys.table(reader, key, true)?;
    let names: Vec<_> = table.names().collect();
    let fields = names
        .into_iter()
        .filter_map(|(name, at)| {
            let text = table.text(reader, name, true)?;
            Some((name.to_owned(), template(reader, at, text, wanted)?))
        })
        .collect();
    Some(Body {
        json: json.is_some(),
        fields,
    })
}

/// Reads `text{word}text`.
fn template(
    reader: &mut Reader<'_>,
    at: usize,
    text: &str,
    wanted: Wanted<'_>,
) -> Option<Template> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((word, behind)) = after.split_once('}') else {
            reader.report(at, "a `{` is not closed; a place is written `{key}`");
            return None;
        };
        if !before.is_empty() {
            pieces.push(Piece::Text(before.to_owned()));
        }
        let Some(slot) = wanted.slot(word) else {
            let words = wanted.words();
            let what =
                "is nothing that can stand here (names, dates and postcodes stand only in a body)";
            reader.unknown(at, word, what, words.iter().map(String::as_str));
            return None;
        };
        pieces.push(Piece::Slot(slot));
        rest = behind;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest.to_owned()));
    }
    Some(Template(pieces))
}
