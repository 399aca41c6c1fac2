//! Candidates, households and counts.

use jiff::civil::date;
use stile_model::id::Code;
use stile_model::redact::Redacted;
use stile_model::subject::{CandidateQuery, Known, Own, PairCount, PersonRow};
use stile_sources::Limits;

use crate::contract;
use crate::world::{Engine, World, known, patient};

contract!(
    finds_people_by_every_pair_and_every_identity,
    refuses_a_question_by_one_ordinary_attribute,
    where_only_a_number_is_mapped_nobody_without_one_is_asked_for,
    finds_people_by_their_other_names,
    reads_the_other_names_of_everybody_however_many_somebody_has,
    reads_a_person_as_held,
    a_flag_that_is_unclear_protects,
    caps_candidates_and_keeps_the_best,
    the_very_person_is_found_among_more_near_ones_than_are_looked_at,
    a_household_is_those_who_share_its_key,
    counts_names_dates_and_postcodes,
    a_name_that_cannot_be_read_keeps_nobody_else_from_being_counted,
    blank_dates_of_birth_make_nobody_a_twin,
    counts_how_people_of_one_home_agree,
    hostile_words_find_nobody_and_change_nothing,
);

fn keys(mut people: Vec<PersonRow>) -> Vec<String> {
    people.sort_by(|a, b| a.key.cmp(&b.key));
    people
        .iter()
        .map(|person| person.key.reveal().clone())
        .collect()
}

fn words(words: &[&str]) -> Vec<Redacted<String>> {
    words.iter().map(|word| Redacted::from(*word)).collect()
}

fn all() -> CandidateQuery {
    CandidateQuery {
        identifiers: vec![(Code::new("nhs_number").unwrap(), words(&["9434765919"]))],
        surnames: words(&["Testwood", "Testwould"]),
        forenames: words(&["Mali"]),
        born: vec![date(2018, 5, 9)],
        born_in_part: false,
        postcodes: words(&["SW19 1AA"]),
        phones: words(&["020 7946 0001"]),
        own: Own::default(),
        known: Known::default(),
    }
}

async fn finds_people_by_every_pair_and_every_identity(world: &World) {
    let source = world.source().await;
    let none = CandidateQuery::default;

    for (query, expected) in [
        (
            CandidateQuery {
                identifiers: all().identifiers,
                ..none()
            },
            "N1",
        ),
        (
            CandidateQuery {
                phones: all().phones,
                ..none()
            },
            "N1",
        ),
        (
            CandidateQuery {
                surnames: all().surnames,
                forenames: all().forenames,
                ..none()
            },
            "N1",
        ),
        (
            CandidateQuery {
                surnames: all().surnames,
                born: all().born,
                ..none()
            },
            "N1",
        ),
        (
            CandidateQuery {
                surnames: all().surnames,
                postcodes: all().postcodes,
                ..none()
            },
            "N1 N2",
        ),
        (
            CandidateQuery {
                forenames: all().forenames,
                born: all().born,
                ..none()
            },
            "N1",
        ),
        (
            CandidateQuery {
                forenames: all().forenames,
                postcodes: all().postcodes,
                ..none()
            },
            "N1",
        ),
        (
            CandidateQuery {
                born: all().born,
                postcodes: all().postcodes,
                ..none()
            },
            "N1",
        ),
        (all(), "N1 N2"),
    ] {
        assert_eq!(
            keys(source.candidates(&known(&query)).await.unwrap()).join(" "),
            expected
        );
    }
}

async fn refuses_a_question_by_one_ordinary_attribute(world: &World) {
    let source = world.source().await;
    let none = CandidateQuery::default;

    for query in [
        none(),
        CandidateQuery {
            surnames: all().surnames,
            ..none()
        },
        CandidateQuery {
            forenames: all().forenames,
            ..none()
        },
        CandidateQuery {
            born: all().born,
            ..none()
        },
        CandidateQuery {
            postcodes: all().postcodes,
            ..none()
        },
        CandidateQuery {
            identifiers: vec![(Code::new("upn").unwrap(), words(&["9434765919"]))],
            ..none()
        },
    ] {
        let error = source.candidates(&known(&query)).await.unwrap_err();
        assert_eq!(error.code(), "unasked", "{query:?}");
    }
    // A word that is known as a surname and tried as a forename, since it is held as one.
    let tried = CandidateQuery {
        forenames: all().forenames,
        postcodes: all().postcodes,
        known: Known {
            surname: true,
            ..Known::default()
        },
        ..all()
    };
    let by_one = CandidateQuery {
        identifiers: Vec::new(),
        phones: Vec::new(),
        ..tried
    };
    let error = source.candidates(&by_one).await.unwrap_err();
    assert_eq!(error.code(), "unasked");
    // Of a date that is known in part every one that is held would be among them.
    let about_then = CandidateQuery {
        surnames: all().surnames,
        born_in_part: true,
        ..none()
    };
    assert_eq!(source.candidates(&known(&about_then)).await.unwrap(), []);
}

async fn where_only_a_number_is_mapped_nobody_without_one_is_asked_for(world: &World) {
    let unmapped = ["forename", "dob", "postcode", "phone", "aliases"];
    let number_alone = |text: String| {
        let is_kept = |line: &&str| !unmapped.iter().any(|key| line.starts_with(key));
        let lines: Vec<_> = text.lines().filter(is_kept).collect();
        lines.join("\n")
    };
    let source = world.changed(number_alone, patient()).await;
    let unnumbered = CandidateQuery {
        identifiers: Vec::new(),
        ..all()
    };

    let error = source.candidates(&known(&unnumbered)).await.unwrap_err();

    assert_eq!(error.code(), "unasked");
    assert!(error.to_string().contains("too little is known"), "{error}");
    assert!(!error.to_string().contains("Testwood"));
    assert_eq!(
        keys(source.candidates(&known(&all())).await.unwrap()),
        ["N1"]
    );
}

async fn finds_people_by_their_other_names(world: &World) {
    let source = world.source().await;
    let former = CandidateQuery {
        surnames: words(&["Formerly"]),
        ..CandidateQuery::default()
    };

    for query in [
        CandidateQuery {
            born: vec![date(1990, 1, 31)],
            ..former.clone()
        },
        CandidateQuery {
            postcodes: words(&["SW19 1AA"]),
            ..former.clone()
        },
        CandidateQuery {
            forenames: words(&["Dee"]),
            ..former.clone()
        },
        CandidateQuery {
            forenames: words(&["Dilys"]),
            ..former.clone()
        },
        CandidateQuery {
            forenames: words(&["Dee"]),
            born: vec![date(1990, 1, 31)],
            ..CandidateQuery::default()
        },
    ] {
        assert_eq!(
            keys(source.candidates(&known(&query)).await.unwrap()),
            ["N2"]
        );
    }
    let error = source.candidates(&known(&former)).await.unwrap_err();
    assert_eq!(error.code(), "unasked");
}

async fn reads_the_other_names_of_everybody_however_many_somebody_has(world: &World) {
    let many: Vec<_> = (0..3_000).map(|n| format!("('N1', 'A{n}', 'B')")).collect();
    world.sql(&format!(
        "INSERT INTO person (nominal_id, fname, sname, household_id) VALUES ('N9', 'Ann', 'Late', 'H1');
         INSERT INTO alias VALUES {};
         INSERT INTO alias VALUES ('N9', 'Anna', 'Later');",
        many.join(", ")
    ));
    let source = world.source().await;

    let people = source.household(&"H1".into()).await.unwrap();

    let last = people.iter().find(|row| row.key.reveal() == "N9").unwrap();
    assert_eq!(last.aliases, words(&["Anna|Later"]));
}

async fn reads_a_person_as_held(world: &World) {
    let source = world.source().await;

    let people = source.candidates(&known(&all())).await.unwrap();

    let mali = people
        .iter()
        .find(|person| person.key.reveal() == "N1")
        .unwrap();
    let expected = PersonRow {
        source: "niche".into(),
        key: "N1".into(),
        forenames: "Mali".into(),
        surname: "Testwood".into(),
        aliases: vec![],
        born: Some(date(2018, 5, 9)),
        sex: Some("F".into()),
        address: "4 Elm Row, Merton".into(),
        postcode: "SW19 1AA".into(),
        phone: "020 7946 0001".into(),
        school: "Elm Primary".into(),
        identifiers: vec![(Code::new("nhs_number").unwrap(), "9434765919".into())],
        household: Some("H1".into()),
        protected: true,
        sealed: false,
    };
    assert!(*mali == expected);
    let dilys = people
        .iter()
        .find(|person| person.key.reveal() == "N2")
        .unwrap();
    let mut aliases: Vec<_> = dilys
        .aliases
        .iter()
        .map(|alias| alias.reveal().as_str())
        .collect();
    aliases.sort_unstable();
    assert_eq!(aliases, ["Dee|Formerly", "Dilys|Maiden Name"]);
    assert!(dilys.identifiers.is_empty() && !dilys.protected);
}

async fn a_flag_that_is_unclear_protects(world: &World) {
    let source = world.source().await;

    let rhys = source.household(&"H2".into()).await.unwrap().remove(0);

    assert!(rhys.protected, "`S` is no clear no");
    assert!(rhys.sealed);
    assert_eq!(rhys.surname.reveal(), "O'Neil");
}

async fn caps_candidates_and_keeps_the_best(world: &World) {
    let limits = Limits {
        candidates: 1,
        deadline_ms: 20_000,
        ..Limits::default()
    };
    let source = world.limited(limits).await;

    // N2 fits by surname and postcode, N1 by the identifier too.
    assert_eq!(
        keys(source.candidates(&known(&all())).await.unwrap()),
        ["N1"]
    );
}

async fn the_very_person_is_found_among_more_near_ones_than_are_looked_at(world: &World) {
    let near: Vec<_> = (0..30)
        .map(|n| format!("('A{n}', 'Molly', 'Testwould', '2018-09-05')"))
        .collect();
    world.sql(&format!(
        "INSERT INTO person (nominal_id, fname, sname, dob) VALUES {};",
        near.join(", ")
    ));
    let limits = Limits {
        candidates: 3,
        deadline_ms: 20_000,
        ..Limits::default()
    };
    let source = world.limited(limits).await;
    let asked = |surnames: &[&str], forenames: &[&str], born| CandidateQuery {
        surnames: words(surnames),
        forenames: words(forenames),
        born: vec![born, date(2018, 9, 5)],
        own: Own {
            born: 1,
            forenames: 1,
            surnames: 1,
        },
        ..CandidateQuery::default()
    };
    let by_name = asked(
        &["Testwood", "Testwould"],
        &["Mali", "Molly"],
        date(2018, 5, 9),
    );
    let by_other_name = asked(
        &["Formerly", "Testwould"],
        &["Dee", "Molly"],
        date(1990, 1, 31),
    );

    for (query, key) in [(by_name, "N1"), (by_other_name, "N2")] {
        let found = source.look_for(&known(&query)).await.unwrap();

        assert_eq!(found.people[0].key.reveal(), key);
        assert_eq!((found.people.len(), found.capped), (3, true));
    }
    let few = CandidateQuery {
        identifiers: all().identifiers,
        ..CandidateQuery::default()
    };
    assert!(!source.look_for(&known(&few)).await.unwrap().capped);
}

async fn a_household_is_those_who_share_its_key(world: &World) {
    let source = world.source().await;

    assert_eq!(
        keys(source.household(&"H1".into()).await.unwrap()),
        ["N1", "N2"]
    );
    assert_eq!(source.household(&"h1".into()).await.unwrap(), []);
    assert_eq!(source.household(&"".into()).await.unwrap(), []);
    let many: Vec<_> = (0..60).map(|n| format!("('X{n}', 'Many', 'H9')")).collect();
    world.sql(&format!(
        "INSERT INTO person (nominal_id, sname, household_id) VALUES {};",
        many.join(", ")
    ));
    assert_eq!(source.household(&"H9".into()).await.unwrap().len(), 50);
}

async fn counts_names_dates_and_postcodes(world: &World) {
    let counts = world.source().await.counts().await.unwrap();

    let count = |list: &[(Redacted<String>, u64)], word: &str| {
        list.iter()
            .find(|(value, _)| value.reveal() == word)
            .map(|(_, count)| *count)
    };
    assert_eq!(counts.people, 4);
    assert_eq!(count(&counts.surnames, "Testwood"), Some(2));
    assert_eq!(count(&counts.surnames, "Formerly"), Some(1));
    assert_eq!(count(&counts.forenames, "Mali"), Some(2));
    assert_eq!(count(&counts.postcodes, "SW19 1AA"), Some(2));
    assert_eq!(counts.born, [(date(1990, 1, 31), 1), (date(2018, 5, 9), 2)]);
}

async fn a_name_that_cannot_be_read_keeps_nobody_else_from_being_counted(world: &World) {
    let long = "x".repeat(90);
    world.sql(&format!(
        "INSERT INTO person (nominal_id, fname, sname) VALUES ('L1', 'Lena', '{long}');"
    ));
    let limits = Limits {
        max_value_bytes: 64,
        deadline_ms: 20_000,
        ..Limits::default()
    };
    let source = world.limited(limits).await;

    let counts = source.counts().await.unwrap();

    let mut surnames = counts.surnames.iter().map(|(name, _)| name.reveal());
    assert!(surnames.clone().any(|name| name == "Testwood"));
    assert!(surnames.all(|name| !name.starts_with('x')));
    assert_eq!(counts.people, 5);
}

async fn counts_how_people_of_one_home_agree(world: &World) {
    let pairs = |known, same| PairCount { known, same };
    let family = world.source().await.counts().await.unwrap().kin;
    assert_eq!((family.people, family.pairs), (3, 2));
    assert_eq!(family.forenames, pairs(2, 0));
    assert_eq!((family.born, family.sexes), (pairs(2, 0), pairs(2, 2)));

    // A namesake of another age, one person twice, and a crowd that is no family.
    let crowd: Vec<_> = (0..13)
        .map(|n| match n {
            // A crowd stays one where little is known of it.
            0..4 => format!("('X{n}', 'Ann', 'Many', '1980-03-07', 'F', 'H9')"),
            _ => format!("('X{n}', NULL, 'Many', NULL, '', 'H9')"),
        })
        .collect();
    world.sql(&format!(
        "INSERT INTO person (nominal_id, fname, sname, dob, sex, household_id) VALUES
         ('F1', 'Huw Ian', 'Pair', '1980-03-07', 'M', 'H7'),
         ('F2', 'HUW', 'Pair', '2012-05-09', 'M', 'H7'),
         ('F3', 'Huw', 'Pair', '2012-05-09', NULL, 'H7'), {};",
        crowd.join(", ")
    ));
    let kin = world.source().await.counts().await.unwrap().kin;
    assert_eq!((kin.people, kin.pairs, kin.twice), (19, 8, 2));
    assert_eq!((kin.forenames, kin.born), (pairs(8, 6), pairs(8, 2)));
    assert_eq!(kin.sexes, pairs(4, 4));

    // Without a household the postcode tells the home, however it is spaced, and then the address.
    world.sql(
        "INSERT INTO person (nominal_id, sname, addr, postcode, household_id) VALUES
         ('P1', 'Code', '1 Oak Way', 'm1 1ae', NULL), ('P2', 'CODE', '2 Oak Way', 'M11AE', ''),
         ('P3', 'Line', '3 Oak Way', NULL, NULL), ('P4', 'Line', '3 Oak Way', '', NULL),
         ('P5', 'Line', '4 Oak Way', NULL, NULL), ('P6', 'Line', NULL, NULL, NULL);",
    );
    let kin = world.source().await.counts().await.unwrap().kin;
    assert_eq!((kin.people, kin.pairs), (24, 12));
}

async fn blank_dates_of_birth_make_nobody_a_twin(world: &World) {
    match world.engine {
        Engine::Mariadb => world.sql("ALTER TABLE person MODIFY dob VARCHAR(20);"),
        Engine::Postgres => world.sql("ALTER TABLE person ALTER dob TYPE VARCHAR(20);"),
        Engine::Sqlite => {} // It keeps any text in a column of dates.
    }
    world.sql(
        "INSERT INTO person (nominal_id, fname, sname, dob, household_id) VALUES
         ('B1', 'Huw', 'Blank', '', 'H7'), ('B2', 'Huw', 'Blank', ' ', 'H7'),
         ('B3', 'Huw', 'Blank', '', 'H7');",
    );

    let kin = world.source().await.counts().await.unwrap().kin;

    let pairs = |known, same| PairCount { known, same };
    assert_eq!((kin.pairs, kin.forenames), (8, pairs(8, 6)));
    assert_eq!((kin.born, kin.twice), (pairs(2, 0), 0));
}

async fn hostile_words_find_nobody_and_change_nothing(world: &World) {
    let source = world.source().await;

    for hostile in [
        "' OR '1'='1",
        "'; DROP TABLE person; --",
        "\"; DELETE FROM person; --",
        "`) OR (1=1",
        "{\"a\",\"b\"}",
        "$1",
        "%",
        "_",
        "\\",
        "\\' OR 1=1 -- ",
        "N1\0",
        "\u{202e}ilaM",
        "0",
        "NULL",
    ] {
        let list = words(&[hostile]);
        let query = CandidateQuery {
            identifiers: vec![(Code::new("nhs_number").unwrap(), list.clone())],
            surnames: list.clone(),
            forenames: list.clone(),
            born: vec![],
            born_in_part: false,
            postcodes: list.clone(),
            phones: list,
            own: Own {
                born: 1,
                forenames: 1,
                surnames: 1,
            },
            known: Known::default(),
        };
        assert_eq!(
            source.candidates(&known(&query)).await.unwrap(),
            [],
            "{hostile:?}"
        );
        assert_eq!(
            source.household(&hostile.into()).await.unwrap(),
            [],
            "{hostile:?}"
        );
        let category = crate::world::category("police.domestic_incident");
        let records = source
            .records(&hostile.into(), &category, &[], None)
            .await
            .unwrap();
        assert_eq!(records.records, [], "{hostile:?}");
    }
    let long = "x".repeat(1 << 20);
    let query = CandidateQuery {
        surnames: words(&[&long]),
        forenames: words(&[&long]),
        ..all()
    };
    assert_eq!(
        keys(source.candidates(&known(&query)).await.unwrap()),
        ["N1"]
    );
    assert_eq!(source.counts().await.unwrap().people, 4);
}
