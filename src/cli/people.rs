//! `penstock users`: who may sign in.

use std::io::BufRead as _;

use clap::{Args, Subcommand};

use super::{Common, Ended, open_store};
use crate::clock::Clock;
use crate::journal::{Actor, Event, EventKind};
use crate::letter::Role;
use crate::review::add_user;

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
            }
            Action::Disable { login } => {
                let mut tx = store.write().await?;
                let Some(user) = tx.user_by_login(&login).await? else {
                    eprintln!("penstock: there is no user \"{login}\"");
                    return Ok(Ended::Refused);
                };
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
