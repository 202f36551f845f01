//! A receiver of a webhook that fails at random, and keys what it takes by its id.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// A receiver on a port.
#[derive(Clone)]
pub(crate) struct Receiver {
    url: String,
    taken: Arc<Taken>,
}

struct Taken {
    /// How often each id was acknowledged.
    acknowledged: Mutex<BTreeMap<String, u64>>,
    random: Mutex<fastrand::Rng>,
    failures: AtomicU64,
    is_sound: AtomicBool,
}

impl Receiver {
    pub(crate) fn start(runtime: &Runtime, seed: u64) -> Self {
        let taken = Arc::new(Taken {
            acknowledged: Mutex::default(),
            random: Mutex::new(fastrand::Rng::with_seed(seed)),
            failures: AtomicU64::new(0),
            is_sound: AtomicBool::new(false),
        });
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let url = format!("http://{}/incidents", listener.local_addr().unwrap());
        let receiver = Self { url, taken };
        let served = receiver.clone();
        runtime.spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let served = served.clone();
                tokio::spawn(async move {
                    let service = hyper::service::service_fn(|request| served.answer(request));
                    let _ = hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
            }
        });
        receiver
    }

    async fn answer(&self, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
        // A request of a process that was killed ends in the middle.
        let Ok(body) = request.into_body().collect().await else { return Ok(status(400)) };
        let events: Vec<serde_json::Value> = serde_json::from_slice(&body.to_bytes()).unwrap();
        let taken = &self.taken;
        let luck = if taken.is_sound.load(Ordering::Relaxed) { 99 } else { taken.random.lock().unwrap().u32(0..100) };
        if luck < 30 {
            taken.failures.fetch_add(1, Ordering::Relaxed);
        }
        match luck {
            0..20 => return Ok(status(500)),
            20..24 => {
                let mut busy = status(429);
                busy.headers_mut().insert("retry-after", "1".parse().unwrap());
                return Ok(busy);
            }
            // Longer than the sink waits.
            24..26 => {
                tokio::time::sleep(Duration::from_secs(3)).await;
                return Ok(status(200));
            }
            _ => {}
        }
        let mut acknowledged = taken.acknowledged.lock().unwrap();
        for event in &events {
            let id = event["data"]["id"].as_str().unwrap().to_owned();
            // Taken, and the sender does not learn of it: it has to send it again.
            let heard = u64::from(luck >= 30);
            *acknowledged.entry(id).or_default() += heard;
        }
        Ok(status(if luck < 30 { 502 } else { 204 }))
    }

    /// From here on, it fails no more.
    pub(crate) fn heal(&self) {
        self.taken.is_sound.store(true, Ordering::Relaxed);
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The ids that it holds.
    pub(crate) fn ids(&self) -> BTreeSet<String> {
        self.taken.acknowledged.lock().unwrap().keys().cloned().collect()
    }

    pub(crate) fn failures(&self) -> u64 {
        self.taken.failures.load(Ordering::Relaxed)
    }

    /// How many it was sent again after it had acknowledged them.
    pub(crate) fn repeated(&self) -> u64 {
        self.taken.acknowledged.lock().unwrap().values().map(|count| count.saturating_sub(1)).sum()
    }
}

fn status(status: u16) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status.try_into().unwrap();
    response
}
