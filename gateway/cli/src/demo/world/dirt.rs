//! What an agency's clerks made of a person: typing slips, nicknames, old addresses, guessed dates.
//!
//! Rates are of the order that public linkage studies report; every slip is drawn per agency, so
//! that two agencies seldom make the same one.

use stile_model::time::Date;

use super::cast::{Member, Who};
use super::family::Person;
use super::kind::Kind;
use super::names::{Sex, forename_variants, surname_variants};
use super::random::Random;

/// A person as one agency holds them.
#[derive(Debug, Clone)]
pub struct Held {
    /// Named when the person is one of the story's.
    pub who: Option<Who>,
    /// The agency's own key.
    pub key: String,
    /// Forename as held.
    pub forename: String,
    /// Surname as held.
    pub surname: String,
    /// Other names: forename and surname.
    pub aliases: Vec<(String, String)>,
    /// Date of birth, if held.
    pub born: Option<Date>,
    /// Sex.
    pub sex: Sex,
    /// Address line as held; may be empty.
    pub address: String,
    /// Postcode as held; may be empty.
    pub postcode: String,
    /// Telephone as held; may be empty.
    pub phone: String,
    /// School as held; may be empty.
    pub school: String,
    /// Household number.
    pub household: u32,
    /// Address, phone and school must not be shown.
    pub protected: bool,
    /// Must not be shown to exist.
    pub sealed: bool,
    /// NHS number as held.
    pub nhs: Option<String>,
    /// Unique pupil number as held.
    pub upn: Option<String>,
    /// Police national identity as held.
    pub pnc: Option<String>,
    /// Remarks, in a column that no mapping names.
    pub remarks: String,
}

/// `person` exactly as they are, the secret home included where `kind` knows it.
pub fn clean(person: &Person, kind: Kind, key: String) -> Held {
    let knows_refuge = matches!(kind, Kind::Health | Kind::Housing | Kind::Police);
    let refuge = person.refuge.as_ref().filter(|_| knows_refuge);
    let (home, phone) = refuge.map_or((&person.home, &person.phone), |(home, phone)| (home, phone));
    let former = person
        .former
        .iter()
        .map(|former| (person.forename.clone(), former.clone()));
    Held {
        who: person.who,
        key,
        forename: person.forename.clone(),
        surname: person.surname.clone(),
        aliases: former.collect(),
        born: Some(person.born),
        sex: person.sex,
        address: home.line.clone(),
        postcode: home.postcode.clone(),
        phone: phone.clone(),
        school: person.school.to_owned(),
        household: person.household,
        protected: refuge.is_some(),
        sealed: person.sealed,
        nhs: Some(person.nhs.clone()),
        upn: person.upn.clone(),
        pnc: person.pnc.clone(),
        remarks: String::new(),
    }
}

/// A member of the cast as `kind` holds them, with the differences that the demo is about.
pub fn of_cast(member: &Member, kind: Kind, key: String) -> Held {
    let mut held = clean(&member.person(), kind, key);
    match (member.who, kind) {
        // Another year of birth and an address from before: only a person can say whether it is he.
        (Who::OwenElder, Kind::Health) => {
            held.born = Some(jiff::civil::date(1991, 9, 17));
            "Flat 3, 52 Quay Street, Riverside".clone_into(&mut held.address);
            "RV3 1TN".clone_into(&mut held.postcode);
            held.phone = String::new();
            held.household = 8;
        }
        (Who::Carys, Kind::SocialCare) => {
            let current = std::mem::replace(&mut held.surname, member.former.to_owned());
            held.aliases = vec![(held.forename.clone(), current)];
        }
        (Who::Carys, Kind::Housing) => held.surname = held.surname.to_uppercase(),
        (Who::Zofia, Kind::Housing) => "Nowakowska".clone_into(&mut held.surname),
        (Who::Daria, Kind::Education) => held.postcode = held.postcode.replace(' ', ""),
        _ => {}
    }
    held
}

/// `person` as a busy clerk of `kind` wrote them down.
pub fn dirty(person: &Person, kind: Kind, key: String, random: &mut Random) -> Held {
    let mut held = clean(person, kind, key);
    names(&mut held, person, random);
    held.born = birth(person.born, random);
    address(&mut held, person, random);
    held.nhs = nhs(person, kind, random);
    if random.chance(300) {
        held.phone = String::new();
    }
    held
}

fn names(held: &mut Held, person: &Person, random: &mut Random) {
    let nicknames = forename_variants(&person.forename);
    if !nicknames.is_empty() && random.chance(90) {
        random.pick(nicknames).clone_into(&mut held.forename);
    }
    let spellings = surname_variants(&person.surname);
    if !spellings.is_empty() && random.chance(120) {
        random.pick(spellings).clone_into(&mut held.surname);
    }
    if let Some((first, second)) = person.surname.split_once('-') {
        match random.below(10) {
            0..3 => first.clone_into(&mut held.surname),
            3 => second.clone_into(&mut held.surname),
            4 => held.surname = format!("{first} {second}"),
            _ => {}
        }
    }
    if let Some(former) = &person.former {
        if random.chance(120) {
            held.surname.clone_from(former);
        }
        if random.chance(500) {
            held.aliases.clear();
        }
    }
    if random.chance(20) {
        held.forename = slip(&held.forename, random);
    }
    if random.chance(28) {
        held.surname = slip(&held.surname, random);
    }
    if random.chance(6) {
        std::mem::swap(&mut held.forename, &mut held.surname);
    }
    if random.chance(60) {
        held.surname = held.surname.to_uppercase();
    }
}

fn birth(born: Date, random: &mut Random) -> Option<Date> {
    let held = match random.below(1_000) {
        0..14 => return None,
        14..30 => Date::new(born.year(), born.day(), born.month()),
        30..42 => Date::new(born.year(), 1, 1),
        42..52 => Date::new(born.year() - 1, born.month(), born.day()),
        52..62 => Date::new(born.year(), born.month(), born.day() % 28 + 1),
        62..67 => Date::new(born.year(), born.month() % 12 + 1, born.day()),
        _ => Ok(born),
    };
    // A swap that gives no date is what a form would have refused, so the right one stands.
    Some(held.unwrap_or(born))
}

fn address(held: &mut Held, person: &Person, random: &mut Random) {
    if random.chance(160) {
        held.address.clone_from(&person.previous.line);
        held.postcode.clone_from(&person.previous.postcode);
    }
    held.address = match random.below(10) {
        0 => held
            .address
            .replace(" Road", " Rd")
            .replace(" Street", " St")
            .replace("Avenue", "Ave"),
        1 => held.address.to_uppercase(),
        2 => held.address.replace(',', ""),
        3 => held.address.replace(", Riverside", ""),
        _ => std::mem::take(&mut held.address),
    };
    held.postcode = match random.below(50) {
        0..5 => held.postcode.replace(' ', ""),
        5 => held.postcode.to_lowercase(),
        6 | 7 => String::new(),
        _ => std::mem::take(&mut held.postcode),
    };
    if random.chance(15) {
        held.address = String::new();
    }
}

fn nhs(person: &Person, kind: Kind, random: &mut Random) -> Option<String> {
    let share = match kind {
        Kind::Health => 970,
        Kind::SocialCare => 600,
        Kind::Education | Kind::Housing | Kind::Police | Kind::Probation | Kind::YouthJustice => 0,
    };
    let held = random.chance(share).then(|| person.nhs.clone());
    if random.chance(4) {
        held.map(|number| slip(&number, random))
    } else {
        held
    }
}

/// One slip of the fingers: two letters swapped, one dropped, doubled or hit beside.
pub fn slip(text: &str, random: &mut Random) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    if letters.len() < 4 {
        return text.to_owned();
    }
    let last = u32::try_from(letters.len() - 2).unwrap_or(1);
    let at = usize::try_from(1 + random.below(last.saturating_sub(1))).unwrap_or(1);
    let beside = random.pick(&['a', 'e', 'i', 'n', 'r', 's', 't']);
    let digit = letters.get(at).is_some_and(char::is_ascii_digit);
    match random.below(4) {
        0 => letters.swap(at, at + 1),
        1 if !digit => drop(letters.remove(at)),
        2 if !digit => letters.insert(at, beside),
        _ if digit => letters.swap(at, at + 1),
        _ => letters
            .get_mut(at)
            .into_iter()
            .for_each(|letter| *letter = beside),
    }
    letters.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_changes_little_and_never_the_first_letter() {
        let mut random = Random::new(3, 3);

        for _ in 0..500 {
            let held = slip("Testwood", &mut random);
            assert!(held.starts_with('T'));
            assert!((7..=9).contains(&held.len()), "{held}");
        }
        assert_eq!(slip("Ada", &mut random), "Ada");
    }

    #[test]
    fn about_one_birth_date_in_seventy_is_missing() {
        let mut random = Random::new(3, 4);
        let born = jiff::civil::date(2015, 4, 7);

        let missing = (0..10_000)
            .filter(|_| birth(born, &mut random).is_none())
            .count();

        assert!((80..220).contains(&missing), "{missing}");
    }
}
