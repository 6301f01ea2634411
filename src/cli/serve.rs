//! `penstock serve` and `penstock demo`: the whole system, until it is told to stop.

use clap::Args;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::{Common, Ended, logging, open_store};
use crate::clock::Clock;
use crate::{app, demo};

/// Runs the daemon.
#[derive(Debug, Args)]
pub(super) struct Serve {}

/// Runs the demonstration.
#[derive(Debug, Args)]
pub(super) struct Demo {}

impl Serve {
    pub(super) async fn run(&self, common: &Common) -> anyhow::Result<Ended> {
        let mut stop = Stop::listen()?;
        let settings = common.settings()?;
        logging(&settings);
        let store = open_store(&settings).await?;
        let running = app::start(&settings, store, Clock::System).await?;
        stop.asked().await;
        tracing::info!("stopping: what is under way is finished first");
        running.stop().await;
        Ok(Ended::Done)
    }
}

impl Demo {
    pub(super) async fn run(&self, common: &Common) -> anyhow::Result<Ended> {
        let mut stop = Stop::listen()?;
        let mut settings = common.settings()?;
        if common.config.is_none() && std::env::var_os("PENSTOCK_LOG_FILTER").is_none() {
            "warn".clone_into(&mut settings.log_filter);
        }
        logging(&settings);
        // Nothing of a demonstration leaves the machine, whatever the settings say.
        settings.outgoing.mode = crate::config::OutgoingMode::Capture;
        settings.intake.authserv_id = Some(demo::BORDER.to_owned());
        let folder = tempfile_folder()?;
        settings.database.url = None;
        settings.data_dir.clone_from(&folder);
        let store = open_store(&settings).await?;
        let running = app::start(&settings, store, Clock::System).await?;
        let people = demo::populate(&running, &folder).await?;
        println!("Penstock runs at http://{} with fictional accounts and letters.", running.address);
        println!("Nothing is sent: approved replies are kept under \"Sent mail\".\n");
        for person in people {
            println!("  {:<14} sign-in {:<14} password {}", person.role, person.login, person.password);
        }
        println!("\nEnd it with Ctrl-C; its data is then removed.");
        stop.asked().await;
        running.stop().await;
        std::fs::remove_dir_all(&folder)?;
        Ok(Ended::Done)
    }
}

/// A fresh folder for one demonstration.
fn tempfile_folder() -> anyhow::Result<std::path::PathBuf> {
    let name = format!("penstock-demo-{}-{}", std::process::id(), &crate::ids::secret()?[..8]);
    let folder = std::env::temp_dir().join(name);
    super::make_data_dir(&folder)?;
    Ok(folder)
}

/// The signals that ask to stop, heard from the first moment on: one that comes while the program
/// starts is followed as soon as it has started.
struct Stop {
    terminate: Signal,
    interrupt: Signal,
}

impl Stop {
    fn listen() -> anyhow::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    async fn asked(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
