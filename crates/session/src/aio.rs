//! Readiness of the terminal's ends and of the program's exit for tokio.
#![allow(deprecated)]

use std::io;
use std::os::fd::{AsFd, OwnedFd};

use rejoinder_pty::{
    CanonicalWriter, ExitStatus, Flush, Input, Output, Process, ReadOutcome, WriteOutcome,
};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

pub(crate) struct AsyncOutput {
    inner: Output,
    ready: AsyncFd<OwnedFd>,
}

impl AsyncOutput {
    pub(crate) fn new(inner: Output) -> io::Result<Self> {
        let fd = inner.as_fd().try_clone_to_owned()?;
        Ok(Self {
            inner,
            ready: AsyncFd::with_interest(fd, Interest::READABLE)?,
        })
    }
    pub(crate) async fn readable(&self) -> io::Result<()> {
        self.ready
            .readable()
            .await
            .map(|mut guard| guard.retain_ready())
    }
    pub(crate) fn try_read(&self, buffer: &mut [u8]) -> io::Result<ReadOutcome> {
        let result = self
            .ready
            .try_io(Interest::READABLE, |_| match self.inner.read(buffer)? {
                ReadOutcome::WouldBlock => Err(io::ErrorKind::WouldBlock.into()),
                other => Ok(other),
            });
        match result {
            Err(e) if e.kind() == io::ErrorKind::WouldBlock => Ok(ReadOutcome::WouldBlock),
            other => other,
        }
    }
}

pub(crate) struct AsyncInput {
    inner: Input,
    ready: AsyncFd<OwnedFd>,
}

impl AsyncInput {
    pub(crate) fn new(inner: Input) -> io::Result<Self> {
        let fd = inner.as_fd().try_clone_to_owned()?;
        Ok(Self {
            inner,
            ready: AsyncFd::with_interest(fd, Interest::WRITABLE)?,
        })
    }
    pub(crate) async fn writable(&self) -> io::Result<()> {
        self.ready
            .writable()
            .await
            .map(|mut guard| guard.retain_ready())
    }
    pub(crate) fn try_flush(&self, writer: &mut CanonicalWriter) -> io::Result<Flush> {
        let mut out = Flush::WouldBlock;
        let _ = self.ready.try_io(Interest::WRITABLE, |_| {
            out = writer.write_to(&self.inner)?;
            if matches!(out, Flush::WouldBlock) {
                Err(io::ErrorKind::WouldBlock.into())
            } else {
                Ok(())
            }
        });
        Ok(out)
    }
    pub(crate) fn try_write(&self, bytes: &[u8]) -> io::Result<WriteOutcome> {
        self.inner.write(bytes)
    }
}

pub(crate) struct ExitWatch {
    process: Process,
    ready: AsyncFd<OwnedFd>,
}

impl ExitWatch {
    pub(crate) fn new(process: &Process) -> io::Result<Self> {
        let fd = process.exit_fd().try_clone_to_owned()?;
        Ok(Self {
            process: process.clone(),
            ready: AsyncFd::with_interest(fd, Interest::READABLE)?,
        })
    }
    pub(crate) async fn exited(&self) -> io::Result<ExitStatus> {
        loop {
            if let Some(status) = self.process.try_wait()? {
                return Ok(status);
            }
            self.ready.readable().await?.clear_ready();
        }
    }
}
