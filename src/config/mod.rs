//! Settings: one documented TOML file, with an environment variable for every key.
//!
//! Everything wrong with them is reported at once, each with file, line and key. What comes out
//! is checked: nobody asks again whether a port is a port.

mod accounts;
mod intake;
mod learning;
mod lmtp;
mod mailbox;
mod settings;
mod source;

pub use accounts::{Accounts, LiveBilling};
pub use intake::{Border, Intake};
pub use learning::Learning;
pub use lmtp::{Listen, Lmtp, Network};
pub use mailbox::{AfterFetch, Alarm, Mailbox, OAuth2, SignIn};
pub use settings::{
    Database, Folder, LogFormat, Organization, Outgoing, OutgoingMode, Pipeline, Review, Settings, Tls, Web,
};
pub use source::{Problem, Problems};
