//! The id of a request, which stays the same however often it is sent.

use sha2::{Digest, Sha256};

use crate::envelope::Envelope;

/// The id of a request with these incidents: the same for the same incidents of the same accounts, and different for others.
pub(super) fn id(batch: &[Envelope]) -> String {
    let mut digest = Sha256::new();
    for Envelope { account, incident, .. } in batch {
        for part in [account, &incident.id] {
            digest.update((part.len() as u64).to_be_bytes());
            digest.update(part.as_bytes());
        }
    }
    let digest = digest.finalize();
    let hex: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    format!("inc_{hex}")
}
