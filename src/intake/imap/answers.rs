//! What the server answers to a command: all of it, or what went wrong. A refusal and an ended
//! connection are never taken for an answer without content.

use async_imap::imap_proto::{Response, Status};

use super::ImapError;
use super::session::{ImapSession, in_time};

/// Gives every answer to a command, up to the server's word that these were all.
pub(super) async fn ask(
    session: &mut ImapSession,
    command: &str,
    mut take: impl FnMut(&Response<'_>) + Send,
) -> Result<(), ImapError> {
    let tag = in_time(session.run_command(command)).await?;
    loop {
        let Some(answer) = in_time(session.read_response()).await? else {
            return Err(ImapError::Connect(std::io::ErrorKind::UnexpectedEof.into()));
        };
        match answer.parsed() {
            Response::Done { tag: done, status: Status::Ok, .. } if *done == tag => return Ok(()),
            Response::Done { tag: done, outcome, .. } if *done == tag => {
                return Err(ImapError::Refused(
                    outcome.information.as_deref().unwrap_or("no reason was given").to_owned(),
                ));
            }
            // What follows the word about several answers is not for us any more.
            Response::Data { status: Status::Bye, outcome } => {
                let words = outcome.information.as_deref().unwrap_or_default();
                return Err(ImapError::Connect(std::io::Error::other(format!("the server ends it: {words}"))));
            }
            other => take(other),
        }
    }
}
