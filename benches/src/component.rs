//! The component in the runner, on the network.

use logzio_soar_host::contract::{EventFilter, FetchRequest, HuntRequest, Indicator, LogQuery, Start};
use logzio_soar_host::{Connection, Runner, Session};

use crate::job::{Job, Place};
use crate::measure::{self, Measured};
use crate::outcome::Outcome;

/// Does a job.
pub(crate) fn work(job: Job, place: &Place) -> Outcome<Measured> {
    if job == Job::Compile {
        return measure::times(place.times, || Runner::new().map(|_| 1).map_err(Into::into));
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let connection = Connection::new()
        .url(&place.url)
        .security_token(&place.security_token)
        .operations_token(&place.operations_token);
    let runner = Runner::new()?;
    let session = runner.connect(connection);
    let start = match job {
        Job::IdleFetch => runtime.block_on(newest(&session, place))?,
        _ => Start::At(place.since.clone()),
    };
    let fetch = FetchRequest { filter: EventFilter { include_muted: true, ..EventFilter::default() }, ..start.into() };
    let query = LogQuery { since: Some(place.since.clone()), limit: Some(10_000), ..LogQuery::new(&place.lucene) };
    let indicator = |value: &String| Indicator { value: value.clone(), kind: None };
    let hunt =
        HuntRequest { since: Some(place.since.clone()), ..HuntRequest::new(place.indicators.iter().map(indicator)) };
    measure::times(place.times, || {
        runtime.block_on(async {
            Ok(match job {
                Job::Fetch | Job::IdleFetch => session.fetch_incidents(&fetch).await??.incidents.len(),
                Job::SmallLogs | Job::Logs => session.search_logs(&query).await??.logs.len(),
                Job::Hunt => {
                    session.hunt_indicators(&hunt).await??.sightings.iter().filter(|seen| seen.hits > 0).count()
                }
                Job::Describe => runner.describe().await?.commands.len(),
                Job::Compile => 0,
            })
        })
    })
}

/// The place behind all events.
async fn newest(session: &Session, place: &Place) -> Outcome<Start> {
    let mut start = Start::At(place.since.clone());
    loop {
        let page = session.fetch_incidents(&FetchRequest::from(start)).await??;
        start = Start::After(page.next);
        if !page.more {
            return Ok(start);
        }
    }
}
