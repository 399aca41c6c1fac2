//! The calls that fetch what a question is about.

use std::fmt::Write as _;

use form_urlencoded::Serializer;
use serde_json::{Map, Value};
use stile_model::redact::Redacted;
use stile_model::subject::CandidateQuery;

use crate::backend::web::{FORM, JSON, refused};
use crate::backend::{Fault, given};
use crate::mapping::place::HttpPlace;
use crate::mapping::place::http::{Answer, Request, Slot};
use crate::mapping::{PersonMapping, SourceMapping};
use crate::query::About;

/// Most calls of one entry of `search`; the likeliest spellings come first.
const SEARCHES_MAX: usize = 40;

/// What can be asked of a server.
pub(super) struct Calls {
    place: HttpPlace,
    /// The tables whose requests bring people and their other names.
    people: Vec<String>,
    /// Of surname, forename, date of birth and postcode those that are mapped: two of them may find
    /// somebody.
    details: Vec<Slot>,
}

/// One call, ready but for the page.
pub(super) struct Call<'a> {
    /// The table whose request it is.
    pub(super) owner: &'a Answer,
    /// The key of the person who is asked for.
    pub(super) key: Option<String>,
    request: &'a Request,
    values: Vec<(Slot, String)>,
    /// Only the first page is wanted.
    pub(super) one_page: bool,
    /// That there is nothing there says that there is no such person.
    pub(super) may_be_nobody: bool,
}

impl Calls {
    pub(super) fn new(mapping: &SourceMapping, place: &HttpPlace) -> Self {
        let aliases = mapping.person.aliases.as_ref().map(|names| &names.table);
        let tables = [Some(&mapping.person.table), aliases];
        let owners = tables
            .into_iter()
            .flatten()
            .filter_map(|table| place.owner(&table.to_string()));
        let mut people: Vec<_> = owners.map(|owner| owner.table.to_string()).collect();
        people.dedup();
        Self {
            place: place.clone(),
            people,
            details: details(&mapping.person),
        }
    }

    pub(super) fn about(&self, about: &About) -> Result<Vec<Call<'_>>, Fault> {
        let first = self.people.first();
        let first = first.and_then(|table| self.place.owner(table));
        Ok(match about {
            // How many people there are, and how often names occur, is not counted here.
            About::Columns | About::Number => Vec::new(),
            About::Everybody => return Err(Fault::Unusable(ONE_BY_ONE)),
            About::Anybody => {
                let request = first.and_then(|owner| Some((owner, owner.anybody.as_ref()?)));
                request
                    .map(|(owner, request)| Call {
                        one_page: true,
                        ..Call::new(owner, request, Vec::new())
                    })
                    .into_iter()
                    .collect()
            }
            About::Names(keys) => {
                // Where they have no requests of their own, they come with the people.
                let owner = self.apart().map(|(_, names)| names).or(first);
                owner.map_or_else(Vec::new, |owner| of_each(owner, keys).collect())
            }
            About::People(keys) => {
                first.map_or_else(Vec::new, |owner| of_each(owner, keys).collect())
            }
            About::Records { table, person } => {
                let call = self.place.owner(table).and_then(|owner| of(owner, person));
                vec![call.ok_or_else(|| refused("a key that cannot be asked for"))?]
            }
            About::Search(query) => {
                // Other names may be searched where they are kept, too.
                let names = self.apart().map(|(_, names)| names);
                let names = names.filter(|names| !names.search.is_empty());
                let owners: Vec<_> = first.into_iter().chain(names).collect();
                let enough = |owner: &&Answer| self.are_enough(&owner.search, query);
                if owners.is_empty() || !owners.iter().all(enough) {
                    return Err(Fault::Unasked);
                }
                let requests = owners.into_iter().flat_map(|owner| {
                    let requests = owner.search.iter();
                    requests.flat_map(move |request| searches(owner, request, query))
                });
                requests.collect()
            }
        })
    }

    /// The tables whose requests bring people and their other names, where they are two.
    pub(super) fn apart(&self) -> Option<(&Answer, &Answer)> {
        match self.people.as_slice() {
            [people, names] => Some((self.place.owner(people)?, self.place.owner(names)?)),
            _ => None,
        }
    }

    /// Do those of these requests whose every place has a value ask for all whom the others would
    /// have asked for too?
    ///
    /// An identifier or a telephone number must be asked by where any request has a place for it. Two
    /// details may find somebody, so that then a request by details alone must be among them, if there
    /// is one.
    fn are_enough(&self, search: &[Request], query: &CandidateQuery) -> bool {
        let has = |slot: &Slot| !asked(slot, query).is_empty();
        let is_detail = |slot: &Slot| DETAILS.contains(slot);
        let (sent, unsent): (Vec<_>, Vec<_>) = search
            .iter()
            .map(Request::slots)
            .partition(|slots| slots.iter().all(|slot| has(slot)));
        let identities = unsent.iter().flatten();
        let mut identities = identities.filter(|slot| !is_detail(slot) && has(slot));
        let identified = identities.all(|slot| sent.iter().any(|slots| slots.contains(slot)));
        let by_details = |some: &[Vec<&Slot>]| {
            let mut some = some.iter();
            some.any(|slots| slots.iter().all(|slot| is_detail(slot)))
        };
        let pair = self.details.iter().filter(|slot| has(slot)).count() > 1;
        let described = by_details(&sent) || !pair || !by_details(&unsent);
        !sent.is_empty() && identified && described
    }
}

/// What may find somebody only together with another.
const DETAILS: [Slot; 4] = [Slot::Born, Slot::Forename, Slot::Postcode, Slot::Surname];

/// Those that the columns of people and of their other names hold.
fn details(person: &PersonMapping) -> Vec<Slot> {
    let aliases = person.aliases.as_ref();
    let forename = person.forename.is_some() || aliases.is_some_and(|a| a.forename.is_some());
    let held = |slot: &Slot| match slot {
        Slot::Born => person.dob.is_some(),
        Slot::Forename => forename,
        Slot::Postcode => person.postcode.is_some(),
        Slot::Surname => true,
        Slot::Identifier(_) | Slot::Key | Slot::Phone => false,
    };
    DETAILS.into_iter().filter(held).collect()
}

const ONE_BY_ONE: &str =
    "people of such a server are searched for one by one; all of them cannot be read";

/// The call for one person's rows; `None` for what cannot be a key.
fn of<'a>(owner: &'a Answer, key: &str) -> Option<Call<'a>> {
    // Between two slashes these would lead elsewhere.
    let usable = !matches!(key, "" | "." | "..") && !key.contains(char::is_control);
    let request = owner.person.as_ref().filter(|_| usable)?;
    let values = vec![(Slot::Key, key.to_owned())];
    Some(Call {
        key: Some(key.to_owned()),
        ..Call::new(owner, request, values)
    })
}

/// The calls for the rows of each of these people; there may be no such person.
pub(super) fn of_each<'a, 'k>(
    owner: &'a Answer,
    keys: impl IntoIterator<Item = &'k String>,
) -> impl Iterator<Item = Call<'a>> {
    let calls = keys.into_iter().filter_map(move |key| of(owner, key));
    calls.map(|call| Call {
        may_be_nobody: true,
        ..call
    })
}

/// One call for each combination of the likeliest values.
fn searches<'a>(owner: &'a Answer, request: &'a Request, query: &CandidateQuery) -> Vec<Call<'a>> {
    let slots = request.slots();
    let values: Vec<Vec<String>> = slots.iter().map(|slot| asked(slot, query)).collect();
    let lengths: Vec<usize> = values.iter().map(Vec::len).collect();
    likeliest(&lengths, SEARCHES_MAX)
        .into_iter()
        .map(|places| {
            let chosen = values.iter().zip(places).filter_map(|(all, i)| all.get(i));
            let named = slots.iter().zip(chosen);
            let named = named.map(|(slot, value)| ((*slot).clone(), value.clone()));
            Call::new(owner, request, named.collect())
        })
        .collect()
}

/// The values that can be put in a place, the likeliest first. None of a detail that is not known,
/// whatever else is tried in its place where it is held.
fn asked(slot: &Slot, query: &CandidateQuery) -> Vec<String> {
    let known = query.known;
    let texts = |values: &[Redacted<String>]| -> Vec<String> {
        let texts = values.iter().map(|value| value.reveal().clone());
        let texts = texts.filter(|text| !text.trim().is_empty() && !text.contains('\0'));
        texts.take(SEARCHES_MAX).collect()
    };
    match slot {
        // Which dates fit one that is known in part, this server was not asked.
        Slot::Born if query.born_in_part || !known.born => Vec::new(),
        Slot::Born => {
            let days = query.born.iter().take(SEARCHES_MAX);
            days.map(ToString::to_string).collect()
        }
        Slot::Forename if !known.forename => Vec::new(),
        Slot::Forename => texts(&given::searched(&query.forenames)),
        Slot::Identifier(scheme) => {
            let known = query.identifiers.iter().find(|(known, _)| known == scheme);
            known.map_or_else(Vec::new, |(_, values)| texts(values))
        }
        // A search asks for nobody's key.
        Slot::Key => Vec::new(),
        Slot::Phone => texts(&query.phones),
        Slot::Postcode if !known.postcode => Vec::new(),
        Slot::Postcode => texts(&query.postcodes),
        Slot::Surname if !known.surname => Vec::new(),
        Slot::Surname => texts(&query.surnames),
    }
}

/// The first `most` ways to take one of each list, those of the lowest places first; none where a
/// list is empty.
fn likeliest(lengths: &[usize], most: usize) -> Vec<Vec<usize>> {
    if lengths.contains(&0) {
        return Vec::new();
    }
    let greatest: usize = lengths.iter().map(|length| length - 1).sum();
    let mut all = Vec::new();
    for sum in 0..=greatest {
        summing(lengths, sum, &mut Vec::new(), most, &mut all);
        if all.len() >= most {
            break;
        }
    }
    all
}

fn summing(
    lengths: &[usize],
    sum: usize,
    chosen: &mut Vec<usize>,
    most: usize,
    all: &mut Vec<Vec<usize>>,
) {
    let Some((length, rest)) = lengths.split_first() else {
        if sum == 0 && all.len() < most {
            all.push(chosen.clone());
        }
        return;
    };
    for place in 0..(*length).min(sum.saturating_add(1)) {
        if all.len() >= most {
            return;
        }
        chosen.push(place);
        summing(rest, sum - place, chosen, most, all);
        chosen.pop();
    }
}

impl<'a> Call<'a> {
    const fn new(owner: &'a Answer, request: &'a Request, values: Vec<(Slot, String)>) -> Self {
        Self {
            owner,
            key: None,
            request,
            values,
            one_page: false,
            may_be_nobody: false,
        }
    }

    /// The path, and the body with its type; `more` is one parameter more.
    pub(super) fn written(
        &self,
        more: Option<(&str, &str)>,
    ) -> (String, Option<(&'static str, String)>) {
        let value = |slot: &Slot| {
            let value = self.values.iter().find(|(known, _)| known == slot);
            value.map_or("", |(_, value)| value.as_str()).to_owned()
        };
        let mut path = self.request.path.filled(|slot| escaped(&value(slot)));
        let Some(body) = &self.request.body else {
            if let Some((name, value)) = more {
                path.push(if path.contains('?') { '&' } else { '?' });
                path.push_str(
                    &Serializer::new(String::new())
                        .append_pair(name, value)
                        .finish(),
                );
            }
            return (path, None);
        };
        let fields = body.fields.iter();
        let fields = fields.map(|(name, text)| (name.clone(), text.filled(value)));
        let more = more.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let fields = fields.chain(more);
        let body = if body.json {
            let object: Map<String, Value> = fields
                .map(|(name, value)| (name, Value::String(value)))
                .collect();
            (JSON, Value::Object(object).to_string())
        } else {
            let form = Serializer::new(String::new()).extend_pairs(fields).finish();
            (FORM, form)
        };
        (path, Some(body))
    }
}

/// A value as one part of an address: every sign but letters, digits, `-` and `_` by its bytes.
fn escaped(value: &str) -> String {
    let mut text = String::new();
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_' {
            text.push(char::from(byte));
        } else {
            // Writing to a text cannot fail.
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn takes_the_likeliest_of_each_list_first() {
        assert_eq!(
            likeliest(&[2, 3], 4),
            [vec![0, 0], vec![0, 1], vec![1, 0], vec![0, 2]]
        );
        assert_eq!(likeliest(&[2, 3], 100).len(), 6);
        assert!(likeliest(&[2, 0], 100).is_empty());
    }

    #[test]
    fn a_key_cannot_leave_its_part_of_the_path() {
        assert_eq!(
            escaped("../a?b=c&d#e%2F é"),
            "%2E%2E%2Fa%3Fb%3Dc%26d%23e%252F%20%C3%A9"
        );
        assert_eq!(escaped("N-1_x"), "N-1_x");
    }

    proptest! {
        #[test]
        fn no_more_ways_than_wanted_and_none_twice(
            lengths in proptest::collection::vec(0_usize..7, 1..4), most in 1_usize..60
        ) {
            let ways = likeliest(&lengths, most);

            let all: usize = lengths.iter().product();
            prop_assert_eq!(ways.len(), all.min(most));
            for (i, way) in ways.iter().enumerate() {
                prop_assert!(!ways[..i].contains(way));
                prop_assert!(way.iter().zip(&lengths).all(|(place, length)| place < length));
            }
        }

        #[test]
        fn an_escaped_key_is_one_plain_part(key in ".{0,30}") {
            let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'%');
            prop_assert!(escaped(&key).bytes().all(plain));
        }
    }
}
