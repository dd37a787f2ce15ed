//! What was measured, against what it should be: as a table for people, as JSON for programs.

use std::fmt;

use serde_json::{Value, json};

use crate::stats::Summary;

/// The result of one suite.
#[derive(Debug)]
pub(crate) struct Report {
    suite: &'static str,
    /// What was measured, and how: one line.
    subject: String,
    rows: Vec<Row>,
    notes: Vec<String>,
}

/// One measurement.
#[derive(Debug)]
pub(crate) struct Row {
    name: String,
    unit: Unit,
    figures: Figures,
    /// How many times as much as what it is compared with.
    ratio: Option<f64>,
    /// What it should be.
    goal: Option<Goal>,
}

/// What a value should be.
#[derive(Debug, Clone, Copy)]
enum Goal {
    /// Under this.
    Below(f64),
    /// This or more.
    AtLeast(f64),
}

/// What a number counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Seconds, shown as milliseconds or microseconds.
    Seconds,
    /// Bytes, shown as KiB or MiB from 10 KiB on.
    Bytes,
    /// Things.
    Count,
    /// Bytes per second, shown as MB/s (of 1,000,000 bytes).
    Rate,
    /// Things per second.
    PerSecond,
    /// How many times as much.
    Ratio,
    /// A part of something, shown as per cent.
    Share,
}

/// The numbers of a measurement.
#[derive(Debug, Clone, Copy)]
enum Figures {
    /// It varies.
    Spread(Summary),
    /// It is what it is.
    Exact(f64),
}

impl Report {
    /// An empty report.
    pub(crate) fn new(suite: &'static str, subject: impl Into<String>) -> Self {
        Self {
            suite,
            subject: subject.into(),
            rows: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// Adds a remark that a reader needs to judge the numbers, if there is one to make.
    pub(crate) fn note(&mut self, note: Option<String>) {
        self.notes.extend(note);
    }

    /// Adds measurements.
    pub(crate) fn extend(&mut self, rows: impl IntoIterator<Item = Row>) {
        self.rows.extend(rows);
    }

    /// The report for programs: times in seconds, sizes in bytes.
    pub(crate) fn to_json(&self) -> Value {
        json!({
            "suite": self.suite,
            "subject": self.subject,
            "notes": self.notes,
            "measurements": self.rows.iter().map(Row::to_json).collect::<Vec<_>>(),
        })
    }
}

impl Row {
    /// A measurement that varies.
    pub(crate) fn spread(name: impl Into<String>, unit: Unit, summary: Summary) -> Self {
        Self::new(name.into(), unit, Figures::Spread(summary))
    }

    /// A measurement that is the same every time.
    pub(crate) fn exact(name: impl Into<String>, unit: Unit, value: f64) -> Self {
        Self::new(name.into(), unit, Figures::Exact(value))
    }

    fn new(name: String, unit: Unit, figures: Figures) -> Self {
        Self {
            name,
            unit,
            figures,
            ratio: None,
            goal: None,
        }
    }

    /// Compares it with another one, by their medians.
    pub(crate) fn compared_with(self, other: &Summary) -> Self {
        self.beside(other.p50)
    }

    /// Compares it with another one that is this.
    pub(crate) fn beside(mut self, other: f64) -> Self {
        self.ratio = Some(self.value() / other);
        self
    }

    /// Sets what its median should stay below.
    pub(crate) fn below(mut self, goal: f64) -> Self {
        self.goal = Some(Goal::Below(goal));
        self
    }

    /// Sets what its median should at least be.
    pub(crate) fn at_least(mut self, goal: f64) -> Self {
        self.goal = Some(Goal::AtLeast(goal));
        self
    }

    /// Shows it at once on standard error: a suite can take an hour, and its table comes last.
    pub(crate) fn told(self) -> Self {
        eprintln!("      {}", self.line());
        self
    }

    /// The row in one line, for who watches.
    fn line(&self) -> String {
        let mut line = format!("{}: {}", self.name.trim(), self.unit.shown(self.value()));
        if let Figures::Spread(summary) = self.figures {
            let (low, high) = summary.range;
            line += &format!(" ({} … {})", self.unit.shown(low), self.unit.shown(high));
        }
        if let Some(ratio) = self.ratio {
            line += &format!(", ratio {ratio:.2}");
        }
        if self.is_met() == Some(false) {
            line += ", MISSED";
        }
        line
    }

    /// The number that counts.
    fn value(&self) -> f64 {
        match self.figures {
            Figures::Spread(summary) => summary.p50,
            Figures::Exact(value) => value,
        }
    }

    /// Whether it is as it should be, if it should be anything.
    fn is_met(&self) -> Option<bool> {
        self.goal.map(|goal| match goal {
            Goal::Below(goal) => self.value() < goal,
            Goal::AtLeast(goal) => self.value() >= goal,
        })
    }

    fn to_json(&self) -> Value {
        let unit = match self.unit {
            Unit::Seconds => "seconds",
            Unit::Bytes => "bytes",
            Unit::Count => "count",
            Unit::Rate => "bytes per second",
            Unit::PerSecond => "per second",
            Unit::Ratio => "ratio",
            Unit::Share => "share",
        };
        let mut all = json!({"name": self.name, "unit": unit, "value": self.value()});
        if let Figures::Spread(summary) = self.figures {
            all["samples"] = json!(summary.samples);
            all["runs"] = json!(summary.runs);
            all["p50"] = json!(summary.p50);
            all["p50_of_runs"] = json!([summary.range.0, summary.range.1]);
            all["p99"] = json!(summary.p99);
        }
        if let Some(ratio) = self.ratio {
            all["ratio"] = json!(ratio);
        }
        if let (Some(goal), Some(met)) = (self.goal, self.is_met()) {
            all["goal"] = match goal {
                Goal::Below(goal) => json!({"below": goal, "met": met}),
                Goal::AtLeast(goal) => json!({"at_least": goal, "met": met}),
            };
        }
        all
    }

    /// The row's cells, in the order of [`HEADINGS`].
    fn cells(&self) -> [String; 7] {
        let shown = |value| self.unit.shown(value);
        let (p50, range, p99, count) = match self.figures {
            Figures::Exact(value) => (shown(value), String::new(), String::new(), String::new()),
            Figures::Spread(summary) => (
                shown(summary.p50),
                format!("{} … {}", shown(summary.range.0), shown(summary.range.1)),
                // Of one sample in each run there is no tail.
                match summary.samples == summary.runs {
                    true => String::new(),
                    false => shown(summary.p99),
                },
                format!("{} × {}", summary.runs, summary.samples / summary.runs),
            ),
        };
        let ratio = self.ratio.map(|ratio| format!("{ratio:.2}"));
        let goal = self.goal.map(|goal| match goal {
            Goal::Below(goal) => format!("< {}", shown(goal)),
            Goal::AtLeast(goal) => format!("≥ {}", shown(goal)),
        });
        [
            self.name.clone(),
            p50,
            range,
            p99,
            ratio.unwrap_or_default(),
            goal.unwrap_or_default(),
            count,
        ]
    }

    /// The goal and what became of it, as a sentence.
    fn verdict(&self) -> Option<String> {
        let (goal, met) = (self.goal?, self.is_met()?);
        let (bound, goal) = match goal {
            Goal::Below(goal) => ("under", goal),
            Goal::AtLeast(goal) => ("at least", goal),
        };
        Some(format!(
            "{}: {} is {}, goal {bound} {}",
            if met { "met   " } else { "MISSED" },
            self.name.trim(),
            self.unit.shown(self.value()),
            self.unit.shown(goal),
        ))
    }
}

impl Unit {
    fn shown(self, value: f64) -> String {
        const KIB: f64 = 1024.0;
        const MIB: f64 = KIB * KIB;
        match self {
            Unit::Seconds if value.abs() < 9.995e-6 => format!("{:.2} µs", value * 1e6),
            Unit::Seconds if value.abs() < 0.999_5e-3 => format!("{:.0} µs", value * 1e6),
            Unit::Seconds if value.abs() < 9.999_5 => format!("{:.2} ms", value * 1e3),
            Unit::Seconds => format!("{value:.1} s"),
            Unit::Bytes if value < 10.0 * KIB => format!("{value:.0} B"),
            Unit::Bytes if value < MIB => format!("{:.2} KiB", value / KIB),
            Unit::Bytes => format!("{:.2} MiB", value / MIB),
            Unit::Count => format!("{value:.0}"),
            Unit::Rate => format!("{:.0} MB/s", value / 1e6),
            Unit::PerSecond => format!("{value:.0} /s"),
            Unit::Ratio => format!("{value:.2}×"),
            Unit::Share => format!("{:.2} %", value * 100.0),
        }
    }
}

const HEADINGS: [&str; 7] = ["", "p50", "of the runs", "p99", "ratio", "goal", "runs"];

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {}\n", self.suite, self.subject)?;
        let headings = HEADINGS.map(str::to_owned);
        let mut table = vec![headings];
        table.extend(self.rows.iter().map(Row::cells));
        let widths: [usize; 7] = std::array::from_fn(|column| {
            let widths = table.iter().map(|row| row[column].chars().count());
            widths.max().unwrap_or(0)
        });
        for row in &table {
            let mut line = format!("{:<width$}", row[0], width = widths[0]);
            for (cell, width) in row.iter().zip(widths).skip(1) {
                line.push_str(&format!("  {cell:>width$}"));
            }
            writeln!(f, "{}", line.trim_end())?;
        }
        writeln!(f)?;
        for verdict in self.rows.iter().filter_map(Row::verdict) {
            writeln!(f, "{verdict}")?;
        }
        for note in &self.notes {
            writeln!(f, "note  : {note}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUMMARY: Summary = Summary {
        samples: 200,
        runs: 2,
        p50: 0.000_5,
        range: (0.000_4, 0.000_6),
        p99: 0.002,
    };

    fn report() -> Report {
        let mut report = Report::new("server", "mcp-server");
        report.note(None);
        report.note(Some("a remark".to_owned()));
        let floor = Summary {
            p50: 0.000_25,
            ..SUMMARY
        };
        report.extend([
            Row::spread("round trip", Unit::Seconds, SUMMARY)
                .compared_with(&floor)
                .below(0.001),
            Row::exact("tools/list", Unit::Bytes, 12.5 * 1024.0).below(12.0 * 1024.0),
            Row::exact("tools", Unit::Count, 11.0),
            Row::exact("search", Unit::Rate, 2.5e9).at_least(1.5e9),
        ]);
        report
    }

    /// What is shown on the way has the figures of the table.
    #[test]
    fn a_line_says_what_the_table_will() {
        let lines: Vec<String> = report().rows.iter().map(Row::line).collect();
        let expected = [
            "round trip: 500 µs (400 µs … 600 µs), ratio 2.00",
            "tools/list: 12.50 KiB, MISSED",
            "tools: 11",
            "search: 2500 MB/s",
        ];
        assert_eq!(lines, expected);
    }

    /// The table is aligned, and the lines below it tell met goals from missed ones.
    #[test]
    fn a_table_and_a_verdict_for_every_goal() {
        let expected = "\
server: mcp-server

                  p50      of the runs      p99  ratio         goal     runs
round trip     500 µs  400 µs … 600 µs  2.00 ms   2.00    < 1.00 ms  2 × 100
tools/list  12.50 KiB                                   < 12.00 KiB
tools              11
search      2500 MB/s                                   ≥ 1500 MB/s

met   : round trip is 500 µs, goal under 1.00 ms
MISSED: tools/list is 12.50 KiB, goal under 12.00 KiB
met   : search is 2500 MB/s, goal at least 1500 MB/s
note  : a remark
";
        assert_eq!(report().to_string(), expected);
    }

    /// Programs get plain numbers in base units.
    #[test]
    fn json_has_the_same_facts() {
        let json = report().to_json();
        let rows = &json["measurements"];
        assert_eq!(rows[0]["p50"], 0.000_5);
        assert_eq!(rows[0]["p99"], 0.002);
        assert_eq!(rows[0]["ratio"], 2.0);
        assert_eq!(rows[0]["goal"], json!({"below": 0.001, "met": true}));
        assert_eq!(rows[1]["value"], 12_800.0);
        assert_eq!(rows[1]["goal"]["met"], false);
        assert_eq!(rows[2]["goal"], Value::Null);
        assert_eq!(json["notes"], json!(["a remark"]));
        assert_eq!(rows[3]["goal"], json!({"at_least": 1.5e9, "met": true}));
    }

    /// The unit changes before a number would be rounded up to it.
    #[test]
    fn numbers_are_shown_in_fitting_units() {
        for (unit, value, expected) in [
            (Unit::Seconds, 0.000_999, "999 µs"),
            (Unit::Seconds, 0.000_999_6, "1.00 ms"),
            (Unit::Seconds, -0.000_02, "-20 µs"),
            (Unit::Seconds, 0.000_004_321, "4.32 µs"),
            (Unit::Seconds, 0.000_009_996, "10 µs"),
            (Unit::PerSecond, 12_345.6, "12346 /s"),
            (Unit::Seconds, 0.012_3, "12.30 ms"),
            (Unit::Bytes, 10_239.0, "10239 B"),
            (Unit::Bytes, 10_240.0, "10.00 KiB"),
            (Unit::Bytes, 5_242_880.0, "5.00 MiB"),
            (Unit::Seconds, 12.34, "12.3 s"),
            (Unit::Count, 11.0, "11"),
            (Unit::Rate, 1.5e9, "1500 MB/s"),
            (Unit::Ratio, 0.954, "0.95×"),
            (Unit::Share, 0.001, "0.10 %"),
        ] {
            assert_eq!(unit.shown(value), expected);
        }
    }
}
