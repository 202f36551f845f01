//! Why a value was refused: what is expected, and where. The texts quote names, but no value, which may be a token.

/// How much of an unknown name is quoted, in characters.
const LONGEST_NAME: usize = 60;

/// Something else is expected at a place.
#[must_use]
pub fn expected(path: &str, what: &str) -> String {
    format!("{path}: {what} is expected")
}

/// One of some names is expected.
#[must_use]
pub fn one_is_expected<'a>(path: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| format!("{name:?}")).collect();
    match names.as_slice() {
        [only] => expected(path, only),
        names => expected(path, &format!("one of {}", names.join(", "))),
    }
}

/// A field that has to be there is not.
#[must_use]
pub fn missing(path: &str) -> String {
    format!("{path}: it is missing: add it")
}

/// A value stands where there is none.
#[must_use]
pub fn nothing_belongs_here(path: &str) -> String {
    format!("{path}: nothing belongs here: leave it out")
}

/// A field that is not known.
#[must_use]
pub fn unknown_field<'a>(path: &str, unknown: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let unknown: String = unknown.chars().take(LONGEST_NAME).collect();
    let known: Vec<&str> = known.into_iter().collect();
    match known.as_slice() {
        [] => format!("{path}: unknown field {unknown:?}: there are none, leave it out"),
        known => format!("{path}: unknown field {unknown:?}: the fields are {}", known.join(", ")),
    }
}
