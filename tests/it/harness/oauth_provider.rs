//! Owns a provider of OAuth 2 tokens on loopback: it exchanges refresh tokens, replaces them each
//! time, and tells a mail server whose an access token is.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// A running provider; it ends with the test process.
pub(crate) struct OAuthProvider {
    /// Where it listens.
    pub(crate) port: u16,
    state: Arc<Mutex<State>>,
}

struct State {
    user: String,
    /// The refresh token that is taken next.
    refresh_token: String,
    exchanges: usize,
}

impl OAuthProvider {
    /// Starts a provider for one user, whose first refresh token is `first`.
    pub(crate) fn start(user: &str) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let state =
            Arc::new(Mutex::new(State { user: user.to_owned(), refresh_token: "first".to_owned(), exchanges: 0 }));
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                answer(&stream, &shared);
            }
        });
        Self { port, state }
    }

    /// The refresh token that is taken next.
    pub(crate) fn refresh_token(&self) -> String {
        self.state.lock().unwrap().refresh_token.clone()
    }
}

fn answer(stream: &TcpStream, state: &Mutex<State>) {
    let mut reader = BufReader::new(stream);
    let mut request = String::new();
    let mut length = 0;
    let _ = reader.read_line(&mut request);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) <= 2 {
            break;
        }
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut form = vec![0; length];
    let _ = reader.read_exact(&mut form);
    let (status, body) = reply(&request, &String::from_utf8_lossy(&form), &mut state.lock().unwrap());
    let text = format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    let mut stream = stream;
    let _ = stream.write_all(text.as_bytes());
}

fn reply(request: &str, form: &str, state: &mut State) -> (&'static str, String) {
    let token = format!("access-{}", state.exchanges);
    if request.starts_with("GET /tokeninfo?access_token=") {
        let asked = request.split("access_token=").nth(1).unwrap().split(' ').next().unwrap();
        if asked == token {
            return ("200 OK", format!("{{\"email\":\"{}\",\"active\":\"true\"}}", state.user));
        }
        return ("401 Unauthorized", "{\"error\":\"invalid_token\"}".to_owned());
    }
    if !form.contains(&format!("refresh_token={}", state.refresh_token)) || !form.contains("grant_type=refresh_token") {
        return (
            "400 Bad Request",
            "{\"error\":\"invalid_grant\",\"error_description\":\"the grant has ended\"}".to_owned(),
        );
    }
    state.exchanges += 1;
    state.refresh_token = format!("renewed-{}", state.exchanges);
    let body = format!(
        "{{\"access_token\":\"access-{}\",\"expires_in\":3600,\"refresh_token\":\"{}\"}}",
        state.exchanges, state.refresh_token
    );
    ("200 OK", body)
}
