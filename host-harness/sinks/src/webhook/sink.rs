//! Requests and their answers.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use bytes::Bytes;
use http::{HeaderMap, Request, Response, header};
use http_body_util::{BodyExt, Full};
use logzio_soar_network::{OutgoingBody, Timeouts};

use super::answer::judge;
use super::body::Body;
use super::message;
use super::settings::WebhookSettings;
use super::target::Target;
use crate::envelope::Envelope;
use crate::error::SinkError;
use crate::secret::hide;
use crate::sink::{Sink, Undelivered};

/// How much of an answer is read, in bytes.
const LARGEST_ANSWER: usize = 64 << 10;
/// How much of it is shown, in characters.
const LONGEST_EXCERPT: usize = 200;

/// Incidents by HTTPS POST.
pub(crate) struct WebhookSink {
    settings: WebhookSettings,
    folder: PathBuf,
    target: Target,
    /// Whether the secrets were refused, so that they are read again.
    is_outdated: bool,
}

impl WebhookSink {
    pub(crate) async fn open(settings: &WebhookSettings, folder: &Path) -> Result<Self, SinkError> {
        let target = Target::find(settings, folder).await?;
        Ok(Self { settings: settings.clone(), folder: folder.to_owned(), target, is_outdated: false })
    }

    async fn send(&mut self, batch: &[Envelope]) -> Result<(), Undelivered> {
        if self.is_outdated {
            let found = Target::find(&self.settings, &self.folder).await;
            self.target = found.map_err(|error| Undelivered::later(error.to_string()))?;
            self.is_outdated = false;
        }
        let is_list = self.settings.batch > 1;
        let mut headers = self.target.headers.clone();
        headers.extend(self.target.header_templates.render(batch, is_list)?);
        let body = self.target.form.body(batch, is_list)?;
        let request = self.request(&message::id(batch), headers, body)?;
        let timeouts =
            Timeouts { connect: Some(self.settings.timeouts.connect), first_byte: Some(self.settings.timeouts.answer) };
        let origin = &self.target.origin;
        let sent = self.target.client.send(request, timeouts).await;
        let response = sent.map_err(|error| Undelivered::later(format!("{origin} could not be reached: {error}")))?;
        let (head, body) = response.into_parts();
        // A 2xx counts whatever follows it. It is read all the same, so that the connection can be used again.
        let said = read(Response::new(body), self.settings.timeouts.body).await;
        let said = if head.status.is_success() { String::new() } else { excerpt(&said, &self.target) };
        self.is_outdated = matches!(head.status.as_u16(), 401 | 403 | 404);
        judge(origin, head.status, &head.headers, &said, SystemTime::now())
    }

    fn request(&self, id: &str, headers: HeaderMap, body: Body) -> Result<Request<OutgoingBody>, Undelivered> {
        let seconds = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
        let mut request = Request::post(self.target.uri.clone())
            .header(header::CONTENT_TYPE, body.media_type)
            .header("webhook-id", id)
            .header("webhook-timestamp", seconds);
        if !self.target.keys.is_empty() {
            let signatures: Vec<_> = self.target.keys.iter().map(|key| key.sign(id, seconds, &body.bytes)).collect();
            request = request.header("webhook-signature", signatures.join(" "));
        }
        if let Some(set) = request.headers_mut() {
            set.extend(headers);
        }
        let body = Full::new(Bytes::from(body.bytes)).map_err(|never| match never {}).boxed_unsync();
        request.body(body).map_err(|error| Undelivered::refused(format!("no request can be made of it: {error}")))
    }
}

#[async_trait]
impl Sink for WebhookSink {
    fn most_at_once(&self) -> usize {
        self.settings.batch
    }

    async fn deliver(&mut self, batch: &[Envelope]) -> Result<(), Undelivered> {
        for part in batch.chunks(self.settings.batch.max(1)) {
            self.send(part).await?;
        }
        Ok(())
    }
}

/// The first bytes of a body, as many as come in time.
async fn read(mut response: Response<OutgoingBody>, limit: Duration) -> Vec<u8> {
    let mut read = Vec::new();
    let reading = async {
        while let Some(Ok(frame)) = response.frame().await {
            if let Some(data) = frame.data_ref() {
                let left = LARGEST_ANSWER - read.len();
                read.extend(data.iter().take(left));
                if left <= data.len() {
                    break;
                }
            }
        }
    };
    let _ = tokio::time::timeout(limit, reading).await;
    read
}

/// What of an answer may be shown: its first words, without secrets.
fn excerpt(body: &[u8], target: &Target) -> String {
    let text = hide(&String::from_utf8_lossy(body), &target.secrets);
    let printable: String = text.chars().map(|char| if char.is_control() { ' ' } else { char }).collect();
    let words: Vec<&str> = printable.split_whitespace().collect();
    words.join(" ").chars().take(LONGEST_EXCERPT).collect()
}
