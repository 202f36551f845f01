//! Standard output as it really is: closed, a file, a pipe whose reader may be gone. It knows bytes, and nothing of formats.
//!
//! Rust's own standard output opens `/dev/null` where a descriptor is closed, and takes a write to a descriptor that cannot
//! be written to for done. So this looks before it does, and writes past it.

use std::io::{self, Write};
#[cfg(unix)]
use std::{
    fs::File,
    io::{Read, Seek, SeekFrom},
    os::fd::{AsFd, BorrowedFd},
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

#[cfg(unix)]
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    fs::{FileType, OFlags, fcntl_getfl, fstat},
};

/// How often a pipe is asked whether its reader has taken all.
#[cfg(unix)]
const POLL_OF_A_PIPE: Duration = Duration::from_millis(5);

/// Whether the process was started without a standard output.
#[cfg(unix)]
static WAS_CLOSED: AtomicBool = AtomicBool::new(false);

// Before `main`, since Rust opens /dev/null in the place of a closed standard output on the way there.
#[cfg(unix)]
#[ctor::ctor(unsafe)]
fn look_for_a_closed_output() {
    WAS_CLOSED.store(rustix::io::fcntl_getfd(rustix::stdio::stdout()).is_err(), Ordering::Relaxed);
}

/// Standard output. Nothing is buffered.
pub(crate) struct StandardOutput {
    #[cfg(unix)]
    file: File,
    #[cfg(unix)]
    kind: Kind,
    /// Whether the next bytes begin with a line break, since a line may be unfinished before them.
    breaks_line: bool,
}

#[cfg(unix)]
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// It can be cut and synced. Its end moves by others, too, if it is opened for appending.
    File { appends: bool },
    /// Its reader may be gone, and what it did not read yet can be seen.
    Pipe,
    /// Its reader may be gone.
    Socket,
    /// A terminal, /dev/null and the like.
    Other,
}

impl StandardOutput {
    /// Takes standard output as it is.
    ///
    /// # Errors
    /// If it is closed, or cannot be written to.
    pub(crate) fn open() -> io::Result<Self> {
        #[cfg(unix)]
        {
            if WAS_CLOSED.load(Ordering::Relaxed) {
                return Err(io::Error::other("standard output is closed: redirect it to a file, or to /dev/null"));
            }
            let file = File::from(io::stdout().as_fd().try_clone_to_owned()?);
            let flags = fcntl_getfl(&file)?;
            if flags & OFlags::RWMODE == OFlags::RDONLY {
                return Err(io::Error::other("standard output is open for reading only: redirect it with >"));
            }
            let kind = match FileType::from_raw_mode(fstat(&file)?.st_mode) {
                FileType::RegularFile => Kind::File { appends: flags.contains(OFlags::APPEND) },
                FileType::Fifo => Kind::Pipe,
                FileType::Socket => Kind::Socket,
                _ => Kind::Other,
            };
            Ok(Self { file, kind, breaks_line: false })
        }
        #[cfg(not(unix))]
        Ok(Self { breaks_line: false })
    }

    /// From here on, lines are written. If a file ends in an unfinished one, or if that cannot be seen, the first begins with
    /// a line break.
    pub(crate) fn begin_lines(&mut self) {
        #[cfg(unix)]
        if matches!(self.kind, Kind::File { .. }) {
            self.breaks_line = match self.end() {
                Ok(0) => false,
                Ok(end) => last_byte(&self.file, end).is_none_or(|last| last != b'\n'),
                Err(_) => true,
            };
        }
    }

    /// Writes all of some bytes. Of a regular file, what was written is cut off again where the rest fails.
    ///
    /// # Errors
    /// `BrokenPipe` if the reader is gone; any other if the bytes could not be written.
    pub(crate) fn write_whole(&mut self, bytes: &[u8]) -> io::Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        if std::mem::take(&mut self.breaks_line) {
            self.write_or_cut(b"\n")?;
        }
        self.write_or_cut(bytes)
    }

    #[cfg(unix)]
    fn write_or_cut(&mut self, bytes: &[u8]) -> io::Result<()> {
        let before = self.end();
        let mut written = 0;
        let outcome = loop {
            match bytes.get(written..) {
                None | Some([]) => break Ok(()),
                Some(rest) => match self.file.write(rest) {
                    Ok(0) => break Err(io::ErrorKind::WriteZero.into()),
                    Ok(count) => written += count,
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) => break Err(error),
                },
            }
        };
        if outcome.is_err()
            && let (Kind::File { appends }, Ok(before)) = (self.kind, before)
            // Only what this process wrote, and nobody behind it.
            && self.file.metadata().is_ok_and(|found| found.len() == before + written as u64)
            && self.file.set_len(before).is_ok()
            && !appends
        {
            self.file.seek(SeekFrom::Start(before))?;
        }
        outcome
    }

    #[cfg(not(unix))]
    fn write_or_cut(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut out = io::stdout().lock();
        out.write_all(bytes)?;
        out.flush()
    }

    /// Returns when what was written is delivered as far as that can be known: on the disk, or taken out of the pipe.
    ///
    /// # Errors
    /// `BrokenPipe` if the reader is gone, and may have left something in the pipe; any other if a file could not be synced.
    pub(crate) fn wait_until_delivered(&self) -> io::Result<()> {
        #[cfg(unix)]
        match self.kind {
            Kind::File { .. } => self.file.sync_data()?,
            Kind::Pipe => {
                // Where the system does not say what a pipe holds, written is all that can be known.
                while rustix::io::ioctl_fionread(&self.file).unwrap_or(0) > 0 {
                    require_reader(self.file.as_fd())?;
                    std::thread::sleep(POLL_OF_A_PIPE);
                }
                require_reader(self.file.as_fd())?;
            }
            Kind::Socket => require_reader(self.file.as_fd())?,
            Kind::Other => {}
        }
        Ok(())
    }

    /// Where the next byte of a file will stand.
    #[cfg(unix)]
    fn end(&mut self) -> io::Result<u64> {
        match self.kind {
            Kind::File { appends: true } => Ok(self.file.metadata()?.len()),
            Kind::File { appends: false } => self.file.stream_position(),
            Kind::Pipe | Kind::Socket | Kind::Other => Ok(0),
        }
    }
}

/// All or nothing, as [`StandardOutput::write_whole`] does it.
impl Write for StandardOutput {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_whole(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The byte before this place of a file that is open for writing; none if the system has no way to see it.
#[cfg(unix)]
fn last_byte(file: &File, end: u64) -> Option<u8> {
    use std::os::fd::AsRawFd;
    let mut readable = File::open(format!("/proc/self/fd/{}", file.as_raw_fd())).ok()?;
    readable.seek(SeekFrom::Start(end.checked_sub(1)?)).ok()?;
    let mut last = [0];
    readable.read_exact(&mut last).ok()?;
    last.first().copied()
}

/// Fails with `BrokenPipe` if nobody can read any more.
#[cfg(unix)]
fn require_reader(pipe: BorrowedFd<'_>) -> io::Result<()> {
    let mut polled = [PollFd::from_borrowed_fd(pipe, PollFlags::empty())];
    poll(&mut polled, Some(&Timespec::default()))?;
    let gone = polled.iter().any(|fd| fd.revents().intersects(PollFlags::ERR | PollFlags::HUP));
    if gone { Err(io::ErrorKind::BrokenPipe.into()) } else { Ok(()) }
}
