//! A person to look for, from a file.

use std::path::Path;

use serde::Deserialize;
use stile_model::id::{Code, SubjectId};
use stile_model::redact::Redacted;
use stile_model::subject::{Address, Born, Identifier, Name, Sex, Subject};

use crate::people::given;
use crate::run::Failure;

/// As an entry of a case; what says nothing of who it is may be left out.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    id: Option<SubjectId>,
    role: Option<Code>,
    names: Vec<Name>,
    born: Option<Born>,
    sex: Option<Sex>,
    #[serde(default)]
    addresses: Vec<Address>,
    #[serde(default)]
    phones: Vec<Redacted<String>>,
    #[serde(default)]
    identifiers: Vec<Identifier>,
}

/// Reads the file, TOML or JSON.
///
/// # Errors
///
/// Names the file, and where in it; never what stands there.
pub(super) fn read(file: &Path) -> Result<Subject, Failure> {
    let text = given(file)?;
    let asked = parse(&text).map_err(|problem| format!("{}: {problem}", file.display()))?;
    let placeholder = |word: &str| Code::new(word);
    Ok(Subject {
        id: match asked.id {
            Some(id) => id,
            None => SubjectId::new("s1")?,
        },
        role: match asked.role {
            Some(role) => role,
            None => placeholder("subject")?,
        },
        names: asked.names,
        born: asked.born,
        sex: asked.sex,
        addresses: asked.addresses,
        phones: asked.phones,
        identifiers: asked.identifiers,
    })
}

fn parse(text: &str) -> Result<Asked, String> {
    if text.trim_start().starts_with('{') {
        let read = serde_json::from_str(text);
        return read.map_err(|error| {
            // Its message may repeat a value.
            let (line, column) = (error.line(), error.column());
            format!("line {line}, column {column}: not a person as in `case.toml`")
        });
    }
    toml::from_str(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        let place = stile_model::place::Place::of(text, at);
        format!("{place}: not a person as a `[[subjects]]` entry of `case.toml` is written")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_person_as_toml_and_as_json() {
        let toml = "names = [{ forenames = \"Mali\", surname = \"Testwood\", kind = \"current\" }]\n\
                    born = { exact = \"2018-05-09\" }\n";
        let json = "{\"names\":[{\"forenames\":\"Mali\",\"surname\":\"Testwood\",\"kind\":\"current\"}],\
                    \"born\":{\"exact\":\"2018-05-09\"}}";

        for text in [toml, json] {
            let asked = parse(text).unwrap_or_else(|problem| panic!("{problem}"));
            assert_eq!(asked.names.len(), 1);
            assert!(asked.born.is_some());
        }
    }

    #[test]
    fn rejects_what_is_no_person_without_repeating_it() {
        for text in [
            "names = [{ forenames = \"Zephyrine\", surname = 7, kind = \"current\" }]",
            "names = []\nsecret_zephyrine = 1",
            "{\"names\": \"zephyrine\"}",
            "{\"names\": [], \"zephyrine\": 1}",
        ] {
            let problem = parse(text).err().unwrap_or_default();
            assert!(!problem.is_empty(), "{text} is read");
            assert!(!problem.to_lowercase().contains("zephyrine"), "{problem}");
        }
    }
}
