//! Promise: in a database's shell a statement's answer is exact, however many lines it has,
//! and one that is not finished does not get into the next.

use rejoinder_session::RunEnd;

use super::{Place, start};
use crate::waiting::servers::Servers;

/// Waits for the prompt, and runs a statement to its end.
async fn asks(place: &Place, statement: &str, answer: &str) {
    let shown = place.run(statement).await;
    assert_eq!(shown.end, RunEnd::Ended, "{statement}: {shown:?}");
    assert_eq!(shown.exit, None, "{statement}");
    assert_eq!(shown.output.replace('\r', ""), answer, "{statement}");
}

async fn is_dropped(place: &Place, statement: &str) {
    let shown = place.run(statement).await;
    assert_eq!(shown.end, RunEnd::Unfinished, "{statement}: {shown:?}");
}

#[tokio::test]
async fn psql() {
    let servers = Servers::start(["postgres"]);
    let dir = servers.environment().find(|(name, _)| name == "PG_DIR");
    let line = format!("psql -X -P pager=off -h {} -U postgres", dir.unwrap().1);
    let place = start(&line, false, &[]);
    place.sees(None, "postgres=# $").await;
    asks(&place, "create table t(a int, b text);", "CREATE TABLE\n").await;
    let insert = "insert into t\nvalues (1, 'x'),\n(2, 'y');";
    asks(&place, insert, "INSERT 0 2\n").await;
    is_dropped(&place, "select a\nfrom t").await;
    let rows = " a | b \n---+---\n 1 | x\n 2 | y\n(2 rows)\n\n";
    asks(&place, "select * from t;", rows).await;
    let wrong = place.run("selec 1;").await;
    assert!(
        wrong.output.starts_with("ERROR:  syntax error"),
        "{wrong:?}"
    );
}

#[tokio::test]
async fn mysql() {
    let servers = Servers::start(["mariadb"]);
    let socket = servers
        .environment()
        .find(|(name, _)| name == "MARIADB_SOCKET");
    let line = format!(
        "mysql --no-defaults --silent -S {} -u root",
        socket.unwrap().1
    );
    let place = start(&line, false, &[]);
    place.sees(None, r"MariaDB \[\(none\)\]> $").await;
    asks(
        &place,
        "select 1 +\n 1 as two,\n 'a' as a;",
        "two\ta\n2\ta\n",
    )
    .await;
    is_dropped(&place, "select 'open").await;
    is_dropped(&place, "select 1").await;
    asks(&place, "select 3;", "3\n3\n").await;
    let wrong = place.run("selec 3;").await;
    assert!(wrong.output.starts_with("ERROR 1064"), "{wrong:?}");
}
