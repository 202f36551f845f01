//! The connection of a request: what its body says, and what its headers say where the body is silent.
//!
//! The server decides by it which origin a request may reach, the component connects to it: both read it here, so a request
//! cannot be allowed to reach one place and be sent to another.

use http::HeaderMap;
use serde_json::{Map, Value, json};

use crate::header;

/// Why a call cannot be read: where, and what is expected. Holds no value of the request, which may be a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidCall(pub String);

/// The arguments of a call, from the body of its request. An empty body is a call without arguments.
///
/// # Errors
/// If the body is no JSON.
pub fn arguments(body: &[u8]) -> Result<Value, InvalidCall> {
    if body.trim_ascii().is_empty() {
        return Ok(json!({}));
    }
    // The error's own text can quote the body.
    serde_json::from_slice(body).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        InvalidCall(format!("the body is no JSON (line {line} column {column}): send an object"))
    })
}

/// The connection, in the JSON form of `types.connection`: that of the arguments, with the headers for what it leaves out. It
/// is yet to be read by that type, which may refuse it.
///
/// # Errors
/// If a header that is needed is there twice, empty, or of another form.
pub fn connection(arguments: &Value, headers: &HeaderMap) -> Result<Value, InvalidCall> {
    let mut connection = match arguments.get("connection") {
        None => Map::new(),
        Some(Value::Object(connection)) => connection.clone(),
        Some(other) => return Ok(other.clone()),
    };
    let is_silent = |connection: &Map<String, Value>, field: &str| connection.get(field).is_none_or(Value::is_null);
    if is_silent(&connection, "endpoint") {
        let endpoint = match (text(headers, header::REGION)?, text(headers, header::URL)?) {
            (Some(_), Some(_)) => {
                let (region, url) = (header::REGION, header::URL);
                return Err(InvalidCall(format!("both {region} and {url} are given: send one of them")));
            }
            (Some(region), None) => Some(json!({"case": "region", "value": region})),
            (None, Some(url)) => Some(json!({"case": "url", "value": url})),
            (None, None) => None,
        };
        connection.extend(endpoint.map(|endpoint| ("endpoint".to_owned(), endpoint)));
    }
    for (field, name) in [("security_token", header::SECURITY_TOKEN), ("operations_token", header::OPERATIONS_TOKEN)] {
        if is_silent(&connection, field) {
            connection.extend(text(headers, name)?.map(|token| (field.to_owned(), Value::from(token))));
        }
    }
    if is_silent(&connection, "time_budget_ms")
        && let Some(budget) = text(headers, header::TIME_BUDGET_MS)?
    {
        let budget: u32 = budget
            .trim()
            .parse()
            .map_err(|_| InvalidCall(format!("{}: a number of milliseconds is expected", header::TIME_BUDGET_MS)))?;
        connection.insert("time_budget_ms".to_owned(), budget.into());
    }
    Ok(Value::Object(connection))
}

/// Every token that a request holds, used or not, to keep them out of texts.
#[must_use]
pub fn tokens(body: &[u8], headers: &HeaderMap) -> Vec<String> {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let fields = ["security_token", "operations_token"].into_iter();
    let given = fields.filter_map(|field| body.get("connection")?.get(field)?.as_str().map(str::to_owned));
    let names = [header::SECURITY_TOKEN, header::OPERATIONS_TOKEN].into_iter();
    let sent = names
        .flat_map(|name| headers.get_all(name))
        .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    given.chain(sent).collect()
}

/// The value of a header, if it is there.
fn text(headers: &HeaderMap, name: &str) -> Result<Option<String>, InvalidCall> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(InvalidCall(format!("{name}: it is there twice: send it once")));
    }
    let text = String::from_utf8(value.as_bytes().to_vec())
        .map_err(|_| InvalidCall(format!("{name}: a text in UTF-8 is expected")))?;
    // Such as a variable that a caller forgot to set: nothing of the environment must stand in for it.
    if text.trim().is_empty() {
        return Err(InvalidCall(format!("{name}: it is empty: fill it in, or leave it out")));
    }
    Ok(Some(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::{HeaderName, HeaderValue};

    fn headers(headers: &[(&str, &[u8])]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_bytes(value).unwrap());
        }
        map
    }

    fn read(body: &str, sent: &[(&str, &[u8])]) -> Result<Value, String> {
        let arguments = arguments(body.as_bytes()).map_err(|why| why.0)?;
        connection(&arguments, &headers(sent)).map_err(|why| why.0)
    }

    #[test]
    fn the_body_comes_before_the_headers_part_by_part() {
        let sent: [(&str, &[u8]); 4] = [
            ("logzio-region", b"eu"),
            ("logzio-security-token", b"from-header"),
            ("LOGZIO-OPERATIONS-TOKEN", b"from-header"),
            ("logzio-time-budget-ms", b" 2000 "),
        ];
        let all = json!({
            "endpoint": {"case": "region", "value": "eu"}, "time_budget_ms": 2000,
            "security_token": "from-header", "operations_token": "from-header",
        });
        for silent in ["", " \n", "{}", r#"{"connection":{}}"#, r#"{"connection":{"endpoint":null}}"#] {
            assert_eq!(read(silent, &sent).as_ref(), Ok(&all), "{silent}");
        }
        let url = json!({"case": "url", "value": "https://a.example"});
        let body = json!({"connection": {"endpoint": url, "security_token": "from-body", "time_budget_ms": 1000}});
        let mut expected = body["connection"].clone();
        expected["operations_token"] = json!("from-header");
        assert_eq!(read(&body.to_string(), &sent), Ok(expected));
        assert_eq!(read("", &[("logzio-url", b"https://a.example")]), Ok(json!({"endpoint": url})));
    }

    #[test]
    fn what_is_no_connection_is_left_for_its_type_to_refuse() {
        for other in [json!(7), json!("s3cret"), json!([]), json!(null)] {
            assert_eq!(read(&json!({"connection": other}).to_string(), &[("logzio-region", b"eu")]), Ok(other));
        }
        let unknown = json!({"endpoint": {"case": "other"}, "token": 1});
        assert_eq!(read(&json!({"connection": unknown}).to_string(), &[]), Ok(unknown));
        assert_eq!(read("[]", &[]), Ok(json!({})));
    }

    #[test]
    fn a_header_that_cannot_be_read_is_refused_by_its_name_and_without_its_value() {
        for (sent, says) in [
            (
                &[(header::SECURITY_TOKEN, &b""[..])][..],
                "Logzio-Security-Token: it is empty: fill it in, or leave it out",
            ),
            (&[(header::OPERATIONS_TOKEN, b" ")], "Logzio-Operations-Token: it is empty"),
            (&[(header::REGION, b"")], "Logzio-Region: it is empty"),
            (&[(header::URL, b"")], "Logzio-Url: it is empty"),
            (&[(header::TIME_BUDGET_MS, b"")], "Logzio-Time-Budget-Ms: it is empty"),
            (&[(header::TIME_BUDGET_MS, b"s3cret")], "Logzio-Time-Budget-Ms: a number of milliseconds"),
            (&[(header::TIME_BUDGET_MS, b"4294967296")], "Logzio-Time-Budget-Ms: a number of milliseconds"),
            (&[(header::URL, b"s3cret\xff")], "Logzio-Url: a text in UTF-8"),
            (&[(header::REGION, b"eu"), (header::URL, b"s3cret")], "both Logzio-Region and Logzio-Url"),
            (&[(header::REGION, b"s3cret"), (header::REGION, b"s3cret")], "Logzio-Region: it is there twice"),
        ] {
            let error = read("", sent).unwrap_err();
            assert!(error.starts_with(says) && !error.contains("s3cret"), "{error}");
        }
        // One that is not needed is not read.
        let body = r#"{"connection":{"endpoint":{"case":"region","value":"eu"}}}"#;
        assert!(read(body, &[(header::REGION, b""), (header::URL, b"")]).is_ok());
    }

    #[test]
    fn a_body_that_is_no_json_is_refused_with_its_place_and_without_its_text() {
        let error = read("{s3cret", &[]).unwrap_err();
        assert!(error.contains("line 1 column 2") && !error.contains("s3cret"), "{error}");
    }

    #[test]
    fn every_token_of_a_request_is_found() {
        let sent = headers(&[
            ("logzio-security-token", b"t-1"),
            ("logzio-security-token", b"t-2"),
            ("logzio-operations-token", b"t-3"),
        ]);
        let body = br#"{"connection":{"security_token":"t-4","operations_token":"t-5","unknown":1}}"#;
        assert_eq!(tokens(body, &sent), ["t-4", "t-5", "t-1", "t-2", "t-3"]);
        assert_eq!(tokens(b"no JSON", &HeaderMap::new()), [""; 0]);
    }
}
