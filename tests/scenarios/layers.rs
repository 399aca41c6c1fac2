//! The layer rule: who may use whom, as one table held against `cargo metadata`.
//!
//! ```text
//! 4  assembly   cli ───────────────► everything it starts
//! 3  people     portal
//! 2b use cases  exchange             (the only place where rules meet effects)
//! 2a effects    trust   store   sources            never use each other
//! 1b devices    token                              under trust and store
//! 1  rules      policy ◄─ product   ledger   linkage   pure, no async, no clock
//! 0  words      model
//! ```

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};

use crate::tree;

/// One row: a crate, and the crates of ours that it may use.
const MAY_USE: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("ledger", &["model"]),
    ("linkage", &["model"]),
    ("policy", &["model"]),
    ("product", &["model", "policy"]),
    // A program of its own: it shares documents with the gateway, and nothing else.
    ("pdf", &["model", "product"]),
    // A device below the effects, so that two of them need not each know how to open one.
    ("token", &[]),
    ("sources", &["model"]),
    ("store", &["ledger", "model", "token"]),
    ("trust", &["model", "token"]),
    (
        "exchange",
        &[
            "ledger", "linkage", "model", "policy", "product", "sources", "store", "trust",
        ],
    ),
    // The pages go through `exchange`: no store, no source, no socket to others.
    ("portal", &["exchange", "model", "policy", "product"]),
    (
        "cli",
        &[
            // `linkage` and `product` for the thresholds it reads and the product it prints.
            "exchange", "ledger", "linkage", "model", "policy", "portal", "product", "sources",
            "store", "token", "trust",
        ],
    ),
];

/// The crates that read no clock, take no random bytes and touch no file, socket or thread.
const PURE: &[&str] = &["ledger", "linkage", "model", "policy", "product"];

/// What the pure crates may take from outside. A name that is not here is refused until somebody
/// has looked at whether it reaches the world.
const PURE_MAY_TAKE: &[&str] = &[
    "any_ascii",
    "casbin",
    "crc32fast",
    "data-encoding",
    "jiff",
    "rapidfuzz",
    "regex",
    "ring",
    "rphonetic",
    "serde",
    "serde_json",
    "thiserror",
    "toml",
    "toml_parser",
    "utoipa",
    "voprf",
    "xorf",
    "zeroize",
];

/// Words that a pure crate's shipped source may not contain: each reaches the world.
const WORLD: &[&str] = &[
    "Instant::now",
    "SystemRandom",
    "SystemTime",
    "Timestamp::now",
    "Zoned::now",
    "async fn",
    "println!",
    "std::env",
    "std::fs",
    "std::io",
    "std::net",
    "std::process",
    "std::thread",
    "tokio::",
];

/// The clocks and shared folders that clippy must refuse everywhere.
const BANNED_METHODS: &[&str] = &[
    "jiff::Timestamp::now",
    "jiff::Zoned::now",
    "std::env::temp_dir",
    "std::time::SystemTime::now",
];

/// A crate of ours, by its short name, with its dependencies that ship.
type Edges = BTreeMap<String, BTreeSet<String>>;

fn metadata() -> Metadata {
    MetadataCommand::new()
        .manifest_path(tree::root().join("Cargo.toml"))
        .no_deps()
        .other_options(vec!["--offline".to_owned()])
        .exec()
        .expect("cargo metadata reads the workspace")
}

/// Crate → everything it depends on, development apart, with our prefix left on.
fn dependencies() -> Edges {
    let shipped = |package: &cargo_metadata::Package| {
        package
            .dependencies
            .iter()
            .filter(|dependency| dependency.kind != DependencyKind::Development)
            .map(|dependency| dependency.name.clone())
            .collect::<BTreeSet<_>>()
    };
    metadata()
        .packages
        .iter()
        .filter_map(|package| {
            let name = package.name.to_string();
            Some((name.strip_prefix("stile-")?.to_owned(), shipped(package)))
        })
        .collect()
}

/// Every dependency among our own crates that no row of [`MAY_USE`] names.
fn forbidden(edges: &Edges) -> Vec<String> {
    let mut found = Vec::new();
    for (from, targets) in edges {
        let Some((_, allowed)) = MAY_USE.iter().find(|(name, _)| name == from) else {
            found.push(format!("`{from}` has no row in the layer table"));
            continue;
        };
        for to in targets
            .iter()
            .filter_map(|name| name.strip_prefix("stile-"))
        {
            if !allowed.contains(&to) {
                found.push(format!(
                    "`{from}` may not use `{to}`; it may use {allowed:?}"
                ));
            }
        }
    }
    found
}

/// Every outside crate that a pure crate takes and [`PURE_MAY_TAKE`] does not name.
fn impure(edges: &Edges) -> Vec<String> {
    let mut found = Vec::new();
    for (from, targets) in edges
        .iter()
        .filter(|(from, _)| PURE.contains(&from.as_str()))
    {
        for to in targets.iter().filter(|to| !to.starts_with("stile-")) {
            if !PURE_MAY_TAKE.contains(&to.as_str()) {
                found.push(format!("`{from}` is pure and takes `{to}`"));
            }
            if to == "casbin" && from != "policy" {
                found.push(format!(
                    "`{from}` takes `casbin`, which is for `policy` alone"
                ));
            }
        }
    }
    found
}

/// The words of [`WORLD`] in one source text, comments apart.
fn reaches_the_world(text: &str) -> Vec<&'static str> {
    let code: Vec<_> = tree::production(text)
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect();
    WORLD
        .iter()
        .copied()
        .filter(|word| code.iter().any(|line| line.contains(word)))
        .collect()
}

fn edges(rows: &[(&str, &[&str])]) -> Edges {
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    rows.iter()
        .map(|(from, to)| ((*from).to_owned(), owned(to)))
        .collect()
}

#[test]
fn every_crate_uses_only_what_its_layer_allows() {
    let found = forbidden(&dependencies());

    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn every_row_of_the_table_is_a_crate() {
    let crates = dependencies();

    for (name, _) in MAY_USE {
        assert!(
            crates.contains_key(*name),
            "`{name}` is in the table but not in gateway/"
        );
    }
    for name in PURE {
        assert!(
            crates.contains_key(*name),
            "`{name}` is called pure but is not in gateway/"
        );
    }
}

/// Crates that take the typesetter and may not: it is large, and remembers what it typeset.
fn typesetting(edges: &Edges) -> Vec<&str> {
    edges
        .iter()
        .filter(|(from, _)| from.as_str() != "pdf")
        .filter(|(_, targets)| targets.iter().any(|to| to.starts_with("typst")))
        .map(|(from, _)| from.as_str())
        .collect()
}

#[test]
fn only_the_program_for_documents_takes_the_typesetter() {
    let crates = dependencies();

    assert_eq!(typesetting(&crates), [""; 0]);
    assert!(crates["pdf"].contains("typst"));
    assert_eq!(
        typesetting(&edges(&[("exchange", &["typst-pdf"])])),
        ["exchange"]
    );
}

#[test]
fn the_rules_take_nothing_from_outside_that_reaches_the_world() {
    let found = impure(&dependencies());

    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn the_rules_name_no_clock_file_socket_thread_or_random_source() {
    let mut found = Vec::new();
    for file in tree::files() {
        let pure = PURE
            .iter()
            .any(|name| file.path.starts_with(&format!("gateway/{name}/src/")));
        if pure && file.path.ends_with(".rs") && !tree::is_test_file(&file.path) {
            for word in reaches_the_world(file.text.as_deref().unwrap_or_default()) {
                found.push(format!("`{}` contains `{word}`", file.path));
            }
        }
    }

    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn clippy_bans_every_clock_and_the_shared_temporary_folder() {
    let settings: toml::Table = tree::read(".clippy.toml")
        .parse()
        .expect(".clippy.toml is TOML");
    let methods = settings["disallowed-methods"]
        .as_array()
        .expect("a list of methods");
    let banned: Vec<_> = methods
        .iter()
        .filter_map(|method| method["path"].as_str())
        .collect();

    for path in BANNED_METHODS {
        assert!(
            banned.contains(path),
            "`{path}` is not banned in .clippy.toml"
        );
    }
    for method in methods {
        assert!(
            method["reason"]
                .as_str()
                .is_some_and(|reason| !reason.is_empty()),
            "{method}"
        );
    }
}

#[test]
fn every_crate_inherits_the_lints_of_the_workspace() {
    for (name, _) in MAY_USE {
        let manifest: toml::Table = tree::read(&format!("gateway/{name}/Cargo.toml"))
            .parse()
            .expect("a manifest is TOML");

        let inherits = manifest
            .get("lints")
            .and_then(|lints| lints.get("workspace")?.as_bool());

        assert_eq!(
            inherits,
            Some(true),
            "gateway/{name}/Cargo.toml lacks `[lints] workspace`"
        );
    }
}

#[test]
fn refuses_an_effect_that_uses_another_effect() {
    let found = forbidden(&edges(&[("sources", &["stile-model", "stile-store"])]));

    assert_eq!(found.len(), 1);
    assert!(found[0].starts_with("`sources` may not use `store`"));
}

#[test]
fn refuses_a_rule_that_uses_an_effect() {
    assert_eq!(
        forbidden(&edges(&[("policy", &["stile-sources"])])).len(),
        1
    );
    assert_eq!(forbidden(&edges(&[("model", &["stile-policy"])])).len(), 1);
}

#[test]
fn refuses_a_crate_without_a_row() {
    assert_eq!(forbidden(&edges(&[("kitchen", &[])])).len(), 1);
}

#[test]
fn refuses_a_runtime_under_a_rule_and_casbin_outside_policy() {
    assert_eq!(impure(&edges(&[("product", &["tokio", "serde"])])).len(), 1);
    assert_eq!(impure(&edges(&[("ledger", &["casbin"])])).len(), 1);
    assert!(impure(&edges(&[("policy", &["casbin"]), ("store", &["tokio"])])).is_empty());
}

#[test]
fn finds_a_clock_in_code_but_not_in_a_comment_or_a_test() {
    assert_eq!(
        reaches_the_world("let t = SystemTime::now();"),
        ["SystemTime"]
    );
    assert!(reaches_the_world("// never SystemTime\n").is_empty());
    assert!(reaches_the_world("fn a() {}\n#[cfg(test)]\nuse std::fs;").is_empty());
}
