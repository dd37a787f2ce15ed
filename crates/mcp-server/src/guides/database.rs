//! `explore_database`: what is in a database, through its own shell.

use mcp_proto::RpcError;

use super::given::{Given, file, invalid, start};
use super::{Argument, DATA, Guide, PASSWORDS, Text};
use crate::complete::Values;

const TYPES: [&str; 5] = ["postgresql", "mysql", "mariadb", "sqlite", "redis"];

pub(super) const GUIDE: Guide = Guide {
    name: "explore_database",
    title: "Explore a database",
    description: "Opens a database in its own shell, read-only, and finds out what is in it.",
    arguments: &[
        Argument {
            name: "db_type",
            title: "Kind",
            description: "postgresql, mysql, mariadb, sqlite or redis",
            required: true,
            values: Values::Words(&TYPES),
        },
        Argument {
            name: "database",
            title: "Database",
            description: "Its name; the path of its file for sqlite, its number for redis",
            required: false,
            values: Values::Free,
        },
        Argument {
            name: "host",
            title: "Host",
            description: "Where it runs; this machine when left out",
            required: false,
            values: Values::Hosts,
        },
        Argument {
            name: "username",
            title: "User",
            description: "Who to log in as",
            required: false,
            values: Values::Free,
        },
        Argument {
            name: "question",
            title: "Question",
            description: "What you want to know of the data, if there is something",
            required: false,
            values: Values::Free,
        },
    ],
    text: Text::Fixed(text),
};

/// How one kind of database is opened and looked at.
struct Way {
    open: String,
    read_only: &'static str,
    look: &'static str,
}

fn text(given: &Given<'_>) -> Result<String, RpcError> {
    let Way {
        open,
        read_only,
        look,
    } = way(given)?;
    let open = match given.has_tool("database_connect_interactive") {
        true => "Connect with database_connect_interactive, read_only true; execute_sql then runs \
                 statements and returns rows as data."
            .to_owned(),
        false => open,
    };
    let aim = match given.get("question") {
        Some(_) => "answer the question that was given",
        None => "say what each part is for, as far as names and samples show it",
    };
    Ok(format!(
        "Find out what is in a database. Read only: no statement that changes anything.\n\n\
         {}\n\
         1. {open}\n   {PASSWORDS}\n\
         2. {read_only}\n\
         3. With run_command, one statement after the other (it returns at the next prompt with \
         the answer alone): {look}\n\
         4. Before you count or join a large table, look at its size; put a LIMIT on every query \
         that returns rows. One that hangs: send_signal INT.\n\
         5. Report the parts and how they hang together, and {aim}. Show no personal data or \
         credentials that you come across: say that they are there.\n\
         6. terminate_process at the end.\n\n{DATA}",
        given.list()
    ))
}

fn way(given: &Given<'_>) -> Result<Way, RpcError> {
    let mut args: Vec<String> = Vec::new();
    let mut option = |flag: &str, name: &str| {
        if let Some(value) = given.get(name) {
            args.extend([flag.to_owned(), value.to_owned()]);
        }
    };
    let (program, read_only, look) = match given.required("db_type") {
        "postgresql" => {
            option("-h", "host");
            option("-U", "username");
            option("-d", "database");
            (
                "psql",
                "run_command `\\pset pager off`, then `SET default_transaction_read_only = on;`",
                "`\\l+`, `\\dn+`, `\\dt+ *.*` of the schemas that are not the system's, `\\d name` \
                 of the tables that matter, `SELECT * FROM name LIMIT 5;`",
            )
        }
        "mysql" | "mariadb" => {
            option("-h", "host");
            option("-u", "username");
            option("-D", "database");
            // Asked for on the terminal, where a named secret is typed.
            args.push("-p".to_owned());
            (
                "mysql",
                "run_command `SET SESSION TRANSACTION READ ONLY;`, then `pager cat`",
                "`SHOW DATABASES;`, `SHOW TABLE STATUS;` of the database, `SHOW CREATE TABLE name;` \
                 of the tables that matter, `SELECT * FROM name LIMIT 5;`",
            )
        }
        "sqlite" => {
            let path = given
                .get("database")
                .ok_or_else(|| invalid("database", "is needed for sqlite: the path of the file"))?;
            args.extend(["-readonly".to_owned(), file(path)]);
            (
                "sqlite3",
                "It is open read-only. run_command `.mode table`",
                "`.tables`, `.schema name` of the tables that matter, `SELECT count(*) FROM name;`, \
                 `SELECT * FROM name LIMIT 5;`",
            )
        }
        "redis" => {
            option("-h", "host");
            option("--user", "username");
            option("-n", "database");
            (
                "redis-cli",
                "Use commands that read alone: SCAN, TYPE, TTL, GET, HGETALL, LRANGE, INFO; never \
                 KEYS, FLUSHALL, CONFIG SET",
                "`INFO keyspace`, `INFO memory`, `SCAN 0 COUNT 100` a few times, then TYPE and a \
                 sample of each family of keys",
            )
        }
        _ => {
            return Err(invalid(
                "db_type",
                &format!("is one of {}", TYPES.join(", ")),
            ));
        }
    };
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    Ok(Way {
        open: format!(
            "Open it: {}\n   It returns when the shell or a question waits for input.",
            start(program, &args)
        ),
        read_only,
        look,
    })
}
