//! What protects an account from a shutoff for non-payment today.

use jiff::Span;
use jiff::civil::Date;
use serde::Serialize;
use serde_json::Value;

use super::wording::{Facts, Rules, Source, Wording, row, say};
use crate::accounts::context::AccountContext;
use crate::accounts::rows::{Assistance, AssistanceStatus, ProtectionKind};
use crate::letter::Language;

/// One protection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Protected {
    /// Its short name.
    pub kind: &'static str,
    /// What it is called; never what illness is behind it.
    pub label: Wording,
    /// Its last day, when it has one.
    pub until: Option<Date>,
}

impl Protected {
    pub(super) fn printed(&self, language: Language) -> Value {
        Facts::new(language)
            .text("kind", self.kind)
            .wording("label", Some(&self.label))
            .date("until", self.until)
            .done()
    }
}

/// A day and a number of days after it, both from elsewhere.
pub(super) fn days_after(day: Date, days: i64) -> Date {
    let days = i32::try_from(days.clamp(0, 36_500)).unwrap_or(0);
    day.saturating_add(Span::new().days(days))
}

/// The protections of today, and the rows they stand in.
pub(super) fn protections(
    context: &AccountContext,
    today: Date,
    rules: &mut Rules<'_>,
) -> (Vec<Protected>, Vec<Source>) {
    let (mut found, mut sources) = (Vec::new(), Vec::new());
    for protection in &context.protections {
        let (label, days) = match protection.kind {
            ProtectionKind::Medical => (say("a medical delay", "una prórroga médica"), rules.number("medical.days")),
            ProtectionKind::RaiseHand => (say("the Raise Your Hand program", "el programa Raise Your Hand"), None),
            ProtectionKind::AssistancePending => (under_review(), None),
        };
        let by_rule = protection.from.zip(days).map(|(from, days)| days_after(from, days));
        let until = protection.until.or(by_rule);
        if until.is_some_and(|until| until < today) {
            continue;
        }
        found.push(Protected { kind: protection.kind.as_str(), label, until });
        let from = protection.from.map(|from| from.to_string()).unwrap_or_default();
        sources.push(row("protections.csv", format!("{} {from}", protection.kind).trim_end()));
    }
    for assistance in context.assistance.iter().filter(|row| row.until.is_none_or(|until| today <= until)) {
        if let Some(protected) = by_program(assistance, today, rules)
            && !found.iter().any(|other: &Protected| other.kind == protected.kind)
        {
            found.push(protected);
            sources.push(program_source(assistance));
        }
    }
    (found, sources)
}

/// A program's row as a source.
pub(super) fn program_source(assistance: &Assistance) -> Source {
    let since = assistance.since.map(|since| since.to_string()).unwrap_or_default();
    row("assistance.csv", format!("{} {since}", assistance.program).trim_end())
}

fn under_review() -> Wording {
    say("an application for assistance that is being reviewed", "una solicitud de asistencia que se está revisando")
}

fn by_program(assistance: &Assistance, today: Date, rules: &mut Rules<'_>) -> Option<Protected> {
    let named = |kind, key: &str, rules: &mut Rules<'_>| {
        let label = rules.printed(key)?;
        Some(Protected {
            kind,
            label: say(format!("the {}", label.en), format!("el {}", label.es)),
            until: assistance.until,
        })
    };
    match (assistance.status, assistance.program.as_str()) {
        (AssistanceStatus::Enrolled | AssistanceStatus::Approved, "tap") => named("tap", "program.tap", rules),
        (AssistanceStatus::Enrolled | AssistanceStatus::Approved, "senior") => named("senior", "program.senior", rules),
        (AssistanceStatus::Pending, "tap" | "senior" | "hardship" | "cap") => {
            Some(Protected { kind: ProtectionKind::AssistancePending.as_str(), label: under_review(), until: None })
        }
        (AssistanceStatus::Requested, "tap" | "senior" | "hardship" | "cap") => {
            let until = days_after(assistance.since?, rules.number("assistance.protection_days")?);
            let label = say("the request for an assistance application", "la petición de una solicitud de asistencia");
            (today <= until).then_some(Protected { kind: "assistance_requested", label, until: Some(until) })
        }
        _ => None,
    }
}
