//! Random values that look like those of real accounts.

use fastrand::Rng;

/// One of these values.
pub(crate) fn pick<T: Copy, const N: usize>(rng: &mut Rng, values: &[T; N]) -> T {
    let [first, ..] = values.as_slice() else {
        unreachable!("a list of values is never empty");
    };
    values.get(rng.usize(0..N)).copied().unwrap_or(*first)
}

pub(crate) fn hex(rng: &mut Rng, length: usize) -> String {
    (0..length).map(|_| rng.digit(16)).collect()
}

/// A GUID of version 4.
pub(crate) fn guid(rng: &mut Rng) -> String {
    let bits = rng.u128(..);
    format!(
        "{:08x}-{:04x}-4{:03x}-{:x}{:03x}-{:012x}",
        (bits >> 96) as u32,
        (bits >> 80) as u16,
        (bits >> 64) as u16 & 0xfff,
        8 + ((bits >> 60) as u8 & 3),
        (bits >> 48) as u16 & 0xfff,
        bits as u64 & 0xffff_ffff_ffff
    )
}

/// An address of the ranges that are kept for examples.
pub(crate) fn address(rng: &mut Rng) -> String {
    let network = pick(rng, &["203.0.113", "198.51.100", "192.0.2"]);
    format!("{network}.{}", rng.u8(1..255))
}

pub(crate) fn host(rng: &mut Rng) -> String {
    let role = pick(rng, &["web", "db", "build", "bastion"]);
    format!("{role}-{:02}.fernwood.example", rng.u32(1..24))
}

pub(crate) fn workstation(rng: &mut Rng) -> String {
    format!("FW-LT-{:04}", rng.u32(100..900))
}

pub(crate) fn pod(rng: &mut Rng) -> String {
    let service = pick(rng, &["checkout", "catalog", "ledger", "mailer"]);
    format!("{service}-{}-{}", hex(rng, 9), hex(rng, 5))
}

pub(crate) fn user(rng: &mut Rng) -> String {
    pick(rng, &["amara", "bjorn", "chidi", "dolores", "edsger", "fatima", "grace", "hedy"]).to_owned()
}

pub(crate) fn mail(rng: &mut Rng) -> String {
    format!("{}.{}@fernwood.example", user(rng), pick(rng, &["ito", "novak", "okoye", "silva"]))
}
