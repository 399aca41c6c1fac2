//! The rules of the house: what may stand at the top, what every file and manifest must keep to.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use crate::tree;

/// Everything at the top of the tree; dotfiles and the build folder apart.
const TOP: &[&str] = &[
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "README.md",
    "certs",
    "config",
    "docs",
    "gateway",
    "policies",
    "tests",
];

/// Longest source file that needs no row in [`LONG_FILES`], in lines above the tests.
const LONG: usize = 400;

/// Files that are longer, each with the reason.
const LONG_FILES: &[(&str, &str)] = &[];

/// What the module doc of every `lib.rs` must hold, in this order.
const PARTS: &[&str] = &[
    "**Does:**",
    "**Leaves to others:**",
    "**Format:**",
    "**Source:**",
];

#[test]
fn the_top_level_holds_exactly_the_allowed_names() {
    let found: BTreeSet<_> = fs::read_dir(tree::root())
        .expect("the top of the tree can be read")
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .filter(|name| !name.starts_with('.') && name != "target")
        .collect();

    let allowed: BTreeSet<_> = TOP.iter().map(|name| (*name).to_owned()).collect();

    let extra: Vec<_> = found.difference(&allowed).collect();
    let missing: Vec<_> = allowed.difference(&found).collect();
    assert!(
        extra.is_empty() && missing.is_empty(),
        "extra: {extra:?}, missing: {missing:?}"
    );
}

/// Entries of `[workspace.dependencies]` whose comment does not name them.
///
/// A comment heads a run of entries and says, before its colon, what each is: an entry is named
/// when its name is one of those words or begins with one (`tracing` names `tracing-subscriber`).
fn unexplained(manifest: &str) -> Vec<String> {
    let mut inside = false;
    let mut comment = String::new();
    let mut after_entry = false;
    let mut found = Vec::new();
    for line in manifest.lines().map(str::trim) {
        if line.starts_with('[') {
            inside = line == "[workspace.dependencies]";
        } else if !inside {
        } else if line.is_empty() {
            comment.clear();
        } else if let Some(text) = line.strip_prefix('#') {
            if after_entry {
                comment.clear();
            }
            comment.push_str(text);
            after_entry = false;
        } else if let Some((name, value)) = line.split_once('=') {
            after_entry = true;
            if !names(&comment, name.trim(), value) {
                found.push(name.trim().to_owned());
            }
        }
    }
    found
}

fn names(comment: &str, name: &str, value: &str) -> bool {
    if value.contains("path =") {
        return !comment.is_empty();
    }
    let Some((subjects, reason)) = comment.split_once(':') else {
        return false;
    };
    reason.trim().len() > 5
        && subjects
            .split([',', ' '])
            .filter(|word| !word.is_empty() && *word != "and")
            .any(|word| name == word || name.starts_with(&format!("{word}-")))
}

#[test]
fn every_dependency_of_the_workspace_has_its_reason() {
    let found = unexplained(&tree::read("Cargo.toml"));

    assert!(
        found.is_empty(),
        "no reason comment in Cargo.toml for {found:?}"
    );
}

#[test]
fn refuses_a_dependency_without_a_reason() {
    let bare = "[workspace.dependencies]\nserde = \"1\"\n";
    let another =
        "[workspace.dependencies]\n# toml: files with spans.\ntoml = \"1\"\nserde = \"1\"\n";
    let good =
        "[workspace.dependencies]\n# serde, toml: every document.\nserde = \"1\"\ntoml = \"1\"\n";

    assert_eq!(unexplained(bare), ["serde"]);
    assert_eq!(unexplained(another), ["serde"]);
    assert!(unexplained(good).is_empty());
}

/// Whether a version or requirement names a pre-release; build metadata after `+` does not.
fn is_pre_release(version: &str) -> bool {
    let core = version.split('+').next().unwrap_or_default();
    core.trim_start_matches(['=', '^', '~', '>', '<', ' '])
        .contains('-')
}

#[test]
fn no_dependency_is_a_pre_release() {
    let manifest: toml::Table = tree::read("Cargo.toml")
        .parse()
        .expect("Cargo.toml is TOML");
    let wanted = manifest["workspace"]["dependencies"]
        .as_table()
        .expect("a table");
    let lock: toml::Table = tree::read("Cargo.lock")
        .parse()
        .expect("Cargo.lock is TOML");
    let locked = lock["package"].as_array().expect("a list of packages");

    for (name, entry) in wanted {
        let version = entry.as_str().or_else(|| entry.get("version")?.as_str());
        assert!(
            !version.is_some_and(is_pre_release),
            "`{name}` wants {version:?}"
        );
    }
    for package in locked {
        let version = package["version"].as_str().expect("a version");
        assert!(
            !is_pre_release(version),
            "{} is locked to {version}",
            package["name"]
        );
    }
}

#[test]
fn tells_a_pre_release_from_a_release_with_build_metadata() {
    assert!(is_pre_release("1.0.0-alpha.124"));
    assert!(is_pre_release("=0.24.0-dev.2"));
    assert!(!is_pre_release("1.2.1+spec-1.1.0"));
    assert!(!is_pre_release("=2.20.0"));
}

/// Paths that exist only on the machine where a file was written.
fn machine_paths(text: &str) -> Vec<&'static str> {
    // In two halves, so that this file does not trip over itself.
    const FOLDERS: &[&str] = &[concat!("/wo", "rk/"), concat!("/ro", "ot/")];
    let starts_a_path = |before: &str| {
        !before.ends_with(|c: char| c.is_ascii_alphanumeric() || "._-~*}])".contains(c))
    };
    FOLDERS
        .iter()
        .copied()
        .filter(|folder| {
            text.match_indices(folder)
                .any(|(at, _)| starts_a_path(&text[..at]))
        })
        .collect()
}

#[test]
fn no_file_names_a_path_of_the_machine_it_was_written_on() {
    let mut found = Vec::new();
    for file in tree::files() {
        for folder in machine_paths(file.text.as_deref().unwrap_or_default()) {
            found.push(format!("`{}` contains `{folder}`", file.path));
        }
    }

    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn finds_an_absolute_path_but_not_a_folder_of_the_same_name() {
    assert_eq!(
        machine_paths(concat!("see /wo", "rk/notes")),
        [concat!("/wo", "rk/")]
    );
    assert!(machine_paths(concat!("certs/ro", "ot/ca.pem")).is_empty());
}

#[test]
fn nothing_is_left_to_be_done_later() {
    const PLACEHOLDERS: &[&str] = &[concat!("to", "do!("), concat!("unimpl", "emented!(")];
    let mut found = Vec::new();
    for file in tree::files()
        .iter()
        .filter(|file| file.path.ends_with(".rs"))
    {
        let text = file.text.as_deref().unwrap_or_default();
        for word in PLACEHOLDERS.iter().filter(|word| text.contains(**word)) {
            found.push(format!("`{}` contains `{word}`", file.path));
        }
    }

    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn every_long_file_has_a_reason_and_every_reason_a_long_file() {
    let mut long = BTreeSet::new();
    for file in tree::files() {
        if file.path.ends_with(".rs") && !tree::is_test_file(&file.path) {
            let lines = tree::production(file.text.as_deref().unwrap_or_default())
                .lines()
                .count();
            if lines > LONG {
                long.insert(file.path);
            }
        }
    }

    let excused: BTreeSet<_> = LONG_FILES
        .iter()
        .map(|(path, _)| (*path).to_owned())
        .collect();

    let without: Vec<_> = long.difference(&excused).collect();
    let stale: Vec<_> = excused.difference(&long).collect();
    assert!(
        without.is_empty(),
        "longer than {LONG} lines without a reason: {without:?}"
    );
    assert!(stale.is_empty(), "excused but not long: {stale:?}");
    assert!(
        LONG_FILES.iter().all(|(_, reason)| reason.len() > 20),
        "a reason is too short"
    );
}

/// The parts that the module doc at the head of a `lib.rs` lacks or has out of order.
fn missing_parts(text: &str) -> Vec<&'static str> {
    let doc: String = text
        .lines()
        .take_while(|line| line.starts_with("//!"))
        .collect();
    let mut from = 0;
    let mut missing = Vec::new();
    for part in PARTS.iter().copied() {
        match doc[from..].find(part) {
            Some(at) => from += at + part.len(),
            None => missing.push(part),
        }
    }
    missing
}

#[test]
fn every_lib_opens_with_what_it_does_leaves_formats_and_rests_on() {
    let mut found = Vec::new();
    for file in tree::files() {
        if file.path.starts_with("gateway/") && file.path.ends_with("/src/lib.rs") {
            let missing = missing_parts(file.text.as_deref().unwrap_or_default());
            if !missing.is_empty() {
                found.push(format!("`{}` lacks {missing:?}", file.path));
            }
        }
    }

    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn refuses_a_lib_whose_parts_are_missing_or_out_of_order() {
    let swapped =
        "//! **Leaves to others:** b\n//! **Does:** a\n//! **Format:** c\n//! **Source:** d\n";
    let good =
        "//! **Does:** a\n//! **Leaves to others:** b\n//! **Format:** c\n//! **Source:** d\n";

    assert_eq!(missing_parts("//! placeholder\n"), PARTS);
    assert_eq!(missing_parts(swapped), ["**Leaves to others:**"]);
    assert!(missing_parts(good).is_empty());
}

/// The name under which each type of a source that derives `ToSchema` stands in the published documents.
fn schema_names(text: &str) -> Vec<String> {
    let renamed =
        regex::Regex::new(r"#\[schema\([^\n]*\bas = ([A-Za-z0-9_:]+)").expect("a pattern");
    let named = regex::Regex::new(r"(?m)^\s*(?:pub(?:\([a-z]+\))? )?(?:struct|enum) (\w+)")
        .expect("a pattern");
    let mut found = Vec::new();
    for rest in text.split("derive(").skip(1) {
        let (derived, rest) = rest.split_once(')').expect("a list of traits ends");
        if !derived
            .split([',', ':'])
            .any(|name| name.trim() == "ToSchema")
        {
            continue;
        }
        let item = named.captures(rest).expect("a type follows");
        let between = &rest[..item.get(0).expect("a match").start()];
        let name = renamed.captures(between).unwrap_or(item);
        found.push(name[1].to_owned());
    }
    found
}

#[test]
fn no_two_types_of_the_published_documents_share_a_name() {
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for file in tree::files() {
        let of_the_product = file.path.starts_with("gateway/") && file.path.ends_with(".rs");
        if of_the_product && !tree::is_test_file(&file.path) {
            let text = file.text.as_deref().unwrap_or_default();
            for name in schema_names(tree::production(text)) {
                places.entry(name).or_default().push(file.path.clone());
            }
        }
    }

    assert!(places.len() > 100, "only {} are found", places.len());
    places.retain(|_, files| files.len() > 1);
    assert!(
        places.is_empty(),
        "one of each would hide the others; say `schema(as = …)`: {places:?}"
    );
}

#[test]
fn finds_the_schema_name_of_every_type_that_has_one() {
    let text = "#[derive(Debug, utoipa::ToSchema)]\n#[serde(deny_unknown_fields)]\npub struct A {}\n\
        #[derive(\n    Debug,\n    ToSchema,\n)]\n#[schema(as = CaseB)]\n/// an enum of b\npub(crate) enum B {}\n\
        #[derive(Debug)]\nstruct C;\n#[cfg_attr(feature = \"x\", derive(ToSchema))]\nenum D {}\n";

    assert_eq!(schema_names(text), ["A", "CaseB", "D"]);
}

/// The relative targets of the links in a Markdown text, without their anchors; code apart.
fn links(text: &str) -> Vec<&str> {
    let mut in_code = false;
    let mut found = Vec::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        } else if !in_code {
            let targets = line
                .split("](")
                .skip(1)
                .filter_map(|rest| rest.split_once(')'));
            let targets = targets.map(|(target, _)| target.split('#').next().unwrap_or_default());
            found.extend(targets.filter(|target| !target.is_empty() && !target.contains("://")));
        }
    }
    found
}

#[test]
fn every_link_in_a_document_leads_somewhere() {
    let mut broken = Vec::new();
    for file in tree::files()
        .iter()
        .filter(|file| file.path.ends_with(".md"))
    {
        let folder = tree::root().join(&file.path);
        let folder = folder.parent().expect("a file has a folder");
        for target in links(file.text.as_deref().unwrap_or_default()) {
            if !folder.join(target).exists() {
                broken.push(format!("`{}` links to `{target}`", file.path));
            }
        }
    }

    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn finds_links_but_not_addresses_anchors_or_code() {
    let text = "[a](b.md#c) [d](https://e.org) [f](#g)\n```text\n[h](i)\n```\n[j](../k.md)";

    assert_eq!(links(text), ["b.md", "../k.md"]);
}

/// The names in back-quotes in the last column of a table, where they look like a test's: a
/// sentence of at least three words.
fn tests_named(text: &str) -> Vec<&str> {
    text.lines()
        .filter(|line| line.starts_with("| T") || line.starts_with("| **"))
        .filter_map(|line| line.trim_end_matches([' ', '|']).rsplit_once(" | "))
        .flat_map(|(_, tests)| tests.split('`').skip(1).step_by(2))
        .filter(|name| name.matches('_').count() >= 2)
        .collect()
}

#[test]
fn every_test_that_the_threat_model_or_presence_names_exists() {
    let model = ["docs/threat-model.md", "docs/presence.md"]
        .map(tree::read)
        .concat();
    let sources: Vec<_> = tree::files()
        .into_iter()
        .filter(|file| file.path.ends_with(".rs"))
        .filter_map(|file| file.text)
        .collect();

    let named = tests_named(&model);
    let missing: Vec<_> = named
        .iter()
        .filter(|name| {
            !sources
                .iter()
                .any(|text| text.contains(&format!("fn {name}(")))
        })
        .collect();

    assert!(named.len() > 20, "only {} tests are named", named.len());
    assert!(missing.is_empty(), "no such test: {missing:?}");
}

#[test]
fn finds_test_names_in_the_last_column_only() {
    let text =
        "| T1 | `a_b_c` | d | `e_f_g`, `h`; not yet |\n| A1 | `i_j_k` |\n| **l** | `m_n_o` |";

    assert_eq!(tests_named(text), ["e_f_g", "m_n_o"]);
}

#[test]
fn the_licence_is_the_one_the_manifest_names() {
    let manifest: toml::Table = tree::read("Cargo.toml")
        .parse()
        .expect("Cargo.toml is TOML");

    assert_eq!(
        manifest["workspace"]["package"]["license"].as_str(),
        Some("Apache-2.0")
    );
    assert!(tree::read("LICENSE").contains("Version 2.0, January 2004"));
}
