//! Incidents by HTTPS POST: as CloudEvents, as they are, or as a template has them; signed as the Standard Webhooks convention
//! has it. Nothing here keeps what was not taken.
//!
//! ```text
//! sink                          requests and their answers
//! body, target                  what is sent; where to, with the secrets of it
//! settings                      what a caller can choose
//! answer, cloudevent, message, signature
//!                               leaves
//! ```

mod answer;
mod body;
mod cloudevent;
mod message;
mod settings;
mod signature;
mod sink;
mod target;

pub(crate) use settings::WebhookSettings;
pub(crate) use sink::WebhookSink;
