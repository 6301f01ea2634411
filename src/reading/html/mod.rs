//! HTML from strangers: as text to read, and made harmless to look at.

mod display;
mod references;
mod rewrite;
mod style;
mod text;
mod tokens;

pub use display::display_html;
pub use text::text;
pub(super) use tokens::image_references;
