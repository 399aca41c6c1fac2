//! The people whom the demo's cases are about. They are in every world, whatever the seed.

use stile_model::time::Date;

use super::family::Person;
use super::identifiers::{CAST_FROM, nhs_number, pnc_id, upn};
use super::kind::Kind::{
    self, Education, Health, Housing, Police, Probation, SocialCare, YouthJustice,
};
use super::names::Sex::{self, Female, Male};
use super::places::Place;

/// The secret house in which Carys and her children live.
pub const REFUGE_HOUSE: &str = "Rowan House";
/// The refuge as a line. Nobody else in Riverside lives in this street.
pub const REFUGE_LINE: &str = "Rowan House, 3 Mill Lane, Riverside";
/// Its postcode.
pub const REFUGE_POSTCODE: &str = "RV4 7QD";
/// The telephone there.
pub const REFUGE_PHONE: &str = "07700 900931";
/// Where the family lived, and where the ex-partner and his son still do.
pub const FORMER_HOME: (&str, &str) = ("14 Alder Row, Riverside", "RV1 2AB");

/// One of the story's people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Who {
    /// Eleven months old; early help with consent.
    Ayaan,
    /// Mother of the twins and Mali; at a refuge.
    Carys,
    /// Mother of Daria; threshold enquiry.
    Elena,
    /// Neighbour who reported; must never be named.
    Gwen,
    /// Mother of Ayaan.
    Hodan,
    /// Protected witness; must not be shown to exist.
    Idris,
    /// Child in need.
    Kacper,
    /// The child of the red case.
    Mali,
    /// Ex-partner who poses risk.
    OwenElder,
    /// His son of the same name.
    OwenYounger,
    /// Twin brother.
    Rhodri,
    /// Twin brother.
    Rhys,
    /// Child of the threshold enquiry.
    Daria,
    /// Mother of Kacper.
    Zofia,
}

/// Everything fixed about one of them.
#[derive(Debug, Clone, Copy)]
pub struct Member {
    /// Which person.
    pub who: Who,
    /// Forename.
    pub forename: &'static str,
    /// Surname.
    pub surname: &'static str,
    /// Former surname; empty when none.
    pub former: &'static str,
    /// Year, month and day of birth.
    pub born: (i16, i8, i8),
    /// Sex.
    pub sex: Sex,
    /// Address line and postcode that the hub knows.
    pub home: (&'static str, &'static str),
    /// Telephone; empty when none is known.
    pub phone: &'static str,
    /// School; empty when none.
    pub school: &'static str,
    /// Household number, below 100.
    pub household: u32,
    /// Lives at the refuge.
    pub at_refuge: bool,
    /// Which agencies hold them.
    pub held_by: &'static [Kind],
}

/// Every member of the cast.
pub const CAST: &[Member] = &[
    m(
        Who::Mali,
        "Mali",
        "Testwood",
        "",
        (2018, 5, 9),
        Female,
        FORMER_HOME,
        "",
        "Riverside Primary School",
        1,
        FAMILY,
    ),
    m(
        Who::Rhys,
        "Rhys",
        "Testwood",
        "",
        (2021, 2, 14),
        Male,
        FORMER_HOME,
        "",
        "Riverside Primary School",
        1,
        FAMILY,
    ),
    m(
        Who::Rhodri,
        "Rhodri",
        "Testwood",
        "",
        (2021, 2, 14),
        Male,
        FORMER_HOME,
        "",
        "Riverside Primary School",
        1,
        FAMILY,
    ),
    m(
        Who::Carys,
        "Carys",
        "Testwood",
        "Llewellyn",
        (1994, 6, 3),
        Female,
        FORMER_HOME,
        "07700 900921",
        "",
        1,
        &[Health, Housing, Police, SocialCare],
    ),
    m(
        Who::OwenElder,
        "Owen",
        "Sampleford",
        "",
        (1990, 9, 17),
        Male,
        FORMER_HOME,
        "07700 900922",
        "",
        2,
        &[Health, Housing, Police, Probation, SocialCare],
    ),
    m(
        Who::OwenYounger,
        "Owen",
        "Sampleford",
        "",
        (2009, 9, 17),
        Male,
        FORMER_HOME,
        "07700 900923",
        "Beacon Academy",
        2,
        &[Education, Police, SocialCare, YouthJustice],
    ),
    m(
        Who::Gwen,
        "Gwen",
        "Complainant",
        "",
        (1957, 11, 30),
        Female,
        ("16 Alder Row, Riverside", "RV1 2AB"),
        "01632 960924",
        "",
        3,
        &[Housing, Police],
    ),
    m(
        Who::Zofia,
        "Zofia",
        "Nowakowska-Hughes",
        "Nowakowska",
        (1991, 3, 22),
        Female,
        ("27 Heron Road, Riverside", "RV2 4PL"),
        "07700 900925",
        "",
        4,
        &[Health, Housing, SocialCare],
    ),
    m(
        Who::Kacper,
        "Kacper",
        "Nowakowski-Hughes",
        "",
        (2016, 8, 4),
        Male,
        ("27 Heron Road, Riverside", "RV2 4PL"),
        "",
        "Heron Park Primary School",
        4,
        &[Education, Health, Housing, SocialCare],
    ),
    m(
        Who::Elena,
        "Elena",
        "Exempleanu",
        "Popescu",
        (1996, 12, 8),
        Female,
        ("Flat 2, 61 Quay Street, Riverside", "RV3 1TN"),
        "07700 900926",
        "",
        5,
        &[Health, Housing, Police, SocialCare],
    ),
    m(
        Who::Daria,
        "Daria",
        "Exempleanu",
        "",
        (2019, 10, 19),
        Female,
        ("Flat 2, 61 Quay Street, Riverside", "RV3 1TN"),
        "",
        "St Brigid's Primary School",
        5,
        &[Education, Health, Housing, SocialCare],
    ),
    m(
        Who::Hodan,
        "Hodan",
        "Tusaale",
        "",
        (1998, 1, 1),
        Female,
        ("8 Lark Rise, Riverside", "RV5 2GH"),
        "07700 900927",
        "",
        6,
        &[Health, Housing],
    ),
    m(
        Who::Ayaan,
        "Ayaan",
        "Tusaale",
        "",
        (2025, 4, 2),
        Male,
        ("8 Lark Rise, Riverside", "RV5 2GH"),
        "",
        "",
        6,
        &[Health, SocialCare],
    ),
    m(
        Who::Idris,
        "Idris",
        "Sealwood",
        "",
        (1985, 7, 11),
        Male,
        ("90 Tanner's Row, Riverside", "RV6 3JE"),
        "07700 900928",
        "",
        7,
        &[Health, Police, SocialCare],
    ),
];

const FAMILY: &[Kind] = &[Education, Health, Housing, Police, SocialCare];

#[expect(
    clippy::too_many_arguments,
    reason = "one row of the table above, in its column order"
)]
const fn m(
    who: Who,
    forename: &'static str,
    surname: &'static str,
    former: &'static str,
    born: (i16, i8, i8),
    sex: Sex,
    home: (&'static str, &'static str),
    phone: &'static str,
    school: &'static str,
    household: u32,
    held_by: &'static [Kind],
) -> Member {
    let at_refuge = household == 1;
    Member {
        who,
        forename,
        surname,
        former,
        born,
        sex,
        home,
        phone,
        school,
        household,
        at_refuge,
        held_by,
    }
}

impl Member {
    /// Date of birth.
    pub fn born_on(&self) -> Date {
        let (year, month, day) = self.born;
        jiff::civil::date(year, month, day)
    }

    /// NHS number, the same in every world.
    pub fn nhs(&self) -> String {
        nhs_number(self.number()).0
    }

    /// The person behind the row.
    pub fn person(&self) -> Person {
        let home = Place::new(self.home.0, self.home.1);
        let refuge = (
            Place::new(REFUGE_LINE, REFUGE_POSTCODE),
            REFUGE_PHONE.to_owned(),
        );
        Person {
            who: Some(self.who),
            forename: self.forename.to_owned(),
            surname: self.surname.to_owned(),
            former: (!self.former.is_empty()).then(|| self.former.to_owned()),
            born: self.born_on(),
            sex: self.sex,
            previous: home.clone(),
            home,
            phone: self.phone.to_owned(),
            nhs: self.nhs(),
            upn: (!self.school.is_empty()).then(|| upn(self.number())),
            pnc: self.has_record().then(|| pnc_id(self.number())),
            school: self.school,
            household: self.household,
            refuge: self.at_refuge.then_some(refuge),
            sealed: self.who == Who::Idris,
        }
    }

    fn has_record(&self) -> bool {
        matches!(self.who, Who::Idris | Who::OwenElder | Who::OwenYounger)
    }

    /// Twenty apart, so that a skipped NHS number never makes two of them share the next.
    fn number(&self) -> u32 {
        let at = CAST
            .iter()
            .position(|member| member.who == self.who)
            .unwrap_or(0);
        CAST_FROM.saturating_add(u32::try_from(at).unwrap_or(0).saturating_mul(20))
    }
}
