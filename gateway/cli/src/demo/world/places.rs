//! Riverside: a town that does not exist, its streets, postcodes, schools and surgeries.
//!
//! Postcodes fit the UK shape in the area `RV`, which Royal Mail has not allotted.

use super::random::Random;

/// Where somebody lives.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// House, street and town: `14 Alder Row, Riverside`.
    pub line: String,
    /// `RV1 2AB`.
    pub postcode: String,
}

impl Place {
    /// A place from its two parts.
    pub fn new(line: &str, postcode: &str) -> Self {
        Self {
            line: line.to_owned(),
            postcode: postcode.to_owned(),
        }
    }

    /// Some house of Riverside.
    pub fn random(random: &mut Random) -> Self {
        let street = random.below(u32::try_from(STREETS.len()).unwrap_or(1));
        let house = 1 + random.below(140);
        let flat = if random.chance(180) {
            format!("Flat {}, ", 1 + random.below(12))
        } else {
            String::new()
        };
        let name = STREETS
            .get(usize::try_from(street).unwrap_or(0))
            .copied()
            .unwrap_or("High Street");
        Self {
            line: format!("{flat}{house} {name}, Riverside"),
            postcode: postcode(street, house / 24),
        }
    }
}

/// The postcode of one stretch of one street.
fn postcode(street: u32, stretch: u32) -> String {
    // Inward letters leave out C, I, K, M, O and V, as the real ones do.
    const LETTERS: &str = "ABDEFGHJLNPQRSTUWXYZ";
    let letter = |at: u32| {
        LETTERS
            .chars()
            .nth(usize::try_from(at % 20).unwrap_or(0))
            .unwrap_or('A')
    };
    let at = street * 6 + stretch;
    format!(
        "RV{} {}{}{}",
        1 + street % 9,
        at % 10,
        letter(at / 7),
        letter(at * 3 + 5)
    )
}

/// Streets of Riverside.
pub const STREETS: &[&str] = &[
    "Abbey Close",
    "Acorn Street",
    "Albion Terrace",
    "Anchor Road",
    "Ash Grove",
    "Aspen Way",
    "Baker's Hill",
    "Barley Road",
    "Beacon Lane",
    "Birch Avenue",
    "Bluebell Court",
    "Bridge Street",
    "Brook Road",
    "Canal Walk",
    "Castle Street",
    "Cedar Drive",
    "Chapel Lane",
    "Cherry Tree Road",
    "Church Street",
    "Clover Close",
    "Copper Beech Way",
    "Coronation Road",
    "Cross Street",
    "Dale View",
    "Dockside Road",
    "Dyer's Yard",
    "East Parade",
    "Elm Row",
    "Fairfield Road",
    "Falcon Street",
    "Fern Bank",
    "Ferry Road",
    "Foundry Street",
    "Garden Terrace",
    "George Street",
    "Glebe Road",
    "Grange Avenue",
    "Hawthorn Road",
    "Hazel Grove",
    "Heron Road",
    "High Street",
    "Hollybush Lane",
    "Ivy Terrace",
    "Jubilee Street",
    "Kestrel Close",
    "King's Road",
    "Kiln Lane",
    "Lark Rise",
    "Lime Avenue",
    "Linden Road",
    "Lock Street",
    "Magnolia Drive",
    "Maple Crescent",
    "Market Street",
    "Marsh Road",
    "Meadow View",
    "Merchant Street",
    "Nelson Street",
    "North Quay",
    "Oak Drive",
    "Old Station Road",
    "Orchard Street",
    "Park Road",
    "Pear Tree Lane",
    "Plane Avenue",
    "Poplar Road",
    "Primrose Hill",
    "Quarry Road",
    "Queen Street",
    "Railway Terrace",
    "Rope Walk",
    "Salisbury Road",
    "Silver Street",
    "South Quay",
    "Spring Gardens",
    "Station Road",
    "Sycamore Road",
    "Tanner's Row",
    "Tower Road",
    "Union Street",
    "Victoria Road",
    "Weaver Street",
    "Westgate",
    "Willow Walk",
    "Windmill Road",
    "York Street",
];

/// Schools of Riverside.
pub const SCHOOLS: &[&str] = &[
    "Riverside Primary School",
    "Heron Park Primary School",
    "St Brigid's Primary School",
    "Kiln Lane Nursery",
    "Beacon Academy",
    "Ferry Road High School",
    "Quayside College",
];

/// Surgeries of Riverside.
pub const SURGERIES: &[&str] = &[
    "Quayside Surgery",
    "Beacon Medical Centre",
    "Dr Fernandes and Partners",
    "Ferry Road Health Centre",
];

/// Courts that sit for Riverside.
pub const COURTS: &[&str] = &[
    "Riverside Magistrates' Court",
    "Riverside Crown Court",
    "Riverside Youth Court",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_postcode_fits_the_uk_shape_in_the_unused_area() {
        let mut random = Random::new(7, 0);

        for _ in 0..2_000 {
            let place = Place::random(&mut random);
            let shape: String = place
                .postcode
                .chars()
                .map(|c| {
                    if c.is_ascii_digit() {
                        '9'
                    } else if c == ' ' {
                        ' '
                    } else {
                        'A'
                    }
                })
                .collect();
            assert_eq!(shape, "AA9 9AA");
            assert!(place.postcode.starts_with("RV"));
        }
    }
}
