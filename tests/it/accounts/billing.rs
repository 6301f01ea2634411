//! The billing system that is asked for one account: a real server on loopback that answers, fails
//! and comes back.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use penstock::accounts::AccountNumber;
use penstock::billing::{Billing, LookUp};
use penstock::config::LiveBilling;

/// A billing system that fails as often as it is told to, and counts who asks.
pub(super) struct Peer {
    pub(super) url: String,
    failing: Arc<AtomicUsize>,
    asked: Arc<AtomicUsize>,
}

impl Peer {
    /// Answers for any number with this balance, in the form of the contract's columns.
    pub(super) fn start(balance: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/accounts/{{number}}", listener.local_addr().unwrap());
        let (failing, asked) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (fails, counts) = (Arc::clone(&failing), Arc::clone(&asked));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { return };
                let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
                let first = lines.next().unwrap_or_default();
                let token =
                    lines.take_while(|line| !line.is_empty()).any(|line| line == "authorization: Bearer secret");
                counts.fetch_add(1, Ordering::SeqCst);
                let fails = fails.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok();
                let number = first.split(['/', ' ']).nth(3).unwrap_or_default();
                let (status, body) = match (fails, token, number) {
                    (true, _, _) => ("503 Service Unavailable", String::new()),
                    (false, false, _) => ("401 Unauthorized", String::new()),
                    (false, true, "0000000000000000") => ("404 Not Found", String::new()),
                    (false, true, number) => ("200 OK", account(number, balance)),
                };
                let _ = write!(
                    stream,
                    "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                    body.len()
                );
            }
        });
        Self { url, failing, asked }
    }

    /// Fails the next so many times.
    pub(super) fn fail(&self, times: usize) {
        self.failing.store(times, Ordering::SeqCst);
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

fn account(number: &str, balance: &str) -> String {
    format!(
        r#"{{"account":{{"account_number":"{number}","status":"active","name":"Ana Vega","balance":"{balance}"}},
        "payments":[{{"payment_id":"p1","posted_on":"2026-10-02","amount":"40.00","status":"posted"}}]}}"#
    )
}

fn settings(peer: &Peer) -> LiveBilling {
    LiveBilling {
        url: peer.url.clone(),
        token: Some("secret".to_owned()),
        timeout: Duration::from_secs(5),
        attempts: 2,
        fresh: Duration::from_mins(5),
        failures: 2,
        pause: Duration::from_secs(30),
    }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_780_000_000 + second).unwrap()
}

fn balance(found: &LookUp) -> Option<String> {
    match found {
        LookUp::Answered(rows, _) | LookUp::Remembered(rows, _) => rows.account.balance.map(|cents| cents.to_string()),
        LookUp::Unknown | LookUp::Down => None,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn billing_is_asked_again_remembered_and_left_alone() {
    let peer = Peer::start("77.10");
    let billing = Billing::new(settings(&peer));
    let ana: AccountNumber = "1000200030004001".parse().unwrap();
    peer.fail(1);
    let found = billing.look_up(&ana, at(0)).await;
    assert_eq!((balance(&found).as_deref(), peer.asked()), (Some("77.10"), 2), "it was asked a second time");
    let again = billing.look_up(&ana, at(299)).await;
    assert_eq!((again == found, peer.asked()), (true, 2), "an answer of a moment ago is as good");

    peer.fail(100);
    let old = billing.look_up(&ana, at(400)).await;
    assert!(matches!(old, LookUp::Remembered(_, asked) if asked == at(0)), "{old:?}");
    let other: AccountNumber = "1000200030004002".parse().unwrap();
    assert_eq!(billing.look_up(&other, at(401)).await, LookUp::Down);
    let asked = peer.asked();
    assert!(billing.is_down());
    assert_eq!(billing.look_up(&other, at(402)).await, LookUp::Down);
    assert_eq!(peer.asked(), asked, "it is left alone");

    peer.fail(0);
    assert!(matches!(billing.look_up(&other, at(440)).await, LookUp::Answered(..)), "it is tried after the pause");
    assert!(!billing.is_down());
    let nobody: AccountNumber = "0000000000000000".parse().unwrap();
    assert_eq!(billing.look_up(&nobody, at(441)).await, LookUp::Unknown);
}
