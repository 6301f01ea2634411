//! Rows for the findings' tests.

use jiff::civil::Date;

use crate::accounts::context::AccountRows;
use crate::accounts::rows::{
    Account, AccountStatus, Adjustment, Agreement, AgreementStatus, Assistance, AssistanceStatus, Bill, BillKind,
    Notice, NoticeKind, NoticeStatus, Payment, PaymentStatus, ReadType, ServiceClass,
};
use crate::money::{Cents, CubicFeet};
use crate::policy::Policy;

pub(super) const NUMBER: &str = "1234567890123456";

pub(super) fn day(text: &str) -> Date {
    text.parse().expect("a test's date is one")
}

/// The table that the program carries.
pub(super) fn policy() -> Policy {
    Policy::parse(include_str!("../../../templates/policy.toml")).expect("the embedded policy is right")
}

pub(super) fn home(balance: i64) -> AccountRows {
    AccountRows::new(Account {
        account_number: NUMBER.parse().expect("a test's number is one"),
        status: AccountStatus::Active,
        customer_type: None,
        service_class: Some(ServiceClass::Residential),
        name: "A Customer".to_owned(),
        co_name: None,
        email: None,
        phone: None,
        language: None,
        mailing_address: None,
        service_address: None,
        zip: None,
        opa_number: None,
        meter_number: None,
        meter_size: None,
        ami: None,
        paperless: None,
        opened_on: None,
        closed_on: None,
        balance: Some(Cents(balance)),
        balance_as_of: None,
    })
}

/// A bill for the 30 days that end three days before its issue.
pub(super) fn bill(id: &str, issued_on: &str) -> Bill {
    let issued_on = day(issued_on);
    let end = issued_on.saturating_sub(jiff::Span::new().days(3));
    Bill {
        bill_id: id.to_owned(),
        account_number: NUMBER.parse().expect("a test's number is one"),
        kind: BillKind::Regular,
        period_start: Some(end.saturating_sub(jiff::Span::new().days(29))),
        period_end: Some(end),
        issued_on,
        due_on: Some(issued_on.saturating_add(jiff::Span::new().days(21))),
        read_type: Some(ReadType::Actual),
        usage_cf: None,
        water: None,
        sewer: None,
        service: None,
        stormwater: None,
        discount: None,
        penalty: None,
        other: None,
        total: Cents::ZERO,
        replaces_bill_id: None,
    }
}

impl Bill {
    /// With these items, and their sum as its total.
    pub(super) fn with_items(mut self, items: &[(&str, i64)]) -> Self {
        for (name, amount) in items {
            let item = match *name {
                "water" => &mut self.water,
                "sewer" => &mut self.sewer,
                "service" => &mut self.service,
                "stormwater" => &mut self.stormwater,
                "discount" => &mut self.discount,
                "penalty" => &mut self.penalty,
                _ => &mut self.other,
            };
            *item = Some(Cents(*amount));
            self.total += Cents(*amount);
        }
        self
    }

    pub(super) fn with_use(mut self, usage: i64, read_type: ReadType) -> Self {
        self.usage_cf = Some(CubicFeet(usage));
        self.read_type = Some(read_type);
        self
    }

    pub(super) fn with_total(mut self, total: i64) -> Self {
        self.total = Cents(total);
        self
    }

    pub(super) fn with_period(mut self, start: &str, end: &str) -> Self {
        (self.period_start, self.period_end) = (Some(day(start)), Some(day(end)));
        self
    }
}

pub(super) fn payment(id: &str, on: &str, amount: i64, status: PaymentStatus) -> Payment {
    Payment {
        payment_id: id.to_owned(),
        account_number: NUMBER.parse().expect("a test's number is one"),
        posted_on: Some(day(on)),
        amount: Cents(amount),
        method: None,
        status,
        source: None,
    }
}

pub(super) fn adjustment(id: &str, on: &str, amount: i64) -> Adjustment {
    Adjustment {
        adjustment_id: id.to_owned(),
        account_number: NUMBER.parse().expect("a test's number is one"),
        posted_on: Some(day(on)),
        amount: Cents(amount),
        reason: None,
    }
}

pub(super) fn agreement(id: &str, on: &str, status: AgreementStatus) -> Agreement {
    Agreement {
        agreement_id: id.to_owned(),
        account_number: NUMBER.parse().expect("a test's number is one"),
        signed_on: Some(day(on)),
        debt: None,
        down_payment: None,
        installment: Some(Cents(5000)),
        months: Some(12),
        status,
    }
}

pub(super) fn assistance(program: &str, status: AssistanceStatus, since: &str) -> Assistance {
    Assistance {
        account_number: NUMBER.parse().expect("a test's number is one"),
        program: program.to_owned(),
        status,
        since: Some(day(since)),
        until: None,
        reason: None,
    }
}

pub(super) fn notice(kind: NoticeKind, effective_on: &str, amount: i64) -> Notice {
    Notice {
        notice_id: "n1".to_owned(),
        account_number: NUMBER.parse().expect("a test's number is one"),
        kind,
        issued_on: Some(day(effective_on).saturating_sub(jiff::Span::new().days(30))),
        effective_on: Some(day(effective_on)),
        amount: Some(Cents(amount)),
        status: NoticeStatus::Open,
    }
}
