//! What the server listens on, and what it doesn't.

use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::os::unix::net::UnixListener;
use std::path::Path;

use serde_json::json;

use super::client::Connection;
use super::server::{Server, call};
use crate::support::{Directory, command_in};

/// Starts a server that has to refuse, and returns what it says.
#[track_caller]
fn refused(directory: &Directory, config: &str, arguments: &[&str]) -> String {
    let output = command_in(directory, config)
        .arg("serve")
        .args(arguments)
        .stderr(std::process::Stdio::piped())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    String::from_utf8(output.stderr).unwrap()
}

/// Nobody beyond this machine gets to a server that asks nobody who they are.
#[test]
fn beyond_loopback_only_with_authentication() {
    let directory = Directory::new();
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:80"] {
        let said = refused(
            &directory,
            "",
            &["--http", "127.0.0.1:0", "--http", address],
        );
        assert!(
            said.contains(&format!("refusing to listen on {address}")),
            "{said}"
        );
        assert!(!said.contains("listening on"), "{said}");
        let said = refused(
            &directory,
            &format!("[http]\nlisten = [\"{address}\"]\n"),
            &[],
        );
        assert!(said.contains("refusing to listen on"), "{said}");
    }
    let said = refused(&directory, "", &[]);
    assert!(said.contains("nothing to listen on"), "{said}");
}

/// An address that is taken is not shared.
#[test]
fn an_address_is_one_servers() {
    let server = Server::start();
    let address = server.address.to_string();
    let said = refused(&Directory::new(), "", &["--http", &address]);
    assert!(
        said.contains(&format!("cannot listen on {address}")),
        "{said}"
    );
}

fn mode(path: &Path) -> u32 {
    let facts = std::fs::symlink_metadata(path).unwrap();
    assert!(facts.file_type().is_socket());
    facts.mode() & 0o777
}

/// A Unix socket is for this user alone, serves both eras, and goes with the server.
#[test]
fn a_unix_socket_serves_its_user() {
    let mut server = Server::start();
    assert_eq!(mode(&server.socket), 0o600);
    let connect = || Connection::unix(&server.socket).unwrap();
    let mut connection = connect();
    assert_eq!(
        connection.ask(&call("list_sessions", json!({}))).status(),
        200
    );
    let page = call("list_sessions", json!({})).with("Origin", "http://localhost");
    assert_eq!(connection.ask(&page).status(), 403);
    let session = server.session("2025-06-18");
    let list = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/list"});
    assert_eq!(connection.ask(&session.post(&list)).status(), 200);
    connect().send(&session.get(None));
    drop((session, connection));
    server.terminate();
    assert!(server.wait().success());
    assert!(!server.socket.exists());
}

/// What a killed server left is taken over; a living server's socket, and other files, are not.
#[test]
fn a_socket_is_taken_over_from_the_dead_alone() {
    let server = Server::start();
    let socket = server.socket.to_str().unwrap().to_owned();
    let said = refused(&server.directory, "", &["--unix", &socket]);
    assert!(said.contains("somebody listens there already"), "{said}");
    let directory = server.kill();
    assert!(Path::new(&socket).exists());
    let server = Server::in_directory(directory, "");
    let mut connection = Connection::unix(&server.socket).unwrap();
    assert_eq!(
        connection.ask(&call("list_sessions", json!({}))).status(),
        200
    );

    let file = server.directory.path().join("file");
    std::fs::write(&file, "mine").unwrap();
    let said = refused(&server.directory, "", &["--unix", file.to_str().unwrap()]);
    assert!(said.contains("there is another file"), "{said}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine");
    let other = server.directory.path().join("other");
    let _listener = UnixListener::bind(&other).unwrap();
    let said = refused(&server.directory, "", &["--unix", other.to_str().unwrap()]);
    assert!(said.contains("somebody listens there already"), "{said}");
}
