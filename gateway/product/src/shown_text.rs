//! Takes names and places out of a text that has been screened: the `summary` rung of a text.
//!
//! Deny by default: every word with a capital goes, unless a list of the project's own says that it
//! is an ordinary word ([`lexicon`]) or it is part of a subject's own name. So do every word of a
//! script without small letters, every word after a title (`mr owen`), the capitals after a
//! forename (`Grace Court`), and a number before a word that goes (`12 High Street`). A word that is
//! ordinary only where a sentence opens (`Pulled her sleeve down`) is kept only there, and not in
//! front of another name (`Bright Sampleford`). A name in small letters that nobody told the screen
//! about stays: the list of names in [`crate::ScreenParts`] is what catches those.

mod lexicon;
mod piece;
#[cfg(test)]
mod tests;

use crate::screen::Screen;
use lexicon::{Follower, Standing};
use piece::Piece;

const REMOVED: &str = "[name removed]";

/// `text` with what looks like a name or a place replaced by `[name removed]`.
pub(crate) fn without_names_and_places(text: &str, screen: &Screen) -> String {
    let mut out: Vec<String> = Vec::new();
    let mut opens = true;
    for line in text.split('\n') {
        let pieces = piece::pieces(line, opens);
        // A line broken in mid-sentence does not open one.
        opens = pieces.last().is_none_or(Piece::ends_sentence);
        out.push(line_without_names(&pieces, screen));
    }
    out.join("\n")
}

/// Whose name the words are, as one reads along.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Naming {
    /// Nobody's.
    Nobody,
    /// A title has been read: what comes is a name, in capitals or not.
    Title,
    /// A title's name or a forename has been read: further capitals belong to it.
    Person,
}

fn line_without_names(pieces: &[Piece<'_>], screen: &Screen) -> String {
    let mut kept: Vec<Kept<'_>> = Vec::new();
    let mut naming = Naming::Nobody;
    for (at, piece) in pieces.iter().enumerate() {
        if piece.is_marker {
            naming = Naming::Nobody;
            let again = piece.text == REMOVED && kept.last().is_some_and(Kept::is_open_removal);
            if !again {
                kept.push(Kept::whole(piece));
            }
            continue;
        }
        let before = at.checked_sub(1).and_then(|before| pieces.get(before));
        let standing = Standing {
            opens: piece.opens,
            before: before.map_or("", |before| before.text),
            follower: follower(piece, pieces.get(at.saturating_add(1)), screen),
        };
        let goes = match naming {
            Naming::Person if piece.has_capital() => true,
            Naming::Title => piece.has_capital() || !lexicon::is_function_word(piece.core()),
            Naming::Nobody | Naming::Person => goes(piece, &standing, screen),
        };
        naming = match naming {
            _ if lexicon::is_title(piece.core()) => Naming::Title,
            _ if piece.is_followed_by_punctuation() => Naming::Nobody,
            Naming::Title | Naming::Person if goes => Naming::Person,
            _ if goes && lexicon::is_name(piece.core()) => Naming::Person,
            _ => Naming::Nobody,
        };
        if goes {
            remove(&mut kept, piece);
        } else {
            kept.push(Kept::whole(piece));
        }
    }
    joined(&kept)
}

/// Does any part of `piece` with a capital have no leave to stay?
fn goes(piece: &Piece<'_>, standing: &Standing<'_>, screen: &Screen) -> bool {
    piece.parts().enumerate().any(|(at, part)| {
        let foreign = part
            .chars()
            .any(|c| c.is_alphabetic() && !c.is_lowercase() && !c.is_uppercase());
        let standing = Standing {
            opens: standing.opens && at == 0,
            ..*standing
        };
        let capital = part.chars().any(char::is_uppercase);
        foreign || (capital && !lexicon::may_stay(part, &standing, screen))
    })
}

/// What comes after `piece`, as far as it tells whether `piece` is the first part of a name.
fn follower(piece: &Piece<'_>, next: Option<&Piece<'_>>, screen: &Screen) -> Follower {
    let Some(next) = next.filter(|_| !piece.is_followed_by_punctuation()) else {
        return Follower::Plain;
    };
    let middle = Standing {
        opens: false,
        before: piece.text,
        follower: Follower::Plain,
    };
    let name = if next.is_marker {
        next.text == REMOVED
    } else {
        lexicon::is_particle(next.core()) || goes(next, &middle, screen)
    };
    if name {
        Follower::Name
    } else {
        Follower::Plain
    }
}

/// A piece as it will be written.
struct Kept<'a> {
    /// A blank stood before it.
    spaced: bool,
    lead: &'a str,
    text: &'a str,
    tail: &'a str,
}

impl<'a> Kept<'a> {
    const fn whole(piece: &Piece<'a>) -> Self {
        Self {
            spaced: piece.spaced,
            lead: "",
            text: piece.text,
            tail: "",
        }
    }

    fn is_open_removal(&self) -> bool {
        self.text == REMOVED && self.tail.is_empty()
    }
}

/// Puts the marker in place of `piece`, whose punctuation stays; names in a row become one marker.
fn remove<'a>(kept: &mut Vec<Kept<'a>>, piece: &Piece<'a>) {
    let mut removal = Kept {
        spaced: piece.spaced,
        lead: piece.lead(),
        text: REMOVED,
        tail: piece.tail(),
    };
    if removal.lead.is_empty() {
        if let Some(first) = drop_lead(kept) {
            (removal.spaced, removal.lead) = first;
        }
        if let Some(last) = kept.last_mut().filter(|last| last.is_open_removal()) {
            last.tail = removal.tail;
            return;
        }
    }
    kept.push(removal);
}

/// Drops what leads up to a name: titles, initials, and a house number with the capitals after it.
/// Gives how the first of what was dropped began.
fn drop_lead<'a>(kept: &mut Vec<Kept<'a>>) -> Option<(bool, &'a str)> {
    let mut first = None;
    let leads = |last: &Kept<'_>| {
        last.text != REMOVED && (lexicon::is_title(last.text) || piece::is_initial(last.text))
    };
    while let Some(last) = kept.pop_if(|last| leads(last)) {
        first = Some((last.spaced, piece::lead_of(last.text)));
    }
    let run = kept
        .iter()
        .rev()
        .take_while(|last| last.text.starts_with(char::is_uppercase))
        .count();
    let before = kept.len().saturating_sub(run.saturating_add(1));
    if let Some(number) = kept.get(before).filter(|last| piece::is_number(last.text)) {
        first = Some((number.spaced, piece::lead_of(number.text)));
        kept.truncate(before);
    }
    first
}

fn joined(kept: &[Kept<'_>]) -> String {
    let mut line = String::new();
    for piece in kept {
        if piece.spaced && !line.is_empty() {
            line.push(' ');
        }
        line.push_str(piece.lead);
        line.push_str(piece.text);
        line.push_str(piece.tail);
    }
    line
}
