//! Going on in a child.

use std::thread;

use rejoinder_pty::ErrorKind;

/// Promise: a process with several threads is left as it is.
#[test]
fn threads_are_not_left_behind() {
    thread::scope(|scope| {
        let (done, wait) = std::sync::mpsc::channel::<()>();
        scope.spawn(move || wait.recv());
        let error = rejoinder_pty::detach().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        drop(done);
    });
}
