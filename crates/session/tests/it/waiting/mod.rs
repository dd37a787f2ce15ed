//! The truth table: what is told of real programs is what they are doing.

mod run;
mod servers;
mod table;

use servers::Servers;

/// Runs the rows of a section side by side, and says all that was wrong.
async fn check(section: &str) {
    let rows: Vec<_> = table::rows()
        .into_iter()
        .filter(|row| row.section == section)
        .collect();
    assert!(!rows.is_empty(), "the table has rows of {section}");
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
