//! The bench of the account directory: an extract of half a million accounts with two years of
//! bills is generated and imported, then 10,000 letters are matched and 10,000 accounts put
//! together.
//!
//! `cargo bench --bench accounts`; `ACCOUNTS=20000 BILLS=24 cargo bench --bench accounts` for less,
//! `FOLDER=...` for where the extract and the database stand meanwhile.
#![expect(clippy::unwrap_used, reason = "a bench that cannot be set up should stop there")]

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::ToSpan as _;
use jiff::civil::{Date, date};
use penstock::accounts::{Decision, MatchQuery, context, decide_wanted, wanted};
use penstock::clock::Clock;
use penstock::pipeline::import::{ImportReport, Progress, import_with};
use penstock::store::{Options, Store};

const TODAY: Date = date(2026, 11, 24);
/// How many letters are matched and how many accounts put together.
const ROUNDS: u64 = 10_000;
const FIRST: &[&str] = &[
    "Ana", "Luis", "Denise", "Marcus", "Rosa", "Kevin", "Thanh", "Olga", "Jamal", "Teresa", "Patrick", "Wei", "Carmen",
    "Ibrahim", "Ruth", "Hector", "Nadia", "Samuel", "Grace", "Victor",
];
const LAST: &[&str] = &[
    "Morales", "Baker", "Nguyen", "Rivera", "Johnson", "Kowalski", "Santos", "Okafor", "Fischer", "Delgado", "Brooks",
    "Chen", "Murphy", "Petrov", "Haddad", "Greene", "Lopez", "Walker", "Rossi", "Schmidt",
];
const SYLLABLES: &[&str] =
    &["bel", "cor", "dan", "el", "fair", "gar", "hol", "ing", "jas", "kel", "lam", "mor", "nor", "ol", "pem", "ros"];

/// A small generator: the same number always gives the same account.
fn mixed(seed: u64) -> u64 {
    let mut value = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

fn pick<'a>(list: &[&'a str], seed: u64) -> &'a str {
    list[usize::try_from(seed % list.len() as u64).unwrap()]
}

/// One of some 2,000 streets: name, direction and kind.
fn street(seed: u64) -> (String, &'static str, &'static str) {
    let number = seed % 2048;
    let kind = ["St", "Ave", "St", "Rd"][usize::try_from(number % 4).unwrap()];
    let direction = ["N", "S", "E", "W", ""][usize::try_from(number % 5).unwrap()];
    if number < 120 {
        return (format!("{}th", 4 + number % 60), direction, "St");
    }
    let name: String = (0..3).map(|at| pick(SYLLABLES, number >> (4 * at))).collect();
    (format!("{}{}", name[..1].to_uppercase(), &name[1..]), direction, kind)
}

struct Sample {
    number: String,
    name: String,
    email: String,
    house: u64,
    street: (String, &'static str, &'static str),
}

fn sample(index: u64) -> Sample {
    let seed = mixed(index);
    let (first, last) = (pick(FIRST, seed), pick(LAST, seed >> 8));
    Sample {
        number: format!("{:016}", 1_000_200_000_000_000 + index * 1_370_003 + (seed >> 40) % 1000),
        name: format!("{first} {last}"),
        email: format!("{}.{}{index}@customer.example", first.to_lowercase(), last.to_lowercase()),
        house: 100 + (seed >> 20) % 5900,
        street: street(seed >> 32),
    }
}

impl Sample {
    fn address(&self) -> String {
        let (name, direction, kind) = &self.street;
        format!("{} {direction} {name} {kind}", self.house).replace("  ", " ")
    }
}

/// Writes the extract; bills come month by month, not account by account.
fn write_extract(folder: &Path, accounts: u64, bills: u64) {
    let open = |name: &str| BufWriter::with_capacity(1 << 20, File::create(folder.join(name)).unwrap());
    let mut file = open("accounts.csv");
    writeln!(file, "account_number,status,customer_type,service_class,name,email,phone,language,mailing_address,service_address,zip,meter_number,meter_size,ami,opened_on,balance,balance_as_of").unwrap();
    for index in 0..accounts {
        let (sample, seed) = (sample(index), mixed(index + 77));
        let unit = if index % 10 == 3 { format!(" Apt {}", 1 + seed % 9) } else { String::new() };
        writeln!(
            file,
            "{},active,owner,residential,{},{},215-{:03}-{:04},en,,{}{unit},191{:02},{:08},5/8,yes,2015-04-01,{}.{:02},{TODAY}",
            sample.number, sample.name, sample.email, 200 + seed % 700, (seed >> 12) % 10_000, sample.address(),
            seed % 54, seed % 100_000_000, seed % 900, seed % 100,
        )
        .unwrap();
    }
    file.flush().unwrap();
    let mut file = open("bills.csv");
    writeln!(file, "bill_id,account_number,kind,period_start,period_end,issued_on,due_on,read_type,usage_cf,water,sewer,service,stormwater,discount,penalty,other,total,replaces_bill_id").unwrap();
    for back in (0..bills).rev() {
        let end = TODAY.saturating_sub(i64::try_from(back).unwrap().months()).first_of_month().saturating_sub(1.days());
        let (start, issued) = (end.first_of_month(), end.saturating_add(3.days()));
        let due = issued.saturating_add(21.days());
        for index in 0..accounts {
            let seed = mixed(index * 100 + back);
            let usage = 350 + seed % 400;
            let (water, sewer) = (usage * 6, usage * 4);
            let total = water + sewer + 2896;
            writeln!(
                file,
                "B{index}-{back},{},regular,{start},{end},{issued},{due},actual,{usage},{}.{:02},{}.{:02},12.10,16.86,,,,{}.{:02},",
                sample(index).number, water / 100, water % 100, sewer / 100, sewer % 100, total / 100, total % 100,
            )
            .unwrap();
        }
    }
    file.flush().unwrap();
    let mut file = open("payments.csv");
    writeln!(file, "payment_id,account_number,posted_on,amount,method,status,source").unwrap();
    for index in 0..accounts {
        writeln!(file, "P{index},{},2026-11-02,61.{:02},echeck,posted,web", sample(index).number, index % 100).unwrap();
    }
    file.flush().unwrap();
}

/// What the `index`-th letter says, and whether its account should be found as the only one.
fn letter(index: u64, sample: &Sample) -> (String, String, bool) {
    let greeting = "Good morning,\n\nmy bill is three times as high as it was and nobody in the house can explain it. \
        I had a plumber here who found no leak.";
    let stranger = format!("writer{index}@elsewhere.example");
    let (name, direction, kind) = &sample.street;
    match index % 6 {
        0 => (format!("{greeting} My account is {}.", sample.number), stranger, true),
        1 => {
            let mut digits = sample.number.clone().into_bytes();
            let at = usize::try_from(mixed(index) % 16).unwrap();
            digits[at] = b'0' + (digits[at] - b'0' + 1) % 10;
            let slipped = String::from_utf8(digits).unwrap();
            (format!("{greeting} Account {slipped}, {}.", sample.address()), stranger, true)
        }
        2 => (format!("{greeting} I live at {}.\n\n{}", sample.address(), sample.name), stranger, true),
        3 => {
            let mut misspelt = name.clone();
            misspelt.remove(misspelt.len() / 2);
            (
                format!("{greeting} I live at {} {direction} {misspelt} {kind}.\n\n{}", sample.house, sample.name),
                stranger,
                false,
            )
        }
        4 => (format!("{greeting} I live at {} {name} {kind}.\n\n{}", sample.house, sample.name), stranger, false),
        _ => (greeting.to_owned(), sample.email.clone(), true),
    }
}

fn percentile(times: &mut [Duration], hundredths: usize) -> Duration {
    times.sort_unstable();
    times[(times.len() * hundredths / 100).min(times.len() - 1)]
}

fn most_memory_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches("kB").trim().parse::<u64>().unwrap() / 1024
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

#[tokio::main]
async fn main() {
    let (accounts, bills) = (number("ACCOUNTS", 500_000), number("BILLS", 24));
    let parent = std::env::var_os("FOLDER").map_or_else(std::env::temp_dir, Into::into);
    let folder = tempfile::tempdir_in(parent).unwrap();
    let extract = folder.path().join("extract");
    std::fs::create_dir(&extract).unwrap();
    write_extract(&extract, accounts, bills);
    let options = Options {
        url: std::env::var("URL").ok(),
        data_dir: folder.path().to_owned(),
        connections: 2,
        accept_weak_durability: false,
    };
    let store = Store::open(&options).await.unwrap();
    let quiet: Arc<Progress> = Arc::new(|_, _, _| {});
    let started = Instant::now();
    let report: ImportReport =
        import_with(&store, &Clock::System, (&extract, folder.path()), Arc::clone(&quiet)).await.unwrap();
    tell_import(&report, started.elapsed());
    let size = std::fs::metadata(folder.path().join("penstock.sqlite3")).map_or(0, |found| found.len());
    println!("most memory {} MiB, database {} MiB", most_memory_mib(), size >> 20);
    let started = Instant::now();
    assert!(import_with(&store, &Clock::System, (&extract, folder.path()), quiet).await.unwrap().unchanged);
    println!("the same extract again: {:.1} s, nothing changed", started.elapsed().as_secs_f64());
    matches(&store, accounts).await;
    contexts(&store, accounts).await;
    store.close().await;
}

#[expect(clippy::cast_precision_loss, reason = "a rate is no exact number")]
fn tell_import(report: &ImportReport, elapsed: Duration) {
    let (rows, seconds) = (report.accounts + report.rows, elapsed.as_secs_f64());
    println!(
        "import: {} accounts and {} other rows in {seconds:.1} s, {:.0} rows a second",
        report.accounts,
        report.rows,
        rows as f64 / seconds
    );
}

async fn matches(store: &Store, accounts: u64) {
    let mut times = Vec::new();
    let (mut found, mut first, mut wrong, mut expected) = (0, 0, 0, 0);
    for round in 0..ROUNDS {
        let sample = sample(mixed(round) % accounts);
        let (text, from, sure) = letter(round, &sample);
        let started = Instant::now();
        let query = MatchQuery { text: &text, from_address: &from, ..MatchQuery::default() };
        let wanted = wanted(&query);
        let mut tx = store.read().await.unwrap();
        let (candidates, contacts) = tx.accounts_wanted(&wanted).await.unwrap();
        let result = decide_wanted(&query, &wanted, (&candidates, &contacts), TODAY);
        drop(tx);
        times.push(started.elapsed());
        let right = result.candidates.first().is_some_and(|best| best.account.as_str() == sample.number);
        let matched = result.decision == Decision::Matched;
        expected += u32::from(sure);
        found += u32::from(sure && right && matched);
        first += u32::from(right);
        wrong += u32::from(matched && !right);
    }
    println!(
        "match: p50 {:?}, p99 {:?}; matched {found} of {expected} that say it all, the right account first in {first} of \
         {ROUNDS}, a wrong one matched in {wrong}",
        percentile(&mut times, 50),
        percentile(&mut times, 99)
    );
}

async fn contexts(store: &Store, accounts: u64) {
    let mut times = Vec::new();
    for round in 0..ROUNDS {
        let number = sample(mixed(round + 5_000_000) % accounts).number;
        let started = Instant::now();
        let rows = store.read().await.unwrap().whole_account(&number).await.unwrap().unwrap();
        let context = context(&rows, TODAY);
        times.push(started.elapsed());
        assert!(!context.bills.is_empty());
    }
    println!("context: p50 {:?}, p99 {:?}", percentile(&mut times, 50), percentile(&mut times, 99));
}
