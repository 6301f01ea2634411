//! Owns a small server that stands for the outside world and remembers who asked for what.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};

/// A server that answers everything with a picture of one dot.
pub(super) struct Canary {
    pub(super) address: String,
    asked: Arc<Mutex<Vec<String>>>,
}

const DOT: &[u8] = b"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"1\" height=\"1\"/>";

impl Canary {
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&asked);
        // It ends with the test process.
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { continue };
                let mut bytes = [0; 4096];
                let Ok(count) = stream.read(&mut bytes) else { continue };
                let request = String::from_utf8_lossy(&bytes[..count]).into_owned();
                let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
                heard.lock().unwrap().push(path);
                let header = format!(
                    "HTTP/1.1 200 OK\r\ncontent-type: image/svg+xml\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                    DOT.len()
                );
                let _ = stream.write_all(header.as_bytes()).and_then(|()| stream.write_all(DOT));
            }
        });
        Self { address, asked }
    }

    /// What was asked for so far.
    pub(super) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}
