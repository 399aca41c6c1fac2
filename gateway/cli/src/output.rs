//! How the program speaks: plain lines on the standard output, problems on the standard error.

use std::fmt;
use std::io::{IsTerminal, Write};

/// Prints a line; a closed pipe is not an error.
pub fn line(text: impl fmt::Display) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// Prints JSON.
pub fn json(value: &impl serde::Serialize) {
    match serde_json::to_string_pretty(value) {
        Ok(text) => line(text),
        Err(_) => problem("the answer cannot be written as JSON"),
    }
}

/// Prints a problem.
pub fn problem(text: impl fmt::Display) {
    let _ = writeln!(std::io::stderr(), "stile: {text}");
}

/// May colour be used?
pub fn colour() -> bool {
    std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none()
}

/// Characters across, for the product's terminal view.
pub fn width() -> usize {
    std::env::var("COLUMNS")
        .ok()
        .and_then(|text| text.parse().ok())
        .map_or(100, |width: usize| width.clamp(60, 160))
}
