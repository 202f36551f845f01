//! The wire: what Logz.io's endpoints take and give, as structs. Answers are read leniently: what is not needed may be
//! missing or odd. The fields within an event or a log, which come as raw JSON, are read in `conversions`.
//!
//! The modules stand in layers:
//!
//! ```text
//! accounts, events, logs  an endpoint or two each
//! errors, fields          answers that say what is wrong; the fields of an object
//! lenient                 values that may be missing or odd
//! ```

mod accounts;
mod errors;
mod events;
mod fields;
mod lenient;
mod logs;

pub use accounts::{AssociatedAccount, SECURITY_ACCOUNT, Whoami};
pub use errors::{error_message, is_error};
pub use events::{
    EchoedPagination, EventLogFilter, EventLogSearch, EventSearch, EventSearchFilter, Pagination, Rows, Sort, TimeRange,
};
pub use fields::Fields;
pub use lenient::Total;
pub use logs::{
    Bool, Bucket, Buckets, ByTimestamp, ByType, Counted, Direction, Ends, Hit, Hits, LARGEST_SEARCH, LogHits,
    LogSearch, MOST_BUCKETS, Must, Newest, OfTypes, Range, Sampled, Samples, Shards, SourceFilter, Terms, Timestamps,
    TopHits,
};
