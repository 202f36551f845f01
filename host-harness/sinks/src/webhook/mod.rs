//! Incidents by HTTPS POST: as CloudEvents, as they are, or as a template has them; signed as the Standard Webhooks convention
//! has it. Nothing here keeps what was not taken.
//!
//! ```text
//! sink                          requests and their answers
//! target                        where requests go, with all secrets and templates
//! body                          what is sent
//! settings                      what a caller can choose
//! template                      bodies and headers from templates
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
mod template;

pub(crate) use settings::WebhookSettings;
pub(crate) use sink::WebhookSink;
