//! Where each reader stands: what it has read, and where its last match ended.
//!
//! Nothing in a session is consumed by reading: a reader is a name with two
//! offsets, so any number of agents follow one program without taking each
//! other's output.

use std::collections::HashMap;

use rejoinder_expect::Offset;

/// Readers that a session remembers; past that the one that was quiet longest
/// is forgotten and starts anew at the oldest output.
pub(crate) const MAX_READERS: usize = 64;

/// One reader's offsets.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Position {
    /// The first byte it has not read.
    pub(crate) read: Offset,
    /// Just past its last match.
    pub(crate) matched: Offset,
    last_used: u64,
}

/// The positions of all readers of a session.
#[derive(Debug, Default)]
pub(crate) struct Readers {
    positions: HashMap<String, Position>,
    clock: u64,
}

impl Readers {
    /// Where a reader stands; a new one stands at the start.
    pub(crate) fn get(&self, reader: &str) -> Position {
        self.positions.get(reader).copied().unwrap_or_default()
    }

    /// Notes that a reader has read up to `end`; it never moves back.
    pub(crate) fn has_read(&mut self, reader: &str, end: Offset) {
        let position = self.touch(reader);
        position.read = position.read.max(end);
    }

    /// Notes that a match of this reader ended at `end`; it never moves back.
    pub(crate) fn has_matched(&mut self, reader: &str, end: Offset) {
        let position = self.touch(reader);
        position.matched = position.matched.max(end);
    }

    /// A number that changes whenever a position does.
    pub(crate) fn changes(&self) -> u64 {
        self.clock
    }

    /// Every reader with the first byte that it has not read.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, Offset)> {
        let positions = self.positions.iter();
        positions.map(|(name, position)| (name.as_str(), position.read))
    }

    fn touch(&mut self, reader: &str) -> &mut Position {
        self.clock += 1;
        if !self.positions.contains_key(reader) {
            self.make_room();
        }
        let position = self.positions.entry(reader.to_owned()).or_default();
        position.last_used = self.clock;
        position
    }

    fn make_room(&mut self) {
        if self.positions.len() < MAX_READERS {
            return;
        }
        let quietest = self
            .positions
            .iter()
            .min_by_key(|(_, position)| position.last_used)
            .map(|(name, _)| name.clone());
        if let Some(name) = quietest {
            self.positions.remove(&name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readers_do_not_disturb_each_other() {
        let mut readers = Readers::default();
        readers.has_read("a", Offset::new(10));
        readers.has_matched("b", Offset::new(5));
        assert_eq!(readers.get("a").read, Offset::new(10));
        assert_eq!(readers.get("a").matched, Offset::new(0));
        assert_eq!(readers.get("b").read, Offset::new(0));
    }

    #[test]
    fn a_position_never_moves_back() {
        let mut readers = Readers::default();
        readers.has_read("a", Offset::new(10));
        readers.has_read("a", Offset::new(4));
        assert_eq!(readers.get("a").read, Offset::new(10));
    }

    #[test]
    fn the_number_of_readers_is_bounded_and_the_quietest_goes_first() {
        let mut readers = Readers::default();
        for i in 0..MAX_READERS {
            readers.has_read(&i.to_string(), Offset::new(1));
        }
        readers.has_read("0", Offset::new(2));
        readers.has_read("new", Offset::new(3));
        assert_eq!(readers.positions.len(), MAX_READERS);
        assert_eq!(readers.get("0").read, Offset::new(2));
        assert_eq!(readers.get("1").read, Offset::new(0));
    }
}
