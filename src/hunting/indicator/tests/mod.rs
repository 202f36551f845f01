//! Tests of what the folder promises to others, by the kind of fault that each
//! would show.

mod forms;
mod matching;
mod networks;
mod properties;
mod reading;
mod refusing;

use super::Indicator;
use crate::contract::IndicatorKind;

/// The kind and the value of what a person wrote.
fn read(written: &str) -> Result<(IndicatorKind, String), String> {
    Indicator::read(written, None).map(|indicator| (indicator.kind, indicator.value))
}

/// Holds that each text is read as one value of a kind.
fn all_read_as(kind: IndicatorKind, value: &str, texts: &[&str]) {
    for text in texts {
        assert_eq!(read(text), Ok((kind, value.to_owned())), "{text:?}");
    }
}

/// Holds that each text is refused with a reason that has these words.
fn all_refused(words: &str, texts: &[&str]) {
    for text in texts {
        match read(text) {
            Ok(read) => panic!("{text:?} was read as {read:?}"),
            Err(why) => assert!(why.contains(words), "{text:?}: {why}"),
        }
    }
}
