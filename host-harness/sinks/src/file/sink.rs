//! A batch as lines.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::Mutex;

use super::appended::AppendedFile;
use super::line::{Line, LineDigest, MOST_AT_ONCE};
use super::settings::FileSettings;
use crate::envelope::Envelope;
use crate::error::SinkError;
use crate::format::Format;
use crate::sink::{Sink, Undelivered};

/// Lines in a file.
pub(crate) struct FileSink {
    format: Format,
    /// Written to on a thread of its own, since a disk may take its time.
    file: Arc<Mutex<AppendedFile>>,
}

impl FileSink {
    pub(crate) async fn open(settings: &FileSettings, folder: &Path) -> Result<Self, SinkError> {
        let (path, rotation) = (folder.join(settings.path()), settings.rotation.clone());
        let opened = tokio::task::spawn_blocking(move || AppendedFile::open(&path, rotation)).await;
        let file = opened.map_err(|error| SinkError(error.to_string()))?.map_err(SinkError)?;
        Ok(Self { format: settings.format, file: Arc::new(Mutex::new(file)) })
    }
}

#[async_trait]
impl Sink for FileSink {
    fn most_at_once(&self) -> usize {
        MOST_AT_ONCE
    }

    async fn deliver(&mut self, batch: &[Envelope]) -> Result<(), Undelivered> {
        let lines: Vec<Line> = batch
            .iter()
            .map(|envelope| {
                let mut text = Vec::new();
                self.format.write(envelope, &mut text)?;
                text.push(b'\n');
                Ok(Line::new(text))
            })
            .collect::<Result<_, Undelivered>>()?;
        let digests: Vec<LineDigest> = lines.iter().map(Line::digest).collect();
        // What was begun goes on if this is dropped. So the next one waits for its end, and then finds the lines there.
        let mut file = Arc::clone(&self.file).lock_owned().await;
        let written = tokio::task::spawn_blocking(move || file.append(&lines));
        written.await.map_err(|error| Undelivered::later(error.to_string()))?.map_err(Undelivered::later)?;
        self.file.lock().await.acknowledge(&digests);
        Ok(())
    }
}
