//! Logz.io Cloud SIEM for SOAR platforms, as a WASI component: the exports of
//! the contract, a few lines each. The only module that implements a trait of
//! the contract; it hands the live transport, the clock and the environment
//! to the operations, which are pure but for these.
//!
//! The modules stand in layers, and each uses those below only:
//!
//! ```text
//! mutations       the operations with a rule broken, for tests; it stands in for those below
//! call            an operation with a client for a connection
//! manifest        what a panel shows
//! diagnostics, hunting
//!                 what an operation means: a check of the connection, a hunt
//! incidents       the fetch
//! logs            log search
//! logzio          the API: endpoints, statuses, retries, JSON
//! connection      which endpoint and which tokens a call uses
//! contract, lucene, masking, region, sealed, time, transport
//!                 what the others stand on
//! text            texts of others, cut to a length
//! ```

pub mod call;
pub mod connection;
pub mod contract;
pub mod diagnostics;
pub mod hunting;
pub mod incidents;
pub mod logs;
pub mod logzio;
pub mod lucene;
pub mod manifest;
pub mod masking;
#[cfg(feature = "mutations")]
pub mod mutations;
pub mod region;
pub mod sealed;
pub mod text;
pub mod time;
pub mod transport;

#[cfg(all(target_family = "wasm", feature = "plugin"))]
mod component {
    use crate::contract::diagnostics::Guest as Diagnostics;
    use crate::contract::hunting::Guest as Hunting;
    use crate::contract::incidents::Guest as Incidents;
    use crate::contract::logs::Guest as Logs;
    use crate::contract::manifest::Guest as Manifest;
    use crate::contract::{
        Check, Connection, Error, FetchRequest, FieldReport, FieldRequest, HuntReport, HuntRequest, IncidentPage,
        Integration, LogPage, LogQuery,
    };
    use crate::logzio::client::Client;
    #[cfg(feature = "mutations")]
    use crate::mutations::{call, diagnostics, hunting, incidents, logs, manifest};
    #[cfg(not(feature = "mutations"))]
    use crate::{call, diagnostics, hunting, incidents, logs, manifest};
    use chrono::{DateTime, Utc};

    struct Component;

    fn with_client<T>(
        connection: &Connection,
        operation: impl FnOnce(&Client, DateTime<Utc>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        call::with_client(connection, &|name| std::env::var(name).ok(), operation)
    }

    impl Manifest for Component {
        fn describe() -> Integration {
            manifest::describe()
        }
    }

    impl Diagnostics for Component {
        fn check_connection(connection: Connection) -> Result<Vec<Check>, Error> {
            with_client(&connection, diagnostics::check)
        }
    }

    impl Incidents for Component {
        fn fetch_incidents(connection: Connection, request: FetchRequest) -> Result<IncidentPage, Error> {
            with_client(&connection, |client, now| incidents::fetch(client, &request, now))
        }
    }

    impl Hunting for Component {
        fn hunt_indicators(connection: Connection, request: HuntRequest) -> Result<HuntReport, Error> {
            with_client(&connection, |client, now| hunting::hunt(client, &request, now))
        }

        fn find_fields(connection: Connection, request: FieldRequest) -> Result<FieldReport, Error> {
            with_client(&connection, |client, now| hunting::find_fields(client, &request, now))
        }
    }

    impl Logs for Component {
        fn search_logs(connection: Connection, query: LogQuery) -> Result<LogPage, Error> {
            with_client(&connection, |client, now| logs::search(client, &query, now))
        }

        fn get_logs_by_event_id(
            connection: Connection,
            event_id: String,
            limit: Option<u32>,
            page: Option<String>,
        ) -> Result<LogPage, Error> {
            with_client(&connection, |client, _| logs::by_event_id(client, &event_id, limit, page.as_deref()))
        }
    }

    mod exported {
        #![allow(unreachable_pub, reason = "generated: the section that tells a linker of the exports")]
        use super::Component;

        crate::contract::export!(Component with_types_in crate::contract::generated);
    }
}
