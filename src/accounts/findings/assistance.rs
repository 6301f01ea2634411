//! Assistance: what the account has, what was asked for, what could be asked for. Who qualifies
//! is decided by others, never here.

use jiff::Span;
use jiff::civil::Date;
use serde::Serialize;
use serde_json::Value;

use super::protection::{days_after, program_source};
use super::wording::{Facts, Finding, Rules, Wording, listed, row, say};
use crate::accounts::context::AccountContext;
use crate::accounts::rows::{AccountStatus, Assistance, AssistanceStatus, CustomerType, NoticeKind, ServiceClass};
use crate::letter::Language;

/// Assistance on an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AssistanceStanding {
    /// What is in force.
    pub has: Vec<Program>,
    /// What was asked for and is not decided.
    pub asked: Vec<Program>,
    /// What was refused.
    pub denied: Vec<Program>,
    /// What is over.
    pub ended: Vec<Program>,
    /// What could be asked for.
    pub could_ask: Vec<Offer>,
}

/// A program that the account has, had or asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Program {
    /// Its short name.
    pub program: String,
    /// What it is called.
    pub label: Wording,
    /// How it stands.
    pub status: AssistanceStatus,
    /// Since when.
    pub since: Option<Date>,
    /// Until when.
    pub until: Option<Date>,
    /// Until when the request protects from shutoff.
    pub protected_until: Option<Date>,
    /// When the customer must show again that it applies.
    pub recertify_by: Option<Date>,
    /// It was refused because something was missing.
    pub incomplete: bool,
}

/// Something that could be asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Offer {
    /// Its short name.
    pub program: &'static str,
    /// What it is called.
    pub label: Wording,
}

/// What the account has of assistance, asked for, and could ask for; nothing for what is no home.
pub(super) fn assistance(
    context: &AccountContext,
    today: Date,
    mut rules: Rules<'_>,
) -> Option<Finding<AssistanceStanding>> {
    let home = context.account.service_class == Some(ServiceClass::Residential);
    if !home && context.assistance.is_empty() {
        return None;
    }
    let mut value = AssistanceStanding {
        has: Vec::new(),
        asked: Vec::new(),
        denied: Vec::new(),
        ended: Vec::new(),
        could_ask: Vec::new(),
    };
    for row in &context.assistance {
        let program = program(row, &mut rules);
        let over = row.until.is_some_and(|until| until < today);
        match row.status {
            AssistanceStatus::Approved | AssistanceStatus::Enrolled if !over => value.has.push(program),
            AssistanceStatus::Requested | AssistanceStatus::Pending if !over => value.asked.push(program),
            AssistanceStatus::Denied => value.denied.push(program),
            AssistanceStatus::Ended
            | AssistanceStatus::Approved
            | AssistanceStatus::Enrolled
            | AssistanceStatus::Requested
            | AssistanceStatus::Pending => value.ended.push(program),
        }
    }
    value.could_ask = could_ask(context, &value, &mut rules);
    let mut sources: Vec<_> = context.assistance.iter().map(program_source).collect();
    sources.push(row("accounts.csv", context.account.account_number.last_four()));
    sources.extend(rules.sources());
    Some(Finding { sentence: sentence(&value), steps: steps(&value), sources, value })
}

fn program(row: &Assistance, rules: &mut Rules<'_>) -> Program {
    let name = row.program.to_lowercase();
    let label = rules.printed(&format!("program.{name}")).unwrap_or_else(|| say(&name, &name));
    let requested = row.status == AssistanceStatus::Requested;
    let protects = requested && matches!(name.as_str(), "tap" | "senior" | "hardship" | "cap");
    let days = if protects { rules.number("assistance.protection_days") } else { None };
    let enrolled = matches!(row.status, AssistanceStatus::Enrolled | AssistanceStatus::Approved);
    let years = if enrolled && name == "tap" { rules.number("tap.recertify_years") } else { None };
    let reason = row.reason.as_deref().unwrap_or_default().to_lowercase();
    Program {
        label,
        status: row.status,
        since: row.since,
        until: row.until,
        protected_until: row.since.zip(days).map(|(since, days)| days_after(since, days)),
        recertify_by: row
            .since
            .zip(years.and_then(|years| i16::try_from(years.clamp(0, 100)).ok()))
            .map(|(since, years)| since.saturating_add(Span::new().years(years))),
        incomplete: row.status == AssistanceStatus::Denied
            && ["incomplete", "missing", "incompleta", "falta"].iter().any(|word| reason.contains(word)),
        program: name,
    }
}

/// What could be asked for: the one application while none is under way and no program is in
/// force, a grant while a shutoff is announced or done, the repair loan on a notice of defect.
fn could_ask(context: &AccountContext, value: &AssistanceStanding, rules: &mut Rules<'_>) -> Vec<Offer> {
    let account = &context.account;
    let home = account.service_class == Some(ServiceClass::Residential);
    let customer = account.customer_type != Some(CustomerType::UstraTenant);
    let open = account.status != AccountStatus::Closed;
    if !home || !customer || !open {
        return Vec::new();
    }
    let covered = |name: &str| matches!(name, "tap" | "senior" | "hardship" | "cap");
    let under_way = value.asked.iter().any(|row| covered(&row.program));
    let in_tap = value.has.iter().any(|row| row.program == "tap");
    let notice = |kind: NoticeKind| context.notices.iter().any(|notice| notice.kind == kind);
    let shutoff = notice(NoticeKind::ShutoffFinal) || account.status == AccountStatus::ShutOff;
    let has_grant = value.has.iter().chain(&value.asked).any(|row| row.program == "uesf");
    let offers = [
        ("application", "program.application", !under_way && !in_tap),
        ("uesf", "program.uesf", shutoff && !has_grant),
        ("help_loan", "program.help_loan", notice(NoticeKind::Defect)),
    ];
    let mut offer = |program, key: &str| rules.printed(key).map(|label| Offer { program, label });
    offers.into_iter().filter(|(.., open)| *open).filter_map(|(program, key, _)| offer(program, key)).collect()
}

fn names(programs: &[Program]) -> Wording {
    listed(&programs.iter().map(|program| program.label.clone()).collect::<Vec<_>>())
}

fn sentence(found: &AssistanceStanding) -> Wording {
    let mut said: Vec<Wording> = Vec::new();
    for (programs, en, es) in [
        (&found.has, "In force on this account", "Vigente en esta cuenta"),
        (&found.asked, "Asked for and not yet decided", "Solicitado y aún sin decidir"),
        (&found.denied, "Denied", "Denegado"),
        (&found.ended, "Ended", "Terminado"),
    ] {
        if !programs.is_empty() {
            let names = names(programs);
            said.push(say(format!("{en}: {}.", names.en), format!("{es}: {}.", names.es)));
        }
    }
    if said.is_empty() {
        said.push(say(
            "No assistance is on file for this account.",
            "No hay ninguna asistencia registrada para esta cuenta.",
        ));
    }
    if !found.could_ask.is_empty() {
        let names = listed(&found.could_ask.iter().map(|offer| offer.label.clone()).collect::<Vec<_>>());
        said.push(say(
            format!("Can be asked for: {}. Whether it applies is decided on the application.", names.en),
            format!("Se puede solicitar: {}. Si corresponde, se decide con la solicitud.", names.es),
        ));
    }
    let mut said = said.into_iter();
    let first = said.next().unwrap_or_else(|| say("", ""));
    said.fold(first, |sentence, next| sentence.then(&next))
}

fn steps(found: &AssistanceStanding) -> Vec<Wording> {
    let all = found.has.iter().chain(&found.asked).chain(&found.denied).chain(&found.ended);
    all.map(|program| {
        let since = program.since.map(super::wording::dated);
        let (from, desde) =
            since.map(|since| (format!(" since {}", since.en), format!(" desde el {}", since.es))).unwrap_or_default();
        let (status, estado) = status_words(program.status);
        say(format!("{}: {status}{from}.", program.label.en), format!("{}: {estado}{desde}.", program.label.es))
    })
    .collect()
}

const fn status_words(status: AssistanceStatus) -> (&'static str, &'static str) {
    match status {
        AssistanceStatus::Requested => ("form requested", "formulario pedido"),
        AssistanceStatus::Pending => ("under review", "en revisión"),
        AssistanceStatus::Approved => ("approved", "aprobado"),
        AssistanceStatus::Enrolled => ("enrolled", "inscrito"),
        AssistanceStatus::Denied => ("denied", "denegado"),
        AssistanceStatus::Ended => ("ended", "terminado"),
    }
}

impl Finding<AssistanceStanding> {
    pub(super) fn printed(&self, language: Language) -> Value {
        let found = &self.value;
        let base = |row: &Program| {
            Facts::new(language)
                .text("program", &row.program)
                .wording("label", Some(&row.label))
                .date("since", row.since)
                .date("until", row.until)
        };
        let in_force = |name: &str| found.has.iter().any(|row| row.program == name);
        let nothing = [&found.has, &found.asked, &found.denied, &found.ended].iter().all(|rows| rows.is_empty());
        let asked = |row: &Program| {
            base(row)
                .flag("requested", row.status == AssistanceStatus::Requested)
                .flag("under_review", row.status == AssistanceStatus::Pending)
                .date("protected_until", row.protected_until)
                .done()
        };
        let offer = |offer: &Offer| {
            Facts::new(language).text("program", offer.program).wording("label", Some(&offer.label)).done()
        };
        let facts = Facts::new(language)
            .with("has", found.has.iter().map(|row| base(row).date("recertify_by", row.recertify_by).done()).collect())
            .with("asked", found.asked.iter().map(asked).collect())
            .with(
                "denied",
                found.denied.iter().map(|row| base(row).flag("incomplete", row.incomplete).done()).collect(),
            )
            .with("ended", found.ended.iter().map(|row| base(row).done()).collect())
            .with("could_ask", found.could_ask.iter().map(offer).collect())
            .flag("in_tap", in_force("tap"))
            .flag("in_senior", in_force("senior"))
            .flag("pending", !found.asked.is_empty())
            .flag("nothing", nothing);
        self.facts(language, facts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::context;
    use crate::accounts::context::AccountRows;
    use crate::accounts::findings::samples::{assistance as row, day, home, notice, policy};

    fn found(rows: &AccountRows) -> AssistanceStanding {
        let policy = policy();
        let today = day("2026-05-01");
        assistance(&context(rows, today), today, Rules::new(&policy, today)).expect("it is a home").value
    }

    fn offers(rows: &AccountRows) -> Vec<&'static str> {
        found(rows).could_ask.iter().map(|offer| offer.program).collect()
    }

    #[test]
    fn a_home_without_assistance_can_ask_with_one_application() {
        assert_eq!(offers(&home(5000)), ["application"]);
    }

    #[test]
    fn nothing_is_offered_twice() {
        let mut rows = home(5000);
        rows.assistance = vec![row("tap", AssistanceStatus::Pending, "2026-04-01")];
        assert!(offers(&rows).is_empty());
        rows.assistance = vec![row("tap", AssistanceStatus::Enrolled, "2025-04-01")];
        assert!(offers(&rows).is_empty());
        assert_eq!(found(&rows).has[0].recertify_by, Some(day("2029-04-01")));
    }

    #[test]
    fn a_shutoff_notice_opens_the_grant_and_a_defect_the_loan() {
        let mut rows = home(230_000);
        rows.notices = vec![notice(NoticeKind::ShutoffFinal, "2026-05-20", 230_000)];
        assert_eq!(offers(&rows), ["application", "uesf"]);
        rows.notices = vec![notice(NoticeKind::Defect, "2026-05-20", 0)];
        assert_eq!(offers(&rows), ["application", "help_loan"]);
    }

    #[test]
    fn a_denial_for_a_missing_paper_is_told_apart_and_its_words_are_not_repeated() {
        let mut rows = home(5000);
        rows.assistance = vec![row("tap", AssistanceStatus::Denied, "2026-03-01")];
        rows.assistance[0].reason = Some("Incomplete: shelter letter missing".to_owned());
        let policy = policy();
        let today = day("2026-05-01");
        let finding = assistance(&context(&rows, today), today, Rules::new(&policy, today)).expect("the test has one");
        let printed = finding.printed(Language::English);
        assert_eq!(printed["denied"][0]["incomplete"], true);
        assert!(!printed.to_string().contains("shelter"));
    }

    #[test]
    fn a_business_has_no_assistance() {
        let mut rows = home(5000);
        rows.account.service_class = Some(ServiceClass::Commercial);
        let policy = policy();
        let today = day("2026-05-01");
        assert!(assistance(&context(&rows, today), today, Rules::new(&policy, today)).is_none());
    }
}
