//! Mutual TLS handshakes with our own acceptor while its revocation list is empty, and while it is long.
//!
//! A lap goes from a new TCP connection to the answer of one empty request over it: in TLS 1.3 the
//! dialling end is done before the accepting end has looked at its certificate, and only the answer
//! says that it has.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use hyper::Method;
use stile_exchange::client::Client;
use stile_exchange::clock::Clock;
use stile_exchange::server::{ALPN, Guard, serve};
use stile_model::id::{MemberId, PartnershipId};
use stile_trust::authority::Authority;
use stile_trust::directory::Endpoint;
use stile_trust::identity::{Identity, Role};
use stile_trust::tls::{ClientConfig, TlsFiles, TlsMaterial, client_config, server_config};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::Handshake;
use super::figures::{self, Laps, head, millis, processor_time, row};
use super::ground::{AGENCY, Ground};
use crate::demo::partnership::{HUB, PARTNERSHIP};
use crate::output::line;
use crate::run::Failure;

/// Handshakes of one acceptor before it is the other's turn.
const TURN: usize = 20;
const CALL: Duration = Duration::from_secs(30);

/// Runs the measurement.
///
/// # Errors
///
/// What could not be set up, or the first handshake that failed.
pub(super) async fn run(bench: &Handshake) -> Result<(), Failure> {
    let ground = Ground::at(&bench.place)?;
    let clock = Clock::system();
    let papers = Papers::make(&ground.folder("authority")?, bench.revoked, &clock)?;
    let dials = papers.dialling(&clock)?;
    let mut sides = [
        Side::start("none", &papers, &papers.short, &clock).await?,
        Side::start(&bench.revoked.to_string(), &papers, &papers.long, &clock).await?,
    ];
    // A first turn warms code and allocator; it does not count.
    for turn in 0..=bench.rounds {
        for side in &mut sides {
            side.shake(&dials, turn > 0).await?;
        }
        // Each begins every other turn.
        sides.rotate_left(1);
    }
    if sides.first().is_some_and(|side| side.revoked != 0) {
        sides.rotate_left(1);
    }
    show(&sides);
    for side in sides {
        side.stop().await?;
    }
    figures::load("after");
    Ok(())
}

/// What an authority gave out, and two lists of the same issuer.
struct Papers {
    agency: TlsFiles,
    hub: TlsFiles,
    short: PathBuf,
    long: PathBuf,
}

impl Papers {
    fn make(dir: &Path, revoked: usize, clock: &Clock) -> Result<Self, Failure> {
        let now = clock.now();
        let ca = dir.join("ca");
        let authority = Authority::init(&ca, &PartnershipId::new(PARTNERSHIP)?, now)?;
        let names = ["127.0.0.1".to_owned()];
        let issue = |identity: &Identity, name: &str| -> Result<TlsFiles, Failure> {
            let key = dir.join(format!("{name}.key"));
            let files = TlsFiles {
                chain: dir.join(format!("{name}.pem")),
                key: key.clone().into(),
                roots: authority.root_path(),
                issuers: authority.issuing_path(),
                crl: dir.join("short.pem"),
            };
            let issued = authority.issue(identity, &names, 90, now)?;
            issued.save(&files.chain, &key)?;
            Ok(files)
        };
        let partnership = authority.partnership().clone();
        let agency = Identity::agency(partnership.clone(), MemberId::new(AGENCY)?);
        let agency = issue(&agency, "agency")?;
        let hub = issue(&Identity::hub(partnership, MemberId::new(HUB)?), "hub")?;
        let (short, long) = (dir.join("short.pem"), dir.join("long.pem"));
        fs::copy(authority.crl_path(), &short)?;
        revoke(&ca, revoked, clock)?;
        authority.refresh_crl(clock.now(), 7)?;
        fs::copy(authority.crl_path(), &long)?;
        Ok(Self {
            agency,
            hub,
            short,
            long,
        })
    }

    /// The hub's end, whose own list stays empty.
    fn dialling(&self, clock: &Clock) -> Result<Arc<ClientConfig>, Failure> {
        let material = TlsMaterial::load(&self.hub, clock.now())?;
        let expect = Identity::agency(PartnershipId::new(PARTNERSHIP)?, MemberId::new(AGENCY)?);
        Ok(client_config(&material, &expect, ALPN, clock.source())?)
    }
}

/// Writes certificates that were revoked into the authority's register: making each would take hours,
/// and the list holds nothing of them but serial and moment.
fn revoke(ca: &Path, count: usize, clock: &Clock) -> Result<(), Failure> {
    let file = ca.join("issued.toml");
    let mut text = fs::read_to_string(&file)?;
    let (now, ends) = (clock.now(), clock.now().plus_s(60 * 86_400));
    for number in 0..count {
        // As long as the serials that the authority draws.
        write!(
            text,
            "\n[[certificate]]\nserial = \"4d{number:030x}\"\n\
             uri = \"stile://{PARTNERSHIP}/agency/gone\"\nnot_after = \"{ends}\"\nrevoked_at = \"{now}\"\n"
        )?;
    }
    Ok(fs::write(file, text)?)
}

/// One acceptor with its list.
struct Side {
    list: String,
    revoked: usize,
    bytes: u64,
    loaded: Duration,
    endpoint: Endpoint,
    laps: Laps,
    processor: Duration,
    stop: watch::Sender<bool>,
    served: JoinHandle<std::io::Result<()>>,
}

impl Side {
    async fn start(
        list: &str,
        papers: &Papers,
        crl: &Path,
        clock: &Clock,
    ) -> Result<Self, Failure> {
        let files = TlsFiles {
            crl: crl.to_owned(),
            ..papers.agency.clone()
        };
        let begun = Instant::now();
        let tls = TlsMaterial::load(&files, clock.now())?;
        let loaded = begun.elapsed();
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let endpoint = Endpoint::new(&format!("https://{}", listener.local_addr()?))?;
        let config = server_config(&tls, &[Role::Hub], ALPN, clock.source())?;
        let revocations = Arc::clone(tls.revocations());
        let revoked = revocations.load().len();
        let guard = Guard {
            revocations,
            clock: clock.clone(),
        };
        let routes = Router::new().route("/", get(|| async { StatusCode::NO_CONTENT }));
        let (stop, stopped) = watch::channel(false);
        let config = Arc::new(ArcSwap::new(config));
        let served = tokio::spawn(serve(listener, config, routes, guard, stopped));
        Ok(Self {
            list: list.to_owned(),
            revoked,
            bytes: fs::metadata(crl)?.len(),
            loaded,
            endpoint,
            laps: Laps::default(),
            processor: Duration::ZERO,
            stop,
            served,
        })
    }

    /// One turn of handshakes, one after another.
    async fn shake(&mut self, dials: &Arc<ClientConfig>, counts: bool) -> Result<(), Failure> {
        let processor = processor_time();
        for _ in 0..TURN {
            let begun = Instant::now();
            let hub = Client::new(self.endpoint.clone(), Arc::clone(dials));
            let reply = hub.call(Method::GET, "/", &[], Vec::new(), CALL).await?;
            if reply.status != StatusCode::NO_CONTENT {
                return Err(format!("a request was answered {}", reply.status).into());
            }
            if counts {
                self.laps.add(begun.elapsed());
            }
        }
        if counts {
            self.processor += processor_time().saturating_sub(processor);
        }
        Ok(())
    }

    async fn stop(self) -> Result<(), Failure> {
        let _ = self.stop.send(true);
        Ok(self.served.await??)
    }

    fn median(&self) -> Duration {
        self.laps.percentile(50)
    }

    /// Processor time of both ends for one handshake and its request, in milliseconds.
    fn processor_ms(&self) -> f64 {
        let count = u32::try_from(self.laps.len()).unwrap_or(u32::MAX).max(1);
        self.processor.as_secs_f64() * 1_000.0 / f64::from(count)
    }
}

fn show(sides: &[Side; 2]) {
    head(&[
        "revoked",
        "list KiB",
        "verified and read ms",
        "handshakes",
        "p50 ms",
        "p99 ms",
        "CPU ms each, both ends",
    ]);
    for side in sides {
        row(&[
            side.list.clone(),
            (side.bytes / 1_024).to_string(),
            millis(side.loaded),
            side.laps.len().to_string(),
            millis(side.median()),
            millis(side.laps.percentile(99)),
            format!("{:.3}", side.processor_ms()),
        ]);
    }
    let [empty, long] = sides;
    let more = long.median().as_secs_f64() - empty.median().as_secs_f64();
    line(format_args!(
        "\nthe long list costs {:.3} ms of the median ({:.3} times the empty one) and {:.3} ms of processor a handshake",
        more * 1_000.0,
        long.median().as_secs_f64() / empty.median().as_secs_f64().max(1e-9),
        long.processor_ms() - empty.processor_ms(),
    ));
}
