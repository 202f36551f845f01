//! Whether words stand in a row.

/// Whether the words stand in the text with no more than `slop` places off in
/// all, as Lucene measures it: the spread of where each would have the phrase
/// begin.
pub(crate) fn has_phrase(text: &[String], phrase: &[String], slop: usize) -> bool {
    fn place(
        text: &[String],
        phrase: &[String],
        at: i64,
        spread: Option<(i64, i64)>,
        slop: i64,
        taken: &mut Vec<usize>,
    ) -> bool {
        let Some((word, rest)) = phrase.split_first() else {
            return true;
        };
        for (position, candidate) in text.iter().enumerate() {
            if candidate != word || taken.contains(&position) {
                continue;
            }
            let start = position as i64 - at;
            let (low, high) = spread.map_or((start, start), |(low, high)| (low.min(start), high.max(start)));
            if high - low > slop {
                continue;
            }
            taken.push(position);
            let placed = place(text, rest, at + 1, Some((low, high)), slop, taken);
            taken.pop();
            if placed {
                return true;
            }
        }
        false
    }
    !phrase.is_empty() && place(text, phrase, 0, None, slop as i64, &mut Vec::new())
}
