//! Weighs one held person against the subject, part by part.

mod names;
mod numbers;

use stile_model::subject::Born;

use crate::bits::ratio;
use crate::born::{self, BornLevel, is_weak};
use crate::frequencies::Frequencies;
use crate::level::Level;
use crate::person::{Named, Person};
use crate::place::PlaceLevel;
use crate::resolve::Weight;
use crate::shares::{NameBits, Shares};
use crate::weights::{self, NumberLevel, Rate};

pub(crate) use names::{Middle, NameLevels, middle, name_levels};
pub(crate) use numbers::number_levels;
use numbers::scheme_word;

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
    /// Most that the sex may weigh beside names that are merely alike.
    sex_most: Option<f64>,
    middle: Option<Middle>,
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
        all.hold_back_kin(f);
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

    /// Is it one forename, so that its bearers are nearly all of one sex?
    fn is_called_alike(&self) -> bool {
        let given = self.name.given;
        self.name.swapped || given.is_some_and(|level| level <= Level::Variant)
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
                against_kin(weights::SWAPPED).min(
                    f.kin.given(Level::Identical, &f.weights)
                        + against_kin(f.weights.surname(Level::Identical)),
                ),
            );
            return;
        }
        self.middle = middle;
        if let Some(level) = levels.given {
            self.sex_most = (level > Level::Variant).then(|| {
                let alike = bits.given(Level::Variant) - bits.given(level);
                alike + ratio(f.weights.sex(true).m, weights::sex_of_strangers(true, true))
            });
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

    /// Sees to it that a forename that agrees better never brings a family member nearer: of one
    /// name, further forenames tell less between father and son, and dates otherwise.
    fn hold_back_kin(&mut self, f: &Frequencies) {
        if self.name.swapped {
            return;
        }
        let of = |level: Option<Level>| {
            let namesake = level.is_some_and(|level| level <= Level::Nickname);
            let given = level.map_or(0.0, |level| f.kin.given(level, &f.weights));
            let born = self
                .born
                .map_or(0.0, |at| f.kin.born(at, namesake, &f.weights));
            let middle = self
                .middle
                .map_or(0.0, |middle| middle.kin_bits(&f.weights, namesake));
            given + born + middle
        };
        // A forename that is missing is held to one that is known and agrees.
        let known = self.name.given.unwrap_or(Level::Nickname);
        let better = Level::ALL.into_iter().filter(|level| *level < known);
        let most = better
            .map(|level| of(Some(level)))
            .fold(f64::INFINITY, f64::min);
        self.kin_bits -= (of(self.name.given) - most).max(0.0);
    }

    fn push_middle(&mut self, middle: Middle, f: &Frequencies) {
        let rate = middle.rate(&f.weights);
        let (word, bits) = match middle {
            Middle::Different => ("different", ratio(rate.m, rate.kin)),
            Middle::InitialDiffers => (
                "initial differs",
                ratio(rate.m, 1.0 - weights::MIDDLE_INITIAL_U),
            ),
            Middle::Initial { letter } => {
                let bits = ratio(rate.m, f.forenames.later_initial(letter));
                ("initial agrees", bits)
            }
            Middle::Same { bearers, letter } => {
                let initial = f.forenames.later_initial(letter);
                let least = ratio(f.weights.middle_initial(true).m, initial);
                let bits = ratio(rate.m, f.forenames.later_share(bearers));
                ("identical", bits.min(9.0).max(least))
            }
        };
        let kin_bits = middle.kin_bits(&f.weights, self.is_namesake());
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
        let same = a == b;
        let m = f.weights.sex(same).m;
        let called = self.is_called_alike();
        self.same_sex = Some(same);
        let mut bits = ratio(m, weights::sex_of_strangers(same, called));
        if same {
            // A forename that agrees better, and takes this from the sex, must still weigh more.
            bits = bits.min(self.sex_most.unwrap_or(bits));
        }
        self.push(
            "sex",
            if same { "same" } else { "different" },
            bits,
            f.kin.sex(same, &f.weights),
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
                let apart = a.district().is_some() && b.district().is_some();
                a.level(b)
                    .map(|level| (level, no_code, apart, a.key(), a.district()))
            })
            .min();
        let Some((level, no_code, apart, key, district)) = best else {
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
            // No less than a street, where the agency is small.
            PlaceLevel::District => (street * 2.0).max(f.in_district(district)),
            PlaceLevel::Different => 1.0,
        };
        let mut rate = f.weights.place(level);
        if level == PlaceLevel::Different && !apart {
            // It may be the same district: nobody knows.
            rate.m += f.weights.place(PlaceLevel::District).m;
            rate.kin = rate.m;
        }
        let ceiling = ratio(f.weights.place(PlaceLevel::House).m, household);
        // Where everybody lives in one district, sharing it is no less than not knowing.
        let unknown =
            f.weights.place(PlaceLevel::Different).m + f.weights.place(PlaceLevel::District).m;
        let floor = match level {
            PlaceLevel::Different => f64::NEG_INFINITY,
            _ => unknown.log2(),
        };
        self.place = Some(level);
        self.both_coded = Some(!no_code);
        self.push(
            "address",
            level.word(),
            ratio(rate.m, u).max(floor).min(ceiling),
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
                NumberLevel::Same => ("same", f.share_of_others(1)),
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
