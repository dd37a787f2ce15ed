//! Who may type: one writer at a time, and a person goes before an agent.
//!
//! [`Lease`] is pure: it is told who types and when, and keeps no clock. Next to
//! it stands the [`Journal`] of who typed how much, never what.

use std::collections::VecDeque;
use std::fmt;
use std::time::{Duration, Instant, SystemTime};

use minicbor::{Decode, Encode};

/// How long a person keeps the input after the last keystroke. Long enough to
/// read what the program answers, short enough that a terminal left open
/// overnight does not keep the agent out.
pub const PERSON_IDLE: Duration = Duration::from_secs(60);

/// How many inputs a session's journal remembers; older ones are forgotten.
pub const JOURNAL_LENGTH: usize = 256;

/// Who types.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Encode, Decode)]
pub enum Actor {
    /// A program acting for somebody, by its name.
    #[n(0)]
    Agent(#[n(0)] String),
    /// A person at a keyboard, by name.
    #[n(1)]
    Person(#[n(0)] String),
}

impl Actor {
    /// The name, without what kind of actor it is.
    ///
    /// # Example
    ///
    /// ```
    /// assert_eq!(rejoinder_session::Actor::Person("ada".into()).name(), "ada");
    /// ```
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Agent(name) | Self::Person(name) => name,
        }
    }

    /// Whether it is a person.
    #[must_use]
    pub fn is_person(&self) -> bool {
        matches!(self, Self::Person(_))
    }
}

/// `agent claude` or `person ada`.
impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.is_person() { "person" } else { "agent" };
        write!(f, "{kind} {}", self.name())
    }
}

/// Why an agent may not type now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refused<'a> {
    /// The person who holds the input.
    pub(crate) person: &'a str,
    /// How long ago that person last typed.
    pub(crate) typed_ago: Duration,
    /// How long it takes until the input is free, should nobody type.
    pub(crate) free_in: Duration,
}

/// The right to type into one session: held by nobody, an agent or a person.
///
/// Commands: [`Lease::take`] before every input, [`Lease::release`] when an
/// actor leaves, [`Lease::handle_timeout`] when [`Lease::poll_timeout`] says so.
#[derive(Debug)]
pub(crate) struct Lease {
    idle: Duration,
    held: Option<Held>,
}

#[derive(Debug)]
struct Held {
    by: Actor,
    last_input: Instant,
}

impl Lease {
    /// A lease that nobody holds; who holds it loses it after `idle` without
    /// input.
    pub(crate) fn new(idle: Duration) -> Self {
        Self { idle, held: None }
    }

    /// An actor wants to type. A person always may, and takes the lease from
    /// whoever has it; an agent may unless a person has it.
    pub(crate) fn take(&mut self, actor: &Actor, now: Instant) -> Result<(), Refused<'_>> {
        self.handle_timeout(now);
        if !actor.is_person() && self.is_held_by_person() {
            return Err(self.refusal(now).expect("a person holds it"));
        }
        match &mut self.held {
            Some(held) if held.by == *actor => held.last_input = now,
            held => {
                *held = Some(Held {
                    by: actor.clone(),
                    last_input: now,
                });
            }
        }
        Ok(())
    }

    /// An actor leaves: what it holds is free. Says whether it held it.
    pub(crate) fn release(&mut self, actor: &Actor) -> bool {
        let holds = self.held.as_ref().is_some_and(|held| held.by == *actor);
        if holds {
            self.held = None;
        }
        holds
    }

    /// When a person's lease ends if nobody types.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        let held = self.held.as_ref().filter(|held| held.by.is_person())?;
        Some(held.last_input + self.idle)
    }

    /// Frees what was held for too long without input.
    pub(crate) fn handle_timeout(&mut self, now: Instant) {
        if self
            .held
            .as_ref()
            .is_some_and(|held| now >= held.last_input + self.idle)
        {
            self.held = None;
        }
    }

    /// Whether agents are kept out.
    pub(crate) fn is_held_by_person(&self) -> bool {
        self.held.as_ref().is_some_and(|held| held.by.is_person())
    }

    /// What an agent is told while a person holds it.
    fn refusal(&self, now: Instant) -> Option<Refused<'_>> {
        let held = self.held.as_ref().filter(|held| held.by.is_person())?;
        let typed_ago = now.saturating_duration_since(held.last_input);
        Some(Refused {
            person: held.by.name(),
            typed_ago,
            free_in: self.idle.saturating_sub(typed_ago),
        })
    }
}

/// One input, as the journal remembers it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct InputRecord {
    /// When its typing ended.
    #[n(0)]
    pub at: SystemTime,
    /// Who typed.
    #[n(1)]
    pub actor: Actor,
    /// How many bytes the terminal took of it.
    #[n(2)]
    pub bytes: u64,
}

/// The last inputs of a session, [`JOURNAL_LENGTH`] at most.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    records: VecDeque<InputRecord>,
}

impl Journal {
    /// Adds an input; the oldest is forgotten when there are too many.
    pub(crate) fn note(&mut self, record: InputRecord) {
        if self.records.len() == JOURNAL_LENGTH {
            self.records.pop_front();
        }
        self.records.push_back(record);
    }

    /// The inputs, the oldest first.
    pub(crate) fn records(&self) -> Vec<InputRecord> {
        self.records.iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn agent() -> Actor {
        Actor::Agent("claude".to_owned())
    }

    fn person(name: &str) -> Actor {
        Actor::Person(name.to_owned())
    }

    fn lease() -> (Lease, Instant) {
        (Lease::new(PERSON_IDLE), Instant::now())
    }

    #[test]
    fn agents_share_what_no_person_holds() {
        let (mut lease, now) = lease();
        assert!(lease.take(&agent(), now).is_ok());
        assert!(lease.take(&Actor::Agent("other".to_owned()), now).is_ok());
        assert!(lease.take(&agent(), now).is_ok());
        assert_eq!(lease.poll_timeout(), None);
    }

    #[test]
    fn a_keystroke_takes_it_and_agents_are_told_since_when_and_for_how_long() {
        let (mut lease, now) = lease();
        lease.take(&agent(), now).unwrap();
        lease.take(&person("ada"), now).unwrap();
        assert!(lease.is_held_by_person());
        let refused = lease.take(&agent(), now + 20 * SECOND).unwrap_err();
        assert_eq!(refused.person, "ada");
        assert_eq!(refused.typed_ago, 20 * SECOND);
        assert_eq!(refused.free_in, 40 * SECOND);
        // Another person is no agent.
        lease.take(&person("bob"), now + 30 * SECOND).unwrap();
        let refused = lease.take(&agent(), now + 31 * SECOND).unwrap_err();
        assert_eq!(refused.person, "bob");
    }

    #[test]
    fn detaching_frees_it_and_only_the_holder_can() {
        let (mut lease, now) = lease();
        lease.take(&person("ada"), now).unwrap();
        assert!(!lease.release(&person("bob")) && !lease.release(&agent()));
        assert!(lease.take(&agent(), now).is_err());
        assert!(lease.release(&person("ada")));
        assert!(!lease.release(&person("ada")));
        assert!(lease.take(&agent(), now).is_ok());
    }

    #[test]
    fn idling_frees_it_and_every_keystroke_counts_anew() {
        let (mut lease, now) = lease();
        lease.take(&person("ada"), now).unwrap();
        lease.take(&person("ada"), now + 50 * SECOND).unwrap();
        assert_eq!(lease.poll_timeout(), Some(now + 110 * SECOND));
        lease.handle_timeout(now + 109 * SECOND);
        assert!(lease.is_held_by_person());
        lease.handle_timeout(now + 110 * SECOND);
        assert!(!lease.is_held_by_person());
        assert_eq!(lease.poll_timeout(), None);
    }

    #[test]
    fn the_journal_is_bounded_and_keeps_the_newest() {
        let mut journal = Journal::default();
        for bytes in 0..JOURNAL_LENGTH as u64 + 10 {
            journal.note(InputRecord {
                at: SystemTime::UNIX_EPOCH,
                actor: agent(),
                bytes,
            });
        }
        let records = journal.records();
        assert_eq!(records.len(), JOURNAL_LENGTH);
        assert_eq!(
            (records[0].bytes, records[JOURNAL_LENGTH - 1].bytes),
            (10, 265)
        );
    }

    proptest! {
        /// Guards: an agent types exactly when no person has typed within the
        /// idle time and not left since.
        #[test]
        fn an_agent_types_when_no_person_does(
            steps in prop::collection::vec((0..5_u8, 0..70_u64), 1..60),
        ) {
            let (mut lease, mut now) = lease();
            let mut last: Option<(&str, Instant)> = None;
            for (step, pause) in steps {
                now += Duration::from_secs(pause);
                let free = last.is_none_or(|(_, at)| now >= at + PERSON_IDLE);
                match step {
                    0 | 1 => prop_assert_eq!(lease.take(&agent(), now).is_ok(), free),
                    2 | 3 => {
                        let name = if step == 2 { "ada" } else { "bob" };
                        prop_assert!(lease.take(&person(name), now).is_ok());
                        last = Some((name, now));
                    }
                    _ => {
                        lease.handle_timeout(now);
                        let holds = !free && last.is_some_and(|(name, _)| name == "ada");
                        prop_assert_eq!(lease.release(&person("ada")), holds);
                        if holds {
                            last = None;
                        }
                    }
                }
            }
        }
    }
}
