//! What a pile of samples comes to.
//!
//! A machine that does other things as well disturbs whole stretches of a measurement, not single
//! samples of it. Samples are therefore taken in several runs, each run is summed up on its own,
//! and the median of the runs is what counts: one disturbed run changes nothing.

/// Samples of one quantity, by run, in the order taken.
#[derive(Debug, Clone, Default)]
pub(crate) struct Samples {
    runs: Vec<Vec<f64>>,
}

/// Samples summed up, in their own unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Summary {
    /// How many samples there were in all runs.
    pub(crate) samples: usize,
    /// How many runs there were.
    pub(crate) runs: usize,
    /// The median of the runs' medians.
    pub(crate) p50: f64,
    /// The lowest and the highest of the runs' medians.
    pub(crate) range: (f64, f64),
    /// The median of the runs' 99th percentiles.
    pub(crate) p99: f64,
}

impl Samples {
    /// Adds a run.
    pub(crate) fn push_run(&mut self, run: Vec<f64>) {
        self.runs.push(run);
    }

    /// Samples that are a run each, as where one takes long.
    pub(crate) fn of_rounds(samples: &[f64]) -> Samples {
        Samples {
            runs: samples.iter().map(|sample| vec![*sample]).collect(),
        }
    }

    /// Each sample less the one taken along with it.
    ///
    /// # Panics
    ///
    /// When they were not taken in pairs.
    pub(crate) fn less(&self, other: &Samples) -> Samples {
        assert_eq!(self.runs.len(), other.runs.len(), "not taken in pairs");
        let pairs = self.runs.iter().zip(&other.runs);
        let runs = pairs.map(|(ours, theirs)| {
            assert_eq!(ours.len(), theirs.len(), "not taken in pairs");
            let pairs = ours.iter().zip(theirs);
            pairs.map(|(our, their)| our - their).collect()
        });
        Samples {
            runs: runs.collect(),
        }
    }

    /// Sums the samples up.
    ///
    /// # Panics
    ///
    /// When there is no run, or one without a sample.
    pub(crate) fn summary(&self) -> Summary {
        let medians: Vec<f64> = self.runs.iter().map(|run| percentile(run, 50.0)).collect();
        let tails: Vec<f64> = self.runs.iter().map(|run| percentile(run, 99.0)).collect();
        Summary {
            samples: self.runs.iter().map(Vec::len).sum(),
            runs: self.runs.len(),
            p50: percentile(&medians, 50.0),
            range: (percentile(&medians, 0.0), percentile(&medians, 100.0)),
            p99: percentile(&tails, 50.0),
        }
    }
}

/// The value that `percent` of the samples do not exceed, as the nearest rank gives it: always
/// one of the samples. 0 is the least, 100 the greatest.
///
/// # Panics
///
/// When there is no sample.
fn percentile(samples: &[f64], percent: f64) -> f64 {
    assert!(!samples.is_empty(), "nothing was measured");
    let mut sorted = samples.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let rank = (percent / 100.0 * sorted.len() as f64).ceil() as usize;
    sorted[rank.clamp(1, sorted.len()) - 1]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Nearest rank, whatever the order of the samples.
    #[test]
    fn percentiles_are_samples_of_the_nearest_rank() {
        let hundred: Vec<f64> = (1..=100).rev().map(f64::from).collect();
        for (samples, percent, expected) in [
            (&hundred[..], 50.0, 50.0),
            (&hundred, 99.0, 99.0),
            (&hundred, 0.0, 1.0),
            (&hundred, 100.0, 100.0),
            (&[7.0], 50.0, 7.0),
            (&[7.0], 99.0, 7.0),
            (&[3.0, 1.0, 2.0], 50.0, 2.0),
            (&[4.0, 3.0, 2.0, 1.0], 50.0, 2.0),
            (&[4.0, 3.0, 2.0, 1.0], 99.0, 4.0),
        ] {
            assert_eq!(percentile(samples, percent), expected, "{percent}");
        }
    }

    /// A run in which the machine was busy moves neither the median nor the tail.
    #[test]
    fn one_disturbed_run_does_not_count() {
        let mut samples = Samples::default();
        for run in [[1.0, 2.0, 3.0], [100.0, 200.0, 300.0], [2.0, 3.0, 4.0]] {
            samples.push_run(run.to_vec());
        }
        let expected = Summary {
            samples: 9,
            runs: 3,
            p50: 3.0,
            range: (2.0, 200.0),
            p99: 4.0,
        };
        assert_eq!(samples.summary(), expected);
    }

    /// Differences are those of the pairs, not of the sorted samples.
    #[test]
    fn differences_are_taken_by_pairs() {
        let (mut ours, mut theirs) = (Samples::default(), Samples::default());
        ours.push_run(vec![5.0, 9.0, 6.0]);
        theirs.push_run(vec![4.0, 6.0, 1.0]);
        assert_eq!(ours.less(&theirs).runs, [[1.0, 3.0, 5.0]]);
    }

    /// Samples that belong to nothing are a fault of the suite, not a number.
    #[test]
    #[should_panic(expected = "not taken in pairs")]
    fn unpaired_samples_are_refused() {
        let (mut ours, mut theirs) = (Samples::default(), Samples::default());
        ours.push_run(vec![5.0]);
        theirs.push_run(vec![4.0, 6.0]);
        let _ = ours.less(&theirs);
    }
}
