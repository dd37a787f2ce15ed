//! `connect_and_inspect_host`: a look at another machine over ssh.

use mcp_proto::RpcError;

use super::given::{Given, invalid, start};
use super::{Argument, DATA, Guide, PASSWORDS, Text};
use crate::complete::Values;

/// What may be looked at, and with which commands. All of them only read.
const FOCUSES: [(&str, &str); 6] = [
    (
        "overview",
        r#"["uname -a", "uptime", "df -h", "free -m", "ps aux --sort=-%cpu | head -15"]"#,
    ),
    (
        "disk",
        r#"["df -h", "df -i", "lsblk", "du -xh --max-depth=1 / 2>/dev/null | sort -h | tail -15"]"#,
    ),
    (
        "memory",
        r#"["free -m", "ps aux --sort=-%mem | head -15", "vmstat 1 3"]"#,
    ),
    (
        "network",
        r#"["ip -brief addr", "ip route", "ss -tulpn", "cat /etc/resolv.conf"]"#,
    ),
    (
        "services",
        r#"["systemctl --failed --no-pager", "systemctl list-units --type=service --state=running --no-pager"]"#,
    ),
    (
        "logs",
        r#"["journalctl -p warning -n 100 --no-pager", "dmesg | tail -50"]"#,
    ),
];

const FOCUS_NAMES: [&str; 6] = ["overview", "disk", "memory", "network", "services", "logs"];

pub(super) const GUIDE: Guide = Guide {
    name: "connect_and_inspect_host",
    title: "Connect to a host and look at it",
    description: "Logs in to a host with ssh, finds out how it is without changing anything, and \
                  reports.",
    arguments: &[
        Argument {
            name: "host",
            title: "Host",
            description: "A name of ~/.ssh/config, a host name or an address",
            required: true,
            values: Values::Hosts,
        },
        Argument {
            name: "username",
            title: "User",
            description: "Who to log in as; what ssh is configured for when left out",
            required: false,
            values: Values::Free,
        },
        Argument {
            name: "focus",
            title: "Focus",
            description: "What to look at first: overview, disk, memory, network, services or logs",
            required: false,
            values: Values::Words(&FOCUS_NAMES),
        },
    ],
    text: Text::Fixed(text),
};

fn text(given: &Given<'_>) -> Result<String, RpcError> {
    let focus = given.get("focus").unwrap_or(FOCUS_NAMES[0]);
    let Some((_, commands)) = FOCUSES.iter().find(|(name, _)| *name == focus) else {
        return Err(invalid(
            "focus",
            &format!("is one of {}", FOCUS_NAMES.join(", ")),
        ));
    };
    let host = given.required("host");
    let connect = match given.has_tool("ssh_connect_with_auth") {
        true => {
            "Connect with ssh_connect_with_auth; its failures say at which stage it went wrong."
                .to_owned()
        }
        false => {
            let call = match given.get("username") {
                Some(user) => start("ssh", &["-l", user, "--", host]),
                None => start("ssh", &["--", host]),
            };
            format!(
                "Connect: {call}\n   It returns when ssh or the remote shell waits for input. \
                 Asked whether to go on connecting, ssh does not know the host's key: show the \
                 user its fingerprint and say yes only when they confirm it. `Permission denied`, \
                 `Could not resolve` and `Connection refused` are ends: report them."
            )
        }
    };
    Ok(format!(
        "Connect to a host and find out how it is. Look only: change nothing there.\n\n\
         {}\n\
         1. {connect}\n   {PASSWORDS}\n\
         2. At the remote shell's prompt, run_command in that session with commands {commands} and \
         stop_on_failure false. A command that is not there, or needs rights, is a finding and no \
         reason to use sudo.\n\
         3. Follow what looks wrong with two or three more commands that only read. A long log \
         comes cut; search_output finds what is in it.\n\
         4. Report: what the host is, what is wrong with the figure that shows it, what is well, \
         what you could not see.\n\
         5. terminate_process when the user needs the connection no more.\n\n{DATA}",
        given.list()
    ))
}
