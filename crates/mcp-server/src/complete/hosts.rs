//! Hosts that this user's ssh knows: those of its configuration and those it has been to.

use std::io::Read;
use std::path::Path;

/// Bytes that are read of a file at most.
const MAX_FILE: u64 = 1 << 20;

/// The hosts of `~/.ssh/config` (ssh_config(5)) and, where they are not hashed, of
/// `~/.ssh/known_hosts` (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"). Files that the configuration
/// includes are not read.
pub(super) fn known() -> Vec<String> {
    let Some(home) = std::env::var_os("HOME") else {
        return Vec::new();
    };
    let ssh = Path::new(&home).join(".ssh");
    let mut hosts = of_config(&text(&ssh.join("config")));
    hosts.extend(of_known_hosts(&text(&ssh.join("known_hosts"))));
    hosts
}

/// The beginning of a file; nothing where there is none.
fn text(path: &Path) -> String {
    let mut bytes = Vec::new();
    let read = std::fs::File::open(path).and_then(|file| {
        // A pipe in its place would hold everything up.
        match file.metadata()?.is_file() {
            true => file.take(MAX_FILE).read_to_end(&mut bytes),
            false => Ok(0),
        }
    });
    match read {
        Ok(_) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(_) => String::new(),
    }
}

/// The names behind `Host`, without patterns.
fn of_config(text: &str) -> Vec<String> {
    let hosts = text.lines().filter_map(|line| {
        let line = line.trim_start();
        let (keyword, rest) = line.split_once([' ', '\t', '='])?;
        keyword.eq_ignore_ascii_case("host").then_some(rest)
    });
    let names = hosts.flat_map(|rest| {
        let rest = rest.split('#').next().unwrap_or_default();
        rest.split([' ', '\t', '=', '"'])
    });
    names
        .filter(|name| is_name(name))
        .map(str::to_owned)
        .collect()
}

/// The names in the first field; `[name]:port` is the name.
fn of_known_hosts(text: &str) -> Vec<String> {
    let mut hosts = Vec::new();
    for line in text.lines() {
        let Some(names) = line.split_ascii_whitespace().next() else {
            continue;
        };
        // Comments, marks such as @revoked, and hashed names.
        if names.starts_with(['#', '@', '|']) {
            continue;
        }
        for name in names.split(',') {
            let bare = name
                .strip_prefix('[')
                .and_then(|name| name.split(']').next());
            let name = bare.unwrap_or(name);
            if is_name(name) {
                hosts.push(name.to_owned());
            }
        }
    }
    hosts
}

/// Whether this is a host and no pattern.
fn is_name(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(['!', '-'])
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"._-:%".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Promise: hosts are found, and patterns are none.
    #[test]
    fn hosts_of_a_configuration() {
        let config = "# a comment\nHost web-1 web-2.example.com\n  HostName 10.0.0.1\n\
                      host=db\nHost *.internal !bad \"quoted\" # no-host\nMatch host other\n\
                      HostKeyAlias nothing\n  Host\tindented\n";
        let expected = ["web-1", "web-2.example.com", "db", "quoted", "indented"];
        assert_eq!(of_config(config), expected);
    }

    /// Promise: hosts that have been met are found where their names are to be read.
    #[test]
    fn hosts_that_were_met() {
        let known = "web,10.0.0.7 ssh-ed25519 AAAA\n[git.example.com]:2222 ssh-rsa AAAA\n\
                     |1|c2FsdA==|aGFzaA== ssh-rsa AAAA\n@revoked old ssh-rsa AAAA\n\
                     *.wild ssh-rsa AAAA\n\n# note\nfe80::1 ssh-rsa AAAA\n";
        let expected = ["web", "10.0.0.7", "git.example.com", "fe80::1"];
        assert_eq!(of_known_hosts(known), expected);
    }
}
