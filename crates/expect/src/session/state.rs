//! What a session knows, and how it is set: the same in blocking and in async form, as none of it
//! waits.

/// The methods of both sessions that neither read nor write.
macro_rules! state_methods {
    () => {
        /// What came before the last match, or in the whole of the last wait when it found none.
        /// Empty before the first wait.
        pub fn before(&self) -> Cow<'_, str> {
            self.shared.last().map_or(Cow::Borrowed(""), Reply::before)
        }

        /// What the last wait matched; `None` when it found no match.
        pub fn matched(&self) -> Option<Cow<'_, str>> {
            self.shared.last_found().map(Found::matched)
        }

        /// The groups of the last wait's match, the whole match first; empty when it found none.
        pub fn captures(&self) -> Vec<Option<Cow<'_, str>>> {
            self.shared
                .last_found()
                .map(|found| found.captures().collect())
                .unwrap_or_default()
        }

        /// What has been read and not been matched yet, without waiting for more.
        pub fn unread(&self) -> &[u8] {
            self.shared.unread()
        }

        /// Shows everything that passes through the session to `transcript`, from now on.
        ///
        /// # Example
        ///
        /// ```
        /// use rejoinder_expect::{Event, Session};
        /// use std::sync::mpsc;
        ///
        /// let (log, lines) = mpsc::channel();
        /// let mut session = Session::spawn("echo hi")?;
        /// session.on_transcript(move |event| {
        ///     if let Event::Output(_, bytes) = event {
        ///         let _ = log.send(bytes.to_vec());
        ///     }
        /// });
        /// session.expect_eof()?;
        /// assert_eq!(lines.try_iter().collect::<Vec<_>>().concat(), b"hi\r\n");
        /// # Ok::<(), rejoinder_expect::Error>(())
        /// ```
        pub fn on_transcript(&mut self, transcript: impl FnMut(Event<'_>) + Send + 'static) {
            self.shared.set_transcript(Box::new(transcript));
        }

        /// Matches the text that `filter` leaves of what arrives, instead of the bytes as they come: a
        /// prompt is then found whatever colours and cursor movements stand in it.
        ///
        /// Holds for everything behind the last match. What is found carries its text; its
        /// [`place`](Found::place) is still that in the stream.
        ///
        /// # Example
        ///
        /// ```
        /// use rejoinder_expect::{Offset, Session, TextFilter};
        ///
        /// /// Takes out what stands between ESC and `m`, and nothing else.
        /// #[derive(Default)]
        /// struct NoColour {
        ///     inside: bool,
        /// }
        ///
        /// impl TextFilter for NoColour {
        ///     fn feed(&mut self, at: Offset, raw: &[u8], emit: &mut dyn FnMut(Offset, &[u8])) {
        ///         for (index, &byte) in raw.iter().enumerate() {
        ///             match byte {
        ///                 0x1b => self.inside = true,
        ///                 b'm' if self.inside => self.inside = false,
        ///                 _ if self.inside => {}
        ///                 _ => emit(at + index as u64, &raw[index..=index]),
        ///             }
        ///         }
        ///     }
        /// }
        ///
        /// let mut session = Session::spawn(r"printf '\033[1mpass\033[0mword: '")?;
        /// session.set_text_filter(NoColour::default());
        /// let found = session.expect("password: ")?;
        /// assert_eq!(found.matched(), "password: ");
        /// assert_eq!(found.place().len(), 14);
        /// # Ok::<(), rejoinder_expect::Error>(())
        /// ```
        pub fn set_text_filter(&mut self, filter: impl TextFilter + Send + 'static) {
            self.shared.set_text_filter(Box::new(filter));
        }

        /// The session's options.
        ///
        /// # Example
        ///
        /// ```
        /// use rejoinder_expect::{Ring, Session};
        ///
        /// let session = Session::spawn("cat")?;
        /// assert_eq!(session.options().window, Ring::DEFAULT_WINDOW);
        /// # Ok::<(), rejoinder_expect::Error>(())
        /// ```
        pub fn options(&self) -> &SessionOptions {
            &self.shared.options
        }

        /// Sets the timeout of later waits and sendings; `None` is for ever.
        ///
        /// # Example
        ///
        /// ```
        /// use rejoinder_expect::Session;
        /// use std::time::Duration;
        ///
        /// let mut session = Session::spawn("cat")?;
        /// session.set_timeout(Some(Duration::from_millis(10)));
        /// assert_eq!(session.options().timeout, Some(Duration::from_millis(10)));
        /// assert!(session.expect("anything").is_err());
        /// # Ok::<(), rejoinder_expect::Error>(())
        /// ```
        pub fn set_timeout(&mut self, timeout: Option<Duration>) {
            self.shared.options.timeout = timeout;
        }

        /// The bytes that have arrived, as far as they are kept.
        pub fn ring(&self) -> &Ring {
            &self.shared.ring
        }

        /// The stream.
        ///
        /// # Example
        ///
        /// ```
        /// use rejoinder_expect::{PtyStream, Session};
        ///
        /// let session = Session::spawn("cat")?;
        /// let _: &PtyStream = session.stream();
        /// # Ok::<(), rejoinder_expect::Error>(())
        /// ```
        pub fn stream(&self) -> &S {
            &self.stream
        }

        /// Whether the stream has ended: the program has exited, or the other side has hung up, and
        /// everything from it has been read.
        ///
        /// # Example
        ///
        /// ```
        /// use rejoinder_expect::Session;
        ///
        /// let mut session = Session::spawn("echo hi")?;
        /// assert!(!session.has_ended());
        /// session.expect_eof()?;
        /// assert!(session.has_ended());
        /// # Ok::<(), rejoinder_expect::Error>(())
        /// ```
        pub fn has_ended(&self) -> bool {
            self.shared.ended
        }
    };
}
pub(super) use state_methods;
