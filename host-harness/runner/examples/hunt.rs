//! Which of some indicators are in the logs: `cargo run --example hunt -- logzio-soar.wasm 192.0.2.1 evil[.]example`.
//!
//! Takes the region and the token from `LOGZIO_REGION` and `LOGZIO_OPERATIONS_TOKEN`.

use std::env;
use std::error::Error;

use logzio_soar_host::contract::{HuntRequest, Indicator};
use logzio_soar_host::{Connection, Runner};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let component = arguments.next().ok_or("name a component, and then indicators")?;
    let runner = Runner::builder().component_file(component).build()?;
    let mut connection = Connection::new().operations_token(env::var("LOGZIO_OPERATIONS_TOKEN")?);
    if let Ok(region) = env::var("LOGZIO_REGION") {
        connection = connection.region(region);
    }
    let session = runner.connect(connection);

    let mut request = HuntRequest::new(arguments.map(Indicator::from));
    while !request.indicators.is_empty() {
        match session.hunt_indicators(&request).await? {
            Ok(report) => {
                for rejected in &report.rejected {
                    eprintln!("{} was not looked for: {}", rejected.value, rejected.why);
                }
                for sighting in report.sightings {
                    let seen = if sighting.hits > 0 { "seen" } else { "not seen" };
                    let complete = if sighting.complete { "" } else { ", not everywhere" };
                    println!("{}: {seen}, {} logs{complete}", sighting.value, sighting.hits);
                }
                // What a call had no time for comes in the next one.
                request.indicators = report.unfinished;
            }
            Err(error) if error.is_transient() => {
                let wait = error.retry_after().unwrap_or(std::time::Duration::from_secs(5));
                eprintln!("{error}; again in {} s", wait.as_secs());
                tokio::time::sleep(wait).await;
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
