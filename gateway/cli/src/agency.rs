//! `stile agency enrol` and `renew`: a gateway's own certificate, for a key that stays where it was made.

mod given;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use hyper::Method;
use stile_exchange::client::{Client, ClientError};
use stile_exchange::clock::Clock;
use stile_exchange::enrol::{
    Application, EnrolmentState, EnrolmentToken, Papers, Passed, Standing,
};
use stile_exchange::server::ALPN;
use stile_model::id::{MemberId, PartnershipId};
use stile_trust::identity::{Identity, Role};
use stile_trust::key::TlsKey;
use stile_trust::peer::Peer;
use stile_trust::renewal::{begin_change, settle};
use stile_trust::tls::{Anchor, TlsFiles, TlsMaterial, enrolling_config};

use self::given::Given;
use crate::args::{AgencyTask, Enrol};
use crate::config::AgencyConfig;
use crate::keys::{KeyFiles, card};
use crate::output::line;
use crate::people::{read, refusal};
use crate::run::Failure;

/// Longest that one call to the hub takes.
const CALL: Duration = Duration::from_secs(30);
/// How often the hub is asked while somebody waits.
const AGAIN: Duration = Duration::from_secs(2);

/// Runs the command.
///
/// # Errors
///
/// What was refused or could not be made, and what to do.
pub async fn run(task: AgencyTask) -> Result<(), Failure> {
    match task {
        AgencyTask::Enrol(enrol) => self::enrol(&enrol).await,
        AgencyTask::Renew { config, new_key } => renew(&config, new_key).await,
    }
}

async fn enrol(asked: &Enrol) -> Result<(), Failure> {
    let (identity, files) = whose(asked)?;
    if files.chain.exists() {
        let chain = files.chain.display();
        return Err(format!(
            "{chain}: there is a certificate already; `stile agency renew` renews it"
        )
        .into());
    }
    let token = EnrolmentToken::new(read(&asked.token_file)?.trim());
    let anchor = anchor(asked)?;
    let key = make_keys(asked, &files)?;
    let application = Application {
        token,
        request: key.request(&identity)?,
    };
    let clock = Clock::system();
    // What was brought here must hold before anybody is asked.
    let given = Given::of(asked, &identity, &key.pin(), &clock)?;
    let tls = enrolling_config(anchor.clone(), &identity.partnership, ALPN, clock.source())?;
    let hub = Client::new(asked.hub.clone(), tls);
    let standing = wait_for(&hub, &application, Duration::from_secs(asked.wait_s)).await?;
    match (standing.state, &standing.chain, &standing.authority) {
        (EnrolmentState::Issued, Some(chain), Some(papers)) => {
            let came = Came::proved(&files, (chain, papers), &anchor, &identity, &clock)?;
            come_to_rest(&files, &came, given.as_ref())?;
            let own = &came.own;
            line(format_args!(
                "enrolled {identity}, until {}, in {}",
                own.not_after,
                folder_of(&files.chain).display()
            ));
            show_card(asked, &files)
        }
        (EnrolmentState::Refused, _, _) => Err("the operator refused the request".into()),
        (EnrolmentState::Invited | EnrolmentState::Issued | EnrolmentState::Waiting, _, _) => {
            not_yet(asked.wait_s)
        }
    }
}

/// There is no certificate yet. Whoever waited for one, a script perhaps, must not go on as if there were.
fn not_yet(waited_s: u64) -> Result<(), Failure> {
    const AGAIN: &str = "once it is approved, run the same command again";
    if waited_s == 0 {
        line(AGAIN);
        return Ok(());
    }
    Err(format!("the operator did not decide within {waited_s} s; {AGAIN}").into())
}

/// Who enrols, and where its files are.
fn whose(asked: &Enrol) -> Result<(Identity, TlsFiles), Failure> {
    if let Some(config) = &asked.config {
        let parts = AgencyConfig::read(config)?.parts;
        let identity = Identity::agency(parts.partnership, parts.member);
        return Ok((identity, parts.tls));
    }
    let (Some(partnership), Some(member), Some(dir)) =
        (&asked.partnership, &asked.member, &asked.tls)
    else {
        return Err("`--partnership`, `--member` and `--tls` are needed without `--config`".into());
    };
    let identity = Identity::agency(
        PartnershipId::new(partnership.as_str())?,
        MemberId::new(member.as_str())?,
    );
    Ok((identity, files_in(dir)))
}

/// The folder that a file is in.
fn folder_of(file: &Path) -> &Path {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        Some(_) | None => Path::new("."),
    }
}

fn files_in(dir: &Path) -> TlsFiles {
    TlsFiles {
        chain: dir.join("chain.pem"),
        key: dir.join("key.pem").into(),
        roots: dir.join("root.pem"),
        issuers: dir.join("issuing.pem"),
        crl: dir.join("crl.pem"),
    }
}

fn anchor(asked: &Enrol) -> Result<Anchor, Failure> {
    match (&asked.root, asked.root_digest) {
        (Some(root), _) => Ok(Anchor::Roots(read(root)?)),
        (None, Some(digest)) => Ok(Anchor::Digest(digest)),
        (None, None) => Err("`--root` or `--root-digest` is missing".into()),
    }
}

/// The TLS key, and the five others where they are asked for; made where they are missing.
fn make_keys(asked: &Enrol, files: &TlsFiles) -> Result<TlsKey, Failure> {
    for file in files.key.file().into_iter().chain([files.chain.as_path()]) {
        fs::create_dir_all(folder_of(file))?;
    }
    if let Some(dir) = &asked.keys {
        let keys = KeyFiles::in_folder(dir);
        if !keys.signing.exists() {
            fs::create_dir_all(dir)?;
            keys.make()?;
        }
    }
    match TlsKey::find(&files.key)? {
        Some(key) => Ok(key),
        None => Ok(TlsKey::make(&files.key)?),
    }
}

/// Asks until there is a decision, or the time is over; says first what the operator must hear.
async fn wait_for(
    hub: &Client,
    application: &Application,
    patience: Duration,
) -> Result<Standing, Failure> {
    let begun = Instant::now();
    let mut told = false;
    loop {
        let standing = apply(hub, application).await?;
        if standing.state == EnrolmentState::Waiting && !told {
            line(format_args!("request  {}", standing.id));
            line(format_args!("pin      {}", standing.pin));
            line("read the pin out to the operator");
            told = true;
        }
        if standing.state != EnrolmentState::Waiting || begun.elapsed() >= patience {
            return Ok(standing);
        }
        tokio::time::sleep(AGAIN).await;
    }
}

async fn apply(hub: &Client, application: &Application) -> Result<Standing, Failure> {
    let headers = [("content-type", "application/json".to_owned())];
    let body = serde_json::to_vec(application)?;
    let path = "/v1/enrolments";
    let reply = hub.call(Method::POST, path, &headers, body, CALL).await;
    let reply = reply.map_err(|error| match error {
        ClientError::Tls(at, why) => {
            format!("`{at}` is not the partnership's hub by the root that you gave: {why}")
        }
        other => other.to_string(),
    })?;
    if reply.status.is_success() {
        return Ok(serde_json::from_slice(&reply.body)?);
    }
    Err(refusal(reply.status, &reply.body).into())
}

/// What came of the hub, proved.
struct Came<'a> {
    chain: &'a str,
    roots: String,
    papers: &'a Papers,
    own: Peer,
}

impl<'a> Came<'a> {
    /// Proves everything that came before any of it is in place.
    fn proved(
        files: &TlsFiles,
        (chain, papers): (&'a str, &'a Papers),
        anchor: &Anchor,
        identity: &Identity,
        clock: &Clock,
    ) -> Result<Self, Failure> {
        let roots = anchor.chosen(&papers.roots)?;
        let aside = aside(files)?;
        let tried = files_in(&aside);
        let tried = TlsFiles {
            key: files.key.clone(),
            ..tried
        };
        settle(&tried, chain, &roots, &papers.issuers, &papers.crl)?;
        let material = TlsMaterial::load(&tried, clock.now());
        fs::remove_dir_all(&aside)?;
        let material = material?;
        if material.identity() != identity {
            return Err(format!(
                "the certificate is of `{}`, not of `{identity}`",
                material.identity()
            )
            .into());
        }
        Ok(Self {
            chain,
            roots,
            papers,
            own: material.own(),
        })
    }
}

/// Puts all of it in place. **Order of effects:** the chain is the last: while it is not there, the same
/// command can be given again.
fn come_to_rest(files: &TlsFiles, came: &Came<'_>, given: Option<&Given>) -> Result<(), Failure> {
    if let Some(given) = given {
        given.settle()?;
    }
    let Papers { issuers, crl, .. } = came.papers;
    Ok(settle(files, came.chain, &came.roots, issuers, crl)?)
}

/// A new folder beside the files.
fn aside(files: &TlsFiles) -> Result<PathBuf, Failure> {
    let dir = files.chain.with_file_name("enrolling");
    if dir.exists() {
        fs::remove_dir_all(&dir)?;
    }
    fs::create_dir(&dir)?;
    Ok(dir)
}

/// What the operator puts into the directory.
fn show_card(asked: &Enrol, files: &TlsFiles) -> Result<(), Failure> {
    let (Some(keys), Some(origin)) = (&asked.keys, &asked.origin) else {
        return Ok(());
    };
    line(card(&KeyFiles::in_folder(keys), origin, &files.chain)?);
    Ok(())
}

async fn renew(config: &Path, new_key: bool) -> Result<(), Failure> {
    let clock = Clock::system();
    let config = AgencyConfig::read(config)?;
    let parts = &config.parts;
    let tls = Arc::new(crate::gateway::read_tls(parts, Role::Agency, &clock)?);
    let directory = crate::gateway::read_directory(&parts.directory, parts, &clock)?;
    let directory = Arc::new(ArcSwap::from_pointee(directory));
    let settings = &config.settings.renewal;
    if settings.hub.is_none() {
        return Err("the configuration has no `renewal.hub` to ask; `docs/guide/operate.md` says how people renew it".into());
    }
    if new_key {
        begin_change(&parts.tls)?;
    }
    let keeping = crate::gateway::keeping(&parts.member, &directory, &tls, settings, &clock)?;
    line(told(&keeping.pass(true).await?));
    Ok(())
}

fn told(passed: &Passed) -> String {
    match passed {
        Passed::ByHand | Passed::NotDue => "nothing was asked for".to_owned(),
        Passed::Refused(standing) => format!("request {}: the operator refused", standing.id),
        Passed::Renewed(until) => format!("renewed, until {until}"),
        Passed::Unpinned(standing) => format!(
            "request {}: issued; in use once the directory here pins {}",
            standing.id, standing.pin
        ),
        Passed::Waiting(standing) => format!(
            "request {}: waits for the operator; pin {}",
            standing.id, standing.pin
        ),
    }
}

#[cfg(test)]
mod tests {
    use stile_model::digest::Digest;
    use stile_model::time::Timestamp;
    use stile_trust::directory::Published;
    use stile_trust::serial::Serial;

    use super::*;

    #[test]
    fn whoever_waited_for_a_certificate_in_vain_is_told_so_as_a_failure() {
        assert!(not_yet(0).is_ok(), "nobody waited");
        let failure = not_yet(600).unwrap_err().to_string();
        assert!(failure.contains("within 600 s"), "{failure}");
        assert!(failure.contains("run the same command again"), "{failure}");
    }

    #[test]
    fn the_chain_is_not_there_before_everything_else_is() {
        let folder = tempfile::tempdir().unwrap();
        let files = files_in(folder.path());
        let identity = Identity::agency(
            PartnershipId::new("north").unwrap(),
            MemberId::new("north-police").unwrap(),
        );
        let papers = Papers {
            roots: "root".to_owned(),
            issuers: "issuer".to_owned(),
            crl: "list".to_owned(),
        };
        let came = Came {
            chain: "chain",
            roots: papers.roots.clone(),
            papers: &papers,
            own: Peer {
                identity,
                serial: Serial::from_bytes(&[1]).unwrap(),
                spki_digest: Digest::of(b"key"),
                issuer: Digest::of(b"issuer"),
                not_after: Timestamp::from_millis(0),
            },
        };
        let partnership = folder.path().join("partnership");
        let given = Given {
            files: Published {
                file: partnership.join("directory.jws"),
                operator: folder.path().join("operator.jwk"),
            },
            operator: "key".to_owned(),
            directory: "directory".to_owned(),
        };

        let broken_off = come_to_rest(&files, &came, Some(&given));

        assert!(broken_off.is_err(), "its folder is not there");
        assert!(!files.chain.exists(), "the same command can be given again");
        fs::create_dir(&partnership).unwrap();
        come_to_rest(&files, &came, Some(&given)).unwrap();
        assert_eq!(fs::read_to_string(&files.chain).unwrap(), "chain");
        assert!(given.files.file.exists());
    }
}
