//! The table of sessions, by the digest of each token. Pure: the time is an argument.

use std::collections::HashMap;

use stile_model::digest::Digest;
use stile_model::id::UserId;
use stile_model::time::Timestamp;

use super::nonce::Issued;
use super::{Limits, Listed, Look, Means, Session};

/// How long an ended session's user is remembered, in seconds.
const AFTER_S: i64 = 1_800;
/// Digits of a digest that name a session on its user's own page.
const HANDLE_DIGITS: usize = 16;

#[derive(Debug, Default)]
pub(super) struct Table {
    rows: HashMap<Digest, Row>,
}

#[derive(Debug)]
struct Row {
    session: Session,
    nonces: Issued,
    /// Since when it is over.
    over: Option<Timestamp>,
}

impl Row {
    /// When it is over, or was: by disuse or by age, whichever is first.
    fn ends(&self, limits: &Limits) -> Timestamp {
        let idle = self.session.seen.plus_s(limits.idle_s);
        let absolute = self.session.began.plus_s(limits.absolute_s);
        self.over.unwrap_or(idle.min(absolute))
    }
}

impl Table {
    pub(super) fn begin(
        &mut self,
        before: Option<&Digest>,
        key: Digest,
        session: Session,
        limits: &Limits,
    ) {
        let now = session.began;
        self.tidy(limits, now);
        let nonces = before.map(|before| self.hand_over(before, &session.user));
        let is_theirs = |row: &Row| row.session.user == session.user;
        self.make_room(limits.per_person, is_theirs);
        self.make_room(limits.in_all, |_| true);
        let row = Row {
            session,
            nonces: nonces.unwrap_or_default(),
            over: None,
        };
        self.rows.insert(key, row);
    }

    /// Ends the session `before`; gives its nonces if it was the same user's.
    fn hand_over(&mut self, before: &Digest, user: &UserId) -> Issued {
        let row = self.rows.remove(before);
        let theirs = row.filter(|row| row.session.user == *user);
        theirs.map(|row| row.nonces).unwrap_or_default()
    }

    pub(super) fn look(
        &mut self,
        key: &Digest,
        limits: &Limits,
        now: Timestamp,
        used: bool,
    ) -> Look {
        self.tidy(limits, now);
        let Some(row) = self.rows.get_mut(key) else {
            return Look::Unknown;
        };
        if row.ends(limits) <= now {
            row.over.get_or_insert(now);
            return Look::Over(row.session.user.clone());
        }
        if used {
            row.session.seen = row.session.seen.max(now);
        }
        Look::Here(row.session.clone())
    }

    pub(super) fn refresh(&mut self, key: &Digest, means: Means, now: Timestamp) {
        if let Some(row) = self.rows.get_mut(key) {
            row.session.means = means;
            row.session.fresh = now;
        }
    }

    pub(super) fn forget(&mut self, key: &Digest) {
        self.rows.remove(key);
    }

    pub(super) fn end_all(&mut self, user: &UserId, but: Option<&Digest>) {
        let other = |key: &Digest| but == Some(key);
        self.rows
            .retain(|key, row| row.session.user != *user || other(key));
    }

    pub(super) fn end_one(&mut self, user: &UserId, named: &str) {
        self.rows
            .retain(|key, row| row.session.user != *user || handle(key) != named);
    }

    pub(super) fn list(
        &self,
        user: &UserId,
        own: &Digest,
        limits: &Limits,
        now: Timestamp,
    ) -> Vec<Listed> {
        let going_on = |row: &Row| row.session.user == *user && row.ends(limits) > now;
        let rows = self.rows.iter().filter(|(_, row)| going_on(row));
        let mut all: Vec<Listed> = rows
            .map(|(key, row)| Listed {
                handle: handle(key),
                session: row.session.clone(),
                own: key == own,
            })
            .collect();
        all.sort_by(|one, other| {
            let newest = other.session.began.cmp(&one.session.began);
            newest.then_with(|| one.handle.cmp(&other.handle))
        });
        all
    }

    /// The nonces of a session that is going on.
    pub(super) fn nonces(&mut self, key: &Digest) -> Option<&mut Issued> {
        let row = self.rows.get_mut(key).filter(|row| row.over.is_none());
        row.map(|row| &mut row.nonces)
    }

    /// Forgets what ended long enough ago.
    fn tidy(&mut self, limits: &Limits, now: Timestamp) {
        self.rows
            .retain(|_, row| row.ends(limits).plus_s(AFTER_S) > now);
    }

    /// Ends what was used longest ago until one more has room.
    fn make_room(&mut self, most: usize, counts: impl Fn(&Row) -> bool) {
        loop {
            let counted = self.rows.iter().filter(|(_, row)| counts(row));
            let (number, oldest) =
                counted.fold((0, None::<(&Digest, Timestamp)>), |(n, old), (key, row)| {
                    let seen = row.session.seen;
                    let older = old.is_none_or(|(other, when)| (seen, key) < (when, other));
                    (n + 1, if older { Some((key, seen)) } else { old })
                });
            let Some(oldest) = oldest
                .map(|(key, _)| *key)
                .filter(|_| number >= most.max(1))
            else {
                return;
            };
            self.rows.remove(&oldest);
        }
    }
}

fn handle(key: &Digest) -> String {
    // Of a digest of the digest: what names a session on a page says nothing about what opens it.
    let named = Digest::of(key.as_bytes()).to_string();
    let digits = named.rsplit(':').next().unwrap_or_default();
    digits.chars().take(HANDLE_DIGITS).collect()
}
