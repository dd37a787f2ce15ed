//! Streams of server-sent events are read as they were written, however they are cut.

use mcp_proto::http::sse::{self, Event, EventTooLong, Parser};
use proptest::prelude::*;

/// Everything a parser makes of a stream in these pieces: the events and, at the end, the last
/// id, the time to wait, and whether an event was too long.
type Read = (Vec<Event>, String, Option<u64>, Result<(), EventTooLong>);

fn read<'a>(pieces: impl IntoIterator<Item = &'a [u8]>, limit: usize) -> Read {
    let mut parser = Parser::with_limit(limit);
    let mut events = Vec::new();
    let mut end = Ok(());
    'stream: for mut piece in pieces {
        loop {
            match parser.next_event(&mut piece) {
                Ok(Some(event)) => events.push(event),
                Ok(None) => break,
                Err(error) => {
                    end = Err(error);
                    break 'stream;
                }
            }
        }
        assert!(piece.is_empty(), "bytes were left when there was no event");
    }
    let id = parser.last_event_id().to_owned();
    (events, id, parser.retry_ms(), end)
}

/// Compares the events of a stream, each as type, id and data, whole and byte by byte.
fn check(stream: &[u8], expected: &[(&str, &str, &str)]) {
    let expected: Vec<Event> = expected
        .iter()
        .map(|&(kind, id, data)| Event {
            kind: kind.to_owned(),
            id: id.to_owned(),
            data: data.to_owned(),
        })
        .collect();
    let whole = read([stream], 1000);
    assert_eq!(whole.0, expected, "{}", stream.escape_ascii());
    assert_eq!(read(stream.chunks(1), 1000), whole, "byte by byte");
}

/// Guards: the rules of WHATWG HTML, section 9.2.6, and its examples.
#[test]
fn streams_are_read_by_the_rules() {
    check(b"data: a\n\n", &[("message", "", "a")]);
    check(b"data: a\r\n\r\n", &[("message", "", "a")]);
    check(
        b"data: a\r\rdata: b\r\r",
        &[("message", "", "a"), ("message", "", "b")],
    );
    check(b"data: a\ndata: b\n\n", &[("message", "", "a\nb")]);
    check(b"data:a\n\n", &[("message", "", "a")]);
    check(b"data:  a\n\n", &[("message", "", " a")]);
    check(b"data\n\n", &[("message", "", "")]);
    check(b"data\ndata\n\n", &[("message", "", "\n")]);
    check(b"data:\n", &[]);
    check(b"data: a\n", &[]);
    check(b": a comment\n\n:\n\ndata: a\n\n", &[("message", "", "a")]);
    check(b"event: ping\n\n", &[]);
    check(
        b"event: ping\ndata: a\n\ndata: b\n\n",
        &[("ping", "", "a"), ("message", "", "b")],
    );
    check(
        b"id: 1\ndata: a\n\ndata: b\n\n",
        &[("message", "1", "a"), ("message", "1", "b")],
    );
    check(
        b"id: 1\ndata: a\n\nid\ndata: b\n\n",
        &[("message", "1", "a"), ("message", "", "b")],
    );
    check(b"id: 1\0\ndata: a\n\n", &[("message", "", "a")]);
    check(b"colour: red\ndata: a:b\n\n", &[("message", "", "a:b")]);
    check(
        "\u{feff}data: a\n\n\u{feff}data: b\n\n".as_bytes(),
        &[("message", "", "a")],
    );
    check(b"data: \xff\n\n", &[("message", "", "\u{fffd}")]);
}

/// Guards: what is no event still tells what to resume by and when.
#[test]
fn ids_and_times_are_kept_without_an_event() {
    let (events, id, retry, _) = read([&b"id: 7-1\nretry: 500\n\n"[..]], 1000);
    assert_eq!((events.len(), id.as_str(), retry), (0, "7-1", Some(500)));
    for faulty in ["soon", "-1", "1.5", "", "99999999999999999999"] {
        let stream = format!("retry: 5\nretry: {faulty}\n\n");
        assert_eq!(read([stream.as_bytes()], 1000).2, Some(5), "{faulty}");
    }
}

/// Guards: no more is kept than the limit says, and what is as long as the limit is taken.
#[test]
fn an_event_as_long_as_the_limit_is_taken() {
    let at_limit = format!("data:{}\n\n", "a".repeat(95));
    let (events, _, _, end) = read([at_limit.as_bytes()], 100);
    assert_eq!((events.len(), end), (1, Ok(())));

    let line = format!("data:{}\n\n", "a".repeat(96));
    let endless = "a".repeat(101);
    let lines = format!("data:{}\n", "a".repeat(49)).repeat(3);
    for too_long in [line, endless, lines] {
        let (events, _, _, end) = read([too_long.as_bytes()], 100);
        assert_eq!(events, []);
        let text = end.unwrap_err().to_string();
        assert!(text.contains("longer than 100 bytes"), "{text}");
    }
}

/// Guards: frames are what clients expect, byte for byte.
#[test]
fn frames_are_written_to_the_byte() {
    assert_eq!(sse::message(None, b"{}"), "data: {}\n\n");
    assert_eq!(sse::message(Some("2-9"), b"{}"), "id: 2-9\ndata: {}\n\n");
    assert_eq!(
        sse::message(None, b"a\nb\r\nc\rd\n"),
        "data: a\ndata: b\ndata: c\ndata: d\ndata: \n\n"
    );
    assert_eq!(sse::message(None, b""), "data: \n\n");
    assert_eq!(sse::message(Some("1\n2\r\0"), b"a"), "id: 12\ndata: a\n\n");
    assert_eq!(sse::priming("2-0", None), "id: 2-0\ndata:\n\n");
    assert_eq!(sse::priming("2-0", Some(0)), "id: 2-0\nretry: 0\ndata:\n\n");
    assert_eq!(sse::retry(1000), "retry: 1000\n\n");
    check(sse::KEEP_ALIVE, &[]);
    check(&sse::priming("2-0", Some(5)), &[("message", "2-0", "")]);
}

fn cut<'a>(stream: &'a [u8], cuts: &[usize]) -> Vec<&'a [u8]> {
    let mut pieces = Vec::new();
    let mut rest = stream;
    for cut in cuts {
        let (piece, after) = rest.split_at((*cut).min(rest.len()));
        pieces.push(piece);
        rest = after;
    }
    pieces.push(rest);
    pieces
}

proptest! {
    /// Guards: the pieces that a stream comes in make no difference, also not to when it is
    /// refused.
    #[test]
    fn cuts_make_no_difference(
        stream in "(data|id|event|retry|:|\u{feff}|[a0]|[ :\r\n]|\r\n|\n\n|\u{e9}){0,60}",
        cuts in prop::collection::vec(0_usize..12, 0..12),
        limit in 1_usize..40,
    ) {
        let stream = stream.as_bytes();
        let whole = read([stream], limit);
        prop_assert_eq!(&read(stream.chunks(1), limit), &whole);
        prop_assert_eq!(&read(cut(stream, &cuts), limit), &whole);
    }

    /// Guards: a message comes out as it went in, its line ends apart.
    #[test]
    fn messages_survive(messages in prop::collection::vec("[ -~\u{e9}\n]{0,20}", 0..6)) {
        let mut stream = Vec::new();
        for (number, message) in messages.iter().enumerate() {
            stream.extend(sse::message(Some(&format!("1-{number}")), message.as_bytes()));
            stream.extend_from_slice(sse::KEEP_ALIVE);
        }
        let (events, ..) = read([&stream[..]], 1000);
        let read: Vec<(String, String)> = events.into_iter().map(|one| (one.id, one.data)).collect();
        let sent = messages.into_iter().enumerate();
        let sent: Vec<(String, String)> = sent.map(|(number, text)| (format!("1-{number}"), text)).collect();
        prop_assert_eq!(read, sent);
    }
}
