//! A secret for tests, kept out of the directory that is searched for it, and the
//! machine with users of its own whose password it is.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// What nobody is to see.
pub(crate) const VALUE: &str = "Tr0ub4dor&3-zebra";

/// What it is shown as.
pub(crate) const MASKED: &str = "*****************";

/// [`VALUE`] as crypt(5) keeps it, made with `openssl passwd -6 -salt rejoinder`.
const CRYPTED: &str = "$6$rejoinder$XGFqBxBxkdk0RyODBzuZlMU2zKhbNGdblgt8ukcuCRrCDkGJ2/OsH5kRwpoBXTdiuymJ0Z9r1PBXJ81NDlIm70";

/// The user and group id of `ann`, who is on no real machine.
const ANN: &str = "65432";

/// Makes the machine: its files in a file system that goes with the last program in
/// it, over those of the real one. `sudo` and `sshd` want them to be root's.
const MACHINE: &str = r#"set -e
here=$1; shift
mkdir -p /run/sshd
mount -t tmpfs -o mode=755 tmpfs "$here/made"
cp "$here/passwd" "$here/shadow" "$here/sudoers" "$here/host_key" "$here/sshd_config" "$here/made"
cd "$here/made"
chown 0:0 *; chmod 644 passwd; chmod 600 shadow host_key; chmod 440 sudoers
mount --bind passwd /etc/passwd
mount --bind shadow /etc/shadow
mount --bind sudoers /etc/sudoers
cd /
exec "$@"
"#;

/// Files with [`VALUE`] and with a wrong password, that only their owner may read.
pub(crate) struct Vault(tempfile::TempDir);

impl Vault {
    pub(crate) fn new() -> Self {
        let vault = Self(tempfile::TempDir::new().unwrap());
        for (name, value) in [("word", VALUE), ("wrong", "not-this-one")] {
            let path = vault.path(name);
            std::fs::write(&path, format!("{value}\n")).unwrap();
            std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).unwrap();
        }
        vault
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// A configuration with the secrets `word` and `wrong`, `more` being said of `word`.
    pub(crate) fn config(&self, more: &str) -> String {
        let file = |name| self.path(name).display().to_string();
        format!(
            "[secrets.wrong]\nfile = {:?}\n[secrets.word]\nfile = {:?}\n{more}\n",
            file("wrong"),
            file("word")
        )
    }
}

/// A machine with users of its own: `root` and `ann`, whose password is [`VALUE`].
pub(crate) struct Machine(tempfile::TempDir);

impl Machine {
    pub(crate) fn new() -> Self {
        let directory = tempfile::TempDir::new().unwrap();
        let write = |name: &str, text: &str| {
            std::fs::write(directory.path().join(name), text).unwrap();
        };
        let users = std::fs::read_to_string("/etc/passwd").unwrap();
        write("passwd", &format!("{users}ann:x:{ANN}:{ANN}::/:/bin/sh\n"));
        let shadow = |name: &str| format!("{name}:{CRYPTED}:20000:0:99999:7:::\n");
        write("shadow", &(shadow("root") + &shadow("ann")));
        write("sudoers", "Defaults lecture=never\nALL ALL=(ALL:ALL) ALL\n");
        let made = directory.path().join("made");
        std::fs::create_dir(&made).unwrap();
        let host_key = made.join("host_key");
        let sshd = format!(
            "HostKey {}\nUsePAM no\nPasswordAuthentication yes\nPidFile none\nPrintMotd no\n",
            host_key.display()
        );
        write("sshd_config", &sshd);
        write("machine.sh", MACHINE);
        let key = directory.path().join("host_key");
        let made = std::process::Command::new("ssh-keygen")
            .args(["-q", "-t", "ed25519", "-N", "", "-f"])
            .arg(key)
            .status();
        assert!(made.unwrap().success());
        Self(directory)
    }

    fn root(&self) -> &Path {
        self.0.path()
    }

    /// The command line that runs a program on the machine, as its root.
    fn enter(&self, program: &[&str]) -> Vec<String> {
        let script = self.root().join("machine.sh").display().to_string();
        let root = self.root().display().to_string();
        let sudo: &[&str] = if nix::unistd::geteuid().is_root() {
            &[]
        } else {
            &["sudo", "--non-interactive"]
        };
        let enter = ["unshare", "--mount", "sh", &script, &root];
        let words = sudo.iter().chain(&enter).chain(program);
        words.map(|&word| word.to_owned()).collect()
    }

    /// Starts a program as `ann`.
    pub(crate) fn as_ann(&self, name: &str, program: &[&str]) -> Value {
        let id = format!("--reuid={ANN}");
        let group = format!("--regid={ANN}");
        let mut words = vec!["setpriv", &id, &group, "--clear-groups"];
        words.extend(program);
        start(name, &self.enter(&words))
    }

    /// Logs `ann` in by ssh, to a server that runs for this connection alone.
    pub(crate) fn ssh(&self, name: &str, command: &str) -> Value {
        let config = self.root().join("made/sshd_config").display().to_string();
        let server = self.enter(&["/usr/sbin/sshd", "-i", "-f", &config]);
        let proxy = format!("ProxyCommand={}", server.join(" "));
        let known = self.root().join("known_hosts").display().to_string();
        let known = format!("UserKnownHostsFile={known}");
        let mut words = vec!["ssh", "-F", "none", "-o", &proxy, "-o", &known];
        words.extend([
            "-o",
            "PubkeyAuthentication=no",
            "-tt",
            "ann@machine",
            command,
        ]);
        let words: Vec<String> = words.into_iter().map(str::to_owned).collect();
        start(name, &words)
    }
}

fn start(name: &str, words: &[String]) -> Value {
    serde_json::json!({"command": words[0], "args": words[1..], "name": name, "timeout": 0})
}
