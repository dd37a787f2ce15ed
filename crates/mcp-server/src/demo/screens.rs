//! Programs that fill the screen: a form answered by what it shows, and a picture.

use std::fs;

use anyhow::{Context, Result, bail, ensure};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::Demo;

/// A form of two pages, as installers have them.
const FORM: &str = "whiptail --title Flavour --menu 'What shall it be?' 14 44 3 \
                    v Vanilla c Chocolate s Strawberry && \
                    whiptail --title Size --inputbox 'How many scoops?' 10 44 1";

/// How often the screen is looked at for what is to come up.
const LOOKS: usize = 100;

impl Demo {
    /// Fills in a form by looking at it.
    pub(super) fn form(&mut self) -> Result<()> {
        self.say("A form on the whole screen, filled in by what it shows.");
        self.call(
            "start_process",
            json!({"command": "bash", "args": ["-c", FORM], "name": "form", "rows": 18, "cols": 60}),
        )?;
        let key = |key: &str| json!({"session_id": "form", "keys": [key]});
        while !self
            .screen("form", "highlighted=")?
            .contains(":\"s Strawberry")
        {
            self.call("send_input", key("Down"))?;
        }
        self.call("send_input", key("Enter"))?;
        self.screen("form", "scoops")?;
        let scoops = json!({"session_id": "form", "keys": ["BSpace", "3", "Enter"]});
        self.call("send_input", scoops)?;
        let read = json!({"session_id": "form", "until": "exit", "timeout": 20});
        let end = self.call("read_output", read)?;
        ensure!(end.contains("exit=0"), "the form was not taken");
        // whiptail tells what was chosen on standard error, which is this terminal.
        let seen = self.call("get_screen", json!({"session_id": "form"}))?;
        ensure!(seen.contains('3'), "the form did not get its answers");
        Ok(())
    }

    /// Takes a picture of a program.
    pub(super) fn picture(&mut self) -> Result<()> {
        self.say("A picture of a program that repaints itself.");
        self.call(
            "start_process",
            json!({"command": "htop", "name": "htop", "env": {"TERM": "xterm-256color"},
                   "rows": 30, "cols": 100}),
        )?;
        self.screen("htop", "F10")?;
        println!("\n  get_screen {{\"session_id\":\"htop\",\"format\":\"png\"}}");
        let look = json!({"session_id": "htop", "format": "png"});
        let result = self.client.call("get_screen", look)?;
        let content = serde_json::to_value(&result.content)?;
        let picture = content.as_array().into_iter().flatten();
        let data = picture
            .filter(|block| block["type"] == "image")
            .find_map(|block| block["data"].as_str())
            .context("there is no picture in the answer")?;
        let file = std::env::temp_dir().join("rejoinder-demo-htop.png");
        fs::write(&file, STANDARD.decode(data)?)?;
        println!(
            "    | {} (a PNG of {} bytes)",
            file.display(),
            fs::metadata(&file)?.len()
        );
        self.call("terminate_process", json!({"session_id": "htop"}))?;
        Ok(())
    }

    /// Looks at the screen until it shows a text.
    fn screen(&mut self, session: &str, text: &str) -> Result<String> {
        let look = json!({"session_id": session});
        for _ in 0..LOOKS {
            // Looks that come too soon are not worth showing.
            let seen = self.client.call("get_screen", look.clone())?.text();
            if seen.contains(text) {
                return self.call("get_screen", look);
            }
            let read = json!({"session_id": session, "timeout": 5});
            self.client.call("read_output", read)?;
        }
        bail!("{text:?} does not come up on the screen of {session}")
    }
}
