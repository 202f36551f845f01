//! What a way to run the fetch delivers, whatever the way.

use chrono::TimeDelta;
use logzio_simulator::Simulator;
use logzio_soar::contract::FetchRequest;

/// Something that fetches incidents from a simulator.
pub trait Fetches {
    fn simulator(&self) -> &Simulator;
    /// Puts the host's clock ahead of Logz.io's.
    fn set_skew(&self, skew: TimeDelta);
    fn fetch(&self, request: &FetchRequest) -> Result<Delivery, String>;
}

/// A page of incidents, as far as a run reads it.
pub struct Delivery {
    pub incidents: Vec<Delivered>,
    pub next: String,
    pub more: bool,
    /// The texts of the notices.
    pub notices: Vec<String>,
}

/// An incident, as far as a run reads it.
pub struct Delivered {
    pub id: String,
    pub occurred: String,
    pub raw: String,
}
