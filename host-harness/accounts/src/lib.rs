//! Named Logz.io accounts: the file `accounts.toml`, and tokens that it names and does not hold.
//!
//! An account has a name, an endpoint, references to its tokens, and what is fetched from it. [`Accounts::read`] reads and
//! checks all of them; [`Account::connection`] gets the tokens, anew each time. [`add`] and [`remove`] change the file, and keep
//! its comments and its order.
//!
//! ```no_run
//! use std::path::Path;
//! use std::time::Duration;
//!
//! use logzio_soar_accounts::Accounts;
//! use logzio_soar_host::contract::Start;
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let accounts = Accounts::read(Path::new("accounts.toml"), Duration::from_secs(30))?;
//! for account in accounts.iter() {
//!     let connection = account.connection().await?;
//!     let request = account.request(Start::At(account.first_fetch().to_owned()));
//!     println!("{} at {}: {connection:?}", account.name, account.endpoint().origin().unwrap_or_default());
//! }
//! # Ok(())
//! # }
//! ```
//!
//! No token is in an error, a warning or debug output. What is said about the file names keys and lines, and quotes no value:
//! a token may have been pasted into the wrong place.
//!
//! # Layers
//!
//! ```text
//! accounts         all accounts of a file
//! document         accounts.toml: read, checked, changed
//! account          one account: its connection and its requests
//! error            why accounts cannot be read or changed, or a token cannot be had
//! fault, token     what is wrong in a file; tokens, references to them, and how they are resolved
//! name, private_file, shown
//!                  leaves
//! ```

mod account;
mod accounts;
mod document;
mod error;
mod fault;
mod name;
pub mod private_file;
mod shown;
mod token;

pub use account::{Account, TokenKind, Tokens};
pub use accounts::{Accounts, configuration_folder};
pub use document::{NewAccount, NewToken, add, remove};
pub use error::{AccountError, AccountsError};
pub use fault::{Fault, Warning};
pub use name::{AccountName, NameError};
pub use token::{Token, TokenError, TokenErrorKind, TokenReference};
