//! `penstock templates`: checks a set of templates, shows a letter made from one, withdraws one.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand, ValueEnum};
use jiff::civil::Date;
use serde_json::json;

use super::{Common, Ended, open_store};
use crate::accounts::{account_facts, context};
use crate::app;
use crate::clock::{Clock, local_date};
use crate::config::Settings;
use crate::ids::CaseRef;
use crate::journal::{Actor, Event, EventKind};
use crate::letter::{Language, Topic};
use crate::policy::{Policy, long_date};
use crate::replies::{Against, Draft, Files, Situation, check, compose, embedded_files, files_of, html, post};
use crate::store::Store;

/// Templates that every reply needs; another version can take their place, nothing cannot.
const NEEDED: [&str; 4] = ["greeting", "next", "closing", "other"];

/// What to do with templates.
#[derive(Debug, Args)]
pub(super) struct Templates {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Finds everything that could go wrong with a set of templates.
    Check {
        /// A folder with `replies/` and `policy.toml`; without it, the templates of the settings.
        folder: Option<PathBuf>,
        /// Prints one JSON object a fault.
        #[arg(long)]
        json: bool,
    },
    /// Shows the letter that a template makes.
    Render(Render),
    /// Takes a template out of use at once; unsent drafts that use it can no longer be sent.
    Withdraw {
        /// Its name: `dispute` in every language, or `es/dispute`.
        name: String,
        /// Why; it stands in the journal.
        #[arg(long, default_value = "")]
        reason: String,
        /// Prints JSON.
        #[arg(long)]
        json: bool,
    },
}

/// Which letter is shown.
#[derive(Debug, Args)]
struct Render {
    /// The topic's template.
    name: String,
    /// The account it is about; without it, the letter for somebody who may know nothing of one.
    #[arg(long, value_name = "NUMBER")]
    account: Option<String>,
    /// The language.
    #[arg(long, default_value = "en")]
    language: String,
    /// The form.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Plain text.
    Text,
    /// The HTML of the mail.
    Html,
    /// The letter as it is printed, on standard output; it needs an account with a mailing address.
    Pdf,
}

impl Templates {
    pub(super) async fn run(self, common: &Common) -> anyhow::Result<Ended> {
        let settings = common.settings()?;
        match self.action {
            Action::Check { folder, json } => check_templates(&settings, folder.as_deref(), json),
            Action::Render(render) => {
                let store = open_store(&settings).await?;
                let ended = render.run(&settings, &store).await;
                store.close().await;
                ended
            }
            Action::Withdraw { name, reason, json } => {
                let store = open_store(&settings).await?;
                let ended = withdraw(&settings, &store, (&name, &reason), json).await;
                store.close().await;
                ended
            }
        }
    }
}

fn check_templates(settings: &Settings, folder: Option<&Path>, json: bool) -> anyhow::Result<Ended> {
    let (files, policy, shown) = files_and_policy(folder.or(settings.templates_dir.as_deref()))?;
    let today = local_date(Clock::System.now(), &settings.organization.zone);
    let faults = check(&files, Against { policy: &policy, today });
    for fault in &faults {
        if json {
            println!("{}", serde_json::to_string(fault)?);
        } else {
            println!("{shown}{fault}");
        }
    }
    let templates =
        files.keys().filter(|name| Path::new(name).extension().is_some_and(|ending| ending == "hbs")).count();
    if faults.is_empty() {
        eprintln!("{templates} templates, no faults");
        return Ok(Ended::Done);
    }
    eprintln!("{templates} templates, {} faults", faults.len());
    Ok(Ended::Refused)
}

/// The files to check, their policy table, and what stands before their names.
fn files_and_policy(folder: Option<&Path>) -> anyhow::Result<(Files, Policy, String)> {
    let Some(folder) = folder else {
        return Ok((embedded_files(), Policy::parse(include_str!("../../templates/policy.toml"))?, String::new()));
    };
    // The folder of the replies itself is understood too.
    let replies = if folder.join("replies").is_dir() { folder.join("replies") } else { folder.to_owned() };
    let files = files_of(&replies)?;
    let beside = [folder.join("policy.toml"), replies.join("../policy.toml")];
    let policy = match beside.iter().find(|path| path.is_file()) {
        Some(path) => {
            let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
            Policy::parse(&text)?
        }
        None => Policy::parse(include_str!("../../templates/policy.toml"))?,
    };
    Ok((files, policy, format!("{}/", replies.display())))
}

impl Render {
    async fn run(&self, settings: &Settings, store: &Store) -> anyhow::Result<Ended> {
        let tools = app::tools(settings)?;
        let topic: Topic = self.name.parse()?;
        let language: Language = self.language.parse()?;
        let today = local_date(Clock::System.now(), &settings.organization.zone);
        let mut tx = store.read().await?;
        let mut address = None;
        let account = match &self.account {
            None => None,
            Some(number) => {
                let Some(rows) = tx.whole_account(number).await? else {
                    eprintln!("penstock: there is no account {number}");
                    return Ok(Ended::Refused);
                };
                address = rows.account.postal_address();
                Some(account_facts(&context(&rows, today), language, &tools.policy, today))
            }
        };
        tools.templates.withdraw(tx.withdrawn_templates().await?.into_iter().collect());
        let draft = compose(
            &tools.templates,
            &Situation {
                language,
                topics: &[topic],
                reference: "PW-2026-000000",
                customer_name: "",
                subject: "",
                received_on: today,
                today,
                account,
                policy: &tools.policy,
            },
        );
        match self.format {
            Format::Pdf => {
                let Some(address) = address else {
                    bail!("a printed letter needs an address: give --account with one that has a mailing address");
                };
                std::io::stdout().write_all(&printed(settings, language, &draft, (&address, today))?)?;
            }
            Format::Text => println!("{}\n\n{}", draft.subject, draft.body),
            Format::Html => {
                let organization = settings.organization.name.as_str();
                let letter = (draft.subject.as_str(), draft.body.as_str());
                println!("{}", html(&tools.templates, language, letter, (organization, "PW-2026-000000"))?);
            }
        }
        for missing in &draft.missing {
            eprintln!("missing: {missing}");
        }
        Ok(if draft.missing.is_empty() { Ended::Done } else { Ended::Refused })
    }
}

/// The letter as it is printed.
fn printed(
    settings: &Settings,
    language: Language,
    draft: &Draft,
    (address, today): (&str, Date),
) -> anyhow::Result<Vec<u8>> {
    let address: Vec<String> = address.lines().map(str::to_owned).collect();
    let mut letterhead = vec![settings.organization.name.clone()];
    letterhead.extend(settings.organization.letterhead.iter().cloned());
    let printed = post::letter(&post::PostedLetter {
        labels: post::Labels::embedded(language),
        letterhead: &letterhead,
        address: &address,
        written_on: today,
        printed_date: &long_date(today, language),
        reference: &CaseRef::from("PW-2026-000000".to_owned()),
        subject: &draft.subject,
        body: &draft.body,
        usage: None,
        large_print: false,
    })?;
    Ok(printed.pdf)
}

async fn withdraw(
    settings: &Settings,
    store: &Store,
    (name, reason): (&str, &str),
    json: bool,
) -> anyhow::Result<Ended> {
    let templates = app::tools(settings)?.templates;
    let wanted: Vec<String> =
        templates.names().into_iter().filter(|known| known == name || known.split('/').nth(1) == Some(name)).collect();
    if wanted.is_empty() {
        bail!("there is no template `{name}`");
    }
    if NEEDED.iter().any(|needed| name == *needed || name.split('/').nth(1) == Some(needed)) {
        bail!("every reply needs `{name}`: put another version of it in place instead");
    }
    let now = Clock::System.now();
    let mut tx = store.write().await?;
    let (mut voided, mut approved) = (Vec::new(), Vec::new());
    for name in &wanted {
        let version = templates.header(name).map_or(0, |header| header.version);
        tx.withdraw_template((name, version), reason, now.as_microsecond()).await?;
        let used = format!("{name}@{version}");
        let details = json!({ "template": used, "reason": reason });
        let mut events = vec![Event::new(now, Actor::Operator, EventKind::TemplateWithdrawn).with(details.clone())];
        for draft in tx.unsent_drafts_of((name, version)).await? {
            if draft.state == "approved" {
                approved.push(draft.reference);
                continue;
            }
            let event = Event::new(now, Actor::Operator, EventKind::DraftVoided);
            events.push(event.of_case(&draft.case_id).with(details.clone()));
            voided.push(draft.reference);
        }
        tx.append(&events).await?;
    }
    tx.commit().await?;
    if json {
        println!("{}", json!({ "withdrawn": wanted, "voided": voided, "approved": approved }));
    } else {
        println!("withdrawn: {}", wanted.join(", "));
        for reference in &voided {
            println!("{reference}: its draft can no longer be sent");
        }
        for reference in &approved {
            println!("{reference}: approved already; look at its delivery");
        }
    }
    Ok(Ended::Done)
}
