//! Promise: packet mode tells of held output and flushed queues, and output
//! passes as ever.

use rejoinder_pty::{Command, Packet, PacketEvents, PacketReader};

use crate::support::{read_until, shell, start, type_in, wait_readable};

fn next(reader: &PacketReader) -> (Vec<u8>, PacketEvents) {
    let mut buffer = [0; 256];
    loop {
        match reader.read(&mut buffer).unwrap() {
            Packet::Data(count) => return (buffer[..count].to_vec(), PacketEvents::default()),
            Packet::Events(events) => return (Vec::new(), events),
            Packet::WouldBlock => wait_readable(reader),
            Packet::Hangup => panic!("it hung up"),
        }
    }
}

#[test]
fn stops_and_starts_are_told() {
    let child = start(&Command::new("cat"));
    let leader = child.leader.as_ref().unwrap();
    let reader = PacketReader::new(leader).unwrap();
    assert!(
        leader.read(&mut [0; 8]).is_err(),
        "plain reads are refused meanwhile"
    );
    let too_small = reader.read(&mut [0; 1]).unwrap_err();
    assert_eq!(too_small.kind(), std::io::ErrorKind::InvalidInput);

    type_in(&child, "\x13");
    assert!(next(&reader).1.stopped);
    type_in(&child, "\x11");
    assert!(next(&reader).1.started);
    type_in(&child, "hi\n");
    let mut seen = Vec::new();
    while seen.len() < 8 {
        seen.extend(next(&reader).0);
    }
    assert_eq!(seen, b"hi\r\nhi\r\n");
    type_in(&child, "\x03");
    let (mut flushed, mut text) = (PacketEvents::default(), Vec::new());
    while !(flushed.input_flushed && flushed.output_flushed) {
        let (data, events) = next(&reader);
        text.extend(data);
        flushed.input_flushed |= events.input_flushed;
        flushed.output_flushed |= events.output_flushed;
    }
    drop(reader);
    assert!(leader.read(&mut [0; 8]).is_ok(), "plain reads are back");
}

#[test]
fn flow_control_is_told() {
    let child = start(&shell("read x; stty -ixon; read x; stty ixon; read x"));
    let reader = PacketReader::new(child.leader.as_ref().unwrap()).unwrap();
    let wait_for = |wanted: fn(&PacketEvents) -> bool| {
        type_in(&child, "\n");
        while !wanted(&next(&reader).1) {}
    };
    wait_for(|events| events.flow_control_off);
    wait_for(|events| events.flow_control_on);
}

/// Promise: leaving packet mode leaves no status byte behind.
#[test]
fn leaving_is_clean() {
    let child = start(&shell("read x; echo $x; read x"));
    drop(PacketReader::new(child.leader.as_ref().unwrap()).unwrap());
    type_in(&child, "word\n");
    assert_eq!(
        read_until(&child.output, "word\r\nword\r\n"),
        "word\r\nword\r\n"
    );
}
