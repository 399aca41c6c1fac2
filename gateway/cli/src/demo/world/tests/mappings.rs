//! The mappings are read by the crate that will use them.

use stile_model::id::Code;
use stile_sources::Mapping;

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
