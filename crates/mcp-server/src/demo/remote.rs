//! A server to log in to, on the loopback and with keys of its own, and what happens there.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use rejoinder_pty::poll;
use serde_json::json;

use super::{Demo, needs};

/// How long the server may take to listen.
const PATIENCE: Duration = Duration::from_secs(20);

/// How often it is looked whether it listens.
const LOOK: Duration = Duration::from_millis(20);

impl Demo {
    /// A failing command in a shell at the other end of an SSH connection.
    pub(super) fn remote(&mut self) -> Result<()> {
        self.say("A shell over SSH: a command's output is all of it, and its exit code is told.");
        let server = Sshd::start(&self.home)?;
        self.call(
            "start_process",
            json!({"command": "ssh", "args": server.arguments(), "name": "remote", "timeout": 30}),
        )?;
        let failed = self.call(
            "run_command",
            json!({"session_id": "remote", "command": "ls /etc/hostname /nowhere; (exit 3)"}),
        )?;
        ensure!(
            failed.contains("exit=3") && failed.contains("/nowhere"),
            "the exit code did not come back"
        );
        self.call("terminate_process", json!({"session_id": "remote"}))?;
        Ok(())
    }
}

/// An SSH server that ends with this value.
struct Sshd {
    process: Child,
    port: u16,
    key: String,
}

impl Sshd {
    fn start(home: &Path) -> Result<Self> {
        let file = |name: &str| home.join(name).display().to_string();
        for name in ["host", "user"] {
            let made = Command::new("ssh-keygen")
                .args(["-q", "-t", "ed25519", "-N", "", "-f", &file(name)])
                .status()?;
            ensure!(made.success(), "ssh-keygen failed: {made}");
        }
        // Free a moment ago; nobody else is asked for one at random.
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let config = format!(
            "ListenAddress 127.0.0.1\nPort {port}\nHostKey {}\nAuthorizedKeysFile {}\n\
             PidFile none\nStrictModes no\nUsePAM no\nPermitRootLogin yes\n\
             PasswordAuthentication no\nPrintMotd no\nPrintLastLog no\n",
            file("host"),
            file("user.pub")
        );
        fs::write(home.join("sshd"), config)?;
        if nix::unistd::geteuid().is_root() {
            // Debian makes it when the service starts.
            fs::create_dir_all("/run/sshd")?;
        }
        let sshd = needs::find("sshd").context("there is no sshd")?;
        let log = fs::File::create(home.join("sshd.log"))?;
        let process = Command::new(sshd)
            .args(["-D", "-e", "-f", &file("sshd")])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()?;
        let mut server = Self {
            process,
            port,
            key: file("user"),
        };
        let until = Instant::now() + PATIENCE;
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if server.process.try_wait()?.is_some() || Instant::now() > until {
                let log = fs::read_to_string(home.join("sshd.log")).unwrap_or_default();
                bail!("sshd does not listen: {log}");
            }
            poll(&mut [], Some(LOOK))?;
        }
        Ok(server)
    }

    /// The arguments of `ssh` that lead there.
    fn arguments(&self) -> Vec<String> {
        let port = self.port.to_string();
        let options = [
            "-F",
            "none",
            "-p",
            &port,
            "-i",
            &self.key,
            "-o",
            "IdentitiesOnly=yes",
            "-o",
            "StrictHostKeyChecking=no",
            "-o",
            "UserKnownHostsFile=/dev/null",
            "-o",
            "LogLevel=ERROR",
            "127.0.0.1",
        ];
        options.map(str::to_owned).to_vec()
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
