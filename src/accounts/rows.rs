//! The rows of the billing extract, one type for each file, its columns as fields.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::letter::words::words;
use crate::money::{Cents, CubicFeet};

/// The number of an account: sixteen digits, whose groups mean nothing.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AccountNumber(String);

/// A text that is not an account number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an account number has 16 digits")]
pub struct NotAnAccountNumber;

impl AccountNumber {
    /// The sixteen digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The last four digits: all that a reply may show.
    #[must_use]
    pub fn last_four(&self) -> &str {
        &self.0[12..]
    }
}

impl FromStr for AccountNumber {
    type Err = NotAnAccountNumber;

    fn from_str(text: &str) -> Result<Self, NotAnAccountNumber> {
        let sixteen = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_digit());
        if sixteen { Ok(Self(text.to_owned())) } else { Err(NotAnAccountNumber) }
    }
}

impl fmt::Display for AccountNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

words! {
    /// Whether an account is served.
    AccountStatus("account status") {
        /// It is served.
        Active = "active",
        /// Its service is off.
        ShutOff = "shut_off",
        /// It has ended.
        Closed = "closed",
    }
}

words! {
    /// What the customer is to the property.
    CustomerType("customer type") {
        /// Owns it.
        Owner = "owner",
        /// Rents it, with the account in their name.
        Tenant = "tenant",
        /// Lives there without a lease or a deed.
        Occupant = "occupant",
        /// Rents it, protected by the Utility Service Tenants Rights Act, not the customer.
        UstraTenant = "ustra_tenant",
        /// A business.
        Business = "business",
    }
}

words! {
    /// What kind of service an account has.
    ServiceClass("service class") {
        /// A home.
        Residential = "residential",
        /// A business.
        Commercial = "commercial",
        /// No water, only stormwater.
        StormwaterOnly = "stormwater_only",
    }
}

words! {
    /// What kind of bill it is.
    BillKind("kind of bill") {
        /// The monthly one.
        Regular = "regular",
        /// For water used but not billed before.
        CatchUp = "catch_up",
        /// Takes another's place.
        Corrected = "corrected",
        /// The last of an account.
        Final = "final",
        /// No longer holds.
        Cancelled = "cancelled",
    }
}

words! {
    /// Where a bill's usage comes from.
    ReadType("kind of reading") {
        /// The meter.
        Actual = "actual",
        /// Past use.
        Estimated = "estimated",
        /// The meter, which showed no use.
        Zero = "zero",
        /// The customer.
        Customer = "customer",
        /// There was none.
        None = "none",
    }
}

words! {
    /// How far a payment has come.
    PaymentStatus("payment status") {
        /// It counts.
        Posted = "posted",
        /// It is on its way.
        Pending = "pending",
        /// It came back.
        Returned = "returned",
        /// Somebody promised it.
        Pledged = "pledged",
    }
}

words! {
    /// How an agreement stands.
    AgreementStatus("agreement status") {
        /// It runs.
        Active = "active",
        /// It was kept to its end.
        Kept = "kept",
        /// It was broken.
        Broken = "broken",
    }
}

words! {
    /// How a request for assistance stands.
    AssistanceStatus("assistance status") {
        /// A form was asked for.
        Requested = "requested",
        /// It is being looked at.
        Pending = "pending",
        /// It was granted.
        Approved = "approved",
        /// It is in force.
        Enrolled = "enrolled",
        /// It was refused.
        Denied = "denied",
        /// It is over.
        Ended = "ended",
    }
}

words! {
    /// What a notice is about.
    NoticeKind("kind of notice") {
        /// A bill is late.
        PastDue = "past_due",
        /// Service will be shut off.
        ShutoffFinal = "shutoff_final",
        /// Plumbing is defective.
        Defect = "defect",
        /// The meter cannot be reached.
        Access = "access",
    }
}

words! {
    /// How a notice stands.
    NoticeStatus("notice status") {
        /// It holds.
        Open = "open",
        /// It was withdrawn.
        Cancelled = "cancelled",
        /// It was carried out.
        Executed = "executed",
    }
}

words! {
    /// What protects an account from shutoff.
    ProtectionKind("kind of protection") {
        /// A medical delay.
        Medical = "medical",
        /// A household that raised its hand.
        RaiseHand = "raise_hand",
        /// An application that is being looked at.
        AssistancePending = "assistance_pending",
    }
}

words! {
    /// What a contact is to the account.
    Relation("relation") {
        /// Holds the account too.
        Joint = "joint",
        /// Was authorized by the accountholder.
        Authorized = "authorized",
        /// Owns the property.
        Landlord = "landlord",
        /// Rents the property.
        Tenant = "tenant",
        /// Settles the estate.
        Executor = "executor",
        /// Is the accountholder's lawyer.
        Attorney = "attorney",
        /// Helps the accountholder by profession.
        SocialWorker = "social_worker",
    }
}

impl Relation {
    /// The relation in words.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Joint => "joint accountholder",
            Self::Authorized => "authorized contact",
            Self::Landlord => "landlord",
            Self::Tenant => "tenant",
            Self::Executor => "executor",
            Self::Attorney => "attorney",
            Self::SocialWorker => "social worker",
        }
    }
}

/// One account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the contract's columns, section 2, to the letter")]
pub struct Account {
    pub account_number: AccountNumber,
    pub status: AccountStatus,
    pub customer_type: Option<CustomerType>,
    pub service_class: Option<ServiceClass>,
    pub name: String,
    pub co_name: Option<String>,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub language: Option<String>,
    pub mailing_address: Option<String>,
    pub service_address: Option<String>,
    pub zip: Option<String>,
    pub opa_number: Option<String>,
    pub meter_number: Option<String>,
    pub meter_size: Option<String>,
    pub ami: Option<bool>,
    pub paperless: Option<bool>,
    pub opened_on: Option<Date>,
    pub closed_on: Option<Date>,
    pub balance: Option<Cents>,
    pub balance_as_of: Option<Date>,
}

/// One bill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the contract's columns, section 2, to the letter")]
pub struct Bill {
    pub bill_id: String,
    pub account_number: AccountNumber,
    pub kind: BillKind,
    pub period_start: Option<Date>,
    pub period_end: Option<Date>,
    pub issued_on: Date,
    pub due_on: Option<Date>,
    pub read_type: Option<ReadType>,
    pub usage_cf: Option<CubicFeet>,
    pub water: Option<Cents>,
    pub sewer: Option<Cents>,
    pub service: Option<Cents>,
    pub stormwater: Option<Cents>,
    pub discount: Option<Cents>,
    pub penalty: Option<Cents>,
    pub other: Option<Cents>,
    pub total: Cents,
    pub replaces_bill_id: Option<String>,
}

/// One reading of a meter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the contract's columns, section 2, to the letter")]
pub struct Read {
    pub account_number: AccountNumber,
    pub meter_number: Option<String>,
    pub read_on: Date,
    pub register_cf: Option<CubicFeet>,
    pub read_type: Option<ReadType>,
}

/// One payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the contract's columns, section 2, to the letter")]
pub struct Payment {
    pub payment_id: String,
    pub account_number: AccountNumber,
    pub posted_on: Option<Date>,
    pub amount: Cents,
    pub method: Option<String>,
    pub status: PaymentStatus,
    pub source: Option<String>,
}

/// One adjustment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the contract's columns, section 2, to the letter")]
pub struct Adjustment {
    pub adjustment_id: String,
    pub account_number: AccountNumber,
    pub posted_on: Option<Date>,
    pub amount: Cents,
    pub reason: Option<String>,
}

/// One payment agreement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the contract's columns, section 2, to the letter")]
pub struct Agreement {
    pub agreement_id: String,
    pub account_number: AccountNumber,
    pub signed_on: Option<Date>,
    pub debt: Option<Cents>,
    pub down_payment: Option<Cents>,
    pub installment: Option<Cents>,
    pub months: Option<i64>,
    pub status: AgreementStatus,
}

/// One program that an account has or asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the contract's columns, section 2, to the letter")]
pub struct Assistance {
    pub account_number: AccountNumber,
    pub program: String,
    pub status: AssistanceStatus,
    pub since: Option<Date>,
    pub until: Option<Date>,
    pub reason: Option<String>,
}

/// One notice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the contract's columns, section 2, to the letter")]
pub struct Notice {
    pub notice_id: String,
    pub account_number: AccountNumber,
    pub kind: NoticeKind,
    pub issued_on: Option<Date>,
    pub effective_on: Option<Date>,
    pub amount: Option<Cents>,
    pub status: NoticeStatus,
}

/// One protection from shutoff.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the contract's columns, section 2, to the letter")]
pub struct Protection {
    pub account_number: AccountNumber,
    pub kind: ProtectionKind,
    pub from: Option<Date>,
    pub until: Option<Date>,
}

/// One person beside the accountholder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the contract's columns, section 2, to the letter")]
pub struct Contact {
    pub account_number: AccountNumber,
    pub name: String,
    pub relation: Relation,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub scope: Option<String>,
    pub from: Option<Date>,
    pub until: Option<Date>,
}
