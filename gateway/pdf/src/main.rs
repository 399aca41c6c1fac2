//! `stile-pdf`: one document as JSON on the standard input, its PDF on the standard output.

use std::env;
use std::io::{self, Read, Write};
use std::panic;
use std::process::ExitCode;

use stile_pdf::{PdfError, limits, typeset};

fn main() -> ExitCode {
    // A panic's message may repeat what it choked on; only its place is told.
    panic::set_hook(Box::new(|info| {
        let place = info.location().map(ToString::to_string);
        say(&format!("stopped at {}", place.unwrap_or_default()));
    }));
    match env::args().nth(1).as_deref() {
        None => answer(run()),
        Some("--version") => answer(show(&format!("stile-pdf {}\n", env!("CARGO_PKG_VERSION")))),
        Some(_) => {
            say("takes no argument but `--version`: the document is read from the standard input");
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<(), PdfError> {
    limits::set();
    let mut input = Vec::new();
    io::stdin()
        .lock()
        .take(limits::LONGEST_INPUT + 1)
        .read_to_end(&mut input)
        .map_err(|error| PdfError::Pipe(error.kind()))?;
    give(&typeset(&input)?)
}

fn show(text: &str) -> Result<(), PdfError> {
    give(text.as_bytes())
}

fn give(bytes: &[u8]) -> Result<(), PdfError> {
    let mut stdout = io::stdout().lock();
    stdout
        .write_all(bytes)
        .and_then(|()| stdout.flush())
        .map_err(|error| PdfError::Pipe(error.kind()))
}

fn answer(done: Result<(), PdfError>) -> ExitCode {
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&error.to_string());
            ExitCode::from(error.exit_code())
        }
    }
}

fn say(text: &str) {
    // Nobody may be listening; the exit code says the same.
    let _ = writeln!(io::stderr(), "stile-pdf: {text}");
}
