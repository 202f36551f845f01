//! Requests to a component that answers HTTP.

use std::pin::pin;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full, Limited};
use tokio::sync::oneshot;
use wasmtime_wasi_http::WasiHttpView;
use wasmtime_wasi_http::p2::bindings::http::types::{ErrorCode, Scheme};

use super::bounds::Bounds;
use super::runner::Runner;
use crate::contract::connection::Connection;
use crate::error::RunnerError;

impl Runner {
    /// Hands a request to a component of `wasi:http/proxy` and returns its whole response. The origin that the component may
    /// reach, and how long it may take, come from the connection, as in [`connect`](Self::connect); without one it can send
    /// nothing. Whoever calls this has read the connection from the request, by the rules of the component.
    ///
    /// # Errors
    /// [`RunnerError`] if the component had to be stopped, returned without a response, or does not answer HTTP.
    pub async fn handle(
        &self,
        request: Request<Bytes>,
        connection: Option<&Connection>,
    ) -> Result<Response<Bytes>, RunnerError> {
        let service = self.compiled.service.as_ref().map_err(|why| RunnerError::Incomplete(why.clone()))?;
        let bounds = Bounds::new(connection, &self.settings);
        let most = self.settings.result_limit();
        let answer = self.run(&bounds, async move |store| {
            let (sender, receiver) = oneshot::channel();
            let request = request.map(|body| Full::new(body).map_err(|never| -> ErrorCode { match never {} }));
            let mut http = store.data_mut().http();
            let incoming = http.new_incoming_request(Scheme::Http, request)?;
            let out = http.new_response_outparam(sender)?;
            let proxy = service.instantiate_async(&mut *store).await?;
            let handler = proxy.wasi_http_incoming_handler();
            let mut call = pin!(handler.call_handle(&mut *store, incoming, out));
            let mut receiver = receiver;
            let mut returned = false;
            let answer = tokio::select! {
                biased;
                answer = &mut receiver => answer.ok(),
                called = &mut call => {
                    called?;
                    returned = true;
                    receiver.try_recv().ok()
                }
            };
            let answer = answer.ok_or_else(|| wasmtime::Error::msg("it returned without an answer"))?;
            let answer = answer.map_err(|code| wasmtime::Error::msg(format!("it answered with {code:?}")))?;
            let (head, body) = answer.into_parts();
            let mut body = pin!(Limited::new(body, most).collect());
            // The body is written while the component goes on.
            let body = tokio::select! {
                body = &mut body => body,
                called = &mut call, if !returned => {
                    called?;
                    body.await
                }
            };
            let body = body.map_err(|error| wasmtime::Error::msg(format!("its answer broke off: {error}")))?;
            Ok(Response::from_parts(head, body.to_bytes()))
        });
        answer.await
    }
}
