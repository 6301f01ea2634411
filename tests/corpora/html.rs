//! Foreign HTML made harmless.

use crate::corpus::Corpora;
use crate::score::Row;

pub(crate) fn rows(_corpora: &Corpora) -> Vec<Row> {
    Vec::new()
}
