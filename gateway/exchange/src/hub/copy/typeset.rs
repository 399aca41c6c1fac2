//! Starts the typesetter: a program of its own, one process a document, ended at a deadline.
//!
//! The document goes in on the standard input and the PDF comes out on the standard output; nothing
//! is written to a disk. What the program prints on its standard error is not read: it may not hold
//! personal data, and nothing here relies on that.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use tokio::sync::Semaphore;

use crate::error::{ExchangeError, refuse};

/// How copies are typeset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentSettings {
    /// The program `stile-pdf`.
    pub typesetter: PathBuf,
    /// How long one document may take, 1 to 120 s.
    pub deadline: Duration,
}

impl Default for DocumentSettings {
    fn default() -> Self {
        Self {
            typesetter: PathBuf::from("stile-pdf"),
            deadline: Duration::from_secs(20),
        }
    }
}

/// Longest PDF that is taken, in bytes.
const LONGEST: u64 = 32 * 1024 * 1024;
/// Documents typeset at the same time; each takes a processor and up to 100 MB.
static PLACES: Semaphore = Semaphore::const_new(2);

/// The PDF of a document.
///
/// # Errors
///
/// `document_not_typeset`, saying what to do.
pub(super) async fn typeset(
    settings: Arc<DocumentSettings>,
    document: Vec<u8>,
) -> Result<Vec<u8>, ExchangeError> {
    let place = PLACES.acquire().await;
    let place = place.map_err(|_| fault("the gateway is stopping"))?;
    let run = move || {
        // Held by the work, not by who waits for it: a browser that hangs up frees no place while its
        // document is still being typeset.
        let _place = place;
        run(&settings.typesetter, document, settings.deadline)
    };
    let done = tokio::task::spawn_blocking(run).await;
    done.map_err(|_| fault("the typesetter's task ended early"))?
}

fn fault(what: &str) -> ExchangeError {
    refuse("document_not_typeset", 503, what)
}

/// Runs the program once, to its end or to the deadline.
fn run(program: &Path, document: Vec<u8>, deadline: Duration) -> Result<Vec<u8>, ExchangeError> {
    let mut child = start(program)?;
    let pipes = (child.stdin.take(), child.stdout.take());
    let (Some(stdin), Some(stdout)) = pipes else {
        end(&mut child);
        return Err(fault("the typesetter has no input or output"));
    };
    let output = exchange(stdin, stdout, document);
    let read = output.recv_timeout(deadline);
    let Ok(Ok(pdf)) = read else {
        end(&mut child);
        return Err(fault(
            "the typesetter did not finish in time; raise `documents.deadline_s`, or ask for JSON",
        ));
    };
    if pdf.len() > usize::try_from(LONGEST).unwrap_or(usize::MAX) {
        end(&mut child);
        return Err(fault("the PDF is longer than 32 MiB; ask for JSON"));
    }
    // It has closed its output: all that is left is to end.
    let status = child.wait().map_err(|_| fault("the typesetter was lost"))?;
    if status.success() && pdf.starts_with(b"%PDF-") {
        return Ok(pdf);
    }
    Err(fault(match status.code() {
        Some(3) => "the typesetter could not read the document; is `stile-pdf` of this version?",
        Some(4) => "the document could not be typeset; ask for JSON, and report it",
        Some(5) => "the typesetter ran out of its own time; ask for JSON",
        _ => "the typesetter ended without a PDF; ask for JSON",
    }))
}

fn start(program: &Path) -> Result<Child, ExchangeError> {
    Command::new(program)
        .env_clear()
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| {
            fault(&format!(
                "`{}` cannot be started ({}); install it beside `stile`, or set \
                 `documents.typesetter`",
                program.display(),
                error.kind()
            ))
        })
}

/// Writes and reads at once, so that neither side waits for the other with a full pipe.
fn exchange(
    mut stdin: ChildStdin,
    stdout: ChildStdout,
    document: Vec<u8>,
) -> mpsc::Receiver<io::Result<Vec<u8>>> {
    thread::spawn(move || {
        // A program that does not read its input says so by how it ends.
        let _ = stdin.write_all(&document);
    });
    let (give, take) = mpsc::channel();
    thread::spawn(move || {
        let mut pdf = Vec::new();
        let read = stdout.take(LONGEST + 1).read_to_end(&mut pdf);
        // Nobody waits any more after the deadline.
        let _ = give.send(read.map(|_| pdf));
    });
    take
}

/// Kills the program and waits, so that no process is left behind.
fn end(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::time::Instant;

    use super::*;

    /// A program of one line of shell.
    fn program(folder: &Path, line: &str) -> PathBuf {
        let path = folder.join("typesetter");
        std::fs::write(&path, format!("#!/bin/sh\n{line}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).unwrap();
        path
    }

    fn title(run: Result<Vec<u8>, ExchangeError>) -> String {
        let problem = run.unwrap_err().problem();
        assert_eq!(problem.code(), "document_not_typeset");
        problem.title
    }

    fn run_line(line: &str, deadline: Duration) -> Result<Vec<u8>, ExchangeError> {
        let folder = tempfile::tempdir().unwrap();
        run(&program(folder.path(), line), vec![b'x'; 300_000], deadline)
    }

    const LONG: Duration = Duration::from_secs(30);

    #[test]
    fn gives_what_the_program_prints() {
        let pdf = run_line("/bin/cat > /dev/null; printf '%%PDF-1.7 rest'", LONG).unwrap();

        assert_eq!(pdf, b"%PDF-1.7 rest");
    }

    #[test]
    fn passes_the_whole_document_in() {
        let pdf = run_line("printf '%%PDF-'; /usr/bin/wc -c", LONG).unwrap();

        assert!(String::from_utf8(pdf).unwrap().contains("300000"));
    }

    #[test]
    fn kills_a_program_that_does_not_end() {
        let begun = Instant::now();

        let title = title(run_line("exec /bin/sleep 60", Duration::from_millis(300)));

        assert!(title.contains("in time"), "{title}");
        assert!(begun.elapsed() < Duration::from_secs(30));
    }

    #[test]
    fn rejects_output_that_is_no_pdf() {
        assert!(
            title(run_line("/bin/cat > /dev/null; echo hello", LONG)).contains("without a PDF")
        );
    }

    #[test]
    fn rejects_a_pdf_of_a_program_that_failed() {
        let title = title(run_line(
            "/bin/cat > /dev/null; printf '%%PDF-'; exit 4",
            LONG,
        ));

        assert!(title.contains("could not be typeset"), "{title}");
    }

    #[test]
    fn rejects_output_without_end() {
        let line = "/bin/cat > /dev/null; printf '%%PDF-'; exec /bin/cat /dev/zero";

        assert!(title(run_line(line, LONG)).contains("longer than"));
    }

    #[test]
    fn says_what_to_do_where_there_is_no_program() {
        let title = title(run(Path::new("/nowhere/stile-pdf"), Vec::new(), LONG));

        assert!(title.contains("documents.typesetter"), "{title}");
    }
}
