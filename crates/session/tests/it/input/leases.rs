//! Promise: one writer at a time; a person goes before an agent, who is told so,
//! and whose waits go on.

use rejoinder_session::{
    Actor, ErrorKind, Input, Interact, Interacted, Read, ReturnedBy, Signal, SignalTarget, Wait,
};

use super::{ME, all, by, ends, input, python, sees, start, text, types};

fn ada() -> Actor {
    Actor::Person("ada".to_owned())
}

#[tokio::test]
async fn a_person_takes_the_input_and_gives_it_back() {
    let session = start("cat", &[]);
    all(types(&session, Input::line("one")).await);
    assert!(!session.info(ME).await.unwrap().human_in_control);

    all(types(&session, by(ada(), vec![text("two\n")])).await);
    assert!(session.info(ME).await.unwrap().human_in_control);
    let error = types(&session, Input::line("refused")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::HumanInControl);
    let message = error.to_string();
    assert!(
        message.contains("ada is typing") && message.contains("nothing was typed"),
        "{message}"
    );
    assert!(
        message.contains("0 s ago") && message.contains("60 s without"),
        "{message}"
    );
    assert!(error.remedy().contains("read_output"), "{}", error.remedy());
    let error = session
        .signal(Signal::INT, SignalTarget::Foreground)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::HumanInControl);

    // Reading and waiting is never refused.
    let answer: Interacted = session
        .interact(Interact {
            wait: Some(Wait {
                from: rejoinder_session::SearchFrom::LastMatch,
                ..Wait::for_pattern(ME, "(?s)two\n.*two\n", super::PATIENCE)
            }),
            read: Some(Read::unread(ME)),
            input: None,
        })
        .await
        .unwrap();
    assert_eq!(answer.returned_by, Some(ReturnedBy::Match));
    assert!(!String::from_utf8_lossy(&answer.output.unwrap().bytes).contains("refused"));

    // Somebody else's leaving changes nothing.
    session
        .release_input(&Actor::Person("bob".to_owned()))
        .await
        .unwrap();
    assert!(session.info(ME).await.unwrap().human_in_control);
    session.release_input(&ada()).await.unwrap();
    assert!(!session.info(ME).await.unwrap().human_in_control);
    all(types(&session, Input::line("three")).await);
    sees(&session, "three\nthree\n").await;

    let journal = session.journal().await.unwrap();
    let told: Vec<(String, u64)> = journal
        .iter()
        .map(|record| (record.actor.to_string(), record.bytes))
        .collect();
    let agent = format!("agent {ME}");
    assert_eq!(
        told,
        [(agent.clone(), 4), ("person ada".to_owned(), 4), (agent, 6)]
    );
    assert!(!format!("{journal:?}").contains("three"), "no content");
    ends(&session).await;
}

/// Promise: a person does not wait behind an agent whose input is stuck, and the
/// agent is told how much of it was typed.
#[tokio::test]
async fn a_person_interrupts_an_agent_that_is_typing() {
    let session = python(
        "import signal, sys, os, tty; tty.setraw(0)\n\
         signal.signal(signal.SIGUSR1, lambda *_: None)\n\
         print('ready', flush=True); signal.pause()\n\
         while chunk := os.read(0, 65536):\n\
         \x20   if b'person' in chunk: print('saw the person', flush=True); break",
    );
    sees(&session, "ready").await;
    let flood = input(vec![text(vec![b'x'; 4 << 20])]);
    let person = by(ada(), vec![text("person")]);
    let (agent, person, _) = tokio::join!(biased;
        types(&session, flood),
        types(&session, person),
        session.signal(Signal::from_name("USR1").unwrap(), SignalTarget::Foreground),
    );
    let error = agent.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::HumanInControl);
    let of = format!("of {} bytes", 4 << 20);
    assert!(error.to_string().contains(&of), "{error}");
    all(person);
    sees(&session, "saw the person").await;
    let journal = session.journal().await.unwrap();
    assert_eq!(journal.len(), 2, "{journal:?}");
    assert!(!journal[0].actor.is_person() && journal[1].actor.is_person());
    assert!(journal[0].bytes < 4 << 20);
    ends(&session).await;
}
