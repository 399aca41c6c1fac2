//! The program as the hub runs it: documents in, PDFs out, looked at with a reader of its own.
//!
//! The modules say `cfg(test)` so that the linter knows them as tests.

#[cfg(test)]
mod reader;
#[cfg(test)]
mod sample;
#[cfg(test)]
mod typeset;
