//! The mappings are read by the crate that will use them.

use stile_model::id::Code;
use stile_sources::Mapping;

use super::super::mapping::STANDING;
use super::super::{Backend, Kind, mapping_toml};
use super::vocabulary;

#[test]
fn every_mapping_is_accepted_against_the_vocabulary() {
    let vocabulary = vocabulary();

    for kind in Kind::ALL {
        for backend in [
            Backend::Sqlite {
                path: "/srv/demo/a \"b\".db".into(),
            },
            Backend::Postgres {
                url_file: "/srv/demo/pg.url".into(),
            },
            Backend::Mysql {
                url_file: "/srv/demo/my.url".into(),
            },
        ] {
            let text = mapping_toml(kind, &backend);
            let agency: Code = kind.as_str().parse().unwrap();
            let mapping = Mapping::parse("sources.toml", &text, &vocabulary, &agency)
                .unwrap_or_else(|error| panic!("{error}\n{text}"));
            let mapped = mapping
                .sources
                .iter()
                .map(|source| source.categories.len())
                .sum::<usize>();
            let known = vocabulary
                .categories
                .iter()
                .filter(|c| c.id.agency_kind() == kind.as_str())
                .count();
            assert_eq!(mapped, known, "{kind}");
        }
    }
}

#[test]
fn a_mapping_of_another_kind_is_refused() {
    let text = mapping_toml(
        Kind::Police,
        &Backend::Sqlite {
            path: "/srv/demo/a.db".into(),
        },
    );
    let agency: Code = "health".parse().unwrap();

    assert!(Mapping::parse("sources.toml", &text, &vocabulary(), &agency).is_err());
}

#[test]
fn what_stands_is_what_the_vocabulary_leaves_undated() {
    let vocabulary = vocabulary();
    let undated = vocabulary
        .categories
        .iter()
        .filter(|category| category.event.is_none())
        // The demo has seven of the vocabulary's kinds of agency.
        .filter(|category| {
            Kind::ALL
                .iter()
                .any(|kind| kind.as_str() == category.id.agency_kind())
        })
        .map(|category| category.id.to_string());

    let mut standing: Vec<_> = STANDING
        .iter()
        .map(|(name, _)| (*name).to_owned())
        .collect();
    standing.sort();
    let mut undated: Vec<_> = undated.collect();
    undated.sort();

    assert_eq!(standing, undated);
}

#[test]
fn the_look_back_of_an_order_counts_from_its_end_and_of_a_tenancy_from_nothing() {
    let mapping = |kind| {
        let backend = Backend::Sqlite {
            path: "/srv/demo/a.db".into(),
        };
        let text = mapping_toml(kind, &backend);
        let agency: Code = kind.as_str().parse().unwrap();
        Mapping::parse("sources.toml", &text, &vocabulary(), &agency).unwrap()
    };
    let date = |kind, category: &str| {
        let mapping = mapping(kind);
        let found = mapping.sources.iter().flat_map(|source| &source.categories);
        let mut found = found.filter(|held| held.category.to_string() == category);
        let date = found.next().unwrap().date.as_ref();
        date.map(ToString::to_string)
    };

    assert_eq!(
        date(Kind::Probation, "probation.order").as_deref(),
        Some("expected_end")
    );
    assert_eq!(date(Kind::Housing, "housing.tenancy"), None);
    assert_eq!(date(Kind::Health, "health.registration"), None);
}
