//! Made-up people in households, as an agency's clerks and a referrer wrote them down.
//!
//! Nobody here is anybody: names are common ones and invented ones put together by chance. Name
//! frequencies fall off as they do in the United Kingdom: the commonest 120 surnames are borne by
//! about a third of people, and the rest are spread over 60,000. The same seed gives the same people.

use stile_model::id::{Code, SubjectId};
use stile_model::subject::{Address, Born, Name, NameKind, PersonRow, Subject};
use stile_model::time::Date;

const SURNAMES: &str = "Smith Jones Taylor Brown Williams Wilson Johnson Davies Patel Robinson Wright \
    Thompson Evans Walker White Roberts Green Hall Thomas Clarke Jackson Wood Harris Edwards Turner \
    Martin Cooper Hill Ward Hughes Moore Clark King Harrison Lewis Baker Lee Allen Morris Khan Scott \
    Watson Davis Parker Bennett Young Phillips Richardson Griffiths Cook Begum Hussain Singh Ahmed \
    Carter Bailey Mitchell Collins Kelly Shaw Cox Murphy Miller Ali Kaur Bell Adams Campbell Murray \
    Anderson Marshall Simpson Price Stewart Mohammed Mason Rose Hunt Russell Webb Palmer Rogers Mills \
    Gray Lloyd Reid Pearson Graham Ellis Stevens Foster Knight Powell Chapman Butler Fisher Dixon \
    Barnes Holmes Matthews Ryan Kowalski Nowak Ibrahim Hassan Osman Okafor Adeyemi Popescu Ionescu \
    MacDonald McKenzie O'Brien O'Connor Fletcher Lawrence Jenkins Rees Vaughan Pritchard Sullivan";
const GIRLS: &str = "Olivia Amelia Isla Ava Emily Isabella Mia Poppy Ella Lily Sophia Grace Jessica \
    Evie Charlotte Sophie Alice Daisy Florence Freya Phoebe Sienna Matilda Ruby Chloe Millie Eva \
    Rosie Maya Aisha Fatima Maryam Zara Layla Hannah Lucy Holly Molly Elizabeth Katherine Catherine \
    Margaret Susan Sarah Rebecca Laura Emma Lauren Bethany Abigail Victoria Alexandra Samantha \
    Jennifer Nicola Karen Julie Tracey Amanda Michelle Deborah Patricia Christine Jacqueline Helen \
    Anna Zofia Katarzyna Agnieszka Sian Cerys Bronwen Niamh Aoife Priya Khadija Amina Joanna Megan";
const BOYS: &str = "Oliver George Harry Noah Jack Leo Arthur Muhammad Mohammed Oscar Charlie Jacob \
    Thomas Henry William Alfie Joshua Freddie James Ethan Archie Isaac Joseph Alexander Samuel Daniel \
    Logan Edward Lucas Max Mason Benjamin Theodore Harrison Finley David John Michael Peter Paul \
    Andrew Stephen Steven Christopher Robert Richard Mark Anthony Kevin Philip Matthew Jonathan \
    Nicholas Timothy Simon Ryan Callum Connor Jamie Lewis Nathan Aaron Ali Hassan Ibrahim Yusuf Omar \
    Ahmed Rhys Dafydd Gareth Owain Sean Liam Piotr Tomasz Jakub Rohan Arjun Kwame Andrei Mihai Adam";
const NICKNAMES: &str = "Isabella:Izzy Isabella:Bella Jessica:Jess Charlotte:Lottie Elizabeth:Liz \
    Elizabeth:Beth Katherine:Kate Catherine:Cathy Margaret:Maggie Susan:Sue Rebecca:Becky \
    Bethany:Beth Abigail:Abi Victoria:Vicky Alexandra:Alex Samantha:Sam Jennifer:Jenny \
    Amanda:Mandy Michelle:Shell Deborah:Debbie Patricia:Pat Christine:Chris Jacqueline:Jackie \
    Katarzyna:Kasia Millie:Mill Oliver:Ollie Thomas:Tom William:Will William:Billy Joshua:Josh \
    James:Jim Joseph:Joe Alexander:Alex Samuel:Sam Daniel:Dan Edward:Ted Edward:Eddie Benjamin:Ben \
    Theodore:Theo David:Dave Michael:Mike Andrew:Andy Stephen:Steve Steven:Steve Christopher:Chris \
    Robert:Bob Robert:Rob Richard:Rick Anthony:Tony Matthew:Matt Jonathan:Jon Nicholas:Nick \
    Timothy:Tim Dafydd:Dai Tomasz:Tomek Muhammad:Mohamed Mohammed:Muhammad Arthur:Art";
const SYLLABLES: &str = "ba ber cal dan del ed fen gar han hil in jo kar lan ley li mar mor nor o per \
    ra ren sal son ton ul ver win yas bro cra dun els gil hew kin lor mel nash pot quin rus sted thor \
    wal wick worth ham field burn";
const STREET_KINDS: [&str; 5] = ["Road", "Street", "Avenue", "Close", "Lane"];
const AREAS: [&str; 5] = ["LS", "BD", "HX", "WF", "HD"];
const HOUSEHOLDS_AT_A_POSTCODE: u64 = 15;

/// `SplitMix64`.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }

    fn per_mille(&mut self, share: u64) -> bool {
        self.below(1_000) < share
    }

    /// A place from 0 to `end` - 1, drawn with odds of 1 in (place + `flat`).
    #[expect(
        clippy::as_conversions,
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        reason = "places far below 2^52"
    )]
    fn early(&mut self, end: u64, flat: u64) -> u64 {
        let even = self.below(1 << 40) as f64 / (1_u64 << 40) as f64;
        let flat = flat as f64;
        let place = flat * ((1.0 + end as f64 / flat).powf(even) - 1.0);
        (place as u64).min(end - 1)
    }

    fn common(&mut self, names: &'static str) -> String {
        let count = u64::try_from(names.split_whitespace().count()).unwrap_or(1);
        let place = usize::try_from(self.early(count, count / 2)).unwrap_or(0);
        names
            .split_whitespace()
            .nth(place)
            .unwrap_or("Alex")
            .to_owned()
    }

    fn surname(&mut self) -> String {
        if self.per_mille(350) {
            return self.common(SURNAMES);
        }
        let place = self.early(60_000, 6_000);
        invented(place + 2_700)
    }

    fn forename(&mut self, girl: bool) -> String {
        if self.per_mille(880) {
            return self.common(if girl { GIRLS } else { BOYS });
        }
        invented(self.early(20_000, 2_000) + 100_000) + if girl { "a" } else { "" }
    }

    fn slip(&mut self, text: &str) -> String {
        let mut letters: Vec<char> = text.chars().collect();
        if letters.len() < 4 {
            return text.to_owned();
        }
        let last = u64::try_from(letters.len()).unwrap_or(4) - 2;
        let place = usize::try_from(1 + self.below(last)).unwrap_or(1);
        let letter = char::from(b'a' + u8::try_from(self.below(26)).unwrap_or(0));
        match self.below(4) {
            0 => letters.swap(place, place - 1),
            1 => drop(letters.remove(place)),
            2 => letters.insert(place, letter),
            _ => letters[place] = letter,
        }
        letters.into_iter().collect()
    }
}

/// The name with this number, of as many syllables as it takes.
fn invented(mut number: u64) -> String {
    let syllables: Vec<&str> = SYLLABLES.split_whitespace().collect();
    let base = u64::try_from(syllables.len()).unwrap_or(1);
    let mut name = String::new();
    while number > 0 {
        let place = usize::try_from(number % base).unwrap_or(0);
        name.push_str(syllables[place]);
        number /= base;
    }
    name[..1].to_uppercase() + &name[1..]
}

#[derive(Clone, Default)]
struct Home {
    line: String,
    postcode: String,
}

impl Home {
    fn new(household: u64, seed: u64) -> Self {
        let postcode = household / HOUSEHOLDS_AT_A_POSTCODE;
        let mut chance = Chance(seed ^ postcode.wrapping_mul(0xD6E8_FEB8_6659_FD93));
        let area = usize::try_from(chance.below(5)).unwrap_or(0);
        let letters = b"ABDEFGHJLNPQRSTUWXYZ";
        let letter = |n: u64| char::from(letters[usize::try_from(n % 20).unwrap_or(0)]);
        let (district, sector, one, two) = (
            1 + chance.below(25),
            chance.below(10),
            letter(chance.next()),
            letter(chance.next()),
        );
        let street = invented(chance.below(4_000) + 60);
        let kind = STREET_KINDS[usize::try_from(chance.below(5)).unwrap_or(0)];
        Self {
            line: format!(
                "{} {street} {kind}, Anytown",
                1 + 2 * (household % HOUSEHOLDS_AT_A_POSTCODE)
            ),
            postcode: format!("{}{district} {sector}{one}{two}", AREAS[area]),
        }
    }
}

#[derive(Clone)]
struct Person {
    first: String,
    middle: String,
    surname: String,
    former: Option<String>,
    born: Date,
    home: Home,
    before: Home,
}

fn day(chance: &mut Chance, from: i16, years: u64) -> Date {
    let year = from + i16::try_from(chance.below(years)).unwrap_or(0);
    let days = i64::try_from(chance.below(365)).unwrap_or(0);
    jiff::civil::date(year, 1, 1).saturating_add(jiff::Span::new().days(days))
}

fn household(chance: &mut Chance, number: u64, homes: u64, seed: u64) -> Vec<Person> {
    let home = Home::new(number, seed);
    let before = Home::new(chance.below(homes), seed);
    let surname = if chance.per_mille(40) {
        format!("{}-{}", chance.surname(), chance.surname())
    } else {
        chance.surname()
    };
    let adults = 1 + chance.below(2);
    let children = [0, 0, 1, 1, 2, 2, 3, 4][usize::try_from(chance.below(8)).unwrap_or(0)];
    let mut all: Vec<Person> = Vec::new();
    for place in 0..adults + children {
        let girl = chance.per_mille(500);
        let adult = place < adults;
        let born = match all.last() {
            Some(last) if !adult && place > adults && chance.per_mille(20) => last.born, // twins
            _ if adult => day(chance, 1950, 55),
            _ => day(chance, 2006, 20),
        };
        let own = chance.per_mille(if adult { 250 } else { 120 });
        all.push(Person {
            first: chance.forename(girl),
            middle: if chance.per_mille(700) {
                chance.forename(girl)
            } else {
                String::new()
            },
            surname: if own {
                chance.surname()
            } else {
                surname.clone()
            },
            former: (adult && girl && chance.per_mille(400)).then(|| chance.surname()),
            born,
            home: home.clone(),
            before: before.clone(),
        });
    }
    all
}

/// A person as somebody wrote them down.
struct Written {
    first: String,
    middle: String,
    surname: String,
    alias: Option<String>,
    born: Option<Date>,
    line: String,
    postcode: String,
}

fn write(person: &Person, chance: &mut Chance) -> Written {
    let mut first = person.first.clone();
    let short = NICKNAMES
        .split_whitespace()
        .filter_map(|pair| pair.split_once(':'))
        .filter(|(name, _)| *name == first);
    let shorts: Vec<&str> = short.map(|(_, short)| short).collect();
    if !shorts.is_empty() && chance.per_mille(120) {
        let place = usize::try_from(chance.next()).unwrap_or(0) % shorts.len();
        shorts[place].clone_into(&mut first);
    }
    let mut surname = person.surname.clone();
    let mut alias = person.former.clone().filter(|_| chance.per_mille(400));
    if let Some(former) = person.former.as_ref().filter(|_| chance.per_mille(120)) {
        surname.clone_from(former);
        alias = None;
    }
    if let Some((one, two)) = person.surname.split_once('-') {
        match chance.below(10) {
            0..3 => one.clone_into(&mut surname),
            3 => two.clone_into(&mut surname),
            4 => surname = format!("{one} {two}"),
            _ => {}
        }
    }
    if chance.per_mille(20) {
        first = chance.slip(&first);
    }
    if chance.per_mille(25) {
        surname = chance.slip(&surname);
    }
    let home = if chance.per_mille(120) {
        &person.before
    } else {
        &person.home
    };
    Written {
        first,
        middle: person.middle.clone(),
        surname,
        alias,
        born: born(person.born, chance),
        line: if chance.per_mille(30) {
            String::new()
        } else {
            home.line.clone()
        },
        postcode: match chance.below(20) {
            0 => String::new(),
            1 => home.postcode.replace(' ', "").to_lowercase(),
            _ => home.postcode.clone(),
        },
    }
}

fn born(date: Date, chance: &mut Chance) -> Option<Date> {
    let other = match chance.below(1_000) {
        0..15 => return None,
        15..27 => Date::new(date.year(), date.day(), date.month()),
        27..37 => Date::new(date.year(), 1, 1),
        37..45 => Date::new(date.year() - 1, date.month(), date.day()),
        45..55 => Date::new(date.year(), date.month(), date.day() % 28 + 1),
        _ => Ok(date),
    };
    Some(other.unwrap_or(date))
}

fn row(person: &Person, key: usize, chance: &mut Chance) -> PersonRow {
    let written = write(person, chance);
    PersonRow {
        source: "made-up".to_owned(),
        key: key.to_string().into(),
        forenames: format!("{} {}", written.first, written.middle)
            .trim()
            .to_owned()
            .into(),
        aliases: written
            .alias
            .iter()
            .map(|alias| format!("{}|{alias}", written.first).into())
            .collect(),
        surname: written.surname.into(),
        born: written.born,
        address: written.line.into(),
        postcode: written.postcode.into(),
        ..PersonRow::default()
    }
}

fn subject(person: &Person, chance: &mut Chance) -> Subject {
    let written = write(person, chance);
    let name = |surname: String, kind| Name {
        forenames: written.first.clone().into(),
        surname: surname.into(),
        kind,
    };
    let mut names = vec![name(written.surname, NameKind::Current)];
    names.extend(written.alias.map(|alias| name(alias, NameKind::Former)));
    let mut addresses = vec![Address {
        line: written.line.into(),
        postcode: written.postcode.into(),
    }];
    if chance.per_mille(200) {
        addresses.push(Address {
            line: person.before.line.clone().into(),
            postcode: person.before.postcode.clone().into(),
        });
    }
    Subject {
        id: SubjectId::new("s1").expect("id"),
        role: Code::new("child").expect("code"),
        names,
        born: written.born.map(Born::Exact),
        sex: None,
        addresses,
        phones: Vec::new(),
        identifiers: Vec::new(),
    }
}

/// `size` people as an agency holds them, and `queries` subjects of whom every second one is held.
/// The family of those who are not held is.
pub fn agency(seed: u64, size: usize, queries: usize) -> (Vec<PersonRow>, Vec<(Subject, bool)>) {
    let mut chance = Chance(seed);
    let homes = u64::try_from(size / 3).unwrap_or(1);
    let every = (size / queries).max(1);
    let (mut rows, mut asked) = (Vec::with_capacity(size), Vec::with_capacity(queries));
    let (mut met, mut number) = (0_usize, 0);
    while rows.len() < size {
        for person in household(&mut chance, number, homes, seed) {
            met += 1;
            let is_asked = met.is_multiple_of(every) && asked.len() < queries;
            let is_held = !is_asked || asked.len().is_multiple_of(2);
            if is_asked {
                asked.push((subject(&person, &mut chance), is_held));
            }
            if is_held {
                rows.push(row(&person, met, &mut chance));
            }
        }
        number += 1;
    }
    (rows, asked)
}
