//! System calls that fail or hang for this thread and its children, by a
//! `seccomp(2)` filter: old kernels and dead file servers, without either.

use std::os::fd::{FromRawFd, OwnedFd};

use nix::libc;

/// `offsetof(struct seccomp_data, nr)` and of the low half of `args[1]`, on
/// little-endian machines.
const NUMBER: u32 = 0;
const SECOND_ARGUMENT: u32 = 24;

/// A system call and the error it is to fail with; with the value of its
/// second argument where only that is to fail.
pub(crate) type Failing = (libc::c_long, Option<u32>, i32);

fn instruction(code: u32, jt: u8, jf: u8, k: u32) -> libc::sock_filter {
    libc::sock_filter {
        code: u16::try_from(code).unwrap(),
        jt,
        jf,
        k,
    }
}

fn load(offset: u32) -> libc::sock_filter {
    instruction(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0, offset)
}

fn skip_unless(value: u32, skipped: u8) -> libc::sock_filter {
    let code = libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K;
    instruction(code, 0, skipped, value)
}

fn answer(action: u32) -> libc::sock_filter {
    instruction(libc::BPF_RET | libc::BPF_K, 0, 0, action)
}

fn number(call: libc::c_long) -> u32 {
    u32::try_from(call).unwrap()
}

/// Makes these system calls fail from now on.
pub(crate) fn fail(calls: &[Failing]) {
    let mut filter = Vec::new();
    for (call, argument, errno) in calls {
        let error = libc::SECCOMP_RET_ERRNO | u32::try_from(*errno).unwrap();
        filter.push(load(NUMBER));
        match argument {
            None => filter.extend([skip_unless(number(*call), 1), answer(error)]),
            Some(value) => filter.extend([
                skip_unless(number(*call), 3),
                load(SECOND_ARGUMENT),
                skip_unless(*value, 1),
                answer(error),
            ]),
        }
    }
    filter.push(answer(libc::SECCOMP_RET_ALLOW));
    install(&mut filter, 0);
}

/// Makes a system call wait for an answer from whoever listens on the
/// descriptor returned, and nobody does.
pub(crate) fn suspend(call: libc::c_long) -> OwnedFd {
    let mut filter = [
        load(NUMBER),
        skip_unless(number(call), 1),
        answer(libc::SECCOMP_RET_USER_NOTIF),
        answer(libc::SECCOMP_RET_ALLOW),
    ];
    let fd = install(&mut filter, libc::SECCOMP_FILTER_FLAG_NEW_LISTENER);
    // SAFETY: with that flag the call returns a new descriptor.
    unsafe { OwnedFd::from_raw_fd(i32::try_from(fd).unwrap()) }
}

fn install(filter: &mut [libc::sock_filter], flags: libc::c_ulong) -> libc::c_long {
    const SECCOMP_SET_MODE_FILTER: libc::c_uint = 1;
    let program = libc::sock_fprog {
        len: u16::try_from(filter.len()).unwrap(),
        filter: filter.as_mut_ptr(),
    };
    nix::sys::prctl::set_no_new_privs().unwrap();
    // SAFETY: the program points to a filter that lives until after the call.
    let code =
        unsafe { libc::syscall(libc::SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program) };
    assert!(code >= 0, "{}", std::io::Error::last_os_error());
    code
}
