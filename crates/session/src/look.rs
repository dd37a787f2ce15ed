//! Looks at a session's screen.

use rejoinder_screen::{Screen, Snapshot};

use crate::answer::SeenScreen;
use crate::request::ScreenLook;
use crate::state::Status;
use crate::wire::WireScreen;

/// What was on a session's screen.
///
/// # Example
/// ```no_run
/// # async fn look(session: &rejoinder_session::Session) -> Result<(), rejoinder_session::Error> {
/// use rejoinder_session::ScreenLook;
///
/// let view = session.screen(ScreenLook::default()).await?;
/// let cursor = view.snapshot.cursor;
/// println!("the cursor is in row {}", cursor.row + 1);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScreenView {
    /// The screen.
    pub snapshot: Snapshot,
    /// The rows that changed since [`ScreenLook::since`], counted from 0; `None` where
    /// that was not asked, or all may have changed.
    pub changed: Option<Vec<u16>>,
    /// How the session stands.
    pub status: Status,
}

impl ScreenLook {
    /// Looks at a screen.
    pub(crate) fn at(self, screen: &mut Screen, status: Status) -> SeenScreen {
        let changed = self.since.and_then(|version| {
            let changes = screen.changes_since(version);
            let rows = changes.rows.iter().flat_map(|run| {
                let count = u16::try_from(run.rows.len()).unwrap_or(u16::MAX);
                run.first..run.first.saturating_add(count)
            });
            (!changes.whole).then(|| rows.collect())
        });
        let rows = usize::try_from(self.scrollback).unwrap_or(usize::MAX);
        SeenScreen {
            screen: WireScreen::from(&screen.snapshot(rows)),
            changed,
            status,
        }
    }
}

impl From<SeenScreen> for ScreenView {
    fn from(seen: SeenScreen) -> Self {
        Self {
            snapshot: seen.screen.into(),
            changed: seen.changed,
            status: seen.status,
        }
    }
}
