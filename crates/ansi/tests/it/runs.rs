//! The map from stripped text to raw offsets.

use crate::support::{chunks, cut_stream};
use proptest::prelude::*;
use rejoinder_ansi::{OffsetMap, Stripper};

proptest! {
    /// Guards that every byte of the text is traced to the raw byte it is, and that forgetting
    /// changes nothing that comes after.
    #[test]
    fn every_byte_is_traced_to_its_origin((bytes, cuts) in cut_stream(), forget in 0u64..200) {
        let mut stripper = Stripper::new();
        let (mut map, mut text) = (OffsetMap::new(), Vec::new());
        let mut take = |run: rejoinder_ansi::Run<'_>| {
            map.push(run);
            text.extend_from_slice(run.text);
        };
        for chunk in chunks(&bytes, &cuts) {
            stripper.strip_runs(chunk, &mut take);
        }
        stripper.finish_runs(&mut take);
        let mut whole = OffsetMap::new();
        let mut stripper = Stripper::new();
        stripper.strip_runs(&bytes, |run| whole.push(run));
        stripper.finish_runs(|run| whole.push(run));
        prop_assert_eq!(&map, &whole);
        let len = text.len() as u64;
        prop_assert_eq!(map.text_len(), len);
        prop_assert_eq!((map.raw_start(len), map.raw_end(0)), (None, None));
        let forgotten = { let mut map = map.clone(); map.forget_before(forget); map };
        for (position, byte) in (0..).zip(&text) {
            let raw = map.raw_start(position).unwrap();
            prop_assert_eq!(bytes[raw as usize], *byte);
            prop_assert_eq!(map.raw_end(position + 1), Some(raw + 1));
            let want = (position >= forget).then_some(raw);
            prop_assert_eq!(forgotten.raw_start(position), want);
        }
    }
}

#[test]
fn offsets_may_start_anywhere() {
    let mut stripper = Stripper::new();
    stripper.set_offset(5_000_000_000);
    let mut map = OffsetMap::new();
    stripper.strip_runs(b"ab\x1b[mcd", |run| map.push(run));
    assert_eq!(map.raw_start(0), Some(5_000_000_000));
    assert_eq!(map.raw_end(2), Some(5_000_000_002));
    assert_eq!(map.raw_start(2), Some(5_000_000_005));
}
