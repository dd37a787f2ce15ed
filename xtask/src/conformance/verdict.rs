//! Comparing what the suite found with what is expected. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::baseline::Known;
use super::suite::{Check, Results, Status, is_of_no_concern};

/// The name under which a scenario is judged that has checked nothing.
const NOTHING: &str = "nothing-checked";

/// How many characters of what the suite says about a check are shown; it may quote whole messages.
const SHOWN: usize = 400;

/// The check that the suite makes of every message beside a scenario's own.
const SCHEMA: &str = "wire-schema-valid";

/// Checks that a scenario leaves out, or reports without judging, when the server is not asked
/// what the scenario is about: they have to be there and to have passed.
const ESSENTIAL: &[(&str, &str)] = &[
    ("server-sse-polling", "server-sse-disconnect-resume"),
    (
        "server-session-lifecycle",
        "server-session-terminated-returns-404",
    ),
];

/// What a run came to.
#[derive(Debug)]
pub(super) struct Verdict {
    /// One line of figures.
    pub(super) summary: String,
    /// What is not as expected, a line each; empty for a pass.
    pub(super) wrong: Vec<String>,
}

/// Judges a run: every expected scenario has run, passes whole, or does not pass in just the
/// checks that are known; and no other scenario has run but those of no concern here.
pub(super) fn of(expected: &BTreeSet<String>, results: &Results, known: &Known) -> Verdict {
    let mut wrong = Vec::new();
    let mut passed = 0;
    let nothing = BTreeSet::new();
    for scenario in expected {
        let Some(checks) = results.get(scenario) else {
            wrong.push(format!("{scenario} has not run"));
            continue;
        };
        let failing = failing(scenario, checks);
        if failing.is_empty() {
            passed += 1;
        }
        let known = known.get(scenario).unwrap_or(&nothing);
        for (check, message) in &failing {
            if !known.contains(check) {
                wrong.push(format!("{scenario} fails: {check}: {message}"));
            }
        }
        for check in known.iter().filter(|check| !failing.contains_key(*check)) {
            wrong.push(format!(
                "{scenario} is listed as failing, but does not: {check}"
            ));
        }
    }
    for scenario in results.keys() {
        if !expected.contains(scenario) && !is_of_no_concern(scenario) {
            wrong.push(format!("{scenario} has run, but nobody expects it"));
        }
    }
    for scenario in known.keys().filter(|name| !expected.contains(*name)) {
        wrong.push(format!("{scenario} is listed as failing, but never runs"));
    }
    Verdict {
        summary: format!("{passed} of {} scenarios pass", expected.len()),
        wrong,
    }
}

/// The checks that have not passed, with what the suite says. A warning counts, and so does what
/// was skipped: both say that something was not found to be as the protocol wants it.
fn failing(scenario: &str, checks: &[Check]) -> BTreeMap<String, String> {
    let mut failing = BTreeMap::new();
    let mut is_vacuous = true;
    for check in checks {
        match check.status {
            Status::Success => is_vacuous &= check.id == SCHEMA,
            Status::Info => {}
            Status::Failure | Status::Warning | Status::Skipped => {
                let message = if check.message.is_empty() {
                    format!("{:?}", check.status)
                } else {
                    check.message.chars().take(SHOWN).collect()
                };
                failing.insert(check.id.clone(), message);
            }
        }
    }
    if is_vacuous && failing.is_empty() {
        failing.insert(NOTHING.to_owned(), "no check has passed".to_owned());
        return failing;
    }
    for (_, essential) in ESSENTIAL.iter().filter(|(name, _)| *name == scenario) {
        let has_passed = |check: &Check| check.id == *essential && check.status == Status::Success;
        if !checks.iter().any(has_passed) {
            let entry = failing.entry((*essential).to_owned());
            entry.or_insert_with(|| "has not been checked".to_owned());
        }
    }
    failing
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checks(checks: &[(&str, Status)]) -> Vec<Check> {
        let check = |(id, status): &(&str, Status)| Check {
            id: (*id).to_owned(),
            status: *status,
            message: String::new(),
        };
        checks.iter().map(check).collect()
    }

    /// Judges one scenario with these checks against these known ones; what is wrong, in short.
    #[track_caller]
    fn check(found: &[(&str, Status)], known: &[&str], wrong: &[&str]) {
        check_scenario("ping", found, known, wrong);
    }

    #[track_caller]
    fn check_scenario(name: &str, found: &[(&str, Status)], known: &[&str], wrong: &[&str]) {
        let expected = [name.to_owned()].into();
        let results = [(name.to_owned(), checks(found))].into();
        let known: BTreeSet<String> = known.iter().map(ToString::to_string).collect();
        let known = if known.is_empty() {
            Known::new()
        } else {
            [(name.to_owned(), known)].into()
        };
        let verdict = of(&expected, &results, &known);
        assert_eq!(verdict.wrong.len(), wrong.len(), "{:?}", verdict.wrong);
        for (line, part) in verdict.wrong.iter().zip(wrong) {
            assert!(line.contains(part), "{line}: {part}");
        }
    }

    /// Only what is successful passes; a warning and a skipped check do not.
    #[test]
    fn what_has_not_passed_fails() {
        check(&[("a", Status::Success)], &[], &[]);
        check(&[("a", Status::Success), ("b", Status::Info)], &[], &[]);
        for status in [Status::Failure, Status::Warning, Status::Skipped] {
            check(
                &[("a", Status::Success), ("b", status)],
                &[],
                &["ping fails: b"],
            );
        }
    }

    /// The baseline is exact: what is listed fails, and nothing else does.
    #[test]
    fn the_baseline_is_exact_in_both_directions() {
        let found = [("a", Status::Success), ("b", Status::Failure)];
        check(&found, &["b"], &[]);
        check(&found, &["a", "b"], &["does not: a"]);
        check(&found, &["a"], &["fails: b", "does not: a"]);
        check(&[("a", Status::Success)], &["a"], &["does not: a"]);
    }

    /// One occurrence that fails is enough, however often the check has passed.
    #[test]
    fn repeated_checks_fail_together() {
        let found = [("a", Status::Failure), ("a", Status::Success)];
        check(&found, &[], &["fails: a"]);
    }

    /// A scenario that found nothing to check is not a pass, and neither are valid messages alone.
    #[test]
    fn nothing_checked_is_not_a_pass() {
        check(&[], &[], &[NOTHING]);
        check(&[("a", Status::Info)], &[], &[NOTHING]);
        check(&[(SCHEMA, Status::Success)], &[], &[NOTHING]);
        check(&[("a", Status::Info)], &[NOTHING], &[]);
    }

    /// Some scenarios check a little and leave the point out.
    #[test]
    fn essential_checks_have_to_be_there() {
        let name = "server-sse-polling";
        let first = ("server-sse-priming-event", Status::Success);
        let point = "server-sse-disconnect-resume";
        check_scenario(name, &[first, (point, Status::Success)], &[], &[]);
        check_scenario(name, &[first, (point, Status::Info)], &[], &[point]);
        check_scenario(name, &[first], &[], &[point]);
        check_scenario(name, &[first, (point, Status::Warning)], &[], &[point]);
    }

    /// What has not run, and what has run unasked, are both reported.
    #[test]
    fn the_scenarios_are_the_expected_ones() {
        let expected = ["a", "b"].map(str::to_owned).into();
        let success = checks(&[("x", Status::Success)]);
        let ran = ["b", "c", "tasks-lifecycle"];
        let results = ran.map(|name| (name.to_owned(), success.clone())).into();
        let known = [("d".to_owned(), ["x".to_owned()].into())].into();
        let verdict = of(&expected, &results, &known);
        assert_eq!(verdict.summary, "1 of 2 scenarios pass");
        assert_eq!(
            verdict.wrong,
            [
                "a has not run",
                "c has run, but nobody expects it",
                "d is listed as failing, but never runs"
            ]
        );
    }
}
