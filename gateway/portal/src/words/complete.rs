//! The catalogue is complete: both languages say the same keys with the same variables, every key that
//! a page asks for has words, and none stands there for nobody.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// One message as written: its lines, and the file it stands in.
struct Message {
    area: String,
    text: String,
}

fn crate_folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below `folder` with this ending.
fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![crate_folder().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|is| is == ending) {
                found.push(path);
            }
        }
    }
    found
}

/// The messages of one language by key.
fn messages(language: &str) -> BTreeMap<String, Message> {
    let mut all: BTreeMap<String, Message> = BTreeMap::new();
    for file in files(&format!("locales/{language}"), "ftl") {
        let area = file.file_stem().unwrap().to_str().unwrap().to_owned();
        let mut key = String::new();
        for line in fs::read_to_string(&file).unwrap().lines() {
            if let Some((start, _)) = line.split_once(" =")
                && start.starts_with(|letter: char| letter.is_ascii_lowercase())
            {
                start.clone_into(&mut key);
                let fresh = Message {
                    area: area.clone(),
                    text: String::new(),
                };
                let twice = all.insert(key.clone(), fresh).is_some();
                assert!(!twice, "{language}: `{key}` stands there twice");
            }
            if let Some(message) = all.get_mut(&key).filter(|_| !line.starts_with('#')) {
                message.text.push_str(line);
                message.text.push('\n');
            }
        }
    }
    all
}

/// The variables of a message.
fn variables(text: &str) -> BTreeSet<&str> {
    let name = |rest: &'_ str| {
        rest.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_' && letter != '-')
            .unwrap_or(rest.len())
    };
    text.split('$')
        .skip(1)
        .map(|rest| &rest[..name(rest)])
        .collect()
}

/// Everything that may ask for words: shipped source and templates.
fn sources() -> String {
    let of_tests = |path: &PathBuf| path.ends_with("tests.rs") || path.ends_with("complete.rs");
    let mut paths = files("src", "rs");
    paths.retain(|path| !of_tests(path));
    paths.extend(files("templates", "html"));
    let read = paths.iter().map(|path| fs::read_to_string(path).unwrap());
    read.collect::<Vec<_>>().join("\n")
}

/// What is written between quotes directly behind one of these calls.
fn asked_for(sources: &str, calls: &[&str]) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    for call in calls {
        for rest in sources.split(call).skip(1) {
            let rest = rest.trim_start();
            if let Some(quoted) = rest.strip_prefix('"')
                && let Some((key, _)) = quoted.split_once('"')
            {
                keys.insert(key.to_owned());
            }
        }
    }
    keys
}

/// Texts between quotes that begin with an area and have places for words of the program in them, cut
/// at these places: `"common-part-{}"`.
fn patterns(sources: &str, areas: &BTreeSet<&str>) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for area in areas {
        for rest in sources.split(&format!("\"{area}-")).skip(1) {
            let Some((rest, _)) = rest.split_once('"') else {
                continue;
            };
            if rest.contains('{') && !rest.contains(char::is_whitespace) {
                let text = format!("{area}-{rest}");
                let parts = text.split('{').enumerate().map(|(number, part)| {
                    let literal = if number == 0 {
                        part
                    } else {
                        part.split_once('}').map_or("", |(_, rest)| rest)
                    };
                    literal.to_owned()
                });
                found.push(parts.collect());
            }
        }
    }
    found
}

fn fits(key: &str, pattern: &[String]) -> bool {
    let Some((first, more)) = pattern.split_first() else {
        return false;
    };
    let Some(mut rest) = key.strip_prefix(first.as_str()) else {
        return false;
    };
    for (number, part) in more.iter().enumerate() {
        let last = number + 1 == more.len();
        let at = if last && !part.is_empty() {
            rest.strip_suffix(part.as_str()).map(str::len)
        } else if part.is_empty() {
            Some(rest.len())
        } else {
            rest.find(part.as_str())
        };
        match at {
            Some(at) if at > 0 => rest = rest.get(at + part.len()..).unwrap_or(""),
            _ => return false,
        }
    }
    true
}

/// Everything that stands between two quotation marks and looks like a key or a stem of one.
fn quoted(sources: &str) -> BTreeSet<&str> {
    let is_key =
        |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    sources
        .split('"')
        .filter(|text| !text.is_empty() && text.chars().all(is_key))
        .collect()
}

/// What a key may be put together from: `case-rung` and `case-rung-of` for `case-rung-of-item`. The
/// area alone is no stem.
fn stems_of(key: &str) -> impl Iterator<Item = &str> {
    key.match_indices('-').skip(1).map(|(at, _)| &key[..at])
}

#[test]
fn both_languages_have_the_same_keys_in_the_same_files() {
    let (english, welsh) = (messages("en"), messages("cy"));

    let missing: Vec<&String> = english
        .keys()
        .filter(|key| !welsh.contains_key(*key))
        .collect();
    let extra: Vec<&String> = welsh
        .keys()
        .filter(|key| !english.contains_key(*key))
        .collect();

    assert!(missing.is_empty(), "no Welsh words for {missing:?}");
    assert!(extra.is_empty(), "no English words for {extra:?}");
    for (key, message) in &english {
        assert_eq!(
            message.area, welsh[key].area,
            "`{key}` stands in different files"
        );
    }
}

#[test]
fn both_languages_have_the_same_variables() {
    let (english, welsh) = (messages("en"), messages("cy"));

    let differ: Vec<&String> = english
        .iter()
        .filter(|(key, message)| {
            welsh
                .get(*key)
                .is_some_and(|other| variables(&message.text) != variables(&other.text))
        })
        .map(|(key, _)| key)
        .collect();

    assert!(differ.is_empty(), "other variables in Welsh: {differ:?}");
}

#[test]
fn a_key_begins_with_the_name_of_its_file() {
    for (key, message) in messages("en") {
        let stem = format!("{}-", message.area);

        assert!(
            key.starts_with(&stem),
            "`{key}` stands in {}.ftl",
            message.area
        );
    }
}

#[test]
fn every_key_that_a_page_asks_for_has_words() {
    let english = messages("en");
    let asked = asked_for(
        &sources(),
        &[
            ".say(",
            ".count(",
            ".about(",
            "words.with(",
            "words().with(",
        ],
    );

    let silent: Vec<&String> = asked
        .iter()
        .filter(|key| !key.contains('{') && !english.contains_key(*key))
        .collect();

    assert!(asked.len() > 50, "only {} calls were found", asked.len());
    assert!(silent.is_empty(), "no words for {silent:?}");
}

#[test]
fn no_words_stand_there_for_nobody() {
    let english = messages("en");
    let sources = sources();
    let areas: BTreeSet<&str> = english
        .values()
        .map(|message| message.area.as_str())
        .collect();
    let patterns = patterns(&sources, &areas);
    let quoted = quoted(&sources);
    let unused: Vec<&String> = english
        .keys()
        .filter(|key| {
            !quoted.contains(key.as_str())
                && !patterns.iter().any(|pattern| fits(key, pattern))
                && !stems_of(key).any(|stem| quoted.contains(stem))
        })
        .collect();

    assert!(unused.is_empty(), "nobody says {unused:?}");
}

#[test]
fn welsh_counts_in_its_own_plural_forms() {
    // CLDR: zero, one, two, few (3), many (6), other.
    let forms = ["[zero]", "[one]", "[two]", "[few]", "[many]", "*[other]"];
    let english = messages("en");
    let counts = |message: &Message| message.text.contains("[one]");

    let short: Vec<String> = messages("cy")
        .into_iter()
        .filter(|(key, message)| counts(message) || english.get(key).is_some_and(counts))
        .filter(|(_, message)| forms.iter().any(|form| !message.text.contains(form)))
        .map(|(key, _)| key)
        .collect();

    assert!(short.is_empty(), "not all six forms in Welsh: {short:?}");
}

#[test]
fn a_pattern_fits_whole_keys_only() {
    let pattern = vec!["common-trouble-".to_owned(), "-what".to_owned()];

    assert!(fits("common-trouble-broken-what", &pattern));
    assert!(!fits("common-trouble-broken", &pattern));
    assert!(!fits(
        "common-trouble--what",
        &["common-trouble-x".to_owned(), "-what".to_owned()]
    ));
    assert!(fits(
        "common-part-auditor",
        &["common-part-".to_owned(), String::new()]
    ));
    assert!(!fits(
        "common-part-",
        &["common-part-".to_owned(), String::new()]
    ));
}
