//! Who sent a message: a mail system, or something that can be a person.

use std::borrow::Cow;

use mail_parser::Message;

/// Sender names that only delivery programs have.
const DAEMONS: &[&str] = &["mailer-daemon", "mailerdaemon", "mdaemon", "mail.delivery.system", "maildeliverysystem"];

/// Sender names that systems have and, seldom, people.
const CARETAKERS: &[&str] =
    &["postmaster", "post_master", "post.master", "system administrator", "noreply", "no-reply", "no_reply", "donotreply", "imss"];

/// The raw values of every header of a name, unfolded as far as comparing needs it.
pub(in crate::reading) fn headers<'x>(message: &'x Message<'_>, name: &'x str) -> impl Iterator<Item = Cow<'x, str>> {
    message.headers().iter().filter(move |header| header.name.as_str().eq_ignore_ascii_case(name)).map(|header| {
        let range = header.offset_start as usize..header.offset_end as usize;
        let raw = String::from_utf8_lossy(message.raw_message().get(range).unwrap_or_default());
        Cow::Owned(raw.trim().to_owned())
    })
}

/// Whether a header of that name is there.
pub(in crate::reading) fn has_header(message: &Message<'_>, name: &str) -> bool {
    headers(message, name).next().is_some()
}

/// Whether the envelope's sender is empty, as reports and automatic answers have it.
pub(in crate::reading) fn is_null_sender(message: &Message<'_>) -> bool {
    headers(message, "Return-Path").any(|path| matches!(path.as_ref(), "<>" | "" | "< >" | "<MAILER-DAEMON>"))
}

/// Whether the sender is a delivery program.
pub(in crate::reading) fn is_daemon(message: &Message<'_>) -> bool {
    sender_is_one_of(message, DAEMONS)
        // "Mail Delivery System <>" and the like have a name and no address.
        || headers(message, "From").any(|from| from.contains("<>"))
}

/// Whether the sender is an office of a mail system that people may also write from.
pub(super) fn is_caretaker(message: &Message<'_>) -> bool {
    sender_is_one_of(message, CARETAKERS)
}

fn sender_is_one_of(message: &Message<'_>, names: &[&str]) -> bool {
    headers(message, "From").any(|from| {
        let from = from.to_ascii_lowercase();
        let address = from.rsplit_once('<').map_or(from.as_str(), |(_, address)| address);
        let local = address.split('@').next().unwrap_or_default();
        let local = local.split('(').next().unwrap_or_default().trim_matches(['"', '\'', '<', '>', '\\', ' ']);
        names.contains(&local)
    })
}
