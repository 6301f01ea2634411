//! What the writer wrote this time, apart from quotes and signatures.

use crate::corpus::Corpora;
use crate::score::Row;

pub(crate) fn rows(_corpora: &Corpora) -> Vec<Row> {
    Vec::new()
}
