//! Sessions that come, are forgotten, and make room, by a clock that the tests turn.

use http_body_util::BodyExt;
use serde_json::{Value, json};

use super::*;
use crate::config::Config;
use crate::http::auth::{Authenticator, Identity, Principal};
use crate::http::caller::Caller;
use crate::http::phase::Conductor;
use crate::http::settings::HttpConfig;
use crate::server::Server;

/// A server that nobody listens to, and the principal of those who talk to it.
struct House {
    shared: Arc<Shared>,
    me: Arc<str>,
    _conductor: Conductor,
}

impl House {
    fn new(config: &str) -> Self {
        let host = Config::parse("[sessions]\noutlive_server = false\n").unwrap();
        let host = Server::new(host).unwrap();
        let config: HttpConfig = toml::from_str(config).unwrap();
        let authenticator = Authenticator::new(&config).unwrap();
        let (conductor, phases) = Conductor::new();
        let last = mcp_proto::RpcError::internal("the end").into();
        Self {
            shared: Shared::new(host, config, authenticator, phases, last),
            me: "me".into(),
            _conductor: conductor,
        }
    }

    fn begin(&self) -> Option<SessionId> {
        let hello = json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {
            "protocolVersion": "2025-06-18", "capabilities": {},
            "clientInfo": {"name": "test", "version": "1"}}});
        self.greet(&hello)
    }

    fn greet(&self, hello: &Value) -> Option<SessionId> {
        let Self { shared, me, .. } = self;
        let response = shared
            .sessions
            .begin(shared, me, hello.to_string().as_bytes());
        let id = response.headers().get(http::SESSION_ID)?;
        id.to_str().unwrap().parse().ok()
    }

    fn has(&self, id: SessionId) -> bool {
        self.shared.sessions.get(id, &self.me).is_some()
    }

    /// Uses a session.
    async fn ping(&self, id: SessionId) {
        let ping = json!({"jsonrpc": "2.0", "id": 1, "method": "ping"});
        let session = self.shared.sessions.get(id, &self.me).unwrap();
        let response = session
            .post(&self.shared, ping.to_string().as_bytes())
            .await;
        assert_eq!(response.status(), 200);
    }

    /// Has time pass as it does, with a sweep now and then.
    async fn pass(&self, time: Duration) {
        let end = Instant::now() + time;
        while Instant::now() < end {
            tokio::time::advance(SWEEP.min(end - Instant::now())).await;
            self.shared.sessions.sweep();
        }
    }
}

const IDLE: &str = "session_idle_s = 100";
const HALF: Duration = Duration::from_secs(50);

/// Promise: a session that nobody uses is forgotten after the configured time, and not before.
#[tokio::test(start_paused = true)]
async fn what_nobody_uses_is_forgotten() {
    let house = House::new(IDLE);
    let (used, unused) = (house.begin().unwrap(), house.begin().unwrap());
    house.pass(HALF).await;
    house.ping(used).await;
    house.pass(HALF - SWEEP).await;
    assert!(house.has(used) && house.has(unused));
    house.pass(SWEEP).await;
    assert!(house.has(used) && !house.has(unused));
    house.pass(HALF).await;
    assert!(!house.has(used));
}

/// Somebody whose token is good for so long.
fn caller(until: Option<Duration>) -> Caller {
    let until = until.map(|time| (Instant::now() + time).into_std());
    Caller::from(Identity {
        principal: Principal::local(),
        until,
    })
}

/// Promise: the stream of a GET ends with its token, comments or not, and leaves its session, to
/// whose streams the next token leads.
#[tokio::test(start_paused = true)]
async fn a_stream_ends_with_its_token() {
    let house = House::new(IDLE);
    let id = house.begin().unwrap();
    let session = house.shared.sessions.get(id, &house.me).unwrap();
    let begin = Instant::now();
    let stream = session.get(&house.shared, &caller(Some(HALF)), None);
    let mut body = stream.into_body();
    while body.frame().await.is_some() {}
    assert!((HALF..HALF + SWEEP).contains(&begin.elapsed()));
    assert!(house.has(id));
    let again = session.get(&house.shared, &caller(Some(HALF)), None);
    assert_eq!(again.status(), 200);
}

/// Promise: an open stream keeps its session, and when it closes the time begins anew: who was
/// connected for hours has as long to come back as anybody.
#[tokio::test(start_paused = true)]
async fn a_stream_keeps_its_session() {
    let house = House::new(IDLE);
    let id = house.begin().unwrap();
    let stream = house.shared.sessions.get(id, &house.me).unwrap();
    let stream = stream.get(&house.shared, &caller(None), None);
    assert_eq!(stream.status(), 200);
    house.pass(10 * HALF).await;
    assert!(house.has(id));
    drop(stream);
    house.pass(2 * HALF - SWEEP).await;
    assert!(house.has(id));
    house.pass(2 * SWEEP).await;
    assert!(!house.has(id));
}

/// Promise: there are never more sessions than there may be; a new one takes the place of the one
/// that was unused the longest, and of none that was used just now.
#[tokio::test(start_paused = true)]
async fn the_longest_unused_makes_room() {
    let house = House::new("max_sessions = 2");
    let first = house.begin().unwrap();
    tokio::time::advance(Duration::from_secs(1)).await;
    let second = house.begin().unwrap();
    assert!(house.begin().is_none());
    tokio::time::advance(2 * SWEEP).await;
    house.ping(first).await;
    let third = house.begin().unwrap();
    assert!(house.has(first) && !house.has(second) && house.has(third));
    assert!(house.begin().is_none());
    assert_eq!(house.shared.sessions.all().len(), 2);
}

/// Promise: a handshake that is refused leaves no session, and takes the place of none.
#[tokio::test(start_paused = true)]
async fn a_refused_handshake_leaves_nothing() {
    let house = House::new("max_sessions = 1");
    let id = house.begin().unwrap();
    tokio::time::advance(2 * SWEEP).await;
    let bad = json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {}});
    assert!(house.greet(&bad).is_none());
    assert!(house.has(id));
}

/// Promise: a session is unknown to everybody but its principal.
#[tokio::test]
async fn a_session_is_its_principals() {
    let house = House::new("");
    let id = house.begin().unwrap();
    assert!(house.shared.sessions.get(id, "you").is_none());
    assert!(!house.shared.sessions.end(id, "you"));
    assert!(house.shared.sessions.end(id, &house.me));
    assert!(!house.has(id) && !house.shared.sessions.end(id, &house.me));
}
