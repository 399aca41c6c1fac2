//! `stile case`: a researcher's work from the command line.

mod document;
mod presence;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use stile_exchange::hub::{
    Case as Opened, CaseProgress, CheckPresence, OpenCase, Raise, Raised, State,
};
use stile_exchange::retention::{Close, Outcome};
use stile_exchange::verbal::{Noted, Telling};
use stile_model::id::{CaseId, Code, EnquiryId, SubjectId};
use stile_product::{Product, render};

use crate::args::{Case, Connect, Verbal};
use crate::output::{self, line};
use crate::people::Desk;
use crate::run::Failure;

const SOON: Duration = Duration::from_secs(30);
const POLL_S: u64 = 25;

/// Runs the command.
///
/// # Errors
///
/// What the hub refused, or which file is wrong.
pub async fn run(command: Case) -> Result<(), Failure> {
    match command {
        Case::Close {
            connect,
            id,
            outcome,
        } => {
            let case = CaseId::new(id)?;
            let close = Close {
                outcome: Code::new(outcome)?,
            };
            let path = format!("/api/v1/cases/{case}/outcome");
            let closed: Outcome = Desk::open(&connect.person)?.post(&path, &close).await?;
            if connect.json {
                output::json(&closed);
            } else {
                line(format_args!("{case} is closed: {}", closed.outcome));
            }
            Ok(())
        }
        Case::Open { connect, file } => open(&connect, &file).await,
        Case::Document(command) => document::run(command).await,
        Case::Enquire { connect, id, file } => enquire(&connect, &CaseId::new(id)?, &file).await,
        Case::Watch {
            connect,
            id,
            decided,
            seconds,
        } => {
            let desk = Desk::open(&connect.person)?;
            let until = Instant::now() + Duration::from_secs(seconds);
            let enough = if decided { is_final } else { is_settled };
            watch_until(&desk, &CaseId::new(id)?, until, enough, &mut |text| {
                line(text);
            })
            .await
            .map(|_| ())
        }
        Case::Presence {
            connect,
            id,
            subject,
            purpose,
            last,
        } => {
            let id = CaseId::new(id)?;
            if last {
                return presence::last(&connect, &id).await;
            }
            let ask = CheckPresence {
                subject: subject.map(SubjectId::new).transpose()?,
                purpose: purpose.map(Code::new).transpose()?,
            };
            presence::check(&connect, &id, &ask).await
        }
        Case::Product {
            connect,
            id,
            audience,
            vocabulary,
        } => product(&connect, &CaseId::new(id)?, &audience, &vocabulary).await,
        Case::Verbal(Verbal { connect, file }) => verbal(&connect, &file).await,
    }
}

async fn verbal(connect: &Connect, file: &Path) -> Result<(), Failure> {
    let telling: Telling = crate::config::read(file)?;
    let path = "/api/v1/disclosures/verbal";
    let noted: Noted = Desk::open(&connect.person)?.post(path, &telling).await?;
    if connect.json {
        output::json(&noted);
    } else {
        line(format_args!(
            "recorded as entry {} at {}",
            noted.index, noted.recorded
        ));
    }
    Ok(())
}

async fn open(connect: &Connect, file: &Path) -> Result<(), Failure> {
    let matter: OpenCase = crate::config::read(file)?;
    let case: Opened = Desk::open(&connect.person)?
        .post("/api/v1/cases", &matter)
        .await?;
    if connect.json {
        output::json(&case);
    } else {
        let due = case
            .due
            .map_or_else(|| "no clock".to_owned(), |due| format!("due {due}"));
        line(format_args!(
            "opened {}, {}, {due}",
            case.matter.id, case.matter.priority
        ));
    }
    Ok(())
}

async fn enquire(connect: &Connect, id: &CaseId, file: &Path) -> Result<(), Failure> {
    let raise: Raise = crate::config::read(file)?;
    let path = format!("/api/v1/cases/{id}/enquiries");
    let raised: Raised = Desk::open(&connect.person)?.post(&path, &raise).await?;
    if connect.json {
        output::json(&raised);
    } else {
        for (agency, enquiry) in &raised.enquiries {
            line(format_args!("asked {agency}: enquiry {enquiry}"));
        }
    }
    Ok(())
}

async fn product(
    connect: &Connect,
    id: &CaseId,
    audience: &str,
    vocabulary: &Path,
) -> Result<(), Failure> {
    let desk = Desk::open(&connect.person)?;
    let product: Product = desk
        .get(
            &format!("/api/v1/cases/{id}/product?audience={audience}"),
            SOON,
        )
        .await?;
    if connect.json {
        output::json(&product);
    } else {
        let vocabulary = crate::policy::read_vocabulary(vocabulary)?;
        line(render(
            &product,
            &vocabulary,
            output::width(),
            output::colour(),
        ));
    }
    Ok(())
}

/// Tells of every change until every agency has answered all it will, or `until`.
///
/// # Errors
///
/// When the hub cannot be asked.
pub async fn watch(
    desk: &Desk,
    id: &CaseId,
    until: Instant,
    tell: &mut impl FnMut(String),
) -> Result<CaseProgress, Failure> {
    watch_until(desk, id, until, is_settled, tell).await
}

async fn watch_until(
    desk: &Desk,
    id: &CaseId,
    until: Instant,
    enough: fn(&State) -> bool,
    tell: &mut impl FnMut(String),
) -> Result<CaseProgress, Failure> {
    let mut told: BTreeMap<EnquiryId, String> = BTreeMap::new();
    let mut after = 0;
    loop {
        let left = until.saturating_duration_since(Instant::now());
        let wait_s = left.as_secs().min(POLL_S);
        let path = format!("/api/v1/cases/{id}/progress?after={after}&wait_s={wait_s}");
        let progress: CaseProgress = desk.get(&path, Duration::from_secs(wait_s) + SOON).await?;
        after = progress.version;
        for agency in &progress.agencies {
            let words = format!(
                "{:<26} {}",
                agency.agency.as_str(),
                words(&agency.state, agency.returns)
            );
            if told.insert(agency.enquiry, words.clone()).as_ref() != Some(&words) {
                tell(words);
            }
        }
        let waiting = progress
            .agencies
            .iter()
            .any(|agency| !enough(&agency.state));
        if !waiting || left.is_zero() {
            return Ok(progress);
        }
    }
}

/// Has the agency said all it will without a person's decision?
pub(crate) fn is_settled(state: &State) -> bool {
    match state {
        State::Answered | State::InPart | State::Refused { .. } | State::Superseded => true,
        State::Busy { .. } | State::Unreachable { .. } | State::Waiting => false,
    }
}

/// Has the agency said all it ever will?
fn is_final(state: &State) -> bool {
    is_settled(state) && !matches!(state, State::InPart)
}

fn words(state: &State, returns: u32) -> String {
    match state {
        State::Answered => format!(
            "answered ({returns} return{})",
            if returns == 1 { "" } else { "s" }
        ),
        State::Busy { next_try } => format!("busy; asked again at {next_try}"),
        State::InPart => "answered in part; people there must still decide".to_owned(),
        State::Refused { code, title } => format!("refused: {title} ({code})"),
        State::Superseded => "asked again".to_owned(),
        State::Unreachable { code, .. } => format!("cannot be reached ({code}); trying again"),
        State::Waiting => "asked".to_owned(),
    }
}
