//! Who asks: regions, kinds of account and API tokens.
//!
//! Must not know what an account holds.

use std::fmt;

/// A region of Logz.io: the code in host names, and the slug in messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region {
    code: String,
    slug: String,
}

impl Region {
    /// The region of a code such as `us`, `eu`, `uk`, `ca`, `au` or `jp`, in
    /// any letter case; empty is `us`. A code that Logz.io does not have is its
    /// own slug.
    pub fn from_code(code: &str) -> Self {
        let code = match code.trim().to_ascii_lowercase() {
            code if code.is_empty() => "us".to_owned(),
            code => code,
        };
        let slug = match code.as_str() {
            "us" => "us-east-1",
            "eu" => "eu-central-1",
            "uk" => "eu-west-2",
            "ca" => "ca-central-1",
            "au" => "ap-southeast-2",
            "jp" => "ap-northeast-1",
            other => other,
        }
        .to_owned();
        Self { code, slug }
    }

    /// The code, such as `eu`.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// The cloud provider's name of the region, such as `eu-central-1`.
    pub fn slug(&self) -> &str {
        &self.slug
    }

    /// Some other region, for tokens that are in the wrong place.
    pub(crate) fn elsewhere(&self) -> Self {
        Self::from_code(if self.code == "us" { "eu" } else { "us" })
    }
}

impl Default for Region {
    /// `us`.
    fn default() -> Self {
        Self::from_code("us")
    }
}

/// What kind of account a token belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AccountKind {
    /// The customer's main account, which lists the others.
    Owner,
    /// A log management account: what the Operations token searches.
    Operations,
    /// The Cloud SIEM account: its events, and the event logs it keeps.
    Security,
    /// An account whose region is not this server's.
    Foreign,
}

impl AccountKind {
    /// The kinds that hold logs here, in the order of their stores.
    pub(crate) const LOCAL: [Self; 3] = [Self::Owner, Self::Operations, Self::Security];

    /// The name that Logz.io gives to accounts of this kind.
    pub(crate) fn type_name(self) -> &'static str {
        match self {
            Self::Owner => "OWNER_ACCOUNT",
            Self::Operations | Self::Foreign => "SUB_ACCOUNT",
            Self::Security => "SECURITY_ACCOUNT",
        }
    }

    /// The account's number.
    pub fn id(self) -> u32 {
        match self {
            Self::Owner => 24_600,
            Self::Operations => 24_601,
            Self::Security => 24_602,
            Self::Foreign => 31_007,
        }
    }

    /// The account's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Owner => "Fernwood Outfitters",
            Self::Operations => "Fernwood Operations",
            Self::Security => "Fernwood Security",
            Self::Foreign => "Fernwood Abroad",
        }
    }
}

/// An API token. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// A token of these characters.
    pub fn new(characters: impl Into<String>) -> Self {
        Self(characters.into())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(***)")
    }
}

/// The tokens that every simulator knows from the start, by kind of account.
pub(crate) fn default_tokens() -> Vec<(Token, AccountKind)> {
    [
        ("0a6d1b52-4c7e-4f0b-9d3a-6c1f5e8b2a01", AccountKind::Owner),
        ("5e2c9f14-81d3-4a6b-b7e0-3f9a4c6d7b02", AccountKind::Operations),
        ("c3f7a8e0-29b4-4d15-8e6c-7b0d1a2f9c03", AccountKind::Security),
        ("91d4e6b3-5f08-4c2a-a1b9-e87c3d405f04", AccountKind::Foreign),
    ]
    .map(|(token, kind)| (Token::new(token), kind))
    .to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_never_shows_in_debug_output() {
        let shown = format!("{:?}", default_tokens());
        assert!(shown.contains("Token(***)"));
        for (token, _) in default_tokens() {
            assert!(!shown.contains(token.as_str()));
        }
    }

    #[test]
    fn a_region_has_the_slug_that_messages_name() {
        let slugs =
            ["", "US", "eu", "uk", "ca", "au", "jp", "zz"].map(|code| Region::from_code(code).slug().to_owned());
        assert_eq!(
            slugs,
            [
                "us-east-1",
                "us-east-1",
                "eu-central-1",
                "eu-west-2",
                "ca-central-1",
                "ap-southeast-2",
                "ap-northeast-1",
                "zz"
            ]
        );
    }
}
