//! Bodies and headers from templates (Jinja), whose values cannot change what is around them. It knows no request.
//!
//! ```text
//! rendering        a template with incidents in it
//! context, filters what templates see, and what they can do with it
//! ready            the templates that come with this crate
//! ```

mod context;
mod filters;
mod ready;
mod rendering;

pub(super) use ready::ReadyTemplate;
pub(super) use rendering::{HeaderTemplates, Template};
