//! Takes letters from a mail server by LMTP (RFC 2033), over TCP or a socket in the file system.
//!
//! `250` to the end of a message means that it is durable here; when it cannot be made durable
//! now the answer is `451`, so that the mail server keeps it and comes again. Whatever two
//! servers could understand in two ways, such as a line that ends without CR, is refused: that
//! is how a forged second message is smuggled in behind a first one.
//!
//! A conversation is a `session::Session`, a state machine from bytes to replies that knows
//! neither sockets nor time; `conversation` feeds it, `listener` counts the conversations.

mod command;
mod conversation;
mod data;
mod lines;
mod listener;
mod mailbox;
mod reply;
mod session;
mod socket;

pub use listener::Listener;
pub use socket::BindError;
