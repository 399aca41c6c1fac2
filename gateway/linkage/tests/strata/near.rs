//! People who look like the subject: twins, parents, cousins, strangers, copied numbers.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "made-up people, from lists of fixed length"
)]

use stile_model::subject::{Born, PersonRow, Sex, Subject};
use stile_model::time::Date;

use crate::names::{BOYS, GIRLS};
use crate::world::{Dice, Human, asking, family, numbered};

/// A stratum in which the subject is not held and somebody alike is.
pub struct NearMiss {
    pub name: &'static str,
    /// Judged among two hundred times as many people.
    pub large: bool,
    pub make: fn(&mut Dice, &Human) -> (Subject, PersonRow),
}

/// Somebody else of the same sex, who is not called as `human` is.
fn renamed(dice: &mut Dice, human: &Human) -> Human {
    let mut other = human.clone();
    while other.given == human.given || other.given == human.middle {
        dice.forename(human.sex).clone_into(&mut other.given);
    }
    while other.middle == human.middle || other.middle == human.given {
        dice.forename(human.sex).clone_into(&mut other.middle);
    }
    other
}

/// Another forename with the same first letter.
fn same_initial(dice: &mut Dice, human: &Human) -> Human {
    let list = if human.sex == Sex::Female {
        GIRLS
    } else {
        BOYS
    };
    let alike: Vec<&str> = list
        .iter()
        .copied()
        .filter(|name| *name != human.given && *name != human.middle)
        .filter(|name| name.get(..1) == human.given.get(..1))
        .collect();
    let mut other = renamed(dice, human);
    if !alike.is_empty() {
        dice.one(&alike).clone_into(&mut other.given);
    }
    other
}

fn parent(dice: &mut Dice, human: &Human) -> Human {
    let years = 17 + dice.days(30);
    let days = dice.days(365);
    let earlier = jiff::Span::new().years(years).days(days);
    Human {
        born: human.born.saturating_sub(earlier),
        ..human.clone()
    }
}

/// The same name in another family.
pub fn elsewhere(dice: &mut Dice, human: &Human) -> Human {
    let home = family(dice).remove(0);
    Human {
        line: home.line,
        postcode: home.postcode,
        nhs: home.nhs,
        ..human.clone()
    }
}

fn nameless(mut subject: Subject) -> Subject {
    subject.names[0].forenames = "".into();
    subject
}

/// All strata of near misses.
pub const NEAR_MISSES: &[NearMiss] = &[
    NearMiss {
        name: "twin of the same sex",
        large: false,
        make: |dice, human| (human.subject(), renamed(dice, human).row()),
    },
    NearMiss {
        name: "twin with the same initial",
        large: false,
        make: |dice, human| (human.subject(), same_initial(dice, human).row()),
    },
    NearMiss {
        name: "twin, enquiry gives only the initial",
        large: false,
        make: |dice, human| {
            let mut asked = human.subject();
            asked.names[0].forenames = human.given.get(..1).expect("a letter").into();
            (asked, same_initial(dice, human).row())
        },
    },
    NearMiss {
        name: "twin, enquiry without forename",
        large: false,
        make: |dice, human| (nameless(human.subject()), renamed(dice, human).row()),
    },
    NearMiss {
        name: "twin recorded as `Baby` or `Twin 2`",
        large: false,
        make: |dice, human| {
            let mut held = human.row();
            held.forenames = dice.one(&["Baby", "Twin 2", "Baby girl", "Infant"]).into();
            (human.subject(), held)
        },
    },
    NearMiss {
        name: "twin with the subject's NHS number",
        large: false,
        make: |dice, human| {
            let held = numbered(renamed(dice, human).row(), &human.nhs);
            (asking(human.subject(), &human.nhs), held)
        },
    },
    NearMiss {
        name: "sibling with the subject's NHS number",
        large: false,
        make: |dice, human| {
            let mut sibling = renamed(dice, human);
            sibling.born = human.born.saturating_add(jiff::Span::new().days(700));
            let held = numbered(sibling.row(), &human.nhs);
            (asking(human.subject(), &human.nhs), held)
        },
    },
    NearMiss {
        name: "same everything, another NHS number",
        large: false,
        make: |dice, human| {
            let held = numbered(human.row(), &elsewhere(dice, human).nhs);
            (asking(human.subject(), &human.nhs), held)
        },
    },
    NearMiss {
        name: "parent of the same whole name at the address",
        large: false,
        make: |dice, human| (human.subject(), parent(dice, human).row()),
    },
    NearMiss {
        name: "parent of the same whole name, enquiry without date",
        large: false,
        make: |dice, human| {
            let mut asked = human.subject();
            asked.born = None;
            (asked, parent(dice, human).row())
        },
    },
    NearMiss {
        name: "parent of the same whole name, held without date",
        large: false,
        make: |dice, human| {
            let mut held = parent(dice, human).row();
            held.born = None;
            (human.subject(), held)
        },
    },
    NearMiss {
        name: "parent of the same whole name, date known to five years",
        large: false,
        make: |dice, human| {
            let mut asked = human.subject();
            asked.born = Some(Born::Approximate {
                date: human.born,
                years: 5,
            });
            (asked, parent(dice, human).row())
        },
    },
    NearMiss {
        name: "cousin of the same name and year of birth",
        large: false,
        make: |dice, human| {
            let mut cousin = elsewhere(dice, human);
            dice.forename(human.sex).clone_into(&mut cousin.middle);
            let january = Date::new(human.born.year(), 1, 2).expect("a date");
            let other = |days| january.saturating_add(jiff::Span::new().days(days));
            cousin.born = other(dice.days(363));
            while cousin.born == human.born {
                cousin.born = other(dice.days(363));
            }
            (human.subject(), cousin.row())
        },
    },
    NearMiss {
        name: "stranger of a common name and the same birthday, among a million",
        large: true,
        make: |dice, human| {
            let mut stranger = elsewhere(dice, human);
            dice.forename(human.sex).clone_into(&mut stranger.middle);
            (human.subject(), stranger.row())
        },
    },
];
