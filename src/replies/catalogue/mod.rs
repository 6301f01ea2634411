//! The values that templates can name: which are always there, which may be missing, what they
//! are, and who may be told.

mod findings;

use super::form::Disclosure;
use findings::FINDINGS;

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ValueKind {
    /// Something that can be printed.
    Text,
    /// Yes or no; it can be asked, not printed.
    Flag,
    /// Holds values.
    Group,
    /// Holds many of a kind.
    List,
}

/// One value.
#[derive(Debug, Clone, Copy)]
pub(super) struct Named {
    pub(super) path: &'static str,
    pub(super) kind: ValueKind,
    /// Whether it is there whenever what holds it is.
    pub(super) always: bool,
    pub(super) class: Disclosure,
}

const fn named(path: &'static str, kind: ValueKind, always: bool) -> Named {
    Named { path, kind, always, class: Disclosure::Account }
}
const fn general(path: &'static str, kind: ValueKind, always: bool) -> Named {
    Named { path, kind, always, class: Disclosure::General }
}
const fn sensitive(path: &'static str, kind: ValueKind) -> Named {
    Named { path, kind, always: false, class: Disclosure::Sensitive }
}
const fn text(path: &'static str) -> Named {
    named(path, ValueKind::Text, true)
}
const fn may(path: &'static str) -> Named {
    named(path, ValueKind::Text, false)
}
const fn flag(path: &'static str) -> Named {
    named(path, ValueKind::Flag, true)
}
/// What no template prints.
const fn sources(path: &'static str) -> Named {
    named(path, ValueKind::List, false)
}
const fn group(path: &'static str) -> Named {
    named(path, ValueKind::Group, false)
}

/// Every value but those of the policy table.
const VALUES: &[Named] = &[
    general("today", ValueKind::Text, true),
    general("case", ValueKind::Group, true),
    general("case.reference", ValueKind::Text, true),
    general("letter", ValueKind::Group, true),
    general("letter.received_on", ValueKind::Text, true),
    general("letter.subject", ValueKind::Text, false),
    general("customer", ValueKind::Group, true),
    general("customer.name", ValueKind::Text, false),
    general("customer.other_language", ValueKind::Flag, false),
    // That there is an account, for somebody who may know no more.
    general("existence", ValueKind::Group, false),
    text("existence.masked"),
    may("existence.service_address"),
    general("account", ValueKind::Group, false),
    text("account.masked"),
    text("account.name"),
    may("account.service_address"),
    flag("account.active"),
    flag("account.shut_off"),
    flag("account.closed"),
    flag("account.residential"),
    flag("account.commercial"),
    flag("account.stormwater_only"),
    flag("account.tenant"),
    flag("account.owes"),
    may("account.balance"),
    may("account.balance_as_of"),
    group("account.last_bill"),
    text("account.last_bill.issued_on"),
    may("account.last_bill.due_on"),
    may("account.last_bill.period_start"),
    may("account.last_bill.period_end"),
    may("account.last_bill.days"),
    text("account.last_bill.total"),
    may("account.last_bill.usage_cf"),
    may("account.last_bill.usage_gallons"),
    flag("account.last_bill.estimated"),
    flag("account.last_bill.zero"),
    flag("account.last_bill.actual"),
    group("account.previous_bill"),
    text("account.previous_bill.issued_on"),
    may("account.previous_bill.due_on"),
    may("account.previous_bill.period_start"),
    may("account.previous_bill.period_end"),
    may("account.previous_bill.days"),
    text("account.previous_bill.total"),
    may("account.previous_bill.usage_cf"),
    may("account.previous_bill.usage_gallons"),
    flag("account.previous_bill.estimated"),
    flag("account.previous_bill.zero"),
    flag("account.previous_bill.actual"),
    group("account.usage_change"),
    flag("account.usage_change.up"),
    flag("account.usage_change.down"),
    text("account.usage_change.percent"),
    group("account.estimated_run"),
    text("account.estimated_run.count"),
    text("account.estimated_run.since"),
    group("account.zero_run"),
    text("account.zero_run.count"),
    text("account.zero_run.since"),
    group("account.catch_up"),
    text("account.catch_up.issued_on"),
    text("account.catch_up.total"),
    group("account.last_payment"),
    text("account.last_payment.posted_on"),
    text("account.last_payment.amount"),
    group("account.agreement"),
    text("account.agreement.signed_on"),
    text("account.agreement.installment"),
    may("account.agreement.months"),
    group("account.broken_agreements"),
    text("account.broken_agreements.count"),
    flag("account.broken_agreements.two_or_more"),
    flag("account.in_tap"),
    flag("account.in_senior"),
    flag("account.assistance_pending"),
    group("account.shutoff_notice"),
    may("account.shutoff_notice.issued_on"),
    may("account.shutoff_notice.effective_on"),
    may("account.shutoff_notice.amount"),
    group("account.agreement_terms"),
    text("account.agreement_terms.down_payment"),
    text("account.agreement_terms.months_low"),
    text("account.agreement_terms.months_high"),
    text("account.agreement_terms.installment_low"),
    text("account.agreement_terms.installment_high"),
    // The rows behind the values: for the fact sheet, never for a letter.
    group("account.sources"),
    sources("account.sources.balance"),
    sources("account.sources.last_bill"),
    sources("account.sources.previous_bill"),
    sources("account.sources.usage_change"),
    sources("account.sources.last_payment"),
    sources("account.sources.shutoff_notice"),
    sources("account.sources.agreement"),
];

/// The value of that name.
pub(super) fn value(path: &str) -> Option<Named> {
    values().find(|value| value.path == path).copied()
}

/// Whether templates can name a value: `account.last_bill.total`; items of a list stand under
/// `list[]`.
#[must_use]
pub fn is_known_value(path: &str) -> bool {
    value(path).is_some()
}

/// Every value, for the tests of templates.
pub(super) fn values() -> impl Iterator<Item = &'static Named> {
    VALUES.iter().chain(FINDINGS)
}
