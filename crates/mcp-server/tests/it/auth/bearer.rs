//! Tokens of a file.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use mcp_server::http::auth::{Authenticator, Moment};

use super::{authenticator, judge, quoted};

const ANN: &str = "AnnAnnAnnAnnAnnAnnAnnAnn";
const BOB: &str = "BobBobBobBobBobBobBobBob";

fn token_file(content: &str) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("tokens");
    fs::write(&path, content).unwrap();
    set_mode(&path, 0o600);
    (dir, path)
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn with_file(path: &Path) -> anyhow::Result<Authenticator> {
    let path = quoted(path);
    authenticator(&format!("[auth]\nmode = \"bearer\"\ntoken_file = {path}\n"))
}

/// Tokens are told apart by their names, and what is no token of the file is
/// refused without a word on why.
#[tokio::test]
async fn a_token_says_who_has_it() {
    let (_dir, path) = token_file(&format!("ann {ANN}\nbob {BOB}\n"));
    let authenticator = with_file(&path).unwrap();
    let now = Moment::now();
    judge(&authenticator, ANN, now).await.is("token:ann");
    judge(&authenticator, BOB, now).await.is("token:bob");
    for wrong in [
        "x",
        "ann",
        &ANN[1..],
        &format!("{ANN}A"),
        &ANN.to_lowercase(),
    ] {
        let verdict = judge(&authenticator, wrong, now).await;
        assert_eq!(
            verdict.challenge,
            "Bearer realm=\"rejoinder\", error=\"invalid_token\", \
             error_description=\"the token is not known\""
        );
    }
    assert!(authenticator.metadata().is_none());
}

/// A file that others can read holds no secret: the server does not start with it.
#[test]
fn a_file_that_others_can_read_is_refused() {
    let (_dir, path) = token_file(ANN);
    for mode in [0o640, 0o604, 0o644, 0o620] {
        set_mode(&path, mode);
        let said = format!("{:#}", with_file(&path).unwrap_err());
        assert!(said.contains("chmod 600") && !said.contains(ANN), "{said}");
    }
    set_mode(&path, 0o600);
    with_file(&path).unwrap();
    assert!(with_file(&path.with_extension("missing")).is_err());
}

/// A token that is replaced, or taken away with its file, is worth nothing from the
/// next request on; a file that cannot be read lets nobody in.
#[tokio::test]
async fn a_changed_file_holds_at_once() {
    let (_dir, path) = token_file(ANN);
    let authenticator = with_file(&path).unwrap();
    let now = Moment::now();
    judge(&authenticator, ANN, now).await.is("token:default");
    fs::write(&path, BOB).unwrap();
    judge(&authenticator, ANN, now)
        .await
        .is_refused(401, "not known");
    judge(&authenticator, BOB, now).await.is("token:default");
    let other = path.with_extension("new");
    fs::write(&other, format!("ann {ANN}")).unwrap();
    set_mode(&other, 0o600);
    fs::rename(&other, &path).unwrap();
    judge(&authenticator, ANN, now).await.is("token:ann");
    set_mode(&path, 0o644);
    let verdict = judge(&authenticator, ANN, now).await;
    verdict.is_refused(503, "");
    assert_eq!(verdict.retry_after, Some(10));
    set_mode(&path, 0o600);
    judge(&authenticator, ANN, now).await.is("token:ann");
    fs::remove_file(&path).unwrap();
    judge(&authenticator, ANN, now).await.is_refused(503, "");
}
