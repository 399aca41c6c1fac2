//! A name in a few bytes: what tells without reading the name that two do not agree.
//!
//! A vocabulary is compared a name at a time, and reading each name of it costs a visit to memory.
//! Every bound here is exact: what it passes over would be found different by reading it too.

/// From this similarity of Jaro and Winkler two names are alike.
pub(super) const ALIKE: f64 = 0.87;

/// From this one they are a slip apart.
pub(super) const SLIP: f64 = 0.93;

/// What of a name is kept in a row with all others.
#[derive(Clone, Copy)]
pub(crate) struct Gist {
    /// The letters in it, a bit each; then those that are in it twice, and three times.
    letters: u32,
    twice: u32,
    thrice: u32,
    /// Digest of its sound.
    sound: u32,
    /// Digest of its transliteration key.
    key: u32,
    /// Digest of the usual spelling; 0 when there is none.
    usual: u32,
    /// One bit of its own, by its digest.
    own: u32,
    /// The bits of its short forms.
    shorts: u32,
    /// The first letters; 0 after the end.
    head: [u8; 4],
    length: u8,
    /// The sound is long enough to tell something by itself.
    telling: bool,
}

/// How far two names can be alike at most.
struct Reach {
    shorter: u8,
    /// Slips between them, at least.
    slips: u32,
    /// Similarity of Jaro and Winkler, at most.
    alike: f64,
    /// One may begin with the other.
    begins: bool,
}

impl Gist {
    /// Of a name with its sound, transliteration key, short forms and usual spelling.
    pub(super) fn new(
        text: &str,
        sound: &str,
        key: &str,
        shorts: &[&str],
        usual: Option<&str>,
    ) -> Self {
        let bit = |text: &str| 1 << (digest(text) >> 27);
        let mut head = [0; 4];
        for (place, byte) in head.iter_mut().zip(text.bytes()) {
            *place = byte;
        }
        let [letters, twice, thrice] = letters(text);
        Self {
            letters,
            twice,
            thrice,
            sound: digest(sound),
            key: digest(key),
            usual: usual.map_or(0, digest),
            own: bit(text),
            shorts: shorts.iter().fold(0, |bits, short| bits | bit(short)),
            head,
            length: u8::try_from(text.len()).unwrap_or(u8::MAX),
            telling: sound.len() >= 3,
        }
    }

    /// Letters that only one of the two has.
    pub(super) const fn differing(self, other: Self) -> u32 {
        (self.letters ^ other.letters).count_ones()
    }

    /// Letters that this one has and the other has not, or not as often; at least.
    const fn beyond(self, other: Self) -> u32 {
        (self.letters & !other.letters).count_ones()
            + (self.twice & !other.twice).count_ones()
            + (self.thrice & !other.thrice).count_ones()
    }

    /// Are the two so far apart that their level is certainly `Level::Different`?
    ///
    /// Says no wherever it cannot be sure; `Form::level` then reads the names.
    pub(crate) fn surely_differs(self, other: Self) -> bool {
        if self.length <= 1 || other.length <= 1 {
            return self.head.first() != other.head.first();
        }
        let differing = self.differing(other);
        let sounds = self.telling && self.sound == other.sound;
        if differing > 4 && !sounds {
            return !self.in_a_table(other);
        }
        if self.in_a_table(other) || self.article(other) {
            return false;
        }
        let same_start = self.head.first() == other.head.first();
        if !sounds && differing > if same_start { 4 } else { 2 } {
            return true;
        }
        let reach = self.reach(other);
        let slips = (reach.slips <= 2 && reach.shorter >= 6) || reach.slips <= 1;
        let agrees = self.sound == other.sound || self.key == other.key || reach.begins;
        reach.alike < ALIKE && (reach.shorter < 3 || !(slips || agrees))
    }

    /// Are the two so far apart that they are certainly neither one name, nor its forms in a table,
    /// nor a slip apart?
    pub(crate) fn surely_no_slip(self, other: Self) -> bool {
        if self.length <= 1 || other.length <= 1 {
            return self.head.first() != other.head.first();
        }
        if self.in_a_table(other) {
            return false;
        }
        // Two letters more or less are the most that a slip changes; likeness may change more.
        if self.differing(other) > 4 && !(self.telling && self.sound == other.sound) {
            return true;
        }
        let reach = self.reach(other);
        let same = reach.slips == 0;
        !same && (reach.shorter < 4 || (reach.slips > 1 && reach.alike < SLIP))
    }

    /// May a table hold the two as one name?
    const fn in_a_table(self, other: Self) -> bool {
        self.shorts & other.own != 0
            || other.shorts & self.own != 0
            || (self.usual != 0 && self.usual == other.usual)
    }

    /// May one be the other with an article before it?
    const fn article(self, other: Self) -> bool {
        let apart = self.length.abs_diff(other.length);
        let (fewer, more) = if self.length <= other.length {
            (self.letters, other.letters)
        } else {
            (other.letters, self.letters)
        };
        (apart == 2 || apart == 3) && fewer & !more == 0
    }

    /// How far two names of two letters or more can be alike.
    fn reach(self, other: Self) -> Reach {
        let (a, b) = (self.length, other.length);
        let (ours, theirs) = (self.beyond(other), other.beyond(self));
        let shorter = a.min(b);
        let heads = self.head.iter().zip(other.head);
        let shared = heads.take_while(|(x, y)| **x == *y && *y != 0).count();
        let only_in_shorter = if a <= b { ours } else { theirs };
        Reach {
            shorter,
            slips: ours.max(theirs).max(u32::from(a.abs_diff(b))),
            alike: likeness((a, ours), (b, theirs), shared),
            begins: only_in_shorter == 0 && shared >= usize::from(shorter.min(4)),
        }
    }

    /// Slips between the two, at least, and their similarity of Jaro and Winkler, at most.
    pub(super) fn bounds(self, other: Self) -> (u32, f64) {
        let reach = self.reach(other);
        (reach.slips, reach.alike)
    }
}

/// Similarity of Jaro and Winkler at most, of two lengths with the letters that only one has, and of
/// so many first letters shared, four at most.
fn likeness((a, ours): (u8, u32), (b, theirs): (u8, u32), shared: usize) -> f64 {
    let matching = u32::from(a)
        .saturating_sub(ours)
        .min(u32::from(b).saturating_sub(theirs));
    let matching = f64::from(matching);
    let jaro = (matching / f64::from(a) + matching / f64::from(b) + 1.0) / 3.0;
    let start = f64::from(u8::try_from(shared).unwrap_or(4)) * 0.1;
    // Room for how the real one is rounded.
    jaro + start * (1.0 - jaro) + 1e-9
}

/// FNV-1a of a text, never 0: digests only ever rule agreement out.
fn digest(text: &str) -> u32 {
    let digest = text.bytes().fold(0x811c_9dc5_u32, |digest, byte| {
        (digest ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    });
    digest.max(1)
}

/// The letters of a text: those in it once or more, twice or more, and three times or more.
fn letters(text: &str) -> [u32; 3] {
    let mut seen = [0; 3];
    for byte in text.bytes().filter(u8::is_ascii_lowercase) {
        let mut bit = 1 << (byte - b'a');
        for times in &mut seen {
            // A letter is carried on to the next count only when it is in this one already.
            let again = *times & bit;
            *times |= bit;
            bit = again;
        }
    }
    seen
}
