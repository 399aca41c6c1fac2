//! Measures matching on the person sets: `cargo run -p stile-linkage --example evaluate [step [set]]`.
//!
//! With `step` 1 (the default) every query is resolved; `STILE_WRONG=1` also lists, by the set's own
//! entity ids, what was not found with confidence.

#[path = "../tests/people/sets.rs"]
mod sets;

use stile_linkage::Thresholds;

fn main() {
    let wanted = std::env::args().nth(2);
    let step = std::env::args()
        .nth(1)
        .and_then(|text| text.parse().ok())
        .unwrap_or(1);
    println!("{}", sets::HEADING);
    for name in [
        "febrl3",
        "febrl3_noid",
        "febrl3_noid_open",
        "pp10",
        "pp10_open",
    ] {
        if wanted.as_deref().is_some_and(|wanted| wanted != name) {
            continue;
        }
        let mut outcome = sets::Set::load(name).run(step, &Thresholds::default());
        println!("{}", outcome.row(name));
        if std::env::var_os("STILE_WRONG").is_some() {
            outcome.wrong.iter().for_each(|line| println!("    {line}"));
        }
    }
}
