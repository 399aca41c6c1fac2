//! Categories and their fields as written in the file.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use toml::Spanned;

use super::super::{AgencyKind, Category, Field};
use super::Reader;
use crate::code::{About, Existence, FieldKind, Handling};
use crate::id::CategoryId;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawCategory {
    id: Spanned<CategoryId>,
    title: String,
    handling: Handling,
    #[serde(default = "open")]
    existence: Existence,
    event: Option<Spanned<String>>,
    field: Vec<RawField>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawField {
    name: Spanned<String>,
    title: String,
    kind: FieldKind,
    #[serde(default = "subject")]
    about: About,
    #[serde(default)]
    groups: BTreeMap<String, String>,
}

fn open() -> Existence {
    Existence::Open
}

fn subject() -> About {
    About::Subject
}

impl Reader<'_> {
    pub(super) fn categories(
        &mut self,
        raw: Vec<RawCategory>,
        agencies: &[AgencyKind],
    ) -> Vec<Category> {
        let mut seen = BTreeSet::new();
        raw.into_iter()
            .map(|category| self.category(category, agencies, &mut seen))
            .collect()
    }

    fn category(
        &mut self,
        raw: RawCategory,
        agencies: &[AgencyKind],
        seen: &mut BTreeSet<CategoryId>,
    ) -> Category {
        let at = raw.id.span().start;
        let id = raw.id.into_inner();
        self.once(seen, at, "category", id.clone());
        if !agencies
            .iter()
            .any(|agency| agency.kind.as_str() == id.agency_kind())
        {
            let known: Vec<_> = agencies.iter().map(|agency| agency.kind.as_str()).collect();
            self.report(
                at,
                &format!(
                    "`{id}` belongs to no [[agency]]; known: {}",
                    known.join(", ")
                ),
            );
        }
        let fields = self.fields(&id, raw.field);
        let event = raw.event.map(|event| {
            let dated = fields
                .iter()
                .any(|field| field.id.name() == event.as_ref() && field.kind == FieldKind::Date);
            if !dated {
                self.report(
                    event.span().start,
                    "`event` must name a field of kind `date`",
                );
            }
            event.into_inner()
        });
        Category {
            id,
            title: raw.title,
            handling: raw.handling,
            existence: raw.existence,
            event,
            fields,
        }
    }

    fn fields(&mut self, category: &CategoryId, raw: Vec<RawField>) -> Vec<Field> {
        let mut seen = BTreeSet::new();
        let mut fields = Vec::new();
        for field in raw {
            let at = field.name.span().start;
            match category.field(field.name.as_ref()) {
                Ok(id) => {
                    self.once(&mut seen, at, "field", id.clone());
                    fields.push(Field {
                        id,
                        title: field.title,
                        kind: field.kind,
                        about: field.about,
                        groups: field.groups,
                    });
                }
                Err(error) => self.report(at, &error.to_string()),
            }
        }
        if fields.is_empty() {
            self.problems
                .push(format!("{}: category `{category}` has no field", self.name));
        }
        fields
    }
}
