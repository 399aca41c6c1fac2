//! The picture that an app's camera reads, as SVG made here: no script, and no other server sees it.

use std::fmt::Write as _;

use qrcodegen::{QrCode, QrCodeEcc};

/// Light squares around the code that a camera needs.
const QUIET: i32 = 4;

/// The squares of a QR code.
#[derive(Debug)]
pub(super) struct Squares {
    /// Width and height of the picture, in squares.
    pub(super) size: i32,
    /// One path with every dark square.
    pub(super) path: String,
}

impl Squares {
    /// The code of a text; none when it is too long for one.
    pub(super) fn of(text: &str) -> Option<Self> {
        let code = QrCode::encode_text(text, QrCodeEcc::Medium).ok()?;
        let mut path = String::new();
        for (y, x) in (0..code.size()).flat_map(|y| (0..code.size()).map(move |x| (y, x))) {
            if code.get_module(x, y) {
                // Writing into a String cannot fail.
                let _ = write!(path, "M{},{}h1v1h-1z", x + QUIET, y + QUIET);
            }
        }
        Some(Self {
            size: code.size() + 2 * QUIET,
            path,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_every_dark_square_inside_its_quiet_frame() {
        let text = "otpauth://totp/riverside-hub:h-1007?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
        let code = QrCode::encode_text(text, QrCodeEcc::Medium).unwrap();
        let dark = (0..code.size())
            .flat_map(|y| (0..code.size()).map(move |x| (x, y)))
            .filter(|(x, y)| code.get_module(*x, *y));

        let squares = Squares::of(text).unwrap();

        assert_eq!(squares.path.matches('M').count(), dark.count());
        assert_eq!(squares.size, code.size() + 8);
        assert!(
            squares.path.starts_with("M4,4h1v1h-1z"),
            "the corner is dark"
        );
    }

    #[test]
    fn gives_nothing_for_what_does_not_fit() {
        assert!(Squares::of(&"x".repeat(4_000)).is_none());
    }
}
