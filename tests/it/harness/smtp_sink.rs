//! Owns an SMTP server that remembers what it accepted and misbehaves as told.
//!
//! It runs on a thread of its own: a test that blocks its runtime, or a daemon
//! under test that is killed, does not hold it up.

use std::net::TcpListener as StdListener;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio::time::sleep;

/// What the sink does when the final dot of a message has come; by default it accepts.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Behaviour {
    /// The time between the dot (the message is recorded at once) and the answer to it.
    pub(crate) delay: Duration,
    /// How many messages, from the start on, are answered 451 and not recorded.
    pub(crate) refuse_first: usize,
    /// Of the accepted messages each N-th is recorded and then the connection is cut
    /// instead of an answer; 0 is never.
    pub(crate) drop_every: usize,
}

/// A message that the sink took responsibility for.
#[derive(Clone, Debug)]
pub(crate) struct Accepted {
    /// The address of MAIL FROM, empty for a bounce.
    pub(crate) sender: String,
    /// The addresses of RCPT TO, in order.
    pub(crate) recipients: Vec<String>,
    /// The `Message-ID` with its angle brackets, empty if the message has none.
    pub(crate) message_id: String,
    /// The message as it was before dot-stuffing, CRLF line ends kept.
    pub(crate) bytes: Vec<u8>,
    /// Whether the sink went on to say 250, as far as it knows; else it cut the
    /// connection, or the client was gone before the answer.
    pub(crate) answered: bool,
}

/// A running sink; it ends when dropped.
pub(crate) struct SmtpSink {
    /// The port on 127.0.0.1.
    pub(crate) port: u16,
    state: Shared,
    runtime: Option<Runtime>,
}

type Shared = Arc<Mutex<State>>;

#[derive(Default)]
struct State {
    behaviour: Behaviour,
    refused: usize,
    accepted: Vec<Accepted>,
}

impl SmtpSink {
    /// Starts a sink on a free port.
    pub(crate) fn start(behaviour: Behaviour) -> Self {
        let listener = StdListener::bind("127.0.0.1:0").expect("listen on loopback");
        let port = listener.local_addr().expect("a bound listener has an address").port();
        listener.set_nonblocking(true).expect("make the listener non-blocking");
        let state = Shared::new(Mutex::new(State { behaviour, ..State::default() }));
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.expect("start the sink's runtime");
        runtime.spawn(listen(listener, Arc::clone(&state)));
        Self { port, state, runtime: Some(runtime) }
    }

    /// Changes what happens at the next final dot; `refuse_first` counts anew.
    pub(crate) fn behave(&self, behaviour: Behaviour) {
        let mut state = lock(&self.state);
        state.behaviour = behaviour;
        state.refused = 0;
    }

    /// The messages accepted up to now, in the order of their final dots.
    pub(crate) fn accepted(&self) -> Vec<Accepted> {
        lock(&self.state).accepted.clone()
    }
}

impl Drop for SmtpSink {
    fn drop(&mut self) {
        // A runtime may not be dropped plainly inside an async test.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn lock(state: &Shared) -> MutexGuard<'_, State> {
    state.lock().expect("no holder of this lock panics")
}

async fn listen(listener: StdListener, state: Shared) {
    let listener = TcpListener::from_std(listener).expect("hand the listener to tokio");
    while let Ok((stream, _)) = listener.accept().await {
        // The client's end of the connection ends the task, in order or not.
        tokio::spawn(converse(BufReader::new(stream), Arc::clone(&state)));
    }
}

const GREETING: &str = "220 sink.example ESMTP";
const EXTENSIONS: &str = "250-sink.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n\
    250-SMTPUTF8\r\n250-DSN\r\n250 SIZE 52428800";

async fn converse(mut stream: BufReader<TcpStream>, state: Shared) -> std::io::Result<()> {
    stream.get_ref().set_nodelay(true)?;
    let mut sender = None;
    let mut recipients = Vec::new();
    answer(&mut stream, GREETING).await?;
    while let Some(line) = read_line(&mut stream).await? {
        let line = String::from_utf8_lossy(&line).trim_end().to_owned();
        let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        let reply = match verb.as_str() {
            "EHLO" | "HELO" | "RSET" => {
                (sender, recipients) = (None, Vec::new());
                if verb == "EHLO" { EXTENSIONS } else { "250 ok" }
            }
            "MAIL" if sender.is_none() => {
                sender = Some(address(&line));
                "250 ok"
            }
            "RCPT" if sender.is_some() => {
                recipients.push(address(&line));
                "250 ok"
            }
            "DATA" if !recipients.is_empty() => {
                answer(&mut stream, "354 end with a dot").await?;
                let Some(bytes) = read_message(&mut stream).await? else {
                    break;
                };
                let sender = sender.take().unwrap_or_default();
                let recipients = std::mem::take(&mut recipients);
                let message_id = message_id(&bytes);
                let answered = false;
                let message = Accepted { sender, recipients, message_id, bytes, answered };
                finish(&mut stream, &state, message).await?;
                continue;
            }
            "MAIL" | "RCPT" | "DATA" => "503 bad sequence of commands",
            "NOOP" => "250 ok",
            "QUIT" => return answer(&mut stream, "221 bye").await,
            _ => "500 unknown command",
        };
        answer(&mut stream, reply).await?;
    }
    Ok(())
}

/// Records or refuses a message and answers its final dot; an error cuts the connection.
async fn finish(stream: &mut BufReader<TcpStream>, state: &Shared, message: Accepted) -> std::io::Result<()> {
    let (behaviour, recorded) = {
        let mut state = lock(state);
        let recorded = if state.refused < state.behaviour.refuse_first {
            state.refused += 1;
            None
        } else {
            state.accepted.push(message);
            Some(state.accepted.len())
        };
        (state.behaviour, recorded)
    };
    sleep(behaviour.delay).await;
    let Some(number) = recorded else {
        return answer(stream, "451 4.3.0 try again later").await;
    };
    if behaviour.drop_every > 0 && number % behaviour.drop_every == 0 {
        return Err(std::io::ErrorKind::ConnectionAborted.into());
    }
    answer(stream, &format!("250 2.0.0 accepted as {number}")).await?;
    lock(state).accepted[number - 1].answered = true;
    Ok(())
}

async fn answer(stream: &mut BufReader<TcpStream>, reply: &str) -> std::io::Result<()> {
    stream.write_all(format!("{reply}\r\n").as_bytes()).await
}

async fn read_line(stream: &mut BufReader<TcpStream>) -> std::io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    stream.read_until(b'\n', &mut line).await?;
    Ok(line.ends_with(b"\n").then_some(line))
}

/// Reads up to the final dot; `None` if the client goes before it.
async fn read_message(stream: &mut BufReader<TcpStream>) -> std::io::Result<Option<Vec<u8>>> {
    let mut message = Vec::new();
    while let Some(line) = read_line(stream).await? {
        if line == b".\r\n" {
            return Ok(Some(message));
        }
        message.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
    }
    Ok(None)
}

fn address(line: &str) -> String {
    let after = line.split_once('<').map_or("", |(_, after)| after);
    after.split_once('>').map_or(after, |(address, _)| address).to_owned()
}

fn message_id(message: &[u8]) -> String {
    let message = String::from_utf8_lossy(message);
    let header = message.split("\r\n\r\n").next().unwrap_or_default().replace("\r\n ", " ");
    let value = header.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("message-id").then(|| value.trim().to_owned())
    });
    value.unwrap_or_default()
}
