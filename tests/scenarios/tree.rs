//! The source tree as the house rules see it: every file that is kept, none that is generated.

use std::fs;
use std::path::{Path, PathBuf};

/// Folders that hold nothing written by people.
const SKIPPED: &[&str] = &[".git", ".venv", "node_modules", "target"];

/// One file of the tree.
pub struct File {
    /// Path from the top of the tree, with `/`.
    pub path: String,
    /// What it says; `None` when it is not text.
    pub text: Option<String>,
}

/// The top of the tree.
pub fn root() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().expect("tests/ has a parent").to_path_buf()
}

/// The text of one file that must exist.
pub fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("`{path}`: {error}"))
}

/// Every file, sorted by path.
pub fn files() -> Vec<File> {
    let mut found = Vec::new();
    walk(&root(), "", &mut found);
    assert!(
        found.len() > 20,
        "the walk found only {} files",
        found.len()
    );
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn walk(folder: &Path, prefix: &str, found: &mut Vec<File>) {
    for entry in fs::read_dir(folder).unwrap_or_else(|error| panic!("`{prefix}`: {error}")) {
        let entry = entry.unwrap_or_else(|error| panic!("`{prefix}`: {error}"));
        let name = entry.file_name().to_string_lossy().into_owned();
        if SKIPPED.contains(&name.as_str()) {
            continue;
        }
        let path = format!("{prefix}{name}");
        let kind = entry
            .file_type()
            .unwrap_or_else(|error| panic!("`{path}`: {error}"));
        if kind.is_dir() {
            walk(&entry.path(), &format!("{path}/"), found);
        } else if kind.is_file() {
            let text = fs::read(entry.path())
                .ok()
                .and_then(|bytes| String::from_utf8(bytes).ok());
            found.push(File { path, text });
        }
    }
}

/// The part of a Rust file that ships: everything above its first `#[cfg(test)]`.
pub fn production(text: &str) -> &str {
    text.find("#[cfg(test)]").map_or(text, |at| &text[..at])
}

/// Whether a path holds tests only.
pub fn is_test_file(path: &str) -> bool {
    path.starts_with("tests/")
        || path.ends_with("/tests.rs")
        || path.contains("/tests/")
        || path.contains("/benches/")
        || path.contains("/examples/")
}

#[test]
fn production_ends_where_the_tests_begin() {
    assert_eq!(
        production("fn a() {}\n#[cfg(test)]\nmod tests {}"),
        "fn a() {}\n"
    );
    assert_eq!(production("fn a() {}\n"), "fn a() {}\n");
}

#[test]
fn tells_test_files_from_files_that_ship() {
    assert!(is_test_file("gateway/ledger/src/tree/tests.rs"));
    assert!(is_test_file("gateway/store/tests/kill.rs"));
    assert!(!is_test_file("gateway/ledger/src/tree.rs"));
}
