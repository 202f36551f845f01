//! Why a value was refused: what is expected, and where. The texts quote names, but no value, which may be a token.

use std::error::Error;
use std::fmt;

/// How much of an unknown name is quoted, in characters.
const LONGEST_NAME: usize = 60;

/// Why a JSON text is not the form of a value: the place, and what is expected there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    path: String,
    why: String,
}

impl Refusal {
    /// Something is wrong at a place.
    #[must_use]
    pub fn new(path: &str, why: impl Into<String>) -> Self {
        Self { path: path.to_owned(), why: why.into() }
    }

    /// Something else is expected at a place.
    #[must_use]
    pub fn expected(path: &str, what: &str) -> Self {
        Self::new(path, format!("{what} is expected"))
    }

    /// One of some names is expected.
    #[must_use]
    pub fn one_is_expected<'a>(path: &str, names: impl IntoIterator<Item = &'a str>) -> Self {
        let names: Vec<String> = names.into_iter().map(|name| format!("{name:?}")).collect();
        match names.as_slice() {
            [only] => Self::expected(path, only),
            names => Self::expected(path, &format!("one of {}", names.join(", "))),
        }
    }

    /// A field that has to be there is not.
    #[must_use]
    pub fn missing(path: &str) -> Self {
        Self::new(path, "it is missing: add it")
    }

    /// A value stands where there is none.
    #[must_use]
    pub fn nothing_belongs_here(path: &str) -> Self {
        Self::new(path, "nothing belongs here: leave it out")
    }

    /// An object has a key twice.
    #[must_use]
    pub fn repeated(path: &str, key: &str) -> Self {
        Self::new(path, format!("the key {:?} is there twice: keep one", shortened(key)))
    }

    /// A field that is not known.
    #[must_use]
    pub fn unknown_field<'a>(path: &str, unknown: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        let unknown = shortened(unknown);
        let known: Vec<&str> = known.into_iter().collect();
        match known.as_slice() {
            [] => Self::new(path, format!("unknown field {unknown:?}: there are none, leave it out")),
            known => Self::new(path, format!("unknown field {unknown:?}: the fields are {}", known.join(", "))),
        }
    }

    /// The place, such as `arguments.request.limit`.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }
}

/// The path of a member whose name comes from outside.
pub(crate) fn member_path(path: &str, name: &str) -> String {
    format!("{path}.{}", shortened(name))
}

fn shortened(name: &str) -> String {
    name.chars().take(LONGEST_NAME).collect()
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.why)
    }
}

impl Error for Refusal {}
