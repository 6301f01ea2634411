//! Signing in and out, and who may.

use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _, phc::PasswordHash};
use argon2::{Algorithm, Argon2, Params, Version};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::{Office, Person};
use crate::ids::{Digest, UserId, secret};
use crate::journal::{Actor, Event, EventKind};
use crate::letter::Role;
use crate::store::{Store, StoreError, UserRow};

/// The shortest password.
const SHORTEST: usize = 12;
/// The longest password: hashing a longer one would only cost time.
const LONGEST: usize = 128;
/// After how many failures a sign-in name has to wait.
const FAILURES: i64 = 5;

/// Somebody who is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Who.
    pub person: Person,
    /// The secret that their forms carry.
    pub form_token: String,
}

/// Why somebody cannot sign in, or cannot be added.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// The name or the password is wrong; which of them is not told.
    #[error("the sign-in name or the password is wrong")]
    Wrong,
    /// Too many failures.
    #[error("too many sign-ins failed; wait a few minutes and try again")]
    Blocked,
    /// The password cannot be used.
    #[error("a password has {SHORTEST} to {LONGEST} characters")]
    Password,
    /// The machine cannot hash or has no randomness.
    #[error("the password cannot be checked now: {0}")]
    Machine(String),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn hasher() -> Result<Argon2<'static>, SignInError> {
    let params = Params::new(65_536, 3, 1, None).map_err(|error| SignInError::Machine(error.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// Hashes a password with argon2id.
pub fn hash_password(password: &str) -> Result<String, SignInError> {
    if !(SHORTEST..=LONGEST).contains(&password.chars().count()) {
        return Err(SignInError::Password);
    }
    let hash = hasher()?.hash_password(password.as_bytes()).map_err(|error| SignInError::Machine(error.to_string()))?;
    Ok(hash.to_string())
}

/// Adds somebody who may sign in.
pub async fn add_user(
    store: &Store,
    now: Timestamp,
    actor: Actor,
    (login, name, role): (&str, &str, Role),
    password: &str,
) -> Result<UserId, SignInError> {
    let password = password.to_owned();
    let hash = tokio::task::spawn_blocking(move || hash_password(&password))
        .await
        .map_err(|error| SignInError::Machine(error.to_string()))??;
    let id = UserId::new(now);
    let mut tx = store.write().await?;
    tx.add_user(&UserRow {
        id: id.clone(),
        login: login.trim().to_lowercase(),
        name: name.to_owned(),
        role: role.as_str().to_owned(),
        password_hash: hash,
        created_at: now.as_microsecond(),
        disabled_at: None,
        failed_sign_ins: 0,
        blocked_until: None,
    })
    .await?;
    tx.append(&[Event::new(now, actor, EventKind::UserAdded).with(json!({ "user": id, "role": role }))]).await?;
    tx.commit().await?;
    Ok(id)
}

/// Makes a bearer token for a user's programs; gives the secret, which is stored nowhere.
pub async fn add_token(
    store: &Store,
    now: Timestamp,
    (user, name): (&UserId, &str),
    expires_at: Option<Timestamp>,
) -> Result<String, SignInError> {
    let token = secret().map_err(|error| SignInError::Machine(error.to_string()))?;
    let mut tx = store.write().await?;
    let until = expires_at.map(Timestamp::as_microsecond);
    tx.add_token(Digest::of(token.as_bytes()).as_str(), (user, name), (now.as_microsecond(), until)).await?;
    let details = json!({ "user": user, "token": name, "expires_at": expires_at });
    tx.append(&[Event::new(now, Actor::Operator, EventKind::TokenAdded).with(details)]).await?;
    tx.commit().await?;
    Ok(token)
}

impl Office {
    /// Who a bearer token speaks for, while it holds.
    pub async fn person_of_token(&self, token: &str) -> Result<Option<Person>, StoreError> {
        let digest = Digest::of(token.as_bytes());
        let mut tx = self.store.read().await?;
        let user = tx.user_of_token(digest.as_str(), self.clock.now().as_microsecond()).await?;
        user.map(|user| Ok(Person { role: user.role()?, id: user.id, name: user.name })).transpose()
    }

    /// Signs somebody in; gives the token that their browser keeps.
    pub async fn sign_in(&self, login: &str, password: &str) -> Result<String, SignInError> {
        let now = self.clock.now();
        let login = login.trim().to_lowercase();
        let mut tx = self.store.read().await?;
        let user = tx.user_by_login(&login).await?;
        drop(tx);
        let known = user.as_ref().filter(|user| user.disabled_at.is_none());
        if known.is_some_and(|user| user.blocked_until.is_some_and(|until| until > now.as_microsecond())) {
            return Err(SignInError::Blocked);
        }
        // A name that does not exist costs the same time as a wrong password.
        let hash = known.map_or_else(|| DECOY.to_owned(), |user| user.password_hash.clone());
        let right = self.verify(hash, password.to_owned()).await?;
        let Some(user) = known else { return Err(SignInError::Wrong) };
        let mut tx = self.store.write().await?;
        if !right {
            let failures = user.failed_sign_ins + 1;
            let wait =
                SignedDuration::from_mins(if failures >= FAILURES { 1 << (failures - FAILURES).min(5) } else { 0 });
            let until =
                (failures >= FAILURES).then(|| now.as_microsecond() + i64::try_from(wait.as_micros()).unwrap_or(0));
            tx.note_sign_in(&user.id, failures, until).await?;
            tx.commit().await?;
            return Err(SignInError::Wrong);
        }
        let random = |error: getrandom::Error| SignInError::Machine(error.to_string());
        let (token, form_token) = (secret().map_err(random)?, secret().map_err(random)?);
        tx.note_sign_in(&user.id, 0, None).await?;
        let at = now.as_microsecond();
        tx.add_session(Digest::of(token.as_bytes()).as_str(), &user.id, &form_token, (at, at + self.session_limits.1))
            .await?;
        let actor = Actor::User(user.id.clone());
        tx.append(&[Event::new(now, actor, EventKind::UserSignedIn)]).await?;
        tx.commit().await?;
        Ok(token)
    }

    async fn verify(&self, hash: String, password: String) -> Result<bool, SignInError> {
        if password.chars().count() > LONGEST {
            return Ok(false);
        }
        let machine = |error: &dyn std::fmt::Display| SignInError::Machine(error.to_string());
        let _permit = self.hashing.acquire().await.map_err(|error| machine(&error))?;
        tokio::task::spawn_blocking(move || {
            let parsed = PasswordHash::new(&hash).map_err(|error| SignInError::Machine(error.to_string()))?;
            Ok(hasher()?.verify_password(password.as_bytes(), &parsed).is_ok())
        })
        .await
        .map_err(|error| machine(&error))?
    }

    /// Who a token belongs to, if its session still holds.
    pub async fn session(&self, token: &str) -> Result<Option<Session>, StoreError> {
        let now = self.clock.now().as_microsecond();
        let digest = Digest::of(token.as_bytes());
        let mut tx = self.store.read().await?;
        let Some(row) = tx.session(digest.as_str(), now).await? else { return Ok(None) };
        drop(tx);
        let (idle, _) = self.session_limits;
        if row.seen_at + idle <= now {
            self.sign_out(token).await?;
            return Ok(None);
        }
        // Noted once a minute: every page would otherwise write.
        if row.seen_at + 60_000_000 <= now {
            let mut tx = self.store.write().await?;
            tx.note_session(digest.as_str(), now).await?;
            tx.commit().await?;
        }
        let role = row.role()?;
        Ok(Some(Session { person: Person { id: row.user_id, name: row.name, role }, form_token: row.form_token }))
    }

    /// Ends a session.
    pub async fn sign_out(&self, token: &str) -> Result<(), StoreError> {
        let mut tx = self.store.write().await?;
        tx.end_session(Digest::of(token.as_bytes()).as_str()).await?;
        tx.commit().await
    }
}

/// The hash of nobody's password, with the same cost as everybody's.
const DECOY: &str = "$argon2id$v=19$m=65536,t=3,p=1$c29tZXNhbHRzb21lc2FsdA$pXrBc6C6aHyYcE0Mq1KHAyZBZ9BmYjFhB9Dk5PdfPMw";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_decoy_costs_what_a_real_hash_costs() {
        let decoy = PasswordHash::new(DECOY).expect("it is a hash");
        let real = hash_password("a long enough password").expect("it can be hashed");
        let real = PasswordHash::new(&real).expect("it is a hash");
        assert_eq!(decoy.params.to_string(), real.params.to_string());
    }

    #[test]
    fn a_short_password_is_refused() {
        assert!(matches!(hash_password("short"), Err(SignInError::Password)));
    }
}
