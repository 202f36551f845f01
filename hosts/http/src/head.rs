//! A request without its body. Knows no path and no operation.

use crate::problem::Problem;

/// A request without its body.
pub struct Head {
    /// The method, in upper case.
    pub method: String,
    /// The path, without a query.
    pub path: String,
    /// The headers, with names in lower case.
    pub headers: Vec<(String, Vec<u8>)>,
}

impl Head {
    /// The value of a header, if it is there.
    ///
    /// # Errors
    /// [`Problem::InvalidCall`] if it is there twice, or is no text. The value, which may be a token, is not shown.
    pub fn text(&self, name: &str) -> Result<Option<String>, Problem> {
        let mut values = self.headers.iter().filter(|(key, _)| key == name).map(|(_, value)| value);
        let value = match (values.next(), values.next()) {
            (value, None) => value,
            (_, Some(_)) => return Err(Problem::InvalidCall(format!("{name}: it is there twice: send it once"))),
        };
        let text = value.map(|value| String::from_utf8(value.clone())).transpose();
        text.map_err(|_| Problem::InvalidCall(format!("{name}: a text in UTF-8 is expected")))
    }
}
