//! The states of one approved reply on its way to one recipient.

use super::words::words;

words! {
    /// Where a reply stands between approval and the customer.
    DeliveryState("state of a delivery") {
        /// Approved, its bytes frozen; may be attempted when due.
        Prepared = "prepared",
        /// One process talks to the relay about it.
        Claimed = "claimed",
        /// The final dot is about to go out or has gone: nobody may take it over by itself.
        DotCommitted = "dot_committed",
        /// The relay accepted it.
        Sent = "sent",
        /// The relay refused it for good.
        Rejected = "rejected",
        /// Nobody can know whether the relay took it; a person decides.
        Unknown = "unknown",
    }
}

words! {
    /// How a reply goes out.
    Channel("way of sending") {
        /// By e-mail.
        Email = "email",
        /// By post, as a printed letter.
        Post = "post",
    }
}

impl DeliveryState {
    /// Whether the program will do no more about it by itself.
    #[must_use]
    pub const fn is_settled(self) -> bool {
        matches!(self, Self::Sent | Self::Rejected | Self::Unknown)
    }
}
