//! `penstock users`: who may sign in.

use std::io::BufRead as _;

use clap::{Args, Subcommand};
use jiff::SignedDuration;

use super::{Common, Ended, open_store};
use crate::clock::{Clock, from_microseconds};
use crate::journal::{Actor, Event, EventKind};
use crate::letter::Role;
use crate::review::{add_token, add_user};
use crate::store::{Tx, UserRow};

/// What to do about users.
#[derive(Debug, Args)]
pub(super) struct Users {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Adds somebody; the password is read from standard input, one line.
    Add {
        /// What they sign in with.
        login: String,
        /// Their name, as the pages show it.
        #[arg(long)]
        name: String,
        /// trainee, supervisor or administrator.
        #[arg(long)]
        role: Role,
    },
    /// Lists everybody.
    List,
    /// Makes a bearer token for programs that speak for a user; prints it once.
    Token {
        /// Whose rights it has.
        login: String,
        /// What it is called, to be taken back by.
        #[arg(long, default_value = "api")]
        name: String,
        /// After how many days it ends.
        #[arg(long)]
        days: Option<i64>,
    },
    /// Takes a bearer token back, at once.
    Revoke {
        /// Whose it is.
        login: String,
        /// What it is called.
        #[arg(long, default_value = "api")]
        name: String,
    },
    /// Ends somebody's right to sign in, at once.
    Disable {
        /// What they sign in with.
        login: String,
    },
}

impl Users {
    pub(super) async fn run(self, common: &Common) -> anyhow::Result<Ended> {
        let store = open_store(&common.settings()?).await?;
        let now = Clock::System.now();
        match self.action {
            Action::Add { login, name, role } => {
                let mut password = String::new();
                std::io::stdin().lock().read_line(&mut password)?;
                let password = password.trim_end_matches(['\n', '\r']);
                add_user(&store, now, Actor::Operator, (&login, &name, role), password).await?;
                println!("added {login} as {role}");
            }
            Action::List => {
                let mut tx = store.read().await?;
                for user in tx.users().await? {
                    let state = if user.disabled_at.is_some() { "disabled" } else { "active" };
                    println!("{}\t{}\t{}\t{state}", user.login, user.role, user.name);
                }
                for token in tx.tokens().await?.into_iter().filter(|token| token.revoked_at.is_none()) {
                    let until = token
                        .expires_at
                        .map_or_else(|| "taken back".to_owned(), |at| from_microseconds(at).to_string());
                    println!("{}\ttoken\t{}\tuntil {until}", token.login, token.name);
                }
            }
            Action::Token { login, name, days } => {
                let Some(user) = known(&mut store.read().await?, &login).await? else { return Ok(Ended::Refused) };
                let until = days.map(|days| now + SignedDuration::from_hours(24 * days));
                println!("{}", add_token(&store, now, (&user.id, &name), until).await?);
            }
            Action::Revoke { login, name } => {
                let mut tx = store.write().await?;
                let Some(user) = known(&mut tx, &login).await? else { return Ok(Ended::Refused) };
                tx.revoke_token(&user.id, &name, now.as_microsecond()).await?;
                let details = serde_json::json!({ "user": user.id, "token": name });
                tx.append(&[Event::new(now, Actor::Operator, EventKind::TokenRevoked).with(details)]).await?;
                tx.commit().await?;
                println!("the token \"{name}\" of {login} holds no longer");
            }
            Action::Disable { login } => {
                let mut tx = store.write().await?;
                let Some(user) = known(&mut tx, &login).await? else { return Ok(Ended::Refused) };
                tx.disable_user(&user.id, now.as_microsecond()).await?;
                let details = serde_json::json!({ "user": user.id });
                tx.append(&[Event::new(now, Actor::Operator, EventKind::UserDisabled).with(details)]).await?;
                tx.commit().await?;
                println!("{login} can no longer sign in");
            }
        }
        store.close().await;
        Ok(Ended::Done)
    }
}

/// The user, or the word that there is none.
async fn known(tx: &mut Tx, login: &str) -> anyhow::Result<Option<UserRow>> {
    let user = tx.user_by_login(login).await?;
    if user.is_none() {
        eprintln!("penstock: there is no user \"{login}\"; see `penstock users list`");
    }
    Ok(user)
}
