//! What a notice means on this account today, and what stands against a shutoff for non-payment.

use jiff::civil::Date;
use serde::Serialize;
use serde_json::{Value, json};

use super::protection::{Protected, protections};
use super::wording::{Facts, Finding, Rules, Wording, dated, row, say};
use crate::accounts::context::AccountContext;
use crate::accounts::rows::{AccountStatus, CustomerType, Notice, NoticeKind, ProtectionKind, ServiceClass};
use crate::letter::Language;
use crate::money::Cents;

/// What stands on an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is one thing that a letter says or not")]
pub struct Shutoff {
    /// The open notice that weighs most.
    pub notice: Option<Notice>,
    /// Service is off.
    pub service_off: bool,
    /// Today is in the winter months without shutoffs for non-payment.
    pub winter: bool,
    /// So is the notice's date.
    pub winter_covers: bool,
    /// The winter months, when the table has them.
    pub winter_months: Option<(Wording, Wording)>,
    /// Above what is overdue a home gets a notice.
    pub threshold: Option<Cents>,
    /// What is overdue.
    pub overdue: Option<Cents>,
    /// A home whose overdue amount is not above it.
    pub below_threshold: bool,
    /// What protects the account.
    pub protections: Vec<Protected>,
    /// Why no shutoff for non-payment may happen today, a sentence each.
    pub reasons: Vec<Wording>,
    /// The account is a tenant's.
    pub tenant: bool,
    /// The tenant is not the customer.
    pub landlord_pays: bool,
}

/// What a notice means on this account today.
pub(super) fn shutoff(context: &AccountContext, today: Date, mut rules: Rules<'_>) -> Finding<Shutoff> {
    let account = &context.account;
    let notice = weightiest(&context.notices).cloned();
    let months = rules.day_of_year("shutoff.winter_from").zip(rules.day_of_year("shutoff.winter_to"));
    let in_winter = |day: Date| months.is_some_and(|months| is_within(day, months));
    let winter_months = rules.printed("shutoff.winter_from").zip(rules.printed("shutoff.winter_to"));
    let threshold = rules.number("shutoff.threshold").map(Cents);
    let overdue = overdue(context, today);
    let home = account.service_class == Some(ServiceClass::Residential);
    let (protections, mut sources) = protections(context, today, &mut rules);
    let mut value = Shutoff {
        service_off: account.status == AccountStatus::ShutOff,
        winter: in_winter(today),
        winter_covers: notice.as_ref().and_then(|notice| notice.effective_on).is_some_and(in_winter),
        winter_months,
        threshold,
        overdue,
        below_threshold: home && overdue.zip(threshold).is_some_and(|(overdue, threshold)| overdue <= threshold),
        protections,
        reasons: Vec::new(),
        tenant: matches!(account.customer_type, Some(CustomerType::Tenant | CustomerType::UstraTenant)),
        landlord_pays: account.customer_type == Some(CustomerType::UstraTenant),
        notice,
    };
    value.reasons = reasons(&value);
    sources.push(row("accounts.csv", account.account_number.last_four()));
    sources.extend(value.notice.iter().map(|notice| row("notices.csv", notice.notice_id.clone())));
    sources.extend(rules.sources());
    Finding { sentence: sentence(&value), steps: steps(&value), sources, value }
}

/// The open notice that weighs most: a final one before the others, then the newest.
fn weightiest(notices: &[Notice]) -> Option<&Notice> {
    let weight = |notice: &Notice| match notice.kind {
        NoticeKind::ShutoffFinal => 3,
        NoticeKind::Defect | NoticeKind::Access => 2,
        NoticeKind::PastDue => 1,
    };
    notices.iter().max_by_key(|notice| (weight(notice), notice.issued_on))
}

/// Whether a day is within two days of each year, both included; they may lie around New Year.
fn is_within(day: Date, (from, to): ((i8, i8), (i8, i8))) -> bool {
    let day = (day.month(), day.day());
    if from <= to { (from..=to).contains(&day) } else { day >= from || day <= to }
}

/// What is owed beyond the bills that are not yet due: payments go to the oldest debt first, so
/// that what is unpaid of the newest bills is owed last. A bill without a due date counts as due.
pub(super) fn overdue(context: &AccountContext, today: Date) -> Option<Cents> {
    let ledger = context.ledger.as_ref()?;
    let not_due: Cents = super::bills::standing(&context.bills)
        .into_iter()
        .filter(|bill| bill.issued_on <= ledger.as_of && bill.due_on.is_some_and(|due| due >= today))
        .map(|bill| bill.total - ledger.prior(bill).unwrap_or_default())
        .filter(|charge| *charge > Cents::ZERO)
        .sum();
    let balance = context.account.balance?;
    Some((balance - not_due).max(Cents::ZERO))
}

fn is_for_nonpayment(notice: &Notice) -> bool {
    matches!(notice.kind, NoticeKind::ShutoffFinal | NoticeKind::PastDue)
}

fn reasons(found: &Shutoff) -> Vec<Wording> {
    let mut reasons = Vec::new();
    if found.winter
        && let Some((from, to)) = &found.winter_months
    {
        reasons.push(say(
            format!("From {} to {}, service is not shut off for non-payment.", from.en, to.en),
            format!("Del {} al {}, no se corta el servicio por falta de pago.", from.es, to.es),
        ));
    }
    if found.below_threshold
        && let Some(threshold) = found.threshold
    {
        let threshold = crate::policy::whole_dollars(threshold);
        reasons.push(say(
            format!("A home gets a shutoff notice only when more than {threshold} is overdue."),
            format!("Una vivienda recibe un aviso de corte solo cuando hay más de {threshold} vencidos."),
        ));
    }
    reasons.extend(found.protections.iter().map(protection_words));
    if found.landlord_pays {
        reasons.push(say(
            "The tenant is not the customer: tenants have rights of their own before a landlord's service ends.",
            "El inquilino no es el cliente: los inquilinos tienen derechos propios antes de que termine el servicio del \
             propietario.",
        ));
    }
    reasons
}

fn protection_words(protected: &Protected) -> Wording {
    let label = &protected.label;
    let until = protected.until.map(dated);
    let (when, hasta) =
        until.map(|until| (format!(" until {}", until.en), format!(" hasta el {}", until.es))).unwrap_or_default();
    say(
        format!("The account is protected by {}{when}.", label.en),
        format!("La cuenta está protegida por {}{hasta}.", label.es),
    )
}

impl Shutoff {
    /// Whether something stands against a shutoff for non-payment today. A tenant's own rights
    /// are told beside it; they do not by themselves rule it out.
    #[must_use]
    pub fn is_blocked(&self) -> bool {
        self.winter || self.below_threshold || !self.protections.is_empty()
    }
}

fn sentence(found: &Shutoff) -> Wording {
    let status = notice_words(found);
    let Some(notice) = &found.notice else {
        // Without a notice only what was granted to the account is worth a sentence.
        return found.protections.iter().map(protection_words).fold(status, |words, next| words.then(&next));
    };
    if !is_for_nonpayment(notice) {
        let other = say(
            "It is not about payment; the rules on shutoffs for non-payment do not answer it.",
            "No se trata de un pago; las reglas sobre cortes por falta de pago no lo resuelven.",
        );
        return status.then(&other);
    }
    if !found.is_blocked() {
        return status;
    }
    found.reasons.iter().fold(status, Wording::then)
}

fn notice_words(found: &Shutoff) -> Wording {
    let off = if found.service_off {
        say("Service is off.", "El servicio está cortado.")
    } else {
        say("Service is on.", "El servicio está activo.")
    };
    let Some(notice) = &found.notice else {
        return off.then(&say(
            "No open notice is on file for this account.",
            "No hay ningún aviso abierto registrado para esta cuenta.",
        ));
    };
    let (what, que) = match notice.kind {
        NoticeKind::ShutoffFinal => ("A final shutoff notice", "un aviso final de corte"),
        NoticeKind::PastDue => ("A past-due notice", "un aviso de pago vencido"),
        NoticeKind::Defect => ("A notice of defect", "un aviso de defecto"),
        NoticeKind::Access => ("A notice about access to the meter", "un aviso sobre el acceso al medidor"),
    };
    let (amount, cantidad) = notice
        .amount
        .map(|amount| (format!(" for {}", amount.dollars()), format!(" por {}", amount.dollars())))
        .unwrap_or_default();
    let (date, fecha) = notice
        .effective_on
        .map(dated)
        .map(|on| (format!(", dated for {}", on.en), format!(", con fecha del {}", on.es)))
        .unwrap_or_default();
    off.then(&say(format!("{what} is on file{amount}{date}."), format!("Hay {que} registrado{cantidad}{fecha}.")))
}

fn steps(found: &Shutoff) -> Vec<Wording> {
    let mut steps = vec![notice_words(found)];
    if let Some(overdue) = found.overdue {
        let overdue = overdue.dollars();
        steps.push(say(
            format!("Overdue: {overdue}, the balance without the bills that are not yet due."),
            format!("Vencido: {overdue}, el saldo sin las facturas que aún no vencen."),
        ));
    }
    steps.extend(found.reasons.iter().cloned());
    if found.winter_covers && !found.winter {
        steps.push(say(
            "The notice's date is in the winter months without shutoffs for non-payment.",
            "La fecha del aviso cae en los meses de invierno sin cortes por falta de pago.",
        ));
    }
    steps
}

impl Finding<Shutoff> {
    pub(super) fn printed(&self, language: Language) -> Value {
        let found = &self.value;
        let notice = |notice: &Notice| {
            Facts::new(language)
                .with("kind", json!(notice.kind))
                .flag("nonpayment", is_for_nonpayment(notice))
                .flag("defect", notice.kind == NoticeKind::Defect)
                .flag("access", notice.kind == NoticeKind::Access)
                .date("issued_on", notice.issued_on)
                .date("effective_on", notice.effective_on)
                .amount("amount", notice.amount)
                .done()
        };
        let medical = context_medical(found);
        let facts = Facts::new(language)
            .with("notice", found.notice.as_ref().map_or(Value::Null, notice))
            .flag("no_notice", found.notice.is_none())
            .flag("service_off", found.service_off)
            .flag("winter", found.winter)
            .flag("winter_covers", found.winter_covers)
            .wording("winter_from", found.winter_months.as_ref().map(|(from, _)| from))
            .wording("winter_until", found.winter_months.as_ref().map(|(_, to)| to))
            .with("threshold", json!(found.threshold.map(crate::policy::whole_dollars)))
            .amount("overdue", found.overdue)
            .flag("below_threshold", found.below_threshold)
            .flag("protected", !found.protections.is_empty())
            .with("protections", found.protections.iter().map(|row| row.printed(language)).collect())
            .with("medical", medical.map_or(Value::Null, |row| Facts::new(language).date("until", row.until).done()))
            .flag("blocked", found.is_blocked())
            .with("reasons", found.reasons.iter().map(|reason| json!(reason.in_language(language))).collect())
            .flag("tenant", found.tenant)
            .flag("landlord_pays", found.landlord_pays);
        self.facts(language, facts)
    }
}

fn context_medical(found: &Shutoff) -> Option<&Protected> {
    found.protections.iter().find(|row| row.kind == ProtectionKind::Medical.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::context;
    use crate::accounts::context::AccountRows;
    use crate::accounts::findings::samples::{assistance, bill, day, home, notice, policy};
    use crate::accounts::rows::{AssistanceStatus, Protection};

    fn found(rows: &AccountRows, today: &str) -> Shutoff {
        let policy = policy();
        let today = day(today);
        shutoff(&context(rows, today), today, Rules::new(&policy, today)).value
    }

    fn warned(balance: i64) -> AccountRows {
        let mut rows = home(balance);
        rows.notices = vec![notice(NoticeKind::ShutoffFinal, "2026-05-20", balance)];
        rows
    }

    #[test]
    fn nothing_stands_against_a_notice_in_spring_over_a_large_debt() {
        let found = found(&warned(230_000), "2026-05-01");
        assert!(!found.is_blocked() && found.reasons.is_empty());
    }

    #[test]
    fn the_winter_months_go_over_new_year_and_end_with_march() {
        for (today, winter) in
            [("2025-11-30", false), ("2025-12-01", true), ("2026-03-31", true), ("2026-04-01", false)]
        {
            assert_eq!(found(&warned(230_000), today).winter, winter, "{today}");
        }
    }

    #[test]
    fn a_home_that_owes_the_threshold_is_below_it() {
        assert!(found(&warned(100_000), "2026-05-01").below_threshold);
        assert!(!found(&warned(100_001), "2026-05-01").below_threshold);
        let mut business = warned(100_000);
        business.account.service_class = Some(ServiceClass::Commercial);
        assert!(!found(&business, "2026-05-01").below_threshold);
    }

    #[test]
    fn a_bill_that_is_not_yet_due_is_not_overdue() {
        let mut rows = warned(105_000);
        rows.bills = vec![bill("b1", "2026-04-20").with_total(8000)];
        let found = found(&rows, "2026-05-01");
        assert_eq!(found.overdue, Some(Cents(97_000)));
        assert!(found.below_threshold);
    }

    #[test]
    fn applications_programs_and_delays_protect_as_long_as_the_rules_say() {
        let mut rows = warned(230_000);
        rows.assistance = vec![assistance("tap", AssistanceStatus::Requested, "2026-04-15")];
        assert_eq!(found(&rows, "2026-05-01").protections[0].until, Some(day("2026-05-15")));
        assert!(found(&rows, "2026-05-16").protections.is_empty(), "the form was not sent back");
        rows.assistance[0].status = AssistanceStatus::Pending;
        assert!(found(&rows, "2026-08-01").is_blocked(), "it is being looked at");
        rows.assistance.clear();
        rows.protections = vec![Protection {
            account_number: rows.account.account_number.clone(),
            kind: ProtectionKind::Medical,
            from: Some(day("2026-04-20")),
            until: None,
        }];
        assert_eq!(found(&rows, "2026-05-01").protections[0].until, Some(day("2026-05-20")));
        assert!(!found(&rows, "2026-05-21").is_blocked());
    }

    #[test]
    fn a_defect_is_not_answered_by_the_rules_on_payment() {
        let mut rows = home(0);
        rows.notices = vec![notice(NoticeKind::Defect, "2026-01-20", 0)];
        let policy = policy();
        let today = day("2026-01-02");
        let finding = shutoff(&context(&rows, today), today, Rules::new(&policy, today));
        assert!(finding.sentence.en.contains("not about payment"), "{}", finding.sentence.en);
        assert!(!finding.sentence.en.contains("December"), "{}", finding.sentence.en);
    }
}
