//! Promise: whatever a user has set, a command's output is its own, and what is the user's stays so.

use super::super::input::ends;
use super::start;

/// Promise: traces, traps, strict modes and prompts of every kind leave the
/// output of a command what it is.
#[tokio::test]
async fn odd_settings_of_bash() {
    for (name, rc) in [
        ("plain", ""),
        (
            "colours",
            "PS1='\\[\\e[1;32m\\]\\u@\\h\\[\\e[0m\\]:\\w\\$ '",
        ),
        ("several lines", "PS1='\\n┌─[\\w]\\n└─\\$ '"),
        ("empty", "PS1="),
        ("substitution", "PS1='$(echo dir) \\$ '"),
        (
            "rewritten",
            "f() { PS1=\"[$?] $RANDOM> \"; }; PROMPT_COMMAND=f",
        ),
        (
            "array",
            "f() { PS1=\"[$?]> \"; }; PROMPT_COMMAND=(f 'printf \"\\e]0;t\\a\"')",
        ),
        ("prompt prints", "PROMPT_COMMAND='echo; echo status $?'"),
        ("PS0", "PS0='[running]\\n'"),
        ("unset variables", "set -u"),
        ("exported prompt", "export PS1='e> '; export PROMPT_COMMAND"),
        ("export all", "set -a"),
        ("ignored", "HISTCONTROL=ignoredups; HISTIGNORE='ls:*'"),
        ("no clobber", "set -o noclobber; set -b"),
        ("vi keys", "set -o vi"),
        ("functrace", "set -T"),
        ("extdebug", "shopt -s extglob nullglob failglob histverify"),
    ] {
        let rc = format!("{rc}\n");
        let place = start("bash", true, &[(".bashrc", &rc)]);
        for round in 0..2 {
            let ran = place.run("printf a\nprintf b").await;
            assert_eq!(
                (ran.output.as_str(), ran.exit),
                ("ab", Some(0)),
                "{name}: {round}"
            );
            let ran = place.run("(exit 7)").await;
            assert_eq!(
                (ran.output.as_str(), ran.exit, ran.state.as_str()),
                ("", Some(7), "prompt"),
                "{name}: {round}"
            );
            let ran = place.run("echo $?").await;
            assert_eq!(ran.output, "7\r\n", "{name}: {round}");
        }
        ends(&place.session).await;
    }
}

/// Promise: the same after a command has changed the shell's settings.
#[tokio::test]
async fn settings_changed_on_the_way() {
    for (command, then, output) in [
        // One sign more for the `eval` that it goes through.
        ("set -x", "echo hi", "++ echo hi\r\nhi\r\n"),
        ("trap 'echo trapped' DEBUG", "echo hi", "trapped\r\nhi\r\n"),
        ("set -u", "echo \"a${none-}b\"", "ab\r\n"),
        ("set -e", "if false; then echo a; fi; echo ok", "ok\r\n"),
        ("PS1='new> '", "echo hi", "hi\r\n"),
        ("PROMPT_COMMAND='echo before'", "echo hi", "hi\r\n"),
        ("unset PROMPT_COMMAND", "echo hi", "hi\r\n"),
        ("PS0=", "echo hi", "hi\r\n"),
        ("exec 3>&1", "echo hi >&3", "hi\r\n"),
        ("HISTCONTROL=", "echo hi", "hi\r\n"),
        ("set -v", "echo hi", "hi\r\n"),
        ("alias greet='echo hi'", "greet", "hi\r\n"),
        ("set -- one two", "echo $2", "two\r\n"),
        ("x=1", "echo $x", "1\r\n"),
    ] {
        let place = start("bash", true, &[]);
        place.run(command).await;
        for round in 0..2 {
            let ran = place.run(then).await;
            let got = if command == "set -v" {
                ran.output.ends_with(output).to_string()
            } else {
                (ran.output == output).to_string()
            };
            assert_eq!(
                (got.as_str(), ran.exit, ran.state.as_str()),
                ("true", Some(0), "prompt"),
                "{command}: {round}: {:?}",
                ran.output
            );
        }
        ends(&place.session).await;
    }
    for (shell, command, output) in [
        ("zsh", "set -x", "+(eval):1> echo hi\r\nhi\r\n"),
        ("dash", "set -x", "+ echo hi\r\nhi\r\n"),
        ("busybox sh", "set -x", "+ echo hi\r\nhi\r\n"),
        (
            "zsh",
            "PS1='%F{red}new%f
> '",
            "hi\r\n",
        ),
        (
            "zsh",
            "precmd() { print before; PS1=\"$RANDOM> \" }",
            "hi\r\n",
        ),
        ("zsh", "set -eu", "hi\r\n"),
        ("dash", "set -eu", "hi\r\n"),
        ("dash", "PS1='new> '", "hi\r\n"),
        (
            "fish",
            "function fish_prompt; echo new; echo '> '; end",
            "hi\r\n",
        ),
        (
            "fish",
            "function fish_right_prompt; echo right; end",
            "hi\r\n",
        ),
    ] {
        let place = start(shell, shell != "dash" && shell != "busybox sh", &[]);
        place.run(command).await;
        for round in 0..2 {
            let ran = place.run("echo hi").await;
            assert_eq!(
                (ran.output.as_str(), ran.exit),
                (output, Some(0)),
                "{shell}: {command}: {round}"
            );
        }
        ends(&place.session).await;
    }
}

/// Promise: nothing that is typed for a command gets into the user's history,
/// and nothing of the user's is written.
#[tokio::test]
async fn the_history_is_the_users() {
    let zshrc = "HISTFILE=~/.zsh_history\nHISTSIZE=100\nSAVEHIST=100\nsetopt inc_append_history\n";
    let bashrc = "HISTCONTROL=\nPROMPT_COMMAND='history -a'\n";
    for (line, integrate) in [
        ("bash", true),
        ("bash -i", false),
        ("zsh", true),
        ("fish", true),
        ("fish --no-config", false),
    ] {
        let files = [(".bashrc", bashrc), (".zshrc", zshrc)];
        let place = start(line, integrate, &files);
        place.run("echo secret-command").await;
        place.answer("echo typed-by-hand").await;
        place.run("echo secret-again").await;
        place.run("exit").await;
        let mut kept = String::new();
        for file in [
            ".bash_history",
            ".zsh_history",
            ".local/share/fish/fish_history",
        ] {
            kept += &std::fs::read_to_string(place.home.path().join(file)).unwrap_or_default();
        }
        assert!(
            !kept.contains("secret") && !kept.contains("__rejoinder"),
            "{line}: {kept}"
        );
        // A fish without its configuration keeps none.
        assert!(
            kept.contains("typed-by-hand") || line.ends_with("--no-config"),
            "{line}: {kept}"
        );
        for (name, text) in files {
            assert_eq!(
                std::fs::read_to_string(place.home.path().join(name)).unwrap(),
                text
            );
        }
    }
}

/// Promise: the user's startup files are read as always, and see nothing odd.
#[tokio::test]
async fn startup_files_are_read() {
    let profile = "export FROM_PROFILE=yes\n";
    for (line, file, content, variable) in [
        ("bash", ".bashrc", "FROM=bashrc\n", "$FROM"),
        ("bash -l", ".bash_profile", "FROM=profile\n", "$FROM"),
        ("bash --login", ".profile", profile, "$FROM_PROFILE"),
        ("zsh", ".zshrc", "FROM=zshrc\n", "$FROM"),
        ("zsh", ".zshenv", "FROM=zshenv\n", "$FROM"),
        ("zsh -l", ".zprofile", "FROM=zprofile\n", "$FROM"),
        (
            "zsh",
            ".zshenv",
            "export ZDOTDIR=$HOME/zsh\n",
            "${ZDOTDIR##*/}",
        ),
        (
            "fish",
            ".config/fish/config.fish",
            "set -g FROM fish\n",
            "$FROM",
        ),
    ] {
        let place = start(line, true, &[(file, content)]);
        let ran = place.run(&format!("echo \"[{variable}]\"")).await;
        assert!(ran.output.len() > 4, "{line} {file}: {ran:?}");
        let left = place
            .run("env | grep -c -e REJOINDER_ZDOTDIR -e REJOINDER_DATA -e ^XDG_DATA -e k=")
            .await;
        assert_eq!(left.output, "0\r\n", "{line}");
        ends(&place.session).await;
    }
}
