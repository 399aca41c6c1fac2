//! What the levels find of spellings of one name, and what they take for one name wrongly.
//!
//! ```sh
//! cargo test -p stile-linkage --lib measured -- --nocapture
//! ```

use crate::level::{Form, Level};
use crate::variant;

/// Names that stand on no line of the table.
const HELD_OUT: &str = include_str!("../../../data/held_out.txt");

fn held_out() -> impl Iterator<Item = &'static str> {
    HELD_OUT.lines().filter(|line| !line.starts_with('#'))
}

/// Every two spellings that stand on one line.
fn pairs(lines: impl Iterator<Item = &'static str>) -> Vec<(Form, Form)> {
    let mut all = Vec::new();
    for line in lines {
        let words: Vec<&str> = line.split_ascii_whitespace().collect();
        for (at, a) in words.iter().enumerate() {
            all.extend(words[at + 1..].iter().map(|b| (Form::new(a), Form::new(b))));
        }
    }
    all
}

fn without_table(mut form: Form) -> Form {
    form.usual = None;
    form
}

/// Share of the pairs that agree as `worst` or better.
fn share(pairs: &[(Form, Form)], worst: Level) -> f64 {
    let agreeing = pairs.iter().filter(|(a, b)| a.level(b) <= worst).count();
    f64::from(u32::try_from(agreeing).unwrap()) / f64::from(u32::try_from(pairs.len()).unwrap())
}

fn told(what: &str, pairs: &[(Form, Form)]) -> [f64; 3] {
    let found = [Level::Variant, Level::Near, Level::Similar].map(|worst| share(pairs, worst));
    println!(
        "{what}: {} pairs, spelling or short form {:.4}, one slip {:.4}, alike {:.4}",
        pairs.len(),
        found[0],
        found[1],
        found[2]
    );
    found
}

#[test]
fn held_out_names_are_not_in_the_table() {
    for spelling in held_out().flat_map(str::split_ascii_whitespace) {
        assert!(variant::usual(spelling).is_none(), "{spelling}");
    }
}

#[test]
fn spellings_of_one_name_are_found_and_different_names_hardly_ever() {
    let known = pairs(variant::names());
    let [table, ..] = told("in the table", &known);
    let bare: Vec<(Form, Form)> = known
        .into_iter()
        .map(|(a, b)| (without_table(a), without_table(b)))
        .collect();
    let [_, _, by_letters] = told("the same by letters and sound only", &bare);
    let [_, _, unknown] = told("held out", &pairs(held_out()));
    let usual: Vec<&str> = variant::names()
        .filter_map(|line| line.split_ascii_whitespace().next())
        .collect();
    let strangers: Vec<(Form, Form)> = (1..=usual.len() / 2)
        .step_by(7)
        .flat_map(|step| usual.iter().zip(usual.iter().cycle().skip(step)))
        .filter(|(a, b)| a != b)
        .map(|(a, b)| (Form::new(a), Form::new(b)))
        .collect();
    let [same, slip, alike] = told("different names", &strangers);

    assert!(table > 0.999 && by_letters > 0.70 && unknown > 0.80);
    assert!(same < 0.001 && slip < 0.01 && alike < 0.02);
}
