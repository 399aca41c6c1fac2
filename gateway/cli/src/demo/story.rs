//! Tells the story of the red case: seven agencies, one product, one approval, eight ledgers.

use std::path::Path;
use std::time::{Duration, Instant};

use stile_exchange::agency::routes::TaskList;
use stile_exchange::agency::{Decision, TaskKind, TaskLine, Verdict};
use stile_exchange::clock::Clock;
use stile_exchange::hub::{AgencyAsk, Case, OpenCase, Raise, Raised};
use stile_model::id::CaseId;
use stile_model::vocabulary::Vocabulary;
use stile_product::{Product, render};
use stile_store::verify_dir;

use super::partnership::{APPROVER, HUB, Partnership, RESEARCHER, Running, VOCABULARY, member};
use super::servers::Made;
use super::show::{table, wrapped};
use super::world::{Kind, Story, World, story};
use super::{SEED, databases};
use crate::args::Demo;
use crate::output::{self, line};
use crate::people::Desk;
use crate::run::Failure;
use crate::{approvals, case};

const SOON: Duration = Duration::from_secs(30);

pub(super) async fn tell(demo: &Demo, folder: &Path) -> Result<(), Failure> {
    let started = Instant::now();
    let clock = Clock::system();
    chapter("Seven agencies and a hub, with made-up people", started);
    let world = World::generate_on(SEED, demo.people, clock.now().date());
    let mut made = Vec::new();
    let told = play(demo, folder, &world, &clock, &mut made, started).await;
    let swept = sweep(demo, &made).await;
    told.and(swept)
}

/// Fills, sets up, starts, narrates and stops; `made` names what was made on servers by then.
async fn play(
    demo: &Demo,
    folder: &Path,
    world: &World,
    clock: &Clock,
    made: &mut Vec<Made>,
    started: Instant,
) -> Result<(), Failure> {
    let backends = databases::fill(demo, folder, world, made).await?;
    chapter(
        "Certificate authority, signed directory, keys, policies proved against Casbin",
        started,
    );
    let partnership = Partnership::set_up(folder, &backends, clock).await?;
    let running = partnership.start(clock).await?;
    line("  a hub and seven agencies listen on 127.0.0.1, each with its own keys and ledger");
    let mut told = narrate(&running, started).await;
    if told.is_ok() {
        told = part(demo, &running, clock).await;
    }
    let stopped = running.stop().await;
    told.and(stopped)
}

/// Says where everything is, as long as it is there, and waits unless the demo runs once.
async fn part(demo: &Demo, running: &Running, clock: &Clock) -> Result<(), Failure> {
    if demo.once && demo.dir.is_none() {
        return Ok(());
    }
    let police = member(Kind::Police)?;
    let approver = running.person(police.as_str(), APPROVER);
    line(format_args!("\neverything is in {}", running.dir.display()));
    if demo.once {
        line("  its gateways have stopped; each starts again with `stile hub` or `stile agency`");
        return Ok(());
    }
    line("  the researcher:");
    line(format_args!(
        "    stile case product {} --vocabulary {} --person {}",
        story().case,
        running.dir.join("vocabulary.toml").display(),
        running.person(HUB, RESEARCHER).display()
    ));
    line("  an approver:");
    line(format_args!(
        "    stile approvals list --person {}",
        approver.display()
    ));
    let pages = super::pages::tell(running, clock).await?;
    let mut typesetter = super::typesetter::Typesetter::look(running)?;
    line("\nthe gateways go on running; press Ctrl-C to stop");
    let mut stop = crate::gateway::stop_on_signal();
    tokio::select! {
        _ = stop.wait_for(|stop| *stop) => {}
        () = pages.show_codes(clock) => {}
        () = typesetter.come() => {}
    }
    Ok(())
}

/// Drops what was made on servers, unless the folder that holds the way in is kept.
async fn sweep(demo: &Demo, made: &[Made]) -> Result<(), Failure> {
    let mut swept = Ok(());
    for made in made {
        if demo.dir.is_some() {
            line(format_args!("  {made} stays"));
            continue;
        }
        match made.discard().await {
            Ok(()) => line(format_args!("  {made} is dropped again")),
            Err(error) => swept = Err(format!("{made} could not be dropped: {error}").into()),
        }
    }
    swept
}

async fn narrate(running: &Running, started: Instant) -> Result<(), Failure> {
    let story = story();
    let desk = Desk::open(&running.person(HUB, RESEARCHER))?;
    chapter(&format!("{}: {}", story.case, story.title), started);
    raise(&desk, &story).await?;
    let until = Instant::now() + Duration::from_mins(1);
    let version = case::watch(&desk, &story.case, until, &mut |text| {
        line(format_args!("  {text}"));
    })
    .await?
    .version;
    chapter(
        "Every agency has answered; people must still decide",
        started,
    );
    line(table(&read(&desk, &story.case).await?));
    chapter(
        "A police sergeant is asked to agree, and sees exactly what would leave",
        started,
    );
    approve(running).await?;
    wait_for_second_return(&desk, &story.case, version).await?;
    chapter("The product", started);
    show(&read(&desk, &story.case).await?)?;
    chapter(
        "Sealed: nothing in the product says so, but each named person was told",
        started,
    );
    alerts(running).await?;
    chapter("Eight ledgers, verified from their bytes alone", started);
    verify(running)
}

fn chapter(title: &str, started: Instant) {
    line(format_args!(
        "\n== {title} ({:.1} s)",
        started.elapsed().as_secs_f64()
    ));
}

async fn raise(desk: &Desk, story: &Story) -> Result<(), Failure> {
    let matter = OpenCase {
        id: story.case.clone(),
        kind: story.case_kind.clone(),
        priority: story.priority,
        purpose: story.purpose.clone(),
        consent: story.consent.clone(),
        subjects: story.subjects.clone(),
    };
    let case: Case = desk.post("/api/v1/cases", &matter).await?;
    let due = case
        .due
        .map_or_else(String::new, |due| format!(", answer due {due}"));
    line(format_args!(
        "  opened as {} for {}{due}",
        case.matter.priority, case.matter.purpose
    ));
    let mut agencies = Vec::new();
    for (kind, asks) in &story.asks {
        agencies.push(AgencyAsk {
            agency: member(*kind)?,
            asks: asks.clone(),
        });
    }
    let raise = Raise {
        agencies,
        look_back_months: story.look_back_months,
        expires_in_h: 72,
    };
    let _: Raised = desk
        .post(&format!("/api/v1/cases/{}/enquiries", story.case), &raise)
        .await?;
    Ok(())
}

async fn read(desk: &Desk, case: &CaseId) -> Result<Product, Failure> {
    desk.get(&format!("/api/v1/cases/{case}/product"), SOON)
        .await
}

fn show(product: &Product) -> Result<(), Failure> {
    let vocabulary = Vocabulary::parse("vocabulary.toml", VOCABULARY)?;
    line(render(
        product,
        &vocabulary,
        output::width(),
        output::colour(),
    ));
    Ok(())
}

/// Finds the fullest account the police referred and agrees to it, as its sergeant would.
async fn approve(running: &Running) -> Result<(), Failure> {
    let police = member(Kind::Police)?;
    let desk = Desk::open(&running.person(police.as_str(), APPROVER))?;
    let list: TaskList = desk.get("/api/v1/tasks", SOON).await?;
    let telling = list.tasks.iter().filter(|task| {
        task.kind == TaskKind::Approval
            && task.records > 0
            && approvals::about(task) == Some("police.domestic_incident")
    });
    let task = telling
        .max_by_key(|task| task.records)
        .ok_or("the police were asked to approve nothing")?;
    let task = approvals::open(&desk, task.id).await?;
    line(wrapped(&approvals::describe(&task)));
    let decision = Decision {
        verdict: Verdict::Agree,
        ground: None,
        reason: "The child was in the room; the hub needs the account to plan for her safety."
            .into(),
    };
    let _: TaskLine = desk
        .post(&format!("/api/v1/tasks/{}/decision", task.id), &decision)
        .await?;
    line(format_args!(
        "\n  {APPROVER} agrees: \"{}\"",
        decision.reason.reveal()
    ));
    line("  recorded in the agency's ledger, then released as its second return");
    Ok(())
}

async fn wait_for_second_return(
    desk: &Desk,
    case: &CaseId,
    mut version: u64,
) -> Result<(), Failure> {
    let until = Instant::now() + Duration::from_secs(30);
    let police = member(Kind::Police)?;
    while Instant::now() < until {
        let path = format!("/api/v1/cases/{case}/progress?after={version}&wait_s=5");
        let progress: stile_exchange::hub::CaseProgress = desk.get(&path, SOON).await?;
        version = progress.version;
        if progress
            .agencies
            .iter()
            .any(|agency| agency.agency == police && agency.returns >= 2)
        {
            return Ok(());
        }
    }
    Err("the approved return did not reach the hub in 30 seconds".into())
}

async fn alerts(running: &Running) -> Result<(), Failure> {
    for kind in Kind::ALL {
        let member = member(kind)?;
        let desk = Desk::open(&running.person(member.as_str(), APPROVER))?;
        let list: TaskList = desk.get("/api/v1/tasks", SOON).await?;
        let alerts = list.tasks.iter();
        for alert in alerts.filter(|task| task.kind == TaskKind::Alert) {
            let what = approvals::about(alert).unwrap_or("a sealed person");
            let roles: Vec<_> = alert.asked.iter().map(|one| one.role.as_str()).collect();
            line(format_args!(
                "  {:<26} {}: {what} was asked about",
                member.as_str(),
                roles.join(", ")
            ));
        }
    }
    Ok(())
}

fn verify(running: &Running) -> Result<(), Failure> {
    for (member, dir, vkey) in running.ledgers()? {
        let report = verify_dir(&dir, &vkey.parse()?, |_| {})?;
        match &report.first_bad {
            None => line(format_args!(
                "  {:<26} verified, {} entries",
                member.as_str(),
                report.entries
            )),
            Some(finding) => {
                return Err(format!("{member}: the ledger does not verify: {finding}").into());
            }
        }
    }
    Ok(())
}
