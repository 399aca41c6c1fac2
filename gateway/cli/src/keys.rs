//! `stile keys`: a gateway's own keys, made where they are used.

use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use ring::rand::{SecureRandom, SystemRandom};
use stile_ledger::{CosignerKey, KeyName, LedgerKey};
use stile_model::digest::Digest;
use stile_store::{EpochKey, EpochPlace};
use stile_trust::signing::SigningKey;

use crate::args::Keys;
use crate::output::line;
use crate::run::Failure;

/// Where each key of a gateway is.
#[derive(Debug, Clone)]
pub struct KeyFiles {
    /// Signs enquiries or returns (P-256, PKCS#8 PEM).
    pub signing: PathBuf,
    /// Signs the ledger's heads (Ed25519, PKCS#8 DER).
    pub ledger: PathBuf,
    /// Wraps the data keys (32 bytes, or a key in a token).
    pub epoch: EpochPlace,
    /// Makes pseudonyms and references (32 bytes).
    pub pseudonym: PathBuf,
    /// Cosigns other members' ledgers (Ed25519, PKCS#8 DER).
    pub witness: PathBuf,
}

impl KeyFiles {
    /// The usual names in a folder.
    pub fn in_folder(dir: &Path) -> Self {
        Self {
            signing: dir.join("signing.key"),
            ledger: dir.join("ledger.key"),
            epoch: EpochPlace::File(dir.join("epoch.key")),
            pseudonym: dir.join("pseudonym.key"),
            witness: dir.join("witness.key"),
        }
    }

    /// Makes all five; none may exist.
    ///
    /// # Errors
    ///
    /// When one exists or cannot be written.
    pub fn make(&self) -> Result<(), Failure> {
        SigningKey::generate()?.save(&self.signing)?;
        private_file(&self.ledger, &LedgerKey::pkcs8_of_seed(&random()?))?;
        match &self.epoch {
            EpochPlace::File(path) => {
                EpochKey::create_file(path)?;
            }
            EpochPlace::Token(place) => {
                EpochKey::create_in_token(place)?;
            }
            EpochPlace::Credential { .. } => {
                return Err("a credential is made by whoever configures the service".into());
            }
        }
        private_file(&self.pseudonym, &random()?)?;
        private_file(&self.witness, &LedgerKey::pkcs8_of_seed(&random()?))
    }

    /// The ledger's key.
    ///
    /// # Errors
    ///
    /// When the file is missing or is not such a key.
    pub fn ledger_key(&self) -> Result<LedgerKey, Failure> {
        let bytes = fs::read(&self.ledger).map_err(|error| named(&self.ledger, &error))?;
        Ok(LedgerKey::from_pkcs8(&bytes)?)
    }

    /// The key that cosigns, under a name of its own beside the ledger's `origin`.
    ///
    /// # Errors
    ///
    /// When the file is missing or is not such a key.
    pub fn witness_key(&self, origin: &str) -> Result<CosignerKey, Failure> {
        let bytes = fs::read(&self.witness).map_err(|error| named(&self.witness, &error))?;
        let name = KeyName::new(format!("{origin}/witness"))?;
        CosignerKey::from_pkcs8(name, &bytes)
            .map_err(|error| format!("{}: {error}", self.witness.display()).into())
    }

    /// The pseudonym key.
    ///
    /// # Errors
    ///
    /// When the file is missing or is not 32 bytes.
    pub fn pseudonym_key(&self) -> Result<[u8; 32], Failure> {
        let bytes = fs::read(&self.pseudonym).map_err(|error| named(&self.pseudonym, &error))?;
        bytes
            .try_into()
            .map_err(|_| format!("{}: expected 32 bytes", self.pseudonym.display()).into())
    }
}

/// An error with the file it is about.
pub fn named(path: &Path, error: &std::io::Error) -> Failure {
    format!("{}: {error}", path.display()).into()
}

fn random() -> Result<[u8; 32], Failure> {
    let mut bytes = [0; 32];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| "the operating system gives no random numbers")?;
    Ok(bytes)
}

/// Writes a file that must not be there yet, for its owner alone.
pub(crate) fn private_file(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(|error| named(path, &error))?;
    file.write_all(bytes)?;
    Ok(file.sync_all()?)
}

/// Runs the command.
///
/// # Errors
///
/// What could not be made or read.
pub fn run(command: Keys) -> Result<(), Failure> {
    match command {
        Keys::Make { dir } => {
            fs::create_dir_all(&dir)?;
            KeyFiles::in_folder(&dir).make()?;
            line(format_args!(
                "made five keys in {}; keep a copy under lock and key, and never beside a copy of the store",
                dir.display()
            ));
            Ok(())
        }
        Keys::Show { dir, origin, chain } => {
            line(card(&KeyFiles::in_folder(&dir), &origin, &chain)?);
            Ok(())
        }
    }
}

/// The public half of a gateway as TOML for the operator's `directory.toml`.
///
/// # Errors
///
/// When a file cannot be read.
pub fn card(keys: &KeyFiles, origin: &str, chain: &Path) -> Result<String, Failure> {
    let summary = stile_trust::authority::describe(&fs::read_to_string(chain)?)?;
    card_for(keys, origin, &summary.spki_digest)
}

/// The same before there is a certificate: `pin` is the digest of the public key it will have.
///
/// # Errors
///
/// When a file cannot be read.
pub fn card_for(keys: &KeyFiles, origin: &str, pin: &Digest) -> Result<String, Failure> {
    let signing = SigningKey::load(&keys.signing)?;
    let vkey = keys.ledger_key()?.vkey(&KeyName::new(origin)?);
    let witness = keys.witness_key(origin)?.vkey();
    let jwk = signing.verifying_key().to_jwk();
    Ok(format!(
        "tls_pins = [\"{pin}\"]\nsigning_key = {{ kty = \"{}\", crv = \"{}\", x = \"{}\", y = \"{}\" }}\nledger_key = \"{vkey}\"\nwitness_key = \"{witness}\"",
        jwk.kty, jwk.crv, jwk.x, jwk.y
    ))
}
