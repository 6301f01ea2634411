//! Owns a proxy between two peers that cuts their connections at pseudo-random bytes.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, split};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio_util::sync::CancellationToken;

use super::process::free_port;

/// The fewest and the most bytes of both directions after which a connection is cut.
const LEAST: u64 = 32;
const MOST: u64 = 512 * 1024;

/// Where the proxy leads.
#[derive(Debug, Clone)]
pub(crate) enum Target {
    Port(u16),
    Socket(PathBuf),
}

/// A proxy on loopback. It ends with this value, cutting what it holds.
pub(crate) struct CuttingProxy {
    /// Where to connect.
    pub(crate) port: u16,
    cuts: Arc<AtomicU64>,
    stop: CancellationToken,
    thread: Option<JoinHandle<()>>,
}

impl CuttingProxy {
    /// Starts a proxy to a port on loopback.
    pub(crate) fn to_port(port: u16, seed: u64) -> Self {
        Self::start(Target::Port(port), seed)
    }

    /// Starts a proxy to a socket in the file system.
    pub(crate) fn to_socket(path: &Path, seed: u64) -> Self {
        Self::start(Target::Socket(path.to_owned()), seed)
    }

    fn start(target: Target, seed: u64) -> Self {
        let port = free_port();
        let (cuts, stop) = (Arc::new(AtomicU64::new(0)), CancellationToken::new());
        let listener = std::net::TcpListener::bind(("127.0.0.1", port)).expect("listen for the proxy");
        listener.set_nonblocking(true).expect("a listener that does not block");
        let (counted, stopped) = (Arc::clone(&cuts), stop.clone());
        // A thread of its own: the test's threads wait for other things.
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                tokio::select! {
                    () = stopped.cancelled() => {}
                    () = accept(listener, target, seed, counted) => {}
                }
            });
        });
        Self { port, cuts, stop, thread: Some(thread) }
    }

    /// How many connections were cut.
    pub(crate) fn cuts(&self) -> u64 {
        self.cuts.load(Ordering::Relaxed)
    }
}

impl Drop for CuttingProxy {
    fn drop(&mut self) {
        self.stop.cancel();
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

async fn accept(listener: std::net::TcpListener, target: Target, seed: u64, cuts: Arc<AtomicU64>) {
    let listener = TcpListener::from_std(listener).expect("a listener");
    for number in 0.. {
        let Ok((client, _)) = listener.accept().await else { continue };
        let budget = budget(seed, number);
        let (target, cuts) = (target.clone(), Arc::clone(&cuts));
        tokio::spawn(async move {
            // When the server is down the client's connection ends, as without a proxy.
            let was_cut = match target {
                Target::Port(port) => match TcpStream::connect(("127.0.0.1", port)).await {
                    Ok(server) => join(client, server, budget).await,
                    Err(_) => return,
                },
                Target::Socket(path) => match UnixStream::connect(path).await {
                    Ok(server) => join(client, server, budget).await,
                    Err(_) => return,
                },
            };
            cuts.fetch_add(u64::from(was_cut), Ordering::Relaxed);
        });
    }
}

/// How many bytes a connection may bring: each order of magnitude as often as another, so that
/// some connections end in the greeting and some after many letters.
fn budget(seed: u64, number: u64) -> u64 {
    let orders = u64::from((MOST / LEAST).ilog2());
    let drawn = mixed(seed ^ mixed(number));
    let least = LEAST << (drawn % orders);
    least + mixed(drawn) % least
}

/// The finisher of the generator `SplitMix64`.
const fn mixed(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Hands bytes on in both directions until one peer ends it or the bytes are used up; whether it
/// was cut.
async fn join<S: AsyncRead + AsyncWrite>(client: TcpStream, server: S, budget: u64) -> bool {
    let left = AtomicU64::new(budget);
    let (client_reads, client_writes) = split(client);
    let (server_reads, server_writes) = split(server);
    tokio::select! {
        was_cut = hand_on(client_reads, server_writes, &left) => was_cut,
        was_cut = hand_on(server_reads, client_writes, &left) => was_cut,
    }
}

async fn hand_on(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, left: &AtomicU64) -> bool {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let Ok(read @ 1..) = from.read(&mut buffer).await else { return false };
        let allowed = left.load(Ordering::Relaxed).min(read as u64);
        left.fetch_sub(allowed, Ordering::Relaxed);
        let allowed = usize::try_from(allowed).expect("not more than was read");
        if to.write_all(&buffer[..allowed]).await.is_err() {
            return false;
        }
        if allowed < read {
            return true;
        }
    }
}
