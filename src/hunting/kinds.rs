//! Sets of kinds of indicators.

use crate::contract::IndicatorKind;

/// Every kind, in the order of the contract.
pub const ALL: [IndicatorKind; 15] = [
    IndicatorKind::Ip,
    IndicatorKind::Cidr,
    IndicatorKind::Domain,
    IndicatorKind::Url,
    IndicatorKind::Email,
    IndicatorKind::Md5,
    IndicatorKind::Sha1,
    IndicatorKind::Sha256,
    IndicatorKind::Sha512,
    IndicatorKind::Host,
    IndicatorKind::User,
    IndicatorKind::Process,
    IndicatorKind::FileName,
    IndicatorKind::RegistryKey,
    IndicatorKind::Port,
];

/// Some kinds of indicators.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kinds(u32);

impl Kinds {
    /// These.
    #[must_use]
    pub fn of(kinds: &[IndicatorKind]) -> Self {
        kinds.iter().fold(Self::default(), |set, kind| set.with(*kind))
    }

    /// These and another.
    #[must_use]
    pub fn with(self, kind: IndicatorKind) -> Self {
        Self(self.0 | bit(kind))
    }

    /// These and others.
    #[must_use]
    pub fn and(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// Whether a kind is among them.
    #[must_use]
    pub fn has(self, kind: IndicatorKind) -> bool {
        self.0 & bit(kind) != 0
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Each of them, in the order of the contract.
    pub fn iter(self) -> impl Iterator<Item = IndicatorKind> {
        ALL.into_iter().filter(move |kind| self.has(*kind))
    }
}

fn bit(kind: IndicatorKind) -> u32 {
    1 << (kind as u32)
}

/// Whether a value of the kind is recognised wherever it stands. Of the others, such as the name of a user, only the
/// field says what it is.
#[must_use]
pub fn has_a_form(kind: IndicatorKind) -> bool {
    match kind {
        IndicatorKind::Ip
        | IndicatorKind::Cidr
        | IndicatorKind::Domain
        | IndicatorKind::Url
        | IndicatorKind::Email
        | IndicatorKind::Md5
        | IndicatorKind::Sha1
        | IndicatorKind::Sha256
        | IndicatorKind::Sha512
        | IndicatorKind::RegistryKey => true,
        IndicatorKind::Host
        | IndicatorKind::User
        | IndicatorKind::Process
        | IndicatorKind::FileName
        | IndicatorKind::Port => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_has_what_was_put_into_it() {
        let set = Kinds::of(&[IndicatorKind::Port, IndicatorKind::Ip]).with(IndicatorKind::Port);
        assert_eq!(set.iter().collect::<Vec<_>>(), [IndicatorKind::Ip, IndicatorKind::Port]);
        assert!(!set.has(IndicatorKind::Url) && !set.is_empty() && Kinds::default().is_empty());
        assert_eq!(Kinds::of(&ALL).iter().count(), ALL.len());
    }
}
