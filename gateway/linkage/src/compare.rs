//! Weighs one held person against the subject, part by part.

mod names;

use rapidfuzz::distance::osa;
use stile_model::subject::Born;

use crate::bits::ratio;
use crate::born::{self, BornLevel, is_weak};
use crate::frequencies::Frequencies;
use crate::identifier::Strength;
use crate::kin;
use crate::level::Level;
use crate::person::{Named, Numbered, Person};
use crate::place::PlaceLevel;
use crate::resolve::Weight;
use crate::shares::{NameBits, Shares};
use crate::weights::{self, NumberLevel, Rate};

use names::name_levels;
pub(crate) use names::{Middle, NameLevels, middle};

/// Bits that agreement under another than the first name costs: there were more names to try.
const OTHER_NAME_BITS: f64 = -1.0;

/// What was found when a held person was compared with the subject.
#[derive(Default)]
pub(crate) struct Comparison {
    pub(crate) name: NameLevels,
    pub(crate) born: Option<BornLevel>,
    /// Years between two whole dates of birth; 0 when one is not whole.
    pub(crate) years_apart: u16,
    /// The 1st of January stands on one side.
    pub(crate) weak_date: bool,
    pub(crate) same_sex: Option<bool>,
    pub(crate) place: Option<PlaceLevel>,
    /// Whether both sides have a postcode of that place.
    pub(crate) both_coded: Option<bool>,
    pub(crate) same_phone: bool,
    /// Best first.
    pub(crate) number: Option<NumberLevel>,
    pub(crate) conflict: bool,
    /// Parts with their bits against a stranger.
    pub(crate) weights: Vec<Weight>,
    /// Sum against a stranger.
    pub(crate) bits: f64,
    /// Sum against a member of the family.
    pub(crate) kin_bits: f64,
}

impl Comparison {
    /// Compares `held` with `subject`.
    pub(crate) fn new(subject: &Person, shares: &Shares, held: &Person, f: &Frequencies) -> Self {
        let mut all = Self::default();
        all.compare_names(subject, shares, held, f);
        all.compare_born(subject, shares, held, f);
        all.compare_sex(subject, held, f);
        all.compare_places(subject, held, f);
        all.compare_phones(subject, held, f);
        all.compare_numbers(subject, held, f);
        all
    }

    /// Bits when a stranger and a family member are both weighed, before prior and rivals.
    pub(crate) fn odds_bits(&self, f: &Frequencies) -> f64 {
        let rough = matches!(self.born, None | Some(BornLevel::Year | BornLevel::Range));
        let missing = rough || self.name.given.is_none();
        let kin_share = f.kin.held(missing) / f.total();
        -((-self.bits).exp2() + kin_share * (-self.kin_bits).exp2()).log2()
    }

    /// Do the forenames agree, so that of one family only a namesake could be meant? Names that
    /// are merely alike are borne by twins too.
    fn is_namesake(&self) -> bool {
        self.name.swapped
            || self
                .name
                .given
                .is_some_and(|level| level <= Level::Nickname)
    }

    fn push(&mut self, part: &'static str, level: &'static str, bits: f64, kin_bits: f64) {
        self.weights.push(Weight { part, level, bits });
        self.bits += bits;
        self.kin_bits += kin_bits;
    }

    fn compare_names(&mut self, subject: &Person, shares: &Shares, held: &Person, f: &Frequencies) {
        let mut best: Option<Self> = None;
        for (i, (named, bits)) in subject.names.iter().zip(&shares.names).enumerate() {
            for (j, other) in held.names.iter().enumerate() {
                let mut one = Self::default();
                one.compare_name(named, bits, other, f);
                if i + j > 0 {
                    one.push("which name", "another than the first", OTHER_NAME_BITS, 0.0);
                }
                if best.as_ref().is_none_or(|best| one.bits > best.bits) {
                    best = Some(one);
                }
            }
        }
        if let Some(best) = best {
            *self = best;
        }
    }

    fn compare_name(&mut self, named: &Named, bits: &NameBits, other: &Named, f: &Frequencies) {
        let (levels, middle) = name_levels(named, bits, other, f);
        self.name = levels;
        if levels.swapped {
            self.push(
                "name",
                "forename and surname swapped",
                bits.swapped,
                against_kin(weights::SWAPPED),
            );
            return;
        }
        if let Some(level) = levels.given {
            self.push(
                "forename",
                level.word(),
                bits.given(level),
                f.kin.given(level, &f.weights),
            );
        }
        if let Some(level) = levels.surname {
            self.push(
                "surname",
                level.word(),
                bits.surname(level),
                against_kin(f.weights.surname(level)),
            );
        }
        if let Some(middle) = middle {
            self.push_middle(middle, f);
        }
    }

    fn push_middle(&mut self, middle: Middle, f: &Frequencies) {
        let initial = ratio(f.weights.middle_initial(true).m, weights::MIDDLE_INITIAL_U);
        let (word, bits, rate) = match middle {
            Middle::Different => {
                let rate = f.weights.middle_name(false);
                ("different", ratio(rate.m, rate.kin), rate)
            }
            Middle::InitialDiffers => {
                let rate = f.weights.middle_initial(false);
                (
                    "initial differs",
                    ratio(rate.m, 1.0 - weights::MIDDLE_INITIAL_U),
                    rate,
                )
            }
            Middle::Initial => ("initial agrees", initial, f.weights.middle_initial(true)),
            Middle::Same { bearers } => {
                let rate = f.weights.middle_name(true);
                (
                    "identical",
                    ratio(rate.m, f.share(bearers)).clamp(initial, 9.0),
                    rate,
                )
            }
        };
        let agrees = matches!(middle, Middle::Initial | Middle::Same { .. });
        let kin_bits = kin::middle(rate, agrees, self.is_namesake());
        self.push("middle name", word, bits, kin_bits);
    }

    fn compare_born(&mut self, subject: &Person, shares: &Shares, held: &Person, f: &Frequencies) {
        let (Some(known), Some(Born::Exact(date))) = (subject.born, held.born) else {
            return;
        };
        let Some(level) = born::level(known, date) else {
            return;
        };
        let namesake = self.is_namesake();
        self.born = Some(level);
        if let Born::Exact(known) = known {
            self.years_apart = known.year().abs_diff(date.year());
        }
        self.weak_date = is_weak(date) || matches!(known, Born::Exact(known) if is_weak(known));
        self.push(
            "date of birth",
            level.word(),
            shares.born(level),
            f.kin.born(level, namesake, &f.weights),
        );
    }

    fn compare_sex(&mut self, subject: &Person, held: &Person, f: &Frequencies) {
        let Some((a, b)) = subject.sex.zip(held.sex) else {
            return;
        };
        let rate = f.weights.sex(a == b);
        self.same_sex = Some(a == b);
        self.push(
            "sex",
            if a == b { "same" } else { "different" },
            ratio(rate.m, rate.kin),
            f.kin.sex(a == b, &f.weights),
        );
    }

    fn compare_places(&mut self, subject: &Person, held: &Person, f: &Frequencies) {
        let pairs = subject
            .places
            .iter()
            .flat_map(|a| held.places.iter().map(move |b| (a, b)));
        let best = pairs
            .filter_map(|(a, b)| {
                let no_code = a.key().is_none() || b.key().is_none();
                a.level(b).map(|level| (level, no_code, a.key()))
            })
            .min();
        let Some((level, no_code, key)) = best else {
            return;
        };
        let household = f.share(weights::HOUSEHOLD);
        let at_code = f.share(
            key.map_or(0, |key| f.at_postcode(key))
                .max(weights::HOUSEHOLD),
        );
        let street = f.share(weights::STREET).min(0.05).max(at_code);
        let u = match level {
            PlaceLevel::House => household,
            PlaceLevel::Postcode => at_code,
            PlaceLevel::Street => street,
            PlaceLevel::District => street.max(0.05),
            PlaceLevel::Different => 1.0,
        };
        let rate = f.weights.place(level);
        let ceiling = ratio(f.weights.place(PlaceLevel::House).m, household);
        self.place = Some(level);
        self.both_coded = Some(!no_code);
        self.push(
            "address",
            level.word(),
            ratio(rate.m, u).min(ceiling),
            against_kin(rate),
        );
    }

    fn compare_phones(&mut self, subject: &Person, held: &Person, f: &Frequencies) {
        if subject.phones.is_empty() || held.phones.is_empty() {
            return;
        }
        let same = held
            .phones
            .iter()
            .any(|number| subject.phones.contains(number));
        let rate = f.weights.phone(same);
        let u = if same {
            f.share(weights::HOUSEHOLD)
        } else {
            1.0
        };
        self.same_phone = same;
        self.push(
            "telephone",
            if same { "same" } else { "different" },
            ratio(rate.m, u).min(12.0),
            against_kin(rate),
        );
    }

    fn compare_numbers(&mut self, subject: &Person, held: &Person, f: &Frequencies) {
        for (scheme, level) in number_levels(&subject.numbers, &held.numbers) {
            let rate = weights::number(level);
            let (word, u) = match level {
                NumberLevel::Same => ("same", f.share(1)),
                NumberLevel::Doubted => ("same, but made for another birthday or sex", f.share(10)),
                NumberLevel::Slip => ("one slip apart", f.share(10)),
                NumberLevel::Different | NumberLevel::Conflict => ("different", 1.0),
            };
            self.number = Some(self.number.map_or(level, |best| best.min(level)));
            self.conflict |= level == NumberLevel::Conflict || level == NumberLevel::Different;
            self.push(
                scheme_word(scheme),
                word,
                ratio(rate.m, u),
                against_kin(rate),
            );
        }
    }
}

/// Bits for the subject and against a member of the family.
fn against_kin(rate: Rate) -> f64 {
    ratio(rate.m, rate.kin)
}

fn scheme_word(scheme: &str) -> &'static str {
    match scheme {
        "nhs_number" => "NHS number",
        "upn" => "unique pupil number",
        _ => "identifier",
    }
}

/// The best agreement within each scheme that both have.
pub(crate) fn number_levels<'a>(
    ours: &'a [Numbered],
    theirs: &[Numbered],
) -> Vec<(&'a str, NumberLevel)> {
    let mut levels: Vec<(&str, NumberLevel)> = Vec::new();
    for a in ours {
        for b in theirs.iter().filter(|b| b.scheme == a.scheme) {
            let Some(level) = number_level(a, b) else {
                continue;
            };
            match levels
                .iter_mut()
                .find(|(scheme, _)| *scheme == a.scheme.as_str())
            {
                Some((_, best)) => *best = level.min(*best),
                None => levels.push((a.scheme.as_str(), level)),
            }
        }
    }
    levels
}

/// `None` when one of them is a number for the time being and they differ: that says nothing.
fn number_level(a: &Numbered, b: &Numbered) -> Option<NumberLevel> {
    let either = |strength| a.strength == strength || b.strength == strength;
    if a.value == b.value {
        return Some(if either(Strength::Doubted) {
            NumberLevel::Doubted
        } else {
            NumberLevel::Same
        });
    }
    if either(Strength::Temporary) {
        return None;
    }
    let plain = a.strength == Strength::Plain;
    let slip = || a.value.len() >= 5 && osa::distance(a.value.bytes(), b.value.bytes()) <= 1;
    Some(if either(Strength::Doubted) {
        NumberLevel::Different
    } else if !plain {
        NumberLevel::Conflict
    } else if slip() {
        NumberLevel::Slip
    } else {
        NumberLevel::Different
    })
}
