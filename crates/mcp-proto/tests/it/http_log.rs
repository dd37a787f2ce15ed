//! A stream that broke goes on where it broke, within limits.

use mcp_proto::http::{CannotReplay, EventLog, EventLogLimits, Refusal, StreamId};

fn frames(log: &EventLog, last_event_id: &str) -> Vec<String> {
    let replay = log.replay_after(last_event_id).unwrap();
    let text = |frame: bytes::Bytes| String::from_utf8(frame.to_vec()).unwrap();
    replay.frames.into_iter().map(text).collect()
}

fn with(limits: EventLogLimits, pushes: &[(usize, &str)]) -> (EventLog, Vec<StreamId>) {
    let mut log = EventLog::new(limits);
    let streams: Vec<StreamId> = (0..3).map(|_| log.open().unwrap()).collect();
    for (stream, message) in pushes {
        log.push(streams[*stream], message.as_bytes()).unwrap();
    }
    (log, streams)
}

/// Guards: only messages of the stream that broke are sent again (2025-11-25, "Resumability and
/// Redelivery").
#[test]
fn a_replay_has_the_events_of_its_stream_alone() {
    let pushes = [(0, "a"), (1, "b"), (0, "c"), (2, "d"), (0, "e")];
    let (log, streams) = with(EventLogLimits::default(), &pushes);
    let all = [
        "id: 1-1\ndata: a\n\n",
        "id: 1-2\ndata: c\n\n",
        "id: 1-3\ndata: e\n\n",
    ];
    assert_eq!(frames(&log, "1-0"), all);
    assert_eq!(frames(&log, "1-2"), all[2..]);
    assert_eq!(frames(&log, "1-3"), [""; 0]);
    assert_eq!(frames(&log, "2-0"), ["id: 2-1\ndata: b\n\n"]);
    assert_eq!(log.replay_after("3-1").unwrap().stream, streams[2]);
}

/// Guards: the response to a resumed stream ends when the stream has, and not before.
#[test]
fn a_finished_stream_says_so_and_takes_no_more() {
    let (mut log, streams) = with(EventLogLimits::default(), &[(0, "a")]);
    assert!(!log.replay_after("1-1").unwrap().finished);
    assert!(!log.is_finished(streams[0]));
    log.finish(streams[0]);
    let replay = log.replay_after("1-1").unwrap();
    assert!(replay.finished && replay.frames.is_empty());
    assert_eq!(log.push(streams[0], b"late"), None);
    assert_eq!(log.prime(streams[0], None), None);
    assert_eq!(frames(&log, "1-0").len(), 1);
}

/// Guards: an id that isn't ours is refused, with a status that leaves the session alone.
#[test]
fn ids_that_are_none_are_refused() {
    let (log, _) = with(EventLogLimits::default(), &[(0, "a")]);
    for id in [
        "",
        "-",
        "1",
        "1-",
        "-1",
        "1-2",
        "1-x",
        "+1-1",
        "1-+1",
        " 1-1",
        "1-1-1",
        "1-99999999999999999999",
    ] {
        assert_eq!(log.replay_after(id), Err(CannotReplay::NoEventId), "{id:?}");
    }
    for id in ["4-0", "0-0"] {
        assert_eq!(
            log.replay_after(id),
            Err(CannotReplay::UnknownStream),
            "{id:?}"
        );
    }
    let refusal = Refusal::from(CannotReplay::UnknownStream);
    assert_eq!(refusal.status, 400);
}

/// Guards: at the limit of events nothing is lost, beyond it the oldest, whoever's.
#[test]
fn the_oldest_events_go_first() {
    let limits = EventLogLimits {
        events: 3,
        ..EventLogLimits::default()
    };
    let (mut log, streams) = with(limits, &[(0, "a"), (1, "b"), (0, "c")]);
    assert_eq!(
        (log.events(), log.replay_after("1-0").unwrap().missed),
        (3, 0)
    );

    log.push(streams[1], b"d");
    assert_eq!(log.events(), 3);
    let replay = log.replay_after("1-0").unwrap();
    assert_eq!((replay.missed, replay.frames.len()), (1, 1));
    assert_eq!(log.replay_after("1-1").unwrap().missed, 0);
    assert_eq!(log.replay_after("2-0").unwrap().missed, 0);
}

/// Guards: at the limit of bytes nothing is lost; an event larger than all of it is sent and not
/// kept.
#[test]
fn bytes_are_limited_too() {
    let frame = "id: 1-1\ndata: a\n\n".len();
    let limits = EventLogLimits {
        bytes: 2 * frame,
        ..EventLogLimits::default()
    };
    let (mut log, streams) = with(limits, &[(0, "a"), (0, "b")]);
    assert_eq!((log.events(), log.bytes()), (2, 2 * frame));

    log.push(streams[0], b"c");
    assert_eq!((log.events(), log.bytes()), (2, 2 * frame));
    let large = "x".repeat(100);
    assert!(log.push(streams[0], large.as_bytes()).is_some());
    assert_eq!((log.events(), log.bytes()), (0, 0));
    assert_eq!(log.replay_after("1-0").unwrap().missed, 4);
}

/// Guards: a client that waits for an answer which is no longer kept is told, at once.
#[test]
fn a_lost_end_is_told() {
    let limits = EventLogLimits {
        events: 1,
        ..EventLogLimits::default()
    };
    let (mut log, streams) = with(limits, &[(0, "a"), (0, "answer")]);
    log.finish(streams[0]);
    assert_eq!(frames(&log, "1-0"), ["id: 1-2\ndata: answer\n\n"]);

    log.push(streams[1], b"b");
    assert_eq!(log.replay_after("1-1"), Err(CannotReplay::Gone));
    let seen_all = log.replay_after("1-2").unwrap();
    assert!(seen_all.finished && seen_all.frames.is_empty());
}

/// Guards: as many streams as the limit are known; then finished ones make room, open ones don't.
#[test]
fn finished_streams_make_room() {
    let limits = EventLogLimits {
        streams: 3,
        ..EventLogLimits::default()
    };
    let (mut log, streams) = with(limits, &[(1, "b"), (2, "c")]);
    assert_eq!(log.open(), None);
    log.finish(streams[2]);
    log.finish(streams[1]);
    let next = log.open().unwrap();
    assert_eq!(next.to_string(), "4");
    assert_eq!(log.streams(), 3);
    assert_eq!(log.replay_after("2-0"), Err(CannotReplay::UnknownStream));
    assert_eq!(frames(&log, "3-0").len(), 1);
    assert_eq!(
        (log.events(), log.bytes()),
        (1, "id: 3-1\ndata: c\n\n".len())
    );
    assert_eq!(log.push(streams[1], b"late"), None);
    assert!(log.is_finished(streams[1]));
}
