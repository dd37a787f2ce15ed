// What xterm.js shows of recordings: `node screens.cjs FOLDER NAME.raw...` writes FOLDER/NAME.screens.
//
// Each recording is fed to a terminal of 24 rows and 80 columns up to each eighth of it, and what
// the screen shows then is written down. The form is that of crates/screen/tests/it/recordings.rs,
// which reads the files:
//
//   @ OFFSET cursor ROW,COLUMN main|alternate|title
//   |a row's text without the blanks at its end
//   ~ FIRST-LAST rendition; ... (only where there is any)
"use strict";

const fs = require("fs");
const path = require("path");
const { Terminal } = require("@xterm/headless");

const PARTS = 8;

function colour(cell, name) {
  const letter = name === "Fg" ? "f" : "b";
  if (cell[`is${name}Default`]()) return "";
  const value = cell[`get${name}Color`]();
  if (cell[`is${name}RGB`]()) return `${letter}#${value.toString(16).padStart(6, "0")} `;
  return `${letter}${value} `;
}

function rendition(cell) {
  let text = colour(cell, "Fg") + colour(cell, "Bg");
  const flags = {
    Bold: "bold",
    Dim: "dim",
    Italic: "italic",
    Underline: "underline",
    Inverse: "inverse",
    Invisible: "hidden",
    Strikethrough: "struck",
  };
  for (const [flag, name] of Object.entries(flags)) {
    if (cell[`is${flag}`]()) text += name + " ";
  }
  return text.trim();
}

function row(line, columns) {
  let text = "";
  const runs = [];
  for (let column = 0; column < columns; column++) {
    const cell = line.getCell(column);
    if (cell.getWidth() > 0) text += cell.getChars() || " ";
    const look = rendition(cell);
    const last = runs[runs.length - 1];
    if (last && last.look === look) last.last = column;
    else runs.push({ first: column, last: column, look });
  }
  let out = `|${text.replace(/ +$/, "")}\n`;
  const looks = runs.filter((run) => run.look).map((run) => `${run.first}-${run.last} ${run.look}`);
  if (looks.length) out += `~ ${looks.join("; ")}\n`;
  return out;
}

function screen(terminal, offset, title) {
  const buffer = terminal.buffer.active;
  const column = Math.min(buffer.cursorX, terminal.cols - 1);
  const kind = buffer.type === "alternate" ? "alternate" : "main";
  let out = `@ ${offset} cursor ${buffer.cursorY},${column} ${kind} ${title}\n`;
  let blank = "";
  for (let at = 0; at < terminal.rows; at++) {
    const text = row(buffer.getLine(buffer.baseY + at), terminal.cols);
    if (text === "|\n") {
      blank += text;
    } else {
      out += blank + text;
      blank = "";
    }
  }
  return out;
}

async function main() {
  const [folder, ...recordings] = process.argv.slice(2);
  for (const recording of recordings) {
    const data = fs.readFileSync(recording);
    const terminal = new Terminal({
      rows: 24,
      cols: 80,
      scrollback: 1000,
      allowProposedApi: true,
      windowOptions: { pushTitle: true, popTitle: true },
    });
    let title = "";
    terminal.onTitleChange((next) => (title = next));
    let out = "";
    let from = 0;
    for (let part = 1; part <= PARTS; part++) {
      const to = Math.floor((data.length * part) / PARTS);
      await new Promise((done) => terminal.write(data.subarray(from, to), done));
      out += screen(terminal, to, title);
      from = to;
    }
    fs.writeFileSync(path.join(folder, path.basename(recording, ".raw") + ".screens"), out);
  }
}

main();
