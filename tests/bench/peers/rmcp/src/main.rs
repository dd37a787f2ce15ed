//! The server whose time is measured.

fn main() {
    rmcp_peer::run();
}
