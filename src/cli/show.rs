//! `penstock accounts show`: what is known of one account, and what its rows show.

use std::fmt::Write as _;

use serde::Serialize;

use crate::accounts::context::AccountRows;
use crate::accounts::{AccountContext, AccountFindings, context, findings};
use crate::policy::Policy;
use jiff::civil::Date;

/// The account with its findings, for programs.
#[derive(Serialize)]
struct Shown<'a> {
    #[serde(flatten)]
    context: &'a AccountContext,
    findings: &'a AccountFindings,
}

/// The account as JSON on one line, or as text.
pub(super) fn shown(rows: &AccountRows, policy: &Policy, today: Date, json: bool) -> anyhow::Result<String> {
    let context = context(rows, today);
    let findings = findings(&context, policy, today);
    if json {
        return Ok(serde_json::to_string(&Shown { context: &context, findings: &findings })?);
    }
    Ok(text(&context, &findings))
}

fn text(context: &AccountContext, findings: &AccountFindings) -> String {
    let account = &context.account;
    let mut text = String::new();
    let mut line = |words: String| {
        // Writing into a string does not fail.
        let _ = writeln!(text, "{words}");
    };
    line(format!("Account {} ({})", account.account_number, account.status));
    line(format!("Name: {}", account.name));
    for (name, value) in [("Service address", &account.service_address), ("E-mail", &account.email)] {
        if let Some(value) = value {
            line(format!("{name}: {value}"));
        }
    }
    if let Some(balance) = account.balance {
        let on = account.balance_as_of.map(|on| format!(" on {on}")).unwrap_or_default();
        line(format!("Balance: {}{on}", balance.dollars()));
    }
    line(format!(
        "Rows of the last 24 months: {} bills, {} payments, {} adjustments, {} readings",
        context.bills.len(),
        context.payments.len(),
        context.adjustments.len(),
        context.reads.len()
    ));
    for told in findings.told() {
        line(format!("\n{}\n  {}\n  {}", told.title, told.sentence.en, told.sentence.es));
        for step in told.steps {
            line(format!("    - {}", step.en));
        }
        let sources: Vec<String> = told.sources.iter().map(ToString::to_string).collect();
        if !sources.is_empty() {
            line(format!("    from: {}", sources.join(", ")));
        }
    }
    text
}
