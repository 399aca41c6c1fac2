//! What both roles load alike; every error names the file, or the key, that does not fit.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use arc_swap::ArcSwap;
use stile_exchange::clock::Clock;
use stile_exchange::dial::{LineSettings, Lines};
use stile_exchange::enrol::RenewalSettings;
use stile_exchange::server::Guard;
use stile_exchange::start::{check_format, record_lists};
use stile_exchange::trace::{Traces, Whose};
use stile_exchange::witness::{WitnessParts, Witnessing, policy_of};
use stile_model::id::{MemberId, PartnershipId};
use stile_store::{EpochKey, EpochPlace, PostgresConfig, Store, StoreConfig, StoreError};
use stile_token::TokenError;
use stile_trust::TrustError;
use stile_trust::directory::{Directory, Published};
use stile_trust::identity::Role;
use stile_trust::renewal::complete;
use stile_trust::signing::{SigningKey, VerifyingKey};
use stile_trust::tls::{TlsFiles, TlsMaterial};

use super::lists;
use super::progress::Bar;
use crate::backup::{restored, unmark};
use crate::config::{Kept, Parts};
use crate::keys::named;
use crate::run::{Failure, PinFailure};

/// What both roles load alike.
pub(super) struct Common {
    pub(super) directory: Arc<ArcSwap<Directory>>,
    pub(super) store: Store,
    pub(super) signing: SigningKey,
    pub(super) pseudonym_key: [u8; 32],
    pub(super) tls: Arc<TlsMaterial>,
    pub(super) witnessing: Witnessing,
    pub(super) traces: Traces,
}

impl Common {
    /// A hub says how it keeps what agencies dial; an agency is dialled by nobody.
    pub(super) fn load(
        parts: &Parts,
        role: Role,
        dialled: Option<LineSettings>,
        clock: &Clock,
    ) -> Result<Self, Failure> {
        let tls = read_tls(parts, role, clock)?;
        let directory = read_directory(&parts.directory, parts, clock)?;
        let (directory, tls) = (Arc::new(ArcSwap::from_pointee(directory)), Arc::new(tls));
        let guard = Guard {
            revocations: Arc::clone(tls.revocations()),
            clock: clock.clone(),
        };
        let traces = traces(parts, role, clock)?;
        let lines = dialled.map(|settings| Lines::new(Arc::clone(&directory), guard, settings));
        let pseudonym_key = parts.keys.pseudonym_key()?;
        let store = open_store(parts)?;
        check_format(&store).map_err(|error| about(place(&parts.store.kept), error))?;
        let witnessing = Witnessing::new(WitnessParts {
            me: parts.member.clone(),
            partnership: parts.partnership.clone(),
            directory: Arc::clone(&directory),
            store: store.clone(),
            tls: Arc::clone(&tls),
            key: parts.keys.witness_key(&parts.store.origin)?,
            people: parts.people.clone(),
            pseudonym_key,
            clock: clock.clone(),
            lines: lines.clone(),
            settings: parts.ledger.clone(),
        })?;
        Ok(Self {
            directory,
            store,
            signing: SigningKey::load(&parts.keys.signing)?,
            pseudonym_key,
            tls,
            witnessing,
            traces,
        })
    }
}

/// What sends how long its steps take, where the configuration says so.
fn traces(parts: &Parts, role: Role, clock: &Clock) -> Result<Traces, Failure> {
    let Some(settings) = &parts.traces else {
        return Ok(Traces::default());
    };
    let whose = Whose {
        member: &parts.member,
        role,
        version: env!("CARGO_PKG_VERSION"),
    };
    Traces::start(settings, whose, clock)
        .map_err(|error| format!("[traces] `roots`: {error}").into())
}

/// The certificate with everything beside it, when it is this member's.
pub(crate) fn read_tls(parts: &Parts, role: Role, clock: &Clock) -> Result<TlsMaterial, Failure> {
    if let Err(error) = complete(&parts.tls) {
        // The key of the chain in place serves meanwhile, where it is there.
        tracing::warn!(%error, "a change of keys is not complete; it is tried again");
    }
    let tls = TlsMaterial::load(&parts.tls, clock.now())
        .map_err(|error| tls_failure(&parts.tls, error))?;
    let own = tls.identity();
    if own.role != role || own.member != parts.member || own.partnership != parts.partnership {
        let wrong = format!(
            "the certificate is of `{own}`, not of {role} `{}` of partnership `{}`",
            parts.member, parts.partnership
        );
        return Err(about(&parts.tls.chain, wrong));
    }
    Ok(tls)
}

/// Adds the file that is to blame, where the error does not name it.
fn tls_failure(files: &TlsFiles, error: TrustError) -> Failure {
    match error {
        TrustError::File { .. } | TrustError::KeyExposed(_) | TrustError::Pem { .. } => {
            error.into()
        }
        TrustError::CrlExpired(_)
        | TrustError::CrlForged
        | TrustError::CrlNotYet(_)
        | TrustError::CrlOlder { .. }
        | TrustError::CrlUnusable(_) => about(&files.crl, error),
        TrustError::Token(error) => by_hand(format!("{}: {error}", files.key), &error),
        TrustError::KeyMismatch | TrustError::Tls(_) => format!("{}: {error}", files.key).into(),
        _ => about(&files.chain, error),
    }
}

pub(super) fn about(file: &Path, what: impl std::fmt::Display) -> Failure {
    format!("{}: {what}", file.display()).into()
}

/// The signed directory, when it is this partnership's and lists this member.
pub(crate) fn read_directory(
    files: &Published,
    parts: &Parts,
    clock: &Clock,
) -> Result<Directory, Failure> {
    read_directory_of(files, (&parts.partnership, &parts.member), clock)
}

/// The signed directory, when it is this partnership's and lists this member.
///
/// # Errors
///
/// What does not hold, naming the file.
pub(super) fn read_directory_of(
    files: &Published,
    (partnership, member): (&PartnershipId, &MemberId),
    clock: &Clock,
) -> Result<Directory, Failure> {
    let operator =
        fs::read_to_string(&files.operator).map_err(|error| named(&files.operator, &error))?;
    let operator: VerifyingKey =
        serde_json::from_str(&operator).map_err(|error| about(&files.operator, error))?;
    let text = fs::read_to_string(&files.file).map_err(|error| named(&files.file, &error))?;
    let directory = Directory::verify(text.trim(), &operator, 0, clock.now())
        .map_err(|error| about(&files.file, error))?;
    if directory.partnership != *partnership {
        return Err(about(
            &files.file,
            "the directory is of another partnership",
        ));
    }
    policy_of(&directory).map_err(|error| about(&files.file, error))?;
    if directory.member(member).is_none() {
        let unlisted = format!("the directory does not list `{member}`");
        return Err(about(&files.file, unlisted));
    }
    Ok(directory)
}

/// Refuses revocation lists older than those accepted before; then asks the other members what they
/// hold of this ledger, and halts releases if one contradicts it, or if the store came back from a
/// copy. To be called before anything is recorded: not on a ledger that others have seen longer.
///
/// **Order of effects:** the halt is durable first, then the mark that `stile backup restore` made
/// goes.
///
/// # Errors
///
/// When a list is older, or the mark of a copy cannot be read, recorded or taken away.
pub(super) async fn look_back(
    parts: &Parts,
    common: &Common,
    renewal: &RenewalSettings,
    clock: &Clock,
) -> Result<(), Failure> {
    let Common {
        store,
        tls,
        witnessing,
        ..
    } = common;
    lists::check_at_start(common, parts, renewal, clock).await?;
    witnessing.check_at_start().await;
    if let Kept::Dir(dir) = &parts.store.kept
        && let Some(copy) = restored(dir)?
    {
        witnessing
            .halt_restored(copy.made, copy.entries, copy.root)
            .await?;
        unmark(dir)?;
    }
    Ok(record_lists(store, &tls.revocations().load_full()).await?)
}

/// What the configuration says of a store in a folder, with its keys read.
///
/// # Errors
///
/// When a key cannot be read, saying which; or the store is kept in a database.
pub fn store_config(parts: &Parts) -> Result<StoreConfig, Failure> {
    let Kept::Dir(dir) = &parts.store.kept else {
        return Err("this store is kept in a database, which has no segments".into());
    };
    Ok(StoreConfig {
        dir: dir.clone(),
        origin: parts.store.origin.clone(),
        ledger_key: parts.keys.ledger_key()?,
        epoch_key: epoch_key(parts)?,
        segment_bytes: parts.store.segment_bytes,
        low_space_bytes: parts.store.low_space_bytes,
    })
}

/// The epoch key, where the configuration says it is.
///
/// # Errors
///
/// When it is not there, or is none.
pub(crate) fn epoch_key(parts: &Parts) -> Result<EpochKey, Failure> {
    let epoch = &parts.keys.epoch;
    let epoch_at = match epoch {
        EpochPlace::Credential { dir, name, .. } => dir.clone().unwrap_or_default().join(name),
        EpochPlace::File(path) => path.clone(),
        EpochPlace::Token(place) => place.module.clone(),
    };
    EpochKey::open(epoch).map_err(|error| match error {
        StoreError::Token(error) => by_hand(format!("{}: {error}", epoch_at.display()), &error),
        error => about(&epoch_at, error),
    })
}

/// What a token refused; nothing may try a PIN again that is not the right one.
fn by_hand(said: String, error: &TokenError) -> Failure {
    if error.is_of_pin() {
        PinFailure(said).into()
    } else {
        said.into()
    }
}

/// What the configuration names for the store.
fn place(kept: &Kept) -> &Path {
    match kept {
        Kept::Dir(dir) => dir,
        Kept::Postgres { url_file, .. } => url_file,
    }
}

fn open_store(parts: &Parts) -> Result<Store, Failure> {
    let (store, report) = match &parts.store.kept {
        Kept::Dir(dir) => {
            let mut bar = Bar::new("the journal".to_owned(), "segments");
            Store::open_with(store_config(parts)?, |read| bar.show(read.done, read.total))
                .map_err(|error| about(dir, error))?
        }
        Kept::Postgres {
            url_file,
            single_node,
        } => Store::open_postgres(PostgresConfig {
            url_file: url_file.clone(),
            single_node: *single_node,
            origin: parts.store.origin.clone(),
            ledger_key: parts.keys.ledger_key()?,
            epoch_key: epoch_key(parts)?,
        })
        .map_err(|error| about(url_file, error))?,
    };
    if let Some(torn) = &report.torn {
        tracing::warn!(
            ?torn,
            "the journal ended in an unfinished frame, which was never acknowledged"
        );
    }
    Ok(store)
}
