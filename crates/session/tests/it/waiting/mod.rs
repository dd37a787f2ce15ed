//! The truth table: what is told of real programs is what they are doing.

mod run;
pub(crate) mod servers;
mod table;

use std::process::Command;

use servers::Servers;
use table::Row;

/// Runs the rows of a section.
async fn check(section: &str) {
    let mut rows = table::rows();
    rows.retain(|row| row.section == section);
    check_rows(rows).await;
}

/// Runs rows side by side, and says all that was wrong.
async fn check_rows(rows: Vec<Row>) {
    assert!(!rows.is_empty(), "the table has these rows");
    let servers = Servers::start(rows.iter().filter_map(|row| row.needs.as_deref()));
    let mut told = Vec::new();
    let tasks = tokio::task::LocalSet::new();
    let servers = std::rc::Rc::new(servers);
    let running: Vec<_> = rows
        .into_iter()
        .map(|row| {
            let servers = std::rc::Rc::clone(&servers);
            tasks.spawn_local(async move { run::run(&row, &servers, 2).await })
        })
        .collect();
    tasks
        .run_until(async {
            for row in running {
                told.extend(row.await.unwrap());
            }
        })
        .await;
    let wrong: Vec<String> = told
        .iter()
        .filter(|told| !told.is_right())
        .map(|told| {
            format!(
                "{}: {}, not {}; {}",
                told.of,
                told.told,
                told.expected,
                told.wrong.as_deref().unwrap_or_default()
            )
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// One test for each section of the table, and one that there is one for each.
macro_rules! sections {
    ($($section:ident),*) => {
        $(
            #[tokio::test]
            async fn $section() {
                check(stringify!($section)).await;
            }
        )*

        #[test]
        fn every_section_has_a_test() {
            let tested = [$(stringify!($section)),*];
            for row in table::rows() {
                assert!(tested.contains(&&row.section[..]), "{} / {}", row.section, row.name);
                assert!(!row.steps.is_empty(), "{} is told nothing of", row.name);
            }
        }
    };
}

sections!(shells, secrets, languages, databases, screens, work, pipes);

/// Programs that run with rights which whoever looks does not have are told to
/// ask for a password, and to be at work; one's own are told as ever.
#[tokio::test]
async fn seen_without_rights() {
    const NAME: &str = "waiting::seen_without_rights";
    const SEEN: &[&str] = &[
        "su",
        "sudo",
        "sudo in a script",
        "bash",
        "dash",
        "getpass",
        "python",
        "node",
        "vim",
        "sleep | cat",
    ];
    if !nix::unistd::geteuid().is_root() {
        let mut rows = table::rows();
        rows.retain(|row| SEEN.contains(&&row.name[..]));
        assert_eq!(rows.len(), SEEN.len());
        return check_rows(rows).await;
    }
    // Somewhere that everybody may come to. Copied by another process: a file that
    // this one writes could not be run while another of its threads starts a program.
    let place = tempfile::Builder::new().prefix("seen-").tempdir().unwrap();
    let everybody = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(place.path(), everybody).unwrap();
    let copy = place.path().join("it");
    let copied = Command::new("cp")
        .arg(std::env::current_exe().unwrap())
        .arg(&copy)
        .status();
    assert!(copied.unwrap().success());
    let done = Command::new("setpriv")
        .args([
            "--reuid=65534",
            "--regid=65534",
            "--clear-groups",
            "--pdeathsig=KILL",
        ])
        .arg(copy)
        .args(["--exact", NAME, "--nocapture"])
        .current_dir("/")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&done.stdout);
    assert!(
        done.status.success(),
        "{said}{}",
        String::from_utf8_lossy(&done.stderr)
    );
    assert!(said.contains("1 passed"), "{said}");
}
