//! Builds everything once and passes it down; starts every task and stops it when told.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use anyhow::Context as _;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::accounts::DisclosureTable;
use crate::billing::Billing;
use crate::clock::Clock;
use crate::config::Settings;
use crate::converters::Converters;
use crate::intake::verify::Verifier;
use crate::intake::{Desk, folder, imap, lmtp};
use crate::pipeline::alarms;
use crate::pipeline::convert::Workshop;
use crate::pipeline::dispatch::Sender;
use crate::pipeline::import::watch::{self, Watched};
use crate::pipeline::learning::{InUse, Past, Starting, Trainer};
use crate::pipeline::prepare::{self, Tools};
use crate::pipeline::record;
use crate::pipeline::templates::TemplatesFolder;
use crate::policy::Policy;
use crate::replies::Templates;
use crate::review::Office;
use crate::store::Store;
use crate::web::{Site, router};

/// A running system.
pub struct Running {
    /// The office, as the pages use it.
    pub office: Office,
    /// Where messages are handed in.
    pub desk: Desk,
    /// Where the pages are.
    pub address: SocketAddr,
    stop: CancellationToken,
    tasks: TaskTracker,
}

/// The tools of preparing, from the settings.
pub fn tools(settings: &Settings) -> anyhow::Result<Tools> {
    let templates = match &settings.templates_dir {
        Some(folder) => Templates::from_folder(&folder.join("replies"))?,
        None => Templates::embedded()?,
    };
    Ok(Tools {
        classifier: InUse::new(Starting::of(&settings.learning).judge()?),
        templates,
        policy: policy(settings)?,
        disclosure: disclosure(settings)?,
        billing: None,
        zone: settings.organization.zone.clone(),
        borders: settings.borders(),
        own_domain: settings.organization.address.rsplit('@').next().unwrap_or_default().to_owned(),
        answer_days: settings.review.answer_days,
        urgent_days: settings.review.urgent_days,
        threads: settings.pipeline.threads,
        batch: settings.pipeline.batch,
        attempts: settings.pipeline.attempts,
        lease: settings.pipeline.lease,
    })
}

/// The policy table of the settings, else the embedded one.
pub fn policy(settings: &Settings) -> anyhow::Result<Policy> {
    let text = match &settings.templates_dir {
        Some(folder) => {
            let path = folder.join("policy.toml");
            std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?
        }
        None => include_str!("../templates/policy.toml").to_owned(),
    };
    Ok(Policy::parse(&text)?)
}

/// What learns from people's words about letters.
pub fn trainer(settings: &Settings, store: Store, clock: Clock, in_use: InUse) -> anyhow::Result<Trainer> {
    Ok(Trainer {
        store,
        clock,
        in_use,
        past: Past::new(settings.learning.past_cases),
        starting: Starting::of(&settings.learning),
        settings: settings.learning.clone(),
        owner: format!("{} learning {}", std::process::id(), &crate::ids::secret()?[..8]),
    })
}

/// Who may be told what: the table beside the templates, else the embedded one.
fn disclosure(settings: &Settings) -> anyhow::Result<DisclosureTable> {
    let own = settings.templates_dir.as_ref().map(|folder| folder.join("disclosure.toml"));
    let Some(path) = own.filter(|path| path.exists()) else { return Ok(DisclosureTable::embedded()?) };
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    DisclosureTable::parse(&text).with_context(|| path.display().to_string())
}

/// What verifies senders, when a source asks for it; one for all, with its cache of names.
fn verifier(settings: &Settings) -> anyhow::Result<Option<Verifier>> {
    Ok(settings.verifies_senders().then(|| Verifier::new(&settings.intake)).transpose()?)
}

/// The office, from the settings.
pub fn office(settings: &Settings, store: Store, clock: Clock) -> anyhow::Result<Office> {
    let micros = |duration: std::time::Duration| i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
    Ok(Office {
        store,
        clock,
        templates: Arc::new(match &settings.templates_dir {
            Some(folder) => Templates::from_folder(&folder.join("replies"))?,
            None => Templates::embedded()?,
        }),
        policy: Arc::new(policy(settings)?),
        disclosure: Arc::new(disclosure(settings)?),
        billing: None,
        organization: settings.organization.clone(),
        session_limits: (micros(settings.web.session_idle), micros(settings.web.session_lifetime)),
        hashing: Arc::new(tokio::sync::Semaphore::new(2)),
    })
}

/// Starts the whole system on an open database.
pub async fn start(settings: &Settings, store: Store, clock: Clock) -> anyhow::Result<Running> {
    // One way to billing for all: what it said and whether it answers is known to everybody.
    let billing = settings.billing.clone().map(Billing::new);
    let tools = Arc::new(Tools { billing: billing.clone(), ..tools(settings)? });
    tools.classifier.follow(&store).await?;
    let trainer = trainer(settings, store.clone(), clock.clone(), tools.classifier.clone())?;
    let (in_use, past) = (trainer.in_use.clone(), trainer.past.clone());
    let mut office = Office { billing, ..office(settings, store.clone(), clock.clone())? };
    // One set for all: a change or a withdrawal reaches drafts and pages at once.
    office.templates = Arc::new(tools.templates.clone());
    let watched = TemplatesFolder::new(settings.templates_dir.as_deref(), (&store, &clock), &tools);
    watched.at_start().await?;
    let listener = TcpListener::bind(settings.web.listen)
        .await
        .with_context(|| format!("cannot listen on {}", settings.web.listen))?;
    let address = listener.local_addr()?;
    let mut listeners = Vec::new();
    for place in settings.lmtp.clone() {
        listeners.push(lmtp::Listener::bind(place).await?);
    }
    let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
    let (desk, requests) = Desk::open();
    tasks.spawn(record::run(store.clone(), clock.clone(), requests));
    let verifier = verifier(settings)?;
    for mailbox in settings.mailboxes.clone() {
        let verifier = verifier.clone().filter(|_| mailbox.verify_senders);
        tasks.spawn(imap::watch(mailbox, desk.clone(), verifier, stop.clone()));
    }
    for (listener, place) in listeners.into_iter().zip(&settings.lmtp) {
        let verifier = verifier.clone().filter(|_| place.verify_senders);
        tasks.spawn(listener.serve(desk.clone(), verifier, stop.clone()));
    }
    for watched in settings.folders.clone() {
        let verifier = verifier.clone().filter(|_| watched.verify_senders);
        tasks.spawn(folder::watch(watched, desk.clone(), verifier, stop.clone()));
    }
    if let Some(folder) = settings.accounts.folder.clone() {
        let watched = Watched {
            folder,
            scratch: settings.data_dir.clone(),
            poll: settings.accounts.poll,
            settled: settings.accounts.settled,
        };
        tasks.spawn(watch::run(store.clone(), clock.clone(), watched, stop.clone()));
    }
    tasks.spawn(watched.watch(stop.clone()));
    tasks.spawn(alarms::run(store.clone(), clock.clone(), stop.clone()));
    let process = std::process::id();
    tasks.spawn(prepare::run(store.clone(), clock.clone(), tools, stop.clone(), format!("{process} prepare")));
    let converters = Converters::here().context("the program does not know where it is")?;
    for number in 0..settings.pipeline.converters {
        let workshop = Workshop {
            store: store.clone(),
            clock: clock.clone(),
            converters: converters.clone(),
            attempts: settings.pipeline.attempts,
            owner: format!("{process} convert {number}"),
        };
        tasks.spawn(workshop.run(stop.clone()));
    }
    for number in 0..settings.outgoing.connections {
        let sender = Sender {
            store: store.clone(),
            clock: clock.clone(),
            outgoing: settings.outgoing.clone(),
            from: settings.organization.address.clone(),
            owner: format!("{process} send {number}"),
        };
        tasks.spawn(sender.run(stop.clone()));
    }
    let site = Site {
        office: office.clone(),
        desk: desk.clone(),
        in_use,
        past,
        learning: settings.learning.clone(),
        https: settings.web.https,
        metrics: Arc::new(metrics_handle()?),
    };
    tasks.spawn(trainer.run(stop.clone()));
    let web_stop = stop.clone();
    tasks.spawn(async move {
        let served = axum::serve(listener, router(site)).with_graceful_shutdown(web_stop.cancelled_owned());
        if let Err(error) = served.await {
            tracing::error!(error = %error, "the pages are no longer served");
        }
    });
    tracing::info!(web.address = %address, database = store.kind(), "ready at http://{address}");
    Ok(Running { office, desk, address, stop, tasks })
}

/// One recorder for the process, however many systems a test starts in it.
fn metrics_handle() -> anyhow::Result<PrometheusHandle> {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    if let Some(handle) = HANDLE.get() {
        return Ok(handle.clone());
    }
    let handle = PrometheusBuilder::new().install_recorder()?;
    Ok(HANDLE.get_or_init(|| handle).clone())
}

impl Running {
    /// Stops every task: what is under way is finished, nothing new begins.
    pub async fn stop(self) {
        let store = self.office.store.clone();
        self.stop.cancel();
        drop(self.desk);
        drop(self.office);
        self.tasks.close();
        let finished = tokio::time::timeout(std::time::Duration::from_secs(30), self.tasks.wait()).await;
        if finished.is_err() {
            tracing::warn!("some tasks did not end in time; what they held will be tried again");
        }
        store.close().await;
    }

    /// A token that ends with the system, for tasks that belong to it.
    #[must_use]
    pub fn stopping(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// Starts a task that belongs to the system.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(task);
    }
}
