//! Reading a policy's text, line by line.

use std::str::FromStr;

use super::{Log, Needed, Policy, Quorum, Voter, Witness};
use crate::checkpoint::decimal;
use crate::error::LedgerError;

/// Longest policy that is read, in bytes.
const MAX_POLICY: usize = 256 * 1024;
/// Most ledgers, and most witnesses and groups together.
const MAX_LINES: usize = 512;
const NONE: &str = "none";

pub(super) fn policy(text: &str) -> Result<Policy, LedgerError> {
    if text.len() > MAX_POLICY {
        return Err(at(1, "the policy is longer than 256 KiB"));
    }
    let mut draft = Draft::default();
    let mut last = 0;
    for (place, line) in text.split_inclusive('\n').enumerate() {
        last = place + 1;
        let line = line.strip_suffix('\n').ok_or(at(
            last,
            "it does not end in a line feed; the policy may be cut short",
        ))?;
        draft.line(line).map_err(|fault| at(last, fault))?;
    }
    let quorum = draft.quorum.ok_or(at(last, "there is no `quorum` line"))?;
    Ok(Policy {
        logs: draft.logs,
        voters: draft.voters,
        quorum,
    })
}

const fn at(line: usize, fault: &'static str) -> LedgerError {
    LedgerError::Policy { line, fault }
}

#[derive(Default)]
struct Draft {
    logs: Vec<Log>,
    voters: Vec<Voter>,
    /// Places of voters that are members of a group already.
    placed: Vec<usize>,
    quorum: Option<Quorum>,
}

impl Draft {
    fn line(&mut self, line: &str) -> Result<(), &'static str> {
        if line.bytes().any(|b| (b < b' ' && b != b'\t') || b == 0x7f) {
            return Err("it holds control characters");
        }
        let items: Vec<&str> = line.split([' ', '\t']).filter(|i| !i.is_empty()).collect();
        match items.as_slice() {
            [] => Ok(()),
            [first, ..] if first.starts_with('#') => Ok(()),
            ["group", name, needed, members @ ..] => self.group(name, needed, members),
            ["log", vkey] => self.log(vkey, None),
            ["log", vkey, url] => self.log(vkey, Some(url)),
            ["quorum", name] => self.quorum(name),
            ["witness", name, vkey] => self.witness(name, vkey, None),
            ["witness", name, vkey, url] => self.witness(name, vkey, Some(url)),
            ["group" | "log" | "quorum" | "witness", ..] => Err("it has too few or too many items"),
            _ => Err("it starts with none of `log`, `witness`, `group` and `quorum`"),
        }
    }

    fn log(&mut self, vkey: &str, url: Option<&&str>) -> Result<(), &'static str> {
        let vkey = key::<crate::note::Vkey>(vkey)?;
        if self.logs.iter().any(|seen| seen.vkey.key() == vkey.key()) {
            return Err("this ledger key stands on an earlier line");
        }
        if self.logs.len() == MAX_LINES {
            return Err("more than 512 ledgers");
        }
        let url = url.map(ToString::to_string);
        self.logs.push(Log { vkey, url });
        Ok(())
    }

    fn witness(&mut self, name: &str, vkey: &str, url: Option<&&str>) -> Result<(), &'static str> {
        let vkey = key::<crate::cosignature::CosignerVkey>(vkey)?;
        let twice = self
            .voters
            .iter()
            .any(|voter| matches!(voter, Voter::Witness(seen) if seen.vkey.key() == vkey.key()));
        if twice {
            return Err("this witness key stands on an earlier line");
        }
        self.define(Voter::Witness(Witness {
            name: name.to_owned(),
            vkey,
            url: url.map(ToString::to_string),
        }))
    }

    fn group(&mut self, name: &str, needed: &str, members: &[&str]) -> Result<(), &'static str> {
        let needed = match needed {
            "all" => Needed::All,
            "any" => Needed::Any,
            count => decimal(count)
                .and_then(|count| usize::try_from(count).ok())
                .map(Needed::AtLeast)
                .ok_or("the count is not `any`, `all` or a number")?,
        };
        if members.is_empty() {
            return Err("the group has no member");
        }
        if matches!(needed, Needed::AtLeast(count) if count == 0 || count > members.len()) {
            return Err("the count is not from 1 to the number of members");
        }
        let mut places = Vec::with_capacity(members.len());
        for member in members {
            let place = self
                .place(member)
                .ok_or("a member is not defined on an earlier line")?;
            if self.placed.contains(&place) {
                return Err("a member is in a group already");
            }
            self.placed.push(place);
            places.push(place);
        }
        self.define(Voter::Group {
            name: name.to_owned(),
            needed,
            members: places,
        })
    }

    fn define(&mut self, voter: Voter) -> Result<(), &'static str> {
        if voter.name() == NONE {
            return Err("the name `none` is taken");
        }
        if self.place(voter.name()).is_some() {
            return Err("this name stands on an earlier line");
        }
        if self.voters.len() == MAX_LINES {
            return Err("more than 512 witnesses and groups");
        }
        self.voters.push(voter);
        Ok(())
    }

    fn quorum(&mut self, name: &str) -> Result<(), &'static str> {
        if self.quorum.is_some() {
            return Err("there is a second `quorum` line");
        }
        let quorum = if name == NONE {
            Quorum::Nobody
        } else {
            let place = self.place(name);
            Quorum::Voter(place.ok_or("the quorum is not defined on an earlier line")?)
        };
        self.quorum = Some(quorum);
        Ok(())
    }

    fn place(&self, name: &str) -> Option<usize> {
        self.voters.iter().position(|voter| voter.name() == name)
    }
}

fn key<K: FromStr<Err = LedgerError>>(text: &str) -> Result<K, &'static str> {
    text.parse().map_err(|error| match error {
        LedgerError::Key(fault) => fault,
        _ => "the key is not a verifier key",
    })
}
