use super::*;

fn raw(file: &WeightsFile) -> RawFile {
    RawFile::from(file.clone())
}

fn read(raw: RawFile) -> Result<WeightsFile, WeightsError> {
    WeightsFile::try_from(raw)
}

fn changed(part: &str, changes: &[(&str, f64)]) -> Result<WeightsFile, WeightsError> {
    let mut raw = raw(&WeightsFile::default());
    let rates = raw.rates.get_mut(part).unwrap();
    for (level, by) in changes {
        *rates.get_mut(*level).unwrap() += by;
    }
    read(raw)
}

#[test]
fn the_shipped_rates_may_take_effect() {
    let shipped = WeightsFile::default();

    assert_eq!(shipped.weights.check(), Ok(()));
    assert_eq!(read(raw(&shipped)), Ok(shipped));
}

#[test]
fn takes_rates_that_fit() {
    let file = changed("forename", &[("identical", 0.01), ("different", -0.01)]).unwrap();

    let shifts = file.shifts_from(&WeightsFile::default());
    let moved: Vec<_> = shifts
        .iter()
        .filter(|shift| shift.bits != 0.0)
        .map(|shift| (shift.part, shift.level, shift.bits > 0.0))
        .collect();
    assert_eq!(
        moved,
        [
            ("forename", "identical", true),
            ("forename", "different", false)
        ]
    );
    assert_ne!(file.digest(), WeightsFile::default().digest());
}

#[test]
fn rejects_rates_that_do_not_sum_to_one() {
    let error = changed("sex", &[("same", 0.01)]).unwrap_err();

    assert!(
        matches!(error, WeightsError::Sum { part: "sex", .. }),
        "{error}"
    );
}

#[test]
fn rejects_a_rate_too_far_from_the_shipped_one() {
    let error = changed("forename", &[("different", 0.20), ("identical", -0.20)]).unwrap_err();

    assert!(
        matches!(
            error,
            WeightsError::Bounds {
                level: "different",
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn rejects_rates_under_which_closer_agreement_weighs_less() {
    let error = changed("surname", &[("one slip apart", 0.04), ("different", -0.04)]).unwrap_err();

    assert_eq!(
        error,
        WeightsError::Rises {
            part: "surname",
            level: "one slip apart"
        }
    );
}

#[test]
fn rejects_what_is_no_number() {
    let error = changed("sex", &[("same", f64::NAN)]).unwrap_err();

    assert!(matches!(error, WeightsError::Bounds { .. }), "{error}");
}

#[test]
fn rejects_missing_and_unknown_parts_and_levels_and_another_format() {
    let mut missing = raw(&WeightsFile::default());
    missing.rates.remove("address");
    let mut unknown = raw(&WeightsFile::default());
    unknown
        .rates
        .insert("eye colour".to_owned(), BTreeMap::new());
    let mut level = raw(&WeightsFile::default());
    level
        .rates
        .get_mut("sex")
        .unwrap()
        .insert("alike".to_owned(), 0.0);
    let mut format = raw(&WeightsFile::default());
    format.format = 2;

    assert!(matches!(read(missing), Err(WeightsError::Levels { part, .. }) if part == "address"));
    assert!(matches!(read(unknown), Err(WeightsError::Part(part)) if part == "eye colour"));
    assert!(matches!(read(level), Err(WeightsError::Levels { part, .. }) if part == "sex"));
    assert!(matches!(read(format), Err(WeightsError::Format(2))));
}

#[test]
fn a_file_that_follows_names_what_it_follows() {
    let first = WeightsFile::default().next(&Observed::default());
    let second = first.next(&Observed::default());

    assert_eq!((first.version, second.version), (1, 2));
    assert_eq!(second.follows, Some(first.digest()));
    assert!(second.to_text().contains(&first.digest().to_string()));
    assert!(second.to_text().contains("\n[rates.\"date of birth\"]\n"));
}
