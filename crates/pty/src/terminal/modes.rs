//! The terminal's modes (`termios(3)`): what a program may set at any time
//! and a driver reads to know how its input will be taken.

use std::io;
use std::os::fd::AsFd;

use nix::errno::Errno;
use nix::libc;
use nix::sys::termios::{
    InputFlags, LocalFlags, OutputFlags, SetArg, SpecialCharacterIndices as Char, Termios,
    tcgetattr, tcsetattr,
};

/// The modes of a terminal that matter to who types on it, as the program
/// left them. Read from the leader's side, at any time, without disturbing
/// the program.
///
/// # Example
/// ```
/// use rejoinder_pty::Command;
///
/// let child = Command::new("cat").spawn()?;
/// let modes = child.leader.as_ref().unwrap().modes()?;
/// assert!(modes.canonical && modes.echo && !modes.reads_password());
/// assert_eq!(modes.vintr, Some(3)); // Ctrl-C
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TerminalModes {
    /// `ICANON`: input is handed over by lines, which the kernel edits.
    pub canonical: bool,
    /// `ECHO`: what is typed is printed.
    pub echo: bool,
    /// `ISIG`: the interrupt, quit and suspend characters send signals.
    pub isig: bool,
    /// `NOFLSH`: those signals leave typed and printed bytes in the queues.
    pub noflsh: bool,
    /// `IEXTEN`: extended editing, the literal-next character among it.
    pub iexten: bool,
    /// `ICRNL`: a carriage return typed is taken for a newline.
    pub icrnl: bool,
    /// `INLCR`: a newline typed is taken for a carriage return.
    pub inlcr: bool,
    /// `IGNCR`: carriage returns typed are dropped.
    pub igncr: bool,
    /// `IXON`: the stop and start characters hold and resume output.
    pub ixon: bool,
    /// `ISTRIP`: the eighth bit of input is dropped.
    pub istrip: bool,
    /// `PARMRK`: the byte 255 is doubled on input.
    pub parmrk: bool,
    /// `IUTF8`: erasing a character erases all its bytes (Linux, macOS).
    pub iutf8: bool,
    /// `OPOST`: output is processed.
    pub opost: bool,
    /// `ONLCR`: a newline printed becomes carriage return and newline.
    pub onlcr: bool,
    /// The interrupt character, usually Ctrl-C; `None` when switched off, as
    /// for all that follow.
    pub vintr: Option<u8>,
    /// The quit character, usually Ctrl-\.
    pub vquit: Option<u8>,
    /// The suspend character, usually Ctrl-Z.
    pub vsusp: Option<u8>,
    /// The end-of-file character, usually Ctrl-D.
    pub veof: Option<u8>,
    /// An additional end of line.
    pub veol: Option<u8>,
    /// Another one.
    pub veol2: Option<u8>,
    /// Erases a character, usually DEL.
    pub verase: Option<u8>,
    /// Erases a word, usually Ctrl-W.
    pub vwerase: Option<u8>,
    /// Erases the line, usually Ctrl-U.
    pub vkill: Option<u8>,
    /// Takes the next character literally, usually Ctrl-V.
    pub vlnext: Option<u8>,
    /// Prints the line anew, usually Ctrl-R.
    pub vreprint: Option<u8>,
    /// Resumes output, usually Ctrl-Q.
    pub vstart: Option<u8>,
    /// Holds output, usually Ctrl-S.
    pub vstop: Option<u8>,
}

impl TerminalModes {
    /// Whether a line is read and not shown: what a program that asks for a
    /// password sets.
    #[must_use]
    pub fn reads_password(&self) -> bool {
        self.canonical && !self.echo
    }

    /// Reads the modes of a terminal, from either end.
    pub(crate) fn read(fd: impl AsFd) -> io::Result<Self> {
        Ok(Self::from_termios(&tcgetattr(fd)?))
    }

    fn from_termios(termios: &Termios) -> Self {
        let input = |flag| termios.input_flags.contains(flag);
        let output = |flag| termios.output_flags.contains(flag);
        let local = |flag| termios.local_flags.contains(flag);
        let char = |index: Char| {
            let char = termios.control_chars[index as usize];
            (char != DISABLED).then_some(char)
        };
        Self {
            canonical: local(LocalFlags::ICANON),
            echo: local(LocalFlags::ECHO),
            isig: local(LocalFlags::ISIG),
            noflsh: local(LocalFlags::NOFLSH),
            iexten: local(LocalFlags::IEXTEN),
            icrnl: input(InputFlags::ICRNL),
            inlcr: input(InputFlags::INLCR),
            igncr: input(InputFlags::IGNCR),
            ixon: input(InputFlags::IXON),
            istrip: input(InputFlags::ISTRIP),
            parmrk: input(InputFlags::PARMRK),
            #[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
            iutf8: input(InputFlags::IUTF8),
            #[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
            iutf8: false,
            opost: output(OutputFlags::OPOST),
            onlcr: output(OutputFlags::ONLCR),
            vintr: char(Char::VINTR),
            vquit: char(Char::VQUIT),
            vsusp: char(Char::VSUSP),
            veof: char(Char::VEOF),
            veol: char(Char::VEOL),
            veol2: char(Char::VEOL2),
            verase: char(Char::VERASE),
            vwerase: char(Char::VWERASE),
            vkill: char(Char::VKILL),
            vlnext: char(Char::VLNEXT),
            vreprint: char(Char::VREPRINT),
            vstart: char(Char::VSTART),
            vstop: char(Char::VSTOP),
        }
    }
}

/// `_POSIX_VDISABLE`: the value that switches a control character off.
const DISABLED: libc::cc_t = if cfg!(any(target_os = "linux", target_os = "android")) {
    0
} else {
    0xff
};

/// The modes a new terminal starts with, until the program sets others. The
/// default is what a login terminal has: lines are edited by the kernel,
/// input is echoed, signals are typed, text is UTF-8.
///
/// # Example
/// ```
/// use rejoinder_pty::{Command, InitialModes};
/// use std::io::Read;
///
/// let modes = InitialModes { echo: false, onlcr: false, ..InitialModes::default() };
/// let child = Command::new("echo").arg("hi").modes(modes).spawn()?;
/// let mut text = String::new();
/// (&child.output).read_to_string(&mut text)?;
/// assert_eq!(text, "hi\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InitialModes {
    /// `ECHO` and its companions: what is typed is printed.
    pub echo: bool,
    /// `ICANON`: input is handed over by lines.
    pub canonical: bool,
    /// `ISIG`: Ctrl-C and the like send signals.
    pub signals: bool,
    /// `ONLCR`: a newline printed becomes carriage return and newline.
    pub onlcr: bool,
    /// `IXON`: Ctrl-S and Ctrl-Q hold and resume output.
    pub ixon: bool,
    /// `IUTF8`: erasing a character erases all its bytes.
    pub utf8: bool,
    /// No processing at all in either direction (`cfmakeraw(3)`); the other
    /// fields do not count then.
    pub raw: bool,
}

impl Default for InitialModes {
    fn default() -> Self {
        Self {
            echo: true,
            canonical: true,
            signals: true,
            onlcr: true,
            ixon: true,
            utf8: true,
            raw: false,
        }
    }
}

impl InitialModes {
    /// No processing in either direction, as for a transparent byte stream.
    ///
    /// # Example
    /// ```
    /// assert!(rejoinder_pty::InitialModes::raw().raw);
    /// ```
    #[must_use]
    pub fn raw() -> Self {
        Self {
            raw: true,
            ..Self::default()
        }
    }

    /// Sets the modes on the follower of a new terminal.
    pub(crate) fn apply(self, follower: impl AsFd) -> Result<(), Errno> {
        let mut termios = tcgetattr(&follower)?;
        if self.raw {
            nix::sys::termios::cfmakeraw(&mut termios);
            return tcsetattr(&follower, SetArg::TCSANOW, &termios);
        }
        let input = &mut termios.input_flags;
        input.insert(InputFlags::ICRNL | InputFlags::BRKINT);
        input.set(InputFlags::IXON, self.ixon);
        #[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
        input.set(InputFlags::IUTF8, self.utf8);
        let output = &mut termios.output_flags;
        output.set(OutputFlags::OPOST | OutputFlags::ONLCR, self.onlcr);
        let local = &mut termios.local_flags;
        let echo = LocalFlags::ECHO
            | LocalFlags::ECHOE
            | LocalFlags::ECHOK
            | LocalFlags::ECHOCTL
            | LocalFlags::ECHOKE;
        local.set(echo, self.echo);
        local.set(LocalFlags::ICANON, self.canonical);
        local.set(LocalFlags::ISIG, self.signals);
        local.insert(LocalFlags::IEXTEN);
        if !self.canonical {
            // Where the kernel does not keep lines, these two say when a read
            // returns: after one byte, without a timer.
            termios.control_chars[Char::VMIN as usize] = 1;
            termios.control_chars[Char::VTIME as usize] = 0;
        }
        tcsetattr(&follower, SetArg::TCSANOW, &termios)
    }
}
