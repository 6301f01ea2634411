//! Messages from a mailbox: how large they are, which fit into memory together, and what is
//! done with one that is too large.

use std::collections::BTreeSet;

use async_imap::imap_proto::{AttributeValue, MailboxDatum, Response};

use super::ImapError;
use super::answers::ask;
use super::session::{ImapSession, in_time};
use crate::config::{AfterFetch, Mailbox};

/// The keyword that marks what is durable here.
const KEYWORD: &str = "$Penstock";
/// How many messages are asked for at once.
pub(super) const MESSAGES: usize = 50;
/// How many bytes of messages are asked for at once; a larger message stands alone.
const BYTES: u64 = 8 * 1024 * 1024;
/// How much of a message that is too large is fetched, in bytes.
const BEGINNING: usize = 256 * 1024;
/// How many messages are asked for their size at once. They are fetched before more sizes are
/// asked for: a connection that does not last still brings letters.
pub(super) const SIZES: usize = 500;

/// A message as it was fetched.
pub(super) struct Fetched {
    pub(super) uid: u32,
    pub(super) bytes: Vec<u8>,
    /// Whether these are all its bytes.
    pub(super) whole: bool,
}

/// A message that is to be fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Waiting {
    uid: u32,
    bytes: u64,
}

/// The UIDs of the messages that fit a query.
pub(super) async fn uids(session: &mut ImapSession, query: &str) -> Result<BTreeSet<u32>, ImapError> {
    let mut uids = BTreeSet::new();
    ask(session, &format!("UID SEARCH {query}"), |answer| {
        if let Response::MailboxData(MailboxDatum::Search(found)) = answer {
            uids.extend(found);
        }
    })
    .await?;
    Ok(uids)
}

/// Those that do not have the mark yet of what is durable here.
pub(super) async fn unmarked(session: &mut ImapSession) -> Result<BTreeSet<u32>, ImapError> {
    uids(session, &format!("UNKEYWORD {KEYWORD}")).await
}

/// The messages with these UIDs and their sizes.
pub(super) async fn sizes(session: &mut ImapSession, uids: &[u32]) -> Result<Vec<Waiting>, ImapError> {
    let mut waiting = Vec::with_capacity(uids.len());
    ask(session, &format!("UID FETCH {} (UID RFC822.SIZE)", set(uids)), |answer| {
        let Some((uid, attributes)) = fetched(answer) else { return };
        let size = attributes.iter().find_map(|attribute| match attribute {
            AttributeValue::Rfc822Size(size) => Some(u64::from(*size)),
            _ => None,
        });
        // A server that does not tell a size is not trusted to send a small message.
        waiting.push(Waiting { uid, bytes: size.unwrap_or(BYTES) });
    })
    .await?;
    Ok(waiting)
}

/// What a server says of one message, when it says which.
fn fetched<'a>(answer: &'a Response<'a>) -> Option<(u32, &'a [AttributeValue<'a>])> {
    let Response::Fetch(_, attributes) = answer else { return None };
    let uid = attributes.iter().find_map(|attribute| match attribute {
        AttributeValue::Uid(uid) => Some(*uid),
        _ => None,
    });
    Some((uid?, attributes))
}

/// The messages in groups that fit into memory together.
pub(super) fn groups(waiting: &[Waiting]) -> Vec<&[Waiting]> {
    let mut groups = Vec::new();
    let mut start = 0;
    let mut bytes = 0;
    for (at, message) in waiting.iter().enumerate() {
        if at > start && (bytes + message.bytes > BYTES || at - start == MESSAGES) {
            groups.push(&waiting[start..at]);
            start = at;
            bytes = 0;
        }
        bytes += message.bytes;
    }
    if start < waiting.len() {
        groups.push(&waiting[start..]);
    }
    groups
}

/// Fetches one group. Of a message that is too large only the beginning comes, with a line
/// that says so: it becomes a case, and stays in the mailbox.
pub(super) async fn fetch(
    session: &mut ImapSession,
    mailbox: &Mailbox,
    group: &[Waiting],
) -> Result<Vec<Fetched>, ImapError> {
    let limit = mailbox.message_bytes as u64;
    let whole: Vec<u32> = group.iter().filter(|message| message.bytes <= limit).map(|message| message.uid).collect();
    let mut fetched = Vec::with_capacity(group.len());
    if !whole.is_empty() {
        // PEEK leaves the flags alone: a person who reads this mailbox is not disturbed.
        for (uid, bytes) in bodies(session, &set(&whole), "(UID BODY.PEEK[])").await? {
            fetched.push(Fetched { uid, bytes, whole: true });
        }
    }
    for message in group.iter().filter(|message| message.bytes > limit) {
        let part = format!("(UID BODY.PEEK[]<0.{BEGINNING}>)");
        for (uid, beginning) in bodies(session, &message.uid.to_string(), &part).await? {
            let mut bytes = incomplete(message.bytes, beginning.len()).into_bytes();
            bytes.extend(beginning);
            fetched.push(Fetched { uid, bytes, whole: false });
        }
    }
    Ok(fetched)
}

/// The header line that tells the reader of a message's beginning that more is in the mailbox.
fn incomplete(bytes: u64, here: usize) -> String {
    format!("X-Penstock-Incomplete: the mailbox holds {bytes} bytes, the first {here} are here\r\n")
}

async fn bodies(session: &mut ImapSession, set: &str, query: &str) -> Result<Vec<(u32, Vec<u8>)>, ImapError> {
    let mut bodies = Vec::new();
    ask(session, &format!("UID FETCH {set} {query}"), |answer| {
        let Some((uid, attributes)) = fetched(answer) else { return };
        let body = attributes.iter().find_map(|attribute| match attribute {
            AttributeValue::BodySection { section: None, data: Some(data), .. } => Some(data.to_vec()),
            _ => None,
        });
        bodies.extend(body.map(|bytes| (uid, bytes)));
    })
    .await?;
    Ok(bodies)
}

/// Does to durable messages what the settings say.
pub(super) async fn finish(session: &mut ImapSession, mailbox: &Mailbox, durable: &[u32]) -> Result<(), ImapError> {
    if durable.is_empty() {
        return Ok(());
    }
    let set = set(durable);
    match mailbox.after {
        AfterFetch::Leave => Ok(()),
        AfterFetch::Flag => ask(session, &format!("UID STORE {set} +FLAGS.SILENT ({KEYWORD})"), |_| {}).await,
        AfterFetch::Move => in_time(session.uid_mv(&set, &mailbox.move_to)).await,
    }
}

fn set(uids: &[u32]) -> String {
    uids.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_fetched_in_groups_that_fit_into_memory() {
        let mega = 1024 * 1024;
        let sizes = [3 * mega, 4 * mega, 2 * mega, 60 * mega, 1, 1];
        let waiting: Vec<Waiting> = sizes.into_iter().zip(1..).map(|(bytes, uid)| Waiting { uid, bytes }).collect();
        let uids: Vec<Vec<u32>> =
            groups(&waiting).iter().map(|group| group.iter().map(|message| message.uid).collect()).collect();
        assert_eq!(uids, [vec![1, 2], vec![3], vec![4], vec![5, 6]]);
        assert!(groups(&[]).is_empty());
    }
}
