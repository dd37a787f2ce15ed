//! Shells that are found elsewhere: through ssh, after su, in a chroot; and
//! REPLs.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use rejoinder_session::{ErrorKind, RunEnd};

use super::super::input::{self, ends};
use super::matrix::shapes;
use super::{Place, start};

/// A server on the loopback with keys of its own, for as long as this is alive.
struct Sshd {
    server: std::process::Child,
    dir: tempfile::TempDir,
    port: u16,
}

impl Drop for Sshd {
    fn drop(&mut self) {
        // `timeout` passes this on to the server; killed itself, it could not.
        let pid = nix::unistd::Pid::from_raw(self.server.id().cast_signed());
        let _ = nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM);
        let _ = self.server.wait();
    }
}

impl Sshd {
    /// Starts a server that runs this shell, whatever the user's own is.
    fn start(shell: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let path = |name: &str| dir.path().join(name);
        for key in ["host", "user"] {
            let made = Command::new("ssh-keygen")
                .args(["-q", "-t", "ed25519", "-N", "", "-f"])
                .arg(path(key))
                .status()
                .unwrap();
            assert!(made.success());
        }
        std::fs::copy(path("user.pub"), path("authorized")).unwrap();
        // A port that was free a moment ago; the server is asked again where
        // somebody else was faster.
        let (server, port) = loop {
            let port = std::net::TcpListener::bind("127.0.0.1:0")
                .unwrap()
                .local_addr()
                .unwrap()
                .port();
            let config = format!(
                "Port {port}\nListenAddress 127.0.0.1\nHostKey {host}\nAuthorizedKeysFile {keys}\n\
                 PidFile none\nStrictModes no\nUsePAM no\nPasswordAuthentication no\n\
                 PermitRootLogin yes\nPrintMotd no\nForceCommand cd /; exec {shell}\n",
                host = path("host").display(),
                keys = path("authorized").display(),
            );
            std::fs::write(path("config"), config).unwrap();
            // A system without a running server may not have made its directory.
            let _ = std::fs::create_dir_all("/run/sshd");
            // sshd wants to be named by its whole path. It ends by itself after
            // a minute should the test be killed.
            let mut server = Command::new("timeout")
                .args(["60", "/usr/sbin/sshd", "-D", "-e", "-f"])
                .arg(path("config"))
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            let mut said = std::io::BufReader::new(server.stderr.take().unwrap());
            let mut line = String::new();
            std::io::BufRead::read_line(&mut said, &mut line).unwrap();
            std::thread::spawn(move || std::io::copy(&mut said, &mut std::io::sink()));
            if line.contains("listening") {
                break (server, port);
            }
            server.wait().unwrap();
            assert!(line.contains("in use"), "sshd: {line}");
        };
        Self { server, dir, port }
    }

    fn client(&self) -> String {
        format!(
            "ssh -tt -F none -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR \
             -o IdentityAgent=none -o IdentitiesOnly=yes -i {} -p {} 127.0.0.1",
            self.dir.path().join("user").display(),
            self.port
        )
    }
}

/// Commands in a shell that had to be taught, wherever it is.
async fn works(place: &Place, what: &str) {
    let ran = place.run("echo hello; sh -c 'exit 3'").await;
    assert_eq!(
        (ran.output.as_str(), ran.exit),
        ("hello\r\n", Some(3)),
        "{what}"
    );
    let ran = place.run("cd /usr").await;
    assert_eq!(ran.cwd.as_deref(), Some("/usr"), "{what}");
    let ran = place.run("printf abc").await;
    assert_eq!((ran.output.as_str(), ran.exit), ("abc", Some(0)), "{what}");
    let ran = place.run("echo \"open").await;
    assert!(
        ran.end == RunEnd::Ended && ran.exit != Some(0),
        "{what}: {ran:?}"
    );
    let long = format!("printf %s '{}' | wc -c", "0123456789".repeat(500));
    let ran = place.run(&long).await;
    assert_eq!((ran.output.trim(), ran.exit), ("5000", Some(0)), "{what}");
    let ran = place
        .run("sh -c 'printf \"Name: \"; read n; echo \"is $n\"; exit 4'")
        .await;
    assert_eq!(
        (ran.end, ran.output.as_str()),
        (RunEnd::Waiting, "Name: "),
        "{what}"
    );
    let seen = place.sees(Some("Ada"), "is Ada").await;
    let next = loop {
        match place.try_run("echo next", input::PATIENCE).await {
            Ok(ran) => break ran,
            Err(error) => assert_eq!(error.kind(), ErrorKind::WrongState, "{what}: {error}"),
        }
    };
    assert_eq!(&next.output.bytes[..], b"next\r\n", "{what}");
    let ended = seen.ended.or(next.before).unwrap();
    assert_eq!(ended.exit_code, Some(4), "{what}");
}

/// Promise: a shell behind ssh is told apart by a probe, taught, and left with
/// the exit code of ssh.
async fn through_ssh(shell: &str) {
    let sshd = Sshd::start(shell);
    let place = start("bash", true, &[]);
    let client = sshd.client();
    place.run("true").await;
    place.sees(Some(&client), "\n?[^\n]*[$#%>] ").await;
    works(&place, shell).await;
    shapes(&place, shell.split(' ').next().unwrap()).await;
    let ran = place.run("exit 5").await;
    assert_eq!(
        (ran.end, ran.exit, ran.state.as_str()),
        (RunEnd::Ended, Some(5), "prompt"),
        "{shell}: {ran:?}"
    );
    let ran = place.run("echo back").await;
    assert_eq!(ran.output, "back\r\n", "{shell}");
    ends(&place.session).await;
}

macro_rules! ssh {
    ($($name:ident: $shell:literal;)*) => {$(
        #[tokio::test]
        async fn $name() {
            through_ssh($shell).await;
        }
    )*};
}

ssh! {
    ssh_to_bash: "bash --norc";
    ssh_to_zsh: "zsh -f";
    ssh_to_fish: "fish --no-config";
    ssh_to_dash: "dash";
    ssh_to_busybox: "busybox sh";
}

/// Promise: inside ssh, a program that has the screen gets nothing typed.
#[tokio::test]
async fn a_pager_inside_ssh() {
    let sshd = Sshd::start("bash --norc");
    let place = start("dash", false, &[]);
    place.run("true").await;
    place.sees(Some(&sshd.client()), "[$#] $").await;
    let ran = place
        .try_run("less /etc/passwd", input::PATIENCE)
        .await
        .unwrap();
    assert_eq!(ran.end, RunEnd::Waiting);
    let error = place.try_run("echo no", input::PATIENCE).await.unwrap_err();
    assert!(
        error.to_string().contains("has the whole screen"),
        "{error}"
    );
    ends(&place.session).await;
}

/// What runs a program as root here: nothing, or sudo.
fn as_root() -> &'static str {
    if nix::unistd::geteuid().is_root() {
        ""
    } else {
        "sudo -n "
    }
}

/// Promise: a shell after su is found, also where its environment cannot be read.
#[tokio::test]
async fn after_su() {
    for shell in ["bash", "dash", "zsh", "fish", "busybox"] {
        let place = start("bash", true, &[]);
        place.run("true").await;
        let path = format!("/usr/bin/{shell}");
        // busybox is a shell by its first argument, which su does not give.
        let line = match shell {
            "busybox" => format!(
                "{}su -s /bin/sh nobody --session-command 'exec busybox sh'",
                as_root()
            ),
            "zsh" => format!(
                "{}su -s {path} nobody --session-command 'exec zsh -f'",
                as_root()
            ),
            "fish" => format!(
                "{}su -s /bin/sh nobody --session-command 'HOME=/nonexistent exec fish --no-config'",
                as_root()
            ),
            _ => format!("{}su -s {path} nobody", as_root()),
        };
        place.sees(Some(&line), "[$%#>] ").await;
        let ran = place.run("id -un").await;
        assert_eq!(
            (ran.output.as_str(), ran.exit),
            ("nobody\r\n", Some(0)),
            "{shell}"
        );
        works(&place, shell).await;
        shapes(&place, shell).await;
        let ran = place.run("exit 2").await;
        assert_eq!(
            (ran.end, ran.exit, ran.state.as_str()),
            (RunEnd::Ended, Some(2), "prompt"),
            "{shell}"
        );
        ends(&place.session).await;
    }
}

/// A root directory with busybox and what it is linked with.
fn busybox_root() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    let copy = |from: &Path| {
        let to = root.path().join(from.strip_prefix("/").unwrap());
        std::fs::create_dir_all(to.parent().unwrap()).unwrap();
        std::fs::copy(from, to).unwrap();
    };
    copy(Path::new("/usr/bin/busybox"));
    let linked = Command::new("ldd")
        .arg("/usr/bin/busybox")
        .output()
        .unwrap();
    for word in String::from_utf8_lossy(&linked.stdout).split_whitespace() {
        let path = PathBuf::from(word);
        if path.is_absolute() {
            copy(&path);
        }
    }
    for dir in ["usr", "dev", "tmp"] {
        std::fs::create_dir_all(root.path().join(dir)).unwrap();
    }
    for applet in ["sh", "printf", "wc"] {
        std::os::unix::fs::symlink("busybox", root.path().join("usr/bin").join(applet)).unwrap();
    }
    root
}

/// Promise: a container without devices, /proc or a home directory will do.
#[tokio::test]
async fn in_a_chroot() {
    let root = busybox_root();
    for (outer, integrate) in [("bash", true), ("dash", false)] {
        let place = start(outer, integrate, &[]);
        place.run("true").await;
        let line = format!(
            "unshare -r chroot {} /usr/bin/busybox sh",
            root.path().display()
        );
        place.sees(Some(&line), "# $").await;
        works(&place, "busybox").await;
        let ran = place.run("exit 2").await;
        assert_eq!(
            (ran.end, ran.exit, ran.state.as_str()),
            (RunEnd::Ended, Some(2), "prompt")
        );
        ends(&place.session).await;
    }
}

/// Promise: one statement of a REPL, its prompts and its echo left out, nothing
/// left over for the next one; what is not finished is dropped and said so.
#[tokio::test]
async fn statements() {
    for (line, prompt, statements) in [
        (
            "python3 -q",
            ">>> $",
            &[
                ("6 * 7", RunEnd::Ended, "42\n"),
                ("x = 1", RunEnd::Ended, ""),
                ("for i in range(3): print(i)", RunEnd::Ended, "0\n1\n2\n"),
                (
                    "def f(n):\n    return n + 1\n\nfor i in range(2):\n    print(f(i))\nf(9)",
                    RunEnd::Ended,
                    "1\n2\n10\n",
                ),
                ("x", RunEnd::Ended, "1\n"),
                ("print('no end', end='')", RunEnd::Ended, "no end"),
                ("print((1,", RunEnd::Unfinished, ""),
                ("'a' + 'b'", RunEnd::Ended, "'ab'\n"),
                ("input('Name: ')", RunEnd::Waiting, "Name: "),
            ][..],
        ),
        (
            "node -i",
            "> $",
            &[
                ("6 * 7", RunEnd::Ended, "42\n"),
                (
                    "function f(n) {\n  return n + 1\n}",
                    RunEnd::Ended,
                    "undefined\n",
                ),
                ("f(1)", RunEnd::Ended, "2\n"),
                ("f(", RunEnd::Unfinished, ""),
                ("'a' + 'b'", RunEnd::Ended, "'ab'\n"),
            ],
        ),
        (
            "sqlite3",
            "sqlite> $",
            &[
                ("create table t (a, b);", RunEnd::Ended, ""),
                (
                    "insert into t values (1, 'x'),\n  (2, 'y');",
                    RunEnd::Ended,
                    "",
                ),
                ("select *\nfrom t\norder by a;", RunEnd::Ended, "1|x\n2|y\n"),
                ("delete from t", RunEnd::Unfinished, ""),
                ("select 'open", RunEnd::Unfinished, ""),
                ("select count(*) from t;", RunEnd::Ended, "2\n"),
            ],
        ),
        (
            "gdb -q -nx",
            "\\(gdb\\) $",
            &[
                ("print 6 * 7", RunEnd::Ended, "$1 = 42\n"),
                ("print 8", RunEnd::Ended, "$2 = 8\n"),
                ("echo hello\\n", RunEnd::Ended, "hello\n"),
            ],
        ),
    ] {
        let place = start(line, false, &[]);
        place.sees(None, prompt).await;
        for (statement, end, output) in statements {
            let ran = place.run(statement).await;
            assert_eq!(
                (ran.end, ran.output.as_str(), ran.exit),
                (*end, *output, None),
                "{line}: {statement}"
            );
        }
        ends(&place.session).await;
    }
}

/// Promise: a program that is not known is not typed into.
#[tokio::test]
async fn a_program_that_is_no_shell() {
    let place = start("python3 -c input('Name:~')", false, &[]);
    place.sees(None, "Name").await;
    let error = place
        .try_run("echo no", Duration::from_secs(20))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WrongState);
    assert!(error.to_string().contains("`python3"), "{error}");
    ends(&place.session).await;
}
