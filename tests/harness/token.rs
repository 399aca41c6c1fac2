//! A hardware token in software (`SoftHSM`), in a folder of a story's own.
//!
//! The module reads its settings from the environment when it is first used, so each story runs as a
//! program of its own: the same test program, started again with the settings.

use std::ffi::OsStr;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use stile_token::TokenPlace;
use stile_token::signing::SigningKey;

use crate::story;

const MODULES: [&str; 3] = [
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
];
const FOLDER: &str = "STILE_TEST_TOKEN_FOLDER";
const MODULE: &str = "STILE_TEST_TOKEN_MODULE";
/// The label of the token.
pub const LABEL: &str = "stile";
/// The token's user PIN.
pub const PIN: &str = "6021";

/// Runs `story`, an ignored test by its whole name, beside a fresh token.
pub fn beside_a_token(story: &str) {
    let Some(module) = MODULES.iter().find(|module| Path::new(module).exists()) else {
        eprintln!("SKIPPED: SoftHSM is not installed (apt-get install softhsm2)");
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let (settings, tokens) = (dir.path().join("softhsm2.conf"), dir.path().join("tokens"));
    fs::create_dir(&tokens).unwrap();
    let text = format!(
        "directories.tokendir = {}\nobjectstore.backend = file\n",
        tokens.display()
    );
    fs::write(&settings, text).unwrap();
    let made = Command::new("softhsm2-util")
        .args(["--init-token", "--free", "--label", LABEL, "--pin", PIN])
        .args(["--so-pin", "5432"])
        .env("SOFTHSM2_CONF", &settings)
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    let own = [
        ("SOFTHSM2_CONF", settings.as_os_str()),
        (MODULE, OsStr::new(module)),
        (FOLDER, dir.path().as_os_str()),
    ];
    story::run(story, &[], &own);
}

/// The token of the story under way.
pub struct Token {
    folder: PathBuf,
    module: PathBuf,
}

impl Token {
    /// The token that [`beside_a_token`] made for this story, with its PIN file.
    pub fn given() -> Self {
        let token = Self {
            folder: std::env::var_os(FOLDER).unwrap().into(),
            module: std::env::var_os(MODULE).unwrap().into(),
        };
        token.write_pin(PIN, 0o600);
        token
    }

    /// Where the keys under this label are.
    pub fn place(&self, label: &str) -> TokenPlace {
        TokenPlace {
            module: self.module.clone(),
            token: LABEL.to_owned(),
            label: label.to_owned(),
            pin_file: self.pin_file(),
        }
    }

    /// Puts a PIN into the file.
    pub fn write_pin(&self, pin: &str, mode: u32) {
        let file = self.pin_file();
        fs::write(&file, format!("{pin}\n")).unwrap();
        fs::set_permissions(&file, Permissions::from_mode(mode)).unwrap();
    }

    /// Takes the token out. Programs that run find it again only after a restart: the module gives it
    /// up for good.
    pub fn take_away(&self) {
        fs::rename(self.folder.join("tokens"), self.folder.join("away")).unwrap();
    }

    /// Puts it back.
    pub fn put_back(&self) {
        fs::rename(self.folder.join("away"), self.folder.join("tokens")).unwrap();
    }

    /// Takes every key out of the token, which itself stays.
    pub fn take_keys(&self) {
        fs::create_dir(self.folder.join("keys")).unwrap();
        move_keys(&self.own_folder(), &self.folder.join("keys"));
        self.tell();
    }

    /// Puts the keys back.
    pub fn put_keys_back(&self) {
        move_keys(&self.folder.join("keys"), &self.own_folder());
        fs::remove_dir(self.folder.join("keys")).unwrap();
        self.tell();
    }

    fn own_folder(&self) -> PathBuf {
        let mut tokens = fs::read_dir(self.folder.join("tokens")).unwrap();
        tokens.next().unwrap().unwrap().path()
    }

    /// Other programs look at the folder again once somebody has made a key.
    fn tell(&self) {
        let label = format!("told-{:?}", Instant::now());
        SigningKey::make(&self.place(&label)).unwrap();
    }

    fn pin_file(&self) -> PathBuf {
        self.folder.join("pin")
    }
}

fn move_keys(from: &Path, to: &Path) {
    for file in fs::read_dir(from).unwrap() {
        let name = file.unwrap().file_name();
        let text = name.to_str().unwrap();
        if !text.starts_with("token.") && text != "generation" {
            fs::rename(from.join(&name), to.join(&name)).unwrap();
        }
    }
}

/// A place as the configuration writes it.
pub fn setting(place: &TokenPlace) -> String {
    format!(
        "{{ pkcs11 = {{ module = \"{}\", token = \"{}\", label = \"{}\", pin_file = \"{}\" }} }}",
        place.module.display(),
        place.token,
        place.label,
        place.pin_file.display()
    )
}
