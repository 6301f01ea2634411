//! Keeps the templates in force: looks at their folder, puts a changed set in place when its check
//! passes, and takes withdrawn ones away.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::prepare::Tools;
use crate::clock::{Clock, local_date};
use crate::replies::{Against, Fault, FaultKind, Files, check, files_of};
use crate::store::{Store, StoreError};

/// How often the folder and the withdrawals are looked at.
const PAUSE: Duration = Duration::from_secs(2);

/// The folder of the templates, and the set that is made from it.
#[derive(Debug)]
pub struct TemplatesFolder {
    folder: Option<PathBuf>,
    store: Store,
    clock: Clock,
    tools: Arc<Tools>,
    seen: Option<Files>,
}

/// Why the program cannot start with its templates.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// They have faults.
    #[error("the templates have faults:\n{0}")]
    Faults(String),
    /// The withdrawn ones cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl TemplatesFolder {
    /// The folder of the settings; without one, the embedded templates stay.
    #[must_use]
    pub fn new(folder: Option<&Path>, (store, clock): (&Store, &Clock), tools: &Arc<Tools>) -> Self {
        let folder = folder.map(|folder| folder.join("replies"));
        let seen = folder.as_deref().and_then(|folder| files_of(folder).ok());
        Self { folder, store: store.clone(), clock: clock.clone(), tools: Arc::clone(tools), seen }
    }

    /// Looks at the set before the first letter: what is out of date is told, any other fault
    /// keeps the program from starting.
    pub async fn at_start(&self) -> Result<(), StartError> {
        self.take_withdrawn_away().await?;
        let Some(files) = &self.seen else { return Ok(()) };
        let (late, faults): (Vec<Fault>, Vec<Fault>) = self
            .faults(files)
            .into_iter()
            .partition(|fault| matches!(fault.fault, FaultKind::OutOfDate | FaultKind::NotInForce));
        for fault in late {
            tracing::warn!(template = %fault.file, "{fault}");
        }
        if faults.is_empty() {
            return Ok(());
        }
        let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
        Err(StartError::Faults(lines.join("\n")))
    }

    /// Looks again and again until told to stop.
    pub async fn watch(mut self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(PAUSE) => {}
            }
            if let Err(error) = self.take_withdrawn_away().await {
                tracing::warn!(error = %error, "the withdrawn templates could not be read");
            }
            self.look();
        }
    }

    async fn take_withdrawn_away(&self) -> Result<(), StoreError> {
        let withdrawn = self.store.read().await?.withdrawn_templates().await?;
        self.tools.templates.withdraw(withdrawn.into_iter().collect());
        Ok(())
    }

    /// Puts a changed set in place when nothing is wrong with it; else the old one stays.
    pub fn look(&mut self) {
        let Some(folder) = &self.folder else { return };
        let files = match files_of(folder) {
            Ok(files) => files,
            Err(error) => return tracing::warn!(error = %error, "the templates cannot be read; those in force stay"),
        };
        if self.seen.as_ref() == Some(&files) {
            return;
        }
        let faults = self.faults(&files);
        self.seen = Some(files);
        let Some(files) = &self.seen else { return };
        for fault in &faults {
            tracing::error!(template = %fault.file, "{fault}");
        }
        if !faults.is_empty() {
            let count = faults.len();
            return tracing::error!("the changed templates have {count} faults; those in force stay");
        }
        match self.tools.templates.replace(files) {
            Ok(()) => tracing::info!("the changed templates are in force"),
            Err(error) => tracing::error!(error = %error, "the changed templates cannot be used; those in force stay"),
        }
    }

    fn faults(&self, files: &Files) -> Vec<Fault> {
        let today = local_date(self.clock.now(), &self.tools.zone);
        check(files, Against { policy: &self.tools.policy, today })
    }
}
