//! The place where connections come in: a TCP port, or a socket's file with its permissions.

use std::fs::{self, Permissions};
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _};
use std::os::unix::net::UnixStream as BlockingUnixStream;
use std::path::{Path, PathBuf};

use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};

use crate::config::Listen;

/// The program cannot listen there.
#[derive(Debug, thiserror::Error)]
pub enum BindError {
    /// The machine refuses.
    #[error("cannot listen on {0}: {1}")]
    Refused(Listen, io::Error),
    /// Somebody else does.
    #[error("another program listens on {0}")]
    Taken(Listen),
    /// Something else has that name.
    #[error("cannot listen on {0}: there is a file of that name, and it is no socket")]
    NoSocket(Listen),
}

/// A place that listens.
#[derive(Debug)]
pub(super) enum Socket {
    Tcp(TcpListener),
    Unix {
        listener: UnixListener,
        /// Goes with the listener.
        _file: SocketFile,
    },
}

/// A connection, as it came in.
pub(super) enum Connection {
    Tcp(TcpStream, SocketAddr),
    Unix(UnixStream),
}

/// The file of a socket; it goes with the listener.
#[derive(Debug)]
pub(super) struct SocketFile {
    path: PathBuf,
    /// Device and number: whether the file of that name is still this one.
    identity: (u64, u64),
}

impl Socket {
    pub(super) async fn bind(listen: &Listen, mode: u32) -> Result<Self, BindError> {
        let refused = |error| BindError::Refused(listen.clone(), error);
        match listen {
            Listen::Tcp(address) => TcpListener::bind(address).await.map(Self::Tcp).map_err(refused),
            Listen::Unix(path) => {
                make_way(path, listen)?;
                let (listener, file) = bind_file(path, mode).map_err(refused)?;
                Ok(Self::Unix { listener, _file: file })
            }
        }
    }

    pub(super) async fn accept(&self) -> io::Result<Connection> {
        match self {
            Self::Tcp(listener) => {
                let (stream, peer) = listener.accept().await?;
                stream.set_nodelay(true)?;
                Ok(Connection::Tcp(stream, peer))
            }
            Self::Unix { listener, .. } => Ok(Connection::Unix(listener.accept().await?.0)),
        }
    }

    /// Where it really listens, when that is a port.
    pub(super) fn address(&self) -> Option<SocketAddr> {
        match self {
            Self::Tcp(listener) => listener.local_addr().ok(),
            Self::Unix { .. } => None,
        }
    }
}

/// Makes sure that a file of that name, if there is one, is a socket which nobody listens on.
fn make_way(path: &Path, listen: &Listen) -> Result<(), BindError> {
    let Ok(metadata) = fs::symlink_metadata(path) else { return Ok(()) };
    if !metadata.file_type().is_socket() {
        return Err(BindError::NoSocket(listen.clone()));
    }
    match BlockingUnixStream::connect(path) {
        Ok(_) => Err(BindError::Taken(listen.clone())),
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => Ok(()),
        Err(error) => Err(BindError::Refused(listen.clone(), error)),
    }
}

/// Binds beside the name, sets the permissions and only then takes the name: nobody connects
/// to it under other permissions, and a dead socket of that name is replaced in one step.
fn bind_file(path: &Path, mode: u32) -> io::Result<(UnixListener, SocketFile)> {
    let beside = path.with_added_extension("new");
    if fs::symlink_metadata(&beside).is_ok_and(|metadata| metadata.file_type().is_socket()) {
        fs::remove_file(&beside)?;
    }
    let listener = UnixListener::bind(&beside)?;
    fs::set_permissions(&beside, Permissions::from_mode(mode))?;
    let metadata = fs::symlink_metadata(&beside)?;
    fs::rename(&beside, path)?;
    Ok((listener, SocketFile { path: path.to_owned(), identity: (metadata.dev(), metadata.ino()) }))
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        let ours =
            fs::symlink_metadata(&self.path).is_ok_and(|metadata| (metadata.dev(), metadata.ino()) == self.identity);
        if ours {
            // A file that stays is replaced at the next start.
            let _ = fs::remove_file(&self.path);
        }
    }
}
