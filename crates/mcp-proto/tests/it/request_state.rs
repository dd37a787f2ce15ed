//! A `requestState` is accepted from whom it was given to, for what, and as it was given.

use mcp_proto::{MAX_STATE_BYTES, StateRefused, StateSealer};
use proptest::prelude::*;

const KEY: [u8; 32] = [7; 32];
const REQUEST: [&[u8]; 3] = [b"tools/call", b"deploy", br#"{"to":"staging"}"#];

fn seal(payload: &[u8]) -> String {
    StateSealer::new(&KEY)
        .seal("alice", &REQUEST, 1000, payload)
        .unwrap()
}

/// Opens a state that alice got for `REQUEST` until 1000, with one thing changed.
fn check(principal: &str, request: &[&[u8]], now: u64, expected: Result<&[u8], StateRefused>) {
    let opened = StateSealer::new(&KEY).open(&seal(b"step 2"), principal, request, now);
    assert_eq!(
        opened.as_deref(),
        expected.as_deref(),
        "{principal} {request:?} {now}"
    );
}

/// Guards: 2026-07-28, "Server Requirements": principal, expiry and request are each verified.
#[test]
fn a_state_is_for_one_principal_one_request_and_a_time() {
    check("alice", &REQUEST, 0, Ok(b"step 2"));
    check("alice", &REQUEST, 999, Ok(b"step 2"));
    check("alice", &REQUEST, 1000, Err(StateRefused::Expired));
    check("alice", &REQUEST, u64::MAX, Err(StateRefused::Expired));
    check("bob", &REQUEST, 0, Err(StateRefused::OtherPrincipal));
    check("", &REQUEST, 0, Err(StateRefused::OtherPrincipal));
    check("alice", &[], 0, Err(StateRefused::OtherRequest));
    check(
        "alice",
        &[b"prompts/get", REQUEST[1], REQUEST[2]],
        0,
        Err(StateRefused::OtherRequest),
    );
    check(
        "alice",
        &[REQUEST[0], REQUEST[1], b"{}"],
        0,
        Err(StateRefused::OtherRequest),
    );
    // The same bytes, parted elsewhere.
    check(
        "alice",
        &[b"tools/", b"calldeploy", REQUEST[2]],
        0,
        Err(StateRefused::OtherRequest),
    );
}

/// Guards: what isn't sealed with a known key is refused, whatever it says.
#[test]
fn other_keys_and_other_texts_are_refused() {
    let open = |sealer: &StateSealer, text: &str| sealer.open(text, "alice", &REQUEST, 0);
    let sealer = StateSealer::new(&KEY);
    let other = StateSealer::new(&[8; 32]);
    assert_eq!(open(&other, &seal(b"")), Err(StateRefused::Forged));
    for text in [
        "",
        "AQ",
        "not base64!",
        "foo",
        &"A".repeat(200),
        &format!("{}=", seal(b"")),
    ] {
        assert_eq!(open(&sealer, text), Err(StateRefused::Forged), "{text}");
    }
}

/// Guards: after a change of keys, states under way are still good, and new ones use the new key.
#[test]
fn the_previous_key_opens_and_does_not_seal() {
    let rotated = StateSealer::new(&[8; 32]).with_previous_key(&KEY);
    assert_eq!(
        rotated.open(&seal(b"old"), "alice", &REQUEST, 0).unwrap(),
        b"old"
    );
    let fresh = rotated.seal("alice", &REQUEST, 1000, b"new").unwrap();
    assert_eq!(
        StateSealer::new(&KEY).open(&fresh, "alice", &REQUEST, 0),
        Err(StateRefused::Forged)
    );
    assert_eq!(rotated.open(&fresh, "alice", &REQUEST, 0).unwrap(), b"new");
    assert_eq!(
        rotated.open(&seal(b"old"), "bob", &REQUEST, 0),
        Err(StateRefused::OtherPrincipal)
    );
}

/// Guards: the limit on the text, at the limit.
#[test]
fn states_have_a_longest() {
    let sealer = StateSealer::new(&KEY);
    let sealed = |bytes: usize| sealer.seal("alice", &REQUEST, 1000, &vec![0; bytes]);
    // Three bytes are four characters; the seal itself has 73 bytes.
    let most = MAX_STATE_BYTES / 4 * 3 - 73;
    let text = sealed(most).unwrap();
    assert_eq!(text.len(), MAX_STATE_BYTES);
    assert_eq!(
        sealer.open(&text, "alice", &REQUEST, 0).unwrap().len(),
        most
    );
    assert!(
        sealed(most + 1)
            .unwrap_err()
            .to_string()
            .contains("too long")
    );
    assert_eq!(
        sealer.open(&format!("{text}A"), "alice", &REQUEST, 0),
        Err(StateRefused::TooLong)
    );
}

/// Guards: neither keys nor names stand in what is shown or sent.
#[test]
fn keys_and_names_are_not_shown() {
    let sealer = StateSealer::new(b"0123456789abcdef0123456789abcdef");
    assert_eq!(
        format!("{sealer:?}"),
        "StateSealer { has_previous_key: false, .. }"
    );
    let state = sealer.seal("alice", &REQUEST, 1000, b"").unwrap();
    assert!(
        state
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    );
    let other = sealer.seal("bob", &REQUEST, 1000, b"").unwrap();
    assert_ne!(state, other);
}

proptest! {
    /// Guards: a state with any character changed, cut off or added is refused.
    #[test]
    fn any_change_is_refused(
        payload in prop::collection::vec(any::<u8>(), 0..40),
        place in any::<prop::sample::Index>(),
        flip in 1_u8..=255,
        cut in any::<prop::sample::Index>(),
    ) {
        let sealer = StateSealer::new(&KEY);
        let text = seal(&payload);
        prop_assert_eq!(sealer.open(&text, "alice", &REQUEST, 0), Ok(payload));

        let mut bytes = text.clone().into_bytes();
        let place = place.index(bytes.len());
        bytes[place] ^= flip;
        if let Ok(changed) = String::from_utf8(bytes) {
            let opened = sealer.open(&changed, "alice", &REQUEST, 0);
            prop_assert_eq!(opened, Err(StateRefused::Forged));
        }
        let shorter = &text[..cut.index(text.len())];
        prop_assert_eq!(sealer.open(shorter, "alice", &REQUEST, 0), Err(StateRefused::Forged));
        let longer = format!("{text}A");
        prop_assert_eq!(sealer.open(&longer, "alice", &REQUEST, 0), Err(StateRefused::Forged));
    }
}
