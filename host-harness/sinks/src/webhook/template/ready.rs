//! The templates that come with this crate, one for each product that takes webhooks of its own form.

/// A template that comes with this crate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReadyTemplate {
    /// Slack: an incoming webhook.
    Slack,
    /// Microsoft Teams: a workflow that posts a card when a webhook request is received.
    Teams,
    /// Jira: the creation of an issue, version 3 of the API.
    Jira,
    /// PagerDuty: an alert by version 2 of the Events API.
    PagerDuty,
}

impl ReadyTemplate {
    pub(crate) fn source(self) -> &'static str {
        match self {
            Self::Slack => include_str!("../../../templates/slack.json.jinja"),
            Self::Teams => include_str!("../../../templates/teams.json.jinja"),
            Self::Jira => include_str!("../../../templates/jira.json.jinja"),
            Self::PagerDuty => include_str!("../../../templates/pagerduty.json.jinja"),
        }
    }

    /// The values that it needs, each with an example.
    pub(crate) fn needs(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Slack | Self::Teams => &[],
            Self::Jira => &[("project", "\"SEC\""), ("issue-type", "\"Task\"")],
            Self::PagerDuty => &[("routing-key", "{ file = \"pagerduty.key\" }")],
        }
    }
}
