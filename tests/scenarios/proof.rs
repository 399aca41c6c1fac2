//! No policy is served that Casbin has not confirmed: nothing that ships compiles rules past the proof.

use crate::tree;

/// Where rules may be used without the proof: where that is offered, and where it is measured.
const UNPROVED: &[&str] = &[
    "gateway/cli/src/bench/policy.rs",
    "gateway/policy/src/set.rs",
    "tests/peers/src/main.rs",
];

#[test]
fn nothing_but_measurements_takes_rules_that_are_not_proved() {
    let own = file!().replace('\\', "/");
    let found: Vec<String> = tree::files()
        .into_iter()
        .filter(|file| file.path.ends_with(".rs") && !own.ends_with(&file.path))
        .filter(|file| {
            let text = file.text.as_deref().unwrap_or_default();
            text.contains("dangerous_unproved")
        })
        .map(|file| file.path)
        .collect();

    assert_eq!(found, UNPROVED);
}

#[test]
fn what_compiles_rules_without_the_proof_is_no_part_of_the_library() {
    let set = tree::read("gateway/policy/src/set.rs");
    let set = tree::production(&set);
    let open: Vec<&str> = set
        .lines()
        .map(str::trim)
        .filter(|line| line.starts_with("pub fn") || line.starts_with("pub const fn"))
        .filter(|line| line.contains("compile") || line.contains("unproved"))
        .collect();

    assert_eq!(open, ["pub fn dangerous_unproved("]);
}
