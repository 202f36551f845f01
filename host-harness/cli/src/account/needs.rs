//! Which tokens a command needs, and what happens if one is missing.

use std::io::{self, IsTerminal};

use super::found::Found;
use super::tokens::ask;
use crate::failure::Failure;
use crate::output::note;

/// Which tokens a command needs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Needs {
    Security,
    Operations,
    /// One of the two is enough.
    Either,
    /// None: a request brings its own where there is none.
    Nothing,
}

pub(super) fn ask_for_missing(found: &mut Found, needs: Needs) -> Result<(), Failure> {
    let (security, operations) = match needs {
        Needs::Security => (found.security_token.is_none(), false),
        Needs::Operations => (false, found.operations_token.is_none()),
        Needs::Either => {
            let none = found.security_token.is_none() && found.operations_token.is_none();
            (none, none)
        }
        Needs::Nothing => return Ok(()),
    };
    let someone_is_there = io::stdin().is_terminal() && io::stderr().is_terminal();
    if someone_is_there && needs == Needs::Either && security {
        note("one token is enough; press Enter to leave the other one out");
    }
    if security && someone_is_there {
        found.security_token = ask("API token of the Security account: ")?;
    }
    if operations && someone_is_there {
        found.operations_token = ask("API token of the Operations account: ")?;
    }
    let missing = match needs {
        Needs::Security if found.security_token.is_none() => ("Security", "SECURITY", "security"),
        Needs::Operations if found.operations_token.is_none() => ("Operations", "OPERATIONS", "operations"),
        Needs::Either if found.security_token.is_none() && found.operations_token.is_none() => {
            return Err(Failure::Usage(
                "there is no token: set LOGZIO_SECURITY_TOKEN or LOGZIO_OPERATIONS_TOKEN, or use \
                 --security-token-file or --operations-token-file"
                    .into(),
            ));
        }
        _ => return Ok(()),
    };
    let (account, variable, flag) = missing;
    Err(Failure::Usage(format!(
        "there is no token of the {account} account: set LOGZIO_{variable}_TOKEN, use \
         --{flag}-token-file FILE, or write {flag}-token into the configuration file"
    )))
}
