//! Domain names and the e-mail addresses in them: what one is made of.

pub(super) fn is_domain(value: &str) -> bool {
    let labels: Vec<&str> = value.split('.').collect();
    let label = |label: &&str| {
        !label.is_empty() && label.len() <= 63 && label.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'))
    };
    let top = labels.last().is_some_and(|top| top.chars().any(char::is_alphabetic));
    value.len() <= 253 && labels.len() >= 2 && top && labels.iter().all(label)
}

pub(super) fn is_email(value: &str) -> bool {
    let plain = |c: char| !c.is_whitespace() && !matches!(c, '\\' | '/' | '"' | '<' | '>' | '@');
    value.split_once('@').is_some_and(|(name, domain)| !name.is_empty() && name.chars().all(plain) && is_domain(domain))
}
