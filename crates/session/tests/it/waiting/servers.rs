//! The servers that some rows talk to, on the loopback or a socket of their
//! own, ended with whoever started them.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

/// How often a slow download gets a piece.
const PIECE_EVERY: Duration = Duration::from_millis(40);

/// Servers that run, and the variables that say where.
#[derive(Default)]
pub(crate) struct Servers {
    environment: Vec<(String, String)>,
    running: Vec<Child>,
    /// Their data.
    places: Vec<TempDir>,
}

impl Servers {
    /// Starts those that are named.
    pub(crate) fn start<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut servers = Self::default();
        let mut started = Vec::new();
        for name in names {
            if started.contains(&name) {
                continue;
            }
            started.push(name);
            match name {
                "http" => servers.http(),
                "ssh" => servers.ssh(),
                "postgres" => servers.postgres(),
                "mariadb" => servers.mariadb(),
                other => panic!("no server {other}"),
            }
        }
        servers
    }

    pub(crate) fn environment(&self) -> impl Iterator<Item = (String, String)> {
        self.environment.iter().cloned()
    }

    fn tell(&mut self, name: &str, value: &dyn std::fmt::Display) {
        self.environment.push((name.to_owned(), value.to_string()));
    }

    /// Answers everything with a long file, a small piece at a time.
    fn http(&mut self) {
        let door = TcpListener::bind("127.0.0.1:0").unwrap();
        self.tell("HTTP_PORT", &door.local_addr().unwrap().port());
        // Ends with the process: it holds nothing but its sockets.
        std::thread::spawn(move || {
            for caller in door.incoming().flatten() {
                std::thread::spawn(move || feed(caller));
            }
        });
    }

    fn ssh(&mut self) {
        let place = self.place(false);
        let port = free_port();
        let key = |name: &str| place.join(name).display().to_string();
        for name in ["host", "user"] {
            let file = key(name);
            run(Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f", &file]));
        }
        let config = format!(
            "ListenAddress 127.0.0.1\nPort {port}\nHostKey {}\nAuthorizedKeysFile {}\nPidFile none\n\
             StrictModes no\nUsePAM no\nPermitRootLogin yes\nPasswordAuthentication yes\n\
             KbdInteractiveAuthentication no\nPrintMotd no\nPrintLastLog no\n",
            key("host"),
            key("user.pub")
        );
        std::fs::write(place.join("config"), config).unwrap();
        if nix::unistd::geteuid().is_root() {
            // Debian makes it when the service starts.
            std::fs::create_dir_all("/run/sshd").unwrap();
        }
        let mut server = ended_with_us(false);
        server.args(["/usr/sbin/sshd", "-D", "-e", "-f", &key("config")]);
        self.run(server, &place);
        self.ready(|| TcpStream::connect(("127.0.0.1", port)).is_ok());
        self.tell("SSH_PORT", &port);
        self.tell("SSH_KEY", &key("user"));
    }

    fn postgres(&mut self) {
        let place = self.place(true);
        let data = place.join("data");
        let bin = postgres_programs();
        let dir = place.to_str().unwrap();
        run(without_rights().arg(bin.join("initdb")).args([
            "--auth=trust",
            "--username=postgres",
            "--no-sync",
            "--encoding=UTF8",
            "--no-locale",
            "--pgdata",
            data.to_str().unwrap(),
        ]));
        let mut server = ended_with_us(true);
        server
            .arg(bin.join("postgres"))
            .args(["-D", data.to_str().unwrap(), "-k", dir]);
        server.args([
            "-c",
            "listen_addresses=",
            "-c",
            "fsync=off",
            "-c",
            "max_connections=20",
        ]);
        self.run(server, &place);
        self.ready(|| {
            let mut ask = Command::new(bin.join("pg_isready"));
            ask.args(["-q", "-h", dir]).status().unwrap().success()
        });
        self.tell("PG_DIR", &dir);
    }

    fn mariadb(&mut self) {
        let place = self.place(true);
        let data = place.join("data");
        let socket = place.join("socket");
        let data = format!("--datadir={}", data.display());
        run(without_rights().args([
            "mariadb-install-db",
            "--no-defaults",
            "--skip-test-db",
            "--auth-root-authentication-method=normal",
            &data,
        ]));
        let mut server = ended_with_us(true);
        server.args([
            "/usr/sbin/mariadbd",
            "--no-defaults",
            "--skip-networking",
            &data,
        ]);
        server.arg(format!("--socket={}", socket.display()));
        server.arg(format!("--pid-file={}", place.join("pid").display()));
        self.run(server, &place);
        let at = format!("--socket={}", socket.display());
        self.ready(|| {
            let mut ask = Command::new("mariadb-admin");
            ask.args(["--no-defaults", &at, "-u", "root", "ping"]);
            ask.stdout(Stdio::null()).stderr(Stdio::null());
            ask.status().unwrap().success()
        });
        self.tell("MARIADB_SOCKET", &socket.display());
    }

    /// A directory for a server's data; of one without rights, if so.
    fn place(&mut self, without_rights: bool) -> std::path::PathBuf {
        let place = tempfile::Builder::new()
            .prefix("server-")
            .tempdir()
            .unwrap();
        let path = place.path().to_owned();
        if without_rights && nix::unistd::geteuid().is_root() {
            run(Command::new("chown").arg("65534:65534").arg(&path));
        }
        self.places.push(place);
        path
    }

    fn run(&mut self, mut server: Command, place: &Path) {
        let log = std::fs::File::create(place.join("log")).unwrap();
        let child = server
            .current_dir(place)
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        self.running.push(child);
    }
}

impl Servers {
    /// Asks until the server that was started last says yes.
    fn ready(&mut self, mut is_ready: impl FnMut() -> bool) {
        let server = self.running.last_mut().expect("one was started");
        while !is_ready() {
            let ended = server.try_wait().unwrap();
            assert_eq!(ended, None, "the server ended before it was ready");
            std::thread::yield_now();
        }
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        for server in &mut self.running {
            let _ = server.kill();
            let _ = server.wait();
        }
    }
}

/// Sends a long file, a piece at a time, until the caller has enough.
fn feed(mut caller: TcpStream) {
    let head = b"HTTP/1.0 200 OK\r\nContent-Length: 10000000\r\n\r\n";
    if caller.write_all(head).is_err() || caller.set_read_timeout(Some(PIECE_EVERY)).is_err() {
        return;
    }
    let mut request = [0; 1024];
    // Waiting for more of the request is what paces it.
    while !matches!(caller.read(&mut request), Ok(0)) {
        if caller.write_all(&[b'x'; 1000]).is_err() {
            return;
        }
    }
}

/// Runs what follows so that it is killed when this thread ends, however it
/// does.
fn ended_with_us(without_rights: bool) -> Command {
    let mut command = Command::new("setpriv");
    if without_rights && nix::unistd::geteuid().is_root() {
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]);
    }
    command.arg("--pdeathsig=KILL");
    command
}

/// Runs what follows as somebody without rights, where this is root.
fn without_rights() -> Command {
    let mut command = Command::new("setpriv");
    if nix::unistd::geteuid().is_root() {
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]);
    }
    command
}

fn run(command: &mut Command) {
    let done = command
        .stdin(Stdio::null())
        .current_dir("/")
        .output()
        .unwrap();
    assert!(done.status.success(), "{command:?}: {done:?}");
}

fn free_port() -> u16 {
    let door = TcpListener::bind("127.0.0.1:0").unwrap();
    door.local_addr().unwrap().port()
}

/// Debian keeps them apart by version.
fn postgres_programs() -> std::path::PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").expect("PostgreSQL is installed");
    let mut found: Vec<_> = versions
        .map(|version| version.unwrap().path().join("bin"))
        .collect();
    found.sort();
    found
        .pop()
        .expect("some version of PostgreSQL is installed")
}
