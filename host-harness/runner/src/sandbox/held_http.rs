//! `wasi:http` as a component gets it: that of wasmtime-wasi-http, with everything that a component makes the host hold
//! counted against its memory. Decides nothing about requests; that is the guard's.
//!
//! A resource counts for as long as it is there, by what it holds besides its entry in the table; entries are limited in
//! number. What moves from one resource to another, such as a request into its pending response, moves with its count.

use wasmtime::Result;
use wasmtime::component::{HasData, Linker, Resource};
use wasmtime_wasi::p2::{DynInputStream, DynOutputStream, DynPollable};
use wasmtime_wasi_http::p2::bindings::LinkOptions;
use wasmtime_wasi_http::p2::bindings::http::outgoing_handler;
use wasmtime_wasi_http::p2::bindings::http::types::{
    self, Duration, ErrorCode, HeaderError as HeaderErrorCode, IoError, Method, Scheme, StatusCode,
};
use wasmtime_wasi_http::p2::body::{HostFutureTrailers, HostIncomingBody, HostOutgoingBody};
use wasmtime_wasi_http::p2::types::{
    HostFutureIncomingResponse, HostIncomingRequest, HostIncomingResponse, HostOutgoingRequest, HostOutgoingResponse,
    HostResponseOutparam,
};
use wasmtime_wasi_http::p2::{HeaderError, HeaderResult, HttpError, HttpResult};
use wasmtime_wasi_http::{FieldMap, RequestOptions, WasiHttpCtxView};

use super::guard::BODY_CHUNK;
use super::limits::Limits;
use logzio_soar_network::LARGEST_BUFFER;

/// What a body that is written counts as: a write, and the channel that it goes through.
const OUTGOING_BODY: usize = BODY_CHUNK + (4 << 10);
/// What a request that was sent counts as, until its response is read: its task, and the buffers of its connection.
const IN_FLIGHT: usize = 2 * LARGEST_BUFFER + (64 << 10);
/// What a value of a header counts as, besides its bytes and those of its name.
const FIELD: usize = 320;

/// The interfaces of `wasi:http` during one call.
pub(super) struct HeldHttp<'a> {
    pub(super) http: WasiHttpCtxView<'a>,
    pub(super) limits: &'a mut Limits,
}

/// The link between a sandbox and [`HeldHttp`].
struct HasHeldHttp;

impl HasData for HasHeldHttp {
    type Data<'a> = HeldHttp<'a>;
}

impl HeldHttp<'_> {
    /// Links `wasi:http/types` and `wasi:http/outgoing-handler`.
    pub(super) fn add_to_linker<T: Send + 'static>(
        linker: &mut Linker<T>,
        of: fn(&mut T) -> HeldHttp<'_>,
    ) -> Result<()> {
        let options = LinkOptions::default();
        types::add_to_linker::<_, HasHeldHttp>(linker, &(&options).into(), of)?;
        outgoing_handler::add_to_linker::<_, HasHeldHttp>(linker, of)
    }

    fn hold_fields(&mut self, fields: &Resource<FieldMap>) -> Result<()> {
        // A map keeps the room that it once needed.
        let most = of_fields(self.http.table.get(fields)?).max(self.limits.held(fields.rep()));
        self.limits.hold(fields.rep(), most)
    }

    fn hold_request(&mut self, request: &Resource<HostOutgoingRequest>) -> Result<()> {
        let HostOutgoingRequest { method, scheme, authority, path_with_query, headers, body } =
            self.http.table.get(request)?;
        let length = |text: &Option<String>| text.as_ref().map_or(0, String::len);
        let method = if let Method::Other(name) = method { name.len() } else { 0 };
        let scheme = if let Some(Scheme::Other(name)) = scheme { name.len() } else { 0 };
        let body = if body.is_some() { OUTGOING_BODY } else { 0 };
        let sum = of_fields(headers) + method + scheme + length(authority) + length(path_with_query) + body;
        self.limits.hold(request.rep(), sum)
    }
}

/// What the fields of a message count as.
fn of_fields(fields: &FieldMap) -> usize {
    fields.iter().map(|(name, value)| name.as_str().len() + value.len() + FIELD).sum()
}

impl outgoing_handler::Host for HeldHttp<'_> {
    fn handle(
        &mut self,
        request: Resource<HostOutgoingRequest>,
        options: Option<Resource<RequestOptions>>,
    ) -> HttpResult<Resource<HostFutureIncomingResponse>> {
        let (request_rep, options_rep) = (request.rep(), options.as_ref().map(Resource::rep));
        let sent = outgoing_handler::Host::handle(&mut self.http, request, options);
        if let Some(rep) = options_rep {
            // They are the handler's, which copies them and leaves them behind.
            self.http.table.delete(Resource::<RequestOptions>::new_own(rep))?;
        }
        let moved = self.limits.release(request_rep);
        let response = sent?;
        self.limits.hold(response.rep(), moved + IN_FLIGHT).map_err(HttpError::trap)?;
        Ok(response)
    }
}

impl types::Host for HeldHttp<'_> {
    fn convert_error_code(&mut self, error: HttpError) -> Result<ErrorCode> {
        self.http.convert_error_code(error)
    }

    fn convert_header_error(&mut self, error: HeaderError) -> Result<HeaderErrorCode> {
        self.http.convert_header_error(error)
    }

    fn http_error_code(&mut self, error: Resource<IoError>) -> Result<Option<ErrorCode>> {
        self.http.http_error_code(error)
    }
}

impl types::HostFields for HeldHttp<'_> {
    fn new(&mut self) -> Result<Resource<FieldMap>> {
        types::HostFields::new(&mut self.http)
    }

    fn from_list(&mut self, entries: Vec<(String, Vec<u8>)>) -> HeaderResult<Resource<FieldMap>> {
        let fields = self.http.from_list(entries)?;
        self.hold_fields(&fields).map_err(HeaderError::trap)?;
        Ok(fields)
    }

    fn drop(&mut self, fields: Resource<FieldMap>) -> Result<()> {
        self.limits.release(fields.rep());
        types::HostFields::drop(&mut self.http, fields)
    }

    fn get(&mut self, fields: Resource<FieldMap>, name: String) -> Result<Vec<Vec<u8>>> {
        types::HostFields::get(&mut self.http, fields, name)
    }

    fn has(&mut self, fields: Resource<FieldMap>, name: String) -> Result<bool> {
        self.http.has(fields, name)
    }

    fn set(&mut self, fields: Resource<FieldMap>, name: String, values: Vec<Vec<u8>>) -> HeaderResult<()> {
        let again = again(&fields);
        types::HostFields::set(&mut self.http, fields, name, values)?;
        self.hold_fields(&again).map_err(HeaderError::trap)
    }

    fn delete(&mut self, fields: Resource<FieldMap>, name: String) -> HeaderResult<()> {
        self.http.delete(fields, name)
    }

    fn append(&mut self, fields: Resource<FieldMap>, name: String, value: Vec<u8>) -> HeaderResult<()> {
        let again = again(&fields);
        self.http.append(fields, name, value)?;
        self.hold_fields(&again).map_err(HeaderError::trap)
    }

    fn entries(&mut self, fields: Resource<FieldMap>) -> Result<Vec<(String, Vec<u8>)>> {
        self.http.entries(fields)
    }

    fn clone(&mut self, fields: Resource<FieldMap>) -> Result<Resource<FieldMap>> {
        let copy = types::HostFields::clone(&mut self.http, fields)?;
        self.hold_fields(&copy)?;
        Ok(copy)
    }
}

impl types::HostIncomingRequest for HeldHttp<'_> {
    fn method(&mut self, request: Resource<HostIncomingRequest>) -> Result<Method> {
        types::HostIncomingRequest::method(&mut self.http, request)
    }

    fn path_with_query(&mut self, request: Resource<HostIncomingRequest>) -> Result<Option<String>> {
        types::HostIncomingRequest::path_with_query(&mut self.http, request)
    }

    fn scheme(&mut self, request: Resource<HostIncomingRequest>) -> Result<Option<Scheme>> {
        types::HostIncomingRequest::scheme(&mut self.http, request)
    }

    fn authority(&mut self, request: Resource<HostIncomingRequest>) -> Result<Option<String>> {
        types::HostIncomingRequest::authority(&mut self.http, request)
    }

    fn headers(&mut self, request: Resource<HostIncomingRequest>) -> Result<Resource<FieldMap>> {
        let fields = types::HostIncomingRequest::headers(&mut self.http, request)?;
        self.hold_fields(&fields)?;
        Ok(fields)
    }

    fn consume(&mut self, request: Resource<HostIncomingRequest>) -> Result<Result<Resource<HostIncomingBody>, ()>> {
        types::HostIncomingRequest::consume(&mut self.http, request)
    }

    fn drop(&mut self, request: Resource<HostIncomingRequest>) -> Result<()> {
        types::HostIncomingRequest::drop(&mut self.http, request)
    }
}

impl types::HostOutgoingRequest for HeldHttp<'_> {
    fn new(&mut self, headers: Resource<FieldMap>) -> Result<Resource<HostOutgoingRequest>> {
        let moved = self.limits.release(headers.rep());
        let request = types::HostOutgoingRequest::new(&mut self.http, headers)?;
        self.limits.hold(request.rep(), moved)?;
        Ok(request)
    }

    fn body(&mut self, request: Resource<HostOutgoingRequest>) -> Result<Result<Resource<HostOutgoingBody>, ()>> {
        let again = again(&request);
        let body = types::HostOutgoingRequest::body(&mut self.http, request)?;
        self.hold_request(&again)?;
        Ok(body)
    }

    fn drop(&mut self, request: Resource<HostOutgoingRequest>) -> Result<()> {
        self.limits.release(request.rep());
        types::HostOutgoingRequest::drop(&mut self.http, request)
    }

    fn method(&mut self, request: Resource<HostOutgoingRequest>) -> Result<Method> {
        types::HostOutgoingRequest::method(&mut self.http, request)
    }

    fn set_method(&mut self, request: Resource<HostOutgoingRequest>, method: Method) -> Result<Result<(), ()>> {
        let again = again(&request);
        let set = self.http.set_method(request, method)?;
        self.hold_request(&again)?;
        Ok(set)
    }

    fn path_with_query(&mut self, request: Resource<HostOutgoingRequest>) -> Result<Option<String>> {
        types::HostOutgoingRequest::path_with_query(&mut self.http, request)
    }

    fn set_path_with_query(
        &mut self,
        request: Resource<HostOutgoingRequest>,
        path: Option<String>,
    ) -> Result<Result<(), ()>> {
        let again = again(&request);
        let set = self.http.set_path_with_query(request, path)?;
        self.hold_request(&again)?;
        Ok(set)
    }

    fn scheme(&mut self, request: Resource<HostOutgoingRequest>) -> Result<Option<Scheme>> {
        types::HostOutgoingRequest::scheme(&mut self.http, request)
    }

    fn set_scheme(&mut self, request: Resource<HostOutgoingRequest>, scheme: Option<Scheme>) -> Result<Result<(), ()>> {
        let again = again(&request);
        let set = self.http.set_scheme(request, scheme)?;
        self.hold_request(&again)?;
        Ok(set)
    }

    fn authority(&mut self, request: Resource<HostOutgoingRequest>) -> Result<Option<String>> {
        types::HostOutgoingRequest::authority(&mut self.http, request)
    }

    fn set_authority(
        &mut self,
        request: Resource<HostOutgoingRequest>,
        authority: Option<String>,
    ) -> Result<Result<(), ()>> {
        let again = again(&request);
        let set = self.http.set_authority(request, authority)?;
        self.hold_request(&again)?;
        Ok(set)
    }

    fn headers(&mut self, request: Resource<HostOutgoingRequest>) -> Result<Resource<FieldMap>> {
        let fields = types::HostOutgoingRequest::headers(&mut self.http, request)?;
        self.hold_fields(&fields)?;
        Ok(fields)
    }
}

impl types::HostRequestOptions for HeldHttp<'_> {
    fn new(&mut self) -> Result<Resource<RequestOptions>> {
        types::HostRequestOptions::new(&mut self.http)
    }

    fn connect_timeout(&mut self, options: Resource<RequestOptions>) -> Result<Option<Duration>> {
        self.http.connect_timeout(options)
    }

    fn set_connect_timeout(
        &mut self,
        options: Resource<RequestOptions>,
        duration: Option<Duration>,
    ) -> Result<Result<(), ()>> {
        self.http.set_connect_timeout(options, duration)
    }

    fn first_byte_timeout(&mut self, options: Resource<RequestOptions>) -> Result<Option<Duration>> {
        self.http.first_byte_timeout(options)
    }

    fn set_first_byte_timeout(
        &mut self,
        options: Resource<RequestOptions>,
        duration: Option<Duration>,
    ) -> Result<Result<(), ()>> {
        self.http.set_first_byte_timeout(options, duration)
    }

    fn between_bytes_timeout(&mut self, options: Resource<RequestOptions>) -> Result<Option<Duration>> {
        self.http.between_bytes_timeout(options)
    }

    fn set_between_bytes_timeout(
        &mut self,
        options: Resource<RequestOptions>,
        duration: Option<Duration>,
    ) -> Result<Result<(), ()>> {
        self.http.set_between_bytes_timeout(options, duration)
    }

    fn drop(&mut self, options: Resource<RequestOptions>) -> Result<()> {
        types::HostRequestOptions::drop(&mut self.http, options)
    }
}

impl types::HostResponseOutparam for HeldHttp<'_> {
    fn drop(&mut self, out: Resource<HostResponseOutparam>) -> Result<()> {
        types::HostResponseOutparam::drop(&mut self.http, out)
    }

    fn set(
        &mut self,
        out: Resource<HostResponseOutparam>,
        response: Result<Resource<HostOutgoingResponse>, ErrorCode>,
    ) -> Result<()> {
        if let Ok(response) = &response {
            // It is the host's from here on, which takes one.
            self.limits.release(response.rep());
        }
        types::HostResponseOutparam::set(&mut self.http, out, response)
    }

    fn send_informational(
        &mut self,
        out: Resource<HostResponseOutparam>,
        status: u16,
        headers: Resource<FieldMap>,
    ) -> HttpResult<()> {
        self.http.send_informational(out, status, headers)
    }
}

impl types::HostIncomingResponse for HeldHttp<'_> {
    fn drop(&mut self, response: Resource<HostIncomingResponse>) -> Result<()> {
        self.limits.release(response.rep());
        types::HostIncomingResponse::drop(&mut self.http, response)
    }

    fn status(&mut self, response: Resource<HostIncomingResponse>) -> Result<StatusCode> {
        self.http.status(response)
    }

    fn headers(&mut self, response: Resource<HostIncomingResponse>) -> Result<Resource<FieldMap>> {
        let fields = types::HostIncomingResponse::headers(&mut self.http, response)?;
        self.hold_fields(&fields)?;
        Ok(fields)
    }

    fn consume(&mut self, response: Resource<HostIncomingResponse>) -> Result<Result<Resource<HostIncomingBody>, ()>> {
        let again = again(&response);
        let body = types::HostIncomingResponse::consume(&mut self.http, response)?;
        if let Ok(body) = &body {
            let headers = of_fields(&self.http.table.get(&again)?.headers);
            self.limits.hold(again.rep(), headers)?;
            self.limits.hold(body.rep(), IN_FLIGHT)?;
        }
        Ok(body)
    }
}

impl types::HostFutureTrailers for HeldHttp<'_> {
    fn drop(&mut self, trailers: Resource<HostFutureTrailers>) -> Result<()> {
        self.limits.release(trailers.rep());
        types::HostFutureTrailers::drop(&mut self.http, trailers)
    }

    fn subscribe(&mut self, trailers: Resource<HostFutureTrailers>) -> Result<Resource<DynPollable>> {
        types::HostFutureTrailers::subscribe(&mut self.http, trailers)
    }

    fn get(
        &mut self,
        trailers: Resource<HostFutureTrailers>,
    ) -> Result<Option<Result<Result<Option<Resource<FieldMap>>, ErrorCode>, ()>>> {
        let got = types::HostFutureTrailers::get(&mut self.http, trailers)?;
        if let Some(Ok(Ok(Some(fields)))) = &got {
            self.hold_fields(fields)?;
        }
        Ok(got)
    }
}

impl types::HostIncomingBody for HeldHttp<'_> {
    fn stream(&mut self, body: Resource<HostIncomingBody>) -> Result<Result<Resource<DynInputStream>, ()>> {
        self.http.stream(body)
    }

    fn finish(&mut self, body: Resource<HostIncomingBody>) -> Result<Resource<HostFutureTrailers>> {
        let moved = self.limits.release(body.rep());
        let trailers = types::HostIncomingBody::finish(&mut self.http, body)?;
        self.limits.hold(trailers.rep(), moved)?;
        Ok(trailers)
    }

    fn drop(&mut self, body: Resource<HostIncomingBody>) -> Result<()> {
        self.limits.release(body.rep());
        types::HostIncomingBody::drop(&mut self.http, body)
    }
}

impl types::HostOutgoingResponse for HeldHttp<'_> {
    fn new(&mut self, headers: Resource<FieldMap>) -> Result<Resource<HostOutgoingResponse>> {
        let moved = self.limits.release(headers.rep());
        let response = types::HostOutgoingResponse::new(&mut self.http, headers)?;
        self.limits.hold(response.rep(), moved)?;
        Ok(response)
    }

    fn body(&mut self, response: Resource<HostOutgoingResponse>) -> Result<Result<Resource<HostOutgoingBody>, ()>> {
        let again = again(&response);
        let body = types::HostOutgoingResponse::body(&mut self.http, response)?;
        if body.is_ok() {
            let more = self.limits.held(again.rep()) + OUTGOING_BODY;
            self.limits.hold(again.rep(), more)?;
        }
        Ok(body)
    }

    fn status_code(&mut self, response: Resource<HostOutgoingResponse>) -> Result<StatusCode> {
        self.http.status_code(response)
    }

    fn set_status_code(
        &mut self,
        response: Resource<HostOutgoingResponse>,
        status: StatusCode,
    ) -> Result<Result<(), ()>> {
        self.http.set_status_code(response, status)
    }

    fn headers(&mut self, response: Resource<HostOutgoingResponse>) -> Result<Resource<FieldMap>> {
        let fields = types::HostOutgoingResponse::headers(&mut self.http, response)?;
        self.hold_fields(&fields)?;
        Ok(fields)
    }

    fn drop(&mut self, response: Resource<HostOutgoingResponse>) -> Result<()> {
        self.limits.release(response.rep());
        types::HostOutgoingResponse::drop(&mut self.http, response)
    }
}

impl types::HostFutureIncomingResponse for HeldHttp<'_> {
    fn drop(&mut self, response: Resource<HostFutureIncomingResponse>) -> Result<()> {
        self.limits.release(response.rep());
        types::HostFutureIncomingResponse::drop(&mut self.http, response)
    }

    fn get(
        &mut self,
        response: Resource<HostFutureIncomingResponse>,
    ) -> Result<Option<Result<Result<Resource<HostIncomingResponse>, ErrorCode>, ()>>> {
        let pending = response.rep();
        let got = types::HostFutureIncomingResponse::get(&mut self.http, response)?;
        if got.is_some() {
            self.limits.release(pending);
        }
        if let Some(Ok(Ok(response))) = &got {
            let headers = of_fields(&self.http.table.get(response)?.headers);
            self.limits.hold(response.rep(), headers + IN_FLIGHT)?;
        }
        Ok(got)
    }

    fn subscribe(&mut self, response: Resource<HostFutureIncomingResponse>) -> Result<Resource<DynPollable>> {
        types::HostFutureIncomingResponse::subscribe(&mut self.http, response)
    }
}

impl types::HostOutgoingBody for HeldHttp<'_> {
    fn write(&mut self, body: Resource<HostOutgoingBody>) -> Result<Result<Resource<DynOutputStream>, ()>> {
        self.http.write(body)
    }

    fn finish(&mut self, body: Resource<HostOutgoingBody>, trailers: Option<Resource<FieldMap>>) -> HttpResult<()> {
        if let Some(trailers) = &trailers {
            self.limits.release(trailers.rep());
        }
        types::HostOutgoingBody::finish(&mut self.http, body, trailers)
    }

    fn drop(&mut self, body: Resource<HostOutgoingBody>) -> Result<()> {
        types::HostOutgoingBody::drop(&mut self.http, body)
    }
}

/// The same resource once more, for when a call has taken it.
fn again<T: 'static>(resource: &Resource<T>) -> Resource<T> {
    Resource::new_borrow(resource.rep())
}
