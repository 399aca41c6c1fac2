//! What the guide shows is what the program takes.

use super::*;

#[test]
fn the_guide_lists_every_reason_and_every_ground() {
    let guide = crate::tree::read("docs/guide/audit.md");
    for (code, source) in REASONS.iter().chain(&GROUNDS) {
        let row = format!("| `{code}` | {source} |");
        assert!(guide.contains(&row), "{row}");
    }
}

#[test]
fn every_command_of_the_guide_is_one_the_program_takes() {
    let guide = crate::tree::read("docs/guide/audit.md");
    let key = regex::Regex::new(r#""\$\(cat [^)]*\)""#).unwrap();
    let mut taken = 0;
    for fence in crate::fences::fences(&guide) {
        for line in fence.body.lines().filter(|line| line.starts_with("stile ")) {
            let line = key.replace_all(line, "KEY");
            let mut words: Vec<_> = line.split_whitespace().collect();
            if !words.contains(&"verify") {
                words.extend(["--person", "person.toml"]);
            }
            let parsed = Args::try_parse_from(&words);
            assert!(parsed.is_ok(), "{line}: {}", parsed.unwrap_err());
            taken += 1;
        }
    }
    assert!(taken > 12, "only {taken} commands were found");
}

#[test]
fn the_guide_shows_a_telling_that_the_gateway_reads() {
    let guide = crate::tree::read("docs/guide/audit.md");
    let fences = crate::fences::fences(&guide);
    let shown = fences
        .iter()
        .find(|fence| fence.file.as_deref() == Some("told.toml"))
        .unwrap();

    let telling: stile_exchange::verbal::Telling = toml::from_str(&shown.body).unwrap();

    assert!(VERBAL_GROUNDS.contains(&telling.ground.as_str()));
    for ground in VERBAL_GROUNDS {
        assert!(guide.contains(&format!("`{ground}`")), "{ground}");
    }
}
