//! The files people copy: every sample in `config/`, every template in `policies/` and every TOML
//! example in `docs/` is read here, so that none can rot or teach a bad habit.

use std::path::Path;

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
                if value.is_str() && holds_a_secret(key) {
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

/// The fenced blocks of one language in a Markdown text, each with the line it starts on.
fn fenced<'a>(text: &'a str, language: &str) -> Vec<(usize, String)> {
    let open = format!("```{language}");
    let mut blocks = Vec::new();
    let mut current: Option<(usize, Vec<&'a str>)> = None;
    for (number, line) in text.lines().enumerate() {
        match &mut current {
            Some((start, lines)) if line.trim() == "```" => {
                blocks.push((*start, lines.join("\n")));
                current = None;
            }
            Some((_, lines)) => lines.push(line),
            None if line.trim() == open => current = Some((number + 1, Vec::new())),
            None => {}
        }
    }
    blocks
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
        for (line, block) in fenced(file.text.as_deref().unwrap_or_default(), "toml") {
            let parsed = block.parse::<toml::Table>();
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
}

#[test]
fn finds_each_fenced_block_and_where_it_starts() {
    let text = "a\n```toml\nb = 1\n```\n```bash\nls\n```\n";

    assert_eq!(fenced(text, "toml"), [(2, "b = 1".to_owned())]);
}
