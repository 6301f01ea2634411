//! A fictional billing extract: accounts with two years of bills, payments and situations.

use std::fs::File;
use std::io;
use std::path::Path;

use jiff::ToSpan as _;
use jiff::civil::Date;

use crate::money::Cents;

/// The parts of an account that letters need.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampleAccount {
    /// Its number.
    pub number: String,
    /// The accountholder.
    pub name: String,
    /// Their address on file.
    pub email: String,
    /// The service address.
    pub service_address: String,
}

const FIRST: &[&str] = &[
    "Ana", "Luis", "Denise", "Marcus", "Rosa", "Kevin", "Thanh", "Olga", "Jamal", "Teresa", "Patrick", "Wei", "Carmen",
    "Ibrahim", "Ruth", "Hector",
];
const LAST: &[&str] = &[
    "Morales Ortiz",
    "Baker Hill",
    "Nguyen Tran",
    "Rivera Cruz",
    "Johnson Lee",
    "Kowalski Reed",
    "Santos Vega",
    "Okafor Grant",
    "Fischer Dunn",
    "Delgado Pagan",
    "Brooks Avery",
    "Chen Liang",
];
const STREETS: &[&str] = &[
    "N 5th St",
    "E Cambria St",
    "W Girard Ave",
    "S Broad St",
    "Frankford Ave",
    "Chester Ave",
    "N 29th St",
    "Torresdale Ave",
    "W Lehigh Ave",
    "Spruce St",
    "E Allegheny Ave",
    "Woodland Ave",
];

/// A small generator: the same number always gives the same account.
fn mixed(seed: u64) -> u64 {
    let mut value = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

fn pick(list: &'static [&'static str], seed: u64) -> &'static str {
    list[usize::try_from(seed % list.len() as u64).unwrap_or(0)]
}

/// The `index`-th account.
#[must_use]
pub fn sample_account(index: usize) -> SampleAccount {
    let seed = mixed(index as u64);
    let (first, last) = (pick(FIRST, seed), pick(LAST, seed >> 8));
    let street = pick(STREETS, seed >> 16);
    SampleAccount {
        number: format!("{:016}", 1_000_200_000_000_000 + (index as u64) * 1_370_003 + (seed >> 40) % 1000),
        name: format!("{first} {last}"),
        email: format!(
            "{}.{}{index}@customer.example",
            first.to_lowercase(),
            last.split(' ').next().unwrap_or("x").to_lowercase()
        ),
        service_address: format!("{} {street}", 100 + 3 * index),
    }
}

/// Writes an extract of `count` accounts as of a day.
pub fn write_extract(folder: &Path, count: usize, today: Date) -> io::Result<()> {
    let open = |name: &str| -> io::Result<csv::Writer<File>> {
        Ok(csv::Writer::from_writer(File::create(folder.join(name))?))
    };
    let (mut accounts, mut bills, mut payments) = (open("accounts.csv")?, open("bills.csv")?, open("payments.csv")?);
    let (mut notices, mut assistance) = (open("notices.csv")?, open("assistance.csv")?);
    accounts.write_record([
        "account_number",
        "status",
        "customer_type",
        "service_class",
        "name",
        "email",
        "phone",
        "language",
        "mailing_address",
        "service_address",
        "meter_number",
        "balance",
        "balance_as_of",
    ])?;
    bills.write_record([
        "bill_id",
        "account_number",
        "kind",
        "period_start",
        "period_end",
        "issued_on",
        "due_on",
        "read_type",
        "usage_cf",
        "water",
        "service",
        "stormwater",
        "total",
    ])?;
    payments.write_record(["payment_id", "account_number", "posted_on", "amount", "method", "status"])?;
    notices.write_record(["notice_id", "account_number", "kind", "issued_on", "effective_on", "amount", "status"])?;
    assistance.write_record(["account_number", "program", "status", "since"])?;
    for index in 0..count {
        let account = sample_account(index);
        let seed = mixed(index as u64 + 77);
        let balance = write_bills(&mut bills, &mut payments, (index, &account), today)?;
        let tenant = index % 9 == 4;
        accounts.write_record([
            account.number.as_str(),
            "active",
            if tenant { "tenant" } else { "owner" },
            if index % 11 == 5 { "commercial" } else { "residential" },
            &account.name,
            &account.email,
            &format!("215-555-{:04}", 100 + index % 100),
            if index % 3 == 0 { "es" } else { "en" },
            &format!("{}, Philadelphia, PA 19107", account.service_address),
            &account.service_address,
            &format!("{:07}", 1_000_000 + seed % 8_999_999),
            &balance.to_string(),
            &today.to_string(),
        ])?;
        if balance.0 > 100_000 {
            let (issued, effective) = (today.saturating_sub(10.days()), today.saturating_add(20.days()));
            notices.write_record([
                &format!("N{index}"),
                &account.number,
                "shutoff_final",
                &issued.to_string(),
                &effective.to_string(),
                &balance.to_string(),
                "open",
            ])?;
        }
        if index % 8 == 6 {
            let status = if index % 16 == 6 { "enrolled" } else { "pending" };
            assistance.write_record([
                account.number.as_str(),
                "tap",
                status,
                &today.saturating_sub(60.days()).to_string(),
            ])?;
        }
    }
    for writer in [&mut accounts, &mut bills, &mut payments, &mut notices, &mut assistance] {
        writer.flush()?;
    }
    Ok(())
}

/// Two years of bills and payments; gives the balance that they leave.
fn write_bills(
    bills: &mut csv::Writer<File>,
    payments: &mut csv::Writer<File>,
    (index, account): (usize, &SampleAccount),
    today: Date,
) -> io::Result<Cents> {
    let mut balance = Cents::ZERO;
    for back in (0..24_i32).rev() {
        let end = today.saturating_sub(back.months()).first_of_month().saturating_sub(1.days());
        let start = end.first_of_month();
        let issued = end.saturating_add(3.days());
        let seed = mixed(index as u64 * 100 + u64::try_from(back).unwrap_or(0));
        let usual = 350 + i64::try_from(seed % 200).unwrap_or(0);
        let (read_type, usage) = match (index % 12, back) {
            (1, 0) => ("actual", usual * 3),
            (2, 0) => ("actual", usual * 6),
            (2, 1..=5) => ("estimated", 400),
            (3, 0..=7) => ("zero", 0),
            _ => ("actual", usual),
        };
        let (water, service, stormwater) = (Cents(usage * 9), Cents(1_210), Cents(1_686));
        let total = water + service + stormwater;
        balance += total;
        bills.write_record([
            &format!("B{index}-{back:02}"),
            &account.number,
            "regular",
            &start.to_string(),
            &end.to_string(),
            &issued.to_string(),
            &issued.saturating_add(21.days()).to_string(),
            read_type,
            &usage.to_string(),
            &water.to_string(),
            &service.to_string(),
            &stormwater.to_string(),
            &total.to_string(),
        ])?;
        let pays = match index % 6 {
            5 => back > 14,
            4 => back > 1,
            _ => back > 0,
        };
        if pays {
            balance += -total;
            let posted = issued.saturating_add(12.days());
            payments.write_record([
                &format!("P{index}-{back:02}"),
                &account.number,
                &posted.to_string(),
                &total.to_string(),
                "echeck",
                "posted",
            ])?;
        }
    }
    Ok(balance)
}
