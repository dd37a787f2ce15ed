//! Many connections with a call under way on each, driven by one thread: one `epoll_wait`, one
//! read and one write for a call.

use std::io::{ErrorKind, Read, Write};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use rustix::buffer::spare_capacity;
use rustix::event::epoll::{self, CreateFlags, EventData, EventFlags};
use rustix::fd::OwnedFd;

use super::client::Connection;
use super::response::{Response, is_success, read};
use crate::proto::question::{Era, answered, shown};
use crate::proto::rates::Run;
use crate::proto::servers::Served;
use crate::server::cpu;

/// Connections to one server.
#[derive(Debug)]
pub(super) struct Load {
    connections: Vec<Caller>,
    epoll: OwnedFd,
    pid: u32,
    next: usize,
}

/// A connection and the call under way on it.
#[derive(Debug)]
struct Caller {
    connection: Connection,
    number: usize,
    asked: Instant,
}

impl Load {
    /// Opens the connections.
    pub(super) fn connect(served: &Served, era: Era, count: usize, opens: bool) -> Result<Self> {
        let epoll = epoll::create(CreateFlags::CLOEXEC)?;
        let mut connections = Vec::with_capacity(count);
        for index in 0..count {
            let connection = Connection::open(served.address(), era, opens)?;
            connection.stream.set_nonblocking(true)?;
            let data = EventData::new_u64(index as u64);
            epoll::add(&epoll, &connection.stream, data, EventFlags::IN)?;
            connections.push(Caller {
                connection,
                number: 0,
                asked: Instant::now(),
            });
        }
        Ok(Self {
            connections,
            epoll,
            pid: served.pid(),
            next: 1,
        })
    }

    /// Makes calls, one under way on each connection until the last ones.
    pub(super) fn calls(&mut self, calls: usize) -> Result<Run> {
        let mut latencies = Vec::with_capacity(calls);
        let mut asked = self.connections.len().min(calls);
        let mut events = Vec::with_capacity(self.connections.len());
        let before = cpu::time(self.pid)?;
        let started = Instant::now();
        for caller in &mut self.connections[..asked] {
            caller.ask(&mut self.next)?;
        }
        while latencies.len() < calls {
            epoll::wait(&self.epoll, spare_capacity(&mut events), None)?;
            for event in events.drain(..) {
                let caller = &mut self.connections[event.data.u64() as usize];
                let Some(latency) = caller.hear()? else {
                    continue;
                };
                latencies.push(latency);
                if asked < calls {
                    asked += 1;
                    caller.ask(&mut self.next)?;
                }
            }
        }
        Ok(Run {
            seconds: started.elapsed().as_secs_f64(),
            latencies,
            cpu: cpu::time(self.pid)? - before,
        })
    }
}

impl Caller {
    /// Makes the next call.
    fn ask(&mut self, next: &mut usize) -> Result<()> {
        self.number = *next;
        *next += 1;
        let request = self.connection.call(self.number);
        self.asked = Instant::now();
        // One request is far less than what a socket takes at once.
        self.connection.stream.write_all(&request)?;
        Ok(())
    }

    /// Takes what came; returns how long the call took, in seconds, when it is answered.
    fn hear(&mut self) -> Result<Option<f64>> {
        let mut buffer = [0; 16 * 1024];
        match self.connection.stream.read(&mut buffer) {
            Ok(0) => anyhow::bail!("the server closed a connection"),
            Ok(count) => self.connection.received.extend_from_slice(&buffer[..count]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
            Err(error) => return Err(error).context("a connection broke"),
        }
        let received = &mut self.connection.received;
        let Response::Whole { head, body, length } = read(received)? else {
            return Ok(None);
        };
        let latency = self.asked.elapsed();
        ensure!(is_success(head), "refused: {}", shown(received));
        ensure!(answered(body)? == self.number, "another call's answer");
        ensure!(length == received.len(), "more than the answer");
        received.clear();
        Ok(Some(latency.as_secs_f64()))
    }
}
