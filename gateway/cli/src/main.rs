//! The `stile` program.

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    stile_cli::run::run(stile_cli::args::Args::parse())
}
