//! A text cut where marks begin and end, so that marks may overlap however they like.

/// What a mark says of its words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// They are in another language, which HTML names so.
    Part(&'static str),
    /// They ask something.
    Ask,
    /// They raised a flag.
    Flag,
    /// They spoke for a topic.
    Evidence,
}

/// A place of the text, in characters, with what is said of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) kind: Kind,
    pub(super) label: Label,
}

/// The small words beside marked ones, which say what the mark means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Label {
    /// The anchor; empty for none.
    pub(in super::super) id: String,
    /// What everybody sees.
    pub(in super::super) shown: String,
    /// What is read out instead, where what is seen says too little.
    pub(in super::super) told: String,
}

impl Label {
    pub(super) fn seen(shown: &str) -> Self {
        Self::at(String::new(), shown, "")
    }

    pub(super) fn at(id: String, shown: &str, told: &str) -> Self {
        Self { id, shown: shown.to_owned(), told: told.to_owned() }
    }
}

/// A piece of the text within which nothing begins or ends.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in super::super) struct Piece {
    pub(in super::super) before: Vec<Label>,
    pub(in super::super) text: String,
    pub(in super::super) after: Vec<Label>,
    /// The classes of its marks; empty for none.
    pub(in super::super) classes: String,
    /// The language, where it is another than the letter's.
    pub(in super::super) language: &'static str,
    /// Whether its words carry weight, beyond standing in a marked sentence.
    pub(in super::super) weighty: bool,
}

/// Cuts a text; marks that do not stand in it are left out.
pub(super) fn pieces(text: &str, mut marks: Vec<Mark>) -> Vec<Piece> {
    let length = text.chars().count();
    marks.retain(|mark| mark.start < mark.end && mark.end <= length);
    marks.sort_by_key(|mark| mark.start);
    let mut cuts: Vec<usize> = marks.iter().flat_map(|mark| [mark.start, mark.end]).chain([0, length]).collect();
    cuts.sort_unstable();
    cuts.dedup();
    let mut marks = marks.into_iter().peekable();
    let mut open: Vec<Mark> = Vec::new();
    let mut rest = text.chars();
    let mut pieces = Vec::with_capacity(cuts.len());
    for cut in cuts.windows(2) {
        let [start, end] = *cut else { continue };
        let mut piece = Piece { text: rest.by_ref().take(end - start).collect(), ..Piece::default() };
        while let Some(mark) = marks.next_if(|mark| mark.start == start) {
            if matches!(mark.kind, Kind::Part(_) | Kind::Ask) {
                piece.before.push(mark.label.clone());
            }
            open.push(mark);
        }
        piece.describe(&open);
        open.retain(|mark| {
            let goes_on = mark.end > end;
            if !goes_on && matches!(mark.kind, Kind::Flag | Kind::Evidence) {
                piece.after.push(mark.label.clone());
            }
            goes_on
        });
        pieces.push(piece);
    }
    pieces
}

impl Piece {
    fn describe(&mut self, open: &[Mark]) {
        let mut classes: Vec<&str> = Vec::new();
        for mark in open {
            let class = match mark.kind {
                Kind::Part(language) => {
                    self.language = language;
                    "part"
                }
                Kind::Ask => "ask",
                Kind::Flag => "flag",
                Kind::Evidence => "evidence",
            };
            self.weighty |= matches!(mark.kind, Kind::Flag | Kind::Evidence);
            if !classes.contains(&class) {
                classes.push(class);
            }
        }
        self.classes = classes.join(" ");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn mark(start: usize, end: usize, kind: Kind) -> Mark {
        Mark { start, end, kind, label: Label::at(format!("{start}-{end}"), "1", "") }
    }

    #[test]
    fn marks_may_overlap() {
        let found = pieces("año nuevo", vec![mark(0, 5, Kind::Evidence), mark(4, 9, Kind::Flag)]);
        let texts: Vec<(&str, &str)> = found.iter().map(|piece| (&*piece.text, &*piece.classes)).collect();
        assert_eq!(texts, [("año ", "evidence"), ("n", "evidence flag"), ("uevo", "flag")]);
        assert_eq!(found[1].after[0].id, "0-5");
        assert!(found.iter().all(|piece| piece.weighty));
    }

    #[test]
    fn a_text_without_marks_is_one_piece_and_an_empty_one_is_none() {
        assert_eq!(pieces("hello", Vec::new()).len(), 1);
        assert!(pieces("", vec![mark(0, 3, Kind::Ask)]).is_empty());
    }

    proptest! {
        #[test]
        fn nothing_of_the_text_is_lost_and_every_mark_has_its_label_once(
            text in "\\PC{0,40}",
            places in prop::collection::vec((0..50_usize, 0..50_usize, 0..4_usize), 0..12),
        ) {
            let kinds = [Kind::Part("es"), Kind::Ask, Kind::Flag, Kind::Evidence];
            let marks: Vec<Mark> = places.iter().map(|(start, end, kind)| mark(*start, *end, kinds[*kind])).collect();
            let fit = marks.iter().filter(|mark| mark.start < mark.end && mark.end <= text.chars().count()).count();
            let found = pieces(&text, marks);
            prop_assert_eq!(found.iter().map(|piece| piece.text.as_str()).collect::<String>(), text);
            prop_assert_eq!(found.iter().map(|piece| piece.before.len() + piece.after.len()).sum::<usize>(), fit);
        }
    }
}
