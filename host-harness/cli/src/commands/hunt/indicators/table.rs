//! Indicators in a table: CSV, or with semicolons or tabs, whose first line names the columns.

use super::list::Taken;

/// The columns that hold indicators: these names, whatever the case, the spaces and the underscores.
const COLUMNS: &[&str] = &[
    "indicator",
    "indicators",
    "indicatorvalue",
    "ioc",
    "iocs",
    "iocvalue",
    "value",
    "observable",
    "observablevalue",
    "artifact",
    "ip",
    "ips",
    "ipaddress",
    "ipv4",
    "ipv6",
    "address",
    "srcip",
    "dstip",
    "cidr",
    "network",
    "domain",
    "domains",
    "domainname",
    "fqdn",
    "host",
    "hostname",
    "url",
    "urls",
    "uri",
    "email",
    "emailaddress",
    "hash",
    "hashes",
    "filehash",
    "md5",
    "sha1",
    "sha256",
    "sha512",
    "md5hash",
    "sha1hash",
    "sha256hash",
    "filename",
];

/// The values of a table, column by column within a row; none if the text is no table with a column of indicators.
pub(super) fn read(text: &str) -> Option<Vec<Taken>> {
    let first = text.lines().find(|line| !line.trim().is_empty() && !line.starts_with('#'))?;
    let delimiter = [b',', b';', b'\t'].into_iter().find(|delimiter| {
        // One that splits the line, and makes known names of its parts.
        first.contains(char::from(*delimiter)) && first.split(char::from(*delimiter)).any(is_column)
    })?;
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .comment(Some(b'#'))
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let columns: Vec<usize> =
        reader.headers().ok()?.iter().enumerate().filter(|(_, name)| is_column(name)).map(|(place, _)| place).collect();
    let mut rows = Vec::new();
    for row in reader.records() {
        // A text that is UTF-8 and flexible has no faulty row.
        let Ok(row) = row else { continue };
        let values = columns.iter().filter_map(|place| row.get(*place)).filter(|value| !value.is_empty());
        let values: Vec<String> = values.map(str::to_owned).collect();
        rows.push(Taken { line: row.position().map_or(0, csv::Position::line), values, chosen: true });
    }
    Some(rows)
}

fn is_column(name: &str) -> bool {
    let plain: String = name.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase();
    COLUMNS.contains(&plain.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> Vec<(u64, Vec<String>)> {
        read(text).unwrap().into_iter().map(|taken| (taken.line, taken.values)).collect()
    }

    #[test]
    fn columns_of_indicators_are_read_by_their_names() {
        let text = "# a feed\nfirst_seen,IOC Value,type,sha256\n2026-11-20,evil.example,domain,\n\"a, b\",\"203.0.113.9\",ip,ab12\n";
        assert_eq!(
            values(text),
            [(3, vec!["evil.example".to_owned()]), (4, vec!["203.0.113.9".to_owned(), "ab12".to_owned()])]
        );
        assert_eq!(values("ip;note\n192.0.2.1;x\n"), [(2, vec!["192.0.2.1".to_owned()])]);
        assert_eq!(
            values("note\turl\nx\thttp://a.example/?a=1,2\n"),
            [(2, vec!["http://a.example/?a=1,2".to_owned()])]
        );
    }

    #[test]
    fn what_is_no_table_is_left_to_others() {
        for text in ["", "203.0.113.9\nevil.example\n", "evil.example, 203.0.113.9 and others", "a,b\n1,2\n"] {
            assert!(read(text).is_none(), "{text}");
        }
    }
}
