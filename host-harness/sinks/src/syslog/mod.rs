//! Messages to a syslog server: RFC 5424 over TLS, framed as RFC 5425 has it. The server answers nothing, so a message counts as
//! delivered once the other machine's system has it.
//!
//! ```text
//! sink                    deliveries
//! connection              the connection, and what is known of its other end
//! message, settings       leaves
//! ```

mod connection;
mod message;
mod settings;
mod sink;

pub(crate) use settings::SyslogSettings;
pub(crate) use sink::SyslogSink;
