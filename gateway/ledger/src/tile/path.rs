//! Where tiles and entry bundles are published (C2SP tlog-tiles).
//!
//! ```text
//! tile/<level>/<place>[.p/<width>]      hashes
//! tile/entries/<place>[.p/<width>]      entry bundles
//! ```
//!
//! A place is in groups of three digits, all but the last behind an `x`: 1234067 is `x001/x234/067`.

use std::fmt;
use std::str::FromStr;

use super::WIDTH;
use crate::checkpoint::decimal;
use crate::error::LedgerError;

/// The highest level that a path may name.
const MAX_LEVEL: u8 = 63;
/// Longest path that is read: `tile/entries/` and 2^64 in seven groups and a width.
const MAX_PATH: usize = 64;

/// What a tile holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Holds {
    /// The bytes of 256 entries. Restricted.
    Entries,
    /// Hashes of subtrees of `256^level` entries.
    Hashes {
        /// Tile level, 0 to 63.
        level: u8,
    },
}

/// The path of a tile or entry bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TilePath {
    holds: Holds,
    place: u64,
    width: u16,
}

impl TilePath {
    /// The path of the first `width` items, 1 to 256, of tile `place`.
    ///
    /// # Errors
    ///
    /// When the level or width is out of bounds.
    pub fn new(holds: Holds, place: u64, width: u16) -> Result<Self, LedgerError> {
        if matches!(holds, Holds::Hashes { level } if level > MAX_LEVEL) {
            return Err(LedgerError::Tile("the level is not from 0 to 63"));
        }
        if !(1..=256).contains(&width) {
            return Err(LedgerError::Tile("the width is not from 1 to 256"));
        }
        Ok(Self {
            holds,
            place,
            width,
        })
    }

    /// What it holds.
    pub const fn holds(&self) -> Holds {
        self.holds
    }

    /// Place in its level, from zero.
    pub const fn place(&self) -> u64 {
        self.place
    }

    /// Number of items, 1 to 256; below 256 it is partial.
    pub const fn width(&self) -> u16 {
        self.width
    }

    /// Is it full, so that it never changes?
    pub const fn is_full(&self) -> bool {
        self.width == 256
    }

    /// Does the tree of `size` entries have all of its items?
    pub fn is_within(&self, size: u64) -> bool {
        let level = match self.holds {
            Holds::Entries => 0,
            Holds::Hashes { level } => level,
        };
        let items = size.checked_shr(u32::from(level) * 8).unwrap_or(0);
        self.place
            .checked_mul(WIDTH)
            .and_then(|first| first.checked_add(u64::from(self.width)))
            .is_some_and(|end| end <= items)
    }
}

/// The paths that a tree of `to` entries has and a tree of `from` entries had not: all tiles and
/// bundles that are new, or wider than before. From 0, everything.
///
/// Lower levels come before higher ones, so that a reader who finds a tile finds those below it.
pub fn published(from: u64, to: u64) -> impl Iterator<Item = TilePath> {
    let bundles = of_level(Holds::Entries, from, to);
    let hashes = (0..8_u8).flat_map(move |level| {
        let shift = u32::from(level) * 8;
        of_level(Holds::Hashes { level }, from >> shift, to >> shift)
    });
    bundles.chain(hashes)
}

fn of_level(holds: Holds, from: u64, to: u64) -> impl Iterator<Item = TilePath> {
    let last = if to > from { to.div_ceil(WIDTH) } else { 0 };
    (from / WIDTH..last).filter_map(move |place| {
        let width = (to - place * WIDTH).min(WIDTH);
        TilePath::new(holds, place, u16::try_from(width).ok()?).ok()
    })
}

impl fmt::Display for TilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.holds {
            Holds::Entries => f.write_str("tile/entries/")?,
            Holds::Hashes { level } => write!(f, "tile/{level}/")?,
        }
        let (mut rest, mut groups) = (self.place, Vec::new());
        while rest >= 1_000 {
            groups.push(rest % 1_000);
            rest /= 1_000;
        }
        groups.push(rest);
        while groups.len() > 1 {
            write!(f, "x{:03}/", groups.pop().unwrap_or(0))?;
        }
        write!(f, "{:03}", groups.pop().unwrap_or(0))?;
        if self.is_full() {
            Ok(())
        } else {
            write!(f, ".p/{}", self.width)
        }
    }
}

impl FromStr for TilePath {
    type Err = LedgerError;

    fn from_str(text: &str) -> Result<Self, LedgerError> {
        let shape = LedgerError::Tile(
            "a path is `tile/<level or entries>/<place in groups of three digits>[.p/<width>]`",
        );
        if text.len() > MAX_PATH {
            return Err(shape);
        }
        let path = read(text).ok_or(shape.clone())?;
        // One tile has one path: no `x000/` in front, no width of 256.
        if path.to_string() == text {
            Ok(path)
        } else {
            Err(shape)
        }
    }
}

fn read(text: &str) -> Option<TilePath> {
    let (holds, rest) = text.strip_prefix("tile/")?.split_once('/')?;
    let holds = if holds == "entries" {
        Holds::Entries
    } else {
        let level = u8::try_from(decimal(holds)?).ok()?;
        Holds::Hashes { level }
    };
    let (place, width) = match rest.split_once(".p/") {
        Some((place, width)) => (place, u16::try_from(decimal(width)?).ok()?),
        None => (rest, 256),
    };
    let mut number = 0_u64;
    for group in place.split('/') {
        let digits = group.strip_prefix('x').unwrap_or(group);
        if digits.len() != 3 || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let group: u64 = digits.parse().ok()?;
        number = number.checked_mul(1_000)?.checked_add(group)?;
    }
    TilePath::new(holds, number, width).ok()
}
