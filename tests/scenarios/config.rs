//! The files people copy: every sample in `config/`, every template in `policies/` and every TOML
//! example in `docs/` is read here, so that none can rot or teach a bad habit.

use std::path::Path;

use stile_cli::config::{AgencyConfig, HubConfig, read};
use stile_cli::people::RawPerson;
use stile_cli::run::Failure;
use stile_cli::source::read_mapping;
use stile_exchange::hub::{OpenCase, Raise};
use stile_model::id::Code;
use stile_model::vocabulary::Vocabulary;

use crate::fences::{Fence, fences};
use crate::tree;

/// Keys that would hold a secret; only `…_file`, the path to one, may be written.
const SECRET_KEYS: &[&str] = &["key", "passphrase", "password", "secret", "token", "url"];

/// Every secret written inline: a telling key with a value, or a URL with credentials.
fn inline_secrets(path: &str, value: &toml::Value) -> Vec<String> {
    match value {
        toml::Value::Table(table) => table
            .iter()
            .flat_map(|(key, value)| {
                let here = format!("{path}.{key}");
                let mut found = inline_secrets(&here, value);
                // Which token: its label, which whoever sees the token reads.
                let is_label = path.ends_with(".pkcs11") && key == "token";
                if value.is_str() && holds_a_secret(key) && !is_label {
                    found.push(format!("`{here}` is written inline; use `{key}_file`"));
                }
                found
            })
            .collect(),
        toml::Value::Array(values) => values
            .iter()
            .flat_map(|value| inline_secrets(path, value))
            .collect(),
        toml::Value::String(text) if has_credentials(text) => {
            vec![format!("`{path}` is a URL with credentials")]
        }
        toml::Value::String(_)
        | toml::Value::Integer(_)
        | toml::Value::Float(_)
        | toml::Value::Boolean(_)
        | toml::Value::Datetime(_) => Vec::new(),
    }
}

fn holds_a_secret(key: &str) -> bool {
    SECRET_KEYS.iter().any(|word| match key.strip_suffix(word) {
        // `person.key` and `category.key` of a mapping name a column, not a secret.
        Some("") => *word != "key",
        Some(before) => before.ends_with('_'),
        None => false,
    })
}

fn has_credentials(text: &str) -> bool {
    let Some((_, rest)) = text.split_once("://") else {
        return false;
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    authority
        .split_once('@')
        .is_some_and(|(user, _)| user.contains(':'))
}

fn is_toml(path: &str) -> bool {
    Path::new(path)
        .extension()
        .is_some_and(|extension| extension == "toml")
}

#[test]
fn every_sample_and_template_is_toml_without_an_inline_secret() {
    let mut read = 0;
    for file in tree::files() {
        if (file.path.starts_with("config/") || file.path.starts_with("policies/"))
            && is_toml(&file.path)
        {
            let text = file.text.as_deref().expect("a TOML file is text");
            let table: toml::Table = text
                .parse()
                .unwrap_or_else(|error| panic!("`{}`: {error}", file.path));
            let found = inline_secrets(&file.path, &toml::Value::Table(table));
            assert!(found.is_empty(), "{}", found.join("\n"));
            read += 1;
        }
    }

    assert!(read > 0, "no sample was found");
}

#[test]
fn every_toml_example_in_the_documents_parses() {
    for file in tree::files()
        .iter()
        .filter(|file| file.path.ends_with(".md"))
    {
        let blocks = fences(file.text.as_deref().unwrap_or_default());
        for Fence { line, body, .. } in blocks.iter().filter(|block| block.language == "toml") {
            let parsed = body.parse::<toml::Table>();
            let table =
                parsed.unwrap_or_else(|error| panic!("`{}` line {line}: {error}", file.path));
            let found = inline_secrets(&file.path, &toml::Value::Table(table));
            assert!(found.is_empty(), "{}", found.join("\n"));
        }
    }
}

#[test]
fn the_shared_vocabulary_is_one_the_program_accepts() {
    let text = tree::read("policies/vocabulary.toml");

    let vocabulary = stile_model::vocabulary::Vocabulary::parse("policies/vocabulary.toml", &text);

    assert!(vocabulary.is_ok(), "{}", vocabulary.unwrap_err());
}

/// Reads a sample as the program does.
fn read_sample(name: &str, path: &Path) -> Result<(), Failure> {
    match name.trim_start_matches("minimal/") {
        "agency.toml" => AgencyConfig::read(path).map(drop),
        "case.toml" => read::<OpenCase>(path).map(drop),
        "enquire.toml" => read::<Raise>(path).map(drop),
        "hub.toml" => HubConfig::read(path).map(drop),
        "person.toml" => read::<RawPerson>(path).map(drop),
        "sources.toml" => {
            let text = tree::read("policies/vocabulary.toml");
            let vocabulary = Vocabulary::parse("policies/vocabulary.toml", &text)?;
            let kind = if name.starts_with("minimal/") {
                "education"
            } else {
                "police"
            };
            read_mapping(path, &vocabulary, &Code::new(kind)?).map(drop)
        }
        other => Err(format!("no part of the program reads `{other}`").into()),
    }
}

/// Every sample by its name in `config/`.
fn samples() -> Vec<(String, String)> {
    tree::files()
        .into_iter()
        .filter_map(|file| {
            let name = file.path.strip_prefix("config/")?.to_owned();
            // What is for other programs stands beside.
            if !is_toml(&name) {
                return None;
            }
            Some((name, file.text.expect("a sample is text")))
        })
        .collect()
}

#[test]
fn the_program_accepts_every_sample() {
    let samples = samples();

    for (name, _) in &samples {
        let accepted = read_sample(name, &tree::root().join("config").join(name));

        assert!(accepted.is_ok(), "config/{name}: {}", accepted.unwrap_err());
    }
    assert!(samples.len() >= 9, "only {} samples", samples.len());
}

/// A key that nothing knows.
const UNKNOWN: &str = "zzz";

/// Every table within a value, as the path of keys and places that leads to it.
fn tables(value: &toml::Value, path: &mut Vec<String>, found: &mut Vec<Vec<String>>) {
    match value {
        toml::Value::Table(table) => {
            found.push(path.clone());
            for (key, value) in table {
                path.push(key.clone());
                tables(value, path, found);
                path.pop();
            }
        }
        toml::Value::Array(values) => {
            for (place, value) in values.iter().enumerate() {
                path.push(place.to_string());
                tables(value, path, found);
                path.pop();
            }
        }
        _ => {}
    }
}

fn table_at<'a>(value: &'a mut toml::Value, path: &[String]) -> &'a mut toml::Table {
    let within = path.iter().fold(value, |value, step| match value {
        toml::Value::Array(values) => &mut values[step.parse::<usize>().unwrap()],
        other => &mut other[step.as_str()],
    });
    within.as_table_mut().expect("the path leads to a table")
}

/// The words in backticks or after `allowed: ` that a refusal of [`UNKNOWN`] offers instead.
fn offered(refusal: &str) -> Vec<String> {
    let words = |text: &str| -> Vec<String> {
        text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
            .filter(|word| !word.is_empty() && *word != "or")
            .map(str::to_owned)
            .collect()
    };
    for intro in [
        "unknown field `zzz`, expected one of ",
        "unknown field `zzz`, expected ",
    ] {
        if let Some((_, rest)) = refusal.split_once(intro) {
            return words(rest);
        }
    }
    refusal
        .split_once("is not a key of")
        .and_then(|(_, rest)| rest.split_once("; allowed: "))
        .map_or_else(Vec::new, |(_, rest)| {
            words(
                rest.lines()
                    .next()
                    .unwrap_or_default()
                    .split(" (did")
                    .next()
                    .unwrap_or_default(),
            )
        })
}

#[test]
fn every_full_sample_shows_every_key_the_program_knows() {
    let folder = tempfile::tempdir().unwrap();
    let mut asked = 0;
    for (name, text) in samples() {
        if name.contains('/') {
            continue;
        }
        let whole = toml::Value::Table(text.parse().unwrap());
        let mut paths = Vec::new();
        tables(&whole, &mut Vec::new(), &mut paths);
        for path in paths {
            let mut changed = whole.clone();
            let table = table_at(&mut changed, &path);
            let shown: Vec<String> = table.keys().cloned().collect();
            table.insert(UNKNOWN.to_owned(), toml::Value::Boolean(true));
            let file = folder.path().join("sample.toml");
            std::fs::write(&file, toml::to_string(&changed).unwrap()).unwrap();

            let refusal = read_sample(&name, &file).expect_err("an unknown key is refused");

            for key in offered(&refusal.to_string()) {
                let commented = text.contains(&format!("{key} = "));
                assert!(
                    shown.contains(&key) || commented,
                    "config/{name} does not show `{}{key}`",
                    path.iter()
                        .map(|part| format!("{part}."))
                        .collect::<String>()
                );
                asked += 1;
            }
        }
    }
    assert!(
        asked > 100,
        "only {asked} keys were looked for: has the refusal changed?"
    );
}

#[test]
fn refuses_a_password_written_into_a_sample() {
    let inline: toml::Table = "[source.a]\nurl = \"postgres://u@h/d\"".parse().unwrap();
    let hidden: toml::Table = "[source.a]\nplace = \"postgres://u:p@h/d\""
        .parse()
        .unwrap();
    let by_path: toml::Table = "[source.a]\nurl_file = \"/etc/stile/a.url\""
        .parse()
        .unwrap();

    assert_eq!(inline_secrets("s", &toml::Value::Table(inline)).len(), 1);
    assert_eq!(inline_secrets("s", &toml::Value::Table(hidden)).len(), 1);
    assert!(inline_secrets("s", &toml::Value::Table(by_path)).is_empty());
    let a_label = "key = { pkcs11 = { token = \"stile\", pin_file = \"pin\" } }";
    let a_pin = "key = { pkcs11 = { token = \"stile\", secret = \"1234\" } }";
    let of = |text: &str| inline_secrets("s", &toml::Value::Table(text.parse().unwrap()));
    assert!(of(a_label).is_empty());
    assert_eq!(of(a_pin).len(), 1);
}

#[test]
fn the_services_let_a_gateway_write_what_the_samples_have_it_fetch() {
    for role in ["agency", "hub"] {
        let sample: toml::Table = tree::read(&format!("config/{role}.toml")).parse().unwrap();
        let unit = tree::read(&format!("config/systemd/stile-{role}.service"));
        let paths = |key: &str| -> Vec<String> {
            let lines = unit.lines().filter_map(|line| line.strip_prefix(key));
            let paths = lines.flat_map(|line| line.trim_start_matches('=').split(' '));
            paths
                .map(|path| path.trim_start_matches('-').to_owned())
                .collect()
        };
        let (written, read) = (paths("ReadWritePaths"), paths("ReadOnlyPaths"));
        assert!(!written.is_empty() && !read.is_empty());
        let path = |table: &str, key: &str| {
            let file = sample[table][key].as_str().unwrap();
            Path::new("/etc/stile").join(file)
        };
        let writes = |file: &Path| {
            let lets = written.iter().any(|folder| file.starts_with(folder));
            lets && !read.iter().any(|folder| file.starts_with(folder))
        };

        for (table, key) in [("tls", "chain"), ("tls", "crl"), ("directory", "file")] {
            assert!(writes(&path(table, key)), "{role}: {table}.{key}");
        }
        for (table, key) in [("tls", "roots"), ("directory", "operator")] {
            assert!(!writes(&path(table, key)), "{role}: {table}.{key}");
        }
    }
}
