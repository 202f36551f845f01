//! An answer, as it is sent: status, headers, body. What is in it is not decided here.

/// An answer.
pub struct Response {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
}
