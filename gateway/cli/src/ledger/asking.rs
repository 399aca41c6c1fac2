//! Questions to a running gateway's ledger, with a personal certificate.

use std::fs;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::str::FromStr;

use stile_exchange::audit::{
    Account, AccountAsked, Defer, Deferral, Export, ExportPage, Filter, Format, PackAsked, Page,
    PersonAsked, Prove, Reason, Search, Show, Shown,
};
use stile_model::id::Code;
use stile_model::time::{Date, Timestamp};

use super::prove;
use super::words;
use crate::args::{Asking, Connect, Fits, Form};
use crate::output::{self, line};
use crate::people::{Desk, given, read};
use crate::run::Failure;

/// Entries asked for in one page of an export.
const EXPORT_PAGE: u16 = 1_000;
/// Longest pack that is read, in bytes.
const PACK_MAX: usize = stile_ledger::pack::archive::ARCHIVE_MAX;

/// Runs the command.
///
/// # Errors
///
/// What the gateway refused, or a file that cannot be read or written.
pub async fn run(command: Asking) -> Result<(), Failure> {
    match command {
        Asking::Defer {
            connect,
            index,
            ground,
            until,
            lift: _,
        } => {
            let until = until.as_deref().map(day).transpose()?;
            let ground = Code::new(ground)?.into();
            defer(&connect, index, &Defer { ground, until }).await
        }
        Asking::Export {
            connect,
            reason,
            fits,
            format,
            out,
        } => export(&connect, read_reason(reason)?, &fits, format, &out).await,
        Asking::Pack {
            connect,
            reason,
            case,
            out,
            without_bodies,
            earlier,
        } => {
            let ask = PackAsked {
                reason: read_reason(reason)?,
                case: case.parse()?,
                without_bodies,
                earlier: earlier
                    .iter()
                    .map(|file| read(file))
                    .collect::<Result<_, _>>()?,
            };
            pack(&connect, &ask, &out).await
        }
        Asking::Prove {
            connect,
            reason,
            index,
            vkey,
            earlier,
        } => {
            let earlier = earlier.as_deref().map(read).transpose()?;
            let check = prove::Check::new(vkey.as_deref(), earlier)?;
            let ask = Prove {
                reason: read_reason(reason)?,
                earlier: check.earlier_size(),
            };
            let desk = Desk::open(&connect.person)?;
            let proof = desk.post(&at(index, "proof"), &ask).await?;
            check.tell(&connect, &proof)
        }
        Asking::Search {
            connect,
            reason,
            fits,
            before,
            limit,
        } => {
            let ask = Search {
                reason: read_reason(reason)?,
                filter: filter(&fits)?,
                before,
                limit,
            };
            search(&connect, &ask).await
        }
        Asking::Show {
            connect,
            reason,
            index,
            open,
        } => {
            let reason = read_reason(reason)?;
            let desk = Desk::open(&connect.person)?;
            let shown: Shown = desk
                .post(&at(index, "show"), &Show { reason, open })
                .await?;
            tell(&connect, &shown, words::shown);
            Ok(())
        }
        Asking::Subject {
            connect,
            reason,
            about,
            letter,
        } => {
            let ask = AccountAsked {
                reason: read_reason(reason)?,
                person: person(&about)?,
            };
            subject(&connect, &ask, letter.as_deref()).await
        }
    }
}

fn at(index: u64, what: &str) -> String {
    format!("/api/v1/ledger/entries/{index}/{what}")
}

fn tell<T: serde::Serialize>(connect: &Connect, answer: &T, words: impl FnOnce(&T) -> String) {
    if connect.json {
        output::json(answer);
    } else {
        line(words(answer));
    }
}

async fn search(connect: &Connect, ask: &Search) -> Result<(), Failure> {
    let desk = Desk::open(&connect.person)?;
    let page: Page = desk.post("/api/v1/ledger/search", ask).await?;
    tell(connect, &page, words::page);
    Ok(())
}

async fn defer(connect: &Connect, index: u64, ask: &Defer) -> Result<(), Failure> {
    let desk = Desk::open(&connect.person)?;
    let deferral: Deferral = desk.post(&at(index, "deferral"), ask).await?;
    tell(connect, &deferral, |deferral| match deferral.until {
        Some(until) => format!(
            "entry {index} is left out of its subject's letter up to {until} ({})",
            deferral.ground.code()
        ),
        None => format!("entry {index} is in its subject's letter again"),
    });
    Ok(())
}

async fn export(
    connect: &Connect,
    reason: Reason,
    fits: &Fits,
    format: Form,
    out: &Path,
) -> Result<(), Failure> {
    let desk = Desk::open(&connect.person)?;
    let mut ask = Export {
        reason,
        filter: filter(fits)?,
        format: match format {
            Form::Csv => Format::Csv,
            Form::Jsonl => Format::Jsonl,
        },
        before: None,
        limit: EXPORT_PAGE,
    };
    let mut file = create(out)?;
    let mut written = Written {
        entries: 0,
        archived: false,
    };
    loop {
        let page: Result<ExportPage, _> = desk.post("/api/v1/ledger/export", &ask).await;
        let page = page.inspect_err(|_| forget(out))?;
        put(&mut file, out, page.text.as_bytes())?;
        written.entries += page.entries;
        written.archived = page.archived;
        ask.before = page.next;
        if page.next.is_none() {
            break;
        }
    }
    tell(connect, &written, |written| {
        format!(
            "wrote {} entries to {}{}",
            written.entries,
            out.display(),
            words::not_searched(written.archived)
        )
    });
    Ok(())
}

/// What an export wrote.
#[derive(serde::Serialize)]
struct Written {
    entries: usize,
    /// Do older entries lie in an archive, which was not searched?
    archived: bool,
}

async fn pack(connect: &Connect, ask: &PackAsked, out: &Path) -> Result<(), Failure> {
    let desk = Desk::open_for(&connect.person, PACK_MAX)?;
    // Made before anything is asked: what cannot be kept is not to be read.
    let mut file = create(out)?;
    let archive = desk.post_for_bytes("/api/v1/ledger/pack", ask).await;
    let archive = archive.inspect_err(|_| forget(out))?;
    put(&mut file, out, &archive)?;
    tell(connect, &archive.len(), |bytes| {
        format!(
            "wrote {} ({bytes} bytes); whoever gets it checks it with `stile ledger verify --pack` \
             or the verify.py inside, and a key from the directory",
            out.display()
        )
    });
    Ok(())
}

async fn subject(
    connect: &Connect,
    ask: &AccountAsked,
    letter: Option<&Path>,
) -> Result<(), Failure> {
    let desk = Desk::open(&connect.person)?;
    let mut file = letter.map(create).transpose()?;
    let account: Result<Account, _> = desk.post("/api/v1/ledger/subject", ask).await;
    let account = account.inspect_err(|_| letter.into_iter().for_each(forget))?;
    if let (Some(file), Some(path)) = (&mut file, letter) {
        put(file, path, account.letter.reveal().as_bytes())?;
    }
    tell(connect, &account, words::account);
    Ok(())
}

/// A new file that only its owner may read: what the ledger answers is confidential.
pub(super) fn create(path: &Path) -> Result<fs::File, Failure> {
    let mut options = fs::OpenOptions::new();
    let file = options.write(true).create_new(true).mode(0o600).open(path);
    file.map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => {
            format!("{} is there already; give another name", path.display()).into()
        }
        _ => crate::keys::named(path, &error),
    })
}

/// Writes and flushes; on any failure the file goes, so that no part of an answer passes for all of it.
pub(super) fn put(file: &mut fs::File, path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    file.write_all(bytes)
        .and_then(|()| file.sync_all())
        .map_err(|error| {
            forget(path);
            crate::keys::named(path, &error)
        })
}

/// Takes a file away again when there is nothing whole to put into it.
pub(super) fn forget(path: &Path) {
    if let Err(error) = fs::remove_file(path) {
        output::problem(format_args!(
            "{} is left unfinished: {error}",
            path.display()
        ));
    }
}

fn read_reason(code: String) -> Result<Reason, Failure> {
    Ok(Code::new(code)?.into())
}

fn person(path: &Path) -> Result<PersonAsked, Failure> {
    let text = given(path)?;
    // The parser's own message could repeat part of what it read.
    serde_json::from_str(&text).map_err(|error| {
        format!(
            "{}: expected {{\"nhs_number\": …}} or {{\"forenames\": …, \"surname\": …, \"born\": \
             \"2018-05-09\"}}; wrong at line {} column {}",
            path.display(),
            error.line(),
            error.column()
        )
        .into()
    })
}

fn filter(fits: &Fits) -> Result<Filter, Failure> {
    let Fits {
        case,
        about,
        officer,
        rule,
        kinds,
        member,
        entry_reason,
        from,
        until,
    } = fits;
    Ok(Filter {
        case: parsed(case.as_ref())?,
        person: about.as_deref().map(person).transpose()?,
        officer: parsed(officer.as_ref())?,
        rule: parsed(rule.as_ref())?,
        kinds: kinds.iter().map(Code::new).collect::<Result<_, _>>()?,
        member: parsed(member.as_ref())?,
        entry_reason: parsed(entry_reason.as_ref())?,
        from: from.as_deref().map(instant).transpose()?,
        until: until.as_deref().map(instant).transpose()?,
    })
}

fn parsed<T>(text: Option<&String>) -> Result<Option<T>, Failure>
where
    T: FromStr,
    T::Err: std::error::Error + Send + Sync + 'static,
{
    Ok(text.map(|text| text.parse()).transpose()?)
}

fn day(text: &str) -> Result<Date, Failure> {
    let wrong = format!("`{text}` is not a day such as `2027-03-31`");
    text.parse().map_err(|_| wrong.into())
}

/// An instant, or the beginning of a day in UTC.
fn instant(text: &str) -> Result<Timestamp, Failure> {
    if text.contains('T') {
        return Ok(text.parse()?);
    }
    Ok(format!("{}T00:00:00Z", day(text)?).parse()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_days_and_instants_and_refuses_anything_else() {
        assert_eq!(
            instant("2026-03-11").unwrap().to_string(),
            "2026-03-11T00:00:00.000Z"
        );
        assert!(instant("2026-03-11T10:14:00Z").is_ok());
        for wrong in ["yesterday", "11/03/2026", "2026-03", "2026-03-11T10:14"] {
            assert!(instant(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_unreadable_person_is_refused_without_repeating_what_was_read() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("who.json");
        fs::write(&file, "{\"name\": \"Mali Testwood\"}").unwrap();

        let error = person(&file).unwrap_err().to_string();

        assert!(
            error.contains("nhs_number") && !error.contains("Mali"),
            "{error}"
        );
    }

    #[test]
    fn never_writes_over_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("out");
        fs::write(&file, "kept").unwrap();

        let error = create(&file).unwrap_err().to_string();
        assert!(error.contains("give another name"), "{error}");
        assert_eq!(fs::read_to_string(&file).unwrap(), "kept");
    }

    #[test]
    fn leaves_no_part_of_an_answer_that_could_not_be_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out");
        drop(create(&path).unwrap());
        let mut only_read = fs::File::open(&path).unwrap();

        assert!(put(&mut only_read, &path, b"half").is_err());
        assert!(!path.exists());
    }
}
