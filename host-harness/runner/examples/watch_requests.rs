//! What a call asks of Logz.io: `cargo run --example watch_requests -- logzio-soar.wasm`.
//!
//! Checks the connection that `LOGZIO_REGION`, `LOGZIO_SECURITY_TOKEN` and `LOGZIO_OPERATIONS_TOKEN` name, and prints each request
//! as a line of JSON: method, path, status, milliseconds and bytes, and never a token.

use std::env;
use std::error::Error;

use logzio_soar_host::{Connection, Observation, Runner};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let component = env::args().nth(1).ok_or("name a component")?;
    let mut builder =
        Runner::builder().component_file(component).environment("LOGZIO_SOAR_TRACE", "1").observer(|observation| {
            match observation {
                Observation::Output { text } => eprint!("{text}"),
                other => eprintln!("{other:?}"),
            }
        });
    // A component reads what a connection leaves out from the environment that its host gives it.
    for name in ["LOGZIO_REGION", "LOGZIO_SECURITY_TOKEN", "LOGZIO_OPERATIONS_TOKEN"] {
        if let Ok(value) = env::var(name) {
            builder = builder.environment(name, value);
        }
    }
    let session = builder.build()?.connect(Connection::new());
    for check in session.check_connection().await?? {
        println!("{}: {:?}", check.name, check.outcome);
    }
    Ok(())
}
