//! Letters that speak of self-harm: they stand above everything else until they are answered.

use crate::classification::{Classification, FlagFound};
use crate::store::{CaseRow, StoreError, Tx};

/// The cases in work whose letters speak of self-harm, the longest due first.
pub async fn crises(tx: &mut Tx) -> Result<Vec<CaseRow>, StoreError> {
    let mut cases = tx.threatening_cases().await?;
    let ids: Vec<&str> = cases.iter().map(|case| case.id.as_str()).collect();
    let classifications = tx.classifications_of(&ids).await?;
    let speaks = |text: &str| {
        let found: Option<Classification> = serde_json::from_str(text).ok();
        found.is_some_and(|found| found.flags.iter().any(FlagFound::speaks_of_self_harm))
    };
    let meant: Vec<&String> = classifications.iter().filter(|(_, text)| speaks(text)).map(|(case, _)| case).collect();
    cases.retain(|case| meant.iter().any(|id| *id == case.id.as_str()));
    Ok(cases)
}
