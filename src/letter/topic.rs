//! What a letter is about: the topics and flags of the contract.

use super::words::words;

words! {
    /// What the writer wants, the primary topic first where several are given.
    Topic("topic") {
        /// Says a bill or charge is wrong and wants it reviewed, appealed, or a hearing.
        Dispute = "dispute",
        /// Has unusually high usage or a high bill, or a possible leak, and asks why.
        HighUsage = "high_usage",
        /// Changes the accountholder: new owner, tenant, occupant, death, divorce, business sale.
        NameChange = "name_change",
        /// Asks for help to pay.
        Assistance = "assistance",
        /// Asks for instalments, an extension, terms, or has broken an agreement.
        PaymentAgreement = "payment_agreement",
        /// Has a shutoff notice or no service for non-payment; restoration; medical delay.
        Shutoff = "shutoff",
        /// Asks for a balance, history, a copy, an explanation of a charge, how to pay.
        BillingInquiry = "billing_inquiry",
        /// Has zero-usage or estimated bills, or a catch-up bill after estimates.
        ZeroOrEstimated = "zero_or_estimated",
        /// Was billed or charged twice, or got several bills at once.
        DuplicateBill = "duplicate_bill",
        /// Asks for a credit, refund, penalty waiver, leak credit.
        Adjustment = "adjustment",
        /// Asks about the stormwater charge, parcel class, vacant lot, credits, appeal.
        Stormwater = "stormwater",
        /// Changes address, phone, e-mail, paperless billing, access code, authorized contact.
        AccountUpdate = "account_update",
        /// Starts, stops or discontinues service; meters; payoff figure for settlement.
        ServiceRequest = "service_request",
        /// Reports a leak in the street, no water, bad water, sewer backup, open hydrant.
        FieldProblem = "field_problem",
        /// Asks for records under the Right-to-Know Law.
        RecordsRequest = "records_request",
        /// Anything else.
        Other = "other",
    }
}

impl Topic {
    /// The topic in words for people who work with letters.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Dispute => "Dispute",
            Self::HighUsage => "High usage",
            Self::NameChange => "Name change",
            Self::Assistance => "Assistance",
            Self::PaymentAgreement => "Payment agreement",
            Self::Shutoff => "Shutoff",
            Self::BillingInquiry => "Billing inquiry",
            Self::ZeroOrEstimated => "Zero or estimated bills",
            Self::DuplicateBill => "Duplicate bill",
            Self::Adjustment => "Adjustment",
            Self::Stormwater => "Stormwater",
            Self::AccountUpdate => "Account update",
            Self::ServiceRequest => "Service request",
            Self::FieldProblem => "Field problem",
            Self::RecordsRequest => "Records request",
            Self::Other => "Other",
        }
    }
}

words! {
    /// A circumstance of a letter that changes who must see it, and how soon.
    Flag("flag") {
        /// Illness or medical equipment bears on the service.
        Medical = "medical",
        /// Service is off, or will be within days.
        ShutoffImminent = "shutoff_imminent",
        /// A lawyer, a lawsuit, a court.
        Legal = "legal",
        /// An elected official or an agency writes or is copied.
        Official = "official",
        /// A reporter writes, or the writer turns to the press.
        Press = "press",
        /// Violence against others or oneself.
        Threat = "threat",
        /// The accountholder has died.
        Deceased = "deceased",
        /// Violence at home: few may see the letter.
        DomesticViolence = "domestic_violence",
        /// The writer rents.
        Tenant = "tenant",
        /// Fraud, a stolen identity, a false payment site.
        IdentityTheft = "identity_theft",
        /// A hearing or an appeal is asked for.
        HearingRequest = "hearing_request",
        /// The writer cannot afford to pay.
        Hardship = "hardship",
        /// Somebody writes for somebody else.
        ThirdParty = "third_party",
        /// Holds numbers or papers that should not travel by mail.
        PersonalData = "personal_data",
        /// The writer has written or called about this before.
        RepeatContact = "repeat_contact",
    }
}

impl Flag {
    /// Flags that put a letter on top of the queue.
    pub const URGENT: &'static [Self] = &[
        Self::Threat,
        Self::Medical,
        Self::ShutoffImminent,
        Self::DomesticViolence,
        Self::HearingRequest,
        Self::IdentityTheft,
    ];

    /// The flag in words for people who work with letters.
    #[must_use]
    pub fn title(self) -> String {
        self.as_str().replace('_', " ")
    }
}
