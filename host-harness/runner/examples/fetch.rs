//! Incidents from where the last run ended, each once: `cargo run --example fetch -- logzio-soar.wasm place`.
//!
//! Takes the region and the token from `LOGZIO_REGION` and `LOGZIO_SECURITY_TOKEN`.

use std::error::Error;
use std::{env, fs};

use logzio_soar_host::contract::FetchRequest;
use logzio_soar_host::{Connection, Runner};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let (Some(component), Some(place)) = (env::args().nth(1), env::args().nth(2)) else {
        return Err("name a component, and a file to keep the place in".into());
    };
    // Compile once, and call as often as you like.
    let runner = Runner::builder().component_file(component).build()?;
    let mut connection = Connection::new().security_token(env::var("LOGZIO_SECURITY_TOKEN")?);
    if let Ok(region) = env::var("LOGZIO_REGION") {
        connection = connection.region(region);
    }
    let session = runner.connect(connection);

    let mut request = match fs::read_to_string(&place) {
        Ok(next) => FetchRequest::after(next),
        Err(_) => FetchRequest::since("7 days ago"),
    };
    loop {
        // The outer error is the sandbox's, the inner one is the contract's.
        let page = session.fetch_incidents(&request).await??;
        for incident in &page.incidents {
            println!("{} {:?} {}", incident.occurred, incident.severity, incident.name);
        }
        // Only now, so that a crash repeats a page and loses none. One run at a time may use a place.
        fs::write(&place, &page.next)?;
        request = FetchRequest::after(page.next);
        if !page.more {
            return Ok(());
        }
    }
}
