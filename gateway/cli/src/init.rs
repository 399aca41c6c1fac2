//! `stile init`: the files of a new gateway, laid out in one go.
//!
//! ```text
//! agency.toml | hub.toml    configuration; paths in it are taken from this folder
//! vocabulary.toml           the partnership's words
//! rules.toml                an agency's rules to start from
//! keys/                     five keys of its own, and the key of its certificate
//! partnership/              empty: for what the operator sends back
//! request.csr, member.toml  for the operator; nothing in them is secret
//! ```

mod template;
mod text;

use std::fs;
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use stile_model::id::{Code, MemberId, PartnershipId};
use stile_model::vocabulary::Vocabulary;
use stile_trust::directory::Endpoint;
use stile_trust::identity::{Identity, Role};
use stile_trust::key::TlsKey;

use crate::args::Init;
use crate::config::{AgencyConfig, HubConfig};
use crate::keys::{KeyFiles, card_for, named};
use crate::output::line;
use crate::run::Failure;

/// Readable by the service's group, written by the owner.
const SHARED: u32 = 0o640;
/// The owner's alone.
const OWN: u32 = 0o700;

/// Everything that is written into the folder.
const WRITTEN: [&str; 7] = [
    "agency.toml",
    "hub.toml",
    "keys",
    "member.toml",
    "request.csr",
    "rules.toml",
    "vocabulary.toml",
];

/// A new gateway's parts, checked.
struct Plan<'a> {
    asked: &'a Init,
    partnership: PartnershipId,
    member: MemberId,
    kind: Option<Code>,
    endpoint: Endpoint,
    renews_at: Option<MemberId>,
    persons: Vec<(&'a str, Vec<&'a str>)>,
    vocabulary: String,
    rules: Option<&'static str>,
}

/// Runs the command.
///
/// # Errors
///
/// When an argument is refused, or a file is there already or cannot be written.
pub fn run(asked: &Init) -> Result<(), Failure> {
    let plan = Plan::of(asked)?;
    plan.lay_out()?;
    let dir = asked.dir.display();
    line(format_args!("laid out `{}` in {dir}", plan.member));
    line("give request.csr and member.toml to the partnership's operator");
    line(format_args!(
        "put what comes back into {dir}/partnership: chain.pem, root.pem, issuing.pem, crl.pem, \
         directory.jws, operator.jwk"
    ));
    if plan.kind.is_some() {
        line("or send member.toml alone, and let `stile agency enrol` fetch and place the rest");
    }
    Ok(())
}

impl<'a> Plan<'a> {
    fn of(asked: &'a Init) -> Result<Self, Failure> {
        let kind = asked.kind.as_deref().map(Code::new).transpose()?;
        let vocabulary = match &asked.vocabulary {
            Some(file) => fs::read_to_string(file).map_err(|error| named(file, &error))?,
            None => template::VOCABULARY.to_owned(),
        };
        let words = Vocabulary::parse("vocabulary.toml", &vocabulary)?;
        if let Some(kind) = &kind
            && !words.agencies.iter().any(|agency| agency.kind == *kind)
        {
            let kinds = words.agencies.iter().map(|agency| agency.kind.as_str());
            let kinds: Vec<_> = kinds.collect();
            let kinds = kinds.join("`, `");
            return Err(format!("`--kind` is `{kind}`; the vocabulary has `{kinds}`").into());
        }
        let rules = kind
            .as_ref()
            .map(|kind| template::rules(kind))
            .transpose()?;
        let persons = asked.persons.iter().map(|person| {
            let (user, duties) = person.split_once('=').ok_or_else(|| {
                format!("`--person {person}`: expected USER=DUTY, with commas between duties")
            })?;
            Ok((user, duties.split(',').collect()))
        });
        Ok(Self {
            partnership: PartnershipId::new(&asked.partnership)?,
            member: MemberId::new(&asked.member)?,
            endpoint: Endpoint::new(&asked.endpoint)?,
            renews_at: asked.renews_at.as_deref().map(MemberId::new).transpose()?,
            persons: persons.collect::<Result<_, Failure>>()?,
            kind,
            vocabulary,
            rules,
            asked,
        })
    }

    /// Writes everything; the configuration first, so that what is refused leaves no keys behind.
    fn lay_out(&self) -> Result<(), Failure> {
        let dir = &self.asked.dir;
        self.refuse_what_is_there()?;
        folder(dir, 0o750)?;
        self.configure()?;
        write(&dir.join("vocabulary.toml"), &self.vocabulary)?;
        if let Some(rules) = self.rules {
            write(&dir.join("rules.toml"), rules)?;
        }
        folder(&dir.join("partnership"), 0o750)?;
        let keys = dir.join("keys");
        folder(&keys, OWN)?;
        let files = KeyFiles::in_folder(&keys);
        files.make()?;
        let key = TlsKey::make(&keys.join("key.pem").into())?;
        let request = key.request(&Identity {
            partnership: self.partnership.clone(),
            role: self.role(),
            member: self.member.clone(),
            user: None,
        })?;
        write(&dir.join("request.csr"), &request)?;
        let card = card_for(&files, &self.origin(), &key.pin())?;
        write(&dir.join("member.toml"), &text::member(self, &card))
    }

    /// Looks before anything is written, so that a folder in use is left without half of another gateway.
    fn refuse_what_is_there(&self) -> Result<(), Failure> {
        let dir = &self.asked.dir;
        let there: Vec<_> = WRITTEN
            .into_iter()
            .filter(|name| dir.join(name).exists())
            .collect();
        if there.is_empty() {
            return Ok(());
        }
        Err(format!(
            "{}: a gateway is laid out here already, or part of one (`{}`); nothing was written. Give \
             another `--dir`, or move these away, and keep the keys of a gateway that has enrolled",
            dir.display(),
            there.join("`, `")
        )
        .into())
    }

    /// Writes the configuration and reads it as the gateway will.
    fn configure(&self) -> Result<(), Failure> {
        let (name, body) = match &self.kind {
            Some(kind) => ("agency.toml", text::agency(self, kind)?),
            None => ("hub.toml", text::hub(self)),
        };
        let file = self.asked.dir.join(name);
        write(&file, &body)?;
        let read = match self.role() {
            Role::Agency => AgencyConfig::read(&file).map(drop),
            Role::Hub | Role::Person => HubConfig::read(&file).map(drop),
        };
        if read.is_err() {
            fs::remove_file(&file)?;
        }
        read
    }

    fn role(&self) -> Role {
        if self.kind.is_some() {
            Role::Agency
        } else {
            Role::Hub
        }
    }

    /// The ledger's name; it is chosen once and never changes.
    fn origin(&self) -> String {
        format!("{}/{}", self.partnership, self.member)
    }
}

fn folder(path: &Path, mode: u32) -> Result<(), Failure> {
    if path.is_dir() {
        return Ok(());
    }
    fs::DirBuilder::new()
        .recursive(true)
        .mode(mode)
        .create(path)
        .map_err(|error| named(path, &error))
}

/// Writes a file that must not be there.
fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(SHARED)
        .open(path)
        .map_err(|error| named(path, &error))?;
    file.write_all(text.as_bytes())?;
    Ok(file.sync_all()?)
}

#[cfg(test)]
mod tests;
