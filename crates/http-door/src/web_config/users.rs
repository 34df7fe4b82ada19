//! Users and their passwords. bcrypt is slow on purpose, so that a stolen hash is of little use; what was right once
//! is therefore remembered, and what is not yet known is computed one at a time and away from the threads that serve.

use std::collections::{BTreeMap, HashSet};
use std::hash::{BuildHasher, RandomState};
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bcrypt::HashParts;
use parking_lot::Mutex;
use tokio::sync::Semaphore;

use crate::web_config::file::Secret;
use crate::web_config::mistake::Mistake;

/// So many right passwords are remembered.
const REMEMBERED: usize = 100;

/// The users of the file, each with a hash that can be computed.
#[derive(Debug, Default)]
pub(super) struct Users(BTreeMap<String, String>);

/// Passwords that were right. They are remembered by a keyed hash alone, together with the hash that the file had
/// for them, so that a changed file makes them unknown.
#[derive(Debug)]
pub(super) struct Verified {
    keys: [RandomState; 2],
    known: Mutex<HashSet<u128>>,
    one_at_a_time: Semaphore,
}

/// A name and a password, as a request brings them.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Credentials {
    name: String,
    password: Vec<u8>,
}

impl Credentials {
    /// Those of a header `Authorization: Basic …` (RFC 7617); `None` if it is none.
    pub(super) fn read(header: &[u8]) -> Option<Self> {
        let at = header.iter().position(|byte| *byte == b' ')?;
        let (scheme, rest) = header.split_at(at);
        if !scheme.eq_ignore_ascii_case(b"basic") {
            return None;
        }
        let decoded = STANDARD.decode(rest.trim_ascii()).ok()?;
        let at = decoded.iter().position(|byte| *byte == b':')?;
        let name = String::from_utf8(decoded[..at].to_vec()).ok()?;
        Some(Self { name, password: decoded[at + 1..].to_vec() })
    }
}

impl Users {
    /// The users of a file; a hash that is none is a mistake, which does not show it.
    pub(super) fn of(users: &BTreeMap<String, Secret>) -> Result<Self, Mistake> {
        let user = |(name, hash): (&String, &Secret)| match HashParts::from_str(&hash.0) {
            Ok(_) => Ok((name.clone(), hash.0.clone())),
            Err(_) => Err(Mistake::new(
                format!("basic_auth_users.{name}"),
                "expected the bcrypt hash of a password, as `htpasswd -nBC 10 \"\"` prints it; the value is not shown \
                 here, since it is a secret",
            )),
        };
        users.iter().map(user).collect::<Result<_, _>>().map(Self)
    }

    /// True if nobody has to say a password.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Default for Verified {
    fn default() -> Self {
        let keys = [RandomState::new(), RandomState::new()];
        Self { keys, known: Mutex::default(), one_at_a_time: Semaphore::new(1) }
    }
}

impl Verified {
    /// Whether these are the name and the password of one of `users`.
    pub(super) async fn are_right(&self, users: &Users, credentials: Credentials) -> bool {
        let Credentials { name, password } = credentials;
        // An unknown name takes as long as a known one, so that the time says nothing about who is known.
        let (hash, is_user) = match users.0.get(&name) {
            Some(hash) => (hash, true),
            None => match users.0.values().next() {
                Some(hash) => (hash, false),
                None => return false,
            },
        };
        let [high, low] = [0, 1].map(|at| u128::from(self.keys[at].hash_one((&name, hash, &password))));
        let key = high << 64 | low;
        if is_user && self.known.lock().contains(&key) {
            return true;
        }
        let hash = hash.clone();
        let compute = move || bcrypt::verify(password, &hash).unwrap_or(false);
        let Ok(_turn) = self.one_at_a_time.acquire().await else { return false };
        let is_right = tokio::task::spawn_blocking(compute).await.unwrap_or(false) && is_user;
        if is_right {
            self.remember(key);
        }
        is_right
    }

    fn remember(&self, key: u128) {
        let mut known = self.known.lock();
        if known.len() >= REMEMBERED
            && let Some(any) = known.iter().next().copied()
        {
            known.remove(&any);
        }
        known.insert(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn users(entries: &[(&str, &str)]) -> BTreeMap<String, Secret> {
        entries.iter().map(|(name, hash)| ((*name).to_owned(), Secret((*hash).to_owned()))).collect()
    }

    fn credentials(text: &str) -> Option<Credentials> {
        Credentials::read(format!("basic {}", STANDARD.encode(text)).as_bytes())
    }

    #[tokio::test]
    async fn right_passwords_are_right_again_and_a_changed_hash_forgets_them() {
        let hash = |password: &str| bcrypt::hash(password, 4).expect("hashed");
        let (verified, old) = (Verified::default(), Users::of(&users(&[("a", &hash("one"))])).expect("a hash"));
        for (text, is_right) in [("a:one", true), ("a:one", true), ("a:two", false), ("b:one", false), (":", false)] {
            let credentials = credentials(text).expect("credentials");
            assert_eq!(verified.are_right(&old, credentials).await, is_right, "{text}");
        }
        assert_eq!(verified.known.lock().len(), 1, "only what is right is remembered");
        let new = Users::of(&users(&[("a", &hash("two"))])).expect("a hash");
        assert!(!verified.are_right(&new, credentials("a:one").expect("credentials")).await);
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let verified = Verified::default();
        (0..1000).for_each(|key| verified.remember(key));
        assert_eq!(verified.known.lock().len(), REMEMBERED);
    }

    #[test]
    fn a_hash_that_is_none_is_a_mistake_that_does_not_show_it() {
        let mistake = Users::of(&users(&[("me", "hunter2")])).expect_err("no hash");
        assert!(mistake.place == "basic_auth_users.me" && !mistake.what.contains("hunter2"), "{mistake:?}");
    }

    #[test]
    fn credentials_are_read_as_rfc_7617_writes_them() {
        assert!(credentials("a:b:c").is_some_and(|read| read.name == "a" && read.password == b"b:c"));
        for bad in [&b"Basic"[..], b"Bearer YTpi", b"Basic !!", b"Basic YWI="] {
            assert!(Credentials::read(bad).is_none(), "{}", String::from_utf8_lossy(bad));
        }
    }
}
