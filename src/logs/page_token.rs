//! Page tokens: opaque texts that say where the next page starts. Knows
//! nothing of what is in them.

use crate::contract::Error;
use crate::sealed;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// What the token of a search begins with.
pub(super) const SEARCH: &str = "logzio-soar-search-";
/// What the token of an event's logs begins with.
pub(super) const EVENT_LOGS: &str = "logzio-soar-event-logs-";
const VERSION: u32 = 1;
/// The longest token, in characters.
const LONGEST: usize = 1 << 20;

/// Writes a token.
pub(super) fn write(kind: &str, place: &impl Serialize) -> String {
    sealed::seal(kind, VERSION, &serde_json::to_vec(place).unwrap_or_default())
}

/// Reads a token.
///
/// # Errors
/// `invalid-argument` where it is damaged, or of another operation.
pub(super) fn read<T: DeserializeOwned>(kind: &str, token: &str) -> Result<T, Error> {
    let foreign = || {
        Error::InvalidArgument(
            "this is not a page token of this operation, or it is damaged: pass the last page's `next` unchanged, or \
             none"
                .into(),
        )
    };
    if token.len() > LONGEST {
        return Err(foreign());
    }
    let (_, bytes) = sealed::open(kind, VERSION, token).map_err(|_| foreign())?;
    serde_json::from_slice(&bytes).map_err(|_| foreign())
}
