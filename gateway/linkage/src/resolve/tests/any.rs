//! What holds of any subject among any rows.

use super::*;

/// Forenames, surname, date, sex, address, postcode, telephone, identifier, other name.
type Fields = [String; 9];

fn field(likely: Vec<&'static str>) -> impl Strategy<Value = String> {
    prop_oneof![
        4 => prop::sample::select(likely).prop_map(str::to_owned),
        1 => "\\PC{0,12}",
        1 => any::<String>(),
    ]
}

fn person() -> impl Strategy<Value = Fields> {
    (
        field(vec![
            "Jack",
            "Md Ali",
            "Abdul Rahman",
            "Baby",
            "J",
            "Sarah Jane",
            "",
        ]),
        field(vec![
            "Smith",
            "Smith-Jones",
            "O'Brien",
            "al-Hassan",
            "Unknown",
            "",
        ]),
        field(vec![
            "2009-03-07",
            "2009-07-03",
            "1970-01-01",
            "2009-01-01",
            "-9999-01-01",
            "2009",
        ]),
        field(vec!["f", "m", "p", "s", ""]),
        field(vec!["14 Elm Road", "Flat 2, 14 Elm Rd", "NFA", ""]),
        field(vec!["LS1 2AB", "LS1 2AA", "ZZ99 3VZ", ""]),
        field(vec!["07700 900123", "00000000000", ""]),
        field(vec![
            NHS,
            OTHER_NHS,
            "0703091336",
            "B801200005001",
            "UNKNOWN",
            "",
        ]),
        field(vec!["Jack|Jones", "Kezia|Smith", "|", ""]),
    )
        .prop_map(|(a, b, c, d, e, f, g, h, i)| [a, b, c, d, e, f, g, h, i])
}

const SCHEMES: [&str; 3] = ["nhs_number", "upn", "local"];

fn asked([given, family, born, sex, line, code, phone, number, other]: &Fields) -> Subject {
    let mut all = subject(given, family, born.parse().ok());
    all.names.push(Name {
        forenames: other.as_str().into(),
        surname: family.as_str().into(),
        kind: NameKind::Alias,
    });
    if all.born.is_none() {
        all.born = born.parse().ok().map(Born::Year);
    }
    all.sex = (sex == "f").then_some(Sex::Female);
    all.addresses = vec![Address {
        line: line.as_str().into(),
        postcode: code.as_str().into(),
    }];
    all.phones = vec![phone.as_str().into()];
    all.identifiers = SCHEMES
        .map(|scheme| Identifier {
            scheme: Code::new(scheme).unwrap(),
            value: number.as_str().into(),
        })
        .into();
    all
}

fn held([given, family, born, sex, line, code, phone, number, other]: &Fields) -> PersonRow {
    PersonRow {
        aliases: vec![other.as_str().into()],
        sex: Some(sex.as_str().into()),
        address: line.as_str().into(),
        postcode: code.as_str().into(),
        phone: phone.as_str().into(),
        identifiers: SCHEMES
            .map(|scheme| (Code::new(scheme).unwrap(), number.as_str().into()))
            .into(),
        protected: sex == "p",
        sealed: sex == "s",
        ..row(given, family, born.parse().ok())
    }
}

fn counted_from(rows: &[PersonRow]) -> Frequencies {
    let each = |of: fn(&PersonRow) -> &Redacted<String>| {
        rows.iter().map(|row| (of(row).clone(), 1)).collect()
    };
    Frequencies::new(&[PersonCounts {
        people: rows.len().try_into().unwrap(),
        surnames: each(|row| &row.surname),
        forenames: each(|row| &row.forenames),
        born: rows
            .iter()
            .filter_map(|row| row.born)
            .map(|born| (born, 1))
            .collect(),
        postcodes: each(|row| &row.postcode),
        ..PersonCounts::default()
    }])
}

fn sound(found: &Match, rows: usize) -> Result<(), TestCaseError> {
    prop_assert!((0.0..=1.0).contains(&found.probability));
    prop_assert!(found.bits.is_finite(), "{}", found.probability);
    prop_assert!(found.waterfall.iter().all(|weight| weight.bits.is_finite()));
    prop_assert!(!found.rows.is_empty() && found.rows.iter().all(|at| *at < rows));
    Ok(())
}

proptest! {
    #[test]
    fn anybody_among_any_rows_is_answered_with_probabilities_between_none_and_one(
        who in person(), rows in prop::collection::vec(person(), 0..8)
    ) {
        let (subject, rows) = (asked(&who), rows.iter().map(held).collect::<Vec<_>>());
        let f = counted_from(&rows);
        let lists = expand(&subject, &f);
        prop_assert!([&lists.surnames, &lists.forenames, &lists.postcodes].iter().all(|list| list.len() <= 400));
        match resolve(&subject, &rows, &f, &Thresholds::default()) {
            Resolution::Confident(found) => {
                prop_assert!(found.probability >= 0.995 && found.guard.is_none());
                sound(&found, rows.len())?;
            }
            Resolution::Possible(found) => {
                prop_assert!(!found.is_empty() && found.len() <= 10);
                let total: f64 = found.iter().map(|each| each.probability).sum();
                prop_assert!(total <= 1.000_001, "{total}");
                for each in &found {
                    sound(each, rows.len())?;
                }
            }
            Resolution::None { .. } => {}
        }
    }
}
