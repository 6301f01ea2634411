//! Draws a letter that is laid out, and tags what is drawn in reading order.

use std::num::NonZeroU16;

use krilla::SerializeSettings;
use krilla::color::luma;
use krilla::configure::{Accessibility, Archival, ConfigurationBuilder};
use krilla::destination::XyzDestination;
use krilla::document::Document;
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::metadata::{DateTime, Metadata, TextDirection as Direction};
use krilla::num::NormalizedF32;
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::paint::{Fill, FillRule};
use krilla::surface::Surface;
use krilla::tagging::{
    Artifact, ArtifactType, ContentTag, Identifier, ListNumbering, Node, SpanTag, TableHeaderScope, Tag, TagGroup,
    TagTree,
};
use krilla::text::TextDirection;

use super::code;
use super::face::Faces;
use super::layout::{CODE, CODE_TOP, FOLDS, LaidOut, Line, PAGE, PlacedChart, Role, SIDE};
use super::{PostError, PostedLetter};

/// What was drawn, and what it is.
struct Drawn<'a> {
    line: &'a Line,
    identifier: Identifier,
}

/// Makes the document.
pub(super) fn paint(letter: &PostedLetter<'_>, laid_out: &LaidOut, faces: &Faces) -> Result<Vec<u8>, PostError> {
    let failed = |error: &dyn std::fmt::Debug| PostError::Document(format!("{error:?}"));
    let configuration = ConfigurationBuilder::new()
        .with_archival_validator(Archival::A2_A)
        .with_accessibility_validator(Accessibility::UA1)
        .finish()
        .map_err(|error| failed(&error))?;
    let mut document = Document::new_with(SerializeSettings { configuration, ..SerializeSettings::default() });
    document.set_metadata(metadata(letter));
    let mut drawn = Vec::with_capacity(laid_out.lines.len());
    let (mut code, mut chart) = (None, None);
    for page in 0..laid_out.pages {
        let Some(settings) = PageSettings::from_wh(PAGE.0, PAGE.1) else { continue };
        let mut sheet = document.start_page_with(settings);
        let mut surface = sheet.surface();
        if page == 0 {
            fold_marks(&mut surface);
        }
        for line in laid_out.lines.iter().filter(|line| line.page == page) {
            drawn.push(Drawn { line, identifier: text(&mut surface, line, faces) });
        }
        if page == 0 {
            code = Some(draw_code(&mut surface, letter));
        }
        if let Some(placed) = laid_out.chart.as_ref().filter(|placed| placed.page == page) {
            chart = Some(draw_chart(&mut surface, placed));
        }
        foot(&mut surface, letter, laid_out, page, faces);
        surface.finish();
        sheet.finish();
    }
    document.set_outline(outline(letter, laid_out));
    document.set_tag_tree(tree(letter, laid_out, &drawn, code, chart));
    document.finish().map_err(|error| failed(&error))
}

fn metadata(letter: &PostedLetter<'_>) -> Metadata {
    let day = letter.written_on;
    let number = |part: i8| u8::try_from(part).unwrap_or(1);
    let written = DateTime::new(u16::try_from(day.year()).unwrap_or(0))
        .month(number(day.month()))
        .day(number(day.day()))
        .hour(12)
        .minute(0)
        .second(0)
        .utc_offset_hour(0)
        .utc_offset_minute(0);
    Metadata::new()
        .title(letter.subject.to_owned())
        .language(letter.labels.language.clone())
        .authors(letter.letterhead.first().cloned().into_iter().collect())
        .creator("Penstock".to_owned())
        .document_id(letter.reference.to_string())
        .text_direction(Direction::LeftToRight)
        .creation_date(written)
}

fn outline(letter: &PostedLetter<'_>, laid_out: &LaidOut) -> Outline {
    let heading = laid_out.lines.iter().find(|line| line.role == Role::Heading);
    let (page, y) = heading.map_or((0, 0.0), |line| (line.page, line.y - line.size));
    let mut outline = Outline::new();
    outline.push_child(OutlineNode::new(letter.subject.to_owned(), XyzDestination::new(page, Point::from_xy(0.0, y))));
    outline
}

fn ink(level: u8) -> Fill {
    Fill { paint: luma::Color::new(level).into(), opacity: NormalizedF32::ONE, rule: FillRule::default() }
}

fn fill_rectangle(surface: &mut Surface<'_>, left: f32, top: f32, width: f32, height: f32) {
    let Some(rectangle) = Rect::from_xywh(left, top, width, height) else { return };
    let mut path = PathBuilder::new();
    path.push_rect(rectangle);
    if let Some(path) = path.finish() {
        surface.draw_path(&path);
    }
}

fn text(surface: &mut Surface<'_>, line: &Line, faces: &Faces) -> Identifier {
    let identifier = surface.start_tagged(ContentTag::Span(SpanTag::empty()));
    surface.set_fill(Some(ink(20)));
    let face = if line.bold { &faces.bold } else { &faces.text };
    // The blank keeps the last word of a line apart from the next line's first.
    let text = format!("{} ", line.text);
    surface.draw_text(
        Point::from_xy(line.x, line.y),
        face.font.clone(),
        line.size,
        &text,
        false,
        TextDirection::LeftToRight,
    );
    surface.end_tagged();
    identifier
}

fn fold_marks(surface: &mut Surface<'_>) {
    surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(ArtifactType::Page)));
    surface.set_fill(Some(ink(120)));
    for fold in FOLDS {
        fill_rectangle(surface, 14.0, fold, 10.0, 0.5);
    }
    surface.end_tagged();
}

fn draw_code(surface: &mut Surface<'_>, letter: &PostedLetter<'_>) -> Identifier {
    let identifier = surface.start_tagged(ContentTag::Other);
    surface.set_fill(Some(ink(0)));
    let rows = code::modules(letter.reference);
    let size = CODE / f32::from(u16::try_from(rows.len().max(1)).unwrap_or(u16::MAX));
    let left = PAGE.0 - SIDE - CODE;
    let mut y = CODE_TOP;
    for row in &rows {
        let mut x = left;
        for dark in row {
            if *dark {
                fill_rectangle(surface, x, y, size, size);
            }
            x += size;
        }
        y += size;
    }
    surface.end_tagged();
    identifier
}

fn draw_chart(surface: &mut Surface<'_>, placed: &PlacedChart) -> Identifier {
    let identifier = surface.start_tagged(ContentTag::Other);
    surface.set_fill(Some(ink(60)));
    fill_rectangle(surface, SIDE, placed.base, PAGE.0 - 2.0 * SIDE, 0.75);
    for bar in &placed.bars {
        let (left, top) = (SIDE + bar.left, placed.base - bar.height);
        surface.set_fill(Some(ink(60)));
        fill_rectangle(surface, left, top, bar.width, bar.height);
        // An estimated bar is an outline: colour alone says nothing on paper.
        if bar.estimated && bar.height > 3.0 && bar.width > 3.0 {
            surface.set_fill(Some(ink(255)));
            fill_rectangle(surface, left + 1.0, top + 1.0, bar.width - 2.0, bar.height - 1.0);
        }
    }
    surface.end_tagged();
    identifier
}

fn foot(surface: &mut Surface<'_>, letter: &PostedLetter<'_>, laid_out: &LaidOut, page: usize, faces: &Faces) {
    let size = if letter.large_print { 14.0 } else { 8.5 };
    let line = format!("{} · {}", letter.reference, letter.labels.page_line(page + 1, laid_out.pages));
    surface.start_tagged(ContentTag::Artifact(Artifact::with_kind(ArtifactType::Footer)));
    surface.set_fill(Some(ink(60)));
    let x = PAGE.0 - SIDE - faces.text.width(&line, size);
    let place = Point::from_xy(x, PAGE.1 - 40.0);
    surface.draw_text(place, faces.text.font.clone(), size, &line, false, TextDirection::LeftToRight);
    surface.end_tagged();
}

/// The tags of everything drawn, in reading order.
fn tree(
    letter: &PostedLetter<'_>,
    laid_out: &LaidOut,
    drawn: &[Drawn<'_>],
    code: Option<Identifier>,
    chart: Option<Identifier>,
) -> TagTree {
    let mut tree = TagTree::new().with_lang(Some(letter.labels.language.clone()));
    let figure = |identifier: Identifier, alternative: &str| {
        TagGroup::with_children(Tag::Figure(Some(alternative.to_owned())), vec![identifier.into()])
    };
    let mut figures = Vec::new();
    if let Some(code) = code {
        figures.push((0, figure(code, &letter.labels.code_line(letter.reference.as_str()))));
    }
    if let (Some(chart), Some(placed), Some(usage)) = (chart, &laid_out.chart, letter.usage) {
        figures.push((placed.after_group, figure(chart, &usage.alternative)));
    }
    for block in drawn.chunk_by(|one, other| one.line.group == other.line.group) {
        if let Some(group) = tagged(block) {
            tree.push(group);
        }
        let Some(first) = block.first() else { continue };
        while let Some(place) = figures.iter().position(|(after, _)| *after == first.line.group) {
            tree.push(figures.remove(place).1);
        }
    }
    tree
}

fn tagged(block: &[Drawn<'_>]) -> Option<TagGroup> {
    let line = block.first()?.line;
    let leaves = |drawn: &[Drawn<'_>]| drawn.iter().map(|one| Node::from(one.identifier)).collect::<Vec<_>>();
    let title = || block.iter().map(|one| one.line.text.as_str()).collect::<Vec<_>>().join(" ");
    let heading = |level: u16| {
        let level = NonZeroU16::new(level).unwrap_or(NonZeroU16::MIN);
        TagGroup::with_children(Tag::Hn(level, Some(title())), leaves(block))
    };
    Some(match line.role {
        Role::Heading => heading(1),
        Role::Subheading => heading(2),
        Role::Mark | Role::Item => list(block),
        Role::Head | Role::RowHead | Role::Cell => table(block),
        Role::Paragraph => TagGroup::with_children(Tag::P, leaves(block)),
    })
}

fn list(block: &[Drawn<'_>]) -> TagGroup {
    let mut list = TagGroup::new(Tag::L(ListNumbering::Disc));
    for item in block.chunk_by(|one, other| one.line.part == other.line.part) {
        let leaves = |role: Role| {
            item.iter().filter(|one| one.line.role == role).map(|one| Node::from(one.identifier)).collect::<Vec<_>>()
        };
        let mut group = TagGroup::new(Tag::LI);
        group.push(TagGroup::with_children(Tag::Lbl, leaves(Role::Mark)));
        group.push(TagGroup::with_children(Tag::LBody, leaves(Role::Item)));
        list.push(group);
    }
    list
}

fn table(block: &[Drawn<'_>]) -> TagGroup {
    let mut table = TagGroup::new(Tag::Table);
    for row in block.chunk_by(|one, other| one.line.part == other.line.part) {
        let mut group = TagGroup::new(Tag::TR);
        for cell in row {
            let leaf = vec![cell.identifier.into()];
            group.push(match cell.line.role {
                Role::Head => TagGroup::with_children(Tag::TH(TableHeaderScope::Column), leaf),
                Role::RowHead => TagGroup::with_children(Tag::TH(TableHeaderScope::Row), leaf),
                _ => TagGroup::with_children(Tag::TD, leaf),
            });
        }
        table.push(group);
    }
    table
}
